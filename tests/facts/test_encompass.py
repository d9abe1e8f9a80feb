"""Operation Encompass as ENC001 sees it, worked out by hand on small extracts."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from checker.config import Config, SchoolsConfig
from checker.errors import ConfigError
from checker.models import Outcome, RuleStatus, Run
from checker.pipeline.explanation import run_explain
from checker.pipeline.order import Order
from checker.pipeline.run import run_check, run_report, settings_digest
from tests.agreement import check_tables
from tests.second_reading import COLUMNS, Row
from tests.strategies import write_extract

AS_OF = datetime(2026, 11, 22, 2, tzinfo=UTC)  # a Sunday
# Each incident was reported on Wednesday 18 November at 10:00: its school was to be told by Thursday 09:00.
ABUSE: Row = {"reported_at": "2026-11-18T10:00:00", "domestic_abuse": "yes", "district": "North"}
DUE = datetime(2026, 11, 19, 9, tzinfo=UTC)


def told(at: str = "2026-11-19T09:00:00", **cells: str) -> Row:
    return {"child_ref": "C", "notified_at": at, "outcome": "sent"} | cells


# name: (cells of the incident, cells of its child C, its notifications, outcome)
CASES: dict[str, tuple[Row, Row, list[Row], str]] = {
    "nobody was told": ({}, {}, [], "finding"),
    "told exactly when school begins": ({}, {}, [told()], "pass"),
    "told a second later": ({}, {}, [told("2026-11-19T09:00:01")], "finding"),
    "told late, then for every child in time": ({}, {}, [told("2026-11-20T09:00"), told(child_ref="")], "pass"),
    "told of another child": ({}, {}, [told(child_ref="D")], "finding"),
    "the notification did not arrive": ({}, {}, [told(outcome="failed")], "finding"),
    "not applicable": ({}, {}, [told(outcome="not-applicable")], "finding"),
    "no time": ({}, {}, [told("")], "undetermined"),
    "no time, and it did not arrive": ({}, {}, [told("", outcome="failed")], "finding"),
    "no time, and one in time": ({}, {}, [told(""), told()], "pass"),
    "unreadable": ({}, {}, [told("soon")], "undetermined"),
    "unreadable, of another child": ({}, {}, [told("soon", child_ref="D")], "finding"),
    "unreadable, for every child": ({}, {}, [told("soon", child_ref="")], "undetermined"),
    "not domestic abuse": ({"domestic_abuse": "no"}, {}, [], "out_of_scope"),
    "not known whether domestic abuse": ({"domestic_abuse": ""}, {}, [], "undetermined"),
    "four that day": ({}, {"date_of_birth": "2022-11-18"}, [], "finding"),
    "four the day after": ({}, {"date_of_birth": "2022-11-19"}, [], "out_of_scope"),
    "eighteen the day after": ({}, {"date_of_birth": "2008-11-19"}, [], "finding"),
    "eighteen that day": ({}, {"date_of_birth": "2008-11-18"}, [], "out_of_scope"),
    "unborn": ({}, {"date_of_birth": "", "unborn": "yes"}, [], "out_of_scope"),
    "date of birth unknown": ({}, {"date_of_birth": ""}, [], "undetermined"),
    "date of birth unknown, told": ({}, {"date_of_birth": ""}, [told()], "out_of_scope"),
    "07:50 on a school day, told at 08:30": (
        *({"reported_at": "2026-11-20T07:50:00"}, {}),
        *([told("2026-11-20T08:30:00")], "pass"),
    ),
    "07:50 on a school day, told at 09:30": (
        *({"reported_at": "2026-11-20T07:50:00"}, {}),
        *([told("2026-11-20T09:30:00")], "finding"),
    ),
    "09:00 on a Friday, not due before Monday": ({"reported_at": "2026-11-20T09:00:00"}, {}, [], "not_due"),
}


def tables_of(cases: dict[str, tuple[Row, Row, list[Row], str]]) -> dict[str, list[Row]]:
    tables: dict[str, list[Row]] = {"incidents": [], "children": [], "referrals": [], "notifications": []}
    for number, (name, (incident, child, notifications, _)) in enumerate(cases.items()):
        born = {"date_of_birth": "2018-03-04"}
        tables["incidents"].append({"incident_ref": name} | ABUSE | incident)
        tables["children"].append({"incident_ref": name, "child_ref": "C"} | born | child)
        for position, row in enumerate(notifications):
            tables["notifications"].append({"notification_ref": f"{number}-{position}", "incident_ref": name} | row)
    return tables


def check(tables: dict[str, list[Row]]) -> Run:
    return check_tables(tables, AS_OF)


def listed(run: Run) -> dict[str, dict[str, object]]:
    return {row["incident_ref"]: row for row in run.findings.filter(rule_id="ENC001").iter_rows(named=True)}


def test_the_school_is_told_before_the_next_school_day_begins() -> None:
    run = check(tables_of(CASES))
    lines = listed(run)
    expected = {name: outcome for name, (*_, outcome) in CASES.items() if outcome not in {"pass", "out_of_scope"}}
    assert {name: line["outcome"] for name, line in lines.items()} == expected
    counts = run.record.rules["ENC001"].counts
    assert counts is not None
    assert {str(outcome): count for outcome, count in counts.items()} == {
        outcome: [case[-1] for case in CASES.values()].count(outcome)
        for outcome in ("finding", "pass", "not_due", "undetermined", "out_of_scope")
    }
    assert lines["nobody was told"]["due_at"] == DUE
    assert lines["09:00 on a Friday, not due before Monday"]["due_at"] == datetime(2026, 11, 23, 9, tzinfo=UTC)
    started = "domestic abuse (marked as such); child aged 5-11; "
    assert lines["nobody was told"]["evidence"] == (
        started + "no notification sent to the school; school calendar assumed"
    )
    assert lines["told a second later"]["evidence"] == (
        started + "school told on 19/11/2026 09:00:01; school calendar assumed"
    )
    assert lines["the notification did not arrive"]["evidence"] == (
        started + "no notification sent to the school; 1 notification that did not arrive; school calendar assumed"
    )


def test_an_unnamed_child_may_be_of_school_age() -> None:
    tables = tables_of({"counted": ({"child_count": "1"}, {}, [], ""), "told": ({"child_count": "1"}, {}, [], "")})
    tables["children"] = []
    tables["notifications"] = [{"notification_ref": "N1", "incident_ref": "told"} | told(child_ref="")]
    assert {name: line["outcome"] for name, line in listed(check(tables)).items()} == {"counted": "undetermined"}


def test_the_master_of_a_duplicate_answers_for_its_notifications() -> None:
    tables = tables_of({"I1": ({}, {}, [], ""), "I2": ({}, {}, [told()], "")})
    tables["incidents"][1] |= {"status": "duplicate", "duplicate_of": "I1"}
    assert listed(check(tables)) == {}
    tables["notifications"][0] |= {"notified_at": "soon"}
    assert {name: line["outcome"] for name, line in listed(check(tables)).items()} == {"I1": "undetermined"}


def test_without_notifications_the_rule_is_not_run() -> None:
    tables = tables_of({"I1": ({}, {}, [], "")})
    del tables["notifications"]
    result = check(tables).record.rules["ENC001"]
    assert (result.status, result.reason) == (RuleStatus.NOT_RUN, "the extract has no notifications table")


# --- with a school calendar ---

CALENDAR = "local_authority,kind,first_day,last_day\nA,term,2026-09-03,2026-12-18\nA,closed,2026-11-19,2026-11-19\n"


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    folder = tmp_path / "extract"
    folder.mkdir()
    rows = tables_of({"I1": ({}, {}, [told("2026-11-19T10:00:00")], "")})
    blank = {name: dict.fromkeys(columns, "") for name, columns in COLUMNS.items()}
    filled = {name: [blank[name] | row for row in table] for name, table in rows.items()}
    return write_extract(folder, filled)


def config(tmp_path: Path, text: str = CALENDAR) -> Config:
    (tmp_path / "school_calendar.csv").write_text(text, encoding="utf-8")
    return Config(schools=SchoolsConfig(calendar=tmp_path / "school_calendar.csv"))


def test_a_calendar_moves_the_due_time_and_is_in_the_record(tmp_path: Path, extract: Path) -> None:
    run = run_check(Order(extract, AS_OF.isoformat(), config(tmp_path), None))
    assert listed(run) == {}  # told on Thursday at 10:00, and Thursday is no school day
    digest = hashlib.sha256(CALENDAR.encode()).hexdigest()
    assert run.record.school_calendar == f"school_calendar.csv sha256 {digest}"
    assert run_check(Order(extract, AS_OF.isoformat(), Config(), None)).record.school_calendar is None


def test_districts_that_belong_to_no_authority_are_counted_in_a_warning(tmp_path: Path) -> None:
    districts = {"I1": "North", "I2": "South", "I3": "East", "I4": "East", "I5": ""}
    incidents = [ABUSE | {"incident_ref": ref, "district": district} for ref, district in districts.items()]
    filled = {"incidents": incidents, "children": [], "referrals": []}
    blank = {name: dict.fromkeys(columns, "") for name, columns in COLUMNS.items()}
    (tmp_path / "extract").mkdir()
    rows = {name: [blank[name] | row for row in table] for name, table in filled.items()}
    extract = write_extract(tmp_path / "extract", rows)
    (tmp_path / "school_calendar.csv").write_text(f"{CALENDAR}B,term,2026-09-03,2026-12-18\n", encoding="utf-8")

    def warned(**authorities: str) -> tuple[str, ...]:
        schools = SchoolsConfig(calendar=tmp_path / "school_calendar.csv", authorities=authorities)
        return run_check(Order(extract, AS_OF.isoformat(), Config(schools=schools), None)).record.warnings

    assumed = "to no local authority in [schools.authorities]: their school days are assumed"
    assert warned(North="A") == (f"2 districts of the incidents belong {assumed}",)
    assert warned(North="A", South="B") == (f"1 district of the incidents belongs {assumed}",)
    assert warned(North="A", South="B", East="B") == ()
    (tmp_path / "school_calendar.csv").write_text(CALENDAR, encoding="utf-8")
    assert warned() == ()  # of one authority alone it counts for every district


def test_another_calendar_is_another_run_and_explains_nothing_of_this_one(tmp_path: Path, extract: Path) -> None:
    settings = config(tmp_path, CALENDAR.replace("A,closed,2026-11-19,2026-11-19\n", ""))
    order, before = Order(extract, AS_OF.isoformat(), settings, None), settings_digest(settings)
    run = run_report(order, tmp_path / "out", None).run
    (line,) = listed(run).values()
    assert line["evidence"] == "domestic abuse (marked as such); child aged 5-11; school told on 19/11/2026 10:00:00"
    file = tmp_path / "checker.toml"
    file.write_text('[schools]\ncalendar = "school_calendar.csv"\n', encoding="utf-8")
    explanation, _ = run_explain(tmp_path / "out", file, str(line["finding_id"]))
    assert explanation.outcome == "finding"
    assert settings_digest(config(tmp_path)) != before
    with pytest.raises(ConfigError, match="the school calendar changed since that run"):
        run_explain(tmp_path / "out", file, str(line["finding_id"]))


def test_a_force_says_who_is_of_school_age(extract: Path) -> None:
    run = run_check(Order(extract, AS_OF.isoformat(), Config(policy={"school_age_from": 9}), None))
    counts = run.record.rules["ENC001"].counts
    assert counts is not None
    assert counts[Outcome.OUT_OF_SCOPE] == 1  # eight years old
