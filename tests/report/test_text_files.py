"""The files for machines hold exactly what the contract says."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.models import RuleStatus, Run
from checker.report.text_files import write_findings, write_record, write_rejected
from tests.report.made_up import NO_PLANS, finding, rejected_of, run_of

HEADER = (
    "finding_id,rule_id,severity,outcome,incident_ref,child_ref,district,team,officer_id,supervisor_id,"
    "reported_at,due_at,hours_overdue,message,evidence,first_seen,status"
)
HOSTILE = [
    '=HYPERLINK("x")',
    "+1",
    "-2",
    "@SUM(A1)",
    "\t=1",
    "a,b",
    'say "no"',
    "two\nlines",
    "cr\rhere",
    " padded ",
    "",
]


def findings_csv(run: Run, folder: Path) -> str:
    write_findings(run, folder / "findings.csv")
    return (folder / "findings.csv").read_bytes().decode("utf-8")


def test_findings_have_the_columns_of_the_contract_and_london_times(tmp_path: Path) -> None:
    row = finding(
        finding_id="REF001-1",
        incident_ref="INC-1",
        child_ref="P1",
        reported_at=datetime(2026, 10, 24, 0, 30, tzinfo=UTC),
        due_at=datetime(2026, 10, 25, 1, 30, 0, 500_000, tzinfo=UTC),
        hours_overdue=26.0,
        message="No referral",
        evidence="é, ü",
    )
    assert findings_csv(run_of([row]), tmp_path) == (
        f"{HEADER}\nREF001-1,REF001,critical,finding,INC-1,P1,Harbour,Response 1,PC-6506,PS-244,"
        '2026-10-24T01:30:00+01:00,2026-10-25T01:30:00.500+00:00,26.0,No referral,"é, ü",,\n'
    )


def test_nothing_found_is_a_header(tmp_path: Path) -> None:
    run = run_of(rejected=rejected_of(()))
    assert findings_csv(run, tmp_path) == f"{HEADER}\n"
    write_rejected(Run(run.record, run.rules, run.findings, run.rejected), tmp_path / "rejected.csv")
    assert (tmp_path / "rejected.csv").read_text() == "table,file,row,key,reasons\n"


def test_all_three_outcomes_are_listed_in_the_order_of_the_run(tmp_path: Path) -> None:
    rows = [
        finding("FLG003", "INC-1", outcome="not_due", hours_overdue=None),
        finding("REF001", "INC-2", outcome="undetermined", due_at=None, hours_overdue=None),
        finding("REF001", "INC-1", child_ref="P2"),
        finding("CLO001", "INC-9"),
    ]
    listed = list(csv.DictReader(findings_csv(run_of(rows), tmp_path).splitlines()))
    assert [(line["rule_id"], line["outcome"], line["incident_ref"]) for line in listed] == [
        ("REF001", "finding", "INC-1"),
        ("REF001", "undetermined", "INC-2"),
        ("CLO001", "finding", "INC-9"),
        ("FLG003", "not_due", "INC-1"),
    ]
    assert (listed[1]["due_at"], listed[1]["hours_overdue"]) == ("", "")


@settings(max_examples=50)
@given(texts=st.lists(st.one_of(st.sampled_from(HOSTILE), st.text()), min_size=3, max_size=3))
def test_csv_text_is_read_back_as_it_was(tmp_path_factory: Any, texts: list[str]) -> None:
    file = tmp_path_factory.getbasetemp() / "findings.csv"
    message, evidence, team = (text.encode("utf-8", "replace").decode() for text in texts)
    write_findings(run_of([finding(message=message, evidence=evidence, team=team)]), file)
    with file.open(encoding="utf-8", newline="") as stream:
        (line,) = csv.DictReader(stream)
    assert (line["message"], line["evidence"], line["team"]) == (message, evidence, team)
    again = pl.read_csv(file, infer_schema=False).row(0, named=True)
    assert (again["message"], again["evidence"], again["team"]) == (message, evidence, team)
    assert again["first_seen"] is None


def test_rejected_records_carry_every_reason(tmp_path: Path) -> None:
    rows = [("children", "kids.csv", 4, None, ["7 cells for 9 columns"]), ("flags", "f.csv", 9, "P1", ["one", "two"])]
    write_rejected(run_of(rejected=rejected_of(rows)), tmp_path / "rejected.csv")
    assert (tmp_path / "rejected.csv").read_text() == (
        "table,file,row,key,reasons\nchildren,kids.csv,4,,7 cells for 9 columns\nflags,f.csv,9,P1,one; two\n"
    )


def test_the_record_is_as_the_contract_has_it(tmp_path: Path) -> None:
    run = run_of(
        [finding()],
        idle={"FLG001": RuleStatus.NOT_RUN},
        as_of=datetime(2026, 7, 1, 1, tzinfo=UTC),
        extract="d\udce9p\N{EN DASH}t",
    )
    write_record(run, tmp_path / "run.json")
    text = (tmp_path / "run.json").read_text(encoding="utf-8")
    record = json.loads(text)
    assert text.endswith("}\n")
    assert text.startswith(
        '{\n  "run_id": "20261122T020412Z-5f0c1a2b",\n  "kind": "nightly",\n  "as_of": "2026-07-01T02'
    )
    assert "\N{EN DASH}" in text
    assert list(record) == [
        *("run_id", "kind", "as_of", "started_at", "finished_at", "extract", "config_file", "tool_version"),
        *("rule_pack_version", "rule_pack_digest", "policy_digest", "policy", "covers_from", "covers_to"),
        *("school_calendar", "daily_search", "hub", "tables", "missing_tables"),
        *("ignored_columns", "rules", "warnings", "marking", "number", "reason", "alarms", "life"),
    ]
    assert record["as_of"] == "2026-07-01T02:00:00+01:00"
    assert record["finished_at"] == "2026-11-22T02:04:19+00:00"
    assert record["extract"] == "d\udce9p\N{EN DASH}t"
    assert record["tables"]["referrals"] == {
        "file": "referrals.csv",
        "sha256": run.record.tables["referrals"].sha256,
        "rows_read": 815,
        "accepted": 812,
        "rejected": 1,
        "collapsed": 2,
        "orphaned": 1,
    }
    assert record["rules"]["REF001"] == {
        "status": "run",
        "reason": None,
        "subjects": 611,
        "finding": 1,
        "pass": 210,
        "not_due": 0,
        "undetermined": 0,
        "out_of_scope": 400,
    }
    assert record["rules"]["FLG001"] == {
        "status": "not_run",
        "reason": NO_PLANS,
        "subjects": None,
        "finding": None,
        "pass": None,
        "not_due": None,
        "undetermined": None,
        "out_of_scope": None,
    }
    assert (record["missing_tables"], record["marking"]) == (["plans", "flags"], "OFFICIAL-SENSITIVE")
