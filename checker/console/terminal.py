"""How the terminal is written to: progress while a command works, tables and lines at its end."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from checker.config import LONDON

PIPED_WIDTH = 120


@contextmanager
def progress() -> Iterator[Callable[..., None]]:
    """A function that shows a stage, and where they are known how much of it is done of how much, on a terminal.

    It shows them on stderr, and nothing where that is no terminal.
    """
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as bars:
        bar = bars.add_task("starting", total=None)

        def show(stage: str, done: int = 0, total: int | None = None) -> None:
            bars.update(bar, description=stage, completed=done, total=total)

        yield show


def london(instant: datetime) -> str:
    """The instant as London wall time with the name of that time, for people; seconds only where there are any."""
    local = instant.astimezone(ZoneInfo(LONDON))
    return f"{local:%d/%m/%Y} {local.time().isoformat().removesuffix(':00')} {local.tzname()}"


def moment(instant: datetime) -> str:
    """An instant by the clock of this machine, to the second, as London wall time."""
    return london(instant.replace(microsecond=0))


def print_line(console: Console, text: str) -> None:
    """Print a text that stays in one line where a program may read it."""
    console.print(text, soft_wrap=not console.is_terminal)


def table(*headings: str) -> Table:
    """A table with these headings; the numbers under one that begins with # stand to the right."""
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        name = heading.removeprefix("#")
        table.add_column(name, justify="left" if name == heading else "right", overflow="fold")
    return table


class _Terminal(Console):
    """A console that goes on in silence where nobody reads to the end: what was done, and its exit code, stay so."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def terminal() -> Console:
    """The terminal, or whatever stdout leads to."""
    return _Terminal(highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
