"""The sheet of what is open and was not seen: the findings that this run neither confirmed nor resolved."""

from __future__ import annotations

from dataclasses import replace

from checker.models import Run
from checker.report import lists
from checker.report.cells import A3, Book, Page
from checker.report.styles import SET_IN
from checker.report.words import beware

NAME = "Carried over"
NOTE = (
    "Each of these is still open, for no run has examined its record since and seen it pass. Look it up in the record "
    "system: it may be put right there, and no later extract has shown it."
)
COLUMNS = (
    lists.SEVERITY,
    lists.INCIDENT,
    lists.CHILD,
    lists.REPORTED,
    replace(lists.MESSAGE, header="What was missing"),
    lists.Column("Why it was not examined", "why", 30, 30, SET_IN),
    lists.LAST_EXAMINED,
    lists.FIRST_SEEN,
    lists.DAYS_OPEN,
    lists.DISTRICT,
    lists.TEAM,
    lists.OFFICER,
    lists.SUPERVISOR,
    lists.RULE,
    lists.FINDING_ID,
)


def write(book: Book, run: Run, tick: lists.Tick) -> None:
    """Write the sheet, where a store knows what was open before."""
    if run.carried_over is None:
        return
    lists.write_list(
        book,
        NAME,
        COLUMNS,
        lists.in_order(run, run.carried_over),
        Page(A3),
        tick,
        note=NOTE,
        warning=beware(run),
        when_empty="Nothing is carried over: this run examined every case that was open.",
        all_in="the store (checker findings --status open)",
    )
