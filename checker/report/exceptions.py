"""The sheet that supervisors work through: one row a finding, the most severe first."""

from __future__ import annotations

from checker.models import Outcome, Run
from checker.report import lists
from checker.report.cells import A3, Book, Page
from checker.report.words import beware, no_exceptions, on_superseded

NAME = "Exceptions"
NOTE = (
    "Each line is a prompt for a person. It says what was not found in the extract supplied; it may exist elsewhere. "
    "The most severe come first, the longest open of them at the top; times are London wall-clock time."
)
# In the order in which people use them: what, what now, whose; what the checker needs to say of itself comes last.
COLUMNS = (
    lists.SEVERITY,
    lists.STATUS,
    lists.INCIDENT,
    lists.CHILD,
    lists.REPORTED,
    lists.MESSAGE,
    lists.WHAT_TO_DO,
    lists.DUE,
    lists.HOURS_OVERDUE,
    lists.DAYS_OPEN,
    lists.DISTRICT,
    lists.TEAM,
    lists.OFFICER,
    lists.SUPERVISOR,
    lists.EVIDENCE,
    lists.RULE,
    lists.FINDING_ID,
)


def write(book: Book, run: Run, tick: lists.Tick) -> None:
    """Write the sheet of every finding."""
    lists.write_list(
        book,
        NAME,
        lists.known(run, COLUMNS),
        lists.worklist(run, Outcome.FINDING),
        Page(A3),
        tick,
        note=NOTE + on_superseded(run),
        warning=beware(run),
        when_empty=no_exceptions(run),
        all_in="findings.csv",
    )
