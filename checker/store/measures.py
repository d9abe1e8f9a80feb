"""What each run measured, and from which run each of the last weeks is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl
from sqlalchemy import Connection, and_, insert, select

from checker.evaluation import Judged, first_reported
from checker.measures import MEASURED_WEEKS, MEASURES, begins_at, ends_at, last_weeks, one_week
from checker.models import Run, RunKind, RunRecord
from checker.store.frames import from_parquet, to_parquet
from checker.store.tables import MeasureRow, RuleResultRow, RunRow


@dataclass(frozen=True)
class _Source:
    """A run from which a week may be told; its extract holds what was reported from `first_reported` to `as_of`."""

    run: int
    as_of: datetime
    first_reported: datetime


def insert_measures(connection: Connection, number: int, run: Run, judged: Sequence[Judged]) -> None:
    """Put down what a run counted."""
    counts = pl.DataFrame(schema=MEASURES) if run.measures is None else run.measures
    first = first_reported(judged, run.record.covers_from)
    values = {"run": number, "first_reported": first, "counts": to_parquet(counts)}
    connection.execute(insert(MeasureRow), values)


def read_measures(connection: Connection, number: int) -> pl.DataFrame | None:
    """What a run counted (checker.measures.MEASURES); None where it was stored before runs were measured."""
    blob = connection.execute(select(MeasureRow.counts).where(MeasureRow.run == number)).scalar_one_or_none()
    return None if blob is None else from_parquet(blob)


def read_weeks(connection: Connection, record: RunRecord, sequence: int) -> pl.DataFrame:
    """The last 13 weeks as they were known after the run of that sequence (checker.measures.MEASURED_WEEKS).

    Each is told from the extract that holds the most of it, the newest of these: where several hold all of it, the
    newest, and where none does, not from one that has all but left it behind.
    """
    sources = _sources(connection, record, sequence)
    told = {week: source for week in last_weeks(record.as_of) if (source := _told_by(week, sources)) is not None}
    counts = {source.run: read_measures(connection, source.run) for source in told.values()}
    ran = _rules_that_ran(connection, counts)
    weeks = [
        one_week(measures, ran.get(source.run, ()), week, source.first_reported, source.as_of)
        for week, source in told.items()
        if (measures := counts[source.run]) is not None
    ]
    return pl.concat([pl.DataFrame(schema=MEASURED_WEEKS), *weeks])


def _sources(connection: Connection, record: RunRecord, sequence: int) -> list[_Source]:
    """The runs that a run knows of and that reach into its weeks, the newest extract first.

    Only one night is like another: a run that is not of the night knows of no other.
    """
    nightly = record.kind is RunKind.NIGHTLY
    rows = connection.execute(
        select(MeasureRow.run, RunRow.as_of, MeasureRow.first_reported)
        .join(RunRow, RunRow.id == MeasureRow.run)
        .where(
            and_(RunRow.kind == record.kind.value, RunRow.sequence <= sequence)
            if nightly
            else RunRow.id == record.number,
            RunRow.as_of.between(begins_at(last_weeks(record.as_of)[0]), record.as_of),
            MeasureRow.first_reported.is_not(None),
        )
        .order_by(RunRow.as_of.desc(), RunRow.sequence.desc())
    )
    return [_Source(row.run, row.as_of, row.first_reported) for row in rows]


def _told_by(week: date, sources: Sequence[_Source]) -> _Source | None:
    start, end = begins_at(week), ends_at(week)

    def held(source: _Source) -> timedelta:
        return min(source.as_of, end) - max(source.first_reported, start)

    most = max(sources, key=held, default=None)  # of equals the first: the newest
    return most if most is not None and held(most) > timedelta(0) else None


def _rules_that_ran(connection: Connection, runs: Mapping[int, object]) -> dict[int, list[str]]:
    ran: dict[int, list[str]] = {}
    chosen = select(RuleResultRow.run, RuleResultRow.rule_id).where(
        RuleResultRow.run.in_(runs), RuleResultRow.counts.is_not(None)
    )
    for run, rule_id in connection.execute(chosen):
        ran.setdefault(run, []).append(rule_id)
    return ran
