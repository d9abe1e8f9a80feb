"""Cases worked out by hand from the specification: the checker and the second reading must both come out so.

All is invented.
"""

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings

from tests.agreement import agreed
from tests.hand_rows import AS_OF, DEFAULTS, REPORTED, child, flag, incident, instant, outcomes, plan, reading, referral
from tests.second_reading import (
    COLUMNS,
    LONDON,
    Counts,
    Policy,
    Row,
    StoppedError,
    Unreadable,
    Verdict,
    read_cell,
    read_folder,
    second_reading,
)
from tests.strategies import (
    Drawn,
    garbage_extracts,
    mostly_valid_extracts,
    nasty_extracts,
    ragged,
    write_extract,
)


def referred(*rows: Row, children: list[Row] | None = None, referrals: list[Row] | None = None) -> dict[str, str]:
    """REF001 for incident I1 with one child C1, unless said otherwise: the outcome for each child."""
    read = reading(
        *rows or [incident()], children=[child()] if children is None else children, referrals=referrals or []
    )
    return {child_ref: found for (_, child_ref), found in outcomes(read, "REF001").items()}


# --- times ---


@pytest.mark.parametrize(
    ("reported", "closed", "expected"),
    [
        ("2026-11-20T10:00:00", "2026-11-21T09:59:59", "pass"),
        ("2026-11-20T10:00:00", "2026-11-21T10:00:00", "pass"),
        ("2026-11-20T10:00:00", "2026-11-21T10:00:01", "finding"),
        # 24 October 12:00 BST is 11:00Z, and 25 October 11:00 GMT is 11:00Z
        ("2026-10-24T12:00:00", "2026-10-25T11:00:00", "pass"),
        ("2026-10-24T12:00:00", "2026-10-25T11:00:01", "finding"),
        # 28 March 12:00 GMT is 12:00Z, and 29 March 13:00 BST is 12:00Z
        ("2026-03-28T12:00:00", "2026-03-29T13:00:00", "pass"),
        ("2026-03-28T12:00:00", "2026-03-29T13:00:01", "finding"),
        # the first 01:30 of 25 October is 00:30Z; 26 October 00:30 GMT is 24 hours later
        ("2026-10-25T01:30:00", "2026-10-26T00:30:00", "pass"),
        ("2026-10-25T01:30:00", "2026-10-26T00:30:01", "finding"),
        # 01:30 of 29 March does not exist: 02:30 BST, 01:30Z; 30 March 02:30 BST is 24 hours later
        ("2026-03-29T01:30:00", "2026-03-30T02:30:00", "pass"),
        ("2026-03-29T01:30:00", "2026-03-30T02:30:01", "finding"),
    ],
)
def test_an_incident_may_take_24_elapsed_hours_to_close(reported: str, closed: str, expected: str) -> None:
    read = reading(incident(reported_at=reported, closed_at=closed, closure_codes="QL23"))
    assert outcomes(read, "CLO002") == {("I1", ""): expected}


@pytest.mark.parametrize(
    ("as_of", "expected"), [("2026-11-21T10:00:00Z", "not_due"), ("2026-11-21T10:00:01Z", "finding")]
)
def test_exactly_on_time_is_on_time(as_of: str, expected: str) -> None:
    read = reading(incident(), as_of=instant(as_of), children=[child()])
    due_at = instant("2026-11-21T10:00:00Z")
    assert read.verdicts["REF001", "I1", "C1"] == Verdict(expected, due_at)
    assert read.verdicts["CLO002", "I1", ""] == Verdict(expected, due_at)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "2026-07-01T10:00+01:00",
            "2026-07-01 10:00",
            "01/07/2026 10:00",
            "01/07/2026 10:00:00",
            "2026-07-01T09:00:00Z",
        ),
        *("2026-07-01T14:30:00+05:30", " 2026-07-01T10:00 ", "2026-07-01T10:00:00.000", "2026-07-01T10:00+0100"),
    ],
)
def test_one_instant_has_many_notations(text: str) -> None:
    assert read_cell(text, ["date-time"], LONDON) == datetime(2026, 7, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *((text, "date-time") for text in ("13/25/2026", "11/20/2026 10:00", "2026-02-30T10:00")),
        *((text, "date") for text in ("13/25/2026", "11/20/2026", "29/02/2026", "20-11-2026")),
        *((text, "integer") for text in ("31", "-1", "2.0", "two", "99999999999999999999", "1 0")),
        *((text, "yes/no") for text in ("maybe", "2", "oui", "yes.")),
        # Readings of what the specification leaves open:
        *((text, "date-time") for text in ("2026-11-20", "1/3/2026 10:00", "2026-11-20T24:00", "20261120T1000")),
        *((text, "date") for text in ("1/3/2026", "2026-11-20T00:00:00", "20261120")),
    ],
)
def test_what_is_not_of_its_type_is_unreadable(text: str, kind: str) -> None:
    assert read_cell(text, [kind], LONDON) == Unreadable(text)


