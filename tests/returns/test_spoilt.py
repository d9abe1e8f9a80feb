"""What is in doubt is a problem that says where, what and what to do; never a decision, and never an error."""

from __future__ import annotations

import zipfile
from dataclasses import astuple
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.formula import ArrayFormula

from checker.models import Problem
from checker.returns import read_workbook
from checker.returns.headers import CHILD, DECIDED_BY, DECISION, FINDING_ID, NEEDED, REASON, REFERENCE, RUN
from tests.returns.written import HEADER_ROW, Opened, column_of, finding_id, line, lines, write, write_by_xlsxwriter

NARRATIVE = "Aunt Mabel took the child to Whitby"  # typed by somebody; no report repeats it
LIST_OF_DECISIONS = (
    "choose one of: referral now submitted; referral already made, reference given; no referral required, reason "
    "given; record corrected; not an exception, data error; passed to another team; under review"
)
AS_SENT = "copy it from the workbook as it was sent"
TEXT = "type it as text"
RESTORE = "give the column its header back, or fill in the workbook as it was sent"
MAKE_SAME = "make the lines the same, or clear all but one"
GOOD = line(2, decision="record corrected", decided_by="PS 244")


def fill_in(header: str) -> str:
    return f"fill in {header} in the same line"


def complete(**values: Any) -> dict[str, Any]:
    """A line that is a decision, but for `values`, which are given by header."""
    return line(1, decision="under review", decided_by="PS 244") | values


def problems_of(folder: Path, row: dict[str, Any]) -> list[tuple[str, str]]:
    """Faults and remedies of a line; the line below it, with which nothing is wrong, is taken."""
    returned = read_workbook(write(folder / "back.xlsx", {"Exceptions": [row, GOOD]}), None, ("FLG001", "MIS003"))
    assert [each.finding_id for each in returned.dispositions] == [finding_id(2)]
    assert {(each.file, each.sheet, each.row) for each in returned.problems} == {("back.xlsx", "Exceptions", 6)}
    assert NARRATIVE not in repr(returned.problems)
    return [(each.fault, each.remedy) for each in returned.problems]


