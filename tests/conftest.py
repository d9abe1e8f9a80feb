"""The databases that the tests of the store run on: each test on SQLite and on PostgreSQL, in a database of its own."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgres, uno_session


def pytest_configure(config: pytest.Config) -> None:
    """Name our marker, and let SIGTERM end the tests as Ctrl-C does, so that their servers end with them."""
    config.addinivalue_line(
        "markers", "office: needs LibreOffice (soffice), with python3-uno to fill a workbook in and poppler to print it"
    )
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a server for the whole run: the one that TEST_POSTGRES_URL names, else a new one."""
    if url := os.environ.get("TEST_POSTGRES_URL"):
        yield url
        return
    with postgres.own_server() as server:
        yield server.url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A new, empty PostgreSQL database."""
    with postgres.database(postgres_server) as url:
        yield url


@pytest.fixture
def own_postgres() -> Iterator[postgres.Server]:
    """A server that the test may stop and start."""
    with postgres.own_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new, empty store: each test runs on both databases."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.db"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture(scope="session")
def libreoffice() -> Iterator[uno_session.Office]:
    """A LibreOffice without a window; where there is none the test is skipped, or fails in CI."""
    if missing := uno_session.missing_programs():
        message = uno_session.MISSING.format(", ".join(missing))
        (pytest.fail if os.environ.get("REQUIRE_OFFICE") == "1" else pytest.skip)(message)
    with uno_session.office() as office:
        yield office
