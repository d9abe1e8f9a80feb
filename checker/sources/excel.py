"""XLSX: every cell of a sheet as text, under its true row."""

from __future__ import annotations

import io
import zipfile
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from xml.etree import ElementTree

import polars as pl

from checker.errors import SourceError
from checker.sources.excel_xml import Special, cells_spanned, rounded_numbers, special_cells
from checker.sources.grid import Grid, Place, blank_warnings, positions, ragged_frame

OLE_MARK = bytes.fromhex("d0cf11e0a1b11ae1")  # the container of .xls and of every password-protected workbook
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
# What bytes may be that cannot be read as a workbook.
PROTECTED = "is protected by a password"
OLD = "is an old .xls workbook under another name"
DAMAGED = "is truncated or damaged, or no workbook"
FOREIGN = "is no Excel workbook"
MOST_CELLS = 2**26  # as many rows as a sheet can have, and 64 columns
DATE_TIME = r"^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)$"


class SprawlingError(Exception):
    """A sheet has cells so far from each other that all between them would not fit into memory."""

    def __init__(self, sheet: str) -> None:
        super().__init__(f"sheet {sheet!r} has cells far away from the others")


@dataclass(frozen=True)
class Sheet:
    """One sheet: the text of its cells from A1 on, under the columns "0", "1", …, and the XML that they were read from.

    A cell with an error is blank, one with a formula has the value that was calculated last.
    """

    name: str
    cells: pl.DataFrame
    part: bytes


def sheet_names(data: bytes, label: str) -> list[str]:
    """The names of the sheets, in the order of the workbook.

    Raises:
        SourceError: the bytes are no readable workbook.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            names = list(_parts(book))
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
        (sheet,) = read_sheets(data, [str(place.sheet)])
        special = list(special_cells(sheet.part))
    except SprawlingError as fault:
        raise SourceError(
            f"{place.label}: {fault}; delete the rows and columns around them and export it again"
        ) from None
    except Exception:  # noqa: BLE001 - as above
        raise _unreadable(data, place.label) from None
    if rounded := next(rounded_numbers(sheet.part), None):
        remedy = "make the column text and export it again"
        raise SourceError(f"{place.label}: cell {rounded}: a number of more than 15 digits, inexact; {remedy}")
    uncalculated = [cell.row + 1 for cell in special if not cell.is_calculated and cell.error is None]
    if uncalculated:
        remedy = "open it in Excel, save it and export it again"
        raise SourceError(f"{place.label}: row {uncalculated[0]}: a formula was never calculated; {remedy}")
    return _grid(_with_errors(sheet.cells, special), place.label)


def read_sheets(data: bytes, names: Collection[str] | None = None) -> Iterator[Sheet]:
    """The sheets of these names, or all, in the order of the workbook; charts on a sheet of their own are no sheets.

    Raises:
        SprawlingError: a sheet cannot be held in memory; calamine would end the process.
        Exception: of whatever kind a damaged file makes of zip, XML and cells; `nature` says what it is.
    """
    import fastexcel

    with zipfile.ZipFile(io.BytesIO(data)) as book:
        if book.testzip() is not None:  # calamine reads a damaged sheet without a word, with fewer or other rows
            raise zipfile.BadZipFile
        reader = fastexcel.read_excel(data)
        for name, part in _parts(book).items():
            if names is None or name in names:
                xml = book.read(part)
                if cells_spanned(xml) > MOST_CELLS:
                    raise SprawlingError(name)
                sheet = reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
                columns = [column.absolute_index for column in sheet.selected_columns]
                yield Sheet(name, _from_column_a(sheet.to_polars(), columns), xml)


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


def _with_errors(cells: pl.DataFrame, special: Collection[Special]) -> pl.DataFrame:
    by_column = defaultdict(list)
    for cell in special:
        if cell.error is not None:
            by_column[str(cell.column)].append((cell.row, cell.error))
    changed = {
        name: cells[name].scatter([row for row, _ in found], [text for _, text in found])
        for name, found in by_column.items()
    }
    return cells.with_columns(**changed)


def _parts(book: zipfile.ZipFile) -> dict[str, str]:
    """The part of the file behind each sheet's name."""
    links = ElementTree.fromstring(book.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 - expat bounds entity expansion
    targets = {link.get("Id"): link.get("Target", "") for link in links if link.get("Type", "").endswith("/worksheet")}
    sheets = ElementTree.fromstring(book.read("xl/workbook.xml")).iterfind("{*}sheets/{*}sheet")  # noqa: S314 - as above
    return {
        sheet.attrib["name"]: str(PurePosixPath("/xl", targets[value])).lstrip("/")
        for sheet in sheets
        for key, value in sheet.attrib.items()
        if key.endswith("}id") and value in targets
    }


def nature(data: bytes) -> str:
    """What bytes are that cannot be read as a workbook, in words."""
    if data.startswith(OLE_MARK):
        return PROTECTED if ENCRYPTED in data else OLD
    return DAMAGED if data.startswith(b"PK") else FOREIGN


_REMEDIES = {PROTECTED: "save it without one", OLD: "save it as .xlsx"}


def _unreadable(data: bytes, label: str) -> SourceError:
    kind = nature(data)
    return SourceError(f"{label}: {kind}; {_REMEDIES.get(kind, 'export it again as .xlsx')}")
