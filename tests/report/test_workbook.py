"""The workbook says what the run found, and never that a rule that did not run found nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import fastexcel
import polars as pl
import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from checker.models import Outcome, RuleStatus, Run, Severity
from checker.report.files import write_report
from tests.report.made_up import REJECTED, RULES, finding, many_findings, rejected_of, results_of, run_of

SHEETS = ["Summary", "Exceptions", "Cannot tell", "Decisions", "Rejected records", "Rules"]
COLUMNS = [
    *("Incident", "Severity", "Child", "Reported (London)", "What is missing", "What to do now"),
    *("District", "Team", "Officer", "Supervisor", "Decision", "Reference", "Reason", "Decided by"),
    *("Hours overdue", "Evidence", "Rule", "Finding id", "Run"),
]
IDLE = {"FLG001": RuleStatus.NOT_RUN, "FLG002": RuleStatus.NOT_RUN, "FLG003": RuleStatus.ERROR}
NOT_CHECKED = (
    "NOT CHECKED: FLG001, FLG002 (not run: the extract has no plans and flags tables); FLG003 (error: the rule could "
    "not be evaluated (ComputeError); see its applies and violation). Whatever these rules would have found is not in "
    "this workbook."
)


def book_of(run: Run, folder: Path) -> Workbook:
    return load_workbook(write_report(run, folder))


def lines(sheet: Worksheet) -> list[list[Any]]:
    """What is written in each row that is not empty, without the blanks."""
    rows = ([value for value in row if value is not None] for row in sheet.iter_rows(values_only=True))
    return [row for row in rows if row]


def words(sheet: Worksheet) -> list[str]:
    return [value for row in lines(sheet) for value in row if isinstance(value, str)]


def table_rows(sheet: Worksheet) -> list[dict[str, Any]]:
    """The rows of the one table of a sheet, under its headers."""
    (table,) = sheet.tables.values()
    header, *rows = ([cell.value for cell in row] for row in sheet[table.ref])
    return [dict(zip(header, row, strict=True)) for row in rows]


def sized(findings: int) -> Run:
    return run_of(many_findings(findings)) if findings > 1 else run_of([finding()] * findings)


@pytest.mark.parametrize("run", [sized(0), sized(1), sized(40), run_of([finding()], idle=IDLE)])
def test_every_sheet_is_there_marked_and_in_the_open(tmp_path: Path, run: Run) -> None:
    book = book_of(run, tmp_path)
    assert book.sheetnames == SHEETS
    for sheet in book:
        assert sheet["A1"].value == "OFFICIAL-SENSITIVE"
        assert sheet.sheet_state == "visible"
        assert not any(row.hidden for row in sheet.row_dimensions.values())
        assert not any(column.hidden for column in sheet.column_dimensions.values())
        for edge in (sheet.oddHeader, sheet.oddFooter):
            assert edge.center.text == "OFFICIAL-SENSITIVE"
            assert edge.center.color == "9C0006"
        assert sheet.oddFooter.right.text == "Page &P of &N"
        assert sheet.page_setup.orientation == "landscape"
        assert sheet._pivots == []
    assert {name: each.attr_text for name, each in book.defined_names.items()} == {
        "DecisionList": "Decisions!$A$5:$A$11"
    }
    assert [sheet.sheet_view.tabSelected for sheet in book].count(True) <= 1


def test_another_marking_is_on_every_sheet_and_cannot_upset_the_print_codes(tmp_path: Path) -> None:
    marking = "OFFICIAL & SENSITIVE &P"
    for sheet in book_of(run_of([finding()], marking=marking), tmp_path):
        assert sheet["A1"].value == marking
        assert f'&C&"Arial,Bold"&10 &K9C0006{marking.replace("&", "&&")}&R' in str(sheet.oddHeader)


def test_nothing_in_the_file_names_a_person_or_runs(tmp_path: Path) -> None:
    workbook = write_report(run_of(many_findings(40)), tmp_path)
    with ZipFile(workbook) as archive:
        names = archive.namelist()
        xml = {name: archive.read(name).decode() for name in names}
    assert not [name for name in names if re.search("vba|macro|pivot|external|comment|connection", name, re.IGNORECASE)]
    assert not any("<f>" in text or "<f " in text for name, text in xml.items() if name.startswith("xl/worksheets/"))
    assert re.findall("<dc:creator[^>]*>(.*?)<", xml["docProps/core.xml"]) == ["Referral-compliance checker"]
    assert re.findall("<cp:lastModifiedBy>(.*?)<", xml["docProps/core.xml"]) == ["Referral-compliance checker"]
    fonts = set(re.findall('<name val="(.*?)"', xml["xl/styles.xml"]))
    assert fonts == {"Arial"}


def test_a_finding_is_one_row_of_real_values_in_the_order_of_use(tmp_path: Path) -> None:
    row = finding(
        incident_ref="INC-1",
        child_ref="P1",
        reported_at=datetime(2026, 7, 1, 23, 30, tzinfo=UTC),
        due_at=datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
        hours_overdue=672.5,
        finding_id="REF001-1",
    )
    sheet = book_of(run_of([row]), tmp_path)["Exceptions"]
    assert table_rows(sheet) == [
        {
            "Incident": "INC-1",
            "Severity": "Critical",
            "Child": "P1",
            "Reported (London)": datetime(2026, 7, 2, 0, 30),
            "What is missing": "da-child-without-referral: nothing of the kind was found in the extract supplied; "
            "due since 25 Oct 2026, 01:30.",
            "What to do now": "Look for a form under another incident or person reference. "
            "If there is none, have one submitted to the children's hub today.",
            "District": "Harbour",
            "Team": "Response 1",
            "Officer": "PC-6506",
            "Supervisor": "PS-244",
            "Decision": None,
            "Reference": None,
            "Reason": None,
            "Decided by": None,
            "Hours overdue": 672.5,
            "Evidence": "domestic abuse (risk form); aged 5-11; no referral form found for this child",
            "Rule": "REF001",
            "Finding id": "REF001-1",
            "Run": None,
        }
    ]
    assert list(table_rows(sheet)[0]) == COLUMNS
    assert sheet["D5"].number_format == "dd/mm/yyyy hh:mm"
    assert (sheet["O5"].number_format, sheet.freeze_panes, sheet.print_title_rows) == ("#,##0.0", "B5", "$4:$4")


def test_the_findings_of_an_incident_stand_together_the_most_urgent_incident_first(tmp_path: Path) -> None:
    rows = [
        finding("FLG003", "INC-0", hours_overdue=999.0),
        finding("CLO002", "INC-3", hours_overdue=5.0),
        finding("CLO001", "INC-4", hours_overdue=5.0),
        finding("CLO001", "INC-2", hours_overdue=50.0),
        finding("REF001", "INC-1", hours_overdue=0.1),
        finding("REF001", "INC-0", hours_overdue=0.1, child_ref="P2"),
        finding("REF001", "INC-0", hours_overdue=0.1, child_ref="P1"),
        finding("REF001", "INC-0", hours_overdue=0.1, child_ref=None),
        finding("REF001", "INC-5", outcome="undetermined"),
        finding("REF001", "INC-6", outcome="not_due"),
    ]
    listed = table_rows(book_of(run_of(rows), tmp_path)["Exceptions"])
    assert [(row["Severity"], row["Incident"], row["Child"]) for row in listed] == [
        ("Critical", "INC-0", "P1"),
        ("Critical", "INC-0", "P2"),
        ("Critical", "INC-0", "not named"),
        ("Medium", "INC-0", None),
        ("Critical", "INC-1", "not named"),
        ("High", "INC-2", None),
        ("High", "INC-3", None),
        ("High", "INC-4", None),
    ]


def test_what_cannot_be_told_has_its_own_sheet_with_the_reason(tmp_path: Path) -> None:
    rows = [
        finding(incident_ref="INC-1"),
        finding(incident_ref="INC-2", outcome="undetermined", due_at=None, hours_overdue=None, evidence="date blank"),
    ]
    sheet = book_of(run_of(rows), tmp_path)["Cannot tell"]
    (row,) = table_rows(sheet)
    assert (row["Incident"], row["Why"], row["Hours overdue"]) == ("INC-2", "date blank", None)
    told = "It cannot be told from the extract supplied whether this child needs a form."
    assert row["What could not be told"] == told
    assert set(row) == {*COLUMNS} - {"What is missing", "Evidence"} | {"What could not be told", "Why"}


def test_tables_name_their_columns_as_the_cells_do(tmp_path: Path) -> None:
    rows = [finding(), finding(incident_ref="INC-2", outcome="undetermined")]
    book = book_of(run_of(rows), tmp_path)
    found = {}
    for sheet in book:
        for table in sheet.tables.values():
            header, *body = sheet[table.ref]
            assert [column.name for column in table.tableColumns] == [cell.value for cell in header]
            assert table.autoFilter.ref == table.ref
            assert sheet.auto_filter.ref is None
            assert sheet.max_row == body[-1][0].row
            found[table.displayName] = (sheet.title, len(body))
    assert found == {
        "tblExceptions": ("Exceptions", 1),
        "tblCannotTell": ("Cannot tell", 1),
        "tblRejectedRecords": ("Rejected records", 3),
    }


def test_a_table_can_be_read_by_its_name(tmp_path: Path) -> None:
    run = run_of(many_findings(40))
    table = fastexcel.read_excel(write_report(run, tmp_path)).load_table("tblExceptions").to_polars()
    found = run.findings.filter(pl.col("outcome") == "finding")
    assert table.columns == COLUMNS
    assert sorted(table["Finding id"]) == sorted(found["finding_id"])
    assert table["Hours overdue"].sum() == pytest.approx(found["hours_overdue"].sum())
    assert table["Reported (London)"].dtype == pl.Datetime("ms")


def test_text_that_looks_like_a_formula_stays_text_when_edited(tmp_path: Path) -> None:
    sheet = book_of(run_of([finding(incident_ref="=1+1"), finding(incident_ref="INC-1")]), tmp_path)["Exceptions"]
    assert {sheet[f"A{row}"].value: sheet[f"A{row}"].quotePrefix for row in (5, 6)} == {"=1+1": True, "INC-1": False}


def test_control_characters_and_endless_text_do_not_lose_the_workbook(tmp_path: Path) -> None:
    rows = [finding(incident_ref="I\x00N\x1fC\uffff", evidence="e" * 40_000)]
    (row,) = table_rows(book_of(run_of(rows), tmp_path)["Exceptions"])
    assert row["Incident"] == "I\ufffdN\ufffdC\ufffd"
    assert len(row["Evidence"]) == 32_767
    assert row["Evidence"].endswith("e [cut here: the CSV file has the whole text]")


def test_a_list_that_is_too_long_says_so_and_where_the_rest_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("checker.report.lists", "checker.report.summary", "checker.report.files"):
        monkeypatch.setattr(f"{module}.MAX_ROWS", 2)
    rows = [finding(incident_ref=f"INC-{n}", hours_overdue=float(n)) for n in range(5)]
    seen = []
    workbook = write_report(run_of(rows), tmp_path, lambda *step: seen.append(step))
    book = load_workbook(workbook)
    sheet = book["Exceptions"]
    assert "Only the first 2 of 5 are here; all are in findings.csv." in words(sheet)
    assert [row["Incident"] for row in table_rows(sheet)] == ["INC-4", "INC-3"]
    assert "Only the first 2 of 3 are here; all are in rejected.csv." in words(book["Rejected records"])
    cut = "Cut to the first 2 lines: Exceptions (5, all in findings.csv), Rejected records (3, all in rejected.csv)."
    assert cut in words(book["Summary"])
    assert (tmp_path / "findings.csv").read_text().count("\n") == 6
    assert seen[-1] == ("workbook", 4, 4)


def rule_line(sheet: Worksheet, rule_id: str) -> list[Any]:
    (line,) = [row for row in lines(sheet) if row[0] == rule_id]
    return line


def tile(sheet: Worksheet, label: str) -> tuple[Any, Any]:
    """The figure above a label of the tiles, and the note under it."""
    cell = next(cell for row in sheet.iter_rows() for cell in row if cell.value == label)
    return sheet.cell(cell.row - 1, cell.column).value, sheet.cell(cell.row + 1, cell.column).value


def test_the_summary_counts_what_every_rule_gave(tmp_path: Path) -> None:
    rows = [
        finding("REF001", "INC-1"),
        finding("REF001", "INC-2"),
        finding("REF001", "INC-3", outcome="undetermined"),
        finding("REF001", "INC-4", outcome="not_due"),
        finding("FLG003", "INC-5"),
    ]
    sheet = book_of(run_of(rows), tmp_path)["Summary"]
    # subjects, in scope, exceptions, not yet due, cannot tell, passed, out of scope
    assert rule_line(sheet, "REF001")[2:] == ["Critical", 614, 214, 2, 1, 1, 210, 400, "run"]
    assert rule_line(sheet, "CLO001")[2:] == ["High", 610, 210, 0, 0, 0, 210, 400, "run"]
    assert rule_line(sheet, "Total") == ["Total", 3, 1, 1]
    assert [row[0] for row in lines(sheet) if row[0] in {rule.id for rule in RULES}] == [
        *("REF001", "CLO001", "CLO002", "FLG001", "FLG002", "FLG003")
    ]
    tiles = {
        "Exceptions": (3, None),
        "Critical": (2, None),
        "High": (0, None),
        "Medium": (1, None),
        "Low": ("–", "no such rule"),
        "Cannot tell": (1, None),
        "Not yet due": (1, None),
        "Rejected records": (3, "of 2,445 read"),
        "Rules not run": (0, "of 6 rules"),
    }
    for label, expected in tiles.items():
        assert tile(sheet, label) == expected, label


def test_the_tiles_count_each_line_by_its_own_severity_where_versions_of_a_rule_differ(tmp_path: Path) -> None:
    rows = [
        *(finding("REF001", "INC-1", severity="low"), finding("REF001", "INC-2"), finding("REF001", "INC-3")),
        finding("REF001", "INC-4", severity="low", outcome="undetermined"),
    ]
    run = run_of(rows)
    earlier = next(rule for rule in run.rules if rule.id == "REF001")
    versions = replace(earlier, earlier=(replace(earlier, severity=Severity.LOW),))
    run = replace(run, rules=tuple(versions if rule.id == "REF001" else rule for rule in run.rules))
    sheet = book_of(run, tmp_path)["Summary"]
    expected = {"Exceptions": (3, None), "Critical": (2, None), "High": (0, None), "Low": (1, None)}
    assert {label: tile(sheet, label) for label in expected} == expected


def test_a_rule_that_did_not_run_never_shows_a_figure(tmp_path: Path) -> None:
    book = book_of(run_of([finding(), finding("CLO001")], idle=IDLE), tmp_path)
    sheet = book["Summary"]
    dashes = ["–"] * 7
    assert rule_line(sheet, "FLG001")[2:] == ["High", *dashes, "not run: the extract has no plans and flags tables"]
    assert rule_line(sheet, "FLG003")[2:] == [
        "Medium",
        *dashes,
        "error: the rule could not be evaluated (ComputeError); see its applies and violation",
    ]
    assert rule_line(sheet, "Total of the rules that ran")[1:] == [2, 0, 0]
    assert tile(sheet, "Exceptions") == (2, "3 rules not run")
    assert tile(sheet, "High") == (1, "2 rules not run")
    assert tile(sheet, "Medium") == ("–", "not checked")
    assert tile(sheet, "Rules not run") == (3, "1 with an error")
    assert "Exceptions by rule (without 3 rules not run)" in words(sheet)
    assert len(sheet._charts) == 1
    series = sheet._charts[0].series[0]
    drawn = [
        [cell.value for row in sheet[reference.f.split("!")[1].replace("$", "")] for cell in row]
        for reference in (series.cat.strRef, series.val.numRef)
    ]
    assert drawn == [["REF001", "CLO001", "CLO002"], [1, 1, 0]]
    for name in ("Summary", "Exceptions", "Cannot tell", "Rules"):
        assert NOT_CHECKED in words(book[name]), name


@pytest.mark.parametrize(("idle", "ran"), [({}, 6), (IDLE, 3)])
def test_an_empty_list_says_which_rules_vouch_for_it(tmp_path: Path, idle: dict[str, RuleStatus], ran: int) -> None:
    book = book_of(run_of(rejected=rejected_of(()), idle=idle), tmp_path)
    expected = {
        "Exceptions": f"No exceptions found by the {ran} rules that ran.",
        "Cannot tell": f"No undecided cases found by the {ran} rules that ran.",
        "Rejected records": "No record was rejected, of 2,442 records read.",
    }
    for name, statement in expected.items():
        assert words(book[name])[-1] == statement
        assert book[name].tables == {}
        assert (NOT_CHECKED in words(book[name])) == (bool(idle) and name != "Rejected records")
    assert f"No exceptions found by the {ran} rules that ran." in words(book["Summary"])
    assert book["Summary"]._charts == []


def test_no_exceptions_does_not_hide_what_could_not_be_told(tmp_path: Path) -> None:
    book = book_of(run_of([finding(outcome="undetermined", hours_overdue=None)]), tmp_path)
    statement = "No exceptions found by the 6 rules that ran. But 1 case could not be told."
    assert words(book["Exceptions"])[-1] == statement
    assert statement in words(book["Summary"])


def test_when_no_rule_ran_nothing_looks_clean(tmp_path: Path) -> None:
    book = book_of(run_of(idle=dict.fromkeys([rule.id for rule in RULES], RuleStatus.NOT_RUN)), tmp_path)
    nothing = "No rule ran, so nothing was checked: that there are no exceptions here means nothing."
    assert nothing in words(book["Exceptions"])
    assert nothing in words(book["Summary"])
    assert rule_line(book["Summary"], "Total of the rules that ran")[1:] == ["–", "–", "–"]
    for label in ("Exceptions", "Critical", "High", "Medium", "Cannot tell", "Not yet due"):
        assert tile(book["Summary"], label) == ("–", "not checked")


def test_a_rule_without_a_case_says_so_and_never_a_hundred_per_cent(tmp_path: Path) -> None:
    run = run_of(rejected=rejected_of(()))
    no_cases = {
        rule_id: replace(result, counts=dict.fromkeys(Outcome, 0)) for rule_id, result in run.record.rules.items()
    }
    book = book_of(replace(run, record=replace(run.record, rules=no_cases)), tmp_path)
    for rule in RULES:
        assert rule_line(book["Summary"], rule.id)[3:] == [0, 0, 0, 0, 0, 0, 0, "run: no cases"]
    assert tile(book["Summary"], "Exceptions") == (0, "no cases")
    statement = "No exceptions found by the 6 rules that ran. None of them had a case to check."
    assert statement in words(book["Exceptions"])
    assert not any("%" in word for sheet in book for word in words(sheet))


def test_the_summary_says_what_was_checked_and_from_which_files(tmp_path: Path) -> None:
    run = run_of([finding()])
    sheet = book_of(run, tmp_path)["Summary"]
    said = words(sheet)
    record = run.record
    assert "22 Nov 2026 02:00 GMT (London time)" in said
    assert f"version 1.0.0, digest {record.rule_pack_digest[:12]}" in said
    assert f"digest {record.policy_digest[:12]}" in said
    assert "20261122T020412Z-5f0c1a2b (nightly), finished 22 Nov 2026 02:04 GMT" in said
    assert ["referrals", "referrals.csv", 815, 812, 1, 1, 2, record.tables["referrals"].sha256] in lines(sheet)
    assert ["plans", "not in the extract"] in lines(sheet)
    assert "incidents.csv: read as Windows-1252, for it is not UTF-8" in said
    assert any("a prompt for a person" in word for word in said)
    assert any("not found in the extract supplied" in word for word in said)


def test_summer_time_is_labelled(tmp_path: Path) -> None:
    as_of = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert "25 Oct 2026 01:30 BST (London time)" in words(book_of(run_of(as_of=as_of), tmp_path)["Summary"])


def test_more_warnings_than_anyone_reads_point_to_the_record(tmp_path: Path) -> None:
    said = words(book_of(run_of(warnings=tuple(f"warning {n}" for n in range(45))), tmp_path)["Summary"])
    assert "Warnings (45)" in said
    assert [word for word in said if word.startswith("warning ")] == [f"warning {n}" for n in range(40)]
    assert "5 more are in run.json." in said


def test_rejected_records_are_listed_with_every_reason(tmp_path: Path) -> None:
    rows = table_rows(book_of(run_of(), tmp_path)["Rejected records"])
    assert rows == [
        {"Table": table, "File": file, "Row": row, "Key": key, "Reasons": "; ".join(reasons)}
        for table, file, row, key, reasons in REJECTED.rows()
    ]


def test_the_rules_are_stated_exactly(tmp_path: Path) -> None:
    sheet = book_of(run_of(), tmp_path)["Rules"]
    (line,) = [row for row in lines(sheet) if row[0] == "FLG001\ncurrent-plan-unflagged"]
    assert line[1:] == [
        "High",
        "Every child with a current child protection or looked after plan has a current flag of that kind.\n"
        "Subject: child",
        "Applies: is_domestic_abuse AND is_child\n"
        "Fault: (cp_plan_current AND NOT cp_flag_current)\nOR (lac_plan_current AND NOT lac_flag_current)\n"
        "Due: referral_due_at",
        '"officers had completed a risk assessment form but not a referral form in relation to children"\n'
        "Joint targeted area inspection, Stockton-on-Tees, January 2018",
        "Look for a form under another incident or person reference. "
        "If there is none, have one submitted to the children's hub today.",
        "A form that is recorded under another incident is not seen.",
        "from 1 Jan 2017\nOwner: PVP unit",
    ]
    assert lines(sheet)[-1] == ["domestic_abuse_codes: QL23   |   search_code: QL23   |   referral_due_hours: 24.0"]


def test_progress_is_told_up_to_the_last_row(tmp_path: Path) -> None:
    run = run_of(many_findings(1200))
    seen: list[tuple[str, int, int]] = []
    write_report(run, tmp_path, lambda *step: seen.append(step))
    listed = run.findings.filter(pl.col("outcome") != "not_due").height + 3
    assert seen[-1] == ("workbook", listed, listed)
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)
    assert {total for _, _, total in seen} == {listed}


def test_rows_are_as_high_as_their_text(tmp_path: Path) -> None:
    rows = [
        finding(incident_ref="INC-1", message="short", evidence="short", hours_overdue=2.0),
        finding(incident_ref="INC-2", message="short", evidence="word " * 80, hours_overdue=1.0),
        finding(incident_ref="INC-3", message="short", evidence="word\n" * 80, hours_overdue=0.0),
    ]
    heights = [book_of(run_of(rows), tmp_path)["Exceptions"].row_dimensions[row].height for row in (5, 6, 7)]
    assert heights[0] == pytest.approx(5 * 9 * 1.3 + 3)  # what to do takes five lines
    assert heights[0] < heights[1] < heights[2] == 409.0  # Excel allows no more


def test_more_rules_than_a_page_holds_go_on_under_their_headers_and_are_drawn_whole(tmp_path: Path) -> None:
    run = run_of([finding("REF001", "INC-1")])
    more = [replace(RULES[0], id=f"HIS{number:03}") for number in range(1, 25)]
    rules = (*run.rules, *more)
    record = replace(run.record, rules=results_of(run.findings, rules))
    sheet = book_of(replace(run, record=record, rules=rules), tmp_path)["Summary"]
    headers = [row[0].row for row in sheet.iter_rows() if row[0].value == "Rule" and row[1].value == "What it checks"]
    rows = [row[0].row for row in sheet.iter_rows() if row[0].value in {rule.id for rule in rules}]
    first, second = headers
    assert rows == [*range(first + 1, second), *range(second + 1, second + 1 + len(rules) - (second - first - 1))]
    assert second - 1 in [each.id for each in sheet.row_breaks.brk]
    (series,) = sheet._charts[0].series
    parts = [f"'Summary'!${{0}}${low}:${{0}}${high}" for low, high in ((first + 1, second - 1), (second + 1, rows[-1]))]
    assert series.val.numRef.f == f"({','.join(parts)})".format("L")
    assert series.cat.strRef.f == f"({','.join(parts)})".format("A")
