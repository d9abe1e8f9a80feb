"""The audit log: one line an act, who did it, when, to what and why; nothing in it is ever changed."""

from __future__ import annotations

import getpass
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, select

from checker.store.tables import AuditRow


class Act(StrEnum):
    """What can be done to the store, in the words that the log uses."""

    CREATED = "store created"
    UPGRADED = "store upgraded"
    BEGUN = "run begun"
    STORED = "run stored"
    COMBINED = "police and local authority data combined"
    FINISHED = "run finished"
    REPEATED = "run repeated"
    FAILED = "run failed"
    ABANDONED = "run abandoned"
    REBUILT = "report rebuilt"
    PURGED = "purged"
    TOLD = "fault told by mail"
    RETURNED = "workbook returned"
    RESUMED = "sweep resumed"
    SIGNED_OFF = "sweep signed off"
    DRAWN = "sample drawn"
    REVIEWED = "reviews read"


@dataclass(frozen=True)
class Entry:
    """One line of the log; `at` is UTC, `run` the number of the run that it is about."""

    number: int
    at: datetime
    actor: str
    act: str
    run: int | None
    reason: str | None
    details: dict[str, Any]


def actor() -> str:
    """Who acts: the account and the machine."""
    try:
        account = getpass.getuser()
    except (KeyError, OSError):  # a container's account may have no name
        account = "unknown account"
    return f"{account} on {socket.gethostname()}"


def log(connection: Connection, act: Act, run: int | None = None, reason: str | None = None, **details: Any) -> None:
    """Add a line about what the actor has done just now."""
    line = {"at": datetime.now(UTC), "actor": actor(), "action": act, "run": run, "reason": reason, "details": details}
    connection.execute(insert(AuditRow), line)


def entries(connection: Connection, act: Act | None = None, since: datetime | None = None) -> list[Entry]:
    """Every line, or those of one act and since a moment, oldest first."""
    chosen = select(AuditRow.__table__).order_by(AuditRow.id)
    if act is not None:
        chosen = chosen.where(AuditRow.action == act.value)
    rows = connection.execute(chosen if since is None else chosen.where(AuditRow.at >= since))
    return [Entry(row.id, row.at, row.actor, row.action, row.run, row.reason, row.details) for row in rows]
