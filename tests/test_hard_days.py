"""The working day, the school day and the nightly search worked out by hand: Christmas, Easter and the clock changes.

The checker and the second reading must both come out so. All is invented.
"""

import pytest

from tests.hand_rows import by_child, by_incident, change, child, incident, instant, notification, outcomes, reading
from tests.second_reading import DailySearch, Policy, Row, Verdict

# --- the end of the next working day (REF005) ---


NEXT_WORKING_DAY_ENDS = {
    "2026-11-20T10:00:00": "2026-11-23T17:00:00Z",  # Friday: Monday
    "2026-11-22T23:59:59": "2026-11-23T17:00:00Z",  # Sunday: Monday
    "2026-11-23T00:00:00": "2026-11-24T17:00:00Z",  # Monday: Tuesday
    "2026-12-24T10:00:00": "2026-12-29T17:00:00Z",  # Friday the 25th, and Monday the 28th for Boxing Day
    "2026-12-31T23:59:59": "2027-01-04T17:00:00Z",  # Friday is New Year's Day
    "2026-04-02T10:00:00": "2026-04-07T16:00:00Z",  # Maundy Thursday: Tuesday after Easter, in BST
    "2026-04-06T12:00:00": "2026-04-07T16:00:00Z",  # Easter Monday itself
    "2026-08-28T18:00:00": "2026-09-01T16:00:00Z",  # Friday before the summer bank holiday
    "2026-03-27T18:00:00": "2026-03-30T16:00:00Z",  # BST begins between
    "2026-06-30T22:59:59Z": "2026-07-01T16:00:00Z",  # a second before midnight of Tuesday in London
    "2026-06-30T23:00:00Z": "2026-07-02T16:00:00Z",  # it is Wednesday in London
}


def test_the_gatekeeper_has_until_the_end_of_the_next_working_day() -> None:
    rows = [incident(reported, reported_at=reported, risk_level="standard") for reported in NEXT_WORKING_DAY_ENDS]
    children = [child("C1", reported) for reported in NEXT_WORKING_DAY_ENDS]
    read = reading(*rows, as_of=instant("2027-01-10T02:00:00Z"), children=children)
    assert by_incident(read, "REF005") == {
        reported: Verdict("finding", instant(due)) for reported, due in NEXT_WORKING_DAY_ENDS.items()
    }


@pytest.mark.parametrize(
    ("as_of", "outcome"), [("2026-12-29T17:00:00Z", "not_due"), ("2026-12-29T17:00:01Z", "finding")]
)
def test_the_end_of_a_working_day_is_on_time(as_of: str, outcome: str) -> None:
    row = incident(reported_at="2026-12-24T10:00:00Z", risk_level="standard")
    read = reading(row, as_of=instant(as_of), children=[child()])
    assert by_incident(read, "REF005") == {"I1": Verdict(outcome, instant("2026-12-29T17:00:00Z"))}


# --- the start of the next school day (ENC001) ---

NEXT_SCHOOL_DAY_BEGINS = {
    "2026-11-20T07:50:00": "2026-11-20T09:00:00Z",  # before school on a Friday: that same morning
    "2026-11-20T08:59:59": "2026-11-20T09:00:00Z",
    "2026-11-20T09:00:00": "2026-11-23T09:00:00Z",  # school has begun: Monday
    "2026-11-21T03:00:00": "2026-11-23T09:00:00Z",
    "2026-11-23T02:00:00": "2026-11-23T09:00:00Z",
    "2026-12-24T09:00:00": "2026-12-29T09:00:00Z",  # no calendar: only the bank holidays are known
    "2026-12-31T10:00:00": "2027-01-04T09:00:00Z",
    "2026-04-02T21:00:00": "2026-04-07T08:00:00Z",  # over Easter, in BST
    "2026-03-28T21:00:00": "2026-03-30T08:00:00Z",  # the clocks go forward on Sunday
    "2026-10-23T21:00:00": "2026-10-26T09:00:00Z",  # and back
    "2026-07-31T09:00:00": "2026-08-03T08:00:00Z",
}


def test_a_school_is_told_before_its_next_day_begins() -> None:
    rows = [incident(reported, reported_at=reported) for reported in NEXT_SCHOOL_DAY_BEGINS]
    children = [child("C1", reported) for reported in NEXT_SCHOOL_DAY_BEGINS]
    read = reading(*rows, as_of=instant("2027-01-10T02:00:00Z"), children=children, notifications=[])
    assert by_incident(read, "ENC001") == {
        reported: Verdict("finding", instant(due)) for reported, due in NEXT_SCHOOL_DAY_BEGINS.items()
    }