@pytest.mark.parametrize(
    ("row", "problems"),
    [
        (
            line(1, reason=NARRATIVE),
            [("Reason without a Decision", "choose a Decision from the list, or clear the line")],
        ),
        (
            line(1, reference="R-7", reason=NARRATIVE, decided_by="PS 244"),
            [
                (
                    "Reference and Reason and Decided by without a Decision",
                    "choose a Decision from the list, or clear the line",
                )
            ],
        ),
        *(
            (
                complete(**{DECISION: "referral now submitted", FINDING_ID: f"{rule_id}-0000000000000001"}),
                [
                    (
                        "'referral now submitted' does not answer a line of a rule that asks for no referral",
                        "choose record corrected, or another decision",
                    )
                ],
            )
            for rule_id in ("FLG001", "MIS003")  # of which the reader is told
        ),
        (complete(**{DECISION: NARRATIVE}), [("the Decision is not one of the list", LIST_OF_DECISIONS)]),
        (
            complete(**{DECISION: "under revue"}),
            [("the Decision is not one of the list; did you mean 'under review'?", LIST_OF_DECISIONS)],
        ),
        (
            complete(**{DECISION: "no referral required, aged 18"}),
            [
                (
                    "the Decision is not one of the list; did you mean 'no referral required'?",
                    LIST_OF_DECISIONS,
                )
            ],
        ),
        (
            complete(**{DECISION: "no referral required"}),
            [("no Reason for 'no referral required, reason given'", fill_in(REASON))],
        ),
        (
            complete(**{DECISION: "not an exception", REASON: " \u00a0"}),
            [("no Reason for 'not an exception, data error'", fill_in(REASON))],
        ),
        (
            complete(**{DECISION: "passed to another team", REFERENCE: "R-7"}),
            [("no Reason for 'passed to another team'", fill_in(REASON))],
        ),
        (
            complete(**{DECISION: "referral already made", REASON: NARRATIVE}),
            [("no Reference for 'referral already made, reference given'", fill_in(REFERENCE))],
        ),
        (complete(**{DECIDED_BY: None}), [("no Decided by", fill_in(DECIDED_BY))]),
        (complete(**{REASON: "n" * 2_001}), [("Reason has 2,001 characters, more than 2,000", "shorten it")]),
        (complete(**{DECIDED_BY: "n" * 3_000}), [("Decided by has 3,000 characters, more than 2,000", "shorten it")]),
        (complete(**{FINDING_ID: None}), [("no Finding id", AS_SENT)]),
        *(
            (complete(**{FINDING_ID: text}), [("Finding id is not as the checker writes it", AS_SENT)])
            for text in (NARRATIVE, "REF001-1", "ref001-0000000000000001", "REF001-000000000000000G", 7)
        ),
        (complete(**{RUN: None}), [("no Run", AS_SENT)]),
        *(
            (complete(**{RUN: text}), [("Run is not as the checker writes it", AS_SENT)])
            for text in (NARRATIVE, "12.5", 12.5, "-12", 0, "twelve", "1,200", "12 13", "9" * 30)
        ),
        (complete(**{REASON: '="a"&"b"'}), [("Reason holds a formula", TEXT)]),
        (complete(**{DECISION: "=F7"}), [("Decision holds a formula", TEXT)]),
        (
            line(1, reason="=1+1"),
            [
                ("Reason holds a formula", TEXT),
                ("Reason without a Decision", "choose a Decision from the list, or clear the line"),
            ],
        ),
        (complete(**{FINDING_ID: "=M7"}), [("Finding id holds a formula", TEXT)]),
        (complete(**{CHILD: "#REF!"}), [("Child holds an error", TEXT)]),
        (complete(**{REASON: "#N/A"}), [("Reason holds an error", TEXT)]),
        (
            complete(**{DECISION: "referral already made", REFERENCE: "#N/A"}),
            [("Reference holds an error", TEXT)],
        ),
        (
            complete(**{REFERENCE: 12345678901234567}),
            [("Reference holds a number of more than 15 digits, which Excel rounds", TEXT)],
        ),
        (
            complete(**{DECISION: "no referral required", DECIDED_BY: None, RUN: None, FINDING_ID: None}),
            [
                ("no Reason for 'no referral required, reason given'", fill_in(REASON)),
                ("no Decided by", fill_in(DECIDED_BY)),
                ("no Finding id", AS_SENT),
                ("no Run", AS_SENT),
            ],
        ),
    ],
)
def test_a_spoilt_line_tells_all_its_faults(
    tmp_path: Path, row: dict[str, Any], problems: list[tuple[str, str]]
) -> None:
    assert problems_of(tmp_path, row) == problems


def test_a_problem_names_its_line_by_the_finding_id(tmp_path: Path) -> None:
    returned = read_workbook(write(tmp_path / "back.xlsx", {"Cannot tell": [complete(**{DECIDED_BY: " "})]}), None, ())
    assert returned.problems == (
        Problem("back.xlsx", "Cannot tell", 6, finding_id(1), "no Decided by", fill_in(DECIDED_BY)),
    )
    assert returned.lines == 1


def test_a_formula_that_was_calculated_is_not_taken_for_what_was_typed(tmp_path: Path) -> None:
    file = write(tmp_path / "sent.xlsx", {"Exceptions": [complete(), GOOD]})
    with Opened(file) as opened:
        opened.cell(6, DECIDED_BY).value = "=I7"
    calculated = b"<f>I7</f><v>PS 244</v>"
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(tmp_path / "back.xlsx", "w") as target:
        for name in source.namelist():
            part = source.read(name)
            target.writestr(name, part.replace(b"<f>I7</f><v />", calculated).replace(b"<f>I7</f><v></v>", calculated))
    assert calculated in b"".join(zipfile.ZipFile(tmp_path / "back.xlsx").read(name) for name in source.namelist())
    returned = read_workbook(tmp_path / "back.xlsx", None, ())
    assert [(each.row, each.fault) for each in returned.problems] == [(6, "Decided by holds a formula")]


