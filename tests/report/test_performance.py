"""The sheet shows no share of nothing, none of a handful, and no line through a week that nobody counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from openpyxl import load_workbook
from openpyxl.chart import LineChart
from openpyxl.worksheet.worksheet import Worksheet

from checker.measures import MEASURED_WEEKS, of_area
from checker.models import ReportPart, RuleStatus, Run
from checker.report.files import write_report
from tests.report.made_up import RULES, finding, run_of

LAST_WEEK, WEEK_BEFORE = date(2026, 11, 16), date(2026, 11, 9)  # of a run as of 22 November
REFERRAL = next(rule for rule in RULES if rule.id == "REF001")
COVERAGE = replace(REFERRAL, counted_in=ReportPart.COVERAGE)
ZEROS = dict.fromkeys(("finding", "pass", "not_due", "undetermined"), 0)


def ran(*weeks: date, whole: bool = True, rules: Iterable[str] = ("REF001",)) -> list[dict[str, Any]]:
    """The rows that say that rules ran in these weeks."""
    return [{"rule_id": rule_id, "week": week, "whole": whole, **ZEROS} for week in weeks for rule_id in rules]


def counted(rule_id: str = "REF001", week: date = WEEK_BEFORE, **values: Any) -> dict[str, Any]:
    """One row of measures; what is not given is as an ordinary row has it."""
    return {"rule_id": rule_id, "week": week, "district": "Harbour", "team": "A", "whole": True, **ZEROS} | values


def sheet_of(folder: Path, *rows: dict[str, Any], idle: dict[str, RuleStatus] | None = None) -> Worksheet:
    run = run_of([finding()], idle=idle)
    rules = tuple(COVERAGE if rule.id == "REF001" else rule for rule in run.rules)
    return written(replace(run, rules=rules, weeks=pl.DataFrame(list(rows), schema=MEASURED_WEEKS)), folder)


def written(run: Run, folder: Path) -> Worksheet:
    return load_workbook(write_report(run, folder))["Performance"]


def section(sheet: Worksheet, heading: str) -> list[list[Any]]:
    """What is written below a heading until the next, a list a row, its header first."""
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    start = next(number for number, row in enumerate(rows) if str(row[0]).startswith(heading)) + 1
    table = []
    for row in rows[start:]:
        if row[0] is None and not any(value is not None for value in row):
            if table:
                break
            continue
        table.append(row)
    return table


def line_of(table: list[list[Any]], *key: str) -> list[Any]:
    """The cells of the only row of a table that has all these words."""
    (row,) = [row for row in table if set(key) <= set(row)]
    return row


def test_each_rule_has_its_counts_and_what_its_compliance_is_a_share_of(tmp_path: Path) -> None:
    rows = [
        counted(**{"finding": 2, "pass": 5, "not_due": 1, "undetermined": 3}, hours_late=[4.0, 9.0]),
        counted(**{"finding": 1, "pass": 1}, district="Moorland", week=LAST_WEEK, hours_late=[30.5]),
    ]
    row = line_of(section(sheet_of(tmp_path, *ran(WEEK_BEFORE, LAST_WEEK), *rows), "Each rule"), "REF001")
    assert row[9:] == [13, 3, 1, 3, 6, 0.666, 9, 9.0]


def test_nothing_but_all_is_a_hundred_per_cent(tmp_path: Path) -> None:
    sheet = sheet_of(tmp_path, counted(**{"finding": 1, "pass": 9999}, hours_late=[1.0]))
    row = line_of(section(sheet, "Each rule"), "REF001")
    assert row[14] == 0.999
    assert sheet.cell(row=7, column=15).number_format == "0.0%"


def test_a_rule_without_cases_has_no_share(tmp_path: Path) -> None:
    sheet = sheet_of(tmp_path, *ran(WEEK_BEFORE))
    assert line_of(section(sheet, "Each rule"), "REF001")[9:] == [0, 0, 0, 0, 0, "no cases", 0, "no cases"]
    assert line_of(section(sheet, "Each rule by district"), "REF001")[4] == "no cases"


def test_a_rule_of_which_all_are_pending_has_no_share(tmp_path: Path) -> None:
    row = line_of(section(sheet_of(tmp_path, counted(not_due=7)), "Each rule"), "REF001")
    assert row[9:] == [7, 0, 7, 0, 0, "no cases", 0, "no cases"]


def test_a_rule_that_did_not_run_says_why_and_shows_no_figure(tmp_path: Path) -> None:
    sheet = sheet_of(tmp_path, *ran(WEEK_BEFORE), counted("FLG001", finding=9), idle={"FLG001": RuleStatus.NOT_RUN})
    for heading in ("Each rule", "Compliance by week", "Each rule by district", "Each rule by team"):
        row = line_of(section(sheet, heading), "FLG001")
        assert "not run: the extract has no plans and flags tables" in row, heading
        assert not [value for value in row if isinstance(value, int | float)], heading


@pytest.mark.parametrize(
    ("passed", "found", "hours", "shown"),
    [
        (3, 1, [8.0], ["<5", "<5 cases", "<5", "<5 cases"]),
        (4, 0, [], ["<5", "<5 cases", "<5", "<5 cases"]),
        (4, 1, [8.0], [5, 0.8, 5, "<5 cases"]),
        (5, 0, [], [5, 1, 5, "none late"]),
        (0, 5, [1.0, 2.0, 3.0, 4.0, 50.0], [5, 0, 5, 3.0]),
    ],
)
def test_by_place_no_count_share_or_median_is_of_a_handful(
    tmp_path: Path, passed: int, found: int, hours: list[float], shown: list[Any]
) -> None:
    sheet = sheet_of(tmp_path, counted("CLO001", **{"pass": passed, "finding": found}, hours_late=hours))
    for heading, name in (("Each rule by district", "Harbour"), ("Each rule by team", "A")):
        row = line_of(section(sheet, heading), "CLO001", name)
        assert row[8:12] == shown
        assert row[12:] == [None] * 5


def test_by_place_the_referral_rule_shows_officer_compliance_beside_child_coverage(tmp_path: Path) -> None:
    officers = {"officer_in_time": 5, "officer_not": 3, "officer_unknown": 2}
    sheet = sheet_of(tmp_path, counted(**{"pass": 9, "finding": 1}, **officers, hours_late=[2.0]))
    row = line_of(section(sheet, "Each rule by district"), "REF001", "Harbour")
    assert row[8:] == [10, 0.9, 10, "<5 cases", 0.9, 10, 0.625, 8, "<5"]


def test_what_has_no_place_or_concern_is_counted_in_a_line_of_its_own(tmp_path: Path) -> None:
    sheet = sheet_of(tmp_path, counted("CLO001", **{"pass": 6}, district=None, team=None))
    for heading in ("Each rule by district", "Each rule by team", "Each rule by concern type"):
        assert line_of(section(sheet, heading), "CLO001", "none recorded")[8:10] == [6, 1]


def test_an_incident_with_two_concern_types_is_counted_under_each(tmp_path: Path) -> None:
    rows = [
        counted("CLO001", **{"pass": 6}, concern_types="neglect;sexual"),
        counted("CLO001", **{"pass": 7}, concern_types="neglect"),
    ]
    table = section(sheet_of(tmp_path, *rows), "Each rule by concern type (an incident with two of them")
    assert line_of(table, "CLO001", "neglect")[8] == 13
    assert line_of(table, "CLO001", "sexual")[8] == 6


def test_the_weeks_of_a_referral_rule_say_how_much_is_known_of_them(tmp_path: Path) -> None:
    officers = {"officer_in_time": 4, "officer_not": 2, "officer_unknown": 6}
    sheet = sheet_of(
        tmp_path,
        *ran(WEEK_BEFORE),
        *ran(LAST_WEEK, date(2026, 11, 2), whole=False),
        *ran(date(2026, 10, 26), rules=["CLO001"]),
        counted(**{"pass": 9, "finding": 3, "not_due": 4, "undetermined": 5}, **officers),
        counted(week=date(2026, 11, 2), whole=False, **{"pass": 3}),
    )
    rows = {row[0]: row[1:10] for row in section(sheet, "Child coverage and officer compliance by week: REF001")}
    assert rows["9 Nov"] == [None, 21, "<5", 5, 0.75, 12, 0.666, 6, 6]
    assert rows["2 Nov"] == ["part", "<5", 0, 0, None, "<5 cases", None, "no cases", 0]
    assert rows["16 Nov"] == ["so far", 0, 0, 0, None, "no cases", None, "no cases", 0]
    assert rows["26 Oct"] == ["not run", "–", "–", "–", None, "–", None, "–", "–"]
    assert rows["24 Aug"] == ["no extract", "–", "–", "–", None, "–", None, "–", "–"]
    assert len(rows) == 15  # thirteen, a sentence and the header


def test_compliance_by_week_is_a_figure_or_an_empty_cell_above_the_word_that_says_why(tmp_path: Path) -> None:
    sheet = sheet_of(
        tmp_path,
        *ran(WEEK_BEFORE, date(2026, 11, 2), rules=["REF001", "CLO001"]),
        *ran(LAST_WEEK, whole=False, rules=["CLO001"]),
        counted("CLO001", **{"pass": 3, "finding": 5}),
        counted("CLO001", week=LAST_WEEK, whole=False, **{"pass": 2}),
    )
    table = section(sheet, "Compliance by week")
    assert table[0][4] == "24 Aug\nno extract"
    assert table[0][14:] == ["2 Nov", "9 Nov", "16 Nov\nso far"]
    place = next(number for number, row in enumerate(table) if row[0] == "CLO001")
    shares, of = table[place : place + 2]
    assert shares[13:] == [None, None, 0.375, None]
    assert of[13:] == ["–", "no cases", 8, "<5 cases"]
    place = next(number for number, row in enumerate(table) if row[0] == "REF001")
    assert table[place + 1][13:] == ["–", "no cases", "no cases", "not run"]


def test_the_charts_read_the_visible_cells_and_leave_a_gap_where_one_is_empty(tmp_path: Path) -> None:
    rows = [counted(**{"pass": 6}, officer_in_time=5, officer_not=1), counted("CLO001", **{"pass": 3, "finding": 5})]
    sheet = sheet_of(tmp_path, *ran(WEEK_BEFORE, rules=["REF001", "CLO001"]), *rows)
    coverage, compliance = sheet._charts
    for chart in (coverage, compliance):
        assert isinstance(chart, LineChart)
        assert chart.display_blanks == "gap"
    assert [series.tx.strRef.f for series in coverage.series] == ["'Performance'!$F$16", "'Performance'!$H$16"]
    assert [series.val.numRef.f for series in coverage.series] == [
        "'Performance'!$F$17:$F$29",
        "'Performance'!$H$17:$H$29",
    ]
    assert {series.cat.strRef.f for series in coverage.series} == {"'Performance'!$A$17:$A$29"}
    assert (sheet["F16"].value, sheet["H16"].value) == ("Child coverage", "Officer compliance")
    assert [sheet[f"A{row}"].value for row in (17, 28, 29)] == ["24 Aug", "9 Nov", "16 Nov"]
    assert [sheet[f"F{row}"].value for row in range(17, 30)] == [None] * 11 + [1, None]
    names = [sheet[series.tx.strRef.f.split("!")[1].replace("$", "")].value for series in compliance.series]
    assert names == ["REF001", "CLO001"]
    cells = compliance.series[1].val.numRef.f.split("!")[1].replace("$", "")
    assert [cell.value for cell in sheet[cells][0]] == [None] * 11 + [0.375, None]


def test_lines_of_one_chart_differ_in_colour_dash_and_mark(tmp_path: Path) -> None:
    rows = [counted(rule.id, **{"pass": 6}) for rule in RULES]
    chart = sheet_of(tmp_path, *rows)._charts[1]
    lines = [
        (series.spPr.ln.solidFill.srgbClr, series.spPr.ln.prstDash, series.marker.symbol) for series in chart.series
    ]
    assert len(lines) == 6
    assert all(len(set(trait)) == 6 for trait in zip(*lines, strict=True))


def test_twenty_rules_are_drawn_in_charts_of_a_few_lines_each(tmp_path: Path) -> None:
    run = run_of()
    more = {f"CLO{number:03}": replace(RULES[0], id=f"CLO{number:03}") for number in range(3, 17)}
    record = replace(
        run.record,
        rules=run.record.rules | {name: replace(run.record.rules["CLO001"], rule_id=name) for name in more},
    )
    rows = [counted(rule_id, **{"pass": 6}) for rule_id in record.rules]
    weeks = pl.DataFrame(rows, schema=MEASURED_WEEKS)
    sheet = written(replace(run, record=record, rules=(*run.rules, *more.values()), weeks=weeks), tmp_path)
    assert [len(chart.series) for chart in sheet._charts] == [5, 5, 5, 5]


def test_without_a_share_there_is_no_chart_of_rules(tmp_path: Path) -> None:
    sheet = sheet_of(tmp_path, *ran(WEEK_BEFORE))
    assert len(sheet._charts) == 1
    assert "No week has a share that can be drawn." in [cell.value for cell in sheet["A"]]


def test_no_officer_and_no_supervisor_is_named(tmp_path: Path) -> None:
    sheet = sheet_of(tmp_path, *ran(WEEK_BEFORE), counted(**{"pass": 6}))
    text = " ".join(str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None)
    assert "PC-" not in text
    assert "PS-" not in text


def test_an_area_sees_its_own_figures_only(tmp_path: Path) -> None:
    run = run_of([finding()])
    rows = [*ran(WEEK_BEFORE), counted(**{"pass": 6}), counted(**{"pass": 8}, district="Moorland")]
    weeks = of_area(pl.DataFrame(rows, schema=MEASURED_WEEKS), "district", "Moorland")
    sheet = written(replace(run, weeks=weeks), tmp_path)
    assert line_of(section(sheet, "Each rule"), "REF001")[9] == 8
    assert "Harbour" not in [row[4] for row in section(sheet, "Each rule by district")]


def test_a_run_that_was_not_measured_has_no_such_sheet(tmp_path: Path) -> None:
    assert "Performance" not in load_workbook(write_report(run_of([finding()]), tmp_path)).sheetnames
