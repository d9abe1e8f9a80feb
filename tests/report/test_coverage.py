"""Child coverage and officer compliance are two numbers wherever a rule about referrals is summed up."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
from openpyxl import load_workbook

from checker.config import ReportConfig
from checker.measures import MEASURES
from checker.models import ReportPart, RuleStatus, Run
from checker.report.files import write_report
from checker.report.text_files import run_record
from tests.command import checker, small_extract
from tests.report.made_up import finding, run_of

HEADERS = ["Rule", "What it checks", "Child\ncoverage", "of", "Not known", "Officer compliance", "of", "Not known"]


def counted(district: str = "Harbour", **values: Any) -> dict[str, Any]:
    zeros = dict.fromkeys(("finding", "pass", "not_due", "undetermined"), 0)
    officers = {"officer_in_time": 0, "officer_not": 0, "officer_unknown": 0}
    return {"rule_id": "REF001", "district": district, "team": "A"} | zeros | officers | values


def measured(*rows: dict[str, Any], idle: dict[str, RuleStatus] | None = None) -> Run:
    """A run in which REF001 is about referrals, and what it counted: all of it, of any week."""
    run = run_of([] if idle else [finding(district="Harbour")], idle=idle)
    part = ReportPart.COVERAGE
    rules = tuple(replace(rule, counted_in=part) if rule.id == "REF001" else rule for rule in run.rules)
    return replace(run, rules=rules, measures=pl.DataFrame(list(rows), schema=MEASURES))


NORTH = counted(**{"finding": 1, "pass": 7, "undetermined": 2}, officer_in_time=5, officer_not=2, officer_unknown=1)
SOUTH = counted("Moorland", **{"finding": 1, "pass": 1}, officer_not=2)


def table(workbook: Path) -> list[list[Any]]:
    """The rows of the table about coverage on the front sheet, without blanks, from its headers on."""
    rows = [[value for value in row if value is not None] for row in load_workbook(workbook)["Summary"].values]
    start = next((place for place, row in enumerate(rows) if row[:1] == [HEADING]), None)
    return [] if start is None else [row for row in rows[start + 2 : start + 4] if row]


HEADING = "Referrals: child coverage and officer compliance"


def test_the_front_sheet_has_both_numbers_each_with_what_it_is_of(tmp_path: Path) -> None:
    header, line = table(write_report(measured(NORTH, SOUTH), tmp_path))
    assert header == [*HEADERS, "Status"]
    # 8 of 10 children are covered; of 9 of them it is known whether an officer referred in time: 5
    assert line[2:] == [0.8, 10, 2, 0.555, 9, 1, "run"]


def test_where_there_is_no_case_there_is_no_share(tmp_path: Path) -> None:
    _, line = table(write_report(measured(), tmp_path))
    assert line[2:] == ["no cases", 0, 0, "no cases", 0, 0, "run"]


def test_a_rule_that_did_not_run_has_neither_number(tmp_path: Path) -> None:
    _, line = table(write_report(measured(idle={"REF001": RuleStatus.NOT_RUN}), tmp_path))
    assert line[2:8] == ["–"] * 6
    assert str(line[8]).startswith("not run: ")


def test_a_run_without_a_rule_about_referrals_or_not_measured_has_no_such_table(tmp_path: Path) -> None:
    assert table(write_report(run_of([finding()]), tmp_path)) == []
    assert table(write_report(replace(measured(NORTH), measures=None), tmp_path)) == []


def test_the_workbook_of_an_area_has_those_of_the_area_and_none_of_a_handful(tmp_path: Path) -> None:
    run = measured(NORTH, SOUTH)
    second = finding("REF001", "INC-2", district="Moorland")
    both = replace(run, findings=pl.concat([run.findings, run_of([second]).findings]))
    counts = {**both.record.rules, "REF001": run_of([finding(), second]).record.rules["REF001"]}
    both = replace(both, record=replace(both.record, rules=counts))
    write_report(both, tmp_path, settings=ReportConfig(split_by="district"))
    folder = tmp_path / "exceptions_by_area"
    (harbour,) = folder.glob("*_Harbour_*.xlsx")
    (moorland,) = folder.glob("*_Moorland_*.xlsx")
    assert table(harbour)[1][2:] == [0.875, 8, "<5", 0.714, 7, "<5", "run"]
    assert table(moorland)[1][2:] == ["<5 cases", "<5", 0, "<5 cases", "<5", 0, "run"]


def test_the_record_says_what_the_numbers_are(tmp_path: Path) -> None:
    rules = run_record(measured(NORTH, SOUTH))["rules"]
    assert rules["REF001"]["child_coverage"] == {
        "what": "children covered by anyone's referral, of those who are covered or should have been by now",
        "part": 8,
        "of": 10,
        "not_known": 2,
    }
    assert rules["REF001"]["officer_compliance"] == {
        "what": "children covered by an officer's referral in time, of the same as far as it is known",
        "part": 5,
        "of": 9,
        "not_known": 1,
    }
    assert "child_coverage" not in rules["CLO001"]
    idle = run_record(measured(idle={"REF001": RuleStatus.NOT_RUN}))["rules"]["REF001"]
    assert (idle["child_coverage"], idle["officer_compliance"]) == (None, None)


def test_a_check_says_both_on_the_terminal(tmp_path: Path) -> None:
    """C1 has a form in time, of which nobody says who submitted it; C2 has none."""
    extract = small_extract(tmp_path / "extract")
    said = checker("check", extract, "--as-of", "2026-11-22T02:00", "--out", tmp_path / "out").out
    both = "REF001: child coverage 50.0% (1 of 2); officer compliance 0.0% (0 of 1), 1 not known."
    assert both in said.splitlines()
    nobody = tmp_path / "nobody"
    small_extract(nobody, children="incident_ref,child_ref,date_of_birth\n", referrals=REFERRALS)
    said = checker("check", nobody, "--as-of", "2026-11-22T02:00", "--out", tmp_path / "out").out
    assert "REF001: child coverage no cases; officer compliance no cases." in said.splitlines()
    record = json.loads((tmp_path / "out" / "run.json").read_text("utf-8"))
    assert record["rules"]["REF001"]["child_coverage"]["of"] == 0


REFERRALS = "referral_ref,incident_ref,child_ref,submitted_at\n"
