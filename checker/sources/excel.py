"""XLSX: every cell of a sheet as text, under its true row."""

from __future__ import annotations

import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Collection, Iterator
from pathlib import PurePosixPath
from xml.etree import ElementTree

import fastexcel
import polars as pl

from checker.errors import SourceError
from checker.sources.grid import Grid, Place, blank_warnings, positions, ragged_frame

OLE_MARK = bytes.fromhex("d0cf11e0a1b11ae1")  # the container of .xls and of every password-protected workbook
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
# A whole number that a spreadsheet rounds: two references that differ in the last digits would become one.
TOO_LONG = re.compile(
    rb"""<(?:\w+:)?c\b(?=[^>]*\br=["'](\w+)["'])(?![^>]*\bt=["'](?:s|str|inlineStr|b|e|d)["'])[^>]*>\s*"""
    rb"""<(?:\w+:)?v>-?(?:\d{16,}|\d\.\d+[Ee]\+?(?:1[5-9]|[2-9]\d))(?:\.0*)?<"""
)
DATE_TIME = r"^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)$"


def sheet_names(data: bytes, label: str) -> list[str]:
    """The names of the sheets, in the order of the workbook.

    Raises:
        SourceError: the bytes are no readable workbook.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            names = list(_sheet_parts(book))
            if not names:
                raise zipfile.BadZipFile
            return names
    except Exception:  # noqa: BLE001 - whatever a damaged file makes of zip and XML, the remedy is the same
        raise _unreadable(data, label) from None


def read_excel(data: bytes, place: Place, known: Collection[str]) -> Grid:
    """The grid of one sheet: the first filled row is the header; blank rows are no records but count in the numbering.

    Dates and times come as ISO text, numbers without a needless fraction, error cells as their text (`#N/A`).

    Raises:
        SourceError: the workbook is damaged, protected or of another kind, or holds formulas without values.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            if book.testzip() is not None:  # calamine reads a damaged sheet without a word, with fewer or other rows
                raise zipfile.BadZipFile
            part = book.read(_sheet_parts(book)[str(place.sheet)])
            special = list(_special_cells(part))
        sheet = fastexcel.read_excel(data).load_sheet(str(place.sheet), header_row=None, skip_rows=0, dtypes="string")
        cells = _from_column_a(sheet.to_polars(), [column.absolute_index for column in sheet.selected_columns])
    except Exception:  # noqa: BLE001 - as above
        raise _unreadable(data, place.label) from None
    if rounded := TOO_LONG.search(part):
        remedy = "make the column text and export it again"
        raise SourceError(
            f"{place.label}: cell {rounded[1].decode()}: a number of more than 15 digits, inexact; {remedy}"
        )
    uncalculated = [row + 1 for row, _, text in special if text is None]
    if uncalculated:
        remedy = "open it in Excel, save it and export it again"
        raise SourceError(f"{place.label}: row {uncalculated[0]}: a formula was never calculated; {remedy}")
    return _grid(_with_errors(cells, special), place.label)


def _grid(cells: pl.DataFrame, label: str) -> Grid:
    filled = cells.select(pl.any_horizontal(pl.all().str.strip_chars() != "").fill_null(False)).to_series()
    if not filled.any():
        raise SourceError(f"{label}: is empty; export it again with a header row")
    top = filled.arg_true()[0]
    headers = tuple((header or "").strip() for header in cells.row(top))
    rows = (
        cells.with_columns(pl.all().str.replace(DATE_TIME, "${1}T${2}"), source_row=pl.int_range(1, pl.len() + 1))
        .filter(filled)
        .slice(1)
    )
    warnings = blank_warnings(label, ((~filled).arg_true() + 1).to_list(), rows)
    return Grid(headers, rows, ragged_frame([], len(headers)), warnings)


def _from_column_a(cells: pl.DataFrame, columns: list[int]) -> pl.DataFrame:
    """The cells named by their true column, so that a sheet which starts in column C counts as a person counts it."""
    named = dict(zip(columns, cells.get_columns(), strict=True))
    blank = pl.Series([None] * cells.height, dtype=pl.String)
    width = max(columns, default=-1) + 1
    return pl.DataFrame({name: named.get(at, blank) for at, name in enumerate(positions(width))})


def _with_errors(cells: pl.DataFrame, special: list[tuple[int, int, str | None]]) -> pl.DataFrame:
    by_column = defaultdict(list)
    for row, column, text in special:
        by_column[str(column)].append((row, text))
    changed = {
        name: cells[name].scatter([row for row, _ in found], [text for _, text in found])
        for name, found in by_column.items()
    }
    return cells.with_columns(**changed)


def _sheet_parts(book: zipfile.ZipFile) -> dict[str, str]:
    """The part of the file behind each sheet's name."""
    links = ElementTree.fromstring(book.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 - expat bounds entity expansion
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    sheets = ElementTree.fromstring(book.read("xl/workbook.xml")).iterfind("{*}sheets/{*}sheet")  # noqa: S314 - as above
    return {
        sheet.attrib["name"]: str(PurePosixPath("/xl", targets[value])).lstrip("/")
        for sheet in sheets
        for key, value in sheet.attrib.items()
        if key.endswith("}id")
    }


def _special_cells(part: bytes) -> Iterator[tuple[int, int, str | None]]:
    """Row and column, from 0, of the cells that calamine takes for blank: an error's text, None for a bare formula."""
    if not re.search(rb"""<(\w+:)?f\b|\bt=["']e["']""", part):
        return
    row = column = -1
    found: list[tuple[int, str | None]] = []
    for _, element in ElementTree.iterparse(io.BytesIO(part)):  # noqa: S314 - as above
        tag = element.tag.rpartition("}")[2]
        if tag == "c":
            place = element.get("r")
            column = _column_number(place) if place else column + 1
            content = {child.tag.rpartition("}")[2]: child.text for child in element}
            if element.get("t") == "e":
                found.append((column, content.get("v") or "#ERROR"))
            elif "f" in content and not content.get("v") and element.get("t") != "str":
                found.append((column, None))
        elif tag == "row":
            row = int(element.get("r", row + 2)) - 1
            yield from ((row, column, text) for column, text in found)
            column, found = -1, []
            element.clear()


def _column_number(place: str) -> int:
    number = 0
    for letter in place.rstrip("0123456789"):
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _unreadable(data: bytes, label: str) -> SourceError:
    if data.startswith(OLE_MARK):
        if ENCRYPTED in data:
            return SourceError(f"{label}: is protected by a password; save it without one")
        return SourceError(f"{label}: is an old .xls workbook under another name; save it as .xlsx")
    if data.startswith(b"PK"):
        return SourceError(f"{label}: is truncated or damaged, or no workbook; export it again as .xlsx")
    return SourceError(f"{label}: is no Excel workbook; export it again as .xlsx")
