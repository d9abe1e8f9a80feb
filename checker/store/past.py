"""What each run told of incidents and missing episodes, where that was news: what later runs look back on.

A row is put down only by the run of an extract that is the newest to hold its incident, so that of several about one
incident the last one stored tells the newest of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Connection, Delete, Select, and_, delete, exists, select
from sqlalchemy.orm import aliased

from checker.evaluation import subject_ids
from checker.facts import Past, Span, merged
from checker.facts.moment import PAST_EPISODES, PAST_INCIDENTS
from checker.store.audit import Act, entries
from checker.store.frames import insert_frame, read_frame, unpacked
from checker.store.tables import ExaminedRow, InputRow, PastEpisodeRow, PastIncidentRow, RunRow

_BATCH = 10_000  # references asked for at once: SQLite takes 32,766


@dataclass(frozen=True)
class _Kind:
    """What is looked back on: its table, the columns that tell of one, by which it is known, and as what it is judged.

    `counts` is whether one is put down that was never put down before.
    """

    table: type[PastIncidentRow] | type[PastEpisodeRow]
    schema: pl.Schema
    key: str
    subject: str
    counts: pl.Expr


_INCIDENTS = _Kind(
    PastIncidentRow,
    PAST_INCIDENTS,
    "incident_ref",
    "incident",
    pl.col("is_subject") & (pl.col("is_domestic_abuse").fill_null(value=True) | pl.col("concern_types").is_not_null()),
)
_EPISODES = _Kind(PastEpisodeRow, PAST_EPISODES, "episode_ref", "missing_episode", pl.lit(value=True))


def put_down(connection: Connection, sequence: int, as_of: datetime, told: Past) -> None:
    """Put down what an extract tells of its incidents and missing episodes, where that is news.

    An incident is put down where it is or may be domestic abuse, or has a concern type; and where it was put down
    before and is told otherwise now.

    Args:
        connection: Where it is put down.
        sequence: That of the run.
        as_of: The moment that its extract describes.
        told: Every incident and every episode of the extract.
    """
    for kind, rows in ((_INCIDENTS, told.incidents), (_EPISODES, told.episodes)):
        newest = rows.join(_told_since(connection, kind, rows, as_of), on=kind.key, how="anti")
        known = _last_told(connection, kind, newest.get_column(kind.key))
        is_known = pl.col(kind.key).is_in(known.get_column(kind.key).implode())
        news = newest.filter(is_known | kind.counts).pipe(_comparable)
        news = news.join(known.pipe(_comparable), on=kind.schema.names(), how="anti", nulls_equal=True)
        changed = newest.join(news, on=kind.key, how="semi")
        insert_frame(connection, kind.table, changed.with_columns(sequence=pl.lit(sequence)))


def read_past(connection: Connection, since: datetime | None, before: int | None = None) -> Past:
    """What the runs that were stored before a sequence, or all of them, knew of the time before.

    Args:
        connection: Where it is read.
        since: From when on incidents are wanted, by their report; None: none is. Episodes are few: all are read.
        before: The sequence; None: all.
    """
    incidents = _last_rows(_INCIDENTS, before)
    if since is not None:
        incidents = incidents.where(PastIncidentRow.reported_at >= since)
    stored = RunRow.sequence.is_not(None) if before is None else RunRow.sequence < before
    with_episodes = RunRow.id.in_(select(InputRow.run).where(InputRow.name == "missing_episodes"))
    return Past(
        read_frame(connection, incidents if since is not None else incidents.limit(0), PAST_INCIDENTS),
        read_frame(connection, _last_rows(_EPISODES, before), PAST_EPISODES),
        merged(_spans(connection, stored)),
        merged(_spans(connection, and_(stored, with_episodes))),
    )


def forgotten(before: datetime) -> tuple[Delete, ...]:
    """The statements that remove every incident and episode that was reported before `before`, as told last or then."""
    statements: list[Delete] = []
    for kind in (_INCIDENTS, _EPISODES):
        table, last = kind.table, aliased(kind.table)
        old = select(getattr(last, kind.key)).where(last.reported_at < before, ~_is_told_later(kind, last, None))
        # Two of them, in this order: SQLite would look for the last row when it has deleted it already.
        statements.append(delete(table).where(getattr(table, kind.key).in_(old)))
        statements.append(delete(table).where(table.reported_at < before))
    return tuple(statements)


def _comparable(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with each list as one text, by which they can be joined."""
    return rows.with_columns(pl.selectors.list().list.join("\n"))


def _spans(connection: Connection, which: ColumnElement[bool]) -> Iterator[Span]:
    """What the extracts of those runs say that they cover, less what was purged since."""
    purged = [datetime.fromisoformat(entry.details["before"]) for entry in entries(connection, Act.PURGED)]
    chosen = select(RunRow.covers_from, RunRow.covers_to).where(which).distinct()
    for covers_from, covers_to in connection.execute(chosen):
        if covers_from is not None and covers_to is not None:
            start = max([covers_from, *purged])
            if start <= covers_to:
                yield Span(start, covers_to)


def _last_rows(kind: _Kind, before: int | None) -> Select[Any]:
    """The row of each incident or episode that was put down last, or last before a sequence."""
    table = kind.table
    chosen = select(*(getattr(table, name) for name in kind.schema)).where(~_is_told_later(kind, table, before))
    return chosen if before is None else chosen.where(table.sequence < before)


def _is_told_later(kind: _Kind, row: Any, before: int | None) -> ColumnElement[bool]:
    later = aliased(kind.table)
    same = getattr(later, kind.key) == getattr(row, kind.key)
    until = [] if before is None else [later.sequence < before]
    return exists().where(same, later.sequence > row.sequence, *until)


def _last_told(connection: Connection, kind: _Kind, keys: pl.Series) -> pl.DataFrame:
    chosen, key = _last_rows(kind, None), getattr(kind.table, kind.key)
    parts = (keys.slice(start, _BATCH) for start in range(0, keys.len(), _BATCH))
    rows = [read_frame(connection, chosen.where(key.in_(part.to_list())), kind.schema) for part in parts]
    return pl.concat([pl.DataFrame(schema=kind.schema), *rows])


def _told_since(connection: Connection, kind: _Kind, rows: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """Those of the rows of which a stored run of a newer extract has judged the subject: it has told the newest."""
    of_subject = select(ExaminedRow.ids).join(RunRow, RunRow.id == ExaminedRow.run)
    newer = of_subject.where(ExaminedRow.subject == kind.subject, RunRow.sequence.is_not(None), RunRow.as_of > as_of)
    blobs = connection.execute(newer).scalars().all()
    if not blobs:
        return rows.clear()
    ids = subject_ids(rows.select(kind.key)).str.to_integer(base=16, dtype=pl.UInt64)
    return rows.filter(ids.is_in(pl.concat([unpacked(blob) for blob in blobs]).unique().implode()))