def test_a_formula_that_fills_other_cells_spoils_each_of_them(tmp_path: Path) -> None:
    file = write_by_xlsxwriter(tmp_path / "sent.xlsx", {"Exceptions": lines(3)})
    with Opened(file) as opened:
        decision = column_of(DECISION)
        for row in (6, 7, 8):
            opened.cell(row, DECIDED_BY).value = "PS 244"
            opened.cell(row, DECISION).value = "under review"
        opened.sheet()[f"{decision}6"] = ArrayFormula(f"{decision}6:{decision}7", '="under review"')
    returned = read_workbook(file, None, ())
    assert [(each.row, each.fault) for each in returned.problems if "formula" in each.fault] == [
        (6, "Decision holds a formula"),
        (7, "Decision holds a formula"),
    ]
    assert [each.row for each in returned.dispositions] == [8]


@pytest.mark.parametrize(
    ("cells", "fault", "taken"),
    [
        ("F6:F8", "merged cells in 'Decision', rows 6 to 8: ", [9]),
        ("F6:G6", "merged cells in 'Decision' and 'Reference', row 6: ", [7, 8, 9]),
        ("I7:I8", "merged cells in 'Decided by', rows 7 to 8: ", [6, 9]),
        ("E6:F6", "merged cells in 'Decision', row 6: ", [7, 8, 9]),
    ],
)
def test_merged_cells_are_told_and_their_rows_not_taken(
    tmp_path: Path, cells: str, fault: str, taken: list[int]
) -> None:
    rows = [line(number, decision="under review", decided_by="PS 244") for number in range(1, 5)]
    file = write(tmp_path / "back.xlsx", {"Exceptions": rows})
    with Opened(file) as opened:
        opened.sheet().merge_cells(cells)
    returned = read_workbook(file, None, ())
    first = int(cells.partition(":")[0][1:])
    assert returned.problems == (
        Problem(
            "back.xlsx",
            "Exceptions",
            first,
            None,
            f"{fault}only the first cell holds what was typed; nothing was taken",
            "unmerge them and fill each cell by itself",
        ),
    )
    assert [each.row for each in returned.dispositions] == taken


def test_merged_cells_in_which_nothing_was_typed_are_no_matter(tmp_path: Path) -> None:
    file = write(tmp_path / "back.xlsx", {"Exceptions": [*lines(2, first=5), GOOD]})
    with Opened(file) as opened:
        opened.sheet().merge_cells("F6:F7")
    returned = read_workbook(file, None, ())
    assert (len(returned.dispositions), returned.problems) == (1, ())


@pytest.mark.parametrize(
    "other",
    [
        complete(**{DECISION: "record corrected"}),
        complete(**{REASON: NARRATIVE}),
        complete(**{REFERENCE: "R-7"}),
        complete(**{DECIDED_BY: "PS 301"}),
        complete(**{RUN: 11}),
        complete(**{CHILD: "P0000009"}),
    ],
)
def test_lines_that_disagree_about_a_finding_are_all_told_and_none_taken(tmp_path: Path, other: dict[str, Any]) -> None:
    file = write(tmp_path / "back.xlsx", {"Exceptions": [complete(), GOOD, complete()], "Cannot tell": [other]})
    returned = read_workbook(file, None, ())
    assert [each.finding_id for each in returned.dispositions] == [finding_id(2)]
    elsewhere = "with something else filled in; none of them was taken"
    there = f"the same finding stands in sheet 'Cannot tell' row 6 {elsewhere}"
    both = f"the same finding stands in sheet 'Exceptions' row 6 and sheet 'Exceptions' row 8 {elsewhere}"
    assert [astuple(each) for each in returned.problems] == [
        ("back.xlsx", "Exceptions", 6, finding_id(1), there, MAKE_SAME),
        ("back.xlsx", "Exceptions", 8, finding_id(1), there, MAKE_SAME),
        ("back.xlsx", "Cannot tell", 6, finding_id(1), both, MAKE_SAME),
    ]


