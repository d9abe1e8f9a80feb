"""Referral forms as REF002 to REF005 see them, worked out by hand on small extracts."""

from datetime import UTC, datetime

import pytest

from checker.models import Run
from tests.agreement import check_tables
from tests.second_reading import Row

AS_OF = datetime(2026, 11, 22, 2, tzinfo=UTC)  # a Sunday
REPORTED = "2026-11-18T10:00:00Z"  # a Wednesday: a referral is due on Thursday 10:00, the gatekeeper's at 17:00
FORM_DUE = datetime(2026, 11, 19, 10, tzinfo=UTC)
ABUSE: Row = {"incident_ref": "I1", "reported_at": REPORTED, "domestic_abuse": "yes", "risk_level": "standard"}
NEGLECT: Row = ABUSE | {"domestic_abuse": "no", "concern_types": "other;Neglect"}
CHILD: Row = {"incident_ref": "I1", "child_ref": "C1", "date_of_birth": "2018-03-04"}
EMPTY: dict[str, list[Row]] = {"incidents": [], "children": [], "referrals": []}


def form(submitted_at: str = "2026-11-18T12:00:00Z", **cells: str) -> Row:
    sent = {"referral_ref": "F1", "incident_ref": "I1", "child_ref": "C1", "status": "submitted"}
    return sent | {"submitted_at": submitted_at, "submitted_by": "officer"} | cells


def check(*incidents: Row, as_of: datetime = AS_OF, **tables: list[Row]) -> Run:
    return check_tables(EMPTY | {"incidents": list(incidents), "children": [CHILD]} | tables, as_of)


def outcome(rule_id: str, run: Run) -> str:
    """The only outcome that the rule gave."""
    counts = run.record.rules[rule_id].counts
    assert counts is not None
    (only,) = [name for name, count in counts.items() if count]
    return str(only)


def line(rule_id: str, run: Run) -> dict[str, object]:
    (only,) = run.findings.filter(rule_id=rule_id).to_dicts()
    return only


# --- REF002: other safeguarding concerns ---


def test_a_child_of_an_incident_of_neglect_needs_a_form() -> None:
    found = line("REF002", check(NEGLECT))
    assert (found["outcome"], found["due_at"], found["child_ref"]) == ("finding", FORM_DUE, "C1")
    assert found["evidence"] == (
        "not domestic abuse; concern types: neglect, other; child aged 5-11; no submitted referral"
    )


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({}, "finding"),
        ({"concern_types": "EXPLOITATION"}, "finding"),
        ({"concern_types": "missing;concern-for-safety"}, "out_of_scope"),
        ({"concern_types": ""}, "out_of_scope"),
        ({"domestic_abuse": ""}, "undetermined"),
        ({"domestic_abuse": "yes"}, "out_of_scope"),
        ({"reported_at": "2026-11-21T02:00:00Z"}, "not_due"),
        ({"reported_at": "2026-11-21T01:59:59Z"}, "finding"),
    ],
)
def test_only_a_referable_concern_that_is_no_domestic_abuse_counts(cells: Row, expected: str) -> None:
    assert outcome("REF002", check(NEGLECT | cells)) == expected


def test_a_form_for_every_child_settles_a_concern_too() -> None:
    assert outcome("REF002", check(NEGLECT, referrals=[form(child_ref="")])) == "pass"
    assert outcome("REF002", check(NEGLECT, referrals=[form(child_ref="C2")])) == "finding"
    assert outcome("REF002", check(NEGLECT, referrals=[form("soon")])) == "undetermined"


# --- REF003: late ---


@pytest.mark.parametrize(
    ("submitted", "expected"),
    [
        (["2026-11-19T10:00:00Z"], "pass"),
        (["2026-11-19T10:00:01Z"], "finding"),
        (["2026-11-20T10:00:00Z", "2026-11-19T10:00:00Z"], "pass"),
        (["2026-11-18T09:59:59Z", "2026-11-19T12:00:00Z"], "finding"),  # the first is of something earlier
        (["2026-11-18T09:59:59Z"], "out_of_scope"),
        (["2026-11-19T12:00:00Z", "soon"], "undetermined"),
        (["2026-11-19T09:00:00Z", "soon"], "pass"),
        (["soon"], "undetermined"),
        ([], "out_of_scope"),
    ],
)
def test_the_first_form_that_covers_must_be_in_time(submitted: list[str], expected: str) -> None:
    forms = [form(at, referral_ref=f"F{number}") for number, at in enumerate(submitted)]
    assert outcome("REF003", check(ABUSE, referrals=forms)) == expected
    assert outcome("REF003", check(NEGLECT, referrals=forms)) == expected


