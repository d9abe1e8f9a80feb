"""A real office program that opens encrypted workbooks: LibreOffice, spoken to through its UNO interface."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from uuid import uuid4

import pytest

SYSTEM_PYTHON = "/usr/bin/python3"  # Debian's has the module uno, which is on no package index
REFUSED = "refused"

_OPEN = """
import sys, time, uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException

pipe, url, *password = sys.argv[1:]
local = uno.getComponentContext()
resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
for _ in range(300):
    try:
        context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        break
    except NoConnectException:
        time.sleep(0.1)
desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
given = [("Hidden", True), *(("Password", each) for each in password)]
try:
    book = desktop.loadComponentFromURL(url, "_blank", 0, tuple(PropertyValue(Name=n, Value=v) for n, v in given))
except Exception:
    book = None
if book is None:
    print("refused")
else:
    print(book.Sheets.getByIndex(1).getCellRangeByName("A5").String)
    book.close(True)
"""


@dataclass(frozen=True)
class Office:
    """A running LibreOffice, reached by the name of its pipe."""

    pipe: str

    def cell_shown(self, workbook: Path, password: str | None = None) -> str:
        """What it shows in A5 of the second sheet, the first incident of the list, or REFUSED."""
        command = [SYSTEM_PYTHON, "-c", _OPEN, self.pipe, workbook.as_uri(), *([] if password is None else [password])]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
        return done.stdout.strip()


@contextmanager
def running_office(profile: Path) -> Iterator[Office]:
    """A LibreOffice with a profile of its own; where there is none, or no uno, the test is skipped, or fails in CI."""
    test = [SYSTEM_PYTHON, "-c", "import uno"]
    has_uno = Path(SYSTEM_PYTHON).is_file() and subprocess.run(test, check=False, capture_output=True).returncode == 0
    if not (shutil.which("soffice") and has_uno):
        message = "NOT OPENED WITH A PASSWORD: no soffice or uno; apt-get install libreoffice-calc python3-uno"
        if os.environ.get("REQUIRE_OFFICE") == "1":
            pytest.fail(message)
        pytest.skip(message)
    pipe = f"checker-{uuid4().hex}"
    options = ["--headless", "--norestore", "--nologo", f"--accept=pipe,name={pipe};urp;"]
    program = subprocess.Popen(
        ["soffice", f"-env:UserInstallation={profile.as_uri()}", *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # soffice is a script: its children end with its group
    )
    try:
        yield Office(pipe)
    finally:
        os.killpg(program.pid, 15)
        for _ in range(100):
            if program.poll() is not None:
                break
            sleep(0.1)
        else:
            os.killpg(program.pid, 9)
        program.wait()
