"""Children who go missing: the third time in 90 days, what was done within a day, and who asked them afterwards."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.facts.small import AS_OF, Row, checked, child, covering, incident, outcomes, verdict_of

CARRIED = ("incident_ref", "child_ref", "district", "team", "officer_id", "supervisor_id", "reported_at")


def episode(ref: str, reported_at: str, child_ref: str = "C1", **cells: str) -> dict[str, str]:
    return {"episode_ref": ref, "child_ref": child_ref, "reported_at": reported_at} | cells


# 18 November 10:00 GMT less 90 days of 24 hours is 20 August 11:00 in summer time.
FIRST, SECOND, THIRD = (
    episode("E1", "2026-08-20T11:00"),
    episode("E2", "2026-10-01T10:00"),
    episode("E3", "2026-11-18T10:00"),
)


def of_child(folder: Path, *episodes: Row, as_of: str = AS_OF) -> str:
    """What comes of MIS001 for the one child, where all of the time is covered."""
    return outcomes(covering(folder, "2025-01-01"), "MIS001", as_of, missing_episodes=episodes)["C1"]


def test_the_third_episode_counts_to_the_second(tmp_path: Path) -> None:
    assert of_child(tmp_path / "exactly", FIRST, SECOND, THIRD) == "finding"
    earlier = FIRST | {"reported_at": "2026-08-20T10:59:59"}
    assert of_child(tmp_path / "a second more", earlier, SECOND, THIRD) == "out_of_scope"
    assert of_child(tmp_path / "two", SECOND, THIRD) == "out_of_scope"


def test_a_coordinator_is_due_a_day_after_the_third_episode(tmp_path: Path) -> None:
    three = (FIRST, SECOND, THIRD)
    assert of_child(tmp_path / "due", *three, as_of="2026-11-19T10:00:00") == "not_due"
    assert of_child(tmp_path / "over", *three, as_of="2026-11-19T10:00:01") == "finding"


def test_a_fourth_episode_moves_nothing_that_was_due(tmp_path: Path) -> None:
    """Of the four in the 90 days up to the last, the third is that of 18 November."""
    rows = [episode("E0", "2026-08-30T10:00"), SECOND, THIRD, episode("E4", "2026-11-21T10:00")]
    run = checked(covering(tmp_path, "2025-01-01"), missing_episodes=rows)
    verdict = verdict_of(run, "MIS001")
    assert (verdict.outcome, verdict.due_at) == ("finding", datetime(2026, 11, 19, 10, tzinfo=UTC))
    assert verdict.evidence == (
        "missing 4 times within 90 days, from 30/08/2026 to 21/11/2026 (latest episodes: E0, E2, E3, E4);"
        " no missing coordinator recorded"
    )


def test_a_third_episode_of_long_ago_is_still_one(tmp_path: Path) -> None:
    rows = [*(episode(f"OLD{day}", f"2026-01-0{day}T10:00") for day in (1, 2, 3)), THIRD]
    run = checked(covering(tmp_path, "2025-01-01"), missing_episodes=rows)
    verdict = verdict_of(run, "MIS001")
    assert (verdict.outcome, verdict.due_at) == ("finding", datetime(2026, 1, 4, 10, tzinfo=UTC))


@pytest.mark.parametrize(
    ("status", "outcome"), [("", "finding"), ("open", "finding"), ("closed", "finding"), ("cancelled", "out_of_scope")]
)
def test_a_cancelled_episode_does_not_count_and_one_without_a_status_does(
    tmp_path: Path, status: str, outcome: str
) -> None:
    assert of_child(tmp_path, FIRST, SECOND | {"status": status}, THIRD) == outcome


def test_one_coordinator_of_the_90_days_is_enough_and_one_from_before_is_not(tmp_path: Path) -> None:
    allocated = {"coordinator_allocated_at": "2026-11-21T10:00"}  # late, and there
    assert of_child(tmp_path / "within", FIRST | allocated, SECOND, THIRD) == "pass"
    before = episode("E0", "2026-08-20T10:59:59", **allocated)
    assert of_child(tmp_path / "before", before, FIRST, SECOND, THIRD) == "finding"


def test_three_at_one_moment_are_three(tmp_path: Path) -> None:
    assert of_child(tmp_path, *(episode(ref, "2026-11-18T10:00") for ref in ("E1", "E2", "E3"))) == "finding"


def test_an_episode_that_could_not_be_read_may_be_the_third_or_have_the_coordinator(tmp_path: Path) -> None:
    unread = episode("E9", "not a time")
    assert of_child(tmp_path / "third", SECOND, THIRD, unread) == "undetermined"
    assert of_child(tmp_path / "second", THIRD, unread) == "out_of_scope"
    assert of_child(tmp_path / "coordinator", FIRST, SECOND, THIRD, unread) == "undetermined"
    other = episode("E9", "not a time", child_ref="C2")
    assert of_child(tmp_path / "of another child", SECOND, THIRD, other) == "out_of_scope"


def test_rows_that_could_not_be_read_are_one_episode_where_they_say_the_same(tmp_path: Path) -> None:
    two_rows = (SECOND | {"status": "open"}, SECOND | {"status": "closed"})  # one key, and they differ
    assert of_child(tmp_path / "one", THIRD, *two_rows) == "out_of_scope"
    assert of_child(tmp_path / "twin", SECOND, THIRD, SECOND | {"returned_at": "not a time"}) == "out_of_scope"
    nameless = [episode("", "not a time", status=status) for status in ("open", "closed")]
    assert of_child(tmp_path / "nameless", THIRD, *nameless) == "undetermined"


def test_a_child_of_whom_no_episode_could_be_read_is_not_lost(tmp_path: Path) -> None:
    unread = [episode(f"E{number}", "not a time") for number in (1, 2, 3)]
    run = checked(covering(tmp_path / "three", "2025-01-01"), missing_episodes=unread)
    verdict = verdict_of(run, "MIS001")
    assert (verdict.outcome, verdict.due_at) == ("undetermined", None)
    assert verdict.evidence == ("no episode that counts; 3 episodes could not be read; no missing coordinator recorded")
    assert of_child(tmp_path / "two", *unread[:2]) == "out_of_scope"
    assert outcomes(tmp_path / "uncovered", "MIS001", missing_episodes=unread[:1]) == {"C1": "undetermined"}
    cancelled = episode("E9", "2026-11-18T10:00", status="cancelled")
    assert of_child(tmp_path / "cancelled", cancelled, *unread[:2]) == "out_of_scope"
    assert of_child(tmp_path / "cancelled and three", cancelled, *unread) == "undetermined"


def test_where_nobody_knows_the_90_days_before_it_cannot_be_told(tmp_path: Path) -> None:
    verdict = verdict_of(checked(tmp_path / "unsaid", missing_episodes=[THIRD]), "MIS001")
    assert (verdict.outcome, verdict.due_at) == ("undetermined", datetime(2026, 11, 19, 10, tzinfo=UTC))
    assert verdict.evidence == (
        "missing once within 90 days, on 18/11/2026 (episode E3); neither the extract nor the store says that it holds"
        " all that was before; no missing coordinator recorded"
    )
    whole = covering(tmp_path / "whole", "2026-08-20T11:00")
    assert outcomes(whole, "MIS001", missing_episodes=[THIRD]) == {"C1": "out_of_scope"}
    short = covering(tmp_path / "short", "2026-08-20T11:00:01")
    assert outcomes(short, "MIS001", missing_episodes=[THIRD]) == {"C1": "undetermined"}
    assert outcomes(short, "MIS001", missing_episodes=[FIRST, SECOND, THIRD]) == {"C1": "finding"}


def test_a_child_of_whom_no_episode_counts_is_out_of_scope(tmp_path: Path) -> None:
    assert outcomes(tmp_path, "MIS001", missing_episodes=[THIRD | {"status": "cancelled"}]) == {"C1": "out_of_scope"}


def test_without_the_table_none_of_the_rules_is_run(tmp_path: Path) -> None:
    run = checked(tmp_path, incidents=[incident()])
    for rule_id in ("MIS001", "MIS002", "MIS003"):
        assert run.record.rules[rule_id].reason == "the extract has no missing_episodes table"


def test_action_counts_until_the_24th_hour(tmp_path: Path) -> None:
    at, concern = "2026-11-18T10:00", {"cause_for_concern": "yes"}
    rows = {
        "coordinator in time": episode("E1", at, "A", coordinator_allocated_at="2026-11-19T10:00:00", **concern),
        "coordinator late": episode("E2", at, "B", coordinator_allocated_at="2026-11-19T10:00:01", **concern),
        "referral at once": episode("E3", at, "C", **concern),
        "referral in time": episode("E4", at, "D", **concern),
        "referral late": episode("E5", at, "E", **concern),
        "referral before": episode("E6", at, "F", **concern),
        "for every child of its incident": episode("E7", at, "G", **concern),
        "for every child of another": episode("E8", at, "H", **concern),
        "a draft": episode("E9", at, "I", **concern),
        "no concern": episode("E10", at, "J", cause_for_concern="no"),
        "concern blank": episode("E11", at, "J"),
    }
    sent = {"C": "18T10:00:00", "D": "19T10:00:00", "E": "19T10:00:01", "F": "18T09:59:59"}
    forms = [
        {"referral_ref": f"R{ref}", "incident_ref": "I1", "child_ref": ref, "submitted_at": f"2026-11-{when}"}
        for ref, when in sent.items()
    ]
    forms.append({"referral_ref": "RG", "incident_ref": "I2", "child_ref": "", "submitted_at": "2026-11-18T12:00"})
    forms.append({"referral_ref": "RI", "incident_ref": "I1", "child_ref": "I", "submitted_at": ""})
    tables: dict[str, Any] = {
        "incidents": [incident("I1"), incident("I2"), incident("I3")],
        "children": [child("G", "I2"), child("H", "I3")],
        "referrals": forms,
    }
    found = outcomes(tmp_path, "MIS002", missing_episodes=list(rows.values()), **tables)
    assert {name: found[row["episode_ref"]] for name, row in rows.items()} == {
        "coordinator in time": "pass",
        "coordinator late": "finding",
        "referral at once": "pass",
        "referral in time": "pass",
        "referral late": "finding",
        "referral before": "finding",
        "for every child of its incident": "pass",
        "for every child of another": "finding",
        "a draft": "finding",
        "no concern": "out_of_scope",
        "concern blank": "undetermined",
    }


def test_a_form_that_could_not_be_read_may_have_been_the_referral(tmp_path: Path) -> None:
    rows = [episode(f"E{ref}", "2026-11-18T10:00", ref, cause_for_concern="yes") for ref in "ABC"]
    unread = {"incident_ref": "I1", "status": "submitted", "submitted_at": "never"}
    forms = [unread | {"referral_ref": "R1", "child_ref": "A"}, unread | {"referral_ref": "R2", "child_ref": ""}]
    tables: dict[str, Any] = {
        "incidents": [incident("I1")],
        "children": [child("B", "I1")],
        "referrals": forms,
    }
    found = outcomes(tmp_path, "MIS002", missing_episodes=rows, **tables)
    assert found == {"EA": "undetermined", "EB": "undetermined", "EC": "finding"}


def test_a_return_interview_is_due_72_hours_after_the_return(tmp_path: Path) -> None:
    rows = [
        episode("in time", "2026-11-18T10:00", returned_at="2026-11-19T02:00:00"),  # 72 hours before as_of
        episode("over", "2026-11-18T10:00", returned_at="2026-11-19T01:59:59"),
        episode("held", "2026-11-10T10:00", returned_at="2026-11-11T10:00", return_interview_at="2026-11-20T10:00"),
        episode("missing", "2026-11-10T10:00", status="open"),
        episode("blank", "2026-11-10T10:00"),
        episode("closed", "2026-11-10T10:00", status="closed"),
        episode("cancelled", "2026-11-10T10:00", status="cancelled"),
    ]
    assert outcomes(tmp_path, "MIS003", missing_episodes=rows) == {
        "in time": "not_due",
        "over": "finding",
        "held": "pass",
        "missing": "out_of_scope",
        "blank": "out_of_scope",
        "closed": "undetermined",
        "cancelled": "out_of_scope",
    }


def test_a_line_bears_the_latest_incident_of_the_child_and_none_where_there_is_none(tmp_path: Path) -> None:
    place = {"district": "North", "team": "A", "officer_id": "PC1", "supervisor_id": "PS1"}
    rows = [
        episode("E1", "2026-11-10T10:00", "C1", returned_at="2026-11-11T10:00", status="closed"),
        episode("E2", "2026-11-12T10:00", "C2", returned_at="2026-11-13T10:00"),
        episode("E3", "2026-11-14T10:00", "C2", returned_at="2026-11-15T10:00"),
    ]
    incidents = [incident("I1", "2026-11-01T10:00"), incident("I2", "2026-11-02T10:00", **place)]
    run = checked(tmp_path, incidents=incidents, children=[child("C1", "I1"), child("C1", "I2")], missing_episodes=rows)
    lines = run.findings.filter(pl.col("rule_id") == "MIS003")
    nobody = (None, "C2", None, None, None, None)
    assert lines.select(CARRIED).rows() == [
        (*nobody, datetime(2026, 11, 12, 10, tzinfo=UTC)),
        (*nobody, datetime(2026, 11, 14, 10, tzinfo=UTC)),
        ("I2", "C1", "North", "A", None, "PS1", datetime(2026, 11, 10, 10, tzinfo=UTC)),
    ]
    assert lines.get_column("evidence").to_list()[2] == (
        "episode E1, reported 10/11/2026 10:00, closed; returned 11/11/2026 10:00; no return interview recorded"
    )
    assert lines.get_column("finding_id").is_unique().all()
    assert run.weeks is not None
    # The incidents begin on 1 November: no week before theirs is told, although of another child no incident is known.
    assert run.weeks.get_column("week").min() == datetime(2026, 10, 26, tzinfo=UTC).date()
