"""The sheet that supervisors work through: one row a finding, the most urgent incident first."""

from __future__ import annotations

from checker.models import Outcome, Run
from checker.report import lists, systemic
from checker.report.cells import A3, Book, Page
from checker.report.rules import places
from checker.report.words import beware, no_exceptions, on_superseded
from checker.report.worklist import worklist

NAME = "Exceptions"
NOTE = (
    "Each line is a prompt for a person: it says what was not found in the extract supplied; it may exist elsewhere. "
    "Times are London wall-clock time.\n"
    "The lines of one incident stand together, the most urgent incident first. " + lists.FILL_IN
)
# In the order in which people use them: what, what now, whose, what they decide; what the checker needs comes last.
COLUMNS = (
    lists.INCIDENT,
    lists.SEVERITY,
    lists.STATUS,
    lists.CHILD,
    lists.REPORTED,
    lists.MESSAGE,
    lists.WHAT_TO_DO,
    lists.DISTRICT,
    lists.TEAM,
    lists.OFFICER,
    lists.SUPERVISOR,
    *lists.YELLOW,
    lists.HOURS_OVERDUE,
    lists.DAYS_OPEN,
    lists.EVIDENCE,
    lists.RULE,
    lists.FINDING_ID,
    lists.RUN,
)


def write(book: Book, run: Run, tick: lists.Tick) -> None:
    """Write the sheet of every finding that no decision settles."""
    lists.write_list(
        book,
        NAME,
        lists.known(run, COLUMNS),
        worklist(run, Outcome.FINDING),
        Page(A3),
        tick,
        note=NOTE + on_superseded(run),
        warning=beware(run),
        when_empty=no_exceptions(run),
        all_in="findings.csv",
        banners=systemic.banners(run),
        links=places(run),
    )
