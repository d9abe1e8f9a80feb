"""The lists of what was decided in a sweep: every decision, and the children who were referred because of it."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from checker.models import Sweep
from checker.report import lists
from checker.report.cells import A3, A4, Book, Page
from checker.report.styles import DAY, SET_IN
from checker.report.sweep import look_at
from checker.report.sweep.children import children_now, newly_referred

MADE, REFERRED = "Decisions made", "Children newly referred"
MADE_NOTE = (
    "The last decision on each line, in the order of looking. A line under review is not decided; one decided anew "
    "stands here as it was decided last, and the store keeps what was decided before."
)
REFERRED_NOTE = (
    "One line for each child without a referral, for the incident or since, of whom somebody decided that one is now "
    "submitted; the unnamed rest of an incident counts as one. A reference is as it was typed: nobody has looked it up."
)
_DECIDED = (
    lists.Column("What was decided", "was_decided", 21, 30, SET_IN.but(bold=True)),
    lists.Column("Why", "why_decided", 26, 40, SET_IN),
    lists.Column("By whom", "was_decided_by", 12, 18, SET_IN),
    lists.Column("On", "decided_on", 11.5, 11.5, DAY),
)
MADE_COLUMNS = (
    look_at.PLACE,
    lists.INCIDENT,
    lists.SEVERITY,
    look_at.VERDICT,
    lists.CHILD,
    lists.MESSAGE,
    *_DECIDED,
    lists.EVIDENCE,
    lists.RULE,
    replace(lists.FINDING_ID, widest=25),
)
REFERRED_COLUMNS = (
    replace(look_at.PLACE, parts=False),
    lists.INCIDENT,
    lists.CHILD,
    lists.DISTRICT,
    lists.Column("Reference", "given", 13, 20, SET_IN, blank="none given"),
    *_DECIDED[1:],
    lists.Column("What had happened since", "since_in_words", 30, 40, SET_IN),
    lists.RULE,
)


def write_made(book: Book, sweep: Sweep, lines: pl.DataFrame, links: dict[str, str]) -> None:
    """Write the sheet of every line about which somebody has decided."""
    made = lines.drop_nulls("decision")
    lists.write_list(
        book,
        MADE,
        MADE_COLUMNS,
        look_at.told(sweep, made.head(lists.MAX_ROWS)),
        Page(A3),
        lists.untold,
        note=MADE_NOTE,
        warning=None,
        when_empty="Nobody has decided anything yet.",
        all_in="the store",
        links=links,
        of=made.height,
        frozen=2,
    )


def write_referred(book: Book, sweep: Sweep, lines: pl.DataFrame, links: dict[str, str]) -> None:
    """Write the sheet of the children who were referred because of the sweep."""
    named = newly_referred(children_now(sweep, lines)).select("child_ref", "line", own_place="place")
    own = (
        lines.drop("child_ref", "place")
        .join(named, left_on="finding_id", right_on="line")
        .rename({"own_place": "place"})
    )
    children = own.sort("place", "child_ref", nulls_last=True).with_columns(pl.col("reference").alias("given"))
    lists.write_list(
        book,
        REFERRED,
        REFERRED_COLUMNS,
        look_at.told(sweep, children),
        Page(A4),
        lists.untold,
        note=REFERRED_NOTE,
        warning=None,
        when_empty="No child was newly referred, as far as anybody has decided.",
        all_in="the store",
        links=links,
        frozen=2,
    )