def test_codes_keep_order_and_spelling() -> None:
    assert read_cell(" QL 23; ql23|DOM ,QL23;", ["codes"], LONDON) == ("QL 23", "ql23", "DOM", "QL23")
    assert read_cell("  ", ["codes"], LONDON) == ()


# --- who is a child ---


@pytest.mark.parametrize(
    ("born", "reported", "expected"),
    [
        ("2008-11-20", "2026-11-19T23:59:59", "finding"),
        ("2008-11-20", "2026-11-20T00:00:00", "out_of_scope"),
        ("2008-02-29", "2026-02-28T23:59:59", "finding"),
        ("2008-02-29", "2026-03-01T00:00:00", "out_of_scope"),
        ("2008-07-01", "2026-06-30T22:59:59Z", "finding"),  # 23:59:59 in London
        ("2008-07-01", "2026-06-30T23:00:00Z", "out_of_scope"),  # midnight in London
    ],
)
def test_a_child_is_a_child_until_the_start_of_the_eighteenth_birthday(born: str, reported: str, expected: str) -> None:
    assert referred(incident(reported_at=reported), children=[child(date_of_birth=born)]) == {"C1": expected}


def test_an_unknown_date_of_birth_is_never_an_adult() -> None:
    unknown = [child(date_of_birth="")]
    assert referred(children=unknown) == {"C1": "undetermined"}
    assert referred(incident(reported_at="2026-11-21T10:00Z"), children=unknown) == {"C1": "not_due"}
    assert referred(children=unknown, referrals=[referral()]) == {"C1": "out_of_scope"}  # nothing to find either way


@pytest.mark.parametrize("born", ["", "1980-01-01"])
def test_an_unborn_child_is_a_child(born: str) -> None:
    assert referred(children=[child(date_of_birth=born, unborn="Y")]) == {"C1": "finding"}


# --- who is covered ---


def test_a_form_covers_the_children_that_it_names() -> None:
    children = [child("C1"), child("C2"), child("C3")]
    named = [referral("C1"), referral("C2")]
    assert referred(children=children, referrals=named) == {"C1": "pass", "C2": "pass", "C3": "finding"}
    assert referred(children=children, referrals=[referral("")]) == {"C1": "pass", "C2": "pass", "C3": "pass"}
    assert referred(referrals=[referral("C1", incident_ref="I2")], children=children[:1]) == {"C1": "finding"}


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"status": "draft"}, "finding"),
        ({"status": "rejected"}, "finding"),
        ({"status": "withdrawn"}, "finding"),
        ({"status": "", "submitted_at": ""}, "finding"),
        ({"status": ""}, "pass"),
        ({"submitted_at": "2026-11-20T09:59:59Z"}, "finding"),
        ({"submitted_at": REPORTED}, "pass"),
        ({"submitted_at": "2026-11-22T02:00:00Z"}, "pass"),  # late, but covered
    ],
)
def test_only_a_submission_after_the_report_covers(cells: dict[str, str], expected: str) -> None:
    assert referred(referrals=[referral(**cells)]) == {"C1": expected}


