"""The sheet of what could be an exception, were something known that the extract does not say."""

from __future__ import annotations

from dataclasses import replace

from checker.models import Outcome, Run
from checker.report import lists
from checker.report.cells import A3, Book, Page
from checker.report.words import beware, nothing_found, on_superseded

NAME = "Cannot tell"
NOTE = (
    "Each of these could be an exception now: what the rule needs to know is blank, or was in a record that was "
    "rejected. Complete the record, and the next run decides. Times are London wall-clock time."
)
COLUMNS = (
    lists.SEVERITY,
    lists.STATUS,
    lists.INCIDENT,
    lists.CHILD,
    lists.REPORTED,
    replace(lists.MESSAGE, header="What could not be told"),
    replace(lists.EVIDENCE, header="Why"),
    lists.WHAT_TO_DO,
    lists.DUE,
    lists.HOURS_OVERDUE,
    lists.DAYS_OPEN,
    lists.DISTRICT,
    lists.TEAM,
    lists.OFFICER,
    lists.SUPERVISOR,
    lists.RULE,
    lists.FINDING_ID,
)


def write(book: Book, run: Run, tick: lists.Tick) -> None:
    """Write the sheet of every verdict that is undetermined."""
    lists.write_list(
        book,
        NAME,
        lists.known(run, COLUMNS),
        lists.worklist(run, Outcome.UNDETERMINED),
        Page(A3),
        tick,
        note=NOTE + on_superseded(run),
        warning=beware(run),
        when_empty=nothing_found(run, "undecided cases"),
        all_in="findings.csv",
    )
