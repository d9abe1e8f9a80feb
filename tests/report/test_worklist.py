"""The lists are in the order in which people work: an incident at a time, with what to do first and what then."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl.worksheet.worksheet import Worksheet

from checker.models import RuleStatus, Run
from checker.report.lists import _MAX_LINKS
from tests.report.made_up import AS_OF, finding, many_decided, opened, recorded, run_of
from tests.report.test_decisions import letters
from tests.report.test_workbook import book_of, table_rows

GUIDANCE = (
    "Look for a form under another incident or person reference. "
    "If there is none, have one submitted to the children's hub today."
)
A3_PIXELS = (420 / 25.4 - 2 * 0.25) * 96 / 0.7778  # within the margins, at the scale that prints 9 points as 7
WORKED = ("Exceptions", "Cannot tell", "Carried over")
TO_FILL_IN = (*WORKED, "Settled")


def test_an_incident_comes_by_its_most_urgent_line_then_by_age_then_by_hours_then_by_reference(tmp_path: Path) -> None:
    rows = [
        finding("CLO001", "INC-1", hours_overdue=900.0, **opened(90)),
        finding("REF001", "INC-2", hours_overdue=1.0, **opened(1)),
        finding("REF001", "INC-3", hours_overdue=2.0, **opened(1)),
        finding("REF001", "INC-4", hours_overdue=1.0, **opened(0)),
        finding("FLG003", "INC-4", hours_overdue=1.0, child_ref="P1", **opened(5)),
        finding("CLO002", "INC-2", hours_overdue=1.0, **opened(1)),
        finding("CLO001", "INC-2", hours_overdue=1.5, **opened(1)),
        finding("REF001", "INC-0", hours_overdue=2.0, **opened(1)),
    ]
    listed = table_rows(book_of(recorded(run_of(rows)), tmp_path)["Exceptions"])
    assert [(row["Incident"], row["Rule"]) for row in listed] == [
        ("INC-4", "REF001"),  # critical, and a line of it has been open for five days
        ("INC-4", "FLG003"),
        ("INC-0", "REF001"),  # critical, a day, two hours
        ("INC-3", "REF001"),
        ("INC-2", "REF001"),  # critical, a day, an hour and a half
        ("INC-2", "CLO001"),
        ("INC-2", "CLO002"),
        ("INC-1", "CLO001"),
    ]


def test_the_first_line_of_an_incident_leads_and_the_others_follow(tmp_path: Path) -> None:
    rows = [
        finding("REF001", "INC-1", child_ref="P1"),
        finding("REF001", "INC-1", child_ref="P2"),
        finding("FLG001", "INC-1", child_ref="P1"),
        finding("FLG001", "INC-2", child_ref="P1"),
    ]
    listed = table_rows(book_of(run_of(rows), tmp_path)["Exceptions"])
    assert [row["What to do now"] for row in listed] == [
        f"First of 3: {GUIDANCE}",
        f"Then: {GUIDANCE}",
        f"Then: {GUIDANCE}",
        GUIDANCE,
    ]


def test_a_line_says_in_one_sentence_what_is_missing_and_since_when(tmp_path: Path) -> None:
    rows = [
        finding(incident_ref="INC-1", hours_overdue=3.0, message="No form was found."),
        finding(incident_ref="INC-2", hours_overdue=2.0, message="No form was found", due_at=None),
        finding(incident_ref="INC-3", outcome="undetermined", message="It cannot be told."),
    ]
    book = book_of(run_of(rows), tmp_path)
    assert [row["What is missing"] for row in table_rows(book["Exceptions"])] == [
        "No form was found; due since 19 Nov 2026, 09:30.",
        "No form was found",
    ]
    assert [row["What could not be told"] for row in table_rows(book["Cannot tell"])] == ["It cannot be told."]


def dressed(sheet: Worksheet, formula: str) -> list[str]:
    """The cells that a conditional format with this formula dresses."""
    found = [
        str(cells.sqref) for cells in sheet.conditional_formatting for rule in cells.rules if rule.formula == [formula]
    ]
    return sorted(found, key=lambda cells: (len(cells), cells))


def test_a_stronger_line_parts_the_incidents_wherever_they_are_sorted_to(tmp_path: Path) -> None:
    sheet = book_of(run_of([finding(incident_ref=f"INC-{n}") for n in range(3)]), tmp_path)["Exceptions"]
    assert dressed(sheet, "$A5<>$A4") == [f"{letter}5:{letter}7" for letter in letters(sheet).values()]
    assert dressed(sheet, "$A5=$A4") == ["A5:A7"]
    (line,) = {
        rule.dxf.border.top.color.rgb
        for cells in sheet.conditional_formatting
        for rule in cells.rules
        if rule.formula == ["$A5<>$A4"]
    }
    assert line == "00000000"
    assert {cell.border.top.color.rgb for cell in sheet[6]} == {"00D9D9D9", "00FFFFFF"}


@pytest.mark.parametrize("idle", [{}, {"FLG001": RuleStatus.NOT_RUN}], ids=["all rules ran", "with a warning"])
def test_each_rule_links_to_what_it_is(tmp_path: Path, idle: dict[str, RuleStatus]) -> None:
    run = run_of([finding("REF001", "INC-1"), finding("FLG003", "INC-2"), finding("CLO001", "INC-1")], idle=idle)
    book = book_of(run, tmp_path)
    sheet = book["Exceptions"]
    (table,) = sheet.tables.values()
    _, *body = sheet[table.ref]
    for row in body:
        (cell,) = [cell for cell in row if cell.value in ("REF001", "FLG003", "CLO001")]
        assert cell.hyperlink.target is None
        name, place = cell.hyperlink.location.split("!")
        assert book[name][place].value.startswith(f"{cell.value}\n")


def test_a_list_with_more_links_than_excel_bears_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _MAX_LINKS == 20_000
    monkeypatch.setattr("checker.report.lists._MAX_LINKS", 1)
    sheet = book_of(run_of([finding(incident_ref="INC-1"), finding(incident_ref="INC-2")]), tmp_path)["Exceptions"]
    assert len(sheet._hyperlinks) == 0


def shown_pixels(sheet: Worksheet, last: str | None = None) -> int:
    """How wide the columns of a list are at 100%, up to the one with the header `last`."""
    columns = letters(sheet)
    wanted = list(columns)[: list(columns).index(last) + 1] if last else list(columns)
    return sum(int(sheet.column_dimensions[columns[header]].width * 7) + 5 for header in wanted)


@pytest.mark.parametrize("run", [many_decided(40), many_decided(300), recorded(run_of([finding()]))])
def test_the_yellow_cells_fit_a_screen_and_the_whole_list_an_a3_page_in_7_points(tmp_path: Path, run: Run) -> None:
    book = book_of(run, tmp_path)
    for name in TO_FILL_IN:
        if name in book.sheetnames and book[name].tables:
            assert shown_pixels(book[name], "Decided by") <= 1850, name
            assert shown_pixels(book[name]) <= A3_PIXELS, name


def test_even_the_longest_references_print_in_7_points(tmp_path: Path) -> None:
    long = {name: f"{name} of a very long name" for name in ("district", "team", "officer_id", "supervisor_id")}
    row = finding(incident_ref="INCIDENT-2026-000001", child_ref="CHILD-2026-000001", **long, **opened(3))
    last = {"last_examined": AS_OF, "why": "not in this extract: no accepted record of it"}
    book = book_of(recorded(run_of([row]), (), [row | last]), tmp_path)
    for name in ("Exceptions", "Carried over"):
        assert shown_pixels(book[name]) <= A3_PIXELS, name


def test_what_cannot_be_told_is_to_be_found_out_before_anything_is_done(tmp_path: Path) -> None:
    rows = [finding(outcome="undetermined", hours_overdue=None)]
    (line,) = table_rows(book_of(run_of(rows), tmp_path)["Cannot tell"])
    assert line["What to do now"] == (f"Find out what is unknown and record it. Only if that shows a fault: {GUIDANCE}")