@pytest.mark.parametrize(
    ("rejected", "expected"),
    [
        (referral("C1", submitted_at="25/13/2026"), {"C1": "undetermined", "C2": "finding", "": "finding"}),
        (referral("", submitted_at=""), {"C1": "undetermined", "C2": "undetermined", "": "undetermined"}),
        (referral("C1", incident_ref=""), {"C1": "finding", "C2": "finding", "": "finding"}),
        (referral("C1", "", status="draft"), {"C1": "undetermined", "C2": "finding", "": "finding"}),
        ({"referral_ref": "F1", "incident_ref": "I1", "cells": 2}, dict.fromkeys(("C1", "C2", ""), "undetermined")),
        ({"referral_ref": "F1", "cells": 1}, dict.fromkeys(("C1", "C2", ""), "finding")),
    ],
)
def test_a_rejected_referral_never_turns_into_a_false_no(rejected: Row, expected: dict[str, str]) -> None:
    children = [child("C1"), child("C2")]
    assert referred(incident(child_count="3"), children=children, referrals=[rejected]) == expected


def test_what_accepted_rows_prove_stays_proved() -> None:
    assert referred(referrals=[referral(), referral(ref="F2", submitted_at="never")]) == {"C1": "pass"}


# --- the unnamed rest ---


@pytest.mark.parametrize(
    ("cells", "children", "expected"),
    [
        ({"child_count": "2"}, [child("C1")], {"C1": "finding", "": "finding"}),
        ({"child_count": "1"}, [child("C1")], {"C1": "finding"}),
        ({"child_count": "1"}, [child("C1", date_of_birth="")], {"C1": "undetermined"}),
        ({"child_count": "1"}, [child("C1", date_of_birth="1980-01-01")], {"C1": "out_of_scope", "": "finding"}),
        ({"children_in_household": "yes"}, [], {"": "finding"}),
        ({"children_in_household": "yes"}, [child("C1", date_of_birth="")], {"C1": "undetermined"}),
        ({"children_in_household": "yes", "child_count": "0"}, [], {}),
        ({"children_in_household": "unknown"}, [], {}),
        ({"child_count": "2"}, [child("C1"), child("C2", unborn="?")], {"C1": "finding", "": "undetermined"}),
        ({"child_count": "2", "domestic_abuse": "no"}, [child("C2", unborn="?")], {"": "out_of_scope"}),
    ],
)
def test_children_counted_but_not_listed_are_one_unnamed_rest(
    cells: dict[str, str], children: list[Row], expected: dict[str, str]
) -> None:
    assert referred(incident(**cells), children=children) == expected


def test_the_unnamed_rest_is_covered_by_a_form_for_all_alone() -> None:
    two = incident(child_count="2")
    assert referred(two, referrals=[referral("C1")]) == {"C1": "pass", "": "finding"}
    assert referred(two, referrals=[referral("")]) == {"C1": "pass", "": "pass"}


# --- domestic abuse and closure ---


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"domestic_abuse": ""}, "undetermined"),
        ({"domestic_abuse": "no"}, "out_of_scope"),
        ({"domestic_abuse": "no", "risk_form_ref": "D1"}, "finding"),
        ({"domestic_abuse": "", "risk_form_at": "2026-11-20T11:00"}, "finding"),
        ({"domestic_abuse": "no", "closure_codes": "X;QL23"}, "finding"),
        ({"domestic_abuse": "no", "closure_codes": "ql23"}, "out_of_scope"),
        ({"domestic_abuse": "", "incident_type": "Domestic"}, "finding"),
        ({"domestic_abuse": "", "incident_type": "DOMESTIC ABUSE"}, "undetermined"),
    ],
)
def test_domestic_abuse_is_known_by_more_than_its_code(cells: dict[str, str], expected: str) -> None:
    assert referred(incident(**cells)) == {"C1": expected}


