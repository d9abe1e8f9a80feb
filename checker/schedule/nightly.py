"""One pass over the inbox: every extract that has not been run, the oldest first, each by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from zoneinfo import ZoneInfo

import polars as pl

from checker.config import LONDON, Config
from checker.errors import UNEXPECTED_EXIT_CODE, CheckerError, HeldError, StoreError
from checker.evaluation import LISTED
from checker.models import Run, RunKind
from checker.pipeline.order import Order
from checker.pipeline.returns import ReturnReport, collect_new
from checker.pipeline.run import Reported, finish_stored, run_nightly, settings_digest
from checker.report.words import total
from checker.schedule.inbox import Arrival, arrivals, loose_files
from checker.schedule.logs import LOG
from checker.store import RunStatus, Store, StoredRun, printable

_LONGEST_WAIT = timedelta(hours=12)  # less than a day: a job that comes once a night must never come too early
_CRASHES = 5  # of one extract in a row; after that the others go first


class Stopped(BaseException):
    """The pass was asked to stop: the run in hand is given up, unless it is stored already."""


@dataclass(frozen=True)
class Failure:
    """An extract that could not be run, or whose report could not be written: why, and with which exit code.

    `again_at` (UTC) is when it may be tried again.
    """

    extract: str
    fault: str
    exit_code: int
    again_at: datetime


@dataclass(frozen=True)
class Pass:
    """What came of one pass.

    `failed` are the extracts that failed in it, `left` those that failed before and were not yet to be tried again,
    `waiting` those that are still arriving, `loose` the data files that lie in the inbox itself. `again_at` (UTC) is
    when it is worth trying what it had to leave, `fault` what ended it before it was through. `returned` is what came
    of the workbooks that supervisors put back, `not_collected` why they could not be looked at.
    """

    finished: tuple[Reported, ...] = ()
    failed: tuple[Failure, ...] = ()
    left: tuple[Failure, ...] = ()
    waiting: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()
    again_at: datetime | None = None
    stopped: bool = False
    fault: CheckerError | None = None
    returned: ReturnReport | None = None
    not_collected: CheckerError | None = None


@dataclass(frozen=True)
class Pending:
    """An extract that is not run yet: its arrival, and how its last attempts went."""

    arrival: Arrival
    attempts: tuple[StoredRun, ...]

    @property
    def crashes(self) -> int:
        """How many attempts in a row ended with their process, and so without a word of why."""
        ends = [attempt.status is RunStatus.ABANDONED and not attempt.error for attempt in reversed(self.attempts)]
        return ends.index(False) if False in ends else len(ends)

    @property
    def failures(self) -> int:
        """How many attempts failed."""
        return sum(attempt.status is RunStatus.FAILED for attempt in self.attempts)

    @property
    def last(self) -> StoredRun | None:
        """The last attempt, if there was one."""
        return self.attempts[-1] if self.attempts else None

    @property
    def last_failed(self) -> StoredRun | None:
        """The last attempt that failed, if one did."""
        return next((each for each in reversed(self.attempts) if each.status is RunStatus.FAILED), None)


def pending(config: Config, store: Store) -> list[Pending]:
    """The extracts of the inbox whose content no nightly run has stored, in the order in which they are due.

    Where a folder's content was replaced it is the last one run of the same moment that counts: what was put back is
    run again. Of two folders with one content and one moment, or of two names of one folder, one is due. Attempts on
    the same content in the same place under the same settings count; whoever mends any of these starts anew. An extract
    that has ended its process several times in a row comes after the others.

    Raises:
        ConfigError: no inbox is configured.
        SourceError: the inbox cannot be read.
    """
    settings = settings_digest(config)
    stored: set[tuple[str, datetime | None]] = set()
    last_of: dict[tuple[str, datetime | None], str] = {}
    attempts: dict[tuple[str, str], list[StoredRun]] = {}
    for run in store.runs(RunKind.NIGHTLY):
        if run.status in (RunStatus.STORED, RunStatus.FINISHED):
            stored.add((run.digest, run.as_of))
            last_of[run.extract, run.as_of] = run.digest
        elif run.settings_digest == settings:
            attempts.setdefault((run.extract, run.digest), []).append(run)
    due: dict[object, Pending] = {}
    seen: set[str] = set()
    for each in arrivals(config, datetime.now(UTC)):  # those without a moment come last
        place, content = printable(str(each.folder.resolve())), (each.digest, each.as_of)
        is_another_name = each.as_of is None and place in seen
        seen.add(place)
        last = last_of.get((place, each.as_of))
        if not is_another_name and (content not in stored if last is None else each.digest != last):
            before = tuple(attempts.get((place, each.digest), ()))
            due.setdefault(place if each.as_of is None else content, Pending(each, before))
    return sorted(due.values(), key=lambda each: each.crashes >= _CRASHES)


def run_pass(
    config: Config,
    config_file: Path | None,
    store: Store,
    stop: Event | None = None,
    on_stage: Callable[[str], None] = lambda _: None,
) -> Pass:
    """Take what supervisors decided, finish what a killed run has left, then run what is due.

    A failure of one extract does not stop the others, nor does one of the returned workbooks.

    What ends the pass once it has begun is the `fault` of what came of it until then.

    Args:
        config: What to do and where.
        config_file: Where that stands.
        store: Where it is put down.
        stop: Set by whoever wants the pass to end; the run in hand is given up unless it is stored already.
        on_stage: Told each stage of each run.

    Raises:
        HeldError: another process is at it.
        StoreError: the store cannot be used.
    """
    with store.lease() as owner:
        hand = _PassInHand(config, config_file, store, owner, stop or Event(), on_stage)
        LOG.info("pass begun", extra={"inbox": str(config.schedule.inbox)})
        fault, returned = None, _Returned()
        try:
            returned = _collect(config, store)
            hand.work()
        except Stopped:
            LOG.warning("pass stopped")
        except Exception as cause:  # noqa: BLE001 - it is logged and told, with what was done before
            fault = known(cause)
            LOG.error("pass failed", extra={"fault": str(fault), "exit_code": fault.exit_code})
        result = replace(hand.result(fault), returned=returned.report, not_collected=returned.fault)
        counts = {name: len(getattr(result, name)) for name in ("finished", "failed", "left", "waiting")}
        LOG.info("pass ended", extra=counts)
        return result


@dataclass(frozen=True)
class _Returned:
    report: ReturnReport | None = None
    fault: CheckerError | None = None


def _collect(config: Config, store: Store) -> _Returned:
    """What came of the returned workbooks; their fault keeps no extract from being run."""
    try:
        report = collect_new(config, store, config.report.folder)
    except StoreError:
        raise
    except Exception as cause:  # noqa: BLE001 - it is logged and told
        fault = known(cause)
        LOG.error("returned workbooks not read", extra={"fault": str(fault), "exit_code": fault.exit_code})
        return _Returned(fault=fault)
    if report is not None:
        for workbook in report.collected.workbooks:
            LOG.info("workbook returned", extra=asdict(workbook))
    return _Returned(report)


def known(fault: BaseException) -> CheckerError:
    """The fault as one that has an exit code; the text of one that we did not foresee may hold a value of a row."""
    if isinstance(fault, CheckerError):
        return fault
    unforeseen = CheckerError(f"unexpected fault ({type(fault).__name__}); run again with --debug and report it")
    unforeseen.__cause__ = fault
    return unforeseen


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
    left: list[Failure] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)
    again: list[datetime] = field(default_factory=list)

    def result(self, fault: CheckerError | None) -> Pass:
        """What came of it until now."""
        return Pass(
            tuple(self.finished),
            tuple(self.failed),
            tuple(self.left),
            tuple(self.waiting),
            tuple(self.loose),
            min(self.again, default=None),
            self.stop.is_set(),
            fault,
        )

    def work(self) -> None:
        for run in self.store.runs(RunKind.NIGHTLY, RunStatus.STORED):
            if self._may_be_tried(Path(run.extract).name, run):
                self._finish(run)
        self.loose.extend(loose_files(self.config))
        for name in self.loose:
            LOG.warning("not an extract folder", extra={"file": name})
        for each in pending(self.config, self.store):
            if not each.arrival.is_whole:
                LOG.info("extract still arriving", extra={"extract": each.arrival.folder.name})
                self.waiting.append(each.arrival.folder.name)
                self.again.append(datetime.now(UTC) + timedelta(minutes=max(1, self.config.schedule.settle_minutes)))
            elif self._may_be_tried(each.arrival.folder.name, each.last):
                self._run(each)

    def _may_be_tried(self, name: str, last: StoredRun | None) -> bool:
        """Whether it is time for another attempt; a time later than any pause lasts is of a clock that was wrong."""
        now = datetime.now(UTC)
        if last is None or last.retry_at is None or not now < last.retry_at <= now + _LONGEST_WAIT:
            return True
        self.again.append(last.retry_at)
        code = UNEXPECTED_EXIT_CODE if last.exit_code is None else last.exit_code
        self.left.append(Failure(name, last.error or "", code, last.retry_at))
        return False

    def _run(self, due: Pending) -> None:
        self._go_on()
        name, wait = due.arrival.folder.name, self._wait(due.last_failed)
        order = Order(due.arrival.folder, due.arrival.stated, self.config, self.config_file, RunKind.NIGHTLY)
        LOG.info("run begun", extra={"extract": name, "attempt": len(due.attempts) + 1})
        with self._failing(name, wait):
            self._done(run_nightly(order, self.store, self.owner, self._folder_of, wait, self._stage))

    def _finish(self, run: StoredRun) -> None:
        self._go_on()
        name, wait = Path(run.extract).name, self._wait(run)
        with self._failing(name, wait):
            self._done(finish_stored(self.store, run.number, self.owner, self._folder_of, self.config.report, wait))

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
        except (Exception, pl.exceptions.PanicException) as cause:  # noqa: BLE001 - it is logged and told
            fault, again_at = known(cause), datetime.now(UTC) + wait
            LOG.error("run failed", extra={"extract": name, "exit_code": fault.exit_code, "fault": str(fault)})
            self.failed.append(Failure(name, str(fault), fault.exit_code, again_at))
            self.again.append(again_at)

    def _wait(self, last: StoredRun | None) -> timedelta:
        """How long to leave an extract alone after one more failure: twice as long as before, up to half a day."""
        first = timedelta(minutes=self.config.schedule.retry_minutes)
        if last is None or last.retry_at is None or last.ended_at is None:
            return min(first, _LONGEST_WAIT)
        return min(max(first, 2 * (last.retry_at - last.ended_at)), _LONGEST_WAIT)

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
