"""From a folder of exported files to text frames that carry their file and row: read, and not yet believed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

import polars as pl

from checker.config import SourceConfig, TableSource
from checker.errors import SourceError
from checker.models import Extract, SourceTable
from checker.sources.csv_reader import read_csv
from checker.sources.excel import read_excel
from checker.sources.folder import extract_digest, find_tables, read_file
from checker.sources.grid import Grid, Place
from checker.sources.headers import describe_header, map_headers, missing_warnings, require_columns
from checker.sources.manifest import check_manifest, read_manifest
from checker.sources.parquet import read_parquet
from checker.sources.profile import check_profile, known_headers
from checker.sources.values import is_filled, tidy, translate

__all__ = ["extract_digest", "read_extract"]

READERS: dict[str, Callable[[bytes, Place, Collection[str]], Grid]] = {
    ".csv": read_csv,
    ".xlsx": read_excel,
    ".parquet": read_parquet,
}


def read_extract(
    folder: Path, source: SourceConfig, columns: Mapping[str, Sequence[str]], required: Mapping[str, Sequence[str]]
) -> Extract:
    """The extract in `folder` as text frames, each row with the file and the row in which a person finds it.

    Args:
        folder: the folder of the extract.
        source: the source profile.
        columns: the contract columns of each table, in order.
        required: of these, the ones that a file must have.

    Raises:
        SourceError: a file, a column or the manifest is missing or wrong.
        ConfigError: the profile names a column that the contract does not have.
        ConservationError: the records read do not add up with an independent count.
    """
    check_profile(source, columns)
    places, unused_files = find_tables(folder, source, columns)
    manifest = read_manifest(folder)
    tables: dict[str, SourceTable] = {}
    for path in dict.fromkeys(place.path for place in places.values()):
        data = read_file(path)
        for place in dict.fromkeys(place for place in places.values() if place.path == path):
            names = [table for table in places if places[table] == place]
            grid = READERS[path.suffix.casefold()](data, place, known_headers(source, columns, names))
            tables |= _read_tables(grid, place, hashlib.sha256(data).hexdigest(), names, source, columns, required)
    check_manifest(manifest, tables)
    return Extract(
        folder,
        {table: tables[table] for table in places},
        manifest.extracted_at,
        manifest.covers_from,
        manifest.covers_to,
        unused_files,
    )


def _read_tables(
    grid: Grid,
    place: Place,
    digest: str,
    names: Sequence[str],
    source: SourceConfig,
    columns: Mapping[str, Sequence[str]],
    required: Mapping[str, Sequence[str]],
) -> dict[str, SourceTable]:
    """The tables that share one grid."""
    shared = len(names) > 1
    found = {
        name: map_headers(grid.headers, place.label, columns[name], source.table(name).columns, shared=shared)
        for name in names
    }
    used = {position for places in found.values() for position in places.values()}
    unused = {position: header for position, header in enumerate(grid.headers) if position not in used}
    tables = {}
    for name in names:
        spare = [header for header in unused.values() if header]
        require_columns(required[name], found[name], spare, place.label, name)
        profile = source.table(name)
        missing = tuple(column for column in columns[name] if column not in found[name])
        rows, ragged = (
            _shape(frame, place.label, found[name], columns[name], profile) for frame in (grid.rows, grid.ragged)
        )
        rows, passed_over = _only_its_rows(rows, place.label, name, missing, profile)
        tables[name] = SourceTable(
            name=name,
            file=place.label,
            sha256=digest,
            rows=rows,
            ragged=ragged,
            missing_columns=missing,
            extra_columns=tuple(
                describe_header(position, header)
                for position, header in unused.items()
                if header or grid.rows[str(position)].str.strip_chars().fill_null("").ne("").any()
            ),
            warnings=(
                *grid.warnings,
                *missing_warnings(missing, spare, place.label, name),
                *passed_over,
            ),
            time_zone=str(profile.time_zone),
        )
    return tables


def _shape(
    frame: pl.DataFrame, label: str, found: Mapping[str, int], columns: Sequence[str], profile: TableSource
) -> pl.DataFrame:
    """The frame with the contract's columns, clean and translated, then `source_file` and the frame's own numbers."""
    cells = tidy(frame.select(pl.col(str(position)).alias(column) for column, position in found.items()))
    cells = translate(cells, {column: words for column, words in profile.values.items() if column in found})
    blank = {column: pl.lit(None, dtype=pl.String) for column in columns if column not in found}
    numbers = [name for name in ("source_row", "cells", "expected_cells") if name in frame.columns]
    whole = frame.select(numbers).with_columns(cells.get_columns()).with_columns(source_file=pl.lit(label), **blank)
    return whole.select(*columns, "source_file", *numbers)


def _only_its_rows(
    rows: pl.DataFrame, label: str, table: str, missing: Sequence[str], profile: TableSource
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """The rows where one of the profile's `row_when` columns is filled, and a warning that counts the others."""
    if not profile.row_when:
        return rows, ()
    named = ", ".join(profile.row_when)
    if set(profile.row_when) <= set(missing):
        raise SourceError(f"{label}: none of the row_when columns ({named}) is in the file; mend checker.toml")
    kept = rows.filter(is_filled(profile.row_when))
    if kept.height == rows.height:
        return rows, ()
    return kept, (f"{label}: lines that are no {table} rows ({named} blank): {rows.height - kept.height}",)
