"""What later runs look back on: the incidents and missing episodes of earlier nights, and what of the time is known."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from checker.config import Config
from checker.errors import ConfigError
from checker.facts import Span
from checker.models import Run
from checker.pipeline.explanation import run_explain
from checker.pipeline.order import Order
from checker.pipeline.run import run_report
from checker.store import Store, Wanted, opened

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
HEADERS = {
    "incidents": (
        *("incident_ref", "reported_at", "domestic_abuse", "concern_types", "status", "duplicate_of"),
        *("incident_type", "closure_codes", "victim_ref", "location_ref"),
    ),
    "children": ("incident_ref", "child_ref"),
    "referrals": ("referral_ref", "incident_ref", "child_ref"),
    "missing_episodes": ("episode_ref", "child_ref", "reported_at", "status", "coordinator_allocated_at"),
}
Row = dict[str, str]


def incident(ref: str, reported_at: str, **cells: str) -> Row:
    return {"incident_ref": ref, "reported_at": reported_at, "domestic_abuse": "yes", "victim_ref": "V1"} | cells


def episode(ref: str, reported_at: str, **cells: str) -> Row:
    return {"episode_ref": ref, "child_ref": "C1", "reported_at": reported_at} | cells


def night(
    store: Store | None,
    folder: Path,
    as_of: str,
    covers_from: str | None,
    incidents: Sequence[Row] = (),
    episodes: Sequence[Row] | None = None,
    children: Sequence[Row] = (),
    config: Config | None = None,
    config_file: Path | None = None,
) -> Run:
    """Check an extract as of that moment, named after it, and say of it from when on it covers everything."""
    extract = folder / "extracts" / as_of.replace(":", "")
    extract.mkdir(parents=True)
    tables = {"incidents": incidents, "children": children, "referrals": ()}
    tables |= {} if episodes is None else {"missing_episodes": episodes}
    for name, rows in tables.items():
        with (extract / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, HEADERS[name], restval="")
            writer.writeheader()
            writer.writerows(rows)
    manifest = {"extracted_at": as_of} | ({"covers_from": covers_from} if covers_from else {})
    (extract / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    order = Order(extract, None, config or Config(), config_file)
    return run_report(order, folder / "reports" / extract.name, store).run


def outcome(run: Run, rule_id: str) -> dict[str, str]:
    """The outcome of every verdict of the rule that is listed, by its incident or child."""
    rows = run.findings.filter(pl.col("rule_id") == rule_id)
    return dict(rows.select(pl.coalesce("incident_ref", "child_ref"), "outcome").iter_rows())


def policy(stated: dict[str, Any]) -> Config:
    return Config.model_validate({"policy": stated})


def evidence(run: Run, rule_id: str, ref: str | None = None) -> str:
    rows = run.findings.filter(pl.col("rule_id") == rule_id)
    rows = rows if ref is None else rows.filter(pl.col("incident_ref") == ref)
    (text,) = rows.get_column("evidence").to_list()
    return str(text)


def test_an_incident_that_only_an_earlier_extract_held_is_looked_back_on(store_url: str, tmp_path: Path) -> None:
    old, new = incident("A", "2026-01-10T10:00", victim_ref="V2"), incident("B", "2026-11-19T10:00")
    child = {"child_ref": "C1"}
    with opened(store_url) as store:
        night(store, tmp_path, "2026-02-01T02:00", None, [old], children=[child | {"incident_ref": "A"}])
        run = night(store, tmp_path, "2026-11-22T02:00", None, [new], children=[child | {"incident_ref": "B"}])
    assert outcome(run, "HIS001") == {"B": "finding"}
    found = "earlier incidents within 365 days: same child 1; the latest A of 10/01/2026"
    assert found in evidence(run, "HIS001")
    alone = night(None, tmp_path / "alone", "2026-11-22T02:00", None, [new])
    assert outcome(alone, "HIS001") == {"B": "undetermined"}


def test_extract_and_store_cover_a_look_back_together_and_a_gap_between_them_shows(
    store_url: str, tmp_path: Path
) -> None:
    """The 365 days before 19 November 2026 10:00 begin on 19 November 2025 at 10:00."""
    new = incident("B", "2026-11-19T10:00")
    with opened(store_url) as store:
        night(store, tmp_path, "2026-06-01T02:00", "2025-11-19T10:00")
        gap = night(store, tmp_path, "2026-11-22T02:00", "2026-06-01T02:00:02", [new])
        assert outcome(gap, "HIS001") == {"B": "undetermined"}
        known = "what was before 01/06/2026 02:00 is known from neither the extract nor the store"
        assert known in evidence(gap, "HIS001")
        whole = night(store, tmp_path, "2026-11-23T02:00", "2026-06-01T02:00", [new])
        assert outcome(whole, "HIS001") == {}
        # Of the 90 days every night but the first knows enough by itself.
        assert [outcome(run, "HIS002") for run in (gap, whole)] == [{}, {}]


def test_what_is_told_anew_counts_from_then_on(store_url: str, tmp_path: Path) -> None:
    """A is corrected to no domestic abuse, D turns out to be a duplicate of E: neither is looked back on any more."""
    new = incident("B", "2026-11-19T10:00")
    a, d = incident("A", "2026-11-01T10:00"), incident("D", "2026-11-02T10:00")
    e = incident("E", "2026-11-02T09:00", victim_ref="V9")
    with opened(store_url) as store:
        night(store, tmp_path, "2026-11-03T02:00", "2025-01-01", [a, d])
        before = store.past(LONG_AGO).incidents.sort("incident_ref")
        told = [a | {"domestic_abuse": "no"}, d | {"status": "duplicate", "duplicate_of": "E"}, e]
        night(store, tmp_path, "2026-11-04T02:00", "2025-01-01", told)
        after = store.past(LONG_AGO).incidents.sort("incident_ref")
        run = night(store, tmp_path, "2026-11-22T02:00", "2026-11-04T02:00", [new])
    columns = ("incident_ref", "is_subject", "domestic_abuse")
    assert before.select(columns).rows() == [("A", True, True), ("D", True, True)]
    assert after.select(columns).rows() == [("A", True, False), ("D", False, True), ("E", True, True)]
    assert outcome(run, "HIS001") == {}


def test_what_the_extract_holds_too_is_taken_from_the_extract(store_url: str, tmp_path: Path) -> None:
    a, new = incident("A", "2026-11-01T10:00"), incident("B", "2026-11-19T10:00")
    with opened(store_url) as store:
        night(store, tmp_path, "2026-11-03T02:00", "2025-01-01", [a])
        run = night(store, tmp_path, "2026-11-22T02:00", "2025-01-01", [a | {"domestic_abuse": "no"}, new])
    assert outcome(run, "HIS001") == {}


def test_what_is_looked_back_on_is_judged_under_the_policy_of_the_night(store_url: str, tmp_path: Path) -> None:
    """Under the first policy A is domestic abuse and B, C and D are not; under the second it is the other way round."""
    no = {"domestic_abuse": "no"}
    rows = [
        incident("A", "2026-11-01T10:00", victim_ref="VA", incident_type="Row", **no),
        incident("B", "2026-11-01T10:00", victim_ref="VB", incident_type="DV", **no),
        incident("C", "2026-11-01T10:00", victim_ref="VC", closure_codes="X1", **no),
        incident("D", "2026-11-01T10:00", victim_ref="VD", domestic_abuse=""),
        incident("E", "2026-11-01T10:00", victim_ref="VE", concern_types="Missing", **no),
    ]
    new = [incident(f"NEW {ref}", "2026-11-19T10:00", victim_ref=f"V{ref}") for ref in "ABCDE"]
    first = {"domestic_abuse_types": ["row"], "domestic_abuse_codes": [], "blank_domestic_abuse": "no"}
    second = {
        "domestic_abuse_types": ["dv"],
        "domestic_abuse_codes": ["X1"],
        "blank_domestic_abuse": "unknown",
        "referable_concerns": ["missing"],
    }
    with opened(store_url) as store:
        night(store, tmp_path, "2026-11-03T02:00", "2025-01-01", rows, config=policy(first))
        run = night(store, tmp_path, "2026-11-22T02:00", "2026-11-02", new, config=policy(second))
    kinds = {"NEW B": "finding", "NEW C": "finding", "NEW D": "undetermined", "NEW E": "finding"}
    assert outcome(run, "HIS001") == kinds


def test_a_row_that_an_earlier_extract_rejected_may_be_an_earlier_incident(store_url: str, tmp_path: Path) -> None:
    """A, and C by its child alone, could not be read; B could, on another night."""
    unread = incident("A", "not a time")
    b = incident("B", "2024-11-01T10:00", victim_ref="V2")
    new = [
        incident("NEW", "2026-11-19T10:00"),
        incident("NEW B", "2026-11-19T10:00", victim_ref="V2"),
        incident("NEW C", "2026-11-19T10:00", victim_ref="V3"),
    ]
    children = [{"incident_ref": ref, "child_ref": "C1"} for ref in ("NEW C", "C")]
    with opened(store_url) as store:
        night(
            store, tmp_path, "2026-11-03T02:00", "2025-01-01", [unread, b | {"reported_at": "?"}], children=children[1:]
        )
        night(store, tmp_path, "2026-11-04T02:00", "2026-11-03", [b])
        run = night(store, tmp_path, "2026-11-22T02:00", "2026-11-03", new, children=children[:1])
        assert outcome(run, "HIS001") == {"NEW": "undetermined", "NEW C": "undetermined"}
        assert "rows that could not be read: same victim" in evidence(run, "HIS001", "NEW")
        told = [
            incident("A", "2026-11-01T10:00", domestic_abuse="no"),
            incident("C", "2024-11-01T10:00", victim_ref="V9"),
        ]
        night(store, tmp_path, "2026-11-21T02:00", "2026-11-03", told, children=children[1:])
        run = night(store, tmp_path, "2026-11-23T02:00", "2026-11-03", new, children=children[:1])
    assert outcome(run, "HIS001") == {}


def test_an_episode_that_an_earlier_extract_rejected_may_be_one_of_three(store_url: str, tmp_path: Path) -> None:
    unread, second, third = (
        episode(f"E{n}", when) for n, when in ((1, "not a time"), (2, "2026-10-01T10:00"), (3, "2026-11-18T10:00"))
    )
    with opened(store_url) as store:
        night(store, tmp_path, "2026-10-02T02:00", "2026-01-01", episodes=[unread, second])
        run = night(store, tmp_path, "2026-11-22T02:00", "2026-10-01", episodes=[third])
        assert outcome(run, "MIS001") == {"C1": "undetermined"}
        night(store, tmp_path, "2026-11-21T02:00", None, episodes=[unread | {"reported_at": "2026-01-01T10:00"}])
        run = night(store, tmp_path, "2026-11-23T02:00", "2026-10-01", episodes=[third])
    assert outcome(run, "MIS001") == {}


def test_what_was_reported_after_an_extract_is_not_looked_back_on_by_it(store_url: str, tmp_path: Path) -> None:
    rows = [episode(f"E{day}", f"2026-11-{day}T10:00") for day in (10, 11, 18)]
    with opened(store_url) as store:
        night(store, tmp_path, "2026-11-22T02:00", "2026-01-01", episodes=rows)
        run = night(store, tmp_path, "2026-11-14T02:00", "2026-01-01", episodes=rows[:2])
    assert outcome(run, "MIS001") == {}


def test_the_incident_that_a_duplicate_names_is_no_earlier_one_of_it_though_only_the_store_holds_it(
    store_url: str, tmp_path: Path
) -> None:
    master = incident("B", "2026-11-10T10:00")
    duplicate = incident("A", "2026-11-10T10:05", status="duplicate", duplicate_of="B")
    new = [incident("NEW", "2026-11-19T10:00"), duplicate]
    with opened(store_url) as store:
        night(store, tmp_path, "2026-11-12T02:00", "2025-01-01", [master, duplicate])
        run = night(store, tmp_path, "2026-11-13T02:00", "2026-11-12", [duplicate])
        assert outcome(run, "HIS001") == {}
        later = night(store, tmp_path, "2026-11-22T02:00", "2026-11-12", new[:1])
    # A was last told as a duplicate that nobody answered for: it is none beside its master.
    assert "earlier incidents within 365 days: same victim 1; the latest B of 10/11/2026" in evidence(later, "HIS001")


def test_nothing_is_put_down_twice(store_url: str, tmp_path: Path) -> None:
    rows = [incident("A", "2026-11-01T10:00"), incident("N", "2026-11-01T10:00", domestic_abuse="no")]
    rows.append(incident("M", "2026-11-01T10:00", domestic_abuse="no", concern_types="missing"))
    with opened(store_url) as store:
        for day in (3, 4):
            night(store, tmp_path, f"2026-11-0{day}T02:00", None, rows, [episode("E1", "2026-11-01T10:00")])
        assert set(store.past(LONG_AGO).incidents["incident_ref"]) == {"A", "M", "N"}
        assert store.purge(datetime(2026, 11, 4, tzinfo=UTC), "test").history == 4


def test_an_older_extract_that_comes_late_takes_back_nothing_that_a_newer_one_told(
    store_url: str, tmp_path: Path
) -> None:
    """The newer one told again what an even older one had put down: there is no row of its own that says so."""
    a, b = incident("A", "2026-11-01T10:00"), incident("B", "2026-11-01T10:00")
    e1 = episode("E1", "2026-11-01T10:00")
    with opened(store_url) as store:
        night(store, tmp_path, "2026-11-03T02:00", None, [a], [e1])
        night(store, tmp_path, "2026-11-05T02:00", None, [a], [e1])
        wrong = a | {"domestic_abuse": "no", "victim_ref": "V9"}
        night(store, tmp_path, "2026-11-04T02:00", None, [wrong, b], [e1 | {"status": "cancelled"}])
        past = store.past(LONG_AGO)
    assert past.incidents.sort("incident_ref").select("incident_ref", "domestic_abuse", "victim_ref").rows() == [
        ("A", True, "V1"),
        ("B", True, "V1"),  # which no newer one held
    ]
    assert past.episodes["status"].to_list() == [None]


def test_an_older_extract_that_comes_late_makes_no_incident_of_a_duplicate(store_url: str, tmp_path: Path) -> None:
    """That A is a duplicate was told on two nights, and was news on the first, which was before the older extract."""
    a, b = incident("A", "2026-11-01T10:00"), incident("B", "2026-11-01T10:05")
    duplicate = a | {"status": "duplicate", "duplicate_of": "B"}
    with opened(store_url) as store:
        night(store, tmp_path, "2026-11-03T02:00", "2025-01-01", [duplicate, b])
        night(store, tmp_path, "2026-11-05T02:00", "2025-01-01", [duplicate, b])
        night(store, tmp_path, "2026-11-04T02:00", "2025-01-01", [a, b])
        past = store.past(LONG_AGO).incidents.sort("incident_ref")
    assert past.select("incident_ref", "is_subject").rows() == [("A", False), ("B", True)]


def test_a_third_episode_is_found_through_the_store_and_only_runs_with_the_table_cover_them(
    store_url: str, tmp_path: Path
) -> None:
    first, second, third = (
        episode(f"E{n}", f"2026-{day}T10:00") for n, day in ((1, "09-01"), (2, "10-01"), (3, "11-18"))
    )
    with opened(store_url) as store:
        night(store, tmp_path, "2026-10-02T02:00", "2026-08-01", episodes=[first, second])
        run = night(store, tmp_path, "2026-11-22T02:00", "2026-11-15", episodes=[third])
        assert outcome(run, "MIS001") == {"C1": "finding"}
        assert evidence(run, "MIS001").startswith(
            "missing 3 times within 90 days, from 01/09/2026 to 18/11/2026 (latest episodes: E1, E2, E3); "
        )
    with opened(f"sqlite:///{tmp_path}/other.db") as store:
        night(store, tmp_path / "other", "2026-11-21T02:00", "2026-01-01")  # has no table of missing episodes
        run = night(store, tmp_path / "other", "2026-11-22T02:00", "2026-11-15", episodes=[third])
        assert outcome(run, "MIS001") == {"C1": "undetermined"}
        known = "what was before 15/11/2026 00:00 is known from neither the extract nor the store"
        assert known in evidence(run, "MIS001")


def test_what_was_purged_is_neither_known_nor_covered(store_url: str, tmp_path: Path) -> None:
    rows = [incident("A", "2026-01-10T10:00"), incident("B", "2026-03-10T10:00", victim_ref="V3")]
    episodes = [episode("E1", "2026-01-10T10:00"), episode("E2", "2026-03-10T10:00")]
    new = [incident("C", "2026-11-19T10:00"), incident("D", "2026-11-19T10:00", victim_ref="V3")]
    with opened(store_url) as store:
        night(store, tmp_path, "2026-11-21T02:00", "2025-01-01", rows, episodes)
        counted = store.record(1)[1]
        assert store.purge(datetime(2026, 2, 1, tzinfo=UTC), "retention schedule").history == 2
        assert store.record(1)[1] == counted
        past = store.past(LONG_AGO)
        assert past.incidents["incident_ref"].to_list() == ["B"]
        assert past.episodes["episode_ref"].to_list() == ["E2"]
        span = Span(datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 11, 21, 2, tzinfo=UTC))
        assert (past.covered, past.covered_episodes) == ((span,), (span,))
        run = night(store, tmp_path, "2026-11-22T02:00", "2026-11-20", new)
    assert outcome(run, "HIS001") == {"C": "undetermined", "D": "finding"}


def test_what_is_stored_after_a_purge_is_known_and_covered_again(store_url: str, tmp_path: Path) -> None:
    """The newest extract of before the purge held A too: what it told of it is gone."""
    a, new = incident("A", "2026-01-10T10:00"), incident("NEW", "2026-11-19T10:00", victim_ref="V2")
    with opened(store_url) as store:
        night(store, tmp_path, "2026-11-21T02:00", "2025-01-01", [a])
        store.purge(datetime(2026, 2, 1, tzinfo=UTC), "retention schedule")
        night(store, tmp_path, "2026-11-20T02:00", "2025-01-01", [a])
        past = store.past(LONG_AGO)
        assert past.incidents["incident_ref"].to_list() == ["A"]
        run = night(store, tmp_path, "2026-11-22T02:00", "2026-11-20", [new])
    assert past.covered == (Span(datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 11, 21, 2, tzinfo=UTC)),)
    assert outcome(run, "HIS001") == {}


def test_a_purge_brings_back_nothing_that_was_told_otherwise_since(store_url: str, tmp_path: Path) -> None:
    """A was reported in January, as its record says now: what was told of it before goes too."""
    with opened(store_url) as store:
        night(store, tmp_path, "2026-11-20T02:00", None, [incident("A", "2026-11-10T10:00")])
        night(store, tmp_path, "2026-11-21T02:00", None, [incident("A", "2026-01-10T10:00")])
        assert store.purge(datetime(2026, 2, 1, tzinfo=UTC), "retention schedule").history == 2
        assert store.past(LONG_AGO).incidents.is_empty()


def test_a_verdict_is_explained_by_what_its_run_knew(tmp_path: Path) -> None:
    """Later the store learns of an earlier incident: the explanation is that of then, and needs the store."""
    file, url = tmp_path / "checker.toml", f"sqlite:///{tmp_path}/store.db"
    file.write_text(f"[store]\nurl = '{url}'\n", encoding="utf-8")
    config = Config.model_validate({"store": {"url": url}})
    new = incident("B", "2026-11-19T10:00")
    with opened(url) as store:
        night(store, tmp_path, "2026-11-20T02:00", "2025-01-01")
        run = night(store, tmp_path, "2026-11-22T02:00", "2026-11-15", [new], config=config, config_file=file)
        night(store, tmp_path, "2026-11-21T02:00", None, [incident("A", "2026-11-01T10:00")])
    assert outcome(run, "HIS001") == {}
    clo002 = run.findings.filter(pl.col("rule_id") == "CLO002").item(0, "finding_id")
    his001 = clo002.replace("CLO002", "HIS001")
    report = tmp_path / "reports" / "2026-11-22T0200"
    assert run_explain(report, None, his001)[0].outcome == "out_of_scope"
    bare = tmp_path / "bare.toml"
    bare.touch()
    remedy = (
        "that run looked back through its store, and the configuration names none; give the checker.toml of the run"
    )
    with pytest.raises(ConfigError, match=f"^HIS001: {remedy} with --config$"):
        run_explain(report, bare, his001)
    assert run_explain(report, bare, clo002)[0].outcome == "finding"


def test_a_line_without_an_incident_lives_in_the_store_as_any_other(store_url: str, tmp_path: Path) -> None:
    rows = [episode(f"E{day}", f"2026-11-1{day}T10:00") for day in (1, 2, 3)]
    with opened(store_url) as store:
        run = night(store, tmp_path, "2026-11-20T02:00", None, episodes=rows)
        later = night(store, tmp_path, "2026-11-21T02:00", None, episodes=())
        now = store.findings(Wanted(rule="MIS001"))
    assert run.findings.select("rule_id", "incident_ref", "child_ref", "status").rows() == [
        ("MIS001", None, "C1", "new"),
        *[("MIS002", None, "C1", "new")] * 3,  # cause for concern is blank
    ]
    assert later.carried_over is not None
    assert later.carried_over.get_column("incident_ref").to_list() == [None] * 4
    assert now.select("incident_ref", "child_ref", "status").rows() == [(None, "C1", "still open")]
