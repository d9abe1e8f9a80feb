"""What happened to one finding: each step of its life, and each decision about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from checker.errors import ConfigError
from checker.store.tables import DispositionRow, EventRow, RunRow, SweepRow, VerdictRow


@dataclass(frozen=True)
class Step:
    """One step: opened, reopened or resolved by a run, listed by a sweep, or decided in the workbook of one.

    `at` (UTC) is the moment that the run's extract describes, of a sweep when it ran, of a decision when it was read,
    and `place` where.
    """

    at: datetime
    what: str
    run: int
    decided_by: str | None = None
    reason: str | None = None
    reference: str | None = None
    place: str | None = None


def history(connection: Connection, finding_id: str) -> list[Step]:
    """Every step of a finding, the first one first.

    Raises:
        ConfigError: the store has never had a finding with that id, or has purged it.
    """
    told = select(EventRow.sequence, EventRow.as_of, EventRow.event, RunRow.id).join(
        RunRow, RunRow.sequence == EventRow.sequence
    )
    steps = [
        ((sequence, 0), Step(as_of, event, run))
        for sequence, as_of, event, run in connection.execute(told.where(EventRow.finding_id == finding_id))
    ]
    decided = select(DispositionRow.__table__).where(DispositionRow.finding_id == finding_id)
    for row in connection.execute(decided):
        place = f"{row.file}, sheet {row.sheet}, row {row.row}"
        step = Step(row.recorded_at, row.decision, row.run, row.decided_by, row.reason, row.reference, place)
        steps.append(((row.known_to, row.id), step))
    listed = (
        select(VerdictRow.sequence, RunRow.finished_at, SweepRow.name, RunRow.id)
        .join(RunRow, RunRow.sequence == VerdictRow.sequence)
        .join(SweepRow, SweepRow.run == RunRow.id)
        .where(VerdictRow.finding_id == finding_id)
    )
    steps += [
        ((sequence, 0), Step(at, f"listed in the sweep {name!r}", run))
        for sequence, at, name, run in connection.execute(listed)
        if at is not None
    ]
    if not steps:
        raise ConfigError(f"{finding_id}: the store has no finding with this id; copy it from the workbook")
    return [step for _, step in sorted(steps, key=lambda each: each[0])]