@pytest.mark.parametrize(
    ("as_of", "outcome"), [("2026-11-20T09:00:00Z", "not_due"), ("2026-11-20T09:00:01Z", "finding")]
)
def test_the_start_of_a_school_day_is_on_time(as_of: str, outcome: str) -> None:
    row = incident(reported_at="2026-11-20T07:50:00Z")
    read = reading(row, as_of=instant(as_of), children=[child()], notifications=[])
    assert by_incident(read, "ENC001") == {"I1": Verdict(outcome, instant("2026-11-20T09:00:00Z"))}


def test_only_a_notification_in_time_tells_a_school() -> None:
    # reported on a Thursday at noon: due on Friday at nine
    sent: Row = {"notified_at": "2026-11-20T09:00:00Z"}
    cells: dict[str, Row] = {
        "in time": sent,
        "late": {"notified_at": "2026-11-20T09:00:01Z"},
        "failed": sent | {"outcome": "failed"},
        "not applicable": sent | {"outcome": "not-applicable"},
        "no time": {"notified_at": ""},
        "unreadable": {"notified_at": "soon"},
    }
    rows = [incident(ref, reported_at="2026-11-19T12:00:00Z") for ref in (*cells, "nothing", "of a copy", "no abuse")]
    rows[-1] |= {"domestic_abuse": "no"}
    copy = incident("copy", status="duplicate", duplicate_of="of a copy")
    told = [notification("C1", f"N {ref}", ref, **told) for ref, told in cells.items()]
    told.append(notification("C1", "N copy", "copy", **sent))
    read = reading(*rows, copy, children=[child("C1", row["incident_ref"]) for row in rows], notifications=told)
    assert {ref: verdict.outcome for ref, verdict in by_incident(read, "ENC001").items()} == {
        "in time": "pass",
        "late": "finding",
        "failed": "finding",
        "not applicable": "finding",
        "no time": "undetermined",
        "unreadable": "undetermined",
        "nothing": "finding",
        "of a copy": "pass",
        "no abuse": "out_of_scope",
    }


def test_a_notification_tells_of_the_child_that_it_names_or_of_every_child() -> None:
    children = [child("C1"), child("C2"), child("C3")]
    due = incident(reported_at="2026-11-18T12:00:00Z", child_count="4")
    named = [notification("C1", "N1", notified_at="2026-11-18T13:00Z"), notification("C3", "N2", notified_at="soon")]
    read = reading(due, children=children, notifications=named)
    # that the unnamed rest is of school age, nobody knows
    assert by_child(read, "ENC001") == {"C1": "pass", "C2": "finding", "C3": "undetermined", "": "undetermined"}
    everyone = [notification("", "N1", notified_at="2026-11-18T13:00Z")]
    read = reading(due, children=children, notifications=everyone)
    assert by_child(read, "ENC001") == {"C1": "pass", "C2": "pass", "C3": "pass", "": "out_of_scope"}
    maybe_everyone = [notification("", "N1", notified_at="soon")]
    read = reading(due, children=children, notifications=maybe_everyone)
    assert set(by_child(read, "ENC001").values()) == {"undetermined"}


def test_school_age_is_from_four_to_seventeen_whole_years() -> None:
    born = {
        "three": ("2022-11-19", "out_of_scope"),  # four on the next day
        "four": ("2022-11-18", "finding"),
        "seventeen": ("2008-11-19", "finding"),  # eighteen on the next day
        "eighteen": ("2008-11-18", "out_of_scope"),
        "unknown": ("", "undetermined"),
    }
    children = [child(name, date_of_birth=day) for name, (day, _) in born.items()]
    children.append(child("unborn", unborn="yes", date_of_birth=""))
    read = reading(incident(reported_at="2026-11-18T12:00:00Z"), children=children, notifications=[])
    expected = {name: outcome for name, (_, outcome) in born.items()} | {"unborn": "out_of_scope"}
    assert by_child(read, "ENC001") == expected


def test_a_birthday_of_29_february_falls_on_1_march() -> None:
    rows = [incident("last", reported_at="2026-02-28T23:59:59"), incident("first", reported_at="2026-03-01T00:00:00")]
    children = [child("C1", ref, date_of_birth="2020-02-29") for ref in ("last", "first")]
    read = reading(*rows, policy=Policy(school_age_from=6), children=children, notifications=[])
    assert outcomes(read, "ENC001") == {("last", "C1"): "out_of_scope", ("first", "C1"): "finding"}


