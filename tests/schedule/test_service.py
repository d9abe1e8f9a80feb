"""The service runs each night once, whatever the clocks do, catches up what it missed, and ends when it is asked to."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import time_machine
from apscheduler.schedulers.background import BackgroundScheduler

from checker.config import load_config
from checker.schedule.service import Service, plan, settings
from checker.store import RunStatus, opened
from tests.command import checker, process
from tests.nights import as_of, write_config, write_night

STEP = timedelta(minutes=15)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@contextmanager
def scheduler() -> Iterator[BackgroundScheduler]:
    started = BackgroundScheduler(**settings())
    try:
        yield started
    finally:
        started.shutdown(wait=True)


def calls(cron: str, first: str, last: str) -> list[datetime]:
    """When a real scheduler, its clock moved a quarter of an hour at a time, called its job, after the first time."""
    called: list[datetime] = []
    moment = instant(first)
    with time_machine.travel(moment, tick=False) as clock, scheduler() as running:
        plan(running, cron, lambda: called.append(datetime.now(UTC)))
        running.start()
        while moment <= instant(last):
            clock.move_to(moment)
            running.wakeup()
            time.sleep(0.02)
            moment += STEP
    assert called[0] == instant(first)  # at once, whatever was missed
    return called[1:]


@pytest.mark.parametrize(
    ("cron", "first", "last", "due"),
    [
        # The clocks go forward on 29 March 2026, from 01:00 to 02:00, and back on 25 October, from 02:00 to 01:00.
        ("15 3 * * *", "2026-03-28T06:00", "2026-03-30T06:00", ["2026-03-29T02:15", "2026-03-30T02:15"]),
        ("15 3 * * *", "2026-10-24T06:00", "2026-10-26T06:00", ["2026-10-25T03:15", "2026-10-26T03:15"]),
        ("0 2 * * *", "2026-03-28T06:00", "2026-03-30T06:00", ["2026-03-29T01:00", "2026-03-30T01:00"]),
        ("0 2 * * *", "2026-10-24T06:00", "2026-10-26T06:00", ["2026-10-25T02:00", "2026-10-26T02:00"]),
        ("45 0 * * *", "2026-10-24T06:00", "2026-10-26T06:00", ["2026-10-24T23:45", "2026-10-26T00:45"]),
        ("15 3 * * *", "2028-02-28T06:00", "2028-03-01T06:00", ["2028-02-29T03:15", "2028-03-01T03:15"]),
        ("15 3 29 2 *", "2028-02-28T06:00", "2028-03-01T06:00", ["2028-02-29T03:15"]),
    ],
)
def test_each_night_comes_once(cron: str, first: str, last: str, due: list[str]) -> None:
    assert calls(cron, first, last) == [instant(each) for each in due]


def test_a_night_that_the_machine_slept_through_is_made_up_for_within_four_hours(
    caplog: pytest.LogCaptureFixture,
) -> None:
    called: list[datetime] = []
    with time_machine.travel(instant("2026-11-21T12:00"), tick=False) as clock, scheduler() as running:
        plan(running, "15 3 * * *", lambda: called.append(datetime.now(UTC)))
        running.start()
        for woken in ("2026-11-21T12:00", "2026-11-22T07:00", "2026-11-23T08:00"):
            clock.move_to(instant(woken))
            running.wakeup()
            time.sleep(0.2)
    assert called == [instant("2026-11-21T12:00"), instant("2026-11-22T07:00")]
    assert "job missed" in caplog.messages  # the third was too late: `status` says so in the morning


def test_it_comes_again_when_the_last_pass_had_to_leave_something() -> None:
    called: list[datetime] = []

    def job() -> datetime | None:
        called.append(datetime.now(UTC))
        return datetime.now(UTC) + timedelta(seconds=0.2) if len(called) < 4 else None

    with scheduler() as running:
        plan(running, "15 3 * * *", job)
        running.start()
        time.sleep(2)
    assert len(called) == 4
    assert all(later - earlier >= timedelta(seconds=0.2) for earlier, later in pairwise(called))


def test_a_job_that_fails_does_not_end_the_service(caplog: pytest.LogCaptureFixture) -> None:
    called: list[datetime] = []

    def job() -> None:
        called.append(datetime.now(UTC))
        raise ZeroDivisionError

    with time_machine.travel(instant("2026-11-21T12:00"), tick=False) as clock, scheduler() as running:
        plan(running, "15 3 * * *", job)
        running.start()
        for moment in ("2026-11-21T12:00", "2026-11-22T03:15", "2026-11-23T03:15"):
            clock.move_to(instant(moment))
            running.wakeup()
            time.sleep(0.2)
    assert len(called) == 3
    assert caplog.messages.count("job failed") == 3


@pytest.mark.parametrize("change", ["2026-03-29", "2026-10-25"])
def test_on_the_night_of_a_clock_change_the_extract_is_run_once(tmp_path: Path, store_url: str, change: str) -> None:
    config = write_config(tmp_path, store_url)
    day = datetime.fromisoformat(change).date()
    service = Service(load_config(config), config)
    moment = instant(f"{day - timedelta(days=1)}T23:30")
    with time_machine.travel(moment, tick=False) as clock, scheduler() as running:
        plan(running, "15 3 * * *", service.nightly)
        running.start()
        for step in range(20):
            clock.move_to(moment + step * STEP)
            if step == 10:  # 02:00 UTC
                write_night(tmp_path / "inbox", as_of(1, day), {"a": "F"})
            running.wakeup()
            time.sleep(0.1)
    with opened(store_url) as store:
        (run,) = store.runs()
        assert (run.status, run.as_of) == (RunStatus.FINISHED, as_of(1, day))


def logged(line: bytes) -> dict[str, object]:
    event: dict[str, object] = json.loads(line)
    return event


def read_until(service: subprocess.Popen[bytes], event: str) -> None:
    assert service.stderr is not None
    for line in service.stderr:
        if logged(line)["event"] == event:
            return
    pytest.fail(f"the service ended before its {event!r}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_catches_up_at_once_and_ends_when_it_is_asked_to(
    tmp_path: Path, store_url: str, number: signal.Signals
) -> None:
    config = write_config(tmp_path, store_url)
    for night in (2, 1, 3):
        write_night(tmp_path / "inbox", as_of(night), {"a": "F"})
    service = process("serve", "--config", config)
    read_until(service, "pass ended")
    service.send_signal(number)
    out, err = service.communicate(timeout=20)
    assert (service.returncode, out) == (0, b"")
    assert [logged(line)["event"] for line in err.splitlines()][-2:] == ["asked to stop", "service ended"]
    with opened(store_url) as store:
        assert [(run.status, run.as_of) for run in store.runs()] == [
            (RunStatus.FINISHED, as_of(night)) for night in (1, 2, 3)
        ]
        assert store.holder() is None


@pytest.mark.parametrize("command", ["serve", "nightly"])
def test_asked_to_stop_in_the_middle_of_a_run_it_finishes_it_or_leaves_no_trace(
    tmp_path: Path, store_url: str, command: str
) -> None:
    config = write_config(tmp_path, store_url)
    for night in range(1, 31):
        write_night(tmp_path / "inbox", as_of(night), {f"{number:03}": "F" for number in range(100)})
    service = process(command, "--config", config)
    read_until(service, "run begun")
    service.send_signal(signal.SIGTERM)
    service.communicate(timeout=20)
    assert service.returncode == (0 if command == "serve" else 143)
    with opened(store_url) as store:
        runs = store.runs()
        assert len(runs) < 30
        assert {run.status for run in runs} <= {RunStatus.FINISHED, RunStatus.ABANDONED}
        assert {run.report for run in runs if run.report} == {str(each) for each in (tmp_path / "reports").glob("*")}


def test_it_does_not_begin_where_it_could_never_work(tmp_path: Path) -> None:
    done = checker("serve", folder=tmp_path)
    assert (done.code, done.err.splitlines()[-1]) == (
        2,
        "checker: checker.toml: [schedule] inbox is missing; name the folder that the extracts arrive in",
    )
    config = write_config(tmp_path, "postgresql://nobody@/nothing?host=/nowhere")
    done = checker("serve", "--config", config)
    assert done.code == 13
    assert "PostgreSQL database 'nothing' on /nowhere: the database cannot be reached" in done.err
