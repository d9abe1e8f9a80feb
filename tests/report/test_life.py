"""A workbook that a store stands behind says what is new, how long the rest is open, and what was resolved."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from checker.models import Run
from checker.report.files import write_report
from tests.report.made_up import AS_OF, finding, opened, recorded, run_of
from tests.report.test_workbook import book_of, table_rows, words

ALARM = "CHECK THE EXTRACT BEFORE WORKING THIS LIST: plans has 0 rows and had 40 in the last run."


@pytest.fixture
def run() -> Run:
    """Three exceptions, one cannot tell, one resolved, one carried over."""
    return recorded(
        run_of(
            [
                finding(incident_ref="INC-1", hours_overdue=500.0, **opened(0, "new")),
                finding(incident_ref="INC-2", hours_overdue=40.0, **opened(9)),
                finding(incident_ref="INC-3", hours_overdue=40.0, **opened(2, "reopened")),
                finding(incident_ref="INC-4", outcome="undetermined", **opened(1)),
                finding(incident_ref="INC-5", outcome="not_due", due_at=AS_OF + timedelta(hours=3), hours_overdue=None),
            ]
        ),
        [finding(incident_ref="INC-6", **opened(4, "resolved")) | {"outcome": "pass"}],
        [
            finding(incident_ref="INC-7", **opened(30))
            | {"last_examined": AS_OF - timedelta(days=29), "why": "not in this extract: no accepted record of it"}
        ],
    )


def test_the_oldest_come_first_within_a_severity_and_each_says_since_when(run: Run, tmp_path: Path) -> None:
    book = book_of(run, tmp_path)
    rows = table_rows(book["Exceptions"])
    assert [(row["Incident"], row["Status"], row["Days open"]) for row in rows] == [
        ("INC-2", "Still open", 9),
        ("INC-3", "Reopened", 2),
        ("INC-1", "New", 0),
    ]
    (untold,) = table_rows(book["Cannot tell"])
    assert (untold["Status"], untold["Days open"]) == ("Still open", 1)


def test_what_was_resolved_says_how_and_what_is_carried_over_says_why(run: Run, tmp_path: Path) -> None:
    book = book_of(run, tmp_path)
    assert book.sheetnames == [
        *("Summary", "Exceptions", "Cannot tell", "Carried over", "Decisions", "Resolved", "Rejected records", "Rules"),
    ]
    (ended,) = table_rows(book["Resolved"])
    assert (ended["Incident"], ended["How it ended"], ended["Days open"]) == ("INC-6", "now passes", 4)
    assert ended["First seen (London)"] == datetime(2026, 11, 18, 2)
    (left,) = table_rows(book["Carried over"])
    assert (left["Incident"], left["Why it was not examined"], left["Days open"]) == (
        "INC-7",
        "not in this extract: no accepted record of it",
        30,
    )
    assert left["Last examined (London)"] == datetime(2026, 10, 24, 3)  # 29 days before, and so in summer time


def test_what_superseded_means_is_said_where_a_line_is(run: Run, tmp_path: Path) -> None:
    meant = "Superseded: an extract newer than this one has told more of it."
    assert not any(meant in word for word in words(book_of(run, tmp_path)["Exceptions"]))
    late = recorded(run_of([finding(status="superseded")]))
    assert any(meant in word for word in words(book_of(late, tmp_path)["Exceptions"]))


def test_empty_lists_of_what_changed_say_what_that_means(tmp_path: Path) -> None:
    book = book_of(recorded(run_of([finding(**opened(0, "new"))])), tmp_path)
    assert "Nothing was resolved since the last run: no case that was open was seen to be put right." in words(
        book["Resolved"]
    )
    assert "Nothing is carried over: this run examined every case that was open." in words(book["Carried over"])


def test_the_summary_and_the_record_count_what_changed(run: Run, tmp_path: Path) -> None:
    book = book_of(run, tmp_path)
    told = (
        "Since the last run: 1 new, 2 still open, 1 reopened, 1 resolved, 1 carried over; "
        "what cannot be told is counted with the exceptions."
    )
    assert told in words(book["Summary"])
    assert any(word.startswith("run 12, 20261122T020412Z-5f0c1a2b (nightly)") for word in words(book["Summary"]))
    record = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert record["number"] == 12
    assert record["life"] == {
        "new": 1,
        "still open": 2,
        "reopened": 1,
        "under review": 0,
        "evidence changed": 0,
        "decision expired": 0,
        "referral not found": 0,
        "settled": 0,
        "resolved": 1,
        "carried over": 1,
        "superseded": 0,
    }


def test_without_a_store_nothing_is_said_of_what_changed(tmp_path: Path) -> None:
    book = book_of(run_of([finding()]), tmp_path)
    assert not {"Resolved", "Carried over", "Settled"} & set(book.sheetnames)
    assert not {"Status", "Days open"} & table_rows(book["Exceptions"])[0].keys()
    assert not any("Since the last run" in word for word in words(book["Summary"]))
    record = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert (record["number"], record["life"]) == (None, None)


def test_findings_csv_says_since_when_in_london_time(tmp_path: Path) -> None:
    first_seen = datetime(2026, 7, 1, 1, tzinfo=UTC)
    run = recorded(run_of([finding(first_seen=first_seen, status="still open", days_open=144)]))
    write_report(run, tmp_path)
    header, line = (tmp_path / "findings.csv").read_text(encoding="utf-8").splitlines()
    assert header.endswith("evidence,first_seen,status")
    assert line.endswith(",2026-07-01T02:00:00+01:00,still open")


@pytest.mark.parametrize("sheet", ["Summary", "Exceptions", "Cannot tell", "Resolved", "Carried over"])
def test_an_alarm_stands_above_every_list(run: Run, tmp_path: Path, sheet: str) -> None:
    alarmed = replace(run, record=replace(run.record, alarms=("plans has 0 rows and had 40 in the last run",)))
    assert ALARM in words(book_of(alarmed, tmp_path)[sheet])


def test_an_alarm_comes_before_the_rules_that_did_not_run(tmp_path: Path) -> None:
    run = run_of([finding()], alarms=("plans has 0 rows and had 40 in the last run",))
    (warning,) = [word for word in words(book_of(run, tmp_path)["Summary"]) if word.startswith("CHECK THE EXTRACT")]
    assert warning == ALARM


def test_the_reason_of_a_run_is_on_its_front(tmp_path: Path) -> None:
    told = words(book_of(run_of([], reason="asked for by the inspector"), tmp_path)["Summary"])
    assert told[told.index("Reason") + 1] == "asked for by the inspector"
