"""The sheet of the order of looking: a row for each incident, with all that its score is made of."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from checker.models import Outcome, RunRecord, Sweep
from checker.report import lists
from checker.report.cells import A3, Book, Page
from checker.report.london import excel_serial
from checker.report.styles import GREY, NUMBER, SET_IN
from checker.report.sweep.look_at import EXPOSURE, PLACE, REPORTED, SCORE, VERDICT
from checker.report.sweep.words import VERDICTS, most_counted, parts, sum_in_words

NAME = "Order"
NOT_KNOWN = "\N{EN DASH}"
_GROUND = "F3F6FA"  # of every other part, so that its two columns are seen to belong together
_COUNT = NUMBER.but(indent=0)
_POINTS = NUMBER.but(indent=0, colour=GREY)
_FIRST = (
    replace(PLACE, parts=False),
    lists.INCIDENT,
    REPORTED,
    replace(lists.DISTRICT, widest=18),
    VERDICT,
    replace(SCORE, narrowest=7, widest=7, look=_COUNT.but(bold=True)),
)
_LAST = (
    lists.Column("Children", "children", 8.5, 8.5, _COUNT, blank=NOT_KNOWN),
    lists.Column("of them protected", "protected_children", 9.5, 9.5, _COUNT, blank=NOT_KNOWN),
    lists.Column("of them not seen", "unseen_children", 8.5, 8.5, _COUNT, blank=NOT_KNOWN),
    EXPOSURE,
    lists.Column("What has happened since", "since_in_words", 34, 52, SET_IN),
)
_DOUBT = lists.Column("Not known of the selection", "not_known", 11, 18, SET_IN)


def columns(record: RunRecord, with_doubts: bool) -> list[lists.Column]:
    """The columns of the sheet: each part of the score with what was counted and the points that it gives.

    Where there are doubts whether an incident belongs to the sweep they are in the last one.
    """
    scored = []
    for place, part in enumerate(parts(record)):
        traits = {"across": "center", "fill": None if place % 2 else _GROUND}
        count, points = _COUNT.but(**traits), _POINTS.but(**traits)
        scored += [
            lists.Column(f"{part.letter} {part.name}", part.part.value, 8.8, 8.8, count, blank=NOT_KNOWN),
            lists.Column(f"{part.letter} points", part.part.points, 6.5, 6.5, points, blank=NOT_KNOWN),
        ]
    return [*_FIRST, *scored, *_LAST, *([_DOUBT] if with_doubts else [])]


def note(sweep: Sweep) -> str:
    """How the score comes about, with the first incident as an example."""
    record = sweep.run.record
    told = (
        "The score is the sum of the points of A to K; each is what was counted, "
        f"{most_counted(record)} at the most, times the points for each: "
        + ", ".join(f"{part.letter} {part.weight}" for part in parts(record))
        + "."
    )
    if sweep.order.height:
        told += f" The first of them, {sum_in_words(sweep.order.row(0, named=True), record)}."
    return (
        f"{told} Equal scores: the earlier reported first, then the lower reference. {NOT_KNOWN}: the extract has no "
        "such table, and nothing is added.\nProtected: referred for this incident or since, or on a plan. Not seen: "
        "nothing of the child after the incident. Nothing but the order hangs on the score."
    )


def write(book: Book, sweep: Sweep, rows: pl.DataFrame, tick: lists.Tick, *, of: int) -> None:
    """Write the sheet of some incidents (ORDER), of as many as there are."""
    words = {outcome.value: VERDICTS[outcome] for outcome in Outcome}
    lists.write_list(
        book,
        NAME,
        columns(sweep.run.record, rows.get_column("not_known").count() > 0),
        rows.head(lists.MAX_ROWS).with_columns(
            pl.col("verdict").replace_strict(words, return_dtype=pl.String), excel_serial("reported_at")
        ),
        Page(A3),
        tick,
        note=note(sweep),
        warning=None,
        when_empty="No incident was selected." if not of else "No incident is left.",
        all_in="order.csv",
        of=of,
        frozen=2,
    )
