"""The sheet of what is open and was not seen: the findings that this run neither confirmed nor resolved."""

from __future__ import annotations

from dataclasses import replace

from checker.models import Run
from checker.report import lists
from checker.report.cells import A3, Book, Page
from checker.report.rules import places
from checker.report.styles import SET_IN
from checker.report.words import beware
from checker.report.worklist import carried_over

NAME = "Carried over"
NOTE = (
    "Each of these is still open, for no run has examined its record since and seen it pass. Look it up in the record "
    "system: it may be put right there, and no later extract has shown it.\n" + lists.FILL_IN
)
COLUMNS = (
    lists.INCIDENT,
    lists.SEVERITY,
    lists.STATUS,
    lists.CHILD,
    lists.REPORTED,
    replace(lists.MESSAGE, header="What was missing"),
    lists.Column("Why it was not examined", "why", 17.5, 17.5, SET_IN),
    lists.DISTRICT,
    lists.TEAM,
    lists.OFFICER,
    lists.SUPERVISOR,
    *lists.YELLOW,
    lists.LAST_EXAMINED,
    lists.DAYS_OPEN,
    lists.EVIDENCE,
    lists.RULE,
    lists.FINDING_ID,
    lists.RUN,
)


def write(book: Book, run: Run, tick: lists.Tick) -> None:
    """Write the sheet, where a store knows what was open before."""
    if run.carried_over is None:
        return
    lists.write_list(
        book,
        NAME,
        COLUMNS,
        carried_over(run),
        Page(A3),
        tick,
        note=NOTE,
        warning=beware(run),
        when_empty=_nothing_carried_over(run.carried_over.height),
        all_in="the store (checker findings --status open)",
        links=places(run),
    )


def _nothing_carried_over(settled: int) -> str:
    if settled:
        return f"Nothing is left to work: {settled} carried over, each settled by a decision; see the sheet Settled."
    return "Nothing is carried over: this run examined every case that was open."
