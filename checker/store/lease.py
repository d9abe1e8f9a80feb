"""The lease: one process at a time may run nightly extracts, on whichever machine, and a dead one blocks nobody."""

from __future__ import annotations

import os
import socket
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, CursorResult, Engine, Row, delete, func, insert, select, update

from checker.config import LONDON
from checker.errors import HeldError, StoreError
from checker.store.engine import writing
from checker.store.tables import LeaseRow

NIGHTLY = "nightly"
_VALID = timedelta(minutes=3)  # from the last sign of life; a holder on another machine is taken for dead after that
_BEAT = 20.0  # seconds between two signs of life


@dataclass(frozen=True)
class Holder:
    """Who holds the lease, and since when (UTC)."""

    host: str
    pid: int
    taken_at: datetime

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host} since {self.taken_at.astimezone(ZoneInfo(LONDON)):%d/%m/%Y %H:%M}"


@contextmanager
def held(engine: Engine) -> Iterator[str]:
    """Hold the lease while the block runs, giving signs of life; the name under which it is held.

    Raises:
        HeldError: another process holds it and lives.
    """
    owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:12]}"
    with writing(engine) as connection:
        _take(connection, owner)
    ended = Event()
    heart = Thread(target=_beat, args=(engine, owner, ended), name="lease", daemon=True)
    heart.start()
    try:
        yield owner
    finally:
        ended.set()
        heart.join()
        with suppress(StoreError), writing(engine) as connection:  # where the store is gone it ends by itself
            connection.execute(delete(LeaseRow).where(LeaseRow.owner == owner))


def confirm(connection: Connection, owner: str) -> None:
    """Make sure, until this transaction ends, that `owner` still holds the lease.

    Raises:
        HeldError: another process has taken it over.
    """
    if not _renew(connection, owner):
        raise HeldError(f"this run was taken over by {holder(connection) or 'a process that has ended'}; it stops here")


def holder(connection: Connection) -> Holder | None:
    """Who holds the lease and lives, or None.

    One that ends later than any could that is given now is of a clock that was ahead: it binds a process of this
    machine that is known to live, and nobody else.
    """
    row = connection.execute(select(LeaseRow.__table__).where(LeaseRow.name == NIGHTLY)).one_or_none()
    now = _now(connection)
    if row is None or row.valid_until <= now or _is_dead(row):
        return None
    if row.valid_until > now + _VALID and (row.machine is None or row.machine != _machine()):
        return None
    return Holder(row.host, row.pid, row.taken_at)


def _take(connection: Connection, owner: str) -> None:
    now = _now(connection)
    mine = {
        "owner": owner,
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "machine": _machine(),
        "process": _process(os.getpid()),
        "taken_at": now,
        "valid_until": now + _VALID,
    }
    if connection.dialect.name == "postgresql":  # SQLite's transactions that write are one at a time anyway
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext("checker lease"))))
    if living := holder(connection):
        raise HeldError(f"the nightly extracts are in the hands of {living}; wait until it has finished")
    connection.execute(delete(LeaseRow).where(LeaseRow.name == NIGHTLY))
    connection.execute(insert(LeaseRow).values(name=NIGHTLY, **mine))


def _beat(engine: Engine, owner: str, ended: Event) -> None:
    while not ended.wait(_BEAT):
        with suppress(StoreError), writing(engine) as connection:  # every write of a run asks again, see confirm
            _renew(connection, owner)


def _renew(connection: Connection, owner: str) -> bool:
    until = _now(connection) + _VALID
    done: CursorResult[object] = connection.execute(
        update(LeaseRow).where(LeaseRow.owner == owner).values(valid_until=until)
    )
    return done.rowcount == 1


def _now(connection: Connection) -> datetime:
    """The time by which leases end: PostgreSQL's own, for the clocks of two machines may differ."""
    if connection.dialect.name == "postgresql":
        now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
        return now.astimezone(UTC)
    return datetime.now(UTC)


def _is_dead(row: Row[tuple[object, ...]]) -> bool:
    """Whether the holder's process has ended, so far as this machine can know; what it cannot know is no."""
    if row.machine is None or row.machine != _machine():
        return False
    try:
        os.kill(row.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    process = _process(row.pid)
    return process is not None and process != row.process


def _machine() -> str | None:
    """What names this machine, since it was started, and its space of process numbers; None where Linux does not."""
    if sys.platform != "linux":
        return None
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return None


def _process(pid: int) -> str | None:
    """When the process with this number was started, in the kernel's ticks; `ended` where only its entry is left."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return "ended" if fields[0] in {"Z", "X"} else fields[19]
