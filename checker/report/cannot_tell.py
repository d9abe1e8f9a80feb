"""The sheet of what could be an exception, were something known that the extract does not say."""

from __future__ import annotations

from dataclasses import replace

from checker.models import Outcome, Run
from checker.report import exceptions, lists
from checker.report.cells import A3, Book, Page
from checker.report.rules import places
from checker.report.words import beware, nothing_to_do, on_superseded
from checker.report.worklist import worklist

NAME = "Cannot tell"
NOTE = (
    "Each of these could be an exception now: what the rule needs to know is blank, or was in a record that was "
    "rejected. Complete the record, and the next run decides.\n"
    "Times are London wall-clock time. " + lists.FILL_IN
)
_OTHER_WORDS = {
    lists.MESSAGE: replace(lists.MESSAGE, header="What could not be told"),
    lists.EVIDENCE: replace(lists.EVIDENCE, header="Why"),
}
COLUMNS = tuple(_OTHER_WORDS.get(column, column) for column in exceptions.COLUMNS)


def write(book: Book, run: Run, tick: lists.Tick) -> None:
    """Write the sheet of every verdict that is undetermined and that no decision settles."""
    lists.write_list(
        book,
        NAME,
        lists.known(run, COLUMNS),
        worklist(run, Outcome.UNDETERMINED),
        Page(A3),
        tick,
        note=NOTE + on_superseded(run),
        warning=beware(run),
        when_empty=nothing_to_do(run, Outcome.UNDETERMINED, "undecided cases"),
        all_in="findings.csv",
        links=places(run),
    )
