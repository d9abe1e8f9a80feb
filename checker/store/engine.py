"""The connection to the store's database, SQLite or PostgreSQL, and its faults in one line each."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from checker.errors import StoreError

_PATIENCE = 30  # seconds that a write waits for another to end
_PRAGMAS = (
    f"busy_timeout={_PATIENCE * 1000}",  # first: the others may have to wait
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",  # what is purged is overwritten
)
_READ_ONLY = "read_only"


def connect(url: str) -> Engine:
    """The engine of a store; a missing SQLite file is made, readable by its owner alone.

    Raises:
        StoreError: the URL is none of a store, or the file cannot be made.
    """
    try:
        address = make_url(url)
    except ArgumentError:
        raise StoreError("the store's url cannot be read; write sqlite:///checker.db or postgresql://…") from None
    if address.get_backend_name() != "sqlite":
        return create_engine(
            address, hide_parameters=True, pool_pre_ping=True, connect_args={"connect_timeout": _PATIENCE}
        )
    file = Path(address.database or "")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as fault:
        raise StoreError(f"{file}: the store cannot be opened ({fault.strerror}); mend [store] url") from None
    engine = create_engine(address, hide_parameters=True)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def missing_file(url: str) -> Path | None:
    """The SQLite file of a store where there is none, else None."""
    address = make_url(url)
    file = Path(address.database or "")
    return file if address.get_backend_name() == "sqlite" and not file.exists() else None


def _set_up_sqlite(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # sqlite3 would begin in its own way; _begin_sqlite does
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads and then writes must have the right to write from the start, or it fails in the middle.
    reads = connection.get_execution_options().get(_READ_ONLY)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that may write: all of it takes place, or nothing.

    Raises:
        StoreError: the database cannot be reached, is full, or is held by another for too long.
    """
    with faults_in_words(engine), engine.begin() as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One transaction that only reads, and sees one state of the store; a write at the same time does not disturb it.

    Raises:
        StoreError: the database cannot be reached.
    """
    options: dict[str, Any] = {_READ_ONLY: True}
    if engine.dialect.name == "postgresql":
        options = {"isolation_level": "REPEATABLE READ"}
    with faults_in_words(engine), engine.execution_options(**options).begin() as connection:
        yield connection


def outside_transaction(engine: Engine, statement: str, *values: str) -> None:
    """Run what SQLite runs only outside a transaction.

    Raises:
        StoreError: the database cannot be written.
    """
    connection = engine.raw_connection()
    try:
        connection.cursor().execute(statement, values)
    except sqlite3.Error as fault:
        raise StoreError(f"{place_of(engine)}: {_in_words(fault)}") from fault
    finally:
        connection.close()


@contextmanager
def faults_in_words(engine: Engine) -> Iterator[None]:
    """Turn what the database raises into a StoreError; the text of the fault can hold a value, its kind cannot."""
    try:
        yield
    except DBAPIError as fault:
        raise StoreError(f"{place_of(engine)}: {_in_words(fault.orig)}") from fault
    except engine.dialect.loaded_dbapi.Error as fault:  # of rows that the driver was given directly
        raise StoreError(f"{place_of(engine)}: {_in_words(fault)}") from fault


def place_of(engine: Engine) -> str:
    """Where the store is, without user and password."""
    url = engine.url
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return f"PostgreSQL database {url.database!r} on {url.host or url.query.get('host') or 'this machine'}"


def _in_words(cause: BaseException | None) -> str:
    import psycopg

    kind = getattr(cause, "sqlite_errorname", None) or type(cause).__name__
    if kind.startswith("SQLITE_FULL") or isinstance(cause, psycopg.errors.DiskFull):
        return "the disk is full; nothing was stored, free some space and run again"
    if kind.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM")):
        return f"the store cannot be read or written ({kind}); nothing was stored, free its disk or grant access to it"
    if kind.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return f"another program holds the store for more than {_PATIENCE} seconds; end it and run again"
    if kind.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return f"is no store or is damaged ({kind}); put a copy of the store in its place"
    if isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
        return f"the database cannot be reached or ended the connection ({kind}); start it or mend [store] url"
    return f"the database refused ({kind}); run again with --debug and report it"