def test_a_blank_marker_is_a_no_where_the_policy_says_so() -> None:
    blank_is_no = Policy(blank_domestic_abuse="no")
    read = reading(
        incident(domestic_abuse=""), incident("I2", domestic_abuse="", risk_form_ref="D1"), policy=blank_is_no
    )
    assert outcomes(read, "CLO002") == {("I1", ""): "out_of_scope", ("I2", ""): "finding"}


@pytest.mark.parametrize(
    ("codes", "expected"),
    [(code, "finding") for code in ("QL 23", "ql23", "QL-23", "XQL23", "QL231", "", "DOM;QL 23")]
    + [(codes, "pass") for codes in ("QL23", "DOM;QL23", "DOM, QL23 ,X", "ql23|QL23")],
)
def test_the_search_code_is_one_whole_token_exactly_as_written(codes: str, expected: str) -> None:
    read = reading(incident(closed_at="2026-11-20T11:00:00Z", closure_codes=codes))
    assert read.verdicts["CLO001", "I1", ""] == Verdict(expected, instant("2026-11-20T11:00:00Z"))


@pytest.mark.parametrize(
    ("cells", "by_code", "by_time"),
    [
        ({}, "out_of_scope", "finding"),
        ({"status": "cancelled"}, "out_of_scope", "finding"),
        ({"status": "transferred"}, "out_of_scope", "finding"),
        ({"status": "closed"}, "finding", "undetermined"),
        ({"status": "open", "closed_at": "2026-11-20T11:00Z"}, "finding", "pass"),
        ({"closed_at": "2026-11-22T02:00:00Z"}, "not_due", "finding"),
        ({"reported_at": "2026-11-21T12:00Z"}, "out_of_scope", "not_due"),
        ({"reported_at": "2026-11-21T12:00Z", "status": "closed"}, "finding", "not_due"),
        ({"domestic_abuse": "", "closed_at": "2026-11-20T11:00Z"}, "undetermined", "out_of_scope"),
    ],
)
def test_closure_by_code_and_by_time(cells: dict[str, str], by_code: str, by_time: str) -> None:
    read = reading(incident(**cells))
    assert (outcomes(read, "CLO001"), outcomes(read, "CLO002")) == ({("I1", ""): by_code}, {("I1", ""): by_time})


# --- duplicates and masters ---


def test_a_master_answers_for_its_duplicate() -> None:
    duplicate = incident("I2", status="Duplicate", duplicate_of="I1", domestic_abuse="no")
    children = [child("C1"), child("C1", "I2", date_of_birth="1980-01-01"), child("C2", "I2"), child("C3", "I2")]
    read = reading(incident(), duplicate, children=children, referrals=[referral("C2", incident_ref="I2")])
    assert outcomes(read, "REF001") == {("I1", "C1"): "finding", ("I1", "C2"): "pass", ("I1", "C3"): "finding"}
    assert outcomes(read, "CLO002") == {("I1", ""): "finding"}


@pytest.mark.parametrize("order", [("I2", "I3"), ("I3", "I2")])
def test_of_two_duplicates_the_one_whose_row_makes_a_child_is_believed(order: tuple[str, str]) -> None:
    young, old = order
    duplicates = [incident(ref, status="duplicate", duplicate_of="I1") for ref in ("I2", "I3")]
    children = [child("C1", young), child("C1", old, date_of_birth="1990-01-01")]
    assert outcomes(reading(incident(), *duplicates, children=children), "REF001") == {("I1", "C1"): "finding"}


def test_a_master_takes_over_rejected_rows() -> None:
    duplicate = incident("I2", status="duplicate", duplicate_of="I1")
    read = reading(
        incident(child_count="5"),
        duplicate,
        children=[child("C1"), child("C2", "I2", date_of_birth="soon")],
        referrals=[referral("C1", incident_ref="I2", submitted_at="soon")],
    )
    assert outcomes(read, "REF001") == {("I1", "C1"): "undetermined", ("I1", ""): "undetermined"}


