"""Writes reports in processes that kill themselves, each at another of its file operations.

Run as `python -m tests.report.killed_writer FOLDER PREVIOUS`: makes FOLDER/1, FOLDER/2, ... as copies of PREVIOUS, each
left behind by a process that was killed (SIGKILL) at its first, second, ... operation, until one gets through. With
`sweep` as a third word it is the files of a sweep that they write, each with the word "next" in it.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

from checker.report.files import write_report
from checker.report.folder import SWEEP_FILES, replaced_together
from tests.report.made_up import finding, run_of

OPERATIONS = {"open", "os.mkdir", "os.rename"}
REMOVALS = {"os.remove", "os.rmdir"}  # with bare names inside shutil.rmtree; nothing else removes anything here


def main(folder: Path, previous: Path, kind: str = "report") -> None:
    for deadline in count(1):
        place = folder / str(deadline)
        if previous.exists():
            shutil.copytree(previous, place)
        child = os.fork()
        if child == 0:
            sys.addaudithook(_killer(place, deadline))
            WRITERS[kind](place)
            os._exit(0)
        if os.waitpid(child, 0)[1] == 0:
            return


def _write_report(place: Path) -> None:
    write_report(run_of([finding()], run_id="next"), place)


def _write_sweep(place: Path) -> None:
    with replaced_together(place, SWEEP_FILES) as staging:
        for name in SWEEP_FILES:
            (staging / name).write_text("next")


WRITERS = {"report": _write_report, "sweep": _write_sweep}


def _killer(place: Path, deadline: int) -> Callable[[str, tuple[object, ...]], None]:
    operations = count(1)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        ours = event in REMOVALS or (event in OPERATIONS and str(arguments[0]).startswith(str(place)))
        if ours and next(operations) == deadline:
            os.kill(os.getpid(), signal.SIGKILL)

    return hook


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
