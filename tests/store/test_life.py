"""What runs make of the life of a finding, in whatever order their extracts come."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from checker.models import Run
from checker.pipeline.order import Order
from checker.pipeline.run import run_report
from checker.report.words import life_counts
from checker.store import Store, Wanted, opened
from tests.command import small_extract
from tests.nights import as_of, write_night
from tests.store.told import DEFAULTS, RULE, now, of_rule, run, statuses


def test_an_older_extract_never_rewrites_what_a_newer_one_has_told(store_url: str, tmp_path: Path) -> None:
    """Night 3 comes late: what night 5 examined stands, and what it did not examine is told by night 3."""
    with opened(store_url) as store:
        run(store, tmp_path, 1, a="F", b="F", c="F", d="P", e="P", f=".")
        run(store, tmp_path, 5, a="F", b="P", c=".", d="P", e=".", f=".")
        late = run(store, tmp_path, 3, a="P", b="F", c="P", d="F", e="F", f="F").run
        # a is open by night 5, b resolved by it, d passed in it: night 3 changes none of them.
        # c, e and f were not in night 5, so night 3 is the newest to tell of them.
        assert statuses(late) == {"b": "superseded", "d": "superseded", "e": "new", "f": "new"}
        assert of_rule(late.resolved) == {"c"}
        assert of_rule(late.carried_over) == set()
        assert now(store) == {
            "a": ("still open", as_of(1), as_of(5)),
            "b": ("resolved", as_of(1), as_of(5)),
            "c": ("resolved", as_of(1), as_of(3)),
            "e": ("still open", as_of(3), as_of(3)),
            "f": ("still open", as_of(3), as_of(3)),
        }
        after = run(store, tmp_path, 6, a="P", b="F", d="F", e="F").run
        assert statuses(after) == {"b": "reopened", "d": "new", "e": "still open"}
        assert of_rule(after.resolved) == {"a"}
        assert of_rule(after.carried_over) == {"f"}


def test_a_verdict_that_is_not_yet_due_keeps_no_older_finding_from_being_opened(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        run(store, tmp_path, 2, a="D", b="P")
        late = run(store, tmp_path, 1, a="F", b="F").run
        assert statuses(late) == {"a": "new", "b": "superseded"}
        after = run(store, tmp_path, 3, a=".", b=".").run
        assert of_rule(after.carried_over) == {"a"}
        assert now(store)["a"] == ("still open", as_of(1), as_of(1))


def test_an_open_finding_that_is_not_due_by_a_corrected_record_is_counted_once(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        (first,) = run(store, tmp_path, 1, a="F").run.findings.filter(pl.col("rule_id") == RULE).to_dicts()
        second = run(store, tmp_path, 2, a="D").run
        # CLO002 too: the corrected record says that it was reported an hour ago
        assert life_counts(second) == {
            **dict.fromkeys(("new", "still open", "reopened", "under review", "evidence changed"), 0),
            **dict.fromkeys(("decision expired", "referral not found", "settled", "resolved", "superseded"), 0),
            "carried over": 2,
        }
        third = run(store, tmp_path, 3, a=".").run
        for told, since in ((second, 1), (third, 2)):
            assert told.carried_over is not None
            (line,) = told.carried_over.filter(pl.col("rule_id") == RULE).to_dicts()
            assert (line["message"], line["last_examined"]) == (first["message"], as_of(1))
            assert (line["days_open"], line["first_seen"]) == (since, as_of(1))


def children_of_one_incident(store: Store, folder: Path, night: int, counted: str, *children: str) -> Run:
    """A night on which the incident I1 has these rows of children, and one form for C1.

    `counted` is its `child_count`, with `/` and `children_in_household` behind it where that is not blank.
    """
    count, _, household = counted.partition("/")
    write_night(folder / "extracts", as_of(night), {}, f"{night}")
    tables = {
        "incidents": f"incident_ref,reported_at,closed_at,closure_codes,domestic_abuse,child_count,"
        f"children_in_household\nI1,2026-09-01T10:00,2026-09-01T12:00,QL23,yes,{count},{household}\n",
        "children": "incident_ref,child_ref,date_of_birth\n" + "".join(f"{row}\n" for row in children),
        "referrals": "referral_ref,incident_ref,child_ref,submitted_at\nR1,I1,C1,2026-09-01T12:00\n",
    }
    extract = folder / "extracts" / f"{night}"
    for table, text in tables.items():
        (extract / f"{table}.csv").write_text(text, encoding="utf-8")
    (extract / "manifest.json").unlink()
    order = Order(extract, as_of(night).isoformat(), DEFAULTS, None)
    return run_report(order, folder / "reports" / f"{night}", store).run


def test_children_who_were_unnamed_leave_the_list_once_all_are_named(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        children_of_one_incident(store, tmp_path, 1, "2", "I1,C1,2018-03-04")
        # of the second child the row cannot be read, so whether anybody is unnamed cannot be told
        unread = children_of_one_incident(store, tmp_path, 2, "2", "I1,C1,2018-03-04", "I1,C2,2018-13-04")
        assert [(line["outcome"], line["status"]) for line in unread.findings.to_dicts()] == [
            ("undetermined", "still open")
        ]
        named = children_of_one_incident(store, tmp_path, 3, "2", "I1,C1,2018-03-04", "I1,C2,2018-03-04")
        assert named.resolved is not None
        (ended,) = named.resolved.to_dicts()
        assert (ended["incident_ref"], ended["child_ref"], ended["outcome"]) == ("I1", None, "out_of_scope")
        assert [(line["child_ref"], line["status"]) for line in named.findings.to_dicts()] == [("C2", "new")]
        assert named.carried_over is not None
        assert named.carried_over.is_empty()


@pytest.mark.parametrize(
    "row",
    ["I1,C2,2018-13-04", "I1,,2018-03-04", ",C2,2018-03-04", ",C/2,2018-03-04", ",,2018-03-04", "I1,C2,2018-03-04,,"],
)
def test_unnamed_children_stay_open_while_a_row_that_may_be_one_of_them_is_rejected(
    store_url: str, tmp_path: Path, row: str
) -> None:
    with opened(store_url) as store:
        children_of_one_incident(store, tmp_path, 1, "2", "I1,C1,2018-03-04")
        after = children_of_one_incident(store, tmp_path, 2, "1", "I1,C1,2018-03-04", row)
        assert after.resolved is not None
        assert after.resolved.is_empty()
        assert after.carried_over is not None
        assert after.carried_over["child_ref"].to_list() == [None]
        counted = children_of_one_incident(store, tmp_path, 3, "1", "I1,C1,2018-03-04", "I9,C9,2018-13-04")
        assert counted.resolved is not None
        assert counted.resolved["child_ref"].to_list() == [None]


@pytest.mark.parametrize(
    ("before", "after", "ends"),
    [
        ("2", "", False),
        ("2", "/yes", False),
        ("2", "/unknown", False),
        ("2", "/no", True),
        ("2", "1", True),
        ("2", "1/unknown", True),
        ("3", "2", False),  # one is still unnamed, and has a verdict
    ],
)
def test_a_blank_count_closes_no_case_of_unnamed_children(
    store_url: str, tmp_path: Path, before: str, after: str, ends: bool
) -> None:
    with opened(store_url) as store:
        children_of_one_incident(store, tmp_path, 1, before, "I1,C1,2018-03-04")
        then = children_of_one_incident(store, tmp_path, 2, after, "I1,C1,2018-03-04")
        assert then.resolved is not None
        assert then.resolved["child_ref"].to_list() == ([None] if ends else [])
        assert store.findings(Wanted(status="open")).height == (not ends)


def test_a_child_in_the_household_whom_nobody_named_stays_open_until_they_are_counted(
    store_url: str, tmp_path: Path
) -> None:
    with opened(store_url) as store:
        children_of_one_incident(store, tmp_path, 1, "/yes")
        named = children_of_one_incident(store, tmp_path, 2, "/yes", "I1,C1,2018-03-04")
        assert named.carried_over is not None
        (line,) = named.carried_over.to_dicts()
        assert line["why"].endswith("or one that does not say whether every child is named")
        counted = children_of_one_incident(store, tmp_path, 3, "1/yes", "I1,C1,2018-03-04")
        assert counted.resolved is not None
        assert counted.resolved["child_ref"].to_list() == [None]


def test_the_life_of_a_finding_does_not_depend_on_the_order_of_arrival(store_url: str, tmp_path: Path) -> None:
    """Found, put right, found again, corrected to not yet due: whichever comes last, it is open."""
    nights = {1: "F", 2: "P", 3: "F", 4: "D"}
    with opened(store_url) as store:
        for night in (1, 2, 4, 3):
            last = run(store, tmp_path, night, a=nights[night]).run
        assert statuses(last) == {"a": "reopened"}
        assert now(store)["a"] == ("still open", as_of(1), as_of(3))
        assert of_rule(run(store, tmp_path, 5, a=".").run.carried_over) == {"a"}


def test_a_named_child_whose_row_is_gone_stays_open_though_its_incident_is_there(
    store_url: str, tmp_path: Path
) -> None:
    with opened(store_url) as store:
        children_of_one_incident(store, tmp_path, 1, "2", "I1,C1,2018-03-04", "I1,C2,2018-03-04")
        after = children_of_one_incident(store, tmp_path, 2, "1", "I1,C1,2018-03-04")
        assert after.carried_over is not None
        assert after.carried_over["child_ref"].to_list() == ["C2"]


def test_a_corrected_extract_of_the_same_moment_replaces_what_the_first_told(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        run(store, tmp_path, 1, a="F", b="P", c="F")
        corrected = run(store, tmp_path, 1, name="corrected", a="P", b="F", c="F").run
        assert statuses(corrected) == {"b": "new", "c": "new"}
        assert of_rule(corrected.resolved) == {"a"}


def test_a_rule_that_did_not_run_resolves_nothing(store_url: str, tmp_path: Path) -> None:
    plans = "child_ref,plan,started_on,ended_on\nC1,CP,2026-01-01,\n"
    with opened(store_url) as store:
        for name, tables in (("with", {"plans": plans}), ("without", {"plans": None})):
            small_extract(tmp_path / name, **tables)
            when = "2026-11-22T02:00" if name == "with" else "2026-11-23T02:00"
            done = run_report(Order(tmp_path / name, when, DEFAULTS, None), tmp_path / "out", store).run
        assert done.carried_over is not None
        (line,) = done.carried_over.filter(pl.col("rule_id") == "FLG001").to_dicts()
        assert (line["status"], line["days_open"]) == ("still open", 1)
        assert line["why"] == "FLG001 gave no verdicts: the extract has no plans table"
        assert store.findings(Wanted(rule="FLG001"))["status"].to_list() == ["still open"]
