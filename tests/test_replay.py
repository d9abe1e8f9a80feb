"""The daily search counted for the record, and asked "what if we searched differently?" by `checker replay`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import pytest

from checker.config import Config
from checker.errors import ConfigError
from checker.models import Outcome, SearchReplay
from checker.pipeline.order import Order
from checker.pipeline.replay import OPTIONS, run_replay
from checker.pipeline.run import run_check, run_report
from checker.store import opened
from tests.command import NIGHTLY, ROOT, Done, checker
from tests.facts.small import AS_OF, Row, checked, child, incident, write

POLICY_SEARCH = SearchReplay(
    run_time="06:00",
    keyed_on="closed",
    window_hours=24.0,
    search_code="QL23",
    with_code_history=False,
    seen=0,
    missed={},
    not_due=0,
    cannot_tell=0,
)


def closed(ref: str, at: str, codes: str = "QL23", **cells: str) -> Row:
    return incident(ref, closed_at=at, closure_codes=codes, **cells)


# Each has a child and, unless it says otherwise, was reported on 19 November at 10:00: what the search by the closing
# time makes of them, and what the search by the report does, of which only the run of 20 November 06:00 looks back.
CASES = [
    (closed("in time", "2026-11-19T12:00"), "returned", "returned"),
    (closed("at the run", "2026-11-20T06:00"), "returned", "closed late"),
    (closed("a day later", "2026-11-21T09:00"), "returned", "not due"),  # the run of 22 November is still to come
    (closed("other", "2026-11-19T12:00", "DOM"), "another code", "another code"),
    (closed("other too", "2026-11-19T12:00", "NFA"), "another code", "another code"),
    (closed("coded QL24", "2026-11-19T12:00", "QL24"), "another code", "another code"),
    (closed("alike", "2026-11-19T12:00", "ql23"), "look-alike code", "look-alike code"),
    (incident("open"), "never closed", "never closed"),
    (incident("new", "2026-11-21T20:00"), "not due", "not due"),
    (incident("closed without a time", status="closed", closure_codes="QL23"), "cannot tell", "cannot tell"),
]
TABLES = {
    "incidents": [row for row, _, _ in CASES] + [closed("no child", "2026-11-19T12:00", "DOM")],
    "children": [child(f"C{number}", row["incident_ref"]) for number, (row, _, _) in enumerate(CASES)],
}


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    return write(tmp_path / "extract", **TABLES)


def test_the_record_of_a_run_tells_what_the_search_made_of_every_incident_of_the_rule(tmp_path: Path) -> None:
    run = checked(tmp_path, **TABLES)
    assert run.record.daily_search == replace(
        POLICY_SEARCH,
        seen=3,
        missed={"another code": 3, "never closed": 1, "look-alike code": 1},
        not_due=1,
        cannot_tell=1,
    )
    assert list(run.record.daily_search.missed) == ["another code", "never closed", "look-alike code"]


def test_it_adds_up_to_the_counts_of_the_rule() -> None:
    run = run_check(Order(NIGHTLY, None, Config(), None))
    search, counts = run.record.daily_search, run.record.rules["CLO003"].counts
    assert search is not None
    assert counts is not None
    assert search.seen == counts[Outcome.PASS] > 0
    assert sum(search.missed.values()) == counts[Outcome.FINDING] > 0
    assert search.not_due == counts[Outcome.NOT_DUE]
    assert search.cannot_tell == counts[Outcome.UNDETERMINED]


def test_the_store_and_run_json_keep_it(extract: Path, tmp_path: Path) -> None:
    history = [{"incident_ref": "other", "changed_at": "2026-11-20T07:00", "old_codes": "QL23", "new_codes": "DOM"}]
    write(extract, **TABLES, code_history=history)
    with opened(f"sqlite:///{tmp_path}/store.db") as store:
        reported = run_report(Order(extract, AS_OF, Config(), None), tmp_path / "out", store)
        kept = store.load(1).record.daily_search
    expected = replace(
        POLICY_SEARCH,
        with_code_history=True,
        seen=4,
        missed={"another code": 2, "never closed": 1, "look-alike code": 1},
        not_due=1,
        cannot_tell=1,
    )
    assert (reported.run.record.daily_search, kept) == (expected, expected)
    stated = json.loads((tmp_path / "out" / "run.json").read_text("utf-8"))["daily_search"]
    assert (stated["seen"], stated["missed"]) == (4, {"another code": 2, "never closed": 1, "look-alike code": 1})


def test_there_is_none_where_the_rule_did_not_run(tmp_path: Path) -> None:
    rules = copytree(ROOT / "rules", tmp_path / "rules")
    (rules / "closure" / "CLO003.toml").unlink()
    extract = write(tmp_path / "extract", **TABLES)
    order = Order(extract, AS_OF, Config(rules=rules), None)
    assert run_check(order).record.daily_search is None
    fault = (
        "the search cannot be replayed: no rule of the pack is counted in it; "
        'write counted_in = "daily search" into the file of the rule that finds what it misses'
    )
    with pytest.raises(ConfigError, match=f"^{fault}$"):
        run_replay(order, {"--code": "QL24"})


def test_another_search_returns_other_incidents(extract: Path) -> None:
    replayed = run_replay(Order(extract, AS_OF, Config(), None), {"--keyed-on": "created"})
    assert replayed.asked == replace(
        POLICY_SEARCH,
        keyed_on="created",
        seen=1,
        missed={"another code": 3, "never closed": 1, "closed late": 1, "look-alike code": 1},
        not_due=2,
        cannot_tell=1,
    )
    assert replayed.in_policy.seen == 3
    assert (replayed.only_policy, replayed.only_asked) == (2, 0)


def test_another_code_returns_what_the_policy_misses_and_misses_what_it_returns(extract: Path) -> None:
    replayed = run_replay(Order(extract, AS_OF, Config(), None), {"--code": "QL24"})
    assert replayed.asked.search_code == "QL24"
    assert (replayed.in_policy.seen, replayed.asked.seen) == (3, 1)
    assert (replayed.only_policy, replayed.only_asked) == (3, 1)


def test_what_is_left_out_is_as_the_policy_has_it(extract: Path) -> None:
    policy = {"daily_search": {"run_time": "07:30", "window_hours": 12}}
    replayed = run_replay(Order(extract, AS_OF, Config(policy=policy), None), {"--window-hours": "48"})
    assert (replayed.in_policy.run_time, replayed.in_policy.window_hours) == ("07:30", 12.0)
    assert replayed.asked == replace(replayed.asked, run_time="07:30", window_hours=48.0, keyed_on="closed")
    assert set(OPTIONS) == {"--run-time", "--keyed-on", "--window-hours", "--code"}


def test_the_command_shows_both_searches_side_by_side_and_writes_nothing(extract: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    done = checker("replay", extract, "--as-of", AS_OF, "--keyed-on", "created", folder=tmp_path)
    assert (done.code, done.err) == (0, "")
    rows = [" ".join(line.split()) for line in done.out.splitlines()]
    assert rows[:1] == [
        "The daily search replayed as of 22/11/2026 02:00 GMT. Nothing was stored, nothing was written."
    ]
    for row in (
        "runs every day at (London time) 06:00 06:00",
        "looks for an incident by when it was closed when it was reported",
        "returned 3 1",
        "missed 5 6",
        "never closed 1 1",
        "closed late 0 1",
        "look-alike code 1 1",
        "another code 3 3",
        "not yet decided 1 2",
        "cannot tell 1 1",
        "2 incidents returned only as the policy has it, 0 only as asked.",
    ):
        assert row in rows
    assert "Current codes only" in done.out
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        (
            "--run-time",
            "6am",
            'daily_search.run_time: is no time of day; write hours and minutes, for example "06:00"',
        ),
        ("--keyed-on", "opened", "daily_search.keyed_on: Input should be 'closed' or 'created'"),
        ("--window-hours", "169", "daily_search.window_hours: Input should be less than or equal to 168"),
        ("--window-hours", "0", "daily_search.window_hours: Input should be greater than 0"),
        (
            "--code",
            "QL23;DOM",
            "search_code: is no closure code; write one, without blanks around it and without ; , or |",
        ),
    ],
)
def test_a_wrong_value_is_one_line_that_names_the_option(extract: Path, option: str, value: str, message: str) -> None:
    done = checker("replay", extract, "--as-of", AS_OF, option, value)
    assert done == Done(2, "", f"checker: {option}: {message}\n")
