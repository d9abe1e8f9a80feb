"""The sheet of what is put right: the findings that this run saw pass or leave the scope of their rule."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from checker.models import Outcome, Run
from checker.report import lists
from checker.report.cells import A3, Book, Page
from checker.report.rules import places
from checker.report.styles import SET_IN
from checker.report.words import beware
from checker.report.worklist import in_order

NAME = "Resolved"
NOTE = (
    "Resolved since the last run: each was open, and this run examined its record and saw it pass or leave the scope "
    "of the rule. Nothing is resolved because its record is no longer there."
)
ENDED = {Outcome.PASS.value: "now passes", Outcome.OUT_OF_SCOPE.value: "the rule no longer applies"}
COLUMNS = (
    lists.INCIDENT,
    lists.SEVERITY,
    lists.CHILD,
    lists.REPORTED,
    replace(lists.MESSAGE, header="What was missing"),
    lists.Column("How it ended", "outcome", 24, 24, SET_IN),
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
    if run.resolved is None:
        return
    lists.write_list(
        book,
        NAME,
        COLUMNS,
        in_order(run, run.resolved).with_columns(pl.col("outcome").replace_strict(ENDED)),
        Page(A3),
        tick,
        note=NOTE,
        warning=beware(run),
        when_empty="Nothing was resolved since the last run: no case that was open was seen to be put right.",
        links=places(run),
        all_in="the store (checker findings --status resolved)",
    )