def test_a_finding_id_that_was_filled_down_a_column_is_told_in_every_line(tmp_path: Path) -> None:
    rows = [complete(**{REFERENCE: f"R-{number}"}) for number in range(5_000)]
    file = write_by_xlsxwriter(tmp_path / "back.xlsx", {"Exceptions": rows})
    returned = read_workbook(file, None, ())
    assert (returned.dispositions, len(returned.problems)) == ((), 5_000)
    assert returned.problems[1].fault == (
        "the same finding stands in row 6 and row 8 and row 9 and 4,996 more with something else filled in; "
        "none of them was taken"
    )


def test_a_sound_line_is_not_taken_where_a_spoilt_one_says_something_else(tmp_path: Path) -> None:
    rows = [complete(), complete(**{DECISION: "no referral required"})]
    returned = read_workbook(write(tmp_path / "back.xlsx", {"Exceptions": rows}), None, ())
    assert returned.dispositions == ()
    assert [(each.row, each.fault.partition(" with")[0]) for each in returned.problems] == [
        (6, "the same finding stands in row 7"),
        (7, "no Reason for 'no referral required, reason given'"),
        (7, "the same finding stands in row 6"),
    ]


@pytest.mark.parametrize("header", NEEDED)
def test_a_list_without_a_needed_column_is_not_read_and_the_others_are(tmp_path: Path, header: str) -> None:
    file = write(tmp_path / "back.xlsx", {"Exceptions": [complete()], "Cannot tell": [GOOD]})
    with Opened(file) as opened:
        opened.cell(HEADER_ROW, header).value = "Mine"
    returned = read_workbook(file, None, ())
    assert [each.sheet for each in returned.dispositions] == ["Cannot tell"]
    fault = f"no column '{header}'; nothing was read from this sheet"
    assert returned.problems == (Problem("back.xlsx", "Exceptions", 5, None, fault, RESTORE),)


def test_all_missing_columns_are_named_together(tmp_path: Path) -> None:
    file = write(tmp_path / "back.xlsx", {"Exceptions": [complete()]})
    with Opened(file) as opened:
        opened.cell(HEADER_ROW, RUN).value = opened.cell(HEADER_ROW, REASON).value = None
    (problem,) = read_workbook(file, None, ()).problems
    assert problem.fault == "no column 'Reason' and 'Run'; nothing was read from this sheet"


def test_a_column_that_is_there_twice_is_not_guessed(tmp_path: Path) -> None:
    file = write(tmp_path / "back.xlsx", {"Exceptions": [complete()]})
    with Opened(file) as opened:
        opened.sheet().cell(HEADER_ROW, 20, " decision")
    returned = read_workbook(file, None, ())
    fault, remedy = (
        "more than one column 'Decision'; nothing was read from this sheet",
        "remove or rename the one that was added",
    )
    assert returned.problems == (Problem("back.xlsx", "Exceptions", 5, None, fault, remedy),)
    assert returned.dispositions == ()


def test_a_list_without_its_header_row_is_told(tmp_path: Path) -> None:
    file = write(tmp_path / "back.xlsx", {"Exceptions": [complete()], "Cannot tell": [GOOD]})
    with Opened(file) as opened:
        for cell in opened.sheet()[HEADER_ROW]:
            cell.value = None
    returned = read_workbook(file, None, ())
    fault = "has finding ids but no header row above them"
    assert returned.problems == (
        Problem("back.xlsx", "Exceptions", None, None, fault, "copy the header row from the workbook as it was sent"),
    )
    assert [each.finding_id for each in returned.dispositions] == [finding_id(2)]


def test_a_workbook_without_any_list_is_one_problem(tmp_path: Path) -> None:
    Workbook().save(tmp_path / "other.xlsx")
    returned = read_workbook(tmp_path / "other.xlsx", None, ())
    fault = "has no list with the columns 'Finding id' and 'Decision', or 'Line id' and 'Answer'"
    remedy = "return the workbook as it was sent, with its header row"
    assert returned.problems == (Problem("other.xlsx", None, None, None, fault, remedy),)
    assert (returned.dispositions, returned.lines) == ((), 0)
