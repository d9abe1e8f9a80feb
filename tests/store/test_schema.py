"""The tables of the store: made, brought forward, or left alone, on both databases."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from checker.errors import StoreError
from checker.store import opened, upgraded
from checker.store.engine import connect, reading, writing
from checker.store.schema import head, migrate, revisions
from checker.store.tables import Table
from tests import postgres
from tests.command import environment

LINE = "INSERT INTO audit (at, actor, action, details) VALUES ('2026-11-22 02:00:00', 'somebody', 'run begun', '{}')"


def store_of_release(url: str, revision: str) -> Engine:
    """A store as that release made it, with a line in its audit log."""
    engine = connect(url)
    with writing(engine) as connection:
        migrate(connection, revision)
        connection.execute(text(LINE))
    return engine


def test_a_new_store_has_the_tables_that_the_code_describes(store_url: str) -> None:
    with opened(store_url) as store:
        assert [entry.act for entry in store.audit()] == ["store created"]
    engine = connect(store_url)
    with reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Table.metadata) == []
    engine.dispose()


@pytest.mark.parametrize("revision", revisions())
def test_a_store_of_every_release_comes_forward_with_what_it_holds(store_url: str, revision: str) -> None:
    store_of_release(store_url, revision).dispose()
    upgraded(store_url)
    with opened(store_url) as store:
        assert store.audit()[0].actor == "somebody"
    engine = connect(store_url)
    with reading(engine) as connection:
        assert compare_metadata(MigrationContext.configure(connection), Table.metadata) == []
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == head()
    engine.dispose()


def test_an_older_file_is_copied_and_then_upgraded_by_whoever_opens_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    store_of_release(url, "0001").dispose()
    with opened(url) as store:
        assert [entry.act for entry in store.audit()] == ["run begun", "store upgraded"]
    copy = connect(f"sqlite:///{tmp_path}/store.db.0001")
    with reading(copy) as connection:
        assert connection.execute(text("SELECT action FROM audit")).scalars().all() == ["run begun"]
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "0001"
    copy.dispose()


def test_an_older_database_is_upgraded_only_when_somebody_says_so(postgres_url: str) -> None:
    store_of_release(postgres_url, "0001").dispose()
    fault = rf"tables of an older release \(0001, this one needs {head()}\).*store upgrade"
    with pytest.raises(StoreError, match=fault), opened(postgres_url):
        pass
    assert upgraded(postgres_url)[1] is None
    with opened(postgres_url) as store:
        assert [entry.act for entry in store.audit()] == ["run begun", "store upgraded"]


def test_a_store_of_a_newer_release_is_left_alone(store_url: str) -> None:
    engine = store_of_release(store_url, head())
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with (
        pytest.raises(StoreError, match=r"made by a newer release of the checker \(tables 9999\)"),
        opened(store_url),
    ):
        pass


def test_a_database_that_holds_no_unicode_is_refused(postgres_server: str) -> None:
    with postgres.database(postgres_server, "ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0") as url:
        fault = r"is in LATIN1; give the store a database with ENCODING 'UTF8'$"
        with pytest.raises(StoreError, match=fault), opened(url):
            pass


def test_a_database_of_another_program_is_left_alone(store_url: str) -> None:
    engine = connect(store_url)
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE runs (id INTEGER)"))
    with pytest.raises(StoreError, match="holds tables of another program"), opened(store_url):
        pass
    assert inspect(engine).get_table_names() == ["runs"]
    engine.dispose()


def test_what_is_no_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    file.write_bytes(b"child_ref,plan\n" * 1000)
    fault = r"store\.db: is no store or is damaged \(SQLITE_NOTADB\)"
    with pytest.raises(StoreError, match=fault), opened(f"sqlite:///{file}"):
        pass
    assert file.read_bytes() == b"child_ref,plan\n" * 1000


@pytest.mark.parametrize("act", ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"])
def test_the_audit_log_only_grows(store_url: str, act: str) -> None:
    with opened(store_url):
        pass
    engine = connect(store_url)
    with pytest.raises(DBAPIError, match="the audit log only grows"), engine.begin() as connection:
        connection.execute(text(act))
    engine.dispose()
    with opened(store_url) as store:
        assert [entry.act for entry in store.audit()] == ["store created"]


def test_processes_that_find_no_store_at_once_make_one(store_url: str) -> None:
    code = f"from checker.store import opened\nwith opened({store_url!r}) as store: print(len(store.audit()))"
    started = [
        subprocess.Popen([sys.executable, "-c", code], env=environment(), stdout=subprocess.PIPE) for _ in range(4)
    ]
    assert [(process.communicate()[0], process.returncode) for process in started] == [(b"1\n", 0)] * 4


def test_a_new_store_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path}/below/store.db"):
        assert {file.stat().st_mode & 0o777 for file in (tmp_path / "below").iterdir()} == {0o600}
