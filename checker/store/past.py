"""What each run told of incidents and missing episodes, where that was news: what later runs look back on.

A row is put down only by the run of an extract that is the newest to hold its incident, so that of several about one
incident the last one stored tells the newest of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Connection, Delete, Select, and_, delete, exists, insert, or_, select
from sqlalchemy.orm import aliased

from checker.evaluation import Judged
from checker.facts import KnownHistory, Span, merge_spans
from checker.facts.context import PAST_EPISODES, PAST_INCIDENTS, PAST_UNREADABLE
from checker.facts.observations import CHILD, MISSING
from checker.finding_ids import subject_ids
from checker.store.audit import Act, entries
from checker.store.frames import insert_frame, packed, read_frame, unpacked
from checker.store.runs import SWEEPS
from checker.store.tables import (
    ExaminedRow,
    InputRow,
    PastEpisodeRow,
    PastHeldRow,
    PastIncidentRow,
    PastUnreadRow,
    RunRow,
)

_BATCH = 10_000  # references asked for at once: SQLite takes 32,766


@dataclass(frozen=True)
class _Kind:
    """What is looked back on: its table, the columns that tell of one, by which it is known, as what it is judged."""

    table: type[PastIncidentRow] | type[PastEpisodeRow]
    schema: pl.Schema
    key: str
    subject: str


_INCIDENTS = _Kind(PastIncidentRow, PAST_INCIDENTS, "incident_ref", "incident")
_EPISODES = _Kind(PastEpisodeRow, PAST_EPISODES, "episode_ref", "missing_episode")


def put_down(
    connection: Connection, sequence: int, as_of: datetime, told: KnownHistory, judged: Sequence[Judged]
) -> None:
    """Put down what an extract tells of its incidents and missing episodes, where that is news.

    Every incident is, for the policy of a later night may find in it what that of tonight does not.

    Args:
        connection: Where it is put down.
        sequence: That of the run.
        as_of: The moment that its extract describes.
        told: Every incident and every episode of the extract, and what it could not read.
        judged: Every subject that the run judged.
    """
    for kind, rows in ((_INCIDENTS, told.incidents), (_EPISODES, told.episodes)):
        known = _last_told(connection, kind, rows.get_column(kind.key))
        # Where a purge has removed what the newer one told, what this one tells is all that there is.
        told_since = _told_since(connection, kind, rows, as_of).join(known, on=kind.key, how="semi")
        newest = rows.join(told_since, on=kind.key, how="anti").pipe(_comparable)
        news = newest.join(known.pipe(_comparable), on=kind.schema.names(), how="anti", nulls_equal=True)
        changed = rows.join(news, on=kind.key, how="semi")
        insert_frame(connection, kind.table, changed.with_columns(sequence=pl.lit(sequence)))
        _put_down_held(connection, sequence, kind, rows, judged)
    unread = told.unreadable.join(
        read_frame(connection, _unread(), PAST_UNREADABLE), on=PAST_UNREADABLE.names(), how="anti"
    )
    insert_frame(connection, PastUnreadRow, unread.with_columns(sequence=pl.lit(sequence), told_as_of=pl.lit(as_of)))


def read_past(connection: Connection, since: datetime | None, before: int | None = None) -> KnownHistory:
    """What the runs that were stored before a sequence, or all of them, knew of the time before.

    Args:
        connection: Where it is read.
        since: From when on incidents are wanted, by their report; None: none is. Episodes are few: all are read.
        before: The sequence; None: all.
    """
    incidents = _last_rows(_INCIDENTS, before)
    if since is not None:
        incidents = incidents.where(PastIncidentRow.reported_at >= since)
    known = RunRow.sequence.is_not(None) if before is None else RunRow.sequence < before
    stored = and_(known, RunRow.id.not_in(SWEEPS))  # what a sweep held is not put down
    with_episodes = RunRow.id.in_(select(InputRow.run).where(InputRow.name == "missing_episodes"))
    return KnownHistory(
        read_frame(connection, incidents if since is not None else incidents.limit(0), PAST_INCIDENTS),
        read_frame(connection, _last_rows(_EPISODES, before), PAST_EPISODES),
        _unaccepted(connection, before),
        merge_spans(_spans(connection, stored)),
        merge_spans(_spans(connection, and_(stored, with_episodes))),
    )


def forgotten(before: datetime) -> tuple[Delete, ...]:
    """The statements that remove every incident and episode that was reported before `before`, as told last or then.

    What could not be read goes where an extract of before told it: its incident was reported before that.
    """
    old_runs = select(RunRow.sequence).where(RunRow.sequence.is_not(None), RunRow.as_of < before)
    statements: list[Delete] = [delete(PastUnreadRow).where(PastUnreadRow.told_as_of < before)]
    statements.append(delete(PastHeldRow).where(PastHeldRow.sequence.in_(old_runs)))
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
    """What the extracts of those runs say that they cover, less what was purged since they were stored."""
    purges = [
        (entry.number, datetime.fromisoformat(entry.details["before"])) for entry in entries(connection, Act.PURGED)
    ]
    stored = {entry.run: entry.number for entry in entries(connection, Act.STORED)} if purges else {}
    chosen = select(RunRow.id, RunRow.covers_from, RunRow.covers_to).where(which)
    for run, covers_from, covers_to in connection.execute(chosen):
        if covers_from is not None and covers_to is not None:
            purged = (before for number, before in purges if number > stored.get(run, 0))
            start = max([covers_from, *purged])
            if start <= covers_to:
                yield Span(start, covers_to)


def _put_down_held(
    connection: Connection, sequence: int, kind: _Kind, rows: pl.DataFrame, judged: Sequence[Judged]
) -> None:
    """Put down which of the rows the run has told of and not judged: those too it may be the newest to hold."""
    held = rows.select(kind.key)
    for part in judged:
        if part.subject == kind.subject:
            held = held.join(part.keys, on=kind.key, how="anti")
    if held.height:
        ids = packed(subject_ids(held))
        connection.execute(insert(PastHeldRow), {"sequence": sequence, "kind": kind.subject, "ids": ids})


def _unread(*which: ColumnElement[bool]) -> Select[Any]:
    return select(*(getattr(PastUnreadRow, name) for name in PAST_UNREADABLE)).where(*which)


def _unaccepted(connection: Connection, before: int | None) -> pl.DataFrame:
    """What could not be read, where no extract has told since, before a sequence or at all, what it was.

    That is the incident or the episode by its reference, and of a children row the incident with that child.
    """
    until = [
        [] if before is None else [row.sequence < before] for row in (PastUnreadRow, PastIncidentRow, PastEpisodeRow)
    ]
    of_unread, of_incident, of_episode = until
    is_accepted = or_(
        and_(
            PastUnreadRow.link.not_in([CHILD, MISSING]),
            exists().where(PastIncidentRow.incident_ref == PastUnreadRow.of, *of_incident),
        ),
        and_(
            PastUnreadRow.link == MISSING, exists().where(PastEpisodeRow.episode_ref == PastUnreadRow.of, *of_episode)
        ),
    )
    rows = read_frame(connection, _unread(~is_accepted, *of_unread), PAST_UNREADABLE)
    of_children = rows.filter(pl.col("link") == CHILD)
    told = _last_told(connection, _INCIDENTS, of_children.get_column("of").unique(), before)
    children = told.select(pl.lit(CHILD).alias("link"), ref="child_refs", of="incident_ref").explode("ref")
    return rows.join(children, on=["link", "ref", "of"], how="anti")


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


def _last_told(connection: Connection, kind: _Kind, keys: pl.Series, before: int | None = None) -> pl.DataFrame:
    chosen, key = _last_rows(kind, before), getattr(kind.table, kind.key)
    parts = (keys.slice(start, _BATCH) for start in range(0, keys.len(), _BATCH))
    rows = [read_frame(connection, chosen.where(key.in_(part.to_list())), kind.schema) for part in parts]
    return pl.concat([pl.DataFrame(schema=kind.schema), *rows])


def _told_since(connection: Connection, kind: _Kind, rows: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """Those of the rows that a stored run of a newer extract held: it has told the newest."""
    of_subject = select(ExaminedRow.ids).join(RunRow, RunRow.id == ExaminedRow.run)
    newer = of_subject.where(ExaminedRow.subject == kind.subject, RunRow.sequence.is_not(None), RunRow.as_of > as_of)
    held = select(PastHeldRow.ids).join(RunRow, RunRow.sequence == PastHeldRow.sequence)
    newer_held = held.where(PastHeldRow.kind == kind.subject, RunRow.as_of > as_of)
    blobs = [blob for each in (newer, newer_held) for blob in connection.execute(each).scalars()]
    if not blobs:
        return rows.clear()
    ids = subject_ids(rows.select(kind.key)).str.to_integer(base=16, dtype=pl.UInt64)
    return rows.filter(ids.is_in(pl.concat([unpacked(blob) for blob in blobs]).unique().implode()))