# --- the daily search (CLO003) ---

CODED: Row = {"closure_codes": "QL23"}


def searched(rows: dict[str, Row], search: DailySearch | None = None, *changes: Row) -> dict[str, Verdict]:
    """CLO003 at the start of December, for incidents with one child each."""
    read = reading(
        *(incident(ref, **cells) for ref, cells in rows.items()),
        as_of=instant("2026-12-01T02:00:00Z"),
        policy=Policy() if search is None else Policy(daily_search=search),
        children=[child("C1", ref) for ref in rows],
        **({"code_history": list(changes)} if changes else {}),
    )
    return by_incident(read, "CLO003")


def test_the_search_sees_what_was_closed_with_its_code_since_the_run_before() -> None:
    on_20th, on_21st = instant("2026-11-20T06:00:00Z"), instant("2026-11-21T06:00:00Z")
    early: Row = {"reported_at": "2026-11-19T12:00:00Z"}
    assert searched(
        {
            "before the run": early | CODED | {"closed_at": "2026-11-20T05:59:59Z"},
            "at the run": early | CODED | {"closed_at": "2026-11-20T06:00:00Z"},  # is left to the next one
            "another code": early | {"closure_codes": "QL 23;DOM", "closed_at": "2026-11-20T06:00:00Z"},
            "no code": early | {"closed_at": "2026-11-20T05:59:59Z"},
            "open": early,
            "open, coded": early | CODED,
            "cancelled": early | CODED | {"status": "cancelled"},
            "closed, when?": early | CODED | {"status": "closed"},
            "closed, when? no code": early | {"status": "closed"},
        }
    ) == {
        "before the run": Verdict("pass", on_20th),
        "at the run": Verdict("pass", on_21st),
        "another code": Verdict("finding", on_21st),
        "no code": Verdict("finding", on_20th),
        "open": Verdict("finding", instant("2026-11-20T12:00:00Z")),
        "open, coded": Verdict("finding", instant("2026-11-20T12:00:00Z")),
        "cancelled": Verdict("finding", instant("2026-11-20T12:00:00Z")),
        "closed, when?": Verdict("undetermined", instant("2026-11-20T12:00:00Z")),
        "closed, when? no code": Verdict("finding", instant("2026-11-20T12:00:00Z")),
    }


def test_an_hour_of_the_day_of_25_hours_is_never_searched() -> None:
    # 06:00 BST of 24 October is 05:00Z, 06:00 GMT of 25 October is 06:00Z: it looks back to 06:00Z only
    saturday, sunday = instant("2026-10-24T05:00:00Z"), instant("2026-10-25T06:00:00Z")
    reported: Row = CODED | {"reported_at": "2026-10-23T20:00:00Z"}
    closed = {
        "2026-10-24T04:59:59Z": Verdict("pass", saturday),
        "2026-10-24T05:00:00Z": Verdict("finding", sunday),
        "2026-10-24T05:59:59Z": Verdict("finding", sunday),
        "2026-10-24T06:00:00Z": Verdict("pass", sunday),
    }
    assert searched({moment: reported | {"closed_at": moment} for moment in closed}) == closed
    wider = DailySearch(window_hours=25)
    assert {
        told.outcome
        for told in searched({moment: reported | {"closed_at": moment} for moment in closed}, wider).values()
    } == {"pass"}


def test_an_hour_of_the_day_of_23_hours_is_searched_twice() -> None:
    # 06:00 GMT of 28 March is 06:00Z, 06:00 BST of 29 March is 05:00Z: it looks back to 05:00Z of the 28th
    reported: Row = {"reported_at": "2026-03-27T20:00:00Z", "closed_at": "2026-03-28T05:00:00Z"}
    before: Row = reported | {"closed_at": "2026-03-28T04:59:59Z"}
    coded_late = [change("2026-03-28T06:00:00Z", "", "QL23", ref) for ref in ("twice", "once")]
    due_at = instant("2026-03-28T06:00:00Z")
    assert searched({"twice": reported, "once": before}, None, *coded_late) == {
        "twice": Verdict("pass", due_at),  # by the second look it has the code
        "once": Verdict("finding", due_at),
    }


@pytest.mark.parametrize(
    ("closed", "due"),
    [
        # 01:30 comes twice on 25 October: the first is in BST
        ("2026-10-25T00:29:59Z", "2026-10-25T00:30:00Z"),
        ("2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"),
        # 01:30 does not exist on 29 March: it is 02:30 BST
        ("2026-03-29T01:29:59Z", "2026-03-29T01:30:00Z"),
        ("2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"),
    ],
)
def test_a_run_at_a_wall_time_of_the_clock_changes(closed: str, due: str) -> None:
    row: Row = {"closed_at": closed, "reported_at": closed}
    assert searched({"I1": row}, DailySearch("01:30")) == {"I1": Verdict("finding", instant(due))}


