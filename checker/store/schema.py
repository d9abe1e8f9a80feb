"""The store's tables are brought to the release of this tool, or the tool refuses to touch them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from checker.errors import StoreError
from checker.store.audit import Act, log
from checker.store.engine import outside_transaction, place_of, reading, writing
from checker.store.tables import Table

_MIGRATIONS = Path(__file__).parent / "migrations"
_FOUNDING = 0x7E5C_A11  # any number that no other program locks


def bring_up_to_date(engine: Engine, upgrade: bool = False) -> Path | None:
    """Make the tables where there are none, and upgrade older ones; the copy that was made before, if one was.

    A SQLite file is upgraded at once, after it was copied to `<file>.<revision>`. A PostgreSQL database, which other
    machines may share, only where `upgrade` says so: its backup is the database administrator's.

    Raises:
        StoreError: the tables are of a newer release, or of an older one and need `upgrade`, or are not ours; or the
            database holds no Unicode.
    """
    with reading(engine) as connection:
        at, found = _revision(connection), set(inspect(connection).get_table_names())
        encoding = "UTF8" if engine.dialect.name == "sqlite" else connection.scalar(text("SHOW server_encoding"))
    if encoding != "UTF8":
        raise StoreError(f"{place_of(engine)}: is in {encoding}; give the store a database with ENCODING 'UTF8'")
    newest = head()
    if at == newest:
        return None
    place = place_of(engine)
    if at is None and found & Table.metadata.tables.keys():
        raise StoreError(f"{place}: holds tables of another program; give the store a database of its own")
    if at is not None and at not in revisions():
        raise StoreError(f"{place}: was made by a newer release of the checker (tables {at}); install that release")
    is_file = engine.dialect.name == "sqlite"
    if at is not None and not is_file and not upgrade:
        raise StoreError(
            f"{place}: has the tables of an older release ({at}, this one needs {newest}); back it up, end every "
            "checker that uses it and run `checker store upgrade`"
        )
    copy = _copied(engine, at) if at is not None and is_file else None
    with writing(engine) as connection:
        if not is_file:  # two that found a new store at once: the second finds it done
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _FOUNDING})
        if _revision(connection) != newest:
            migrate(connection, newest)
            log(connection, Act.CREATED if at is None else Act.UPGRADED, to=newest)
    return copy


def head() -> str:
    """The revision that this release needs."""
    return str(ScriptDirectory(str(_MIGRATIONS)).get_current_head())


def revisions() -> list[str]:
    """Every released revision, oldest first."""
    return [script.revision for script in ScriptDirectory(str(_MIGRATIONS)).walk_revisions()][::-1]


def migrate(connection: Connection, revision: str) -> None:
    """Take the steps up to a revision, in the transaction of the connection."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _copied(engine: Engine, revision: str) -> Path:
    file = Path(str(engine.url.database))
    copy = file.with_name(f"{file.name}.{revision}")
    with suppress(FileNotFoundError):
        copy.unlink()  # of an upgrade that did not end
    outside_transaction(engine, "VACUUM INTO ?", str(copy))
    copy.chmod(0o600)
    return copy