@pytest.mark.parametrize("master", ["", "I9", "I2", "I3"])
def test_a_duplicate_without_a_master_is_judged_like_the_rest(master: str) -> None:
    duplicate, other = incident("I2", status="duplicate", duplicate_of=master), incident("I3", status="duplicate")
    read = reading(duplicate, other, children=[child("C1", "I2")])
    assert outcomes(read, "REF001") == {("I2", "C1"): "finding"}
    assert outcomes(read, "CLO002") == {("I2", ""): "finding", ("I3", ""): "finding"}


# --- plans and flags ---


def flagged(
    rule: str, plans: list[Row], flags: list[Row], as_of: datetime = AS_OF, policy: Policy = DEFAULTS
) -> Verdict:
    """The verdict of a flag rule on child C1."""
    return reading(incident(), as_of=as_of, policy=policy, children=[child()], plans=plans, flags=flags).verdicts[
        rule, "I1", "C1"
    ]


# 1 October is in BST: its plans were due to be flagged by the start of 2 October, 1 October 23:00Z
OCTOBER, NOVEMBER = instant("2026-10-01T23:00:00Z"), instant("2026-11-02T00:00:00Z")


@pytest.mark.parametrize(
    ("plans", "flags", "expected"),
    [
        ([], [], Verdict("out_of_scope", None)),
        ([plan()], [], Verdict("finding", OCTOBER)),
        ([plan("lac")], [], Verdict("finding", OCTOBER)),
        ([plan("CIN")], [], Verdict("out_of_scope", None)),
        ([plan()], [flag()], Verdict("pass", None)),
        ([plan()], [flag("LAC")], Verdict("finding", OCTOBER)),
        ([plan()], [flag(child_ref="C2")], Verdict("finding", OCTOBER)),
        ([plan()], [flag(ended_on="2026-11-22")], Verdict("pass", None)),
        ([plan()], [flag(ended_on="2026-11-21")], Verdict("finding", OCTOBER)),
        ([plan()], [flag(started_on="2026-11-23")], Verdict("finding", OCTOBER)),
        ([plan(ended_on="2026-11-22")], [], Verdict("finding", OCTOBER)),
        ([plan(ended_on="2026-11-21")], [], Verdict("out_of_scope", None)),
        ([plan(), plan("LAC", "2026-11-01")], [flag()], Verdict("finding", NOVEMBER)),
        ([plan(), plan("CP", "2026-11-01")], [], Verdict("finding", OCTOBER)),
        ([plan("CP", "2026-11-21")], [], Verdict("finding", instant("2026-11-22T00:00:00Z"))),
        ([plan("CP", "2026-11-22")], [], Verdict("not_due", instant("2026-11-23T00:00:00Z"))),
        ([plan("CP", "2026-11-23")], [], Verdict("out_of_scope", None)),
        # rejected rows
        ([plan(ended_on="2026-09-30")], [], Verdict("undetermined", None)),
        ([plan()], [flag("CPP")], Verdict("undetermined", OCTOBER)),
        ([plan(), plan("CPP")], [flag()], Verdict("undetermined", None)),
        ([plan(), plan("CPP")], [flag(), flag("LAC")], Verdict("pass", None)),
        ([plan("CPP", child_ref="C2")], [], Verdict("out_of_scope", None)),
        ([plan("CPP")], [flag(), flag("LAC")], Verdict("out_of_scope", None)),
    ],
)
def test_a_current_plan_needs_a_current_flag_of_its_kind(plans: list[Row], flags: list[Row], expected: Verdict) -> None:
    assert flagged("FLG001", plans, flags) == expected


def test_a_child_in_need_needs_a_flag_too() -> None:
    assert flagged("FLG002", [plan("cin")], []) == Verdict("finding", OCTOBER)
    assert flagged("FLG002", [plan("cin")], [flag("CIN")]) == Verdict("pass", None)
    assert flagged("FLG002", [plan("CP")], []) == Verdict("out_of_scope", None)


