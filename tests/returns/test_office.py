"""The round trip through a real office program: what was typed there is read here, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook

from checker.models import Decision
from checker.returns import read_workbook
from checker.returns.headers import DECIDED_BY, DECISION, FINDING_ID, REASON, REFERENCE
from tests.returns.written import FIRST_ROW, column_of, finding_id, line, lines, write
from tests.uno_session import Office, Step

pytestmark = pytest.mark.office

FILLED: tuple[Step, ...] = (
    ("fill", "Exceptions", finding_id(2), {DECISION: "referral now submitted", DECIDED_BY: "PS 244"}),
    ("fill", "Exceptions", finding_id(4), {DECISION: "Referral already made.", REFERENCE: 4711, DECIDED_BY: "PS 244"}),
    (
        "fill",
        "Exceptions",
        finding_id(5),
        {DECISION: "no referral required", REASON: " Aged 18\non the day \u2013 é😀 ", DECIDED_BY: "O\u2019Hara"},
    ),
    ("fill", "Cannot tell", finding_id(9), {DECISION: "under review", REASON: "12345", DECIDED_BY: "PS 301"}),
)
SAID = {
    2: (Decision.REFERRAL_NOW_SUBMITTED, None, None, "PS 244"),
    4: (Decision.REFERRAL_ALREADY_MADE, "4711", None, "PS 244"),
    5: (Decision.NO_REFERRAL_REQUIRED, None, "Aged 18\non the day \u2013 é😀", "O\u2019Hara"),
    9: (Decision.UNDER_REVIEW, None, "12345", "PS 301"),
}
MESSED_UP: tuple[Step, ...] = (
    ("insert_rows", "Exceptions", 3),
    ("insert_column", "Exceptions", "Child"),
    ("insert_column", "Exceptions", REASON),
    ("sort", "Exceptions", "Hours overdue"),
    ("delete", "Exceptions", finding_id(1)),
    ("hide", "Exceptions", finding_id(4)),
    ("filter", "Exceptions", "District", "Moorland"),
    ("rename", "Exceptions", "Mine"),
    ("sort", "Cannot tell", "What is missing"),
)


@pytest.fixture
def sent(tmp_path: Path) -> Path:
    """A workbook as it is sent out."""
    return write(tmp_path / "sent.xlsx", {"Exceptions": lines(6), "Cannot tell": lines(3, first=8)})


@pytest.mark.parametrize("more", [(), MESSED_UP], ids=["saved", "messed up and saved"])
def test_what_was_typed_is_read(tmp_path: Path, libreoffice: Office, sent: Path, more: tuple[Step, ...]) -> None:
    back = libreoffice.edit(sent, tmp_path / "back.xlsx", *FILLED, *more)
    again = libreoffice.edit(back, tmp_path / "again.xlsx")
    for file in (back, again):
        returned = read_workbook(file, None, ())
        assert returned.problems == ()
        assert {
            int(each.finding_id[-16:], 16): (each.decision, each.reference, each.reason, each.decided_by)
            for each in returned.dispositions
        } == SAID
        assert {(each.run, each.rule_id) for each in returned.dispositions} == {(12, "REF001")}
        for each in returned.dispositions:
            number = int(each.finding_id[-16:], 16)
            assert (each.incident_ref, each.child_ref) == (f"INC-2026-{number:06}", f"P{number:07}")
        assert returned.lines == (8 if more else 9)


def test_the_rows_are_those_that_the_office_program_shows(tmp_path: Path, libreoffice: Office, sent: Path) -> None:
    back = libreoffice.edit(sent, tmp_path / "back.xlsx", *FILLED, *MESSED_UP)
    book = load_workbook(back)
    assert book.sheetnames == ["Summary", "Mine", "Cannot tell", "Rules"]
    hidden = {row for row, its in book["Mine"].row_dimensions.items() if its.hidden}
    dispositions = read_workbook(back, None, ()).dispositions
    for each in dispositions:
        assert each.finding_id in [cell.value for cell in book[each.sheet][each.row]]
    # Sorted by hours overdue the last line comes first; 4 was hidden by hand or with the other district.
    assert [(each.sheet, each.row, int(each.finding_id[-16:], 16)) for each in dispositions] == [
        ("Mine", 10, 5),
        ("Mine", 11, 4),
        ("Mine", 13, 2),
        ("Cannot tell", 8, 9),
    ]
    assert hidden & {each.row for each in dispositions if each.sheet == "Mine"} == {11, 13}


def test_what_is_in_doubt_there_is_a_problem_here(tmp_path: Path, libreoffice: Office) -> None:
    rows = [line(number) for number in range(1, 6)]
    sent = write(tmp_path / "sent.xlsx", {"Exceptions": rows})
    by = {DECISION: "under review", DECIDED_BY: "PS 244"}
    back = libreoffice.edit(
        sent,
        tmp_path / "back.xlsx",
        ("fill", "Exceptions", finding_id(1), {**by, REASON: f"={column_of('Child')}{FIRST_ROW}"}),
        ("fill", "Exceptions", finding_id(2), {**by, REFERENCE: "=1/0"}),
        ("fill", "Exceptions", finding_id(3), {**by, DECISION: "'"}),
        ("fill", "Exceptions", finding_id(4), {**by, REFERENCE: 12345678901234567}),
        ("fill", "Exceptions", finding_id(5), {**by, FINDING_ID: ""}),
    )
    returned = read_workbook(back, None, ())
    assert returned.dispositions == ()
    assert [(each.row, each.fault) for each in returned.problems] == [
        (6, "Reason holds a formula"),
        (7, "Reference holds a formula"),
        (8, "the Decision is not one of the list"),
        (9, "Reference holds a number of more than 15 digits, which Excel rounds"),
        (10, "no Finding id"),
    ]