def test_a_late_form_says_how_late_it_was() -> None:
    late = [form("2026-11-19T10:00:01Z"), form("2026-11-21T10:00:00Z", referral_ref="F2", child_ref="")]
    found = line("REF003", check(ABUSE, referrals=late))
    assert found["due_at"] == FORM_DUE
    assert found["evidence"] == (
        "domestic abuse (marked as such); no concern type recorded; child aged 5-11;"
        " first form submitted 24.0003 h after the report"
    )


def test_a_late_form_across_the_clock_change_has_its_elapsed_hours() -> None:
    before = ABUSE | {"reported_at": "2026-10-24T12:00"}  # 11:00Z; 24 hours later it is 11:00 in London
    assert outcome("REF003", check(before, referrals=[form("2026-10-25T11:00")])) == "pass"
    assert outcome("REF003", check(before, referrals=[form("2026-10-25T11:00:01")])) == "finding"


# --- REF005: the gatekeeper ---


@pytest.mark.parametrize(
    ("as_of", "expected"), [("2026-11-19T17:00:00+00:00", "not_due"), ("2026-11-19T17:00:01+00:00", "finding")]
)
def test_the_gatekeeper_has_until_the_end_of_the_next_working_day(as_of: str, expected: str) -> None:
    found = line("REF005", check(ABUSE, as_of=datetime.fromisoformat(as_of)))
    assert (found["outcome"], found["due_at"]) == (expected, datetime(2026, 11, 19, 17, tzinfo=UTC))
    assert found["evidence"] == (
        "domestic abuse (marked as such); risk level standard; not reassessed; child aged 5-11;"
        " nobody has submitted a form; no submitted referral"
    )


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (["officer"], "out_of_scope"),
        (["cpso"], "pass"),
        (["other"], "finding"),
        ([""], "undetermined"),
        (["cpso", ""], "out_of_scope"),  # nothing to find either way
        (["officer", ""], "out_of_scope"),
        (["other", "cpso"], "pass"),
        ([], "finding"),
    ],
)
def test_a_form_counts_for_whoever_submitted_it(by: list[str], expected: str) -> None:
    forms = [form(referral_ref=f"F{number}", submitted_by=who) for number, who in enumerate(by)]
    assert outcome("REF005", check(ABUSE, referrals=forms)) == expected


def test_a_form_that_could_not_be_read_might_be_anybodys() -> None:
    assert outcome("REF005", check(ABUSE, referrals=[form("soon")])) == "undetermined"
    assert outcome("REF005", check(ABUSE, referrals=[form("soon"), form(referral_ref="F2")])) == "out_of_scope"


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"risk_level": "medium"}, "out_of_scope"),
        ({"risk_level": ""}, "undetermined"),
        ({"reassessed_at": "2026-11-21T10:00Z"}, "out_of_scope"),
        ({"domestic_abuse": "no"}, "out_of_scope"),
        ({"domestic_abuse": ""}, "undetermined"),
    ],
)
def test_only_what_was_graded_standard_and_left_so_is_the_gatekeepers(cells: Row, expected: str) -> None:
    assert outcome("REF005", check(ABUSE | cells)) == expected


def test_who_submitted_the_forms_is_told() -> None:
    forms = [form(submitted_by=who, referral_ref=f"F-{who}") for who in ("", "other")]
    assert "; 1 form submitted by somebody else; 1 form without a note of who submitted it; " in str(
        line("REF005", check(ABUSE, referrals=forms))["evidence"]
    )


# --- REF004: not sent ---


def unsent(status: str = "draft", **cells: str) -> Row:
    return form("", referral_ref="F0", status=status) | cells


OTHER_CHILD: Row = CHILD | {"child_ref": "C2"}
ADULT: Row = CHILD | {"child_ref": "C3", "date_of_birth": "1990-01-01"}
UNREADABLE: Row = form("soon", referral_ref="F9")


@pytest.mark.parametrize(
    ("status", "expected"),
    [("draft", "finding"), ("rejected", "finding"), ("withdrawn", "out_of_scope"), ("", "finding")],
)
def test_a_form_that_is_a_draft_or_rejected_was_not_sent(status: str, expected: str) -> None:
    assert outcome("REF004", check(ABUSE, referrals=[unsent(status)])) == expected


