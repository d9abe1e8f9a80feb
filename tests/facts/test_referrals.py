"""Referral forms as REF002 to REF005 see them, worked out by hand on small extracts."""

from datetime import UTC, datetime

import pytest

from checker.models import Run
from tests.agreement import check_tables
from tests.facts.judging import Case, expected, outcomes
from tests.second_reading import Row

AS_OF = datetime(2026, 11, 22, 2, tzinfo=UTC)  # a Sunday
REPORTED = "2026-11-18T10:00:00Z"  # a Wednesday: a referral is due on Thursday 10:00, the gatekeeper's at 17:00
FORM_DUE = datetime(2026, 11, 19, 10, tzinfo=UTC)
ABUSE: Row = {"reported_at": REPORTED, "domestic_abuse": "yes", "risk_level": "standard"}
NEGLECT: Row = ABUSE | {"domestic_abuse": "no", "concern_types": "other;Neglect"}
CHILD: Row = {"child_ref": "C1", "date_of_birth": "2018-03-04"}
OTHER_CHILD: Row = CHILD | {"child_ref": "C2"}
ADULT: Row = CHILD | {"child_ref": "C3", "date_of_birth": "1990-01-01"}


def form(submitted_at: str = "2026-11-18T12:00:00Z", **cells: str) -> Row:
    sent = {"referral_ref": "F1", "child_ref": "C1", "status": "submitted", "submitted_by": "officer"}
    return sent | {"submitted_at": submitted_at} | cells


def unsent(status: str = "draft", **cells: str) -> Row:
    return form("", referral_ref="F0", status=status) | cells


UNREADABLE: Row = form("soon", referral_ref="F9")


def lines(rule_id: str, *incidents: Row, as_of: datetime = AS_OF, **tables: list[Row]) -> list[dict[str, object]]:
    """The lines that the rule gives of an extract of these rows."""
    of = {"incident_ref": "I1"}
    stated: dict[str, list[Row]] = {"children": [CHILD], "referrals": []} | tables
    rows = {name: [of | row for row in table] for name, table in stated.items()}
    run: Run = check_tables({"incidents": [of | row for row in incidents]} | rows, as_of)
    return run.findings.filter(rule_id=rule_id).to_dicts()


def line(rule_id: str, *incidents: Row, as_of: datetime = AS_OF, **tables: list[Row]) -> dict[str, object]:
    """The only one of them."""
    (only,) = lines(rule_id, *incidents, as_of=as_of, **tables)
    return only


# --- REF002: other safeguarding concerns ---


def test_a_child_of_an_incident_of_neglect_needs_a_form() -> None:
    found = line("REF002", NEGLECT)
    assert (found["outcome"], found["due_at"], found["child_ref"]) == ("finding", FORM_DUE, "C1")
    assert found["evidence"] == (
        "not domestic abuse; concern types: neglect, other; child aged 5-11; no submitted referral"
    )


def test_only_a_referable_concern_that_is_no_domestic_abuse_counts() -> None:
    cases = {
        "neglect": Case("finding", NEGLECT, [CHILD]),
        "in capitals": Case("finding", NEGLECT | {"concern_types": "EXPLOITATION"}, [CHILD]),
        "not referable": Case("out_of_scope", NEGLECT | {"concern_types": "missing;concern-for-safety"}, [CHILD]),
        "no concern type": Case("out_of_scope", NEGLECT | {"concern_types": ""}, [CHILD]),
        "marker blank": Case("undetermined", NEGLECT | {"domestic_abuse": ""}, [CHILD]),
        "marker blank, an adult": Case("out_of_scope", NEGLECT | {"domestic_abuse": ""}, [ADULT]),
        "domestic abuse": Case("out_of_scope", NEGLECT | {"domestic_abuse": "yes"}, [CHILD]),
        "due now": Case("not_due", NEGLECT | {"reported_at": "2026-11-21T02:00:00Z"}, [CHILD]),
        "due a second ago": Case("finding", NEGLECT | {"reported_at": "2026-11-21T01:59:59Z"}, [CHILD]),
        "form": Case("pass", NEGLECT, [CHILD], [form()]),
        "form for every child": Case("pass", NEGLECT, [CHILD], [form(child_ref="")]),
        "form for another child": Case("finding", NEGLECT, [CHILD], [form(child_ref="C2")]),
        "unreadable form": Case("undetermined", NEGLECT, [CHILD], [UNREADABLE]),
        "unnamed child": Case("finding", NEGLECT | {"child_count": "1"}),
    }
    assert outcomes("REF002", cases, AS_OF) == expected(cases)


