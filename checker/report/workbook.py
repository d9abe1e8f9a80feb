"""The workbook for supervisors: its sheets in order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from checker.models import Run
from checker.report import cannot_tell, carried_over, exceptions, rejected, resolved, rules, summary
from checker.report.cells import Book
from checker.report.lists import Tick

SHEETS: tuple[Callable[[Book, Run, Tick], None], ...] = (
    summary.write,
    exceptions.write,
    cannot_tell.write,
    resolved.write,
    carried_over.write,
    rejected.write,
    rules.write,
)


def write_workbook(run: Run, file: Path, tick: Tick) -> None:
    """Write the workbook to `file`; its rows pass through the folder of the file, so that none is left elsewhere.

    Args:
        tick: Told, while the lists are written, how many more of their rows were.
    """
    book = Book(run.record, file.parent)
    for write in SHEETS:
        write(book, run, tick)
    book.save(file)
