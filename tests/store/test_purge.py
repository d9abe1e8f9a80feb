"""What a purge removes, and what it leaves just as it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from checker.config import Config
from checker.errors import ConfigError, ReportError
from checker.models import RunKind
from checker.pipeline.order import Order
from checker.pipeline.run import run_nightly
from checker.store import Store, opened
from tests.nights import as_of, write_night
from tests.store.told import now, of_rule, run, statuses


def purge(store: Store, night: int) -> dict[str, int]:
    return store.purge(as_of(night), "retention schedule").counts()


def test_a_purge_removes_closed_cases_and_old_lists_and_says_what(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        run(store, tmp_path, 1, a="F", b="F", c="D", x="X")
        run(store, tmp_path, 2, a="P", b="F", c="P")
        run(store, tmp_path, 3, a="P", b="F", c="P", d="F", x="X")
        counted = store.record(1)[1]
        # None of the incidents is ever closed, so CLO002 finds each of them to the end: all that stays. Of REF001 goes
        # a, resolved on night 2, with its line of night 1, and the line of night 1 that says c is not yet due, which
        # never became a finding. The rejected rows of night 1 are the incident of x and its child, an orphan by that.
        # All that later runs look back on was reported in September: a, b and d, and c as each of two nights told it;
        # night 1 told too that it could not read a child of x.
        gone = {"findings": 1, "lines": 2, "rejected_rows": 2, "decisions": 0, "runs": 2, "history": 6}
        assert purge(store, 3) == gone
        assert set(now(store)) == {"b", "d"}
        assert store.record(1)[1] == counted
        assert [line.reason for line in store.audit()][-1] == "retention schedule"
        with pytest.raises(ConfigError, match=r"^run 2: its lists were purged; `checker runs show 2` has its counts$"):
            store.load(2)
        newest = store.load(3)
        assert statuses(newest) == {"b": "still open", "d": "new"}
        assert newest.rejected.height == 2
        assert purge(store, 3) == dict.fromkeys(gone, 0)


def test_the_newest_list_is_kept_however_far_a_purge_reaches(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        run(store, tmp_path, 1, a="F", b="F")
        before = run(store, tmp_path, 2, a="P", b="F").run
        store.purge(datetime(2030, 1, 1, tzinfo=UTC), "retention schedule")
        kept = store.load(2)
        assert kept.findings.equals(before.findings)
        assert kept.resolved is not None
        assert before.resolved is not None
        assert kept.resolved.equals(before.resolved)


def test_a_purge_leaves_every_report_that_it_leaves_just_as_it_was(store_url: str, tmp_path: Path) -> None:
    """Runs 3 and 4 have the older extracts: by the dates alone, what runs 2 and 5 tell of a would be gone."""
    with opened(store_url) as store:
        run(store, tmp_path, 1, a="F", b="F")
        run(store, tmp_path, 5, a=".", b="F")  # carries a over
        run(store, tmp_path, 3, a="P", b="F")
        run(store, tmp_path, 4, a="P", b="F")
        run(store, tmp_path, 6, a="D", b="F")  # lists a as not yet due
        kept = {number: store.load(number) for number in (2, 4, 5)}
        assert "a" in of_rule(kept[2].carried_over) & set(statuses(kept[5]))
        purge(store, 4)
        for number, before in kept.items():
            after = store.load(number)
            for name in ("findings", "rejected", "resolved", "carried_over"):
                assert getattr(after, name).equals(getattr(before, name)), (number, name)


def test_a_nightly_run_whose_files_are_still_to_be_written_is_kept_from_a_purge(store_url: str, tmp_path: Path) -> None:
    (tmp_path / "full").touch()
    with opened(store_url) as store:
        extract = write_night(tmp_path / "extracts", as_of(1), {"a": "F", "b": "F"}, "night1")
        order = Order(extract, None, Config(), None, RunKind.NIGHTLY)
        with store.lease() as owner, pytest.raises(ReportError):
            run_nightly(order, store, owner, lambda _: tmp_path / "full", timedelta(minutes=1))
        run(store, tmp_path, 2, a="P", b="F")
        run(store, tmp_path, 3, a="P", b="F")
        assert purge(store, 3)["runs"] == 0
        assert store.audit()[-1].details["before"] == as_of(1).astimezone(UTC).isoformat()
        assert statuses(store.load(1)) == {"a": "new", "b": "new"}


def test_a_single_check_whose_files_could_not_be_written_is_in_no_purges_way(store_url: str, tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "night1").touch()
    with opened(store_url) as store:
        with pytest.raises(ReportError):
            run(store, tmp_path, 1, a="F", b="F")
        run(store, tmp_path, 2, a="P", b="F")
        run(store, tmp_path, 3, a="P", b="F")
        assert purge(store, 3)["runs"] == 2