def test_an_unsent_form_is_due_when_the_referral_of_its_incident_is() -> None:
    found = line("REF004", check(ABUSE, referrals=[unsent()]))
    assert (found["outcome"], found["due_at"]) == ("finding", FORM_DUE)
    assert (found["incident_ref"], found["child_ref"]) == ("I1", "C1")
    assert found["evidence"] == "form F0: draft; no other form was submitted"
    for as_of, expected in ((FORM_DUE, "not_due"), (FORM_DUE.replace(second=1), "finding")):
        assert outcome("REF004", check(ABUSE, as_of=as_of, referrals=[unsent()])) == expected


def test_an_unsent_form_of_an_incident_of_any_kind_is_looked_at() -> None:
    assert outcome("REF004", check(ABUSE | {"domestic_abuse": "no"}, referrals=[unsent()])) == "finding"


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([form()], {"pass": 1}),
        ([form(child_ref="")], {"pass": 1}),
        ([form(child_ref="C2")], {"finding": 1}),
        ([form("2026-11-18T09:59:59Z")], {"finding": 1}),  # of something earlier
        ([UNREADABLE], {"undetermined": 1}),
        ([UNREADABLE | {"child_ref": "C2"}], {"finding": 1}),
        ([UNREADABLE | {"child_ref": ""}, form()], {"pass": 1}),
    ],
)
def test_another_form_for_the_same_child_stands_in(others: list[Row], expected: dict[str, int]) -> None:
    counts = check(ABUSE, referrals=[unsent(), *others]).record.rules["REF004"].counts
    assert counts is not None
    assert {str(name): count for name, count in counts.items() if count and name != "out_of_scope"} == expected


@pytest.mark.parametrize(
    ("children", "others", "expected"),
    [
        ([CHILD, OTHER_CHILD], [], "finding"),
        ([CHILD, OTHER_CHILD], [form()], "finding"),
        ([CHILD, OTHER_CHILD], [form(), form(referral_ref="F2", child_ref="C2")], "pass"),
        ([CHILD, OTHER_CHILD], [form(child_ref="")], "pass"),
        ([CHILD, OTHER_CHILD], [form(), UNREADABLE | {"child_ref": "C2"}], "undetermined"),
        ([CHILD, OTHER_CHILD], [UNREADABLE | {"child_ref": "C2"}], "finding"),  # C1 has none, whatever that form said
        ([CHILD, ADULT], [form()], "pass"),
        ([CHILD, ADULT | {"date_of_birth": ""}], [form()], "finding"),  # perhaps a child
        ([], [], "finding"),
        ([], [form()], "finding"),  # C1 is in no children row
        ([], [UNREADABLE], "finding"),
        ([], [UNREADABLE | {"child_ref": ""}], "undetermined"),
        ([ADULT], [], "finding"),
    ],
)
def test_a_form_for_every_child_waits_until_each_of_them_is_covered(
    children: list[Row], others: list[Row], expected: str
) -> None:
    run = check(ABUSE, children=children, referrals=[unsent(child_ref=""), *others])
    counts = run.record.rules["REF004"].counts
    assert counts is not None
    assert [str(name) for name, count in counts.items() if count and name != "out_of_scope"] == [expected]


def test_an_unnamed_rest_keeps_a_form_for_every_child_open() -> None:
    counted = ABUSE | {"child_count": "2"}
    assert outcome("REF001", check(counted, children=[], referrals=[unsent(child_ref="")])) == "finding"
    found = line("REF004", check(counted, referrals=[unsent(child_ref=""), form()]))
    assert found["outcome"] == "finding"
    assert found["evidence"] == (
        "form F0: draft; it is for every child of the incident; children with a submitted form: 1 of 2"
    )


def test_the_master_of_a_duplicate_answers_for_its_forms() -> None:
    master = ABUSE | {"incident_ref": "I2", "reported_at": "2026-11-17T08:00:00Z", "team": "A"}
    duplicate = ABUSE | {"status": "duplicate", "duplicate_of": "I2"}
    found = line("REF004", check(master, duplicate, referrals=[unsent()]))
    assert (found["incident_ref"], found["team"]) == ("I2", "A")
    assert found["due_at"] == datetime(2026, 11, 18, 8, tzinfo=UTC)
    sent = form("2026-11-17T08:00:00Z", incident_ref="I2")
    assert line("REF004", check(master, duplicate, referrals=[unsent(), form("2026-11-17T07:59:59Z")])) == found
    counts = check(master, duplicate, referrals=[unsent(), sent]).record.rules["REF004"].counts
    assert counts is not None
    assert counts["pass"] == 1  # type: ignore[index]
