"""Workbooks in the shape in which they are sent out, as a supervisor finds them and before anybody has spoilt them.

No incident or child in them exists. Line n of a list stands in row 5 + n and speaks of finding n, unless a test says
otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table
from openpyxl.worksheet.worksheet import Worksheet

from checker.models import Decision
from checker.returns.headers import DECIDED_BY, DECISION, FINDING_ID, REASON, REFERENCE, RUN

HEADERS = (
    *("Severity", "Status", "Incident", "Child", "What is missing", DECISION, REFERENCE, REASON, DECIDED_BY),
    *("Hours overdue", "District", "Rule", FINDING_ID, RUN),
)
HEADER_ROW = 5
FIRST_ROW = HEADER_ROW + 1
BANDS = ("OFFICIAL-SENSITIVE", "Exceptions", "Each line is a prompt for a person.", "CHECK THE EXTRACT")
THIS_RUN = 12

Line = dict[str, Any]


def finding_id(number: int) -> str:
    """The id of the finding on the line with this number, counted from 1."""
    return f"REF001-{number:016x}"


def line(number: int, **typed: Any) -> Line:
    """The line of one finding; `decision`, `reference`, `reason` and `decided_by` as a supervisor fills them in."""
    names = {"decision": DECISION, "reference": REFERENCE, "reason": REASON, "decided_by": DECIDED_BY}
    return {
        "Severity": ("Critical", "High", "Medium")[number % 3],
        "Status": "New",
        "Incident": f"INC-2026-{number:06}",
        "Child": f"P{number:07}",
        "What is missing": f"No referral form was found for child {number}.",
        "Hours overdue": 1000.5 - number,
        "District": ("Harbour", "Moorland")[number % 2],
        "Rule": "REF001",
        FINDING_ID: finding_id(number),
        RUN: THIS_RUN,
        **{names[key]: value for key, value in typed.items()},
    }


def lines(count: int, first: int = 1) -> list[Line]:
    """Lines in which nothing was typed."""
    return [line(number) for number in range(first, first + count)]


def write(file: Path, sheets: Mapping[str, Sequence[Line]]) -> Path:
    """A workbook as openpyxl writes it, with a list on each sheet."""
    book = Workbook()
    book.active.title = "Summary"
    book.active.append(["Referral compliance: exceptions"])
    for name, rows in sheets.items():
        _write_list(book.create_sheet(name), rows)
    rules = book.create_sheet("Rules")
    rules.append(["Rule", "What it checks"])
    rules.append(["REF001", "Every child of a domestic abuse incident has a submitted referral form."])
    for place, decision in enumerate(Decision, start=1):
        rules.cell(place, 4, decision.value)
    book.defined_names["Decisions"] = DefinedName("Decisions", attr_text=f"Rules!$D$1:$D${len(Decision)}")
    book.save(file)
    return file


def _write_list(sheet: Worksheet, rows: Sequence[Line]) -> None:
    last = get_column_letter(len(HEADERS))
    for row, band in enumerate(BANDS, start=1):
        sheet.cell(row, 1, band)
        sheet.merge_cells(f"A{row}:{last}{row}")
    sheet.append(HEADERS)
    for each in rows:
        sheet.append([each.get(header) for header in HEADERS])
    table = Table(displayName=f"tbl{sheet.title.replace(' ', '')}", ref=f"A{HEADER_ROW}:{last}{HEADER_ROW + len(rows)}")
    sheet.add_table(table)
    drop_down = DataValidation("list", formula1="Decisions", allow_blank=True)
    drop_down.add(f"{column_of(DECISION)}{FIRST_ROW}:{column_of(DECISION)}{HEADER_ROW + len(rows)}")
    sheet.add_data_validation(drop_down)


def write_by_xlsxwriter(file: Path, sheets: Mapping[str, Sequence[Line]]) -> Path:
    """The same workbook as another program writes it: texts in the sheet itself, another order of its parts."""
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for row, band in enumerate(BANDS):
                sheet.write_string(row, 0, band)
            sheet.write_row(HEADER_ROW - 1, 0, HEADERS)
            for row, each in enumerate(rows, start=HEADER_ROW):
                for column, header in enumerate(HEADERS):
                    sheet.write(row, column, each.get(header))
            sheet.data_validation(f"F{FIRST_ROW}:F9999", {"validate": "list", "source": ["under review"]})
    return file


def column_of(header: str) -> str:
    """The letter of a column as it was sent out."""
    return get_column_letter(HEADERS.index(header) + 1)


class Opened:
    """A workbook that somebody has opened to spoil it; it is saved when the block ends."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __enter__(self) -> Opened:
        self.book = load_workbook(self.file)
        return self

    def __exit__(self, *fault: object) -> None:
        self.book.save(self.file)

    def sheet(self, name: str = "Exceptions") -> Worksheet:
        """A sheet of it."""
        return self.book[name]

    def cell(self, row: int, header: str, name: str = "Exceptions") -> Cell:
        """A cell of a list, by the number of its row and the header as it was sent."""
        return self.book[name][f"{column_of(header)}{row}"]
