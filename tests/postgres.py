"""A real PostgreSQL for the tests, started by the test run itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

# Nothing that a test stores has to outlive a power cut.
HASTY = "-c fsync=off -c full_page_writes=off"
MISSING = "no PostgreSQL server found; install one (Debian: apt-get install postgresql) or set TEST_POSTGRES_URL"


@dataclass(frozen=True)
class Server:
    """A server of our own, reached over a socket in its folder; `stop` ends it as a power cut does."""

    folder: Path
    programs: Path
    options: str

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@/postgres?host={self.folder}"

    def start(self) -> None:
        options = f"-k {self.folder} -c listen_addresses='' {self.options}"
        self._run("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), "-D", str(self.folder / "data"), *arguments]
        subprocess.run(command, cwd=self.folder, check=True, stdout=subprocess.DEVNULL, **_account())

    def make(self) -> None:
        self._run("initdb", "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8", "--locale=C.UTF-8")


@contextmanager
def own_server(options: str = HASTY) -> Iterator[Server]:
    """A new server that runs until the block ends; without its programs the test is skipped, or fails in CI."""
    programs = _programs()
    if programs is None:
        (pytest.fail if os.environ.get("REQUIRE_POSTGRES") == "1" else pytest.skip)(MISSING)
    # Not under TMPDIR: the path of a socket is limited to 107 bytes, and the server's account may not enter there.
    with tempfile.TemporaryDirectory(prefix="pgt", dir="/tmp", ignore_cleanup_errors=True) as folder:
        if account := _account():
            os.chown(folder, account["user"], account["group"])
        server = Server(Path(folder), programs, options)
        try:
            server.make()
            server.start()
            yield server
        finally:
            if (server.folder / "data" / "postmaster.pid").exists():
                server.stop()


@contextmanager
def database(server_url: str, options: str = "") -> Iterator[str]:
    """The URL of a new, empty database on a server, made with these options and dropped when the block ends."""
    name = f"checker_{uuid.uuid4().hex[:12]}"
    before, _, after = server_url.partition("?")
    address = before.replace("postgresql+psycopg://", "postgresql://") + (f"?{after}" if after else "")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" {options}')
        try:
            yield f"{before.rpartition('/')[0]}/{name}" + (f"?{after}" if after else "")
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _programs() -> Path | None:
    """The folder of `initdb` and `pg_ctl`: on the path, else the newest that Debian has installed; none on Windows."""
    if os.name != "posix":
        return None
    if found := shutil.which("initdb"):
        return Path(found).parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda file: float(file.parts[-3]))
    return installed[-1].parent if installed else None


def _account() -> dict[str, Any]:
    """Whom to run the server as: PostgreSQL refuses to run as root."""
    import pwd  # Windows has none, and the tests that need no server run there too

    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid}
    pytest.fail("PostgreSQL does not run as root, and there is no account to run it as")
