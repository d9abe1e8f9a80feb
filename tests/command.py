"""The `checker` command as its user meets it: a process of its own where that counts, in this process elsewhere."""

import io
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from checker.cli import main

ROOT = Path(__file__).parents[1]
NIGHTLY = ROOT / "sample_data" / "nightly"
MESSY = ROOT / "sample_data" / "messy"

# A small invented extract as of 22 November 2026, 02:00. I1 was closed in time and its child has a form; I2 was closed
# in time with another code and its child has none. In all else both are sound.
AS_OF = "2026-11-22T02:00"
TABLES = {
    "incidents": """\
incident_ref,reported_at,closed_at,closure_codes,domestic_abuse,risk_form_ref,risk_level,children_in_household,history_checked_at
I1,2026-11-20T10:00,2026-11-20T12:00,QL23,yes,DASH-1,medium,no,2026-11-20T11:00
I2,2026-11-20T11:00,2026-11-20T13:00,DOM,yes,DASH-2,medium,no,2026-11-20T12:00
""",
    "children": """\
incident_ref,child_ref,date_of_birth
I1,C1,2018-03-04
I2,C2,2018-03-04
""",
    "referrals": """\
referral_ref,incident_ref,child_ref,submitted_at
R1,I1,C1,2026-11-20T12:00
""",
    "plans": "child_ref,plan,started_on,ended_on\n",
    "flags": "child_ref,flag,started_on,ended_on\n",
}


@dataclass(frozen=True)
class Done:
    """What a command left behind: its exit code and what it wrote to stdout and stderr."""

    code: int
    out: str
    err: str


def small_extract(folder: Path, **tables: str | None) -> Path:
    """The small extract, written into `folder`; a table given here replaces its own, None leaves it out."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (TABLES | tables).items():
        file = folder / f"{name}.csv"
        if text is None:
            file.unlink(missing_ok=True)
        else:
            file.write_text(text, encoding="utf-8")
    return folder


def checker(*arguments: object, folder: Path = ROOT, variables: Mapping[str, str] | None = None) -> Done:
    """Run the command line in this process, in `folder`, under no `CHECKER_*` variables but these."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        for name in os.environ.keys() - environment().keys():
            patch.delenv(name)
        for name, value in (variables or {}).items():
            patch.setenv(name, value)
        patch.setattr(sys, "argv", ["checker", *map(str, arguments)])
        patch.chdir(folder)
        try:
            main()
        except SystemExit as end:
            code = end.code
    assert isinstance(code, int)
    return Done(code, out.getvalue(), err.getvalue())


def process(*arguments: object, **variables: str) -> "subprocess.Popen[bytes]":
    """Start the command line as a process of its own, with pipes for stdout and stderr."""
    return subprocess.Popen(
        [sys.executable, "-m", "checker", *map(str, arguments)],
        env=environment() | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def environment() -> dict[str, str]:
    """The environment of this process without `CHECKER_*`, from any folder of which Python finds the checker."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CHECKER_")}
    return kept | {"PYTHONPATH": str(ROOT)}
