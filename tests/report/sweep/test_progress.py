"""How far a sweep is can be counted by hand from the decisions on its lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from checker.models import About, Decision, Since
from checker.report.sweep.progress import Progress, placed, progress
from tests.report.sweep.made_up import SWEPT_ON, child, decision, incident, line, sweep_of

AUGUST, OCTOBER = datetime(2017, 8, 1, 17, tzinfo=UTC), datetime(2017, 10, 1, 17, tzinfo=UTC)
NONE_DECIDED = dict.fromkeys(Decision, 0)


def without(
    newly: int = 0, already: int = 0, otherwise: int = 0, still: int = 0, unasked: int = 0
) -> list[tuple[str, int]]:
    """How it stands with the children without a referral for the incident."""
    return [
        ("Referral now submitted", newly),
        ("Referral already made", already),
        ("No decision", still),
        ("No referral required", 0),
        ("Decided otherwise", otherwise),
        ("No line asks for one", unasked),
    ]


def test_a_line_stands_with_its_incident_and_the_most_severe_first() -> None:
    lines = [
        line("B", "CLO001"),
        line("A", "REF001", "P2"),
        line("A", "CLO002"),
        line("A", "CLO001", outcome="undetermined"),
        line("A", "REF001", "P1"),
    ]
    rows = placed(sweep_of([incident(1, "B"), incident(2, "A")], lines))
    assert rows.select("place", "incident_ref", "rule_id", "child_ref").rows() == [
        (1, "B", "CLO001", None),
        (2, "A", "REF001", "P1"),
        (2, "A", "REF001", "P2"),
        (2, "A", "CLO001", None),
        (2, "A", "CLO002", None),
    ]


@pytest.mark.parametrize(
    ("said_to_be_of", "place"),
    [("A", 2), ("B", 2), ("of another time", 2), (None, 2)],
)
def test_a_line_about_a_child_belongs_to_the_latest_selected_incident_of_the_child(
    said_to_be_of: str | None, place: int
) -> None:
    incidents = [incident(1, "A", reported_at=AUGUST), incident(2, "B", reported_at=OCTOBER)]
    children = [child("A", "P1"), child("B", "P1"), child("A", None)]
    rows = placed(sweep_of(incidents, [line(said_to_be_of, "FLG001", "P1")], children))
    assert rows.select("place", "incident_ref").rows() == [(place, said_to_be_of)]


def test_of_two_incidents_reported_at_once_the_higher_reference_is_the_later() -> None:
    incidents = [incident(1, "B"), incident(2, "A")]
    rows = placed(sweep_of(incidents, [line("A", "FLG001", "P1")], [child("B", "P1"), child("A", "P1")]))
    assert rows["place"].to_list() == [1]


def test_a_line_about_somebody_who_is_no_child_any_more_belongs_to_the_incident_that_it_names() -> None:
    """A flag is looked for at any age; who is surely an adult is no child of the incident."""
    lines = [line("A", "FLG001", "P9"), line("gone", "FLG002", "P9")]
    rows = placed(sweep_of([incident(1, "A")], lines, [child("A", None)]))
    assert rows.select("place", "rule_id").rows() == [(1, "FLG001"), (None, "FLG002")]


def test_no_line_is_lost_and_what_fits_nowhere_stands_at_the_end() -> None:
    lines = [line("gone", "CLO001"), line(None, "FLG001", "P1"), line("A", "CLO002", outcome="not_due")]
    rows = placed(sweep_of([incident(1, "A")], lines))
    assert rows.select("place", "rule_id").rows() == [(1, "CLO002"), (None, "CLO001"), (None, "FLG001")]
    assert placed(sweep_of()).is_empty()


def test_a_sweep_that_nobody_has_begun() -> None:
    lines = [line("A", "REF001", "P1"), line("A", "CLO001", outcome="undetermined"), line("B", outcome="not_due")]
    sweep = sweep_of([incident(1, "A"), incident(2, "B"), incident(3, "C")], lines)
    expected = Progress(3, 0, 0, 1, 2, 2, 0, 0, NONE_DECIDED, {}, 0, 0, without(), None)
    assert progress(sweep) == expected
    assert progress(replace(sweep, run=replace(sweep.run, decisions=None))) == expected


def test_what_is_looked_at_begun_and_left_is_counted_from_the_decisions_on_the_lines() -> None:
    p1, p2, rest = line("A", "REF001", "P1"), line("A", "REF001", "P2"), line("B", "REF001")
    code, window, flag = line("B", "CLO001"), line("C", "CLO002"), line("D", "FLG001", "P1")
    left, lost = line("E", "CLO001"), line("gone", "CLO001")
    incidents = [incident(n, name) for n, name in enumerate("ABCDEF", start=1)]
    decisions = [
        decision(p1),
        decision(p2, Decision.REFERRAL_ALREADY_MADE, decided_by="DI Okafor", reference="R1"),
        decision(rest),
        decision(code, Decision.NO_REFERRAL_REQUIRED, decided_on=date(2026, 11, 12)),
        decision(window, Decision.UNDER_REVIEW, decided_by="DI Okafor", decided_on=date(2026, 11, 9)),
        decision(lost, Decision.NOT_AN_EXCEPTION, decided_by="nobody who looked at an incident"),
    ]
    children = [child("A", "P1"), child("A", "P2"), child("B", None), child("F", "P3", Since.REFERRED)]
    sweep = sweep_of(incidents, [p1, p2, rest, code, window, flag, left, lost], children, decisions)
    # The line about a flag of P1 belongs to A, the latest selected incident of P1: so A is only begun, D has no line.
    assert progress(sweep) == Progress(
        population=6,
        looked_at=1,  # B
        begun=2,  # A, and C which somebody has under review
        left=1,  # E
        nothing_to_decide=2,  # D, F
        lines=8,
        decided=5,
        unplaced=1,
        decisions=NONE_DECIDED
        | {
            Decision.REFERRAL_NOW_SUBMITTED: 2,
            Decision.REFERRAL_ALREADY_MADE: 1,
            Decision.NO_REFERRAL_REQUIRED: 1,
            Decision.NOT_AN_EXCEPTION: 1,
            Decision.UNDER_REVIEW: 1,
        },
        by_whom={"DS Hall": 1},
        newly_referred=2,  # P1, and the unnamed rest of B
        already_referred=1,
        without_referral=without(newly=2, already=1),
        days_per_hundred=1000.0,  # ten days, one incident
    )


def test_an_incident_that_two_people_decided_counts_for_both() -> None:
    lines = [line("A"), line("A", "CLO001"), line("B"), line("B", "CLO001")]
    by = ["DS Hall", "DI Okafor", "DI Okafor", "DI Okafor"]
    decisions = [decision(each, decided_by=name) for each, name in zip(lines, by, strict=True)]
    told = progress(sweep_of([incident(1, "A"), incident(2, "B")], lines, decisions=decisions))
    assert dict(told.by_whom) == {"DI Okafor": 2, "DS Hall": 1}
    assert list(told.by_whom) == ["DI Okafor", "DS Hall"]


def test_a_child_with_lines_in_two_incidents_is_newly_referred_once() -> None:
    lines = [line("A", child_ref="P1"), line("B", child_ref="P1"), line("A"), line("B"), line("A", "CLO001", "P2")]
    decisions = [decision(each) for each in lines]
    children = [child(ref, name) for ref in "AB" for name in ("P1", None)]
    told = progress(sweep_of([incident(1, "A"), incident(2, "B")], lines, children, decisions))
    assert (told.newly_referred, told.decided) == (3, 5)  # P1, the rest of A, the rest of B; CLO001 asks for no form


@pytest.mark.parametrize(
    ("ran", "decided_on", "days"),
    [
        (SWEPT_ON, date(2026, 11, 2), 1),  # the same day
        (SWEPT_ON, date(2026, 10, 30), 1),  # what was decided before it ran
        (SWEPT_ON, date(2026, 11, 7), 5),
        (datetime(2026, 7, 1, 23, 30, tzinfo=UTC), date(2026, 7, 4), 2),  # already 2 July in London
    ],
)
def test_days_are_those_of_the_calendar_in_london(ran: datetime, decided_on: date, days: int) -> None:
    lines = [line("A"), line("B")]
    decisions = [decision(each, decided_on=decided_on) for each in lines]
    sweep = sweep_of([incident(1, "A"), incident(2, "B")], lines, (), decisions, record={"finished_at": ran})
    assert progress(sweep).days_per_hundred == days * 50


def test_every_child_without_a_referral_is_accounted_for_by_what_was_decided() -> None:
    """P1 was referred since, P2 is passed on, P3 and P4 stand behind one form for all, P5 waits; P6 was referred."""
    children = [
        child("A", "P1", Since.REFERRED_SINCE),
        child("A", "P2"),
        child("B", "P3"),
        child("B", "P4"),
        child("C", "P5"),
        child("C", "P6", Since.REFERRED),
    ]
    draft = line("B") | {"rule_id": "REF004", "finding_id": "REF004-00000000000000ff"}
    late = line("C", "REF001", "P6")
    lines = [line("A", "REF001", "P1"), line("A", "REF001", "P2"), draft, line("C", "REF001", "P5"), late]
    decisions = [
        decision(lines[0]),
        decision(lines[1], Decision.PASSED_TO_ANOTHER_TEAM),
        decision(draft),
        decision(late),
    ]
    sweep = sweep_of([incident(n, ref) for n, ref in enumerate("ABC", start=1)], lines, children, decisions)
    of_forms = replace(sweep.run.rules[0], id="REF004", subject="referral", about=About.REFERRAL)
    told = progress(replace(sweep, run=replace(sweep.run, rules=(*sweep.run.rules, of_forms))))
    assert told.without_referral == without(newly=3, otherwise=1, still=1)
    assert told.newly_referred == 2  # P3 and P4: P1 and P6 had a referral before


@pytest.mark.parametrize(
    ("subject", "about"),
    [
        ("incident_child", None),  # it asks for a call to the school of the child, say
        ("incident", About.REFERRAL),  # its line has no child, and speaks of no unnamed one
        ("missing_episode", About.REFERRAL),  # it asks for a referral for the child, whatever the incident
    ],
)
def test_a_rule_that_asks_for_no_referral_of_a_child_of_the_incident_answers_for_none(
    subject: str, about: About | None
) -> None:
    lines = [line("A", "CLO001", "P1"), line("A", "CLO001")]
    sweep = sweep_of(
        [incident(1, "A")], lines, [child("A", "P1"), child("A", None)], [decision(each) for each in lines]
    )
    rules = tuple(
        replace(rule, subject=subject, about=about) if rule.id == "CLO001" else rule for rule in sweep.run.rules
    )
    told = progress(replace(sweep, run=replace(sweep.run, rules=rules)))
    assert (told.decided, told.newly_referred) == (2, 0)
    assert told.without_referral == without(unasked=2)
