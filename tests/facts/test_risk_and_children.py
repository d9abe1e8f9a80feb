"""A risk form for every domestic abuse incident (RSK001), and on it every child (CHD001)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.facts.small import Verdict, checked, child, incident, outcomes, verdict_of

FORM = {"risk_form_ref": "DASH-1"}
DUE = datetime(2026, 11, 20, 10, tzinfo=UTC)  # 24 hours after the incident was reported


def test_a_domestic_abuse_incident_needs_a_risk_form(tmp_path: Path) -> None:
    cases = {
        "none": ({}, "finding"),
        "with a reference": ({"risk_form_ref": "DASH-1"}, "pass"),
        "late, and there": ({"risk_form_at": "2026-11-21T18:00"}, "pass"),
        "not known": ({"domestic_abuse": ""}, "undetermined"),
        "not domestic abuse": ({"domestic_abuse": "no"}, "out_of_scope"),
        "the form makes it so": ({"domestic_abuse": "no", "risk_form_ref": "DASH-1"}, "pass"),
    }
    found = outcomes(tmp_path, "RSK001", incidents=[incident(case, **cells) for case, (cells, _) in cases.items()])

    assert found == {case: outcome for case, (_, outcome) in cases.items()}


@pytest.mark.parametrize(("as_of", "outcome"), [("2026-11-20T10:00:00", "not_due"), ("2026-11-20T10:00:01", "finding")])
def test_it_is_due_24_hours_after_the_report(tmp_path: Path, as_of: str, outcome: str) -> None:
    without = checked(tmp_path / "without", as_of, incidents=[incident()])
    unanswered = checked(tmp_path / "unanswered", as_of, incidents=[incident(**FORM)])

    said = "domestic abuse (marked as such); no risk form found"
    assert verdict_of(without, "RSK001") == Verdict(outcome, DUE, said)
    assert verdict_of(unanswered, "CHD001") == Verdict(
        outcome,
        DUE,
        "risk form without a time; children in the household: no answer;"
        " counted on the risk form: no number; listed: 0",
    )


def test_24_hours_are_elapsed_hours_in_the_night_of_a_clock_change(tmp_path: Path) -> None:
    # 24 October 2026 12:00 BST is 11:00Z; 24 hours later it is 25 October 11:00 GMT
    run = checked(tmp_path, incidents=[incident(reported_at="2026-10-24T12:00")])

    assert verdict_of(run, "RSK001").due_at == datetime(2026, 10, 25, 11, tzinfo=UTC)


UNREADABLE = {"C9": "soon"}


def test_the_risk_form_says_who_the_children_are(tmp_path: Path) -> None:
    one, two = {"C1": "2018-03-04"}, {"C1": "2018-03-04", "C2": "2018-03-04"}
    cases: list[tuple[str, str, dict[str, str], str]] = [
        # the answer, the count, the children rows and their dates of birth
        ("", "", {}, "finding"),
        ("unknown", "", one, "finding"),
        ("unknown", "1", one, "finding"),
        ("unknown", "", UNREADABLE, "finding"),
        ("no", "", {}, "pass"),
        ("yes", "", {}, "pass"),  # whom nobody counted REF001 sees as an unnamed child
        ("yes", "1", {}, "finding"),
        ("yes", "1", one, "pass"),
        ("yes", "2", one, "finding"),
        ("yes", "2", one | {"C2": "1980-01-01"}, "pass"),
        ("yes", "1", two, "pass"),
        ("yes", "2", one | UNREADABLE, "undetermined"),
        ("yes", "1", one | UNREADABLE, "pass"),
        ("no", "1", {}, "finding"),
    ]
    incidents = [
        incident(f"I{number}", **FORM, children_in_household=answer, child_count=count)
        for number, (answer, count, _, _) in enumerate(cases)
    ]
    children = [
        child(ref, f"I{number}", date_of_birth=born)
        for number, (_, _, listed, _) in enumerate(cases)
        for ref, born in listed.items()
    ]
    found = outcomes(tmp_path, "CHD001", incidents=incidents, children=children)

    assert found == {f"I{number}": outcome for number, (_, _, _, outcome) in enumerate(cases)}


def test_without_a_risk_form_its_children_are_no_matter(tmp_path: Path) -> None:
    assert verdict_of(checked(tmp_path, incidents=[incident()]), "CHD001") == Verdict("out_of_scope")


def test_a_master_counts_the_children_of_its_duplicate_once_each(tmp_path: Path) -> None:
    duplicate = incident("I2", status="duplicate", duplicate_of="I1")

    def with_count(count: str) -> Verdict:
        form = incident(**FORM, children_in_household="yes", child_count=count)
        children = [child(), child("C1", "I2"), child("C2", "I2")]
        return verdict_of(checked(tmp_path / count, incidents=[form, duplicate], children=children), "CHD001")

    assert with_count("2") == Verdict("pass")
    assert with_count("3") == Verdict(
        "finding",
        DUE,
        "risk form without a time; children in the household: yes; counted on the risk form: 3; listed: 2",
    )


def test_a_row_of_a_duplicate_that_cannot_be_read_leaves_its_master_unknown(tmp_path: Path) -> None:
    duplicate = incident("I2", status="duplicate", duplicate_of="I1")
    form = incident(risk_form_at="2026-11-19T11:30", children_in_household="yes", child_count="1")
    run = checked(tmp_path, incidents=[form, duplicate], children=[child("C1", "I2", date_of_birth="soon")])

    said = "children in the household: yes; counted on the risk form: 1; listed: 0; 1 children row could not be read"
    assert verdict_of(run, "CHD001") == Verdict("undetermined", DUE, f"risk form completed 19/11/2026 11:30; {said}")
