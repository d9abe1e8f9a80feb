"""A file as it was read, before its headers mean anything."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl


@dataclass(frozen=True)
class Place:
    """Where the cells of a table lie, and how the source profile says to read them.

    `label` is what a person calls the place: the file's name, for a workbook of several sheets `book.xlsx#sheet`.
    """

    path: Path
    label: str
    sheet: str | None = None
    delimiter: str | None = None
    encoding: str | None = None


@dataclass(frozen=True)
class Grid:
    """Trimmed headers and, by position under them, the cells of every record as text.

    `rows` has the columns "0", "1", … and `source_row`; `ragged` has `cells` and `expected_cells` besides.
    """

    headers: tuple[str, ...]
    rows: pl.DataFrame
    ragged: pl.DataFrame
    warnings: tuple[str, ...] = ()


def positions(width: int) -> list[str]:
    """The column names of a grid that is `width` cells wide."""
    return [str(position) for position in range(width)]


def ragged_frame(records: Sequence[tuple[int, Sequence[str]]], width: int) -> pl.DataFrame:
    """Records of a wrong length, each with its row, put under `width` headers as far as their cells reach."""
    columns = {
        name: pl.Series([cells[at] if at < len(cells) else None for _, cells in records], dtype=pl.String)
        for at, name in enumerate(positions(width))
    }
    return pl.DataFrame(columns).with_columns(
        source_row=pl.Series([row for row, _ in records], dtype=pl.Int64),
        cells=pl.Series([len(cells) for _, cells in records], dtype=pl.Int64),
        expected_cells=pl.lit(width, dtype=pl.Int64),
    )


def blank_warnings(label: str, blank_rows: Collection[int], *records: pl.DataFrame) -> tuple[str, ...]:
    """One warning that counts the blank rows above the last record; those that only end the file are no news."""
    last = max((int(frame["source_row"].max() or 0) for frame in records), default=0)  # type: ignore[arg-type]
    passed = [row for row in blank_rows if row < last]
    if not passed:
        return ()
    return (f"{label}: blank lines passed over: {len(passed)} (first: row {passed[0]})",)