# --- REF003: late ---


@pytest.mark.parametrize("incident", [ABUSE, NEGLECT], ids=["domestic abuse", "neglect"])
def test_the_first_form_that_covers_must_be_in_time(incident: Row) -> None:
    submitted = {
        "exactly in time": ("pass", ["2026-11-19T10:00:00Z"]),
        "a second late": ("finding", ["2026-11-19T10:00:01Z"]),
        "one late, one in time": ("pass", ["2026-11-20T10:00:00Z", "2026-11-19T10:00:00Z"]),
        "one of something earlier, one late": ("finding", ["2026-11-18T09:59:59Z", "2026-11-19T12:00:00Z"]),
        "one of something earlier": ("out_of_scope", ["2026-11-18T09:59:59Z"]),
        "one late, one unreadable": ("undetermined", ["2026-11-19T12:00:00Z", "soon"]),
        "one in time, one unreadable": ("pass", ["2026-11-19T09:00:00Z", "soon"]),
        "one unreadable": ("undetermined", ["soon"]),
        "none": ("out_of_scope", []),
    }
    cases = {
        name: Case(outcome, incident, [CHILD], [form(at, referral_ref=f"F{place}") for place, at in enumerate(times)])
        for name, (outcome, times) in submitted.items()
    }
    assert outcomes("REF003", cases, AS_OF) == expected(cases)


def test_24_hours_are_elapsed_hours_across_the_clock_change() -> None:
    before = ABUSE | {"reported_at": "2026-10-24T12:00"}  # 11:00Z; 24 hours later it is 11:00 in London
    cases = {
        "in time": Case("pass", before, [CHILD], [form("2026-10-25T11:00")]),
        "late": Case("finding", before, [CHILD], [form("2026-10-25T11:00:01")]),
        "neither abuse nor a concern": Case(
            "out_of_scope", before | {"domestic_abuse": "no"}, [CHILD], [form("2026-10-25T11:00:01")]
        ),
        "perhaps abuse": Case("undetermined", before | {"domestic_abuse": ""}, [CHILD], [form("2026-10-25T11:00:01")]),
        "an adult": Case("out_of_scope", before, [ADULT], [form("2026-10-25T11:00:01", child_ref="C3")]),
    }
    assert outcomes("REF003", cases, AS_OF) == expected(cases)


def test_a_late_form_says_how_late_it_was() -> None:
    late = [form("2026-11-19T10:00:01Z"), form("2026-11-21T10:00:00Z", referral_ref="F2", child_ref="")]
    found = line("REF003", ABUSE, referrals=late)
    assert found["due_at"] == FORM_DUE
    assert found["evidence"] == (
        "domestic abuse (marked as such); no concern type recorded; child aged 5-11;"
        " first form submitted 24.0003 h after the report"
    )


# --- REF004: not sent ---


def test_a_form_that_is_a_draft_or_rejected_was_not_sent() -> None:
    anything = ABUSE | {"domestic_abuse": "no"}
    cases = {
        "draft": Case("finding", ABUSE, [CHILD], [unsent()]),
        "rejected": Case("finding", ABUSE, [CHILD], [unsent("rejected")]),
        "status blank": Case("finding", ABUSE, [CHILD], [unsent("")]),
        "withdrawn": Case("out_of_scope", ABUSE, [CHILD], [unsent("withdrawn")]),
        "submitted": Case("out_of_scope", ABUSE, [CHILD], [form(referral_ref="F0")]),
        "of an incident of any kind": Case("finding", anything, [CHILD], [unsent()]),
        "due now": Case("not_due", ABUSE | {"reported_at": "2026-11-21T02:00:00Z"}, [CHILD], [unsent()]),
        "due a second ago": Case("finding", ABUSE | {"reported_at": "2026-11-21T01:59:59Z"}, [CHILD], [unsent()]),
    }
    assert outcomes("REF004", cases, AS_OF) == expected(cases)


