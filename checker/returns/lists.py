"""The list on a sheet of a returned workbook, found by its headers whatever became of the sheet around it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from checker.returns import faults
from checker.returns.faults import Fault
from checker.returns.forms import Form
from checker.returns.lines import Line, Source
from checker.returns.words import folded
from checker.sources.excel import Sheet
from checker.sources.excel_xml import cell_place, cell_range, merged_ranges, rounded_numbers, special_cells

_HEADER_WITHIN = 20  # filled rows


@dataclass(frozen=True)
class ReturnedList:
    """What a sheet states: how many lines with an id, those in which something was typed, and its own faults.

    A fault of the sheet has a row where it is about some of its rows only.
    """

    sheet: str
    rows: int
    lines: tuple[Line, ...]
    faults: tuple[tuple[int | None, Fault], ...]


def read_list(sheet: Sheet, file: str, sha256: str, forms: Sequence[Form]) -> ReturnedList | None:
    """The list on a sheet of a workbook, of one of these forms, or None where the sheet is no list."""
    if sheet.cells.is_empty():
        return None
    found = _header_row(sheet.cells, forms)
    if found is None:
        without = next((form for form in forms if _has_ids_alone(sheet.cells, form)), None)
        return _refused(sheet, None, faults.no_header(without.id)) if without else None
    top, headers, form = found
    columns = {header: [at for at, name in enumerate(headers) if name == folded(header)] for header in form.needed}
    if missing := [header for header, places in columns.items() if not places]:
        return _refused(sheet, top + 1, faults.missing_columns(missing))
    if repeated := [header for header, places in columns.items() if len(places) > 1]:
        return _refused(sheet, top + 1, faults.repeated_columns(repeated))
    source = Source(file, sha256, sheet.name)
    return _read(form, source, sheet, top, {header: places[0] for header, places in columns.items()})


def _header_row(cells: pl.DataFrame, forms: Sequence[Form]) -> tuple[int, list[str], Form] | None:
    """The row of the headers, from 0, the headers as they are compared, and the kind of list that they tell."""
    is_filled = pl.any_horizontal(pl.all().str.strip_chars() != "").fill_null(False)
    filled = cells.select(pl.all(), is_filled=is_filled).with_row_index("row").filter("is_filled").drop("is_filled")
    for row, *texts in filled.head(_HEADER_WITHIN).iter_rows():
        headers = [folded(text or "") for text in texts]
        for form in forms:
            if sum(folded(mark) in headers for mark in form.marks) > 1:
                return row, headers, form
    return None


def _read(form: Form, source: Source, sheet: Sheet, top: int, columns: Mapping[str, int]) -> ReturnedList:
    lines = sheet.cells.slice(top + 1).select(pl.col(str(at)).alias(header) for header, at in columns.items())
    lines = lines.with_columns(row=pl.int_range(top + 2, top + 2 + pl.len()))
    odd = _odd_cells(sheet, top, columns)
    merged = list(_merged(sheet, top, columns, form.typed))
    hidden = {row for first, last, _ in merged for row in range(first, last + 1)}
    is_typed = pl.any_horizontal(pl.col(form.typed).str.strip_chars() != "").fill_null(False)
    found = [
        form.read_line(source, cells["row"], cells, odd.get(cells["row"], {}))
        for cells in lines.filter(is_typed | pl.col("row").is_in(list(odd))).iter_rows(named=True)
        if cells["row"] not in hidden and not form.repeats_headers(cells)
    ]
    rows: int = lines.select(pl.col(form.id).str.strip_chars().str.contains(form.id_pattern).sum()).item()
    return ReturnedList(source.sheet, rows, tuple(filter(None, found)), tuple((row, fault) for row, _, fault in merged))


def _odd_cells(sheet: Sheet, top: int, columns: Mapping[str, int]) -> dict[int, dict[str, str]]:
    """What the cells of the list hold that hold no plain text, by row as Excel counts it and by header."""
    headers = {at: header for header, at in columns.items()}
    odd: dict[int, dict[str, str]] = defaultdict(dict)
    for row, column, what in _odd_places(sheet):
        if row > top and column in headers:
            odd[row + 1][headers[column]] = what
    return odd


def _odd_places(sheet: Sheet) -> Iterator[tuple[int, int, str]]:
    for name in rounded_numbers(sheet.part):
        yield *cell_place(name), faults.ROUNDED
    for cell in special_cells(sheet.part):
        yield cell.row, cell.column, faults.FORMULA if cell.is_formula else faults.ERROR
        if cell.spills_over:
            (first, left), (last, right) = cell_range(cell.spills_over)
            for row in range(first, min(last + 1, sheet.cells.height)):
                for column in range(left, min(right + 1, sheet.cells.width)):
                    yield row, column, faults.FORMULA


def _merged(
    sheet: Sheet, top: int, columns: Mapping[str, int], typed: Collection[str]
) -> Iterator[tuple[int, int, Fault]]:
    """First row, last row and fault of each range of merged cells that hides what was typed."""
    for (first, left), (last, right) in merged_ranges(sheet.part):
        touched = [header for header in typed if left <= columns[header] <= right]
        if touched and top < first < sheet.cells.height and sheet.cells.item(first, left):
            yield first + 1, min(last + 1, sheet.cells.height), faults.merged(touched, first + 1, last + 1)


def _has_ids_alone(cells: pl.DataFrame, form: Form) -> bool:
    """Whether there are ids of such lines in a column that is not headed as theirs."""
    text = pl.all().str.strip_chars()
    has_ids, is_headed = (
        cells.select(test.any()).row(0)
        for test in (text.str.contains(form.id_pattern), text.str.to_lowercase() == folded(form.id))
    )
    return any(ids and not headed for ids, headed in zip(has_ids, is_headed, strict=True))


def _refused(sheet: Sheet, row: int | None, fault: Fault) -> ReturnedList:
    return ReturnedList(sheet.name, 0, (), ((row, fault),))
