"""The sheet of what a decision keeps off the lists: who decided what, why, and until when it holds."""

from __future__ import annotations

from checker.models import Run
from checker.report import lists
from checker.report.cells import A3, Book, Page
from checker.report.rules import places
from checker.report.styles import DAY, SET_IN
from checker.report.words import beware
from checker.report.worklist import settled

NAME = "Settled"
NOTE = (
    "A supervisor has decided each of these, and the decision holds: they are off the lists until the day on which it "
    "lapses, or until their evidence changes.\nThose marked Dip-sample come first: the judgement was that no referral "
    "is required, and a second person should look at some of them. Under review in the yellow column brings one back."
)
COLUMNS = (
    lists.INCIDENT,
    lists.Column("Dip-sample", "dip", 12, 12, SET_IN.but(bold=True)),
    lists.CHILD,
    lists.MESSAGE,
    lists.Column("What was decided", "was_decided", 18, 18, SET_IN),
    lists.Column("Why", "why_decided", 25, 25, SET_IN),
    lists.Column("By whom", "was_decided_by", 11, 12, SET_IN),
    lists.Column("On", "decided_on", 11.5, 11.5, DAY),
    lists.Column("Settled until", "settled_until", 12.5, 12.5, DAY, blank="while its evidence stays the same"),
    lists.DISTRICT,
    lists.SUPERVISOR,
    *lists.YELLOW,
    lists.RULE,
    lists.FINDING_ID,
    lists.RUN,
)


def write(book: Book, run: Run, tick: lists.Tick) -> None:
    """Write the sheet, where a store knows what was decided."""
    if run.decisions is None:
        return
    lists.write_list(
        book,
        NAME,
        COLUMNS,
        settled(run),
        Page(A3),
        tick,
        note=NOTE,
        warning=beware(run),
        when_empty="Nothing is settled: no decision that holds keeps a case off the lists.",
        all_in="the store",
        links=places(run),
    )