def test_another_form_for_the_same_child_stands_in() -> None:
    cases = {
        "form": Case("pass", ABUSE, [CHILD], [unsent(), form()]),
        "form for every child": Case("pass", ABUSE, [CHILD], [unsent(), form(child_ref="")]),
        "form for another child": Case("finding", ABUSE, [CHILD], [unsent(), form(child_ref="C2")]),
        "form of something earlier": Case("finding", ABUSE, [CHILD], [unsent(), form("2026-11-18T09:59:59Z")]),
        "unreadable": Case("undetermined", ABUSE, [CHILD], [unsent(), UNREADABLE]),
        "unreadable, for another": Case("finding", ABUSE, [CHILD], [unsent(), UNREADABLE | {"child_ref": "C2"}]),
        "unreadable, for all": Case("undetermined", ABUSE, [CHILD], [unsent(), UNREADABLE | {"child_ref": ""}]),
        "unreadable, and a form": Case("pass", ABUSE, [CHILD], [unsent(), UNREADABLE, form()]),
        "of a child in no children row": Case("pass", ABUSE, [], [unsent(), form()]),
    }
    assert outcomes("REF004", cases, AS_OF) == expected(cases)


def test_a_form_for_every_child_waits_until_each_of_them_is_covered() -> None:
    draft, second = unsent(child_ref=""), form(referral_ref="F2", child_ref="C2")
    two, perhaps = [CHILD, OTHER_CHILD], ADULT | {"date_of_birth": ""}
    unread_second = UNREADABLE | {"child_ref": "C2"}
    cases = {
        "no form": Case("finding", ABUSE, two, [draft]),
        "form for one": Case("finding", ABUSE, two, [draft, form()]),
        "form for both": Case("pass", ABUSE, two, [draft, form(), second]),
        "form for every child": Case("pass", ABUSE, two, [draft, form(child_ref="")]),
        "form for one, the other's unreadable": Case("undetermined", ABUSE, two, [draft, form(), unread_second]),
        "no form, the other's unreadable": Case("finding", ABUSE, two, [draft, unread_second]),
        "the other is an adult": Case("pass", ABUSE, [CHILD, ADULT], [draft, form()]),
        "the other may be a child": Case("finding", ABUSE, [CHILD, perhaps], [draft, form()]),
        "the other is counted, not named": Case("finding", ABUSE | {"child_count": "2"}, [CHILD], [draft, form()]),
        "no child at all": Case("finding", ABUSE, [], [draft]),
        "no child at all, but a form for one": Case("finding", ABUSE, [], [draft, form()]),
        "no child at all, one's unreadable": Case("finding", ABUSE, [], [draft, UNREADABLE]),
        "no child at all, all's unreadable": Case("undetermined", ABUSE, [], [draft, UNREADABLE | {"child_ref": ""}]),
        "no child at all, a form for all": Case("pass", ABUSE, [], [draft, form(child_ref="")]),
        "adults alone": Case("finding", ABUSE, [ADULT], [draft]),
    }
    assert outcomes("REF004", cases, AS_OF) == expected(cases)


def test_an_unsent_form_says_what_else_there_is() -> None:
    found = line("REF004", ABUSE, referrals=[unsent()])
    assert (found["outcome"], found["due_at"]) == ("finding", FORM_DUE)
    assert (found["incident_ref"], found["child_ref"]) == ("I1", "C1")
    assert found["evidence"] == "form F0: draft; no other form was submitted"
    of_all = line("REF004", ABUSE | {"child_count": "2"}, referrals=[unsent("rejected", child_ref=""), form()])
    assert of_all["evidence"] == (
        "form F0: rejected; it is for every child of the incident; children with a submitted form: 1 of 2"
    )


