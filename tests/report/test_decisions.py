"""What supervisors decide has its cells, its words and its sheet, and a settled line is off the lists, not lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl.worksheet.cell_range import MultiCellRange
from openpyxl.worksheet.worksheet import Worksheet

from checker.models import Decision, Run
from checker.report.files import write_report
from tests.report.made_up import AS_OF, decided, decision, finding, many_decided, opened, recorded, run_of
from tests.report.test_workbook import book_of, lines, rule_line, table_rows, tile, words

LABELS = [
    "Referral now submitted",
    "Referral already made, reference given",
    "No referral required, reason given",
    "Record corrected",
    "Not an exception, data error",
    "Passed to another team",
    "Under review",
]
WORKED = ("Exceptions", "Cannot tell", "Carried over")
YELLOW = ["Decision", "Reference", "Reason", "Decided by"]


@pytest.fixture
def run() -> Run:
    """Two exceptions to work and two settled; one cannot tell to work and one settled; likewise carried over."""
    rows = [
        finding(incident_ref="INC-1", **opened(3)),
        finding("CLO001", "INC-2", evidence="closed without the code", **opened(9, "decision expired")),
        finding(incident_ref="INC-3", child_ref="P3", due_at=None, **opened(4, "settled")),
        finding("CLO001", "INC-4", **opened(2, "settled")),
        finding(incident_ref="INC-5", outcome="undetermined", **opened(1)),
        finding(incident_ref="INC-6", outcome="undetermined", **opened(5, "settled")),
    ]
    last = {"last_examined": AS_OF, "why": "not in this extract: no accepted record of it"}
    carried = [
        finding(incident_ref=f"INC-{n}", **opened(7, status)) | last for n, status in ((7, "new"), (8, "settled"))
    ]
    expired, no_need, corrected, data_error = rows[1], rows[2], rows[3], rows[5]
    return decided(
        recorded(run_of(rows), (), carried),
        [
            decision(expired, Decision.REFERRAL_ALREADY_MADE, reason="by phone", reference="REF-7"),
            decision(no_need),
            decision(corrected, Decision.RECORD_CORRECTED, reason=None, settled_until=date(2026, 11, 27)),
            decision(data_error, Decision.NOT_AN_EXCEPTION, settled_until=None),
            decision(carried[1], Decision.PASSED_TO_ANOTHER_TEAM, reason="CAIT has it"),
        ],
    )


def letters(sheet: Worksheet) -> dict[str, str]:
    """The letter of each column of the one table of a sheet."""
    (table,) = sheet.tables.values()
    return {cell.value: cell.column_letter for cell in sheet[table.ref][0]}


@pytest.mark.parametrize("name", WORKED)
def test_every_line_to_work_has_four_blank_yellow_cells_and_the_number_of_the_run(
    run: Run, tmp_path: Path, name: str
) -> None:
    sheet = book_of(run, tmp_path)[name]
    rows = table_rows(sheet)
    headers = list(rows[0])
    assert headers[headers.index("Supervisor") + 1 :][:4] == YELLOW
    assert headers[-3:] == ["Rule", "Finding id", "Run"]
    assert [[row[header] for header in (*YELLOW, "Run")] for row in rows] == [[None] * 4 + [12]] * len(rows)
    (table,) = sheet.tables.values()
    header, *body = sheet[table.ref]
    for place, cell in enumerate(header):
        is_yellow = cell.value in YELLOW
        assert cell.fill.fgColor.rgb == ("007F6000" if is_yellow else "001F3864")
        assert (body[0][place].fill.fgColor.rgb == "00FFFBE6") == is_yellow
        assert (body[0][place].number_format == "@") == is_yellow  # so that 00123 and =1 stay what was typed


def test_without_a_store_the_number_of_the_run_is_blank_and_the_sheet_says_what_that_means(tmp_path: Path) -> None:
    book = book_of(run_of([finding()]), tmp_path)
    (row,) = table_rows(book["Exceptions"])
    assert [row[header] for header in (*YELLOW, "Run")] == [None] * 5
    assert any("recorded in no store" in word for word in words(book["Decisions"]))
    assert not any("checker collect" in word for word in words(book["Decisions"]))


@pytest.mark.parametrize("name", WORKED)
def test_a_decision_is_chosen_from_the_list_that_the_sheet_decisions_shows(run: Run, tmp_path: Path, name: str) -> None:
    book = book_of(run, tmp_path)
    sheet = book[name]
    (choice,) = sheet.data_validations.dataValidation
    column, rows = letters(sheet)["Decision"], table_rows(sheet)
    assert choice.sqref == MultiCellRange(f"{column}5:{column}{4 + len(rows)}")
    assert (choice.type, choice.formula1, choice.errorStyle) == ("list", "DecisionList", "stop")
    assert choice.allow_blank
    assert "choose one with the arrow" in choice.error
    assert len(choice.error) <= 255  # Excel shows no more
    assert len(choice.errorTitle) <= 32
    (place,) = book.defined_names["DecisionList"].destinations
    offered = book[place[0]]
    assert [cell.value for (cell,) in offered[place[1]]] == LABELS
    assert offered.sheet_state == "visible"


def test_what_a_decision_still_lacks_is_orange_and_a_decided_line_is_grey(run: Run, tmp_path: Path) -> None:
    sheet = book_of(run, tmp_path)["Exceptions"]
    told = {
        str(cells.sqref): [(rule.formula[0], rule.dxf.fill and rule.dxf.fill.bgColor.rgb) for rule in cells.rules]
        for cells in sheet.conditional_formatting
    }
    decided_and_parted = ('AND(TRIM($L5)<>"",$A5<>$A4)', "00F2F2F2")
    always = [decided_and_parted, ('TRIM($L5)<>""', "00F2F2F2"), ("$A5<>$A4", None)]
    reason = ",".join(f'TRIM($L5)="{label}"' for label in (LABELS[2], LABELS[4], LABELS[5]))
    orange = {
        "L": 'AND(TRIM($L5)="",TRIM($M5)&TRIM($N5)<>"")',
        "M": f'AND(TRIM($M5)="",OR(TRIM($L5)="{LABELS[1]}"))',
        "N": f'AND(TRIM($N5)="",OR({reason}))',
        "O": 'AND(TRIM($O5)="",TRIM($L5)<>"")',
    }
    assert told == {
        f"{letter}5:{letter}6": [
            *([(orange[letter], "00F8CBAD")] if letter in orange else []),
            *always,
            *([("$A5=$A4", None)] if letter == "A" else []),
        ]
        for letter in "ABCDEFGHIJKLMNOPQRSTU"
    }


def test_each_decision_says_when_what_it_needs_and_when_it_comes_back(run: Run, tmp_path: Path) -> None:
    said = {row[0]: row for row in lines(book_of(run, tmp_path)["Decisions"]) if row[0] in LABELS}
    assert list(said) == LABELS
    assert [row[2] for row in said.values()] == [
        "Decided by: your name.",
        "Reference: that of the form.\nDecided by: your name.",
        "Reason: in a sentence, why.\nDecided by: your name.",
        "Decided by: your name.",
        "Reason: in a sentence, why.\nDecided by: your name.",
        "Reason: which team and who took it on.\nDecided by: your name.",
        "Decided by: your name.",
    ]
    back = [row[4].split(",")[0] for row in said.values()]
    assert back == [
        *("After 7 days", "After 7 days", "After 180 days", "After 7 days", "After 90 days", "After 7 days"),
        "It never leaves: it stays on the list until it is resolved or decided.",
    ]
    how = [word for word in words(book_of(run, tmp_path)["Decisions"]) if word[1:4] == ".  "]
    assert [word[0] for word in how] == ["1", "2", "3", "4", "5"]
    assert "returns folder" in how[4]


def test_a_run_under_a_policy_of_old_says_so(tmp_path: Path) -> None:
    said = [row[4] for row in lines(book_of(run_of([finding()]), tmp_path)["Decisions"]) if row[0] in LABELS]
    assert said == ["As the policy of the run says."] * 7


def test_what_is_settled_leaves_the_lists_and_stands_on_a_sheet_of_its_own(run: Run, tmp_path: Path) -> None:
    book = book_of(run, tmp_path)
    assert book.sheetnames == [
        *("Summary", "Exceptions", "Cannot tell", "Carried over", "Decisions", "Settled", "Resolved"),
        *("Rejected records", "Rules"),
    ]
    assert {name: [row["Incident"] for row in table_rows(book[name])] for name in (*WORKED, "Settled")} == {
        "Exceptions": ["INC-1", "INC-2"],
        "Cannot tell": ["INC-5"],
        "Carried over": ["INC-7"],
        "Settled": ["INC-3", "INC-8", "INC-6", "INC-4"],  # dip-samples first, then by severity and days open
    }
    for name, count in (("Exceptions", 2), ("Cannot tell", 1), ("Carried over", 1), ("Settled", 4)):
        assert book[name]["A2"].value == f"{name} ({count})"
    first, _, third, fourth = table_rows(book["Settled"])
    assert first == {
        "Incident": "INC-3",
        "Dip-sample": "Dip-sample",
        "Child": "P3",
        "What is missing": "da-child-without-referral: nothing of the kind was found in the extract supplied.",
        "What was decided": "No referral required, reason given",
        "Why": "seen by the hub, no child lives there",
        "By whom": "DS Hall",
        "On": datetime(2026, 11, 20),
        "Settled until": datetime(2027, 5, 19),
        "District": "Harbour",
        "Supervisor": "PS-244",
        **dict.fromkeys(("Decision", "Reference", "Reason", "Decided by")),  # to take it back
        "Rule": "REF001",
        "Finding id": finding(incident_ref="INC-3")["finding_id"],
        "Run": 12,
    }
    assert (third["What was decided"], third["Settled until"], third["Dip-sample"]) == (
        "Not an exception, data error",
        "while its evidence stays the same",
        None,
    )
    assert (fourth["What was decided"], fourth["Settled until"]) == ("Record corrected", datetime(2026, 11, 27))
    assert any("second person should look at some of them" in word for word in words(book["Settled"]))


def test_a_finding_that_came_back_says_so_and_what_was_decided_before(run: Run, tmp_path: Path) -> None:
    rows = {row["Incident"]: row for row in table_rows(book_of(run, tmp_path)["Exceptions"])}
    assert rows["INC-2"]["Status"] == "Decision expired"
    assert rows["INC-2"]["Evidence"] == (
        "Earlier decision, 20 Nov 2026, by DS Hall: referral already made, reference given (by phone; reference REF-7)"
        "\nclosed without the code"
    )
    assert rows["INC-1"]["Evidence"].startswith("domestic abuse")


@pytest.mark.parametrize("status", ["under review", "evidence changed", "referral not found"])
def test_what_is_not_settled_stays_on_the_list_under_its_own_word(tmp_path: Path, status: str) -> None:
    row = finding(evidence=None, **opened(1, status))
    made = decision(row, Decision.UNDER_REVIEW, reason=None)
    (listed,) = table_rows(book_of(decided(recorded(run_of([row])), [made]), tmp_path)["Exceptions"])
    assert listed["Status"] == status.capitalize()
    assert listed["Evidence"] == "Earlier decision, 20 Nov 2026, by DS Hall: under review"


def test_the_summary_counts_what_is_to_work_and_what_is_settled_and_both_make_the_record(
    run: Run, tmp_path: Path
) -> None:
    sheet = book_of(run, tmp_path)["Summary"]
    tiles = {"Exceptions": 2, "Critical": 1, "High": 1, "Cannot tell": 1, "Settled": 4, "Medium": 0, "Carried over": 1}
    assert {label: tile(sheet, label)[0] for label in tiles} == tiles
    # subjects, in scope, exceptions to work, settled, not yet due, cannot tell to work, settled, passed
    assert rule_line(sheet, "REF001")[2:] == ["Critical", 614, 214, 1, 1, 0, 1, 1, 210, "run"]
    assert rule_line(sheet, "CLO001")[2:] == ["High", 612, 212, 1, 1, 0, 0, 0, 210, "run"]
    assert rule_line(sheet, "Total") == ["Total", 2, 2, 0, 1, 1]
    told = (
        "Since the last run: 0 new, 2 still open, 0 reopened, 1 decision expired, 4 settled by a decision, 0 resolved, "
        "1 carried over; what cannot be told is counted with the exceptions."
    )
    assert told in words(sheet)


def test_where_everything_is_settled_no_list_says_that_nothing_was_found(tmp_path: Path) -> None:
    rows = [
        finding(**opened(1, "settled")),
        finding(incident_ref="INC-2", outcome="undetermined", **opened(1, "settled")),
    ]
    last = {"last_examined": AS_OF, "why": "not in this extract"}
    carried = [finding(incident_ref="INC-3", **opened(1, "settled")) | last]
    book = book_of(decided(recorded(run_of(rows), (), carried), map(decision, (*rows, *carried))), tmp_path)
    assert words(book["Exceptions"])[-1] == (
        "No exceptions are left to work: 1 found, each settled by a decision; see the sheet Settled."
    )
    assert words(book["Cannot tell"])[-1] == (
        "No undecided cases are left to work: 1 found, each settled by a decision; see the sheet Settled."
    )
    assert words(book["Carried over"])[-1] == (
        "Nothing is left to work: 1 carried over, each settled by a decision; see the sheet Settled."
    )
    assert len(table_rows(book["Settled"])) == 3


def test_nothing_settled_is_said_in_words(tmp_path: Path) -> None:
    book = book_of(decided(recorded(run_of([finding(**opened(0, "new"))])), []), tmp_path)
    assert words(book["Settled"])[-1] == "Nothing is settled: no decision that holds keeps a case off the lists."


def test_progress_is_told_up_to_the_last_row_of_every_list(tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    run = many_decided(300)
    write_report(run, tmp_path, lambda *step: seen.append(step))
    assert run.resolved is not None
    assert run.carried_over is not None
    due = run.findings.filter(run.findings["outcome"] != "not_due").height
    everything = due + run.carried_over.height + run.resolved.height + run.rejected.height
    assert seen[-1] == ("workbook", everything, everything)


def test_the_front_and_every_page_say_by_when_to_destroy_the_workbook(tmp_path: Path, run: Run) -> None:
    book = book_of(run, tmp_path)
    assert "Destroy this workbook by 20 Feb 2027" in words(book["Summary"])[:2]
    for sheet in book:
        assert sheet.oddFooter.left.text == "Run 20261122T020412Z-5f0c1a2b. Destroy by 20 Feb 2027"


def test_the_day_to_destroy_it_counts_from_the_london_day(tmp_path: Path, run: Run) -> None:
    summer = replace(run.record, as_of=datetime.fromisoformat("2026-07-01T23:30Z"))
    assert "Destroy this workbook by 30 Sep 2026" in words(book_of(replace(run, record=summer), tmp_path)["Summary"])


def test_without_a_retention_in_its_policy_a_run_of_old_names_no_day(tmp_path: Path) -> None:
    book = book_of(run_of([finding()]), tmp_path)
    assert not any("Destroy" in word for word in words(book["Summary"]))
    assert book["Summary"].oddFooter.left.text == "Run 20261122T020412Z-5f0c1a2b"