@pytest.mark.parametrize(
    ("plans", "flags", "expected"),
    [
        ([plan(ended_on="2026-11-01")], [], Verdict("finding", NOVEMBER)),
        ([plan(ended_on="2026-11-01"), plan(ended_on="2026-10-20")], [], Verdict("finding", NOVEMBER)),
        ([plan(ended_on="2026-11-01"), plan()], [], Verdict("out_of_scope", NOVEMBER)),
        ([plan(ended_on="2026-11-22")], [], Verdict("out_of_scope", None)),
        ([plan("CIN", ended_on="2026-11-01")], [], Verdict("out_of_scope", None)),
        ([plan(ended_on="2026-11-01")], [flag(ended_on="2026-10-02")], Verdict("pass", NOVEMBER)),
        ([plan(ended_on="2026-11-01")], [flag("LAC")], Verdict("finding", NOVEMBER)),
        ([plan(ended_on="2026-11-01")], [flag("?")], Verdict("undetermined", NOVEMBER)),
        ([plan(ended_on="2026-11-01"), plan("?")], [], Verdict("undetermined", NOVEMBER)),
        ([plan("?")], [], Verdict("undetermined", None)),
    ],
)
def test_a_previous_plan_leaves_a_flag_on_record(plans: list[Row], flags: list[Row], expected: Verdict) -> None:
    assert flagged("FLG003", plans, flags) == expected


def test_a_flag_day_is_a_london_day() -> None:
    # 30 June 23:00Z is the start of 1 July in London, when what ended on 30 June falls due
    midnight = instant("2026-06-30T23:00:00Z")

    def verdict_at(as_of: str) -> Verdict:
        ended, old = plan("CP", "2026-01-01", "2026-06-30"), incident(reported_at="2026-06-01T10:00Z")
        read = reading(old, as_of=instant(as_of), children=[child()], plans=[ended])
        return read.verdicts["FLG003", "I1", "C1"]

    assert verdict_at("2026-06-30T22:59:59Z") == Verdict("out_of_scope", None)  # still current
    assert verdict_at("2026-06-30T23:00:00Z") == Verdict("not_due", midnight)
    assert verdict_at("2026-06-30T23:00:01Z") == Verdict("finding", midnight)


def test_a_previous_plan_may_be_too_long_ago() -> None:
    policy = Policy(previous_plan_years=2)
    assert flagged("FLG003", [plan("CP", "2020-01-01", "2024-11-22")], [], policy=policy).outcome == "finding"
    assert flagged("FLG003", [plan("CP", "2020-01-01", "2024-11-21")], [], policy=policy).outcome == "out_of_scope"


def test_a_child_is_shown_under_its_latest_incident() -> None:
    same, later = incident("I2"), incident("I0", reported_at="2026-11-20T11:00Z", status="duplicate", duplicate_of="I1")
    children = [child("C1", "I1"), child("C1", "I2"), child("C2", "I1"), child("C2", "I0", date_of_birth="1980-01-01")]
    read = reading(incident("I1"), same, later, children=children)
    assert set(outcomes(read, "FLG001")) == {("I2", "C1"), ("I0", "C2")}


# --- rows ---


def test_repeats_collapse_and_rivals_are_rejected() -> None:
    one = incident(closed_at="2026-11-20T11:00:00Z", closure_codes="A;B")
    restated = incident(closed_at="20/11/2026 11:00", closure_codes=" A | B", domestic_abuse="1", surplus="ignored")
    assert reading(one, restated, one).counts["incidents"] == Counts(3, 1, 0, 2, 0)
    read = reading(one, restated, one | {"closure_codes": "B;A"}, children=[child()])
    assert read.counts["incidents"] == Counts(3, 0, 2, 1, 0)
    assert read.rejected["incidents", 4] == ("duplicate key, rows differ",)
    assert read.rejected["children", 2] == ("no accepted incident I1",)
    assert read.counts["children"] == Counts(1, 0, 1, 0, 1)
    assert read.verdicts == {}


def test_a_blank_status_repeats_the_status_that_it_means() -> None:
    blank, said = referral(status=""), referral()
    assert reading(incident(), children=[child()], referrals=[blank, said]).counts["referrals"] == Counts(2, 1, 0, 1, 0)


