"""The state of the service: whether someone has to look after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from checker.config import Config
from checker.models import RuleStatus, RunKind
from checker.schedule.inbox import loose_files
from checker.schedule.nightly import Pending, pending
from checker.store import Holder, RunStatus, Store, StoredRun


@dataclass(frozen=True)
class Status:
    """How the service stands at `now` (UTC).

    `last_good` is the finished nightly run of the newest extract, `rule_errors` the rules that failed in it, `age` how
    old that extract is, `is_stale` whether it is older than `stale_after_hours` or there is none. `overdue` are the
    extracts in the inbox that are not run, `unreported` the runs that are stored and whose files could not be written,
    `loose` the data files that lie in the inbox itself, `holder` is who is at work.
    """

    now: datetime
    store: str
    last_good: StoredRun | None
    rule_errors: tuple[str, ...]
    age: timedelta | None
    is_stale: bool
    overdue: tuple[Pending, ...]
    unreported: tuple[StoredRun, ...]
    loose: tuple[str, ...]
    holder: Holder | None

    @property
    def is_well(self) -> bool:
        """Whether nothing that has arrived waits for someone to mend it, and the newest extract is young enough."""
        failed = any(each.last_failed or each.crashes for each in self.overdue)
        unreported = any(run.error for run in self.unreported)
        return not (self.is_stale or failed or unreported or self.loose or self.rule_errors)


def status(config: Config, store: Store) -> Status:
    """How the service stands.

    Raises:
        ConfigError: no inbox is configured.
        SourceError: the inbox cannot be read.
        StoreError: the store cannot be read.
    """
    now, nightly = datetime.now(UTC), store.runs(RunKind.NIGHTLY)
    good = [(run.as_of, run) for run in nightly if run.status is RunStatus.FINISHED and run.as_of is not None]
    newest = max(good, key=lambda each: (each[0], each[1].number), default=None)
    age = None if newest is None else now - newest[0]
    record = None if newest is None else store.record(newest[1].number)[1]
    results = () if record is None else record.rules.values()
    return Status(
        now=now,
        store=store.place,
        last_good=None if newest is None else newest[1],
        rule_errors=tuple(result.rule_id for result in results if result.status is RuleStatus.ERROR),
        age=age,
        is_stale=age is None or age > timedelta(hours=config.schedule.stale_after_hours),
        overdue=tuple(pending(config, store)),
        unreported=tuple(run for run in nightly if run.status is RunStatus.STORED),
        loose=loose_files(config),
        holder=store.holder(),
    )
