"""The list of what both reviewers said of each incident of a sample, and what they have to settle together."""

from __future__ import annotations

import polars as pl

from checker.models import AGREED, Answer, Outcome, Sample, Sweep
from checker.report.cells import A3, Book, Page
from checker.report.lists import Column, write_list
from checker.report.sample import columns
from checker.report.sample.answers import filled_in, labelled, untold, with_lines
from checker.report.styles import SET_IN
from checker.sampling import answered

NAME = "Both reviewers"
YELLOW = (columns.AGREED_ANSWER, columns.AGREED_REMARK, columns.AGREED_BY)
STANDING = Column("Standing", "standing", 15, 21, SET_IN.but(bold=True))
STRATUM = Column("Stratum", "stratum", 10, 18, SET_IN)
COLUMNS = (
    columns.PLACE,
    columns.INCIDENT,
    STANDING,
    Column("Reviewer 1", "answer_1", 24.5, 24.5, SET_IN),
    Column("Remark of 1", "remark_1", 12, 20, SET_IN),
    Column("Name of 1", "reviewed_by_1", 10, 12, SET_IN),
    Column("Reviewer 2", "answer_2", 24.5, 24.5, SET_IN),
    Column("Remark of 2", "remark_2", 12, 20, SET_IN),
    Column("Name of 2", "reviewed_by_2", 10, 12, SET_IN),
    Column("Checker's verdict", "verdict", 12.5, 12.5, SET_IN),
    *YELLOW,
    STRATUM,
    columns.SAMPLE,
    columns.SWEEP,
    columns.LINE_ID,
)
NOTE = (
    "Those on which the reviewers differ come first, then those of which they cannot tell. What was answered is shown "
    "once both have answered, and the checker's verdict with it.\n"
    "Where they differ, look again together and fill in the yellow cells; save and return this workbook as you did the "
    "others. The sheet Results says what each answer means."
)
DIFFER, CANNOT_TELL, AGREE = "differ", "cannot tell", "agree"
_HIDDEN = "answered"
_VERDICTS = {
    Outcome.FINDING.value: "exception",
    Outcome.PASS.value: "passed",
    Outcome.NOT_DUE.value: "not yet due",
    Outcome.UNDETERMINED.value: "cannot tell",
    Outcome.OUT_OF_SCOPE.value: "out of scope",
}


def write_side_by_side(book: Book, sweep: Sweep, sample: Sample, front: str, warning: str | None) -> None:
    """Write the list; `front` is the sheet that says what each answer means."""
    listed = [column for column in COLUMNS if column is not STRATUM or sample.stratified_by]
    none_to_settle = f'AND({{0}}<>"{DIFFER}",{{0}}<>"{CANNOT_TELL}")'
    write_list(
        book,
        NAME,
        listed,
        with_lines(_rows(sweep, sample), sweep, sample, AGREED),
        Page(A3),
        untold,
        note=NOTE,
        warning=warning,
        when_empty="The sample is empty.",
        all_in="the store",
        then=filled_in(
            listed,
            YELLOW,
            front,
            lambda text: f'OR({text(columns.AGREED_ANSWER)}<>"",{none_to_settle.format(text(STANDING))})',
        ),
    )


def _rows(sweep: Sweep, sample: Sample) -> pl.DataFrame:
    """Each incident of a sample with what both said of it, those to settle first; what one said alone is not told."""
    both = pl.col("answer_1").is_not_null() & pl.col("answer_2").is_not_null()
    verdict = pl.col("verdict").replace_strict(_VERDICTS, return_dtype=pl.String)
    told = [
        pl.when(both).then(labelled(f"answer_{n}")).when(pl.col(f"answer_{n}").is_not_null()).then(pl.lit(_HIDDEN))
        for n in (1, 2)
    ]
    beside = pl.when(both).then(pl.col("remark_1", "remark_2", "reviewed_by_1", "reviewed_by_2"))
    return (
        answered(sample)
        .join(sweep.order.select("incident_ref", "verdict"), on="incident_ref", how="left")
        .with_columns(_standing().alias("standing"))
        .with_columns(beside)
        .with_columns(
            *(each.alias(f"answer_{n}") for n, each in enumerate(told, start=1)),
            verdict=pl.when(both).then(verdict),
            stratum=pl.when(both).then("stratum"),  # which may tell the verdict
        )
        .sort(_rank(), "place")
    )


def _standing() -> pl.Expr:
    """Where an incident stands between its reviewers, in words."""
    is_missing = [pl.col(f"answer_{n}").is_null() for n in (1, 2)]
    settled = pl.format("settled: {}, by {}", f"answer_{AGREED}", f"reviewed_by_{AGREED}")
    return (
        pl.when(is_missing[0] & is_missing[1])
        .then(pl.lit("waits for both"))
        .when(is_missing[0])
        .then(pl.lit("waits for reviewer 1"))
        .when(is_missing[1])
        .then(pl.lit("waits for reviewer 2"))
        .when(pl.col(f"answer_{AGREED}").is_not_null())
        .then(settled)
        .when(pl.col("final").is_null())
        .then(pl.lit(DIFFER))
        .when(pl.col("final") == Answer.CANNOT_TELL.value)
        .then(pl.lit(CANNOT_TELL))
        .otherwise(pl.lit(AGREE))
    )


def _rank() -> pl.Expr:
    """The order of the list: what differs, what cannot be told, what is not answered, what was settled, what agrees."""
    standing = pl.col("standing")
    return (
        pl.when(standing == DIFFER)
        .then(0)
        .when(standing == CANNOT_TELL)
        .then(1)
        .when(standing.str.starts_with("waits for"))
        .then(2)
        .when(standing == AGREE)
        .then(4)
        .otherwise(3)
    )
