"""The return report says what was taken and what was not, and nothing more than it was told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from checker.config import ReportConfig
from checker.errors import ReportError
from checker.models import Collected, Problem, ReturnedWorkbook
from checker.report.return_report import write_return_report

ID = "REF001-0000000000000001"
UNCHANGED = ReportConfig()
COLLECTED = Collected(
    workbooks=(
        ReturnedWorkbook("harbour.xlsx", "ab" * 32, 58, 3, 2, 2),
        ReturnedWorkbook("broken.xlsx", None, 0, 0, 0, 1),
    ),
    problems=(
        Problem("harbour.xlsx", "Exceptions", 7, ID, "no Decided by", "fill in Decided by in the same line"),
        Problem("harbour.xlsx", "=1+1", 17, None, "no Finding id", "copy it from the workbook as it was sent"),
        Problem("broken.xlsx", None, None, None, "is an empty file", "have the workbook sent again"),
    ),
    at=datetime(2026, 11, 22, 9, 5, tzinfo=UTC),
)


def sheets_of(collected: Collected, folder: Path, settings: ReportConfig = UNCHANGED) -> list[Worksheet]:
    return load_workbook(write_return_report(collected, folder / "returns" / "return.xlsx", settings)).worksheets


def table(sheet: Worksheet) -> list[list[Any]]:
    (only,) = sheet.tables.values()
    return [[cell.value for cell in row] for row in sheet[only.ref]]


def words(sheet: Worksheet) -> list[Any]:
    return [value for row in sheet.iter_rows(values_only=True) for value in row if value is not None]


def test_it_tells_of_every_workbook_and_of_every_problem(tmp_path: Path) -> None:
    workbooks, problems = sheets_of(COLLECTED, tmp_path)
    assert (workbooks.title, problems.title) == ("Workbooks", "Problems")
    assert words(workbooks)[:4] == [
        "OFFICIAL-SENSITIVE",
        "Workbooks (2)",
        "3 decisions taken on 22 Nov 2026 09:05 GMT. A line that was not filled in changes nothing. Unchanged: the "
        "line had been taken before, just as it stands here. Lines read: those with an id.",
        "3 problems: see the sheet Problems.",
    ]
    assert table(workbooks) == [
        ["File", "Lines read", "Decisions taken", "Unchanged", "Problems"],
        ["harbour.xlsx", 58, 3, 2, 2],
        ["broken.xlsx", 0, 0, 0, 1],
    ]
    assert table(problems) == [
        ["File", "Sheet", "Row", "Finding or line id", "What is wrong", "What to do"],
        ["harbour.xlsx", "Exceptions", 7, ID, "no Decided by", "fill in Decided by in the same line"],
        ["harbour.xlsx", "=1+1", 17, None, "no Finding id", "copy it from the workbook as it was sent"],
        ["broken.xlsx", None, None, None, "is an empty file", "have the workbook sent again"],
    ]
    assert problems["B6"].data_type == "s"


def test_a_return_without_a_problem_says_so(tmp_path: Path) -> None:
    workbooks, problems = sheets_of(replace(COLLECTED, workbooks=COLLECTED.workbooks[:1], problems=()), tmp_path)
    assert table(workbooks)[1:] == [["harbour.xlsx", 58, 3, 2, 2]]
    assert "see the sheet" not in " ".join(map(str, words(workbooks)))
    assert words(problems)[-1] == "No problem: all that was filled in was taken, or had been before."


def test_nothing_collected_is_told_too(tmp_path: Path) -> None:
    workbooks, _ = sheets_of(replace(COLLECTED, workbooks=(), problems=()), tmp_path)
    assert words(workbooks)[-1] == "No workbook was collected."


def test_every_sheet_bears_the_marking_on_screen_and_on_paper(tmp_path: Path) -> None:
    for sheet in sheets_of(COLLECTED, tmp_path, ReportConfig(marking="OFFICIAL")):
        assert sheet["A1"].value == "OFFICIAL"
        assert (sheet.oddHeader.center.text, sheet.oddFooter.center.text) == ("OFFICIAL", "OFFICIAL")
        assert sheet.oddHeader.left.text == f"Referral compliance: {sheet.title}"
        assert sheet.oddHeader.right.text == "Collected 22 Nov 2026 09:05 GMT"
        assert sheet.oddFooter.left.text == "Return report"


def test_a_later_report_takes_the_place_of_an_earlier_one_and_leaves_nothing_behind(tmp_path: Path) -> None:
    for problems in (COLLECTED.problems, ()):
        sheets = sheets_of(replace(COLLECTED, problems=problems), tmp_path)
        assert sheets[1]["A2"].value == f"Problems ({len(problems)})"
    assert [file.name for file in (tmp_path / "returns").iterdir()] == ["return.xlsx"]


def test_a_report_that_cannot_be_written_says_where(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ReportError, match=r"file/return\.xlsx: the return report cannot be written there \(") as told:
        write_return_report(COLLECTED, tmp_path / "file" / "return.xlsx")
    assert str(told.value).endswith("; close it where it is open, or free the folder")
