"""The workbook for supervisors: its sheets in order."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from checker.models import Run, RunRecord
from checker.report import (
    cannot_tell,
    carried_over,
    decisions,
    exceptions,
    performance,
    rejected,
    resolved,
    rules,
    settled,
    summary,
)
from checker.report.cells import Book, Cover
from checker.report.lists import Tick
from checker.report.london import day_in_words, in_words
from checker.report.words import destroy_by

# What is to be worked comes first, with how to do so; then what others have done; then what it all rests on.
SHEETS: tuple[Callable[[Book, Run, Tick], None], ...] = (
    summary.write,
    exceptions.write,
    cannot_tell.write,
    carried_over.write,
    decisions.write,
    settled.write,
    resolved.write,
    performance.write,
    rejected.write,
    rules.write,
)

OF_THE_WHOLE = (rejected.write,)  # a rejected record is of no area


def write_workbook(run: Run, file: Path, tick: Tick, password: str | None = None) -> None:
    """Write the workbook to `file`; its rows pass through the folder of the file, so that none is left elsewhere.

    Args:
        tick: Told, while the lists are written, how many more of their rows were.
        password: Encrypts it; None leaves it plain.
    """
    with closing(Book(cover(run.record), file.parent)) as book:
        for write in SHEETS:
            if run.area is None or write not in OF_THE_WHOLE:
                write(book, run, tick)
        book.save(file, password)


def cover(record: RunRecord) -> Cover:
    """What every sheet and printed page of the workbook of a run bears."""
    run, last_day = f"Run {record.run_id[:60]}", destroy_by(record)
    below = f"{run}. Destroy by {day_in_words(last_day)}" if last_day else run
    return Cover(record.marking, f"Data to {in_words(record.as_of)}", below, record.finished_at)
