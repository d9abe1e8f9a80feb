"""RSK001, CHD001 and FLG004 worked out by hand: the checker and the second reading must both come out so.

All is invented.
"""

from tests.hand_rows import AS_OF, by_child, by_incident, child, flag, incident, instant, plan, reading
from tests.second_reading import Row, Verdict

DUE = instant("2026-11-21T10:00:00Z")


def test_domestic_abuse_has_a_risk_form() -> None:
    rows: dict[str, Row] = {
        "none": {},
        "form": {"risk_form_ref": "D1"},
        "late": {"risk_form_at": "2026-11-21T23:00:00Z"},  # it is there
        "no abuse": {"domestic_abuse": "no"},
        "abuse?": {"domestic_abuse": ""},
        "exactly due": {"reported_at": "2026-11-21T02:00:00Z"},
        "a second over": {"reported_at": "2026-11-21T01:59:59Z"},
    }
    read = reading(*(incident(ref, **cells) for ref, cells in rows.items()))
    assert by_incident(read, "RSK001") == {
        "none": Verdict("finding", DUE),
        "form": Verdict("pass", DUE),
        "late": Verdict("pass", DUE),
        "no abuse": Verdict("out_of_scope", DUE),
        "abuse?": Verdict("undetermined", DUE),
        "exactly due": Verdict("not_due", AS_OF),
        "a second over": Verdict("finding", instant("2026-11-22T01:59:59Z")),
    }


def test_a_risk_form_says_who_lives_there() -> None:
    form: Row = {"risk_form_ref": "D1", "domestic_abuse": ""}  # a form makes it domestic abuse
    yes: Row = form | {"children_in_household": "yes"}
    rows: dict[str, Row] = {
        "blank": form,
        "unknown": form | {"children_in_household": "Unknown"},
        "no form": {},
        "no children": form | {"children_in_household": "no"},
        "no count": yes,
        "counted": yes | {"child_count": "2"},
        "one short": yes | {"child_count": "2"},
        "one lost": yes | {"child_count": "2"},
        "enough, one lost": yes | {"child_count": "1"},
        "master": yes | {"child_count": "2"},
        "no, but one": form | {"children_in_household": "no", "child_count": "1"},
        "exactly due": form | {"reported_at": "2026-11-21T02:00:00Z"},
    }
    copy = incident("copy", status="duplicate", duplicate_of="master")
    children = [
        child("C1", "counted"),
        child("C2", "counted", date_of_birth="1990-01-01"),  # a row is a row
        child("C1", "one short"),
        child("C1", "one lost"),
        child("C2", "one lost", date_of_birth="soon"),
        child("C1", "enough, one lost"),
        child("C2", "enough, one lost", date_of_birth="soon"),
        child("C1", "master"),
        child("C1", "copy"),  # the same child
    ]
    read = reading(*(incident(ref, **cells) for ref, cells in rows.items()), copy, children=children)
    assert {ref: verdict.outcome for ref, verdict in by_incident(read, "CHD001").items()} == {
        "blank": "finding",
        "unknown": "finding",
        "no form": "out_of_scope",
        "no children": "pass",
        "no count": "pass",
        "counted": "pass",
        "one short": "finding",
        "one lost": "undetermined",
        "enough, one lost": "pass",
        "master": "finding",
        "no, but one": "finding",
        "exactly due": "not_due",
    }
    with_more = [*children, child("C2", "copy")]
    read = reading(*(incident(ref, **cells) for ref, cells in rows.items()), copy, children=with_more)
    assert by_incident(read, "CHD001")["master"].outcome == "pass"


# Today is 22 November, and 28 days ago was 25 October, when the clocks went back
STALE = Verdict("finding", instant("2026-11-21T00:00:00Z"))
FLAGS: dict[str, tuple[list[Row], list[Row], Verdict]] = {
    # of a plan that nobody knows, nobody can say that it is over
    "no plan": ([], [flag()], Verdict("pass", None)),
    "28 days": ([plan(ended_on="2026-10-25")], [flag()], Verdict("pass", None)),
    "29 days": ([plan(ended_on="2026-10-24")], [flag()], STALE),
    "no flag": ([plan(ended_on="2026-10-24")], [], Verdict("out_of_scope", None)),
    "the last": ([plan(ended_on="2026-10-24"), plan(ended_on="2026-10-25")], [flag()], Verdict("pass", None)),
    "current": ([plan(ended_on="2026-10-24"), plan("CP", "2026-11-22")], [flag()], Verdict("pass", None)),
    "not yet": ([plan(ended_on="2026-10-24"), plan("CP", "2026-11-23")], [flag()], STALE),
    "another kind": ([plan("LAC", ended_on="2026-10-24")], [flag()], Verdict("pass", None)),
    "in need": ([plan("CIN", ended_on="2026-10-24")], [flag("CIN")], STALE),
    # the earliest of both, 2 October and 28 days
    "both": (
        [plan(ended_on="2026-10-24"), plan("LAC", ended_on="2026-10-02")],
        [flag(), flag("LAC")],
        Verdict("finding", instant("2026-10-30T00:00:00Z")),
    ),
    "until today": ([plan(ended_on="2026-10-24")], [flag(ended_on="2026-11-22")], STALE),
    "lost plan": ([plan(ended_on="2026-10-24"), plan("?")], [flag()], Verdict("undetermined", None)),
    "current and lost": ([plan("?"), plan()], [flag()], Verdict("pass", None)),
    "only a lost plan": ([plan("?")], [flag()], Verdict("undetermined", None)),
    "no flag, lost plan": ([plan("?")], [], Verdict("out_of_scope", None)),
    "lost flag": ([plan(ended_on="2026-10-24")], [flag("?")], Verdict("undetermined", None)),
    "lost flag, no plan": ([], [flag("?")], Verdict("out_of_scope", None)),
}


def test_a_flag_comes_off_within_28_days_of_its_plan() -> None:
    plans = [row | {"child_ref": name} for name, (rows, _, _) in FLAGS.items() for row in rows]
    flags = [row | {"child_ref": name} for name, (_, rows, _) in FLAGS.items() for row in rows]
    read = reading(incident(), children=[child(name) for name in FLAGS], plans=plans, flags=flags)
    assert by_child(read, "FLG004") == {name: expected.outcome for name, (_, _, expected) in FLAGS.items()}
    for name, (_, _, expected) in FLAGS.items():
        if expected.outcome == "finding":
            assert read.verdicts["FLG004", "I1", name] == expected
