"""Every verdict in scope is counted once, in the London week of its report, and no unknown is counted as a yes."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from checker.config import Config
from checker.measures import COUNTED, MEASURED_WEEKS, MEASURES, begins_at, ends_at, last_weeks, of_area
from checker.models import Run
from checker.pipeline.order import Order
from checker.pipeline.run import run_check
from tests.agreement import check_tables
from tests.second_reading import Row, Span

AS_OF = datetime(2026, 11, 22, 2, tzinfo=UTC)  # a Sunday: the week is that of 16 November
SAMPLES = Path(__file__).parents[1] / "sample_data"
INCIDENT: Row = {
    "incident_ref": "I1",
    "reported_at": "2026-11-20T10:00",
    "closed_at": "2026-11-20T12:00",
    "closure_codes": "QL23",
    "domestic_abuse": "yes",
    "district": "North",
    "team": "A",
}
CHILD: Row = {"incident_ref": "I1", "child_ref": "C1", "date_of_birth": "2018-03-04"}
EMPTY: dict[str, list[Row]] = {"incidents": [], "children": [], "referrals": [], "plans": [], "flags": []}
CP_PLAN: Row = {"child_ref": "C1", "plan": "CP", "started_on": "2026-10-01"}


def check(as_of: datetime = AS_OF, **tables: list[Row]) -> Run:
    return check_tables(EMPTY | tables, as_of)


def measures(rule_id: str, run: Run) -> list[dict[str, Any]]:
    assert run.measures is not None
    return run.measures.filter(rule_id=rule_id).drop("rule_id").to_dicts()


def form(submitted_at: str = "2026-11-20T11:00", **more: str) -> Row:
    named = {"referral_ref": "R1", "incident_ref": "I1", "child_ref": "C1", "submitted_by": "officer"}
    return {**named, "submitted_at": submitted_at, **more}


UNREADABLE = form("2026-11-23T10:00", referral_ref="R9")  # it cannot have been submitted after the extract


def test_one_late_referral_is_counted_where_and_when_it_belongs() -> None:
    run = check(incidents=[INCIDENT | {"concern_types": "neglect"}], children=[CHILD])
    assert measures("REF001", run) == [
        {
            "district": "North",
            "team": "A",
            "week": date(2026, 11, 16),
            "concern_types": "neglect",
            "finding": 1,
            "pass": 0,
            "not_due": 0,
            "undetermined": 0,
            "officer_in_time": 0,
            "officer_not": 1,
            "officer_unknown": 0,
            "hours_late": [16.0],
        }
    ]
    assert run.measures is not None
    assert run.measures.schema == MEASURES


@pytest.mark.parametrize(
    ("reported_at", "week"),
    [
        ("2026-11-16T00:00", date(2026, 11, 16)),
        ("2026-11-15T23:59:59", date(2026, 11, 9)),
        ("2026-10-26T00:00", date(2026, 10, 26)),
        ("2026-10-25T23:59:59", date(2026, 10, 19)),  # the clocks went back that morning
        ("2026-10-18T23:00:00Z", date(2026, 10, 19)),  # midnight in London, summer time
        ("2026-10-18T22:59:59Z", date(2026, 10, 12)),
        ("2026-08-24T00:00", date(2026, 8, 24)),  # the thirteenth week
        ("2026-08-23T23:59:59", None),
    ],
)
def test_a_week_is_that_of_the_report_in_london(reported_at: str, week: date | None) -> None:
    run = check(incidents=[INCIDENT | {"reported_at": reported_at, "closed_at": ""}])
    assert [row["week"] for row in measures("CLO002", run)] == [week]


def test_the_weeks_end_with_that_of_the_extract_in_london() -> None:
    assert last_weeks(AS_OF)[:: len(last_weeks(AS_OF)) - 1] == [date(2026, 8, 24), date(2026, 11, 16)]
    assert last_weeks(datetime(2026, 10, 18, 23, tzinfo=UTC))[-1] == date(2026, 10, 19)
    assert last_weeks(datetime(2026, 10, 18, 22, 59, 59, tzinfo=UTC))[-1] == date(2026, 10, 12)
    assert len(last_weeks(AS_OF)) == 13


def test_the_week_in_which_the_clocks_go_back_has_an_hour_more() -> None:
    week = date(2026, 10, 19)
    assert begins_at(week) == datetime(2026, 10, 18, 23, tzinfo=UTC)
    assert ends_at(week) == datetime(2026, 10, 26, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("forms", "outcome", "officer"),
    [
        ([], "finding", "officer_not"),
        ([form("2026-11-21T10:00")], "pass", "officer_in_time"),  # exactly when it is due
        ([form("2026-11-21T10:00:01")], "pass", "officer_not"),
        ([form("2026-11-20T09:59:59")], "finding", "officer_not"),  # of something earlier
        ([form(child_ref="")], "pass", "officer_in_time"),
        ([form(submitted_by="cpso")], "pass", "officer_not"),
        ([form(submitted_by="other")], "pass", "officer_not"),
        ([form(submitted_by="")], "pass", "officer_unknown"),
        ([form("2026-11-21T10:00:01", submitted_by="")], "pass", "officer_not"),
        ([form(submitted_by=""), form(referral_ref="R2")], "pass", "officer_in_time"),
        ([form(submitted_by="cpso"), UNREADABLE], "pass", "officer_unknown"),
        ([form(), UNREADABLE], "pass", "officer_in_time"),
        ([UNREADABLE], "undetermined", None),
        ([form("", status="draft")], "finding", "officer_not"),
    ],
)
def test_an_officer_has_referred_in_time_only_where_the_extract_says_so(
    forms: list[Row], outcome: str, officer: str | None
) -> None:
    (row,) = measures("REF001", check(incidents=[INCIDENT], children=[CHILD], referrals=forms))
    assert {each for each in COUNTED if row[each]} == {outcome}
    assert {name: row[name] for name in row if name.startswith("officer_")} == {
        name: int(name == officer) for name in ("officer_in_time", "officer_not", "officer_unknown")
    }


def test_of_what_is_not_due_or_unknown_no_officer_is_counted() -> None:
    just_now = INCIDENT | {"reported_at": "2026-11-21T10:00", "closed_at": ""}
    children = [CHILD, CHILD | {"child_ref": "C2"}]
    (row,) = measures("REF001", check(incidents=[just_now], children=children))
    assert (row["not_due"], row["officer_in_time"], row["officer_not"], row["officer_unknown"]) == (2, 0, 0, 0)


def test_only_a_rule_about_coverage_counts_officers() -> None:
    run = check(incidents=[INCIDENT], children=[CHILD], plans=[CP_PLAN])
    for rule_id in ("CLO001", "FLG001"):
        (row,) = measures(rule_id, run)
        assert [row[name] for name in row if name.startswith("officer_")] == [None, None, None]


@pytest.mark.parametrize(
    ("written", "counted"),
    [("neglect", "neglect"), ("Sexual; NEGLECT,sexual", "neglect;sexual"), ("", None), (" ; ", None)],
)
def test_concern_types_are_the_same_however_written_and_reach_every_subject(written: str, counted: str | None) -> None:
    incident = INCIDENT | {"concern_types": written}
    run = check(incidents=[incident], children=[CHILD], plans=[CP_PLAN])
    for rule_id in ("CLO001", "REF001", "FLG001"):
        assert [row["concern_types"] for row in measures(rule_id, run)] == [counted]


def test_a_child_is_counted_where_it_was_seen_last() -> None:
    later = INCIDENT | {"incident_ref": "I2", "reported_at": "2026-11-21T10:00", "closed_at": "", "district": "South"}
    children = [CHILD, CHILD | {"incident_ref": "I2"}]
    run = check(incidents=[INCIDENT, later | {"concern_types": "missing"}], children=children, plans=[CP_PLAN])
    rows = measures("FLG001", run)
    assert [(row["district"], row["concern_types"], row["finding"]) for row in rows] == [("South", "missing", 1)]


def test_what_has_no_district_or_team_is_counted_too() -> None:
    run = check(incidents=[INCIDENT, INCIDENT | {"incident_ref": "I2", "district": "", "team": ""}])
    assert [(row["district"], row["team"], row["pass"]) for row in measures("CLO001", run)] == [
        (None, None, 1),
        ("North", "A", 1),
    ]


@pytest.mark.parametrize("sample", ["nightly", "backlog-580", "messy"])
def test_the_counts_add_up_to_those_of_the_rules_and_the_hours_are_those_of_the_list(sample: str) -> None:
    run = run_check(Order(SAMPLES / sample, None, Config(), None))
    assert run.measures is not None
    for rule_id, result in run.record.rules.items():
        of_rule = run.measures.filter(rule_id=rule_id)
        sums = {outcome: of_rule.get_column(outcome).sum() for outcome in COUNTED}
        assert sums == {outcome: result.counts[outcome] if result.counts else 0 for outcome in COUNTED}
        hours = of_rule.get_column("hours_late").explode(empty_as_null=False).sort().to_list()
        listed = run.findings.filter(rule_id=rule_id, outcome="finding").get_column("hours_overdue").sort().to_list()
        assert hours == listed


def weeks_of(run: Run, rule_id: str) -> list[tuple[date, str | None, int, bool]]:
    assert run.weeks is not None
    assert run.weeks.schema == MEASURED_WEEKS
    columns = ("week", "district", "finding", "whole")
    return list(run.weeks.filter(rule_id=rule_id).select(columns).iter_rows())


def test_a_week_without_a_case_says_that_the_rule_ran() -> None:
    run = check(incidents=[INCIDENT | {"reported_at": "2026-11-09T00:00", "closed_at": ""}])
    assert weeks_of(run, "CLO002") == [
        (date(2026, 11, 9), None, 0, True),
        (date(2026, 11, 9), "North", 1, True),
        (date(2026, 11, 16), None, 0, False),  # it has not ended
    ]
    assert weeks_of(run, "REF001") == [(date(2026, 11, 9), None, 0, True), (date(2026, 11, 16), None, 0, False)]


def test_a_week_is_whole_where_the_extract_holds_it_from_its_beginning_to_its_end() -> None:
    late_start = INCIDENT | {"reported_at": "2026-11-09T00:00:01", "closed_at": ""}
    end = datetime(2026, 11, 16, tzinfo=UTC)
    assert [week[0] for week in weeks_of(check(end, incidents=[late_start]), "CLO002") if week[3]] == []
    on_time = late_start | {"reported_at": "2026-11-09T00:00"}
    assert {week[0] for week in weeks_of(check(end, incidents=[on_time]), "CLO002") if week[3]} == {date(2026, 11, 9)}
    second_before = datetime(2026, 11, 15, 23, 59, 59, tzinfo=UTC)
    assert [week[0] for week in weeks_of(check(second_before, incidents=[on_time]), "CLO002") if week[3]] == []


def test_the_weeks_that_the_extract_says_it_covers_need_no_incident() -> None:
    episode = {"child_ref": "C1", "reported_at": "2026-11-04T10:00", "cause_for_concern": "yes"}
    tables = EMPTY | {"incidents": [INCIDENT], "missing_episodes": [{"episode_ref": "M1"} | episode]}
    span = Span(datetime(2026, 11, 2, tzinfo=UTC), AS_OF)
    run = check_tables(tables, AS_OF, span=span)
    assert weeks_of(run, "MIS002") == [
        (date(2026, 11, 2), None, 0, True),
        (date(2026, 11, 2), None, 1, True),
        (date(2026, 11, 9), None, 0, True),
        (date(2026, 11, 16), None, 0, False),
    ]
    assert {week[0] for week in weeks_of(check_tables(tables, AS_OF), "MIS002")} == {date(2026, 11, 16)}
    later = Span(datetime(2026, 11, 21, tzinfo=UTC), AS_OF)
    assert {week[0] for week in weeks_of(check_tables(tables, AS_OF, span=later), "MIS002")} == {date(2026, 11, 16)}


def test_a_rule_that_did_not_run_has_no_week() -> None:
    tables = {name: rows for name, rows in EMPTY.items() if name != "plans"}
    run = check_tables(tables | {"incidents": [INCIDENT]}, AS_OF)
    assert weeks_of(run, "FLG001") == []
    assert len(weeks_of(run, "CLO001")) == 2


def test_an_extract_without_incidents_has_no_week() -> None:
    run = check()
    assert run.weeks is not None
    assert run.weeks.is_empty()


def test_the_measures_of_an_area_keep_the_word_that_a_rule_ran() -> None:
    incidents = [INCIDENT, INCIDENT | {"incident_ref": "I2", "district": "South", "team": ""}]
    run = check(incidents=incidents)
    assert run.weeks is not None
    north = of_area(run.weeks, "district", "North").filter(rule_id="CLO001")
    assert north.select("district", "pass").rows() == [(None, 0), ("North", 1)]
    no_team = of_area(run.weeks, "team", None).filter(rule_id="CLO001")
    assert no_team.select("district", "pass").rows() == [(None, 0), ("South", 1)]
    nowhere = of_area(run.weeks, "district", "West").filter(pl.col("pass") > 0)
    assert nowhere.is_empty()