def test_codes_count_as_they_were_at_the_run() -> None:
    # all were closed before the run of 06:00 on the 20th
    row: Row = {"reported_at": "2026-11-19T12:00:00Z", "closed_at": "2026-11-19T13:00:00Z"}
    changes = [
        change("2026-11-20T05:59:59Z", "QL23", "DOM", "lost before"),
        change("2026-11-20T06:00:00Z", "QL23", "DOM", "lost after"),
        change("2026-11-19T13:00:00Z", "", "DOM", "twice"),
        change("2026-11-19T14:00:00Z", "DOM", "DOM;QL23", "twice"),
        change("2026-11-20T06:00:00Z", "QL 23", "QL23", "mended after"),
        change("yesterday", "QL23", "QL23", "unreadable"),
        change("2026-11-19T14:00:00Z", "DOM", "QL23", "of another"),
    ]
    rows = {
        "lost before": row | {"closure_codes": "DOM"},
        "lost after": row | {"closure_codes": "DOM"},
        "twice": row | {"closure_codes": "DOM;QL23"},
        "mended after": row | CODED,
        "unreadable": row | CODED,
        "without": row | CODED,
    }
    assert {ref: verdict.outcome for ref, verdict in searched(rows, None, *changes).items()} == {
        "lost before": "finding",
        "lost after": "pass",
        "twice": "pass",
        "mended after": "finding",
        "unreadable": "undetermined",
        "without": "pass",  # the current codes
    }


def test_a_search_by_creation_misses_what_is_closed_after_the_run() -> None:
    created = DailySearch(keyed_on="created")
    row: Row = CODED | {"reported_at": "2026-11-19T12:00:00Z"}
    rows = {
        "in time": row | {"closed_at": "2026-11-20T05:59:59Z"},
        "at the run": row | {"closed_at": "2026-11-20T06:00:00Z"},
        "open": row,
        "closed, when?": row | {"status": "closed"},
        "closed, when? no code": row | {"status": "closed", "closure_codes": ""},
    }
    assert searched(rows, created) == {
        "in time": Verdict("pass", instant("2026-11-20T06:00:00Z")),
        "at the run": Verdict("finding", instant("2026-11-21T06:00:00Z")),
        "open": Verdict("finding", instant("2026-11-20T12:00:00Z")),
        "closed, when?": Verdict("undetermined", instant("2026-11-20T12:00:00Z")),
        "closed, when? no code": Verdict("finding", instant("2026-11-20T12:00:00Z")),
    }


def test_a_window_shorter_than_a_day_leaves_a_gap() -> None:
    night = DailySearch(window_hours=12)  # from 18:00
    row: Row = CODED | {"reported_at": "2026-11-19T12:00:00Z"}
    rows = {moment: row | {"closed_at": moment} for moment in ("2026-11-19T17:59:59Z", "2026-11-19T18:00:00Z")}
    assert [verdict.outcome for verdict in searched(rows, night).values()] == ["finding", "pass"]


def test_the_search_is_for_incidents_with_children() -> None:
    rows = {
        "none": {},
        "adult": {},
        "unknown": {},
        "unnamed": {"child_count": "1"},
        "lost row": {},
        "lost and unnamed": {"child_count": "2"},
        "no abuse": {"domestic_abuse": "no"},
        "abuse?": {"domestic_abuse": ""},
    }
    children = [
        child("C1", "adult", date_of_birth="1990-01-01"),
        child("C1", "unknown", date_of_birth=""),
        child("C1", "lost row", date_of_birth="soon"),
        child("C1", "lost and unnamed", date_of_birth="soon"),
        child("C1", "no abuse"),
        child("C1", "abuse?"),
    ]
    read = reading(*(incident(ref, **cells) for ref, cells in rows.items()), children=children)
    assert outcomes(read, "CLO003") == {
        ("none", ""): "out_of_scope",
        ("adult", ""): "out_of_scope",
        ("unknown", ""): "undetermined",
        ("unnamed", ""): "finding",
        ("lost row", ""): "undetermined",
        ("lost and unnamed", ""): "undetermined",
        ("no abuse", ""): "out_of_scope",
        ("abuse?", ""): "undetermined",
    }
