"""An attempt at a run: what it sets out to check, put down before anything is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, func, insert, select, text, update

from checker.errors import ConfigError
from checker.models import RunKind
from checker.store import runs
from checker.store.audit import Act, actor, log
from checker.store.runs import RunStatus
from checker.store.tables import RunRow


@dataclass(frozen=True)
class Attempt:
    """What a run sets out to check.

    `digest` is of the extract's files, `settings_digest` of all that decides how they are read and judged; `owner` is
    the name under which a nightly run holds the lease.
    """

    kind: RunKind
    extract: str
    digest: str
    settings_digest: str
    reason: str | None = None
    owner: str | None = None


def begin(connection: Connection, attempt: Attempt) -> int:
    """Put down that a run begins; its number.

    Raises:
        ConfigError: it is a sweep without a stated reason.
    """
    if attempt.kind is RunKind.SWEEP and not attempt.reason:
        raise ConfigError("a sweep looks at people again for a reason: state it with --reason")
    values = {
        "kind": attempt.kind.value,
        "status": RunStatus.RUNNING.value,
        "actor": actor(),
        "owner": attempt.owner,
        "reason": attempt.reason,
        "extract": attempt.extract,
        "digest": attempt.digest,
        "settings_digest": attempt.settings_digest,
        "begun_at": datetime.now(UTC),
    }
    inserted = connection.execute(insert(RunRow).values(runs.all_printable(values)).returning(RunRow.id))
    number: int = inserted.scalar_one()
    log(connection, Act.BEGUN, number, attempt.reason, kind=attempt.kind.value)
    return number


def abandon(connection: Connection, which: ColumnElement[bool], why: str | None) -> None:
    """Put down of the running ones among some runs that they were given up."""
    for row in connection.execute(runs.select_runs(status=RunStatus.RUNNING).where(which)).all():
        values = {"status": RunStatus.ABANDONED.value, "ended_at": datetime.now(UTC), "error": why}
        connection.execute(update(RunRow).where(RunRow.id == row.id).values(values))
        log(connection, Act.ABANDONED, row.id, row.reason)


def next_sequence(connection: Connection) -> int:
    """The sequence of the run that is stored now; until the transaction ends no other run or decision is."""
    one_at_a_time(connection)
    return last_sequence(connection) + 1


def last_sequence(connection: Connection) -> int:
    """The sequence of the run that was stored last, 0 where none was."""
    return connection.execute(select(func.max(RunRow.sequence))).scalar_one() or 0


def one_at_a_time(connection: Connection) -> None:
    """Keep others from storing findings or decisions; SQLite's transactions that write are one at a time anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE findings IN SHARE ROW EXCLUSIVE MODE"))
