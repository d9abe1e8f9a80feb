"""The workbooks that reviewers work through: that of the whole sweep, and batches of it."""

from __future__ import annotations

from contextlib import closing
from itertools import count
from pathlib import Path

import polars as pl

from checker.config import ReportConfig, password_of
from checker.errors import ReportError
from checker.models import Sweep
from checker.report import decisions, rejected, rules
from checker.report.cells import Book
from checker.report.lists import MAX_ROWS, Tick, untold
from checker.report.sweep import look_at, order, summary, words
from checker.report.sweep.progress import Looked, lines_to_decide, looked_into, progress_by
from checker.report.whole import put_whole
from checker.report.words import counted, in_digits
from checker.report.workbook import cover

WORKBOOK = "sweep.xlsx"
WORDING = decisions.Wording(
    note="What may be decided about a line of To look at, in its yellow columns.",
    take_back="To take a decision back choose Under review beside the line: an emptied cell changes nothing.",
    give_back="Put it into the returns folder, or give it to whoever runs `checker collect`; the return report says "
    "which lines could not be taken, and why. `checker sweep status` then says how far the sweep is, and the next "
    "batch has what is left.",
    whatever="What is decided here counts for this sweep, until somebody signs it off. The nightly lists are told of "
    "it, beside the evidence of the same line; they go by what is decided in them.",
    becomes=("The line counts as looked at, and is in no later batch.", "The line stays to be looked at."),
)


def write_workbook(sweep: Sweep, lines: pl.DataFrame, file: Path, limit: int, tick: Tick, password: str | None) -> None:
    """Write the workbook of the first `limit` incidents to `file`, with the lines that belong to no incident too.

    Args:
        lines: See `lines_to_decide`.
        tick: Told, while the lists are written, how many more of their rows were.
        password: Encrypts it; None leaves it plain.
    """
    run = sweep.run
    with closing(Book(cover(run.record), file.parent)) as book:
        summary.write(book, sweep, progress_by(sweep, lines), limit)
        look_at.write(book, sweep, _within(lines, limit), tick, note="", of=lines.height)
        order.write(book, sweep, sweep.order.head(limit), tick, of=sweep.order.height)
        decisions.write(book, run, tick, WORDING)
        rejected.write(book, run, tick)
        rules.write(book, run, tick)
        book.save(file, password)


def rows_of_workbook(sweep: Sweep, lines: pl.DataFrame, limit: int) -> int:
    """How many rows the lists of the workbook have, for whoever counts them as they are written."""
    lists = (_within(lines, limit).height, min(sweep.order.height, limit), sweep.run.rejected.height)
    return sum(min(rows, MAX_ROWS) for rows in lists)


def _within(lines: pl.DataFrame, limit: int) -> pl.DataFrame:
    return lines.filter((pl.col("place") <= limit).fill_null(value=True))


def write_batch(sweep: Sweep, target: Path, settings: ReportConfig, batch: int) -> Path:
    """Write a workbook of the next `batch` incidents that are not looked at, whole or not at all; its path.

    Their lines that are decided are left out. Lines that belong to no incident of the sweep are in the last batch.

    Args:
        sweep: What to take them from.
        target: The workbook (.xlsx), which must not be there: somebody may be filling it in. Or its folder, in which it
            gets a name that is not taken.
        settings: How it is encrypted.
        batch: How many incidents.

    Raises:
        ConfigError: the password cannot be had.
        ReportError: the folder cannot be written to, or the workbook is there.
    """
    password = password_of(settings)
    file = (
        target
        if target.suffix.lower() == ".xlsx"
        else _free(target, f"sweep_{words.in_a_file_name(sweep.name)}_next_{batch}")
    )
    if file.exists():
        raise ReportError(f"{file} is there, and somebody may be filling it in; give another name")
    lines = lines_to_decide(sweep)
    waiting = looked_into(lines).filter(pl.col("looked") != Looked.LOOKED_AT.value)
    chosen, left = waiting.head(batch), waiting.height
    is_last = left <= batch
    open_lines = lines.filter(~pl.col("is_decided"))
    own = pl.col("place").is_in(chosen.get_column("place").implode())
    shown = open_lines.filter(own | (pl.col("place").is_null() & pl.lit(is_last)))
    incidents = sweep.order.join(chosen.select("place"), on="place", how="semi", maintain_order="left")
    told = f"The next {in_digits(chosen.height)} of {counted(left, 'incident')} that are not looked at."
    nothing = f"Nothing is left to look at: {words.sum_of_incidents(progress_by(sweep, lines))}"
    with (
        put_whole(file.parent, [file.name], "batch") as staging,
        closing(Book(cover(sweep.run.record), staging)) as book,
    ):
        look_at.write(book, sweep, shown, untold, note=told, of=shown.height, when_empty=nothing)
        order.write(book, sweep, incidents, untold, of=incidents.height)
        decisions.write(book, sweep.run, untold, WORDING)
        rules.write(book, sweep.run, untold)
        book.save(staging / file.name, password)
    return file


def _free(folder: Path, stem: str) -> Path:
    """A name in the folder that is not taken."""
    names = (folder / f"{stem}{f' ({number})' if number > 1 else ''}.xlsx" for number in count(1))
    return next(name for name in names if not name.exists())
