"""CSV by two paths that give the same grid: a fast one for text without quotes, an exact one for all other."""

from __future__ import annotations

import csv
from collections.abc import Collection
from dataclasses import replace

import polars as pl

from checker.errors import ConservationError, SourceError
from checker.sources.csv_text import (
    Header,
    count_bare_returns,
    count_line_ends,
    decode,
    find_delimiter,
    is_blank,
    read_header,
    records_of,
)
from checker.sources.grid import Grid, Place, blank_warnings, positions, ragged_frame

BATCH = 50_000


def read_csv(data: bytes, place: Place, known: Collection[str]) -> Grid:
    """The grid of a CSV file; `known` are the headers, in lower case, by which the delimiter is told.

    Raises:
        SourceError: the bytes are no text, there is no header, or a quoted cell is not closed.
        ConservationError: the records read and an independent count of the lines disagree.
    """
    text, warnings = decode(data, place)
    delimiter = place.delimiter or find_delimiter(text, known)
    header = read_header(text, delimiter)
    if header is None:
        raise SourceError(f"{place.label}: is empty; export it again with a header line")
    # The fast path knows no quote, no carriage return that ends a line, and no blank line under a single header.
    exact = b'"' in text or (b"\r" in text and count_bare_returns(text) > 0) or len(header.cells) == 1
    grid = (read_quoted if exact else read_unquoted)(text, delimiter, header, place.label)
    return replace(grid, warnings=warnings + grid.warnings)


def read_unquoted(text: bytes, delimiter: str, header: Header, label: str) -> Grid:
    """The grid of a text without quotes: Polars splits the lines, an independent scan of them says which to believe."""
    width = len(header.cells)
    lines = pl.scan_lines(text)
    delimiters = lines.select(pl.col("line").str.count_matches(delimiter, literal=True)).collect().to_series()
    whole = delimiters.slice(header.row) == width - 1
    # The header is read as a line and cut off below: Polars would rename repeated headers, and after skip_lines it
    # would take a byte order mark off the first record.
    cells = pl.read_csv(
        text,
        separator=delimiter,
        has_header=False,
        schema=dict.fromkeys(positions(width), pl.String),
        quote_char=None,
        # No loss: every line with more or fewer cells than the header is taken from the scan instead.
        missing_columns="insert",
        extra_columns="ignore",
        truncate_ragged_lines=True,
    )
    if cells.height != delimiters.len():
        raise _not_conserved(label, delimiters.len(), cells.height)
    cells = cells.with_columns(source_row=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
    rows = cells.slice(header.row).rechunk()
    odd: list[tuple[int, list[str]]] = []
    if not whole.all():
        rows = rows.filter(whole)
        others = lines.with_row_index("row", offset=1).slice(header.row).collect().filter(~whole)
        odd = [(row, line.split(delimiter)) for line, row in others.select("line", "row").iter_rows()]
    return _grid(header, rows, odd, label)


def read_quoted(text: bytes, delimiter: str, header: Header, label: str) -> Grid:
    """The grid of any text, by the csv module: every line end must end a record or lie inside a quoted cell."""
    width = len(header.cells)
    batches = [_batch([], [], width)]
    numbers: list[int] = []
    whole: list[list[str]] = []
    odd: list[tuple[int, list[str]]] = []
    row = breaks = 0
    with records_of(text, delimiter) as records:
        try:
            for row, cells in enumerate(records, start=1):
                if row <= header.row:
                    breaks += _count_breaks(cells)
                elif len(cells) != width or (width == 1 and is_blank(cells)):
                    breaks += _count_breaks(cells)
                    odd.append((row, cells))
                else:
                    numbers.append(row)
                    whole.append(cells)
                    if len(whole) == BATCH:
                        batches.append(_batch(numbers, whole, width))
                        numbers, whole = [], []
        except csv.Error:
            raise SourceError(
                f"{label}: row {row + 1}: a quoted cell is not closed, or goes on after its closing quote; "
                "export it again with every quote inside a cell doubled"
            ) from None
    rows = pl.concat([*batches, _batch(numbers, whole, width)], rechunk=True)
    breaks += _breaks_in(rows, width)
    lines = count_line_ends(text) + (not text.endswith((b"\n", b"\r")))
    if row + breaks != lines:
        raise _not_conserved(label, lines, row + breaks)
    grid = _grid(header, rows, odd, label)
    suspects = _rows_with_swallowed_lines(rows, delimiter, width) if breaks else []
    if suspects:
        advice = f"a quoted cell seems to hold whole lines (first: row {suspects[0]}); look for a stray quote"
        grid = replace(grid, warnings=(*grid.warnings, f"{label}: {advice}"))
    return grid


def _batch(numbers: list[int], records: list[list[str]], width: int) -> pl.DataFrame:
    columns = zip(*records, strict=True) if records else [()] * width
    cells = {name: pl.Series(column, dtype=pl.String) for name, column in zip(positions(width), columns, strict=True)}
    return pl.DataFrame(cells | {"source_row": pl.Series(numbers, dtype=pl.Int64)})


def _grid(header: Header, rows: pl.DataFrame, odd: list[tuple[int, list[str]]], label: str) -> Grid:
    blank = [*range(1, header.row), *(row for row, cells in odd if is_blank(cells))]
    ragged = ragged_frame([record for record in odd if not is_blank(record[1])], len(header.cells))
    return Grid(header.cells, rows, ragged, blank_warnings(label, blank, rows, ragged))


def _count_breaks(cells: list[str]) -> int:
    return sum(cell.count("\n") + cell.count("\r") - cell.count("\r\n") for cell in cells)


def _breaks_in(rows: pl.DataFrame, width: int) -> int:
    def count(pattern: str) -> pl.Expr:
        return pl.col(positions(width)).str.count_matches(pattern, literal=True).cast(pl.Int64).sum()

    sums = rows.select(count("\n") + count("\r") - count("\r\n"))
    return int(sums.sum_horizontal().sum())


def _rows_with_swallowed_lines(rows: pl.DataFrame, delimiter: str, width: int) -> list[int]:
    """The rows in which a line inside a cell has as many cells as the header: what a stray quote leaves behind."""
    cells = pl.col(positions(width))
    line = rf"(?:^|[\r\n])(?:[^{delimiter}\r\n]*{delimiter}){{{width - 1}}}"
    swallowed = pl.any_horizontal(cells.str.contains(r"[\r\n]") & cells.str.contains(line))
    return rows.filter(swallowed)["source_row"].to_list() if width > 1 else []


def _not_conserved(label: str, lines: int, read: int) -> ConservationError:
    return ConservationError(
        f"{label}: holds {lines} lines, but {read} were accounted for; keep it and report this fault"
    )
