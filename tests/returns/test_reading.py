"""A decision is read wherever its line went, and exactly as it was typed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, time
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from checker.models import Decision, Disposition
from checker.returns import Returned, read_workbook
from checker.returns.headers import DECIDED_BY, DECISION, FINDING_ID, REASON, REFERENCE, RUN
from tests.returns.written import (
    FIRST_ROW,
    HEADER_ROW,
    HEADERS,
    Line,
    Opened,
    column_of,
    finding_id,
    line,
    lines,
    write,
    write_by_xlsxwriter,
)

TYPED = [
    line(1, decision="referral now submitted", decided_by="PS 244"),
    line(2),
    line(3, decision="referral already made, reference given", reference="R-7", decided_by="PS 244"),
    line(4, decision="no referral required, reason given", reason="Aged 18 on the day.", decided_by="PS 301"),
    line(5),
]
SAID = {
    1: (Decision.REFERRAL_NOW_SUBMITTED, None, None, "PS 244"),
    3: (Decision.REFERRAL_ALREADY_MADE, "R-7", None, "PS 244"),
    4: (Decision.NO_REFERRAL_REQUIRED, None, "Aged 18 on the day.", "PS 301"),
}


def said(returned: Returned) -> dict[int, tuple[Any, ...]]:
    """What was taken, by the number of the finding, of a workbook with which nothing is wrong."""
    assert returned.problems == ()
    return {
        int(each.finding_id[-16:], 16): (each.decision, each.reference, each.reason, each.decided_by)
        for each in returned.dispositions
    }


def typed(folder: Path, **values: Any) -> Disposition:
    """What was taken of a workbook in one line of which that was typed."""
    row = {"decision": "under review", "decided_by": "PS 244"} | values
    returned = read_workbook(write(folder / "a.xlsx", {"Exceptions": [line(1, **row)]}), None, ())
    assert returned.problems == ()
    return returned.dispositions[0]


@pytest.mark.parametrize("program", [write, write_by_xlsxwriter])
def test_each_decision_is_taken_with_the_place_where_it_stands(
    tmp_path: Path, program: Callable[[Path, dict[str, Sequence[Line]]], Path]
) -> None:
    file = program(tmp_path / "back.xlsx", {"Exceptions": TYPED, "Cannot tell": lines(2, first=6)})
    returned = read_workbook(file, None, ())
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    assert (returned.file, returned.sha256, returned.lines) == ("back.xlsx", sha256, 7)
    assert said(returned) == SAID
    assert returned.dispositions[1] == Disposition(
        finding_id="REF001-0000000000000003",
        run=12,
        decision=Decision.REFERRAL_ALREADY_MADE,
        reason=None,
        reference="R-7",
        decided_by="PS 244",
        rule_id="REF001",
        incident_ref="INC-2026-000003",
        child_ref="P0000003",
        file="back.xlsx",
        file_sha256=sha256,
        sheet="Exceptions",
        row=8,
    )


def test_a_workbook_in_which_nothing_was_typed_states_nothing(tmp_path: Path) -> None:
    returned = read_workbook(write(tmp_path / "a.xlsx", {"Exceptions": lines(3)}), None, ())
    assert (returned.dispositions, returned.problems, returned.lines) == ((), (), 3)


def test_blanks_that_nobody_sees_are_nothing_typed(tmp_path: Path) -> None:
    unseen = line(1, decision="\u200b", reason=" \ufeff", decided_by="\u00a0\n")
    returned = read_workbook(write(tmp_path / "a.xlsx", {"Exceptions": [unseen]}), None, ())
    assert (returned.dispositions, returned.problems, returned.lines) == ((), (), 1)


def reverse_order(sheet: Worksheet) -> None:
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=FIRST_ROW)]
    for at, row in enumerate(reversed(rows), start=FIRST_ROW):
        for column, value in enumerate(row, start=1):
            sheet.cell(at, column).value = value


def hide_rows(sheet: Worksheet) -> None:
    for row in (FIRST_ROW, FIRST_ROW + 3):
        sheet.row_dimensions[row].hidden = True


def filter_rows(sheet: Worksheet) -> None:
    table = next(iter(sheet.tables.values()))
    table.autoFilter.add_filter_column(1, ["Still open"])
    hide_rows(sheet)


def remove_table(sheet: Worksheet) -> None:
    for name in list(sheet.tables):
        del sheet.tables[name]


def delete_undecided(sheet: Worksheet) -> None:
    remove_table(sheet)
    sheet.delete_rows(FIRST_ROW + 4)
    sheet.delete_rows(FIRST_ROW + 1)


def insert_above(sheet: Worksheet) -> None:
    remove_table(sheet)
    for merged in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(merged))
    sheet.insert_rows(1, 12)
    for row in range(1, 13):
        sheet.cell(row, 1, f"note {row}")


def clear_bands(sheet: Worksheet) -> None:
    remove_table(sheet)
    for merged in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(merged))
    sheet.delete_rows(1, HEADER_ROW - 1)


def insert_columns(sheet: Worksheet) -> None:
    remove_table(sheet)
    sheet.insert_cols(1)
    sheet.insert_cols(8)
    sheet.cell(HEADER_ROW, 8, "Whose")
    sheet.cell(FIRST_ROW, 8, "under review")


def move_last_column_first(sheet: Worksheet) -> None:
    remove_table(sheet)
    sheet.insert_cols(1)
    for row in range(HEADER_ROW, sheet.max_row + 1):
        sheet.cell(row, 1, sheet.cell(row, len(HEADERS) + 1).value)
        sheet.cell(row, len(HEADERS) + 1).value = None


def spell_headers_otherwise(sheet: Worksheet) -> None:
    for header, other in ((DECISION, " DECISION "), (FINDING_ID, "Finding\u00a0 ID"), (DECIDED_BY, "decided\nby")):
        sheet[f"{column_of(header)}{HEADER_ROW}"] = other
    remove_table(sheet)


def add_notes_below(sheet: Worksheet) -> None:
    sheet.cell(FIRST_ROW + 7, 1, "Worked through on Sunday.")
    sheet.merge_cells(f"A{FIRST_ROW + 7}:E{FIRST_ROW + 7}")
    sheet.cell(FIRST_ROW + 9, HEADERS.index(RUN) + 1, "=SUM(N6:N10)")
    sheet.cell(FIRST_ROW + 9, HEADERS.index("Hours overdue") + 1, "=SUM(J6:J10)")


def rename(sheet: Worksheet) -> None:
    sheet.title = "Sheet of PS 244 & co. <2>"


def repeat_headers_between(sheet: Worksheet) -> None:
    remove_table(sheet)
    sheet.insert_rows(FIRST_ROW + 2)
    for column, header in enumerate(HEADERS, start=1):
        sheet.cell(FIRST_ROW + 2, column, header)


@pytest.mark.parametrize(
    "change",
    [
        *(reverse_order, hide_rows, filter_rows, remove_table, delete_undecided, insert_above, clear_bands),
        *(insert_columns, move_last_column_first, spell_headers_otherwise, add_notes_below, rename),
        repeat_headers_between,
    ],
)
def test_what_people_do_to_a_list_loses_no_decision(tmp_path: Path, change: Callable[[Worksheet], None]) -> None:
    file = write(tmp_path / "back.xlsx", {"Exceptions": TYPED})
    with Opened(file) as opened:
        change(opened.sheet())
    assert said(read_workbook(file, None, ())) == SAID


def test_rows_are_numbered_as_excel_numbers_them(tmp_path: Path) -> None:
    file = write(tmp_path / "back.xlsx", {"Exceptions": TYPED})
    with Opened(file) as opened:
        insert_above(opened.sheet())
    assert [each.row for each in read_workbook(file, None, ()).dispositions] == [18, 20, 21]


def test_a_list_copied_into_another_workbook_is_read(tmp_path: Path) -> None:
    source = load_workbook(write(tmp_path / "sent.xlsx", {"Exceptions": TYPED}))["Exceptions"]
    other = Workbook()
    other.create_chartsheet("A chart")
    other.create_sheet("Nothing")
    for row in source.iter_rows(min_row=HEADER_ROW, values_only=True):
        other.active.append([None, *row])
    other.save(tmp_path / "other.xlsx")
    assert said(read_workbook(tmp_path / "other.xlsx", None, ())) == SAID


def test_every_list_is_read_and_a_hidden_one_too(tmp_path: Path) -> None:
    sheets = {"Exceptions": lines(2), "Cannot tell": [TYPED[0]], "Carried over": TYPED[2:4]}
    file = write(tmp_path / "back.xlsx", sheets)
    with Opened(file) as opened:
        opened.sheet("Cannot tell").sheet_state = "hidden"
    returned = read_workbook(file, None, ())
    assert said(returned) == SAID
    assert [each.sheet for each in returned.dispositions] == ["Cannot tell", "Carried over", "Carried over"]
    assert returned.lines == 5


def test_a_sheet_that_only_tells_of_findings_is_passed_over(tmp_path: Path) -> None:
    file = write(tmp_path / "back.xlsx", {"Exceptions": TYPED})
    with Opened(file) as opened:
        resolved = opened.book.create_sheet("Resolved")
        resolved.append(["Incident", "Finding id"])
        resolved.append(["INC-2026-000009", finding_id(9)])
    returned = read_workbook(file, None, ())
    assert (said(returned), returned.lines) == (SAID, 5)


def test_a_line_that_stands_twice_and_says_the_same_is_one_decision(tmp_path: Path) -> None:
    again = line(1, decision="Referral Now Submitted.", decided_by="PS 244 ")
    returned = read_workbook(write(tmp_path / "a.xlsx", {"Exceptions": TYPED, "Copy": [again, line(3)]}), None, ())
    assert said(returned) == SAID
    assert [(each.sheet, each.row) for each in returned.dispositions] == [
        ("Exceptions", 6),
        ("Exceptions", 8),
        ("Exceptions", 9),
    ]


@pytest.mark.parametrize(
    ("text", "decision"),
    [
        *((decision.value, decision) for decision in Decision),
        *((decision.value.upper() + " .", decision) for decision in Decision),
        ("  Under\u00a0 Review. ", Decision.UNDER_REVIEW),
        ("under\u200b review\n", Decision.UNDER_REVIEW),
        ("\u2018under review\u2019", Decision.UNDER_REVIEW),
        ("referral already made", Decision.REFERRAL_ALREADY_MADE),
        ("Referral already made,reference given", Decision.REFERRAL_ALREADY_MADE),
        ("referral already made \u2013 reference given", Decision.REFERRAL_ALREADY_MADE),
        ("no referral required", Decision.NO_REFERRAL_REQUIRED),
        ("no referral required; reason given", Decision.NO_REFERRAL_REQUIRED),
        ("not an exception", Decision.NOT_AN_EXCEPTION),
        ("not an exception - data error", Decision.NOT_AN_EXCEPTION),
    ],
)
def test_a_decision_is_known_in_every_spelling_of_its_name(tmp_path: Path, text: str, decision: Decision) -> None:
    assert typed(tmp_path, decision=text, reference="R-7", reason="A reason.").decision is decision


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        *(
            ("  R-7\n", "R-7"),
            ("\u00a0R-7\ufeff", "R-7"),
            ("00123", "00123"),
            ("12345", "12345"),
            ("two\nlines", "two\nlines"),
        ),
        *((12345, "12345"), (12345.0, "12345"), (1.5, "1.5"), (123456789012345, "123456789012345"), (True, "true")),
        *((datetime(2026, 10, 3), "2026-10-03"), (datetime(2026, 10, 3, 14, 5), "2026-10-03 14:05:00")),
        *(
            (time(14, 5), "14:05:00"),
            ("03/10/2026", "03/10/2026"),
            ("'=1+1", "'=1+1"),
            ("#N/A, said PS 1", "#N/A, said PS 1"),
        ),
        *(("", None), (" \u00a0\n", None), ("\u200b", None), ("n" * 2_000, "n" * 2_000)),
    ],
)
def test_a_cell_is_read_as_the_text_that_was_typed(tmp_path: Path, cell: Any, text: str | None) -> None:
    taken = typed(tmp_path, reference=cell, reason=cell)
    assert (taken.reference, taken.reason) == (text, text)


@pytest.mark.parametrize("cell", [12, 12.0, "12", "12.0", " 12 ", "0012"])
def test_the_run_is_a_number_however_it_is_kept(tmp_path: Path, cell: Any) -> None:
    file = write(tmp_path / "a.xlsx", {"Exceptions": [TYPED[0] | {RUN: cell}]})
    assert [each.run for each in read_workbook(file, None, ()).dispositions] == [12]


def test_what_identifies_a_line_is_told_as_the_line_has_it(tmp_path: Path) -> None:
    moved = TYPED[0] | {"Rule": "CLO001", "Incident": " INC-1 ", "Child": None, FINDING_ID: f" {finding_id(1)} "}
    (taken,) = read_workbook(write(tmp_path / "a.xlsx", {"Exceptions": [moved]}), None, ()).dispositions
    assert (taken.finding_id, taken.rule_id, taken.incident_ref, taken.child_ref) == (
        finding_id(1),
        "CLO001",
        "INC-1",
        None,
    )


def test_a_reason_and_a_reference_are_kept_where_none_is_asked_for(tmp_path: Path) -> None:
    taken = typed(tmp_path, **{REFERENCE.lower(): "R-7", REASON.lower(): "Sent by hand."})
    assert (taken.decision, taken.reference, taken.reason) == (Decision.UNDER_REVIEW, "R-7", "Sent by hand.")
