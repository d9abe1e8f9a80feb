"""One process at a time works through the inbox; a dead one blocks nobody, a living one is never pushed aside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import update

from checker.errors import HeldError
from checker.models import RunKind
from checker.store import Attempt, RunStatus, opened
from checker.store.engine import connect, writing
from checker.store.tables import LeaseRow
from tests.command import environment

HOLD = """
import sys, time
from checker.store import opened
with opened({url!r}) as store, store.lease():
    print("held", flush=True)
    time.sleep(600)
"""


def hold(url: str) -> subprocess.Popen[bytes]:
    """Another process that holds the lease and goes on living."""
    process = subprocess.Popen([sys.executable, "-c", HOLD.format(url=url)], env=environment(), stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()


def attempt(owner: str | None = None) -> Attempt:
    return Attempt(RunKind.NIGHTLY, "/inbox/night", "digest", "settings", owner=owner)


def change(url: str, **values: object) -> None:
    engine = connect(url)
    with writing(engine) as connection:
        connection.execute(update(LeaseRow).values(values))
    engine.dispose()


def test_the_second_is_told_who_holds_it_and_gets_it_once_that_one_has_ended(store_url: str) -> None:
    with opened(store_url) as store:
        assert store.holder() is None
        with store.lease():
            holder = store.holder()
            assert holder is not None
            assert holder.pid == os.getpid()
            told = rf"^the nightly extracts are in the hands of process {os.getpid()} on \S+ since \d\d/\d\d/\d{{4}} "
            with pytest.raises(HeldError, match=told), opened(store_url) as other, other.lease():
                pytest.fail("two hold the lease")
        assert store.holder() is None
        with store.lease():
            pass


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a dead holder is known by its silence alone")
def test_a_killed_holder_is_known_to_be_dead_at_once(store_url: str) -> None:
    process = hold(store_url)
    with opened(store_url) as store:
        with pytest.raises(HeldError), store.lease():
            pass
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, and its entry still there
        with store.lease():
            holder = store.holder()
            assert holder is not None
            assert holder.pid == os.getpid()
    process.communicate()


def test_a_holder_that_only_stands_still_is_not_pushed_aside_while_its_time_lasts(store_url: str) -> None:
    process = hold(store_url)
    process.send_signal(signal.SIGSTOP)
    with opened(store_url) as store, pytest.raises(HeldError), store.lease():
        pass
    end(process)


def test_a_number_that_another_process_has_now_is_not_its_holder(store_url: str) -> None:
    process = hold(store_url)
    change(store_url, process="1")  # when the holder was started: not when the one with its number was
    with opened(store_url) as store, store.lease():
        pass
    end(process)


def test_a_holder_on_another_machine_counts_as_dead_after_three_silent_minutes(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"  # PostgreSQL goes by its own clock
    process = hold(url)
    change(url, machine="another", host="elsewhere")
    end(process)
    now = datetime.now(UTC)
    with opened(url) as store:
        with (
            time_machine.travel(now + timedelta(minutes=2)),
            pytest.raises(HeldError, match="elsewhere"),
            store.lease(),
        ):
            pass
        with time_machine.travel(now + timedelta(minutes=4)), store.lease():
            pass


def test_a_lease_of_a_clock_that_was_years_ahead_binds_only_a_process_that_is_known_to_live(store_url: str) -> None:
    process = hold(store_url)
    change(store_url, valid_until=datetime(2099, 1, 1, tzinfo=UTC))
    with opened(store_url) as store, pytest.raises(HeldError), store.lease():
        pass
    change(store_url, machine="this one, before it was started anew")
    with opened(store_url) as store, store.lease():
        pass
    end(process)


def test_whoever_was_taken_over_writes_nothing_any_more(store_url: str) -> None:
    with opened(store_url) as store:
        with store.lease() as owner:
            number = store.begin(attempt(owner))
            change(store_url, owner="elsewhere:1:abc", host="elsewhere", pid=1, machine=None)
            with pytest.raises(HeldError, match=r"^this run was taken over by process 1 on elsewhere"):
                store.fail(number, "a fault", 11, owner)
            with pytest.raises(HeldError):
                store.finish(number, Path("reports"), owner)
            with pytest.raises(HeldError):
                store.begin(attempt(owner))
        assert [(run.status, run.error) for run in store.runs()] == [(RunStatus.RUNNING, None)]
        holder = store.holder()
        assert holder is not None
        assert holder.host == "elsewhere"  # who was taken over does not let go of what another holds


def test_what_a_dead_holder_left_running_is_given_up_by_the_next(store_url: str) -> None:
    with opened(store_url) as store:
        with store.lease() as owner:
            number = store.begin(attempt(owner))
        with store.lease():
            assert [(run.number, run.status) for run in store.runs()] == [(number, RunStatus.ABANDONED)]
        assert [entry.act for entry in store.audit()] == ["store created", "run begun", "run abandoned"]