def test_a_row_at_fault_is_no_rival() -> None:
    read = reading(incident(), incident(child_count="31"), children=[child()])
    assert read.rejected == {("incidents", 3): ("child_count: unreadable",)}
    assert outcomes(read, "REF001") == {("I1", "C1"): "finding"}


def test_an_unreadable_cell_is_not_a_blank_one() -> None:
    read = reading(incident(child_count="many"), incident(), incident(child_count="some"), incident(child_count="some"))
    assert read.counts["incidents"] == Counts(4, 1, 2, 1, 0)


@pytest.mark.parametrize(
    ("table", "row", "reasons"),
    [
        ("incidents", incident("", reported_at="soon"), ("incident_ref: required", "reported_at: unreadable")),
        ("incidents", incident(reported_at="2026-11-22T02:00:01Z"), ("reported_at: after as_of",)),
        ("incidents", incident(closed_at="2026-11-20T09:59:59Z"), ("closed_at: before reported_at",)),
        ("incidents", incident(closed_at="2026-11-22T02:00:01Z"), ("closed_at: after as_of",)),
        ("children", child(date_of_birth="2026-11-23"), ("date_of_birth: after as_of",)),
        ("children", child("", "I9"), ("child_ref: required", "no accepted incident I9")),
        ("children", {"incident_ref": "I9", "cells": 1}, ("1 cells",)),
        ("referrals", referral(submitted_at=""), ("submitted_at: required where status is submitted",)),
        ("referrals", referral(submitted_at="2026-11-22T02:00:01Z"), ("submitted_at: after as_of",)),
        ("plans", plan(ended_on="2026-09-30"), ("ended_on: before started_on",)),
        ("flags", flag(ended_on="2026-09-30"), ("ended_on: before started_on",)),
        (
            "notifications",
            {"notification_ref": "N1", "incident_ref": "I9", "outcome": "sent"},
            ("no accepted incident I9",),
        ),
        ("missing_episodes", {"episode_ref": "M1", "child_ref": "C1"}, ("reported_at: required",)),
        ("hub_receipts", {"referral_ref": "F1", "received_at": "x"}, ("received_at: unreadable",)),
    ],
)
def test_every_reason_is_given(table: str, row: Row, reasons: tuple[str, ...]) -> None:
    tables = {"incidents": [incident()], "children": [], "referrals": []} | {table: [row]}
    assert second_reading(tables, AS_OF).rejected == {(table, 2): reasons}


def test_what_is_exactly_at_as_of_is_known() -> None:
    now = incident(reported_at="2026-11-22T02:00:00Z", closed_at="2026-11-22T02:00:00Z")
    read = reading(
        now, children=[child(date_of_birth="2026-11-22")], referrals=[referral(submitted_at="2026-11-22T02:00Z")]
    )
    assert read.rejected == {}


def test_an_empty_extract_has_no_verdicts() -> None:
    read = reading(notifications=[], missing_episodes=[])
    assert (read.verdicts, read.several, read.rejected, read.not_run) == ({}, {}, {}, frozenset())
    assert read.counts["incidents"] == Counts(0, 0, 0, 0, 0)


FLAG_RULES = {"FLG001", "FLG002", "FLG003", "FLG004"}


@pytest.mark.parametrize(
    ("missing", "absent", "not_run"),
    [
        (["plans"], [], FLAG_RULES),
        (["flags"], [], FLAG_RULES),
        (["notifications"], [], {"ENC001"}),
        (["missing_episodes"], [], {"MIS001", "MIS002", "MIS003"}),
        (["hub_receipts", "code_history"], [], set()),
        ([], ["referrals.hub_received_at"], set()),
        (["hub_receipts"], ["referrals.hub_received_at"], {"REF006"}),
    ],
)
def test_rules_on_a_missing_optional_table_are_not_run(
    missing: list[str], absent: list[str], not_run: set[str]
) -> None:
    filled: dict[str, list[Row]] = {name: [] for name in COLUMNS}
    tables = filled | {"incidents": [incident()], "children": [child()], "plans": [plan()], "flags": [flag()]}
    read = agreed({name: rows for name, rows in tables.items() if name not in missing}, AS_OF, absent=absent)
    assert read.not_run == not_run


