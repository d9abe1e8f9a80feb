"""The force's daily search, replayed: which incidents a run of it would have returned, and why it missed the others."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from checker.config import Config
from checker.facts.subjects.incident_search import REASONS
from checker.pipeline.order import Order
from checker.pipeline.run import run_check
from tests.facts.small import AS_OF, Row, Verdict, checked, child, facts_of, incident, outcomes, verdict_of, write

CODE = "QL23"
RETURNED = (False, None)
UNKNOWN = (None, None)


def missed(because: str) -> tuple[bool, str]:
    assert because in REASONS
    return True, because


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def closed(ref: str, at: str, codes: str = CODE, reported_at: str = "2026-11-19T10:00", **cells: str) -> Row:
    return incident(ref, reported_at, closed_at=at, closure_codes=codes, **cells)


def changed(ref: str, at: str, old: str, new: str) -> Row:
    return {"incident_ref": ref, "changed_at": at, "old_codes": old, "new_codes": new}


def replayed(
    folder: Path, incidents: list[Row], history: list[Row] | None = None, **search: Any
) -> dict[str, tuple[bool | None, str | None]]:
    """Whether the search misses each incident, and why."""
    tables = {"incidents": incidents} | ({} if history is None else {"code_history": history})
    found = facts_of(folder, "is_missed_by_search", "missed_because", policy={"daily_search": search}, **tables)
    return {ref: (facts[0], facts[1]) for ref, facts in found.items()}


def judged_at(folder: Path, incidents: list[Row], **search: Any) -> dict[str, datetime]:
    found = facts_of(folder, "search_judged_at", policy={"daily_search": search}, incidents=incidents)
    return {ref: at for ref, (at,) in found.items()}


# --- which run, and what it looks for


def test_an_incident_of_the_very_moment_of_a_run_is_left_to_the_next(tmp_path: Path) -> None:
    incidents = [
        closed("a second before", "2026-11-20T05:59:59"),
        closed("at the run", "2026-11-20T06:00:00"),
        closed("a second after", "2026-11-20T06:00:01"),
    ]
    assert judged_at(tmp_path / "when", incidents) == {
        "a second before": instant("2026-11-20T06:00Z"),
        "at the run": instant("2026-11-21T06:00Z"),
        "a second after": instant("2026-11-21T06:00Z"),
    }
    assert set(replayed(tmp_path, incidents).values()) == {RETURNED}


def test_the_code_is_one_token_exactly_as_written(tmp_path: Path) -> None:
    at = "2026-11-20T12:00"
    cases = {
        CODE: RETURNED,
        "DOM;QL23": RETURNED,
        "QL 23|QL23": RETURNED,
        "": missed("never coded"),
        "DOM": missed("another code"),
        "DOM;NFA": missed("another code"),
        "XQL23": missed("another code"),
        "ql23": missed("look-alike code"),
        "DOM;QL-23": missed("look-alike code"),
    }
    incidents = [closed(f"I{number}", at, codes) for number, codes in enumerate(cases)]
    assert replayed(tmp_path, incidents) == {f"I{number}": found for number, found in enumerate(cases.values())}


def test_what_has_no_closing_time_is_never_returned_unless_it_is_closed_with_the_code(tmp_path: Path) -> None:
    cases = {
        ("open", CODE): missed("never closed"),
        ("", ""): missed("never closed"),
        ("cancelled", CODE): missed("never closed"),
        ("transferred", "DOM"): missed("never closed"),
        ("closed", CODE): UNKNOWN,
        ("closed", ""): missed("never coded"),
        ("closed", "DOM"): missed("another code"),
        ("closed", "Ql23"): missed("look-alike code"),
    }
    incidents = [
        incident(f"I{number}", status=status, closure_codes=codes) for number, (status, codes) in enumerate(cases)
    ]
    assert replayed(tmp_path, incidents) == {f"I{number}": found for number, found in enumerate(cases.values())}
    assert set(judged_at(tmp_path / "when", incidents).values()) == {instant("2026-11-20T10:00Z")}


def test_an_hour_of_the_night_in_which_the_clocks_go_back_is_never_looked_at(tmp_path: Path) -> None:
    # the run of 24 October is at 06:00 BST, 05:00Z; the next is at 06:00 GMT of 25 October and looks back to 06:00Z
    reported = "2026-10-23T12:00"
    incidents = [
        closed("before the run", "2026-10-24T04:59:59Z", reported_at=reported),
        closed("at the run", "2026-10-24T05:00:00Z", reported_at=reported),
        closed("an hour later less a second", "2026-10-24T05:59:59Z", reported_at=reported),
        closed("an hour later", "2026-10-24T06:00:00Z", reported_at=reported),
        closed("in that hour with another code", "2026-10-24T05:30:00Z", "DOM", reported_at=reported),
    ]
    gap = missed("between two runs")
    assert list(replayed(tmp_path, incidents).values()) == [RETURNED, gap, gap, RETURNED, missed("another code")]
    assert list(judged_at(tmp_path / "when", incidents).values()) == [
        instant("2026-10-24T05:00Z"),
        *[instant("2026-10-25T06:00Z")] * 4,
    ]
    assert set(replayed(tmp_path / "25", incidents[:4], window_hours=25).values()) == {RETURNED}


def test_no_hour_of_the_night_in_which_the_clocks_go_forward_is_lost(tmp_path: Path) -> None:
    # the run of 28 March is at 06:00Z, that of 29 March at 06:00 BST, 05:00Z
    reported = "2026-03-27T12:00"
    incidents = [
        closed("seen by both", "2026-03-28T05:30:00Z", reported_at=reported),
        closed("at the first", "2026-03-28T06:00:00Z", reported_at=reported),
        closed("before the second", "2026-03-29T04:59:59Z", reported_at=reported),
        closed("at the second", "2026-03-29T05:00:00Z", reported_at=reported),
    ]
    assert set(replayed(tmp_path, incidents).values()) == {RETURNED}
    assert list(judged_at(tmp_path / "when", incidents).values()) == [
        instant("2026-03-28T06:00Z"),
        instant("2026-03-29T05:00Z"),
        instant("2026-03-29T05:00Z"),
        instant("2026-03-30T05:00Z"),
    ]


def test_a_wall_time_that_comes_twice_is_its_first_and_one_that_never_comes_an_hour_later(tmp_path: Path) -> None:
    incidents = [
        closed("first 01:30", "2026-10-25T00:29:59Z", reported_at="2026-10-24T12:00"),
        closed("second 01:30", "2026-10-25T01:29:59Z", reported_at="2026-10-24T12:00"),
        closed("no 01:30", "2026-03-28T12:00Z", reported_at="2026-03-28T10:00"),
    ]
    assert list(judged_at(tmp_path, incidents, run_time="01:30").values()) == [
        instant("2026-10-25T00:30Z"),
        instant("2026-10-26T01:30Z"),
        instant("2026-03-29T01:30Z"),
    ]


# --- other keys and windows


def test_a_search_by_the_report_misses_what_was_closed_after_its_run(tmp_path: Path) -> None:
    # all reported on 19 November at 10:00: only the run of 20 November at 06:00 looks back to them
    late = missed("closed late")
    cases = {
        ("2026-11-20T05:59:59", CODE): RETURNED,
        ("2026-11-20T06:00:00", CODE): late,
        ("2026-11-20T06:00:01", CODE): late,
        ("2026-11-20T06:00:01", "DOM"): missed("another code"),
        ("2026-11-20T06:00:01", ""): missed("never coded"),
        ("2026-11-20T06:00:01", "QL 23"): missed("look-alike code"),
        ("2026-11-20T05:59:59", "DOM"): missed("another code"),
    }
    incidents = [closed(f"I{number}", at, codes) for number, (at, codes) in enumerate(cases)]
    assert list(replayed(tmp_path, incidents, keyed_on="created").values()) == list(cases.values())
    assert list(judged_at(tmp_path / "when", incidents, keyed_on="created").values())[:3] == [
        instant("2026-11-20T06:00Z"),
        instant("2026-11-21T06:00Z"),
        instant("2026-11-21T06:00Z"),
    ]


def test_a_search_by_the_report_has_its_lost_hour_too(tmp_path: Path) -> None:
    reported_then = closed("I1", "2026-10-24T12:00", reported_at="2026-10-24T06:30")  # BST: 05:30Z
    assert replayed(tmp_path, [reported_then], keyed_on="created") == {"I1": missed("between two runs")}


def test_a_window_of_less_than_a_day_leaves_a_gap_every_day(tmp_path: Path) -> None:
    incidents = [
        closed("twelve hours and a second before the run", "2026-11-19T17:59:59"),
        closed("twelve hours before the run", "2026-11-19T18:00:00"),
    ]
    assert list(replayed(tmp_path, incidents, window_hours=12).values()) == [missed("between two runs"), RETURNED]
    by_report = [
        closed("reported in the gap", "2026-11-19T11:00", reported_at="2026-11-19T10:00"),
        closed("reported before a run, closed after it", "2026-11-20T07:00", reported_at="2026-11-19T20:00"),
    ]
    assert list(replayed(tmp_path / "created", by_report, window_hours=12, keyed_on="created").values()) == [
        missed("between two runs"),
        missed("closed late"),
    ]


def test_a_longer_window_gives_a_second_run_to_whatever_is_closed_or_coded_late(tmp_path: Path) -> None:
    incidents = [
        closed("a day late", "2026-11-20T06:00"),
        closed("after the last look", "2026-11-21T10:01", reported_at="2026-11-19T10:00"),
    ]
    found = replayed(tmp_path, incidents, keyed_on="created", window_hours=48)
    assert list(found.values()) == [RETURNED, missed("closed late")]

    coded = [closed(name, "2026-11-19T12:00") for name in ("between the runs", "after both")]
    history = [
        changed("between the runs", "2026-11-20T12:00", "DOM", CODE),
        changed("after both", "2026-11-21T06:00", "DOM", CODE),
    ]
    within_48 = replayed(tmp_path / "48", coded, history, window_hours=48)
    assert list(within_48.values()) == [RETURNED, missed("another code")]
    within_24 = replayed(tmp_path / "24", coded, history)
    assert list(within_24.values()) == [missed("another code")] * 2


def test_the_longest_window_looks_back_over_seven_runs(tmp_path: Path) -> None:
    # closed 10 November 12:00: the run of 17 November 06:00 is the seventh and the last that looks back to it
    ten = [closed(name, "2026-11-10T12:00", reported_at="2026-11-10T10:00") for name in ("for the last", "too late")]
    history = [
        changed("for the last", "2026-11-17T05:59:59", "", CODE),
        changed("too late", "2026-11-17T06:00:00", "", CODE),
    ]
    assert list(replayed(tmp_path, ten, history, window_hours=168).values()) == [RETURNED, missed("never coded")]


# --- codes as they were


def test_the_codes_are_those_that_the_incident_bore_at_the_run(tmp_path: Path) -> None:
    # all closed on 19 November at 12:00: the run of 20 November at 06:00 decides
    run = "2026-11-20T06:00:00"
    cases: dict[str, tuple[str, list[tuple[str, str, str]], tuple[bool | None, str | None]]] = {
        # the codes of now, the changes, what the search made of it
        "never changed, with the code": (CODE, [], RETURNED),
        "never changed, without": ("DOM", [], missed("another code")),
        "coded a second before": (CODE, [("2026-11-20T05:59:59", "DOM", CODE)], RETURNED),
        "coded at the run": (CODE, [(run, "DOM", CODE)], missed("another code")),
        "coded after": (CODE, [("2026-11-20T09:00", "", CODE)], missed("never coded")),
        "look-alike put right after": (CODE, [("2026-11-20T09:00", "QL 23", CODE)], missed("look-alike code")),
        "code lost a second before": ("DOM", [("2026-11-20T05:59:59", CODE, "DOM")], missed("another code")),
        "code lost at the run": ("DOM", [(run, CODE, "DOM")], RETURNED),
        "code lost after": ("DOM", [("2026-11-20T09:00", "DOM;QL23", "DOM")], RETURNED),
        "lost and put back in time": (
            CODE,
            [("2026-11-19T13:00", CODE, "DOM"), ("2026-11-19T14:00", "DOM", CODE)],
            RETURNED,
        ),
        "put in and lost in time": (
            CODE,
            [
                ("2026-11-20T12:00", "DOM", CODE),
                ("2026-11-19T14:00", CODE, "DOM"),
                ("2026-11-19T13:00", "", CODE),
            ],
            missed("another code"),
        ),
    }
    incidents = [closed(name, "2026-11-19T12:00", now) for name, (now, _, _) in cases.items()]
    history = [changed(name, *change) for name, (_, changes, _) in cases.items() for change in changes]
    assert replayed(tmp_path, incidents, history) == {name: found for name, (_, _, found) in cases.items()}


def test_a_change_that_cannot_be_read_leaves_its_codes_unknown(tmp_path: Path) -> None:
    incidents = [
        closed("unreadable", "2026-11-19T12:00"),
        closed("from the future", "2026-11-19T12:00", "DOM"),
        closed("two at one moment", "2026-11-19T12:00", "DOM"),
        closed("two that agree", "2026-11-19T12:00", "DOM"),
        closed("two after the run", "2026-11-19T12:00", "DOM"),
        incident("closed at some time", status="closed", closure_codes="DOM"),
        closed("in the lost hour", "2026-10-24T06:30", reported_at="2026-10-24T05:00"),
        incident("open", closure_codes=CODE),
    ]
    history = [
        changed("unreadable", "soon", "DOM", CODE),
        changed("from the future", "2026-11-22T02:00:01", "", "DOM"),
        changed("two at one moment", "2026-11-19T12:01", "", CODE),
        changed("two at one moment", "2026-11-19T12:01", CODE, "DOM"),
        changed("two that agree", "2026-11-19T12:01", "", "DOM"),
        changed("two that agree", "2026-11-19T12:01", "DOM", "NFA"),
        changed("two after the run", "2026-11-20T12:01", CODE, "DOM"),
        changed("two after the run", "2026-11-20T12:01", CODE, CODE),
        changed("closed at some time", "2026-11-20T12:01", CODE, "DOM"),  # it bore the code once
        changed("in the lost hour", "soon", "", CODE),
        changed("open", "soon", "", CODE),
    ]
    assert replayed(tmp_path, incidents, history) == {
        "unreadable": UNKNOWN,
        "from the future": UNKNOWN,
        "two at one moment": UNKNOWN,
        "two that agree": missed("another code"),
        "two after the run": RETURNED,
        "closed at some time": UNKNOWN,
        "in the lost hour": missed("between two runs"),  # whatever its codes
        "open": missed("never closed"),
    }


def test_a_change_of_an_incident_that_is_not_there_is_accepted_and_not_used(tmp_path: Path) -> None:
    tables = {
        "incidents": [closed("I1", "2026-11-19T12:00"), incident("I2", status="duplicate", duplicate_of="I1")],
        "children": [child()],
        "code_history": [
            changed("I9", "2026-11-19T13:00", CODE, "DOM"),
            changed("I2", "2026-11-19T13:00", CODE, "DOM"),  # its master has codes of its own
        ],
    }
    run = checked(tmp_path, **tables)
    counts = run.record.tables["code_history"]
    assert (counts.accepted, counts.rejected, counts.orphaned) == (2, 0, 0)
    assert verdict_of(run, "CLO003") == Verdict("pass")


@pytest.mark.parametrize("absent", ["old_codes", "new_codes"])
def test_a_code_history_without_a_column_of_codes_is_none(tmp_path: Path, absent: str) -> None:
    rows = [changed("I1", "2026-11-19T13:00", CODE, "DOM"), changed("I1", "soon", CODE, "DOM")]
    extract = write(tmp_path, incidents=[closed("I1", "2026-11-19T12:00")], children=[child()], code_history=rows)
    file = extract / "code_history.csv"
    file.write_text(file.read_text("utf-8").replace(absent, "remark"), "utf-8")
    run = run_check(Order(extract, AS_OF, Config(), None))
    assert verdict_of(run, "CLO003") == Verdict("pass")
    assert run.record.daily_search is not None
    assert not run.record.daily_search.with_code_history
    file.write_text(file.read_text("utf-8").replace("remark", absent), "utf-8")
    whole = run_check(Order(extract, AS_OF, Config(), None)).record.daily_search
    assert whole is not None
    assert whole.with_code_history


# --- the rule


def test_it_asks_only_for_domestic_abuse_with_a_child(tmp_path: Path) -> None:
    at = "2026-11-20T12:00"
    adult, unknown, unreadable = {"date_of_birth": "1980-01-01"}, {"date_of_birth": ""}, {"date_of_birth": "soon"}
    cases: dict[str, tuple[Row, dict[str, str] | None, str]] = {
        "with a child": ({}, {}, "finding"),
        "unborn": ({}, {"date_of_birth": "", "unborn": "yes"}, "finding"),
        "with an unnamed rest": ({"child_count": "1"}, None, "finding"),
        "without a child": ({}, None, "out_of_scope"),
        "with an adult": ({}, adult, "out_of_scope"),
        "date of birth unknown": ({}, unknown, "undetermined"),
        "row rejected": ({}, unreadable, "undetermined"),
        "rest or rejected row": ({"child_count": "1"}, unreadable, "undetermined"),
        "date of birth unknown, returned": ({"closure_codes": CODE}, unknown, "out_of_scope"),
        "not domestic abuse": ({"domestic_abuse": "no"}, {}, "out_of_scope"),
        "perhaps domestic abuse": ({"domestic_abuse": ""}, {}, "undetermined"),
        "returned": ({"closure_codes": CODE}, {}, "pass"),
    }
    incidents = [closed(name, at, "DOM") | cells for name, (cells, _, _) in cases.items()]
    children = [child("C1", name, **cells) for name, (_, cells, _) in cases.items() if cells is not None]
    found = outcomes(tmp_path, "CLO003", incidents=incidents, children=children)
    assert found == {name: outcome for name, (_, _, outcome) in cases.items()}


@pytest.mark.parametrize(("as_of", "outcome"), [("2026-11-20T10:00:00", "not_due"), ("2026-11-20T10:00:01", "finding")])
def test_an_open_incident_is_judged_once_it_is_24_hours_old(tmp_path: Path, as_of: str, outcome: str) -> None:
    run = checked(tmp_path, as_of, incidents=[incident()], children=[child()])
    assert verdict_of(run, "CLO003") == Verdict(
        outcome,
        instant("2026-11-20T10:00Z"),
        "domestic abuse (marked as such); children in the household: no answer; counted on the risk form: no number;"
        " listed: 1; not closed (status open); daily search: it returns no incident that is not closed",
    )


@pytest.mark.parametrize(("as_of", "outcome"), [("2026-11-20T06:00:00", "not_due"), ("2026-11-20T06:00:01", "finding")])
def test_a_closed_incident_is_judged_after_the_first_run(tmp_path: Path, as_of: str, outcome: str) -> None:
    run = checked(tmp_path, as_of, incidents=[closed("I1", "2026-11-19T12:00", "DOM")], children=[child()])
    verdict = verdict_of(run, "CLO003")
    assert (verdict.outcome, verdict.due_at) == (outcome, instant("2026-11-20T06:00Z"))


def test_the_evidence_says_which_run_it_was_and_what_it_had_to_go_by(tmp_path: Path) -> None:
    def words(name: str, row: Row, history: list[Row] | None = None, **search: Any) -> str:
        tables: dict[str, list[Row]] = {} if history is None else {"code_history": history}
        policy = {"daily_search": search}
        found = facts_of(tmp_path / name, "daily_search_in_words", policy=policy, incidents=[row], **tables)
        (said,) = found["I1"]
        return str(said).removeprefix("daily search: ")

    noon = "2026-11-19T12:00"
    run = "the run of 20/11/2026 06:00 should have returned it, closure codes at that run"
    assert words("1", closed("I1", noon, "DOM;QL 23")) == f"{run}: DOM, QL 23 (looks like QL23) (current codes only)"
    assert words("2", closed("I1", noon), [changed("I1", "2026-11-20T09:00", "", CODE)]) == f"{run}: none"
    assert words("3", closed("I1", noon)) == "returned (current codes only)"
    assert (
        words("4", closed("I1", noon), window_hours=12)
        == "closed 19/11/2026 12:00, and the next run, of 20/11/2026 06:00, looks back 12 h only (current codes only)"
    )
    assert (
        words("5", closed("I1", "2026-11-20T08:00"), [], keyed_on="created")
        == "closed 20/11/2026 08:00, when it looked back to the report no more"
    )
    assert words("6", incident(status="closed")) == "closed without a time, closure codes: none"
    assert (
        words("7", incident(status="closed", closure_codes=CODE))
        == "closed without a time, so that no run can be named"
    )
    unread = [changed("I1", "soon", "", CODE)]
    assert words("8", closed("I1", noon), unread) == "a row of its code history could not be read"
