"""The store as the rest of the tool sees it: each method is one transaction, which takes place or does not."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Engine, func, insert, select, update

from checker.alarms import LOOK_BACK, Earlier
from checker.errors import ConfigError
from checker.evaluation import Judged
from checker.facts import KnownHistory
from checker.models import (
    LOCAL_AUTHORITY_TABLES,
    Disposition,
    ReturnedWorkbook,
    Review,
    Rule,
    Run,
    RunKind,
    RunRecord,
    Sample,
)
from checker.store import findings, known, lease, runs, standing
from checker.store.attempts import Attempt, abandon, begin, next_sequence, one_at_a_time
from checker.store.audit import Act, Entry, entries, log
from checker.store.confirmations import confirm
from checker.store.dispositions import Decided, decide
from checker.store.engine import connect, outside_transaction, place_of, reading, writing
from checker.store.history import Step, history
from checker.store.known import Wanted
from checker.store.lease import Holder
from checker.store.measures import insert_measures, read_measures, read_weeks
from checker.store.past import put_down, read_past
from checker.store.purge import Purged, purge
from checker.store.reviews import Reviewed, put_reviews
from checker.store.runs import RunStatus, StoredRun, row_of, stored_run
from checker.store.samples import insert_sample, read_samples
from checker.store.schema import bring_up_to_date
from checker.store.sweeps import Sweeps, told_by_sweeps
from checker.store.tables import ReturnRow, RunRow, SweepRow

_TOLD_AGAIN = timedelta(hours=12)  # after which a fault that lasts is told of again


class Store:
    """The runs, the findings and the audit log in one database; see checker.store.tables."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def place(self) -> str:
        """Where the store is, without user and password."""
        return place_of(self._engine)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    @property
    def sweeps(self) -> Sweeps:
        """The sweeps, which are kept apart from the nightly life of findings."""
        return Sweeps(self._engine)

    @contextmanager
    def lease(self) -> Iterator[str]:
        """Hold the lease on nightly extracts, and give up for dead whatever a former holder has left running.

        Raises:
            HeldError: another process holds it and lives.
        """
        with lease.held(self._engine) as owner:
            with writing(self._engine) as connection:
                lease.confirm(connection, owner)
                abandon(connection, RunRow.kind == RunKind.NIGHTLY.value, None)
            yield owner

    def holder(self) -> Holder | None:
        """Who holds the lease on nightly extracts, or None."""
        with reading(self._engine) as connection:
            return lease.holder(connection)

    def begin(self, attempt: Attempt) -> int:
        """Put down that a run begins, and give it its number.

        Raises:
            ConfigError: it is a sweep without a stated reason.
            HeldError: the lease was taken over by another process.
        """
        with writing(self._engine) as connection:
            if attempt.owner is not None:
                lease.confirm(connection, attempt.owner)
            return begin(connection, attempt)

    def same_run(self, attempt: Attempt, as_of: datetime) -> StoredRun | None:
        """The run that has judged the same extract, as of the same moment, in the same way already.

        None where the folder has held another content since, as of that moment: then it is that one's word that stands.
        """
        nightly = RunRow.id.not_in(runs.SWEEPS)  # a sweep is no word on what stands in the nightly lists
        of_moment = runs.select_runs().where(RunRow.as_of == as_of, RunRow.sequence.is_not(None), nightly)
        with reading(self._engine) as connection:
            rows = connection.execute(of_moment).all()
        alike = [row for row in rows if row.digest == attempt.digest]
        same = [row for row in alike if row.settings_digest == attempt.settings_digest and row.purged_at is None]
        last = max((row.sequence for row in alike), default=0)
        replaced = any(row.sequence > last and row.extract == runs.printable(attempt.extract) for row in rows)
        return None if replaced or not same else stored_run(same[-1])

    def save(
        self,
        attempt: Attempt,
        number: int | None,
        run: Run,
        judged: Sequence[Judged],
        fully_named: Collection[str],
        referrals: pl.DataFrame,
        told: KnownHistory,
    ) -> int:
        """Store a run with the life of its findings; the run's number. It is not finished until its files are written.

        Args:
            attempt: What was checked.
            number: As `begin` gave it; None begins the run too.
            run: Its record, lists and rules.
            judged: Every subject that it judged.
            fully_named: The incidents of which it has seen that every child has a name, unless it judged a rest.
            referrals: Those of its extract; see checker.store.confirmations.
            told: The incidents and missing episodes of its extract; see checker.store.past.

        Raises:
            HeldError: the lease was taken over by another process, and so was this run.
        """
        with writing(self._engine) as connection:
            if attempt.owner is not None:
                lease.confirm(connection, attempt.owner)
            number = begin(connection, attempt) if number is None else number
            sequence = next_sequence(connection)
            runs.insert_run(connection, number, sequence, run, judged)
            insert_measures(connection, number, run, judged)
            put_down(connection, sequence, run.record.as_of, told, judged)
            findings.remember(connection, sequence, run, judged, fully_named)
            standing.give_digests(connection)
            confirm(connection, sequence, referrals, run.rules)
            files = {name: {"file": table.file, "sha256": table.sha256} for name, table in run.record.tables.items()}
            log(connection, Act.STORED, number, attempt.reason, extract=attempt.extract, files=files)
            if combined := [name for name in LOCAL_AUTHORITY_TABLES if name in files]:
                log(connection, Act.COMBINED, number, attempt.reason, tables=combined)
        return number

    def past(self, since: datetime | None, run_id: str | None = None, known_to: int | None = None) -> KnownHistory:
        """What is known of the time before; see checker.store.past.

        Args:
            since: From when on earlier incidents are wanted, by their report (UTC); None: none is.
            run_id: As the run with that id knew it when it was stored; None: as it is known now.
            known_to: As the runs up to that sequence have told it; None: as all have.

        Raises:
            ConfigError: the store has no results of that run.
        """
        with reading(self._engine) as connection:
            if run_id is None:
                return read_past(connection, since, None if known_to is None else known_to + 1)
            of_run = select(func.coalesce(SweepRow.known_to + 1, RunRow.sequence)).select_from(RunRow)
            of_run = of_run.outerjoin(SweepRow, SweepRow.run == RunRow.id).where(RunRow.run_id == run_id)
            sequence = connection.execute(of_run).scalar_one_or_none()
            if sequence is None:
                raise ConfigError(f"{self.place}: does not know run {run_id}; give the checker.toml of its store")
            return read_past(connection, since, sequence)

    def finish(self, number: int, report: Path, owner: str | None = None) -> None:
        """Put down that the files of a stored run are whole in their folder.

        Raises:
            HeldError: the lease was taken over by another process.
        """
        with writing(self._engine) as connection:
            if owner is not None:
                lease.confirm(connection, owner)
            row = row_of(connection, number)
            if row.status == RunStatus.FINISHED:
                return
            values = runs.all_printable({"report": str(report)})
            log(connection, Act.FINISHED, number, **values)
            values |= {"status": RunStatus.FINISHED.value, "ended_at": datetime.now(UTC), "error": None}
            values |= {"exit_code": None, "retry_at": None}
            connection.execute(update(RunRow).where(RunRow.id == number).values(values))

    def fail(
        self, number: int, fault: str, exit_code: int, owner: str | None = None, retry_after: timedelta | None = None
    ) -> None:
        """Put down why a run failed, and when it may be tried again; where its results are stored they stay.

        Raises:
            HeldError: the lease was taken over by another process.
        """
        with writing(self._engine) as connection:
            if owner is not None:
                lease.confirm(connection, owner)
            row, now = row_of(connection, number), datetime.now(UTC)
            status = RunStatus.FAILED if row.sequence is None else RunStatus.STORED
            values: dict[str, Any] = {"status": status.value, "ended_at": now, "error": fault, "exit_code": exit_code}
            values |= {"retry_at": now + retry_after if retry_after else None}
            connection.execute(update(RunRow).where(RunRow.id == number).values(runs.all_printable(values)))
            log(connection, Act.FAILED, number, row.reason, exit_code=exit_code)

    def abandon(self, number: int, owner: str) -> None:
        """Put down that a run was given up before it was stored.

        Raises:
            HeldError: the lease was taken over by another process.
        """
        with writing(self._engine) as connection:
            lease.confirm(connection, owner)
            abandon(connection, RunRow.id == number, "given up before it was stored; the next pass does it")

    def repeated(self, number: int, reason: str | None) -> None:
        """Put down that a run was asked for again, which changes nothing."""
        with writing(self._engine) as connection:
            log(connection, Act.REPEATED, number, reason)

    def was_told(self, fault: str) -> bool:
        """Whether somebody was told of a fault in the last twelve hours."""
        with reading(self._engine) as connection:
            told = entries(connection, Act.TOLD, datetime.now(UTC) - _TOLD_AGAIN)
        return any(entry.details["fault"] == runs.printable(fault) for entry in told)

    def told(self, fault: str) -> None:
        """Put down that somebody was told of a fault."""
        with writing(self._engine) as connection:
            log(connection, Act.TOLD, fault=runs.printable(fault))

    def load(self, number: int, rebuilt: bool = False) -> Run:
        """A stored run as the report reads it, with the life of its findings as it was after that run.

        Args:
            number: The run.
            rebuilt: Whether to log it as an act of its own.

        Raises:
            ConfigError: there is no such run, it has no results, or its lists were purged.
        """
        with reading(self._engine) as connection:
            row = row_of(connection, number)
            if row.sequence is None:
                raise ConfigError(f"run {number}: it {row.status} and has no results; see `checker runs show {number}`")
            if row.kind == RunKind.SWEEP.value:
                raise ConfigError(f"run {number}: is a sweep; the command that began it, typed again, writes its files")
            if row.purged_at is not None:
                raise ConfigError(f"run {number}: its lists were purged; `checker runs show {number}` has its counts")
            record, rules = runs.read_record(connection, row)
            decided = standing.decided(connection, row.sequence)
            days, as_of = record.policy.get("review_after_days", {}), record.as_of
            judging = (decided, days, record.policy_digest, as_of)
            listed = known.listed(connection, row.sequence)
            listed, decisions = standing.with_standing(listed, *judging)
            carried = known.carried_over(connection, row.sequence, as_of, record.rules, rules)
            carried, more = standing.with_standing(carried, *judging)
            run = Run(
                record,
                rules,
                listed,
                runs.read_rejected(connection, number),
                known.resolved(connection, row.sequence, as_of),
                carried,
                pl.concat([decisions, more]),
                told_by_sweeps(connection, row.sequence, pl.concat([listed, carried], how="diagonal")),
                measures=read_measures(connection, number),
                weeks=read_weeks(connection, record, row.sequence),
            )
        if rebuilt:
            with writing(self._engine) as connection:
                log(connection, Act.REBUILT, number)
        return run

    def decide(self, dispositions: Sequence[Disposition]) -> Decided:
        """Put down what returned workbooks decided; what was taken, what was known, and what is wrong with the rest."""
        with writing(self._engine) as connection:
            one_at_a_time(connection)
            return decide(connection, dispositions)

    def put_sample(
        self, run_number: int, size: int, seed: int, stratified_by: Sequence[str], rows: pl.DataFrame
    ) -> int:
        """Put down a sample that was drawn from the incidents of a sweep (SAMPLED); its number.

        The same draw again is the same sample, and has the number that it had.
        """
        with writing(self._engine) as connection:
            one_at_a_time(connection)
            return insert_sample(connection, run_number, size, seed, stratified_by, rows)

    def samples(self, run_number: int) -> tuple[Sample, ...]:
        """The samples of a sweep, the first drawn first, each with what came back of it."""
        with reading(self._engine) as connection:
            return read_samples(connection, run_number)

    def review(self, reviews: Sequence[Review]) -> Reviewed:
        """Put down what reviewers of samples said; what was taken, what was known, and what is wrong with the rest."""
        with writing(self._engine) as connection:
            one_at_a_time(connection)
            return put_reviews(connection, reviews)

    def history(self, finding_id: str) -> list[Step]:
        """Every step in the life of a finding and every decision about it, the first one first.

        Raises:
            ConfigError: the store has no finding with that id.
        """
        with reading(self._engine) as connection:
            return history(connection, finding_id)

    def read_returns(self) -> set[str]:
        """The SHA-256 of every returned workbook that was read to its end."""
        with reading(self._engine) as connection:
            return set(connection.execute(select(ReturnRow.sha256)).scalars())

    def returned(self, workbooks: Sequence[ReturnedWorkbook]) -> None:
        """Put down that these workbooks were read, and what came of each."""
        with writing(self._engine) as connection:
            for each in workbooks:
                counts: dict[str, Any] = {name: getattr(each, name) for name in ("taken", "repeated", "problems")}
                file = runs.printable(each.file)
                log(connection, Act.RETURNED, file=file, sha256=each.sha256, **counts)
                known = connection.execute(select(ReturnRow.sha256).where(ReturnRow.sha256 == each.sha256)).first()
                if each.sha256 is not None and not known:
                    line = {"sha256": each.sha256, "file": file, "read_at": datetime.now(UTC)}
                    line |= {"taken": each.taken, "problems": each.problems}
                    connection.execute(insert(ReturnRow), line)

    def runs(self, kind: RunKind | None = None, status: RunStatus | None = None) -> list[StoredRun]:
        """Every run, or those of one kind or status, oldest number first."""
        with reading(self._engine) as connection:
            return [stored_run(row) for row in connection.execute(runs.select_runs(kind=kind, status=status))]

    def rules(self) -> list[Rule]:
        """Every rule by which a stored run has judged, each as the newest such run has it."""
        with reading(self._engine) as connection:
            return runs.read_rules(connection)

    def record(self, number: int) -> tuple[StoredRun, RunRecord | None]:
        """One run, and its record where it has results.

        Raises:
            ConfigError: there is no such run.
        """
        with reading(self._engine) as connection:
            row = row_of(connection, number)
            record = runs.read_record(connection, row)[0] if row.sequence is not None else None
            return stored_run(row), record

    def earlier(self, kind: RunKind, as_of: datetime) -> Earlier:
        """What the last runs of one kind over older extracts counted; see checker.alarms."""
        with reading(self._engine) as connection:
            return runs.read_earlier(connection, kind, as_of, LOOK_BACK)

    def findings(self, wanted: Wanted) -> pl.DataFrame:
        """The findings as they stand now (checker.store.known.PRESENT_SCHEMA)."""
        with reading(self._engine) as connection:
            return known.present(connection, wanted)

    def audit(self) -> list[Entry]:
        """The audit log, oldest line first."""
        with reading(self._engine) as connection:
            return entries(connection)

    def purge(self, before: datetime, reason: str) -> Purged:
        """Remove what is older than `before` of cases that are closed, for ever; how much that was."""
        with writing(self._engine) as connection:
            purged = purge(connection, before)
            moments = {"asked_before": before.isoformat(), "before": purged.before.isoformat()}
            log(connection, Act.PURGED, None, reason, **moments, **purged.counts())
        if self._engine.dialect.name == "sqlite":  # the write-ahead log still holds what was removed
            outside_transaction(self._engine, "PRAGMA wal_checkpoint(TRUNCATE)")
        return purged


@contextmanager
def opened(url: str) -> Iterator[Store]:
    """The store at a URL, `sqlite:///…` or `postgresql+psycopg://…`, made or brought up to date where that is due.

    Raises:
        StoreError: it cannot be opened; or it is a PostgreSQL database with older tables, see `upgraded`.
    """
    engine = connect(url)
    try:
        bring_up_to_date(engine)
        yield Store(engine)
    finally:
        engine.dispose()


def upgraded(url: str) -> tuple[str, Path | None]:
    """Bring the store at a URL up to date, wherever it is: its place, and the copy that was made of an older file.

    Raises:
        StoreError: it cannot be opened, or a newer release has made it.
    """
    engine = connect(url)
    try:
        return place_of(engine), bring_up_to_date(engine, upgrade=True)
    finally:
        engine.dispose()
