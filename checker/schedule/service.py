"""The service: a pass each night, and again where one had to leave something."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from logging import ERROR, WARNING
from pathlib import Path
from threading import Event, Thread
from types import FrameType
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger

from checker.config import LONDON, Config, password_of
from checker.errors import HeldError, StoreError
from checker.schedule.inbox import inbox_of
from checker.schedule.logs import LOG
from checker.schedule.nightly import Pass, known, run_pass
from checker.schedule.notice import tell
from checker.store import opened

_LATEST = 4 * 3600  # seconds after its time at which a pass still begins, where the machine slept through it
_NIGHTLY, _AGAIN = "nightly", "again"

Job = Callable[[], datetime | None]


def serve(config: Config, config_file: Path | None) -> None:
    """Run a pass at once, which catches up what was missed, and one each night, until SIGTERM or Ctrl-C.

    Raises:
        ConfigError: no inbox is configured, or the password of the workbooks cannot be had.
        StoreError: the store cannot be opened.
    """
    inbox_of(config)  # a fault that lasts is told at once, and not at three in the morning
    password_of(config.report)
    with opened(config.store.url.get_secret_value()):
        pass
    scheduler, service = BlockingScheduler(**settings()), Service(config, config_file)
    plan(scheduler, config.schedule.cron, service.nightly)

    def end() -> None:
        while not scheduler.running:  # asked to stop before it has begun
            time.sleep(0.05)
        scheduler.shutdown(wait=True)

    with stopping(service.stop, end):
        LOG.info("service begun", extra={"cron": config.schedule.cron, "time_zone": LONDON})
        scheduler.start()
    LOG.info("service ended")


class Service:
    """What the scheduler calls, and what it remembers from one night to the next."""

    def __init__(self, config: Config, config_file: Path | None) -> None:
        self.stop = Event()
        self._config, self._config_file = config, config_file
        self._told: str | None = None  # a fault that lasts is told once, not by each pass

    def nightly(self) -> datetime | None:
        """One pass, and word of it; when it is worth trying again (UTC), or None. Nothing that it raises ends it."""
        result = one_pass(self._config, self._config_file, self.stop)
        fault = _nothing_but(result)
        if fault is None or fault != self._told:
            self._told = fault if tell(self._config.email, result) else None
        if result.fault is None:
            return result.again_at
        return datetime.now(UTC) + timedelta(minutes=self._config.schedule.retry_minutes)


def one_pass(config: Config, config_file: Path | None, stop: Event) -> Pass:
    """One pass over the inbox; whatever ended it, or kept it from beginning, is its `fault`."""
    try:
        inbox_of(config)
        password_of(config.report)
        with opened(config.store.url.get_secret_value()) as store:
            return run_pass(config, config_file, store, stop)
    except (Exception, pl.exceptions.PanicException) as cause:  # noqa: BLE001 - it is logged and told
        fault = known(cause)
        level = WARNING if isinstance(fault, HeldError) else ERROR
        LOG.log(level, "pass not begun", extra={"fault": str(fault), "exit_code": fault.exit_code})
        return Pass(fault=fault)


def tell_once(config: Config, result: Pass) -> None:
    """Send word of a pass that is a process of its own; of a fault that lasts and is all there is to tell, twice a day.

    A fault of the store itself is told each time, for nothing can remember that it was.
    """
    fault, url = _nothing_but(result), config.store.url.get_secret_value()
    if fault is None or not config.email.is_on:
        tell(config.email, result)
        return
    was_told = False
    with suppress(StoreError), opened(url) as store:
        was_told = store.was_told(fault)
    if not was_told and tell(config.email, result):
        with suppress(StoreError), opened(url) as store:
            store.told(fault)


def _nothing_but(result: Pass) -> str | None:
    """The fault of a pass in which nothing else came about; of another holder of the lease no word is sent."""
    is_all = not (result.finished or result.failed or result.returned or isinstance(result.fault, HeldError))
    fault = result.fault or result.not_collected
    return str(fault) if fault is not None and is_all else None


def settings() -> dict[str, Any]:
    """How the scheduler is set up: one pass at a time, in London, and late rather than not at all."""
    return {
        "timezone": ZoneInfo(LONDON),
        "executors": {"default": ThreadPoolExecutor(1)},
        "job_defaults": {"coalesce": True, "max_instances": 1, "misfire_grace_time": _LATEST},
    }


def plan(scheduler: BaseScheduler, cron: str, job: Job) -> None:
    """Give the scheduler a job for each night, at once and again whenever the job says so.

    Args:
        scheduler: Not yet started.
        cron: Five fields, London time.
        job: Gives the instant (UTC) at which it is worth being called again before the next night, or None.
    """

    def work() -> None:
        if (again_at := job()) is not None:
            scheduler.add_job(work, DateTrigger(again_at), id=_AGAIN, replace_existing=True, misfire_grace_time=None)

    scheduler.add_listener(_log_event, EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)
    scheduler.add_job(work, CronTrigger.from_crontab(cron, ZoneInfo(LONDON)), id=_NIGHTLY)
    scheduler.add_job(work, id="start", misfire_grace_time=None)


@contextmanager
def stopping(stop: Event, end: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Let SIGTERM and Ctrl-C set `stop`, and call `end` in a thread of its own, while the block runs."""

    def on_signal(number: int, _: FrameType | None) -> None:
        stop.set()
        # Not logged here: the signal may have come in the middle of a line of the log, which cannot be begun twice.
        ends.append(Thread(target=said_and_ended, args=(number,), name="stop"))
        ends[-1].start()

    def said_and_ended(number: int) -> None:
        LOG.warning("asked to stop", extra={"signal": signal.Signals(number).name})
        end()

    ends: list[Thread] = []
    before = {number: signal.signal(number, on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for each in ends:  # until the run in hand has ended
            each.join()
        for number, handler in before.items():
            signal.signal(number, handler)


def _log_event(event: JobEvent) -> None:
    what = {EVENT_JOB_ERROR: "job failed", EVENT_JOB_MISSED: "job missed", EVENT_JOB_MAX_INSTANCES: "job still running"}
    fault = getattr(event, "exception", None)
    LOG.error(what[event.code], extra={"job": event.job_id, "fault": type(fault).__name__ if fault else None})
