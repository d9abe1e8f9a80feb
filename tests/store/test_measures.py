"""Each week is told from the newest night that saw all of it, and a past workbook tells it as it was known then."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from checker.config import Config
from checker.measures import MEASURED_WEEKS
from checker.models import Run, RunKind
from checker.pipeline.order import Order
from checker.pipeline.run import run_check, run_report
from checker.store import Store, opened
from tests.second_reading import COLUMNS, Row
from tests.strategies import write_extract

SAMPLE = Path(__file__).parents[2] / "sample_data" / "nightly"
FIRST, SECOND, THIRD = date(2026, 8, 31), date(2026, 9, 7), date(2026, 9, 14)  # Mondays


def night(
    store: Store,
    folder: Path,
    as_of: str,
    *reported: str,
    kind: RunKind = RunKind.NIGHTLY,
    without: tuple[str, ...] = (),
) -> Run:
    """The run over an extract of domestic abuse incidents that are open: each is a finding of CLO002 once it is due."""
    blank = {name: dict.fromkeys(columns, "") for name, columns in COLUMNS.items()}
    incidents: list[Row] = [
        blank["incidents"] | {"incident_ref": f"I{moment}", "reported_at": moment, "domestic_abuse": "yes"}
        for moment in reported
    ]
    names = ("incidents", "children", "referrals", "plans", "flags")
    tables: dict[str, list[Row]] = {name: [] for name in names if name not in without}
    extract = folder / f"{as_of}-{len(list(folder.iterdir()))}".replace(":", "")
    extract.mkdir()
    write_extract(extract, tables | {"incidents": incidents})
    return run_report(Order(extract, as_of, Config(), None, kind), extract / "report", store).run


def told(run: Run) -> dict[date, tuple[int, bool]]:
    """How many findings of CLO002 each week has, and whether the week is whole."""
    assert run.weeks is not None
    of_rule = run.weeks.filter(rule_id="CLO002")
    by_week = of_rule.group_by("week").agg(pl.col("finding").sum(), pl.col("whole").unique().implode().list.first())
    return {week: (finding, whole) for week, finding, whole in by_week.sort("week").rows()}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    (tmp_path / "extracts").mkdir()
    with opened(f"sqlite:///{tmp_path}/store.db") as store:
        yield store


@pytest.fixture
def extracts(tmp_path: Path) -> Path:
    return tmp_path / "extracts"


def test_what_a_run_counted_comes_back_as_it_was(store_url: str, tmp_path: Path) -> None:
    order = Order(SAMPLE, None, Config(), None)
    unrecorded = run_check(order)
    with opened(store_url) as store:
        recorded = run_report(order, tmp_path / "report", store).run
    assert recorded.measures is not None
    assert recorded.weeks is not None
    assert_frame_equal(recorded.measures, unrecorded.measures)
    assert_frame_equal(recorded.weeks, unrecorded.weeks)
    assert recorded.weeks.schema == MEASURED_WEEKS


def test_a_week_is_told_from_the_newest_night_that_holds_all_of_it(store: Store, extracts: Path) -> None:
    first = night(store, extracts, "2026-09-07T02:00", "2026-08-31T00:00", "2026-09-02T10:00")
    assert told(first) == {FIRST: (2, True), SECOND: (0, False)}
    # by now one of the incidents was closed in time, and is no finding any more
    second = night(store, extracts, "2026-09-08T02:00", "2026-08-31T00:00", "2026-09-07T10:00")
    assert told(second) == {FIRST: (1, True), SECOND: (0, False)}  # the one of Monday is not due yet
    # the extract begins in the middle of the week: the night before still tells it
    third = night(store, extracts, "2026-09-14T02:00", "2026-09-02T10:00", "2026-09-07T10:00", "2026-09-09T10:00")
    assert told(third) == {FIRST: (1, True), SECOND: (2, True), THIRD: (0, False)}


def test_a_week_that_no_night_holds_whole_is_told_from_the_one_that_holds_the_most(
    store: Store, extracts: Path
) -> None:
    night(store, extracts, "2026-09-07T02:00", "2026-09-01T10:00", "2026-09-02T10:00", "2026-09-05T10:00")
    night(store, extracts, "2026-09-08T02:00", "2026-09-02T10:00", "2026-09-05T10:00")
    last = night(store, extracts, "2026-09-09T02:00", "2026-09-05T10:00")
    assert told(last) == {FIRST: (3, False), SECOND: (0, False)}


def test_a_week_that_no_extract_reaches_is_not_told(store: Store, extracts: Path) -> None:
    night(store, extracts, "2026-09-03T02:00", "2026-08-31T00:00")
    later = night(store, extracts, "2026-09-16T02:00", "2026-09-14T00:00")
    assert told(later) == {FIRST: (1, False), THIRD: (1, False)}


def test_a_night_of_the_fourteenth_week_is_not_looked_at(store: Store, extracts: Path) -> None:
    night(store, extracts, "2026-06-15T02:00", "2026-06-08T00:00", "2026-06-14T12:00")  # a Monday
    last = night(store, extracts, "2026-09-07T02:00", "2026-09-01T10:00")
    assert told(last) == {date(2026, 6, 15): (0, False), FIRST: (1, False), SECOND: (0, False)}
    assert told(night(store, extracts, "2026-09-14T02:00", "2026-09-08T10:00")) == {
        FIRST: (1, False),
        SECOND: (1, False),
        THIRD: (0, False),
    }


def test_only_nights_that_the_run_knows_of_tell_it_anything(store: Store, extracts: Path) -> None:
    night(store, extracts, "2026-09-07T02:00", "2026-08-31T00:00", kind=RunKind.ADHOC)
    one = night(store, extracts, "2026-09-08T02:00", "2026-09-07T00:00")
    assert told(one) == {SECOND: (1, False)}
    older = night(store, extracts, "2026-09-06T02:00", "2026-08-31T00:00", "2026-09-01T00:00")
    assert told(older) == {FIRST: (2, False)}
    newest = night(store, extracts, "2026-09-08T02:00", "2026-09-07T01:00")
    assert told(newest) == {FIRST: (2, False), SECOND: (1, False)}
    adhoc = night(store, extracts, "2026-09-09T02:00", "2026-09-08T00:00", kind=RunKind.ADHOC)
    assert told(adhoc) == {SECOND: (1, False)}


def test_a_past_run_tells_its_weeks_as_they_were_known_then(store: Store, extracts: Path) -> None:
    moments = ("2026-09-07T02:00", "2026-09-08T02:00", "2026-09-07T02:00", "2026-09-14T02:00")
    reported = ("2026-08-31T00:00", "2026-09-02T10:00", "2026-09-05T10:00")
    runs = [night(store, extracts, moment, *reported[: 1 + number % 3]) for number, moment in enumerate(moments)]
    assert [told(run)[FIRST] for run in runs] == [(1, True), (2, True), (3, True), (1, True)]
    for run in runs:
        assert run.record.number is not None
        again = store.load(run.record.number)
        assert_frame_equal(again.weeks, run.weeks)
        assert_frame_equal(again.measures, run.measures)


def test_a_rule_that_did_not_run_that_night_has_no_week_of_it(store: Store, extracts: Path) -> None:
    run = night(store, extracts, "2026-09-07T02:00", "2026-08-31T00:00", without=("plans",))
    assert run.weeks is not None
    assert run.weeks.filter(pl.col("rule_id").str.starts_with("FLG")).is_empty()
    assert run.weeks.filter(rule_id="REF001").select("week", "finding").rows() == [(FIRST, 0), (SECOND, 0)]


def test_a_purge_leaves_the_measures(store: Store, extracts: Path) -> None:
    night(store, extracts, "2026-09-07T02:00", "2026-08-31T00:00")
    last = night(store, extracts, "2026-09-14T02:00", "2026-09-07T00:00")
    store.purge(datetime(2026, 9, 10, tzinfo=UTC), "retention schedule")
    assert last.record.number is not None
    again = store.load(last.record.number)
    assert_frame_equal(again.weeks, last.weeks)
    assert told(again)[FIRST] == (1, True)


def test_a_run_that_was_stored_before_runs_were_measured_has_none(store: Store, extracts: Path, tmp_path: Path) -> None:
    old = night(store, extracts, "2026-09-07T02:00", "2026-08-31T00:00")
    with sqlite3.connect(tmp_path / "store.db") as database:
        database.execute("DELETE FROM measures")
    assert old.record.number is not None
    again = store.load(old.record.number)
    assert again.measures is None
    assert again.weeks is not None
    assert again.weeks.is_empty()