def test_a_missing_required_table_stops_the_run() -> None:
    with pytest.raises(StoppedError):
        second_reading({"incidents": [], "children": []}, AS_OF)


# --- files ---


def test_rows_are_records_numbered_from_the_header(tmp_path: Path) -> None:
    lines = (
        "incident_ref,reported_at,domestic_abuse,child_count,team\r\n"
        'I1,20/11/2026 10:00,yes,,"North\nEast"\r\n'
        "I2,20/11/2026 10:00\r\n"
        "I3,20/11/2026 10:00,yes,,A,B\r\n"
        "I4,20/11/2026 10:00,yes,x,\r\n"
    )
    (tmp_path / "incidents.csv").write_bytes(lines.encode("utf-8-sig"))
    write_extract(tmp_path, {"children": [], "referrals": []})
    read = second_reading(read_folder(tmp_path), AS_OF)
    assert read.rejected == {
        ("incidents", 3): ("2 cells",),
        ("incidents", 4): ("6 cells",),
        ("incidents", 5): ("child_count: unreadable",),
    }
    assert outcomes(read, "CLO002") == {("I1", ""): "finding"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"incident_ref,team\nI1,A\n",
        b"incident_ref,reported_at,reported_at\n",
        b"incident_ref,reported_at\nI1,2026-11-20T10:00\0\n",
        "incident_ref,reported_at\nI1,2026-11-20T10:00\n".encode("utf-16"),
        b'incident_ref,reported_at\nI1,"2026',
    ],
)
def test_a_file_without_readable_columns_stops_the_run(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "incidents.csv").write_bytes(content)
    with pytest.raises(StoppedError):
        read_folder(tmp_path)


def test_a_ragged_row_is_written_and_read_as_such(tmp_path: Path) -> None:
    whole = {"incident_ref": "I1", "child_ref": "C1", "date_of_birth": "", "unborn": "", "role": "", "present": ""}
    whole |= {"school_ref": ""}
    tables = {"incidents": [], "children": [ragged(whole, 1), ragged(whole, 9), whole], "referrals": []}
    again = read_folder(write_extract(tmp_path, tables))["children"]
    assert [(row["row"], row.get("cells")) for row in again] == [(2, 1), (3, 9), (4, None)]
    assert again[0] == {"incident_ref": "I1", "row": 2, "cells": 1}


@settings(max_examples=25, deadline=None)
@given(nasty_extracts() | mostly_valid_extracts() | garbage_extracts())
def test_drawn_extracts_keep_every_row_and_read_the_same_from_files(drawn: Drawn) -> None:
    read = second_reading(drawn.tables, drawn.as_of, absent=drawn.absent)
    for table, counts in read.counts.items():
        assert counts.rows_read == len(drawn.tables[table]) == counts.accepted + counts.rejected + counts.collapsed
        assert counts.orphaned <= counts.rejected == sum(name == table for name, _ in read.rejected)
    with TemporaryDirectory() as folder:
        extract = write_extract(Path(folder), drawn.tables, absent=drawn.absent)
        assert second_reading(read_folder(extract), drawn.as_of, absent=drawn.absent) == read


@settings(max_examples=25, deadline=None)
@given(nasty_extracts())
def test_the_order_of_rows_changes_no_verdict(drawn: Drawn) -> None:
    reversed_tables = {table: rows[::-1] for table, rows in drawn.tables.items()}
    forward, backward = (
        second_reading(tables, drawn.as_of, drawn.policy, span=drawn.span) for tables in (drawn.tables, reversed_tables)
    )
    assert (forward.verdicts, forward.several, forward.counts) == (
        backward.verdicts,
        backward.several,
        backward.counts,
    )
