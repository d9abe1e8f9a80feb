"""The two paths of the CSV reader agree with each other and with the csv module, on whatever text."""

import csv
import io
from pathlib import Path

import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from checker.sources.csv_reader import read_csv, read_quoted, read_unquoted
from checker.sources.csv_text import read_header
from checker.sources.grid import Grid, Place

PLACE = Place(Path("incidents.csv"), "incidents.csv")
# Every kind of character that a reader might take for more than it is, bar quotes and bare carriage returns.
LINE = st.text(st.sampled_from("ab1,;\t \u00a0\u2028\x0b\x0c\x1c\x85é#'\\🙂\ufeff"), max_size=12)
LINES = st.lists(LINE, max_size=12)
ANY_CELL = st.text(st.sampled_from("ab,;\t \u00a0\"'\r\n\x1cé#🙂"), max_size=6)


def same(one: Grid, other: Grid) -> bool:
    empty_is_null = pl.when(pl.col(pl.String) != "").then(pl.col(pl.String)).name.keep()
    return all(
        left.with_columns(empty_is_null).equals(right.with_columns(empty_is_null))
        for left, right in ((one.rows, other.rows), (one.ragged, other.ragged))
    ) and (one.headers, one.warnings) == (other.headers, other.warnings)


def read_as_the_csv_module_does(text: str, delimiter: str) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Whole and ragged records with their rows, the header left out."""
    records = [
        (row, cells)
        for row, cells in enumerate(
            csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), start=1
        )
        if len(cells) > 1 or "".join(cells).strip()
    ]
    width = len(records[0][1])
    whole = [(*cells, row) for row, cells in records[1:] if len(cells) == width]
    ragged = [
        (*cells[:width], *[""] * (width - len(cells)), row, len(cells), width)
        for row, cells in records[1:]
        if len(cells) != width
    ]
    return whole, ragged


@settings(deadline=None)
@given(st.integers(0, 2), LINE, LINES, st.sampled_from(["\n", "\r\n"]), st.booleans(), st.sampled_from(",;\t"))
@example(0, "b", ["1,2,3", ""], "\n", False, ",")
@example(0, "b", ["\ufeff,1"], "\n", True, ",")
@example(2, "b,c", ["1"], "\r\n", True, ",")
def test_both_paths_and_the_csv_module_agree_on_text_without_quotes(
    blank: int, heading: str, lines: list[str], end: str, ends: bool, delimiter: str
) -> None:
    text = end.join([*["", " \u00a0"][:blank], f"a{delimiter}{heading}", *lines]) + end * ends
    header = read_header(text.encode(), delimiter)
    assert header is not None
    fast = read_unquoted(text.encode(), delimiter, header, "incidents.csv")
    exact = read_quoted(text.encode(), delimiter, header, "incidents.csv")
    whole, ragged = read_as_the_csv_module_does(text, delimiter)
    assert same(fast, exact)
    assert fast.rows.with_columns(pl.col(pl.String).fill_null("")).rows() == whole
    assert fast.ragged.with_columns(pl.col(pl.String).fill_null("")).rows() == ragged


@settings(deadline=None)
@given(st.data(), st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from(",;\t"))
def test_quoted_cells_are_read_as_they_were_written(data: st.DataObject, end: str, delimiter: str) -> None:
    def written(cell: str) -> str:
        must = any(character in cell for character in f'{delimiter}"\r\n')
        return '"' + cell.replace('"', '""') + '"' if must or data.draw(st.booleans()) else cell

    width = data.draw(st.integers(2, 5))
    records = data.draw(st.lists(st.lists(ANY_CELL, min_size=width, max_size=width), max_size=6))
    headers = [f"column {number}" for number in range(width)]
    lines = [delimiter.join(written(cell) for cell in record) for record in [headers, *records]]
    grid = read_csv(end.join(lines).encode(), PLACE, set(headers))
    assert grid.rows.with_columns(pl.col(pl.String).fill_null("")).rows() == [
        (*record, row) for row, record in enumerate(records, start=2)
    ]
    assert grid.ragged.is_empty()


def test_batches_of_the_exact_path_are_put_together_in_order() -> None:
    lines = ["a,b", *(f'"{number}",x' for number in range(120_000))]
    grid = read_csv("\n".join(lines).encode(), PLACE, {"a", "b"})
    assert grid.rows["0"].to_list() == [str(number) for number in range(120_000)]
    assert grid.rows["source_row"].to_list() == list(range(2, 120_002))
