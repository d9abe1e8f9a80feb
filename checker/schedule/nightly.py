"""One pass over the inbox: every extract that has not been run, the oldest first, each by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from zoneinfo import ZoneInfo

import polars as pl

from checker.config import LONDON, Config
from checker.errors import UNEXPECTED_EXIT_CODE, CheckerError, HeldError, StoreError
from checker.evaluation import LISTED
from checker.models import Run, RunKind
from checker.pipeline import Order, Reported, finish_stored, run_nightly, settings_digest
from checker.report.words import total
from checker.schedule.inbox import Arrival, arrivals
from checker.schedule.logs import LOG
from checker.store import RunStatus, Store, StoredRun

_LONGEST_WAIT = timedelta(hours=12)  # less than a day: a job that comes once a night must never come too early
_CRASHES = 5  # of one extract in a row; after that the others go first


class Stopped(BaseException):
    """The pass was asked to stop: the run in hand is given up, unless it is stored already."""


@dataclass(frozen=True)
class Failure:
    """An extract that could not be run, or whose report could not be written: why, and with which exit code."""

    extract: str
    fault: str
    exit_code: int


@dataclass(frozen=True)
class Pass:
    """What came of one pass; `again_at` (UTC) is when it is worth trying what it had to leave."""

    finished: tuple[Reported, ...]
    failed: tuple[Failure, ...]
    waiting: tuple[str, ...]
    again_at: datetime | None
    stopped: bool


@dataclass(frozen=True)
class Pending:
    """An extract that is not run yet: its arrival, and how its last attempts went."""

    arrival: Arrival
    attempts: tuple[StoredRun, ...]

    @property
    def crashes(self) -> int:
        """How many attempts in a row ended with their process."""
        ends = [attempt.status is RunStatus.ABANDONED for attempt in reversed(self.attempts)]
        return ends.index(False) if False in ends else len(ends)

    @property
    def failures(self) -> int:
        """How many attempts failed."""
        return sum(attempt.status is RunStatus.FAILED for attempt in self.attempts)

    @property
    def retry_at(self) -> datetime | None:
        """Not before when it may be tried again (UTC), None where it was not tried or may be at once."""
        return self.attempts[-1].retry_at if self.attempts else None


def pending(config: Config, store: Store) -> list[Pending]:
    """The extracts of the inbox whose content no nightly run has stored, in the order in which they are due.

    Attempts on the same content under the same settings count; whoever mends either starts anew. An extract that has
    ended its process several times in a row comes after the others.

    Raises:
        ConfigError: no inbox is configured.
        SourceError: the inbox cannot be read.
    """
    settings = settings_digest(config)
    stored: set[tuple[str, datetime | None]] = set()
    attempts: dict[str, list[StoredRun]] = {}
    for run in store.runs(RunKind.NIGHTLY):
        if run.status in (RunStatus.STORED, RunStatus.FINISHED):
            stored.add((run.digest, run.as_of))
        elif run.settings_digest == settings:
            attempts.setdefault(run.digest, []).append(run)
    left = [
        Pending(each, tuple(attempts.get(each.digest, ())))
        for each in arrivals(config, datetime.now(UTC))
        if (each.digest, each.as_of) not in stored
    ]
    return sorted(left, key=lambda each: each.crashes >= _CRASHES)


def run_pass(
    config: Config,
    config_file: Path | None,
    store: Store,
    stop: Event | None = None,
    on_stage: Callable[[str], None] = lambda _: None,
) -> Pass:
    """Finish what a killed run has left, then run what is due; a failure of one extract does not stop the others.

    Args:
        config: What to do and where.
        config_file: Where that stands.
        store: Where it is put down.
        stop: Set by whoever wants the pass to end; the run in hand is given up unless it is stored already.
        on_stage: Told each stage of each run.

    Raises:
        HeldError: another process is at it, or has taken it over.
        StoreError: the store cannot be used; what was begun in it did not take place.
        ConfigError: no inbox is configured.
        SourceError: the inbox cannot be read.
    """
    with store.lease() as owner:
        hand = _PassInHand(config, config_file, store, owner, stop or Event(), on_stage)
        LOG.info("pass begun", extra={"inbox": str(config.schedule.inbox)})
        try:
            hand.work()
        except Stopped:
            LOG.warning("pass stopped")
        result = Pass(
            tuple(hand.finished),
            tuple(hand.failed),
            tuple(hand.waiting),
            min(hand.again, default=None),
            hand.stop.is_set(),
        )
        counts = {"finished": len(hand.finished), "failed": len(hand.failed), "waiting": len(hand.waiting)}
        LOG.info("pass ended", extra=counts)
        return result


@dataclass(frozen=True)
class _PassInHand:
    config: Config
    config_file: Path | None
    store: Store
    owner: str
    stop: Event
    on_stage: Callable[[str], None]
    finished: list[Reported] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    again: list[datetime] = field(default_factory=list)

    def work(self) -> None:
        for run in self.store.runs(RunKind.NIGHTLY, RunStatus.STORED):
            if self._may_be_tried(run.retry_at):
                self._finish(run)
        for each in pending(self.config, self.store):
            if not each.arrival.is_whole:
                LOG.info("extract still arriving", extra={"extract": each.arrival.folder.name})
                self.waiting.append(each.arrival.folder.name)
                self.again.append(datetime.now(UTC) + timedelta(minutes=max(1, self.config.schedule.settle_minutes)))
            elif self._may_be_tried(each.retry_at):
                self._run(each)

    def _may_be_tried(self, retry_at: datetime | None) -> bool:
        if retry_at is None or retry_at <= datetime.now(UTC):
            return True
        self.again.append(retry_at)
        return False

    def _run(self, due: Pending) -> None:
        self._go_on()
        name, wait = due.arrival.folder.name, self._wait(due.failures)
        order = Order(due.arrival.folder, due.arrival.stated, self.config, self.config_file, RunKind.NIGHTLY)
        LOG.info("run begun", extra={"extract": name, "attempt": len(due.attempts) + 1})
        with self._failing(name, wait):
            self._done(run_nightly(order, self.store, self.owner, self._folder_of, wait, self._stage))

    def _finish(self, run: StoredRun) -> None:
        self._go_on()
        name, wait = Path(run.extract).name, self._wait(0)
        with self._failing(name, wait):
            self._done(finish_stored(self.store, run.number, self.owner, self._folder_of, wait))

    def _done(self, reported: Reported) -> None:
        record = reported.run.record
        counts = {outcome.value: total(reported.run, outcome) for outcome in LISTED}
        counts |= {"rejected": reported.run.rejected.height, "alarms": len(record.alarms)}
        LOG.info("run finished", extra={"extract": Path(record.extract).name, "run": record.number, **counts})
        self.finished.append(reported)

    @contextmanager
    def _failing(self, name: str, wait: timedelta) -> Iterator[None]:
        """Keep the fault of one extract from the others."""
        try:
            yield
        except (StoreError, HeldError):
            raise
        except (Exception, pl.exceptions.PanicException) as fault:  # noqa: BLE001 - it is logged and told
            known = isinstance(fault, CheckerError)
            code = fault.exit_code if isinstance(fault, CheckerError) else UNEXPECTED_EXIT_CODE
            words = str(fault) if known else f"unexpected fault ({type(fault).__name__})"
            LOG.error("run failed", extra={"extract": name, "exit_code": code, "fault": words})
            self.failed.append(Failure(name, words, code))
            self.again.append(datetime.now(UTC) + wait)

    def _wait(self, failures: int) -> timedelta:
        """How long to leave an extract alone after one more failure: twice as long each time, up to half a day."""
        return min(timedelta(minutes=self.config.schedule.retry_minutes * 2 ** min(failures, 20)), _LONGEST_WAIT)

    def _stage(self, stage: str) -> None:
        self._go_on()
        self.on_stage(stage)

    def _go_on(self) -> None:
        if self.stop.is_set():
            raise Stopped

    def _folder_of(self, run: Run) -> Path:
        """A folder for each run: whoever still has yesterday's workbook open is in nobody's way."""
        local = run.record.as_of.astimezone(ZoneInfo(LONDON))
        return self.config.report.folder / f"{local:%Y-%m-%dT%H%M}_run{run.record.number}"
