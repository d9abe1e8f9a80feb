"""Earlier incidents that share a victim, a suspect, a place or a child: which count, and what is known of the time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from checker.facts import Span, merge_spans
from tests.facts.small import AS_OF, Row, checked, child, covering, facts_of, incident, outcomes, verdict_of

YEAR, QUARTER = "earlier_incident_within_365_days", "three_earlier_incidents_within_90_days"
WORDS = "earlier_in_words"
NOW = incident("NOW", "2026-11-19T10:00", victim_ref="V1", suspect_ref="S1", location_ref="L1")


def earlier(ref: str, reported_at: str = "2026-11-01T10:00", **cells: str) -> dict[str, str]:
    return incident(ref, reported_at, **cells)


def of_now(folder: Path, *incidents: Row, children: Sequence[Row] = ()) -> tuple[object, ...]:
    """Both facts of the incident NOW, in an extract that covers all that they need."""
    tables: dict[str, Any] = {"incidents": [NOW, *incidents], "children": children}
    return facts_of(covering(folder, "2025-01-01"), YEAR, QUARTER, **tables)["NOW"]


@pytest.mark.parametrize(
    ("reported_at", "within"),
    [
        ("2025-11-19T10:00:00", True),  # 365 days before, to the second
        ("2025-11-19T09:59:59", False),
        ("2026-11-19T09:59:59", True),
        ("2026-11-19T10:00:00", False),  # at the same moment: neither is the earlier one
        ("2026-11-19T10:00:01", False),
    ],
)
def test_an_earlier_incident_is_one_of_the_365_days_before(tmp_path: Path, reported_at: str, within: bool) -> None:
    assert of_now(tmp_path, earlier("A", reported_at, victim_ref="V1"))[0] is within


# 19 November 10:00 GMT less 90 days of 24 hours is 21 August 11:00 in summer time.
@pytest.mark.parametrize(("reported_at", "within"), [("2026-08-21T11:00:00", True), ("2026-08-21T10:59:59", False)])
def test_the_90_days_are_elapsed_time_across_the_change_of_the_clocks(
    tmp_path: Path, reported_at: str, within: bool
) -> None:
    two = [earlier(ref, victim_ref="V1") for ref in ("A", "B")]
    assert of_now(tmp_path, *two, earlier("C", reported_at, victim_ref="V1")) == (True, within)


@pytest.mark.parametrize("column", ["victim_ref", "suspect_ref", "location_ref"])
def test_a_reference_is_shared_in_the_same_column_only(tmp_path: Path, column: str) -> None:
    assert of_now(tmp_path / "same", earlier("A", **{column: NOW[column]}))[0] is True
    other = "suspect_ref" if column == "victim_ref" else "victim_ref"
    assert of_now(tmp_path / "other", earlier("A", **{other: NOW[column]}))[0] is False


def test_a_child_is_shared_through_the_children_rows_those_of_duplicates_too(tmp_path: Path) -> None:
    children = [child("C1", "NOW"), child("C1", "A"), child("C2", "NOW"), child("C2", "B2")]
    rows = [earlier("A"), earlier("B"), earlier("B2", status="duplicate", duplicate_of="B")]
    tables: dict[str, Any] = {"incidents": [NOW, *rows], "children": children}
    found = facts_of(covering(tmp_path, "2025-01-01"), YEAR, WORDS, **tables)
    # Of each child there is one: A has C1, and B takes C2 over from its duplicate.
    assert found["NOW"] == (True, "earlier incidents within 365 days: same child 1; the latest B of 01/11/2026")


def test_each_earlier_incident_counts_once_however_much_it_shares(tmp_path: Path) -> None:
    """Every link has two, and together there are two: the third incident makes three of them."""
    shared = {"victim_ref": "V1", "suspect_ref": "S1", "location_ref": "L1"}
    children = [child("C1", "NOW"), child("C2", "NOW"), *(child(ref, of) for of in "AB" for ref in ("C1", "C2"))]
    two = [earlier("A", **shared), earlier("B", **shared)]
    assert of_now(tmp_path / "two", *two, children=children) == (True, False)
    assert of_now(tmp_path / "three", *two, earlier("C", suspect_ref="S1"), children=children) == (True, True)


def test_three_that_share_three_different_things_are_three(tmp_path: Path) -> None:
    rows = [earlier("A", victim_ref="V1"), earlier("B", suspect_ref="S1"), earlier("C", location_ref="L1")]
    assert of_now(tmp_path, *rows) == (True, True)


@pytest.mark.parametrize(
    ("cells", "counts"),
    [
        ({"domestic_abuse": "no"}, False),
        ({"domestic_abuse": "no", "concern_types": "missing"}, False),
        ({"domestic_abuse": "no", "concern_types": "Neglect"}, True),
        ({"domestic_abuse": ""}, None),
        ({"domestic_abuse": "", "concern_types": "neglect"}, True),
        ({"status": "cancelled"}, True),
        ({"status": "duplicate", "duplicate_of": "gone"}, True),  # answered for by nobody: judged like the rest
        ({"status": "duplicate", "duplicate_of": "NOW"}, False),  # answered for by the very incident
    ],
)
def test_an_earlier_incident_is_of_the_kind_and_answers_for_itself(
    tmp_path: Path, cells: dict[str, str], counts: bool | None
) -> None:
    assert of_now(tmp_path, earlier("A", victim_ref="V1", **cells))[0] is counts


def test_those_that_may_be_of_the_kind_make_three_unknown_and_never_true(tmp_path: Path) -> None:
    unknown = [earlier(ref, victim_ref="V1", domestic_abuse="") for ref in "ABC"]
    sure = earlier("D", location_ref="L1")
    assert of_now(tmp_path / "three", *unknown) == (None, None)
    assert of_now(tmp_path / "one of them sure", *unknown[:2], sure) == (True, None)
    assert of_now(tmp_path / "two", *unknown[:1], sure) == (True, False)


def test_a_row_that_could_not_be_read_may_be_an_earlier_incident_whenever_it_was(tmp_path: Path) -> None:
    rejected = earlier("A", "2020-01-01T10:00", victim_ref="V1", closed_at="2019-01-01T10:00")
    assert of_now(tmp_path / "incident", rejected) == (None, False)
    other = earlier("A", "2020-01-01T10:00", suspect_ref="V1", closed_at="2019-01-01T10:00")
    assert of_now(tmp_path / "other column", other) == (False, False)
    of_child = [child("C1", "NOW"), child("C1", "not there")]  # an orphan is rejected too
    assert of_now(tmp_path / "child", children=of_child) == (None, False)
    two = [earlier(ref, location_ref="L1") for ref in ("B", "C")]
    assert of_now(tmp_path / "third", *two, rejected) == (True, None)


def test_a_row_that_could_not_be_read_is_no_other_incident_where_it_says_which(tmp_path: Path) -> None:
    """What it says it is: NOW itself, one that is counted already, or one with another such row."""
    twin = NOW | {"closed_at": "not a time"}
    assert of_now(tmp_path / "own", twin) == (False, False)
    own_child = [child("C1", "NOW"), child("C1", "NOW", date_of_birth="not a date")]
    assert of_now(tmp_path / "own child", children=own_child) == (False, False)
    answered = earlier("D", status="duplicate", duplicate_of="NOW")
    of_duplicate = [child("C1", "NOW"), child("C1", "D", date_of_birth="not a date")]
    assert of_now(tmp_path / "duplicate", answered, children=of_duplicate) == (False, False)
    unread = {"victim_ref": "V1", "closed_at": "not a time"}
    a, b = earlier("A", victim_ref="V1"), earlier("B", victim_ref="V1")
    assert of_now(tmp_path / "counted", a, b, b | unread) == (True, False)
    two_rows = (earlier("C", team="a", **unread), earlier("C", team="b", **unread))
    assert of_now(tmp_path / "two rows", a, *two_rows) == (True, False)
    nameless = [earlier("", team=team, **unread) for team in "ab"]
    assert of_now(tmp_path / "nameless", a, *nameless) == (True, None)


def test_what_a_duplicate_that_nobody_answers_for_names_is_no_earlier_incident_of_it(tmp_path: Path) -> None:
    """A names the duplicate B, which is no master; of C both count, for each is judged like the rest."""
    tables: dict[str, Any] = {
        "incidents": [
            earlier("B", "2026-11-01T10:00", victim_ref="V1", status="duplicate", duplicate_of="gone"),
            earlier("A", "2026-11-02T10:00", victim_ref="V1", status="duplicate", duplicate_of="B"),
            earlier("C", "2026-11-03T10:00", victim_ref="V1"),
        ]
    }
    found = facts_of(covering(tmp_path, "2025-01-01"), YEAR, WORDS, **tables)
    assert found == {
        "B": (False, "no earlier incident within 365 days is known"),
        "A": (False, "no earlier incident within 365 days is known"),
        "C": (True, "earlier incidents within 365 days: same victim 2; the latest A of 02/11/2026"),
    }


def test_the_evidence_counts_each_link_exactly_and_names_what_is_not_known(tmp_path: Path) -> None:
    rows = [earlier(f"V{day}", f"2026-11-0{day}T23:30", victim_ref="V1") for day in (2, 3)]
    rows += [earlier(f"L{number}", location_ref="L1") for number in range(12)]
    rows += [earlier("?", location_ref="L1", domestic_abuse="")]
    rows += [earlier("X", suspect_ref="S1", closed_at="2019-01-01T10:00")]
    tables: dict[str, Any] = {"incidents": [NOW, *rows], "children": [child("C1", "NOW"), child("C1", "V3")]}
    found = facts_of(tmp_path, WORDS, "escalation_in_words", **tables)["NOW"]
    counts = "same victim 2, same location 12, same child 1; the latest V3 of 03/11/2026"
    more = "not known whether domestic abuse: same location 1"
    assert found == (
        f"earlier incidents within 365 days: {counts}; {more}",
        f"earlier incidents within 90 days: {counts}; {more}",
    )
    alone = facts_of(covering(tmp_path / "alone", "2025-01-01"), WORDS, incidents=[NOW, rows[-1]])["NOW"]
    assert alone == ("no earlier incident within 365 days is known; rows that could not be read: same suspect",)


def test_a_look_back_that_is_not_covered_cannot_be_told_and_says_why(tmp_path: Path) -> None:
    lone = incident("NOW", "2026-11-19T10:00", victim_ref="V1")
    verdict = verdict_of(checked(tmp_path / "unsaid", incidents=[lone]), "HIS001")
    assert verdict.outcome == "undetermined"
    assert verdict.evidence is not None
    unknown = "neither the extract nor the store says that it holds all that was before"
    assert f"no earlier incident within 365 days is known; {unknown}" in verdict.evidence
    verdict = verdict_of(checked(covering(tmp_path / "short", "2026-11-15"), incidents=[lone]), "HIS001")
    assert verdict.outcome == "undetermined"
    assert verdict.evidence is not None
    assert "what was before 15/11/2026 00:00 is known from neither the extract nor the store" in verdict.evidence
    exactly = covering(tmp_path / "exactly", "2025-11-19T10:00")
    assert verdict_of(checked(exactly, incidents=[lone]), "HIS001").outcome == "out_of_scope"
    a_second_late = covering(tmp_path / "a second late", "2025-11-19T10:00:01")
    assert verdict_of(checked(a_second_late, incidents=[lone]), "HIS001").outcome == "undetermined"
    ends_before = covering(tmp_path / "ends before", "2025-01-01", "2026-11-19T09:59:59")
    assert verdict_of(checked(ends_before, incidents=[lone]), "HIS001").outcome == "undetermined"
    for day, outcome in (("2026-11-18", "undetermined"), ("2026-11-19", "out_of_scope")):  # a day is meant whole
        to_the_day = covering(tmp_path / day, "2025-01-01", day)
        assert verdict_of(checked(to_the_day, incidents=[lone]), "HIS001").outcome == outcome


def test_what_is_known_to_be_there_needs_no_cover(tmp_path: Path) -> None:
    rows = [NOW, earlier("A", victim_ref="V1")]
    assert outcomes(tmp_path, "HIS001", incidents=rows) == {"NOW": "finding", "A": "undetermined"}


def test_history_that_was_researched_late_is_researched(tmp_path: Path) -> None:
    rows = [NOW | {"history_checked_at": "2026-11-21T10:00"}, earlier("A", victim_ref="V1")]
    assert outcomes(covering(tmp_path, "2025-01-01"), "HIS001", incidents=rows)["NOW"] == "pass"


def test_three_earlier_incidents_and_a_standard_grading_are_a_finding_a_day_after(tmp_path: Path) -> None:
    rows = [NOW | {"risk_level": "standard"}, *(earlier(ref, victim_ref="V1", risk_level="medium") for ref in "ABC")]
    folder = covering(tmp_path, "2025-01-01")
    at = {"2026-11-20T10:00": "not_due", "2026-11-20T10:00:01": "finding"}
    assert {as_of: outcomes(folder, "HIS002", as_of, incidents=rows)["NOW"] for as_of in at} == at
    assert outcomes(folder, "HIS002", AS_OF, incidents=rows)["A"] == "out_of_scope"


def test_spans_that_overlap_or_touch_to_the_second_are_one() -> None:
    def span(first: int, last: int, second: int = 0) -> Span:
        return Span(datetime(2026, 1, first, second=second, tzinfo=UTC), datetime(2026, 1, last, tzinfo=UTC))

    assert merge_spans([span(9, 12), span(1, 5), span(5, 7), span(2, 3)]) == (span(1, 7), span(9, 12))
    assert merge_spans([span(1, 5), span(5, 7, second=1)]) == (
        span(1, 7),
    )  # one ends at 23:59:59, one begins at midnight
    assert merge_spans([span(1, 5), span(5, 7, second=2)]) == (span(1, 5), span(5, 7, second=2))
    assert merge_spans([]) == ()
