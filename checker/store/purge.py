"""Retention: what is old and of cases that are closed is removed for ever; counts and the audit log stay."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, CursorResult, Delete, Select, Update, and_, delete, exists, func, or_, select, update

from checker.models import FindingStatus, RunKind
from checker.store.life import RESOLVED
from checker.store.past import forgotten
from checker.store.runs import SWEEPS, RunStatus
from checker.store.tables import (
    ConfirmationRow,
    DispositionRow,
    EventRow,
    ExaminedRow,
    FindingRow,
    RejectionRow,
    ReviewRow,
    RunRow,
    SampleRow,
    SweepRow,
    VerdictRow,
)


@dataclass(frozen=True)
class Purged:
    """How much was removed: findings, lines of past lists, rejected rows and decisions, and from how many runs.

    `history` is how much was removed of what later runs look back on, a row for each time that something was news.

    `before` (UTC) is the moment that was gone by: the one asked for, or an earlier one that what is needed still sets.
    """

    before: datetime
    findings: int
    lines: int
    rejected_rows: int
    decisions: int
    runs: int
    history: int

    def counts(self) -> dict[str, int]:
        """The figures by their names."""
        return {name: value for name, value in asdict(self).items() if name != "before"}


def purge(connection: Connection, before: datetime) -> Purged:
    """Remove every finding that was resolved before `before` with all that was listed of it, and old lists.

    A finding that is open is kept whole, however old it is. Of every run as of a moment before `before` go the rejected
    rows, the ids of the subjects that it judged, and the lines of verdicts that never became a finding. Such a run
    keeps its counts; its report can no longer be rebuilt. That of every other run can, just as it was: the newest
    extract's, those from the oldest extract on whose files a nightly pass is still to write, and with them each finding
    that was open then.

    What was reported before `before` goes from what later runs look back on (checker.store.past), and that time counts
    as covered no more: a verdict that needs it cannot be told from then on.

    A sweep is old where it was signed off before `before`, whatever it looks back at: its lists, the decisions about
    them and its samples go, and who signed it off stays; a nightly list that is rebuilt then is no longer told what was
    decided in it. One that nobody has signed off is kept.
    """
    stored = RunRow.sequence.is_not(None)
    needed = (
        select(func.max(RunRow.as_of)).where(stored, RunRow.id.not_in(SWEEPS)),
        select(func.min(RunRow.as_of)).where(
            RunRow.status == RunStatus.STORED.value, RunRow.kind == RunKind.NIGHTLY.value
        ),
    )
    moments = [connection.execute(each).scalar_one() for each in needed]
    swept = select(SweepRow.run).where(SweepRow.signed_off_at < before)
    before = min([before.astimezone(UTC), *(moment for moment in moments if moment is not None)])
    old = and_(stored, or_(and_(RunRow.as_of < before, RunRow.id.not_in(SWEEPS)), RunRow.id.in_(swept)))
    old_runs, old_sequences = select(RunRow.id).where(old), select(RunRow.sequence).where(old)
    first, last = (
        select(step(EventRow.sequence))
        .where(EventRow.finding_id == FindingRow.finding_id)
        .correlate(FindingRow)  # two levels up, where SQLAlchemy does not look by itself
        .scalar_subquery()
        for step in (func.min, func.max)
    )
    is_told = exists().where(RunRow.as_of >= before, RunRow.sequence.between(first, last), RunRow.id.not_in(SWEEPS))
    closed = select(FindingRow.finding_id).where(
        FindingRow.state == RESOLVED, FindingRow.resolved_at < before, ~is_told
    )
    of_it = and_(VerdictRow.sequence.in_(old_sequences), VerdictRow.finding_id.in_(closed))
    lines = _count(connection, delete(VerdictRow).where(of_it))
    of_closed = and_(DispositionRow.finding_id.in_(closed), DispositionRow.run.not_in(SWEEPS))
    gone = select(DispositionRow.id).where(of_closed)
    _count(connection, delete(ConfirmationRow).where(ConfirmationRow.disposition.in_(gone)))
    decisions = _count(connection, delete(DispositionRow).where(or_(of_closed, DispositionRow.run.in_(swept))))
    findings = _count(connection, delete(FindingRow).where(FindingRow.finding_id.in_(closed)))
    _count(connection, delete(EventRow).where(EventRow.finding_id.not_in(select(FindingRow.finding_id))))
    never = VerdictRow.finding_id.not_in(select(FindingRow.finding_id))
    of_no_life = or_(never, VerdictRow.status == FindingStatus.SWEPT.value)
    lines += _count(connection, delete(VerdictRow).where(VerdictRow.sequence.in_(old_sequences), of_no_life))
    _purge_sweeps(connection, swept)
    rejected = _count(connection, delete(RejectionRow).where(RejectionRow.run.in_(old_runs)))
    _count(connection, delete(ExaminedRow).where(ExaminedRow.run.in_(old_runs)))
    unpurged = update(RunRow).where(old, RunRow.purged_at.is_(None)).values(purged_at=datetime.now(UTC))
    runs, history = _count(connection, unpurged), sum(_count(connection, each) for each in forgotten(before))
    return Purged(before, findings, lines, rejected, decisions, runs, history)


def _purge_sweeps(connection: Connection, swept: Select[Any]) -> None:
    samples = select(SampleRow.id).where(SampleRow.run.in_(swept))
    connection.execute(delete(ReviewRow).where(ReviewRow.sample.in_(samples)))
    connection.execute(delete(SampleRow).where(SampleRow.run.in_(swept)))
    lists = dict.fromkeys(("incidents", "children", "excluded"))
    connection.execute(update(SweepRow).where(SweepRow.run.in_(swept)).values(lists))


def _count(connection: Connection, statement: Delete | Update) -> int:
    done: CursorResult[Any] = connection.execute(statement)
    return done.rowcount
