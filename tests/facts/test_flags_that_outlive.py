"""A flag that stays current long after the last plan of its kind has ended (FLG004)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.facts.small import Row, Verdict, checked, child, incident, outcomes, verdict_of


def plan(ended_on: str = "", kind: str = "CP", started_on: str = "2026-01-05") -> Row:
    return {"child_ref": "C1", "plan": kind, "started_on": started_on, "ended_on": ended_on}


def flag(ended_on: str = "", kind: str = "CP", started_on: str = "2026-01-06") -> Row:
    return {"child_ref": "C1", "flag": kind, "started_on": started_on, "ended_on": ended_on}


def flagged(folder: Path, plans: list[Row], flags: list[Row], as_of: str = "2026-11-22T02:00") -> Verdict:
    tables = {"incidents": [incident()], "children": [child()], "plans": plans, "flags": flags}
    return verdict_of(checked(folder, as_of, **tables), "FLG004")


# 22 November less 28 days is 25 October: a plan that ended on that day is no more than 28 days ago.
LONG_OVER, JUST_OVER = "2026-10-24", "2026-10-25"


def test_a_flag_ends_within_28_days_of_the_last_plan_of_its_kind(tmp_path: Path) -> None:
    cases: list[tuple[list[Row], list[Row], str]] = [
        ([plan(LONG_OVER)], [flag()], "finding"),
        ([plan(JUST_OVER)], [flag()], "pass"),
        ([plan()], [flag()], "pass"),
        ([plan("2026-11-22")], [flag()], "pass"),  # its last day is today: still current
        ([], [flag()], "pass"),  # no plan of that kind ever
        ([plan(LONG_OVER, "CIN")], [flag()], "pass"),
        ([plan(LONG_OVER, "cin")], [flag(kind="cin")], "finding"),
        ([plan(LONG_OVER, "LAC")], [flag(kind="LAC")], "finding"),
        ([plan(LONG_OVER), plan(JUST_OVER)], [flag()], "pass"),  # the last one counts
        ([plan(LONG_OVER), plan()], [flag()], "pass"),
        ([plan(LONG_OVER), plan(kind="LAC")], [flag(), flag(kind="LAC")], "finding"),
        ([plan(LONG_OVER)], [flag("2026-11-22")], "finding"),
        ([plan(LONG_OVER)], [flag("2026-11-21")], "out_of_scope"),
        ([plan(LONG_OVER)], [], "out_of_scope"),
        # what could not be read
        ([plan(LONG_OVER), plan("soon")], [flag()], "undetermined"),
        ([plan("soon")], [flag()], "undetermined"),
        ([plan(), plan("soon")], [flag()], "pass"),
        ([plan(LONG_OVER)], [flag("soon")], "undetermined"),
        ([plan()], [flag("soon")], "out_of_scope"),
    ]
    of = {f"C{number}": case for number, case in enumerate(cases, start=2)}

    def theirs(place: int) -> list[Row]:
        return [{**row, "child_ref": ref} for ref, case in of.items() for row in (case[0], case[1])[place]]

    children = [child(ref) for ref in of]
    found = outcomes(tmp_path, "FLG004", incidents=[incident()], children=children, plans=theirs(0), flags=theirs(1))

    assert found == {ref: outcome for ref, (_, _, outcome) in of.items()}


def test_it_was_due_to_end_at_the_start_of_the_28th_day_after_the_earliest_such_plan(tmp_path: Path) -> None:
    # 30 June + 28 days is 28 July, which begins in London at 27 July 23:00Z; 1 September + 28 days is 29 September
    plans = [plan("2026-09-01"), plan("2026-06-30", "LAC"), plan("2026-02-01", "CIN")]
    flags = [flag(), flag(kind="LAC")]
    said = (
        "CIN plan from 05/01/2026 to 01/02/2026; LAC plan from 05/01/2026 to 30/06/2026;"
        " CP plan from 05/01/2026 to 01/09/2026; CP flag from 06/01/2026; LAC flag from 06/01/2026"
    )
    assert flagged(tmp_path, plans, flags) == Verdict("finding", datetime(2026, 7, 27, 23, tzinfo=UTC), said)


def test_28_days_are_counted_from_the_london_date_of_the_extract(tmp_path: Path) -> None:
    # as of 28 July 22:59:59Z it is still the 28th in London, as of 23:00Z the 29th
    plans, flags = [plan("2026-06-30")], [flag()]
    old = {"incidents": [incident(reported_at="2026-06-01T10:00")], "children": [child()]}

    def at(as_of: str, folder: str) -> str:
        return verdict_of(checked(tmp_path / folder, as_of, plans=plans, flags=flags, **old), "FLG004").outcome

    assert at("2026-07-28T22:59:59Z", "before") == "pass"
    assert at("2026-07-28T23:00:00Z", "after") == "finding"


@pytest.mark.parametrize("missing", ["plans", "flags"])
def test_it_is_not_run_without_plans_or_flags(tmp_path: Path, missing: str) -> None:
    tables = {"plans": [plan()], "flags": [flag()]}
    del tables[missing]
    result = checked(tmp_path, incidents=[incident()], **tables).record.rules["FLG004"]

    assert (result.counts, result.reason) == (None, f"the extract has no {missing} table")
