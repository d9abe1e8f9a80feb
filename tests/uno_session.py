"""LibreOffice as a supervisor would use it, by its own API: without a window, with a profile of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

EDITS = Path(__file__).with_name("uno_edits.py")
MISSING = "NOT TESTED IN AN OFFICE PROGRAM: no {}; apt-get install libreoffice-calc python3-uno"
REFUSED = "refused"
_PATIENCE = 120  # seconds

Step = Sequence[Any]


@dataclass(frozen=True)
class Office:
    """A LibreOffice that runs and waits for edits; `python` is one that has its `uno` module."""

    python: str
    pipe: str

    def edit(self, source: Path, target: Path, *steps: Step) -> Path:
        """Open a workbook, take each step in it (see tests/uno_edits.py), and save it as another XLSX workbook."""
        self._do(source=source.as_uri(), target=target.as_uri(), steps=steps)
        return target

    def shows(self, workbook: Path, sheet: str, cell: str, password: str | None = None) -> str:
        """What it shows in a cell, or REFUSED where it does not open the workbook."""
        return self._do(source=workbook.as_uri(), show=[sheet, cell], password=password)

    def _do(self, **order: Any) -> str:
        done = subprocess.run(
            [self.python, str(EDITS)],
            input=json.dumps({"pipe": self.pipe} | order),
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"exit code {done.returncode}: {done.stderr}")
        return done.stdout.strip()


def missing_programs() -> list[str]:
    """What there is none of here and an office needs."""
    found = {"soffice": shutil.which("soffice"), "Python with uno": _python_with_uno()}
    return [name for name, program in found.items() if program is None]


@contextmanager
def office() -> Iterator[Office]:
    """A LibreOffice that runs until the block ends."""
    python = _python_with_uno()
    if python is None:
        raise RuntimeError(MISSING.format("Python with uno"))
    pipe = f"checker{uuid.uuid4().hex}"
    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = ["soffice", "--headless", "--norestore", f"-env:UserInstallation={Path(profile).as_uri()}"]
        process = subprocess.Popen(
            [*command, f"--accept=pipe,name={pipe};urp;"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # soffice is a chain of processes, and all of them have to end
        )
        try:
            yield Office(python, pipe)
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(_PATIENCE)


def _python_with_uno() -> str | None:
    """A Python that can import `uno`: the system's own has it, an environment's has not."""
    for python in dict.fromkeys(("/usr/bin/python3", shutil.which("python3"), sys.executable)):
        if python and shutil.which(python):
            tried = subprocess.run([python, "-I", "-c", "import uno"], capture_output=True, check=False)
            if tried.returncode == 0:
                return python
    return None