def test_the_master_of_a_duplicate_answers_for_its_forms() -> None:
    master = ABUSE | {"incident_ref": "I2", "reported_at": "2026-11-17T08:00:00Z", "team": "A"}
    duplicate = ABUSE | {"status": "duplicate", "duplicate_of": "I2"}
    found = line("REF004", master, duplicate, referrals=[unsent()])
    assert (found["incident_ref"], found["team"]) == ("I2", "A")
    assert found["due_at"] == datetime(2026, 11, 18, 8, tzinfo=UTC)
    # Submitted before the master was reported, a form covers nobody; from then on it does.
    assert line("REF004", master, duplicate, referrals=[unsent(), form("2026-11-17T07:59:59Z")]) == found
    covering = form("2026-11-17T08:00:00Z", incident_ref="I2")
    assert lines("REF004", master, duplicate, referrals=[unsent(), covering]) == []


# --- REF005: the gatekeeper ---


@pytest.mark.parametrize(
    ("as_of", "outcome"), [("2026-11-19T17:00:00+00:00", "not_due"), ("2026-11-19T17:00:01+00:00", "finding")]
)
def test_the_gatekeeper_has_until_the_end_of_the_next_working_day(as_of: str, outcome: str) -> None:
    found = line("REF005", ABUSE, as_of=datetime.fromisoformat(as_of))
    assert (found["outcome"], found["due_at"]) == (outcome, datetime(2026, 11, 19, 17, tzinfo=UTC))
    assert found["evidence"] == (
        "domestic abuse (marked as such); risk level standard; no second assessment recorded; child aged 5-11;"
        " no submitted form; no submitted referral"
    )


def test_a_form_counts_for_whoever_submitted_it() -> None:
    submitted = {
        "officer": ("out_of_scope", ["officer"]),
        "cpso": ("pass", ["cpso"]),
        "other": ("finding", ["other"]),
        "nobody knows": ("undetermined", [""]),
        "cpso and nobody knows": ("out_of_scope", ["cpso", ""]),  # nothing to find either way
        "officer and nobody knows": ("out_of_scope", ["officer", ""]),
        "other and cpso": ("pass", ["other", "cpso"]),
        "none": ("finding", []),
    }
    cases = {
        name: Case(
            outcome, ABUSE, [CHILD], [form(referral_ref=f"F{place}", submitted_by=who) for place, who in enumerate(by)]
        )
        for name, (outcome, by) in submitted.items()
    } | {
        "unreadable": Case("undetermined", ABUSE, [CHILD], [UNREADABLE]),
        "unreadable, and an officer's": Case("out_of_scope", ABUSE, [CHILD], [UNREADABLE, form()]),
        "unreadable, and other": Case("undetermined", ABUSE, [CHILD], [UNREADABLE, form(submitted_by="other")]),
        "medium risk": Case("out_of_scope", ABUSE | {"risk_level": "medium"}, [CHILD]),
        "risk level blank": Case("undetermined", ABUSE | {"risk_level": ""}, [CHILD]),
        "reassessed": Case("out_of_scope", ABUSE | {"reassessed_at": "2026-11-21T10:00Z"}, [CHILD]),
        "not domestic abuse": Case("out_of_scope", ABUSE | {"domestic_abuse": "no"}, [CHILD]),
        "marker blank": Case("undetermined", ABUSE | {"domestic_abuse": ""}, [CHILD]),
        "an adult": Case("out_of_scope", ABUSE, [ADULT]),
        "unnamed child": Case("finding", ABUSE | {"child_count": "1"}),
    }
    assert outcomes("REF005", cases, AS_OF) == expected(cases)


def test_who_submitted_the_forms_is_told() -> None:
    forms = [form(submitted_by=who, referral_ref=f"F-{who}") for who in ("", "other")]
    assert "; 1 form submitted by somebody else; 1 form without a note of who submitted it; " in str(
        line("REF005", ABUSE, referrals=forms)["evidence"]
    )
