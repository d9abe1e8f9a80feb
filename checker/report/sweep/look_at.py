"""The sheet that reviewers work through: the lines of the incidents in the order of looking, one incident together."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from checker.models import Decision, Outcome, Sweep
from checker.report import lists
from checker.report.cells import A3, Book, Page
from checker.report.london import excel_day
from checker.report.rules import places
from checker.report.styles import DAY, NUMBER, SET_IN
from checker.report.sweep.progress import OF_A_CHILD
from checker.report.sweep.words import VERDICTS
from checker.report.words import beware, nothing_found
from checker.report.worklist import capital, decision_in_words, in_words

NAME = "To look at"
NOTE = (
    "Each line is a prompt for a person: it says what was not found in the extract supplied; it may exist elsewhere. "
    "The lines of one incident stand together, and the place says in which order to look; a line about a child stands "
    "with the latest incident of that child. What to do is on the sheet Rules, behind the link of each rule. "
    + lists.FILL_IN
    + "\nExposure: whole days since it was due, to the moment of the extract. What is decided already is grey, and its "
    "evidence says by whom."
)
NOT_NIGHTLY = "not on them"

PLACE = lists.Column("Place", "place", 6.5, 6.5, NUMBER.but(bold=True), blank="none", parts=True)
SCORE = lists.Column("Score", "score", 6, 6, NUMBER.but(indent=0))
REPORTED = lists.Column("Reported", "reported_at", 11, 11, DAY)
EXPOSURE = lists.Column("Exposure (days)", "exposure_days", 9, 9, NUMBER.but(bold=True, indent=0))
SINCE = lists.Column("What has happened since", "since_in_words", 24, 24, SET_IN, share=1)
VERDICT = lists.Column("Verdict", "verdict", 11, 11, SET_IN)
COLUMNS = (
    PLACE,
    lists.INCIDENT,
    lists.SEVERITY,
    VERDICT,
    lists.CHILD,
    REPORTED,
    lists.MESSAGE,
    SINCE,
    lists.DISTRICT,
    *lists.YELLOW,
    SCORE,
    EXPOSURE,
    lists.Column("On the nightly lists", "standing", 11, 11, SET_IN, blank=NOT_NIGHTLY),
    replace(lists.EVIDENCE, narrowest=30, widest=30),
    lists.RULE,
    lists.FINDING_ID,
    lists.RUN,
)


def write(
    book: Book,
    sweep: Sweep,
    lines: pl.DataFrame,
    tick: lists.Tick,
    *,
    note: str,
    of: int,
    when_empty: str | None = None,
) -> None:
    """Write the sheet.

    Args:
        lines: See `checker.report.sweep.progress.lines_to_decide`; those that are to stand on it.
        note: What is to be said first of these.
        of: How many lines there are in all.
        when_empty: What stands in place of the table where there are none.
    """
    lists.write_list(
        book,
        NAME,
        COLUMNS,
        rows(sweep, lines.head(lists.MAX_ROWS)),
        Page(A3),
        tick,
        note=f"{note} {NOTE}".lstrip(),
        warning=beware(sweep.run),
        when_empty=when_empty or nothing_found(sweep.run, "exceptions or undecided cases"),
        all_in="findings.csv",
        links=places(sweep.run),
        of=of,
        frozen=2,
        pale="is_decided",
    )


def rows(sweep: Sweep, lines: pl.DataFrame) -> pl.DataFrame:
    """Lines in the words of the sheet, in the same order; their evidence begins with what was decided."""
    evidence = pl.concat_str("so_far", "evidence", separator="\n", ignore_nulls=True)
    return told(sweep, lines).with_columns(evidence.alias("evidence"))


def told(sweep: Sweep, lines: pl.DataFrame) -> pl.DataFrame:
    """Lines in the words of the lists, in the same order, the cells in which people write being blank.

    What was decided is in `so_far`, and taken apart in `was_decided`, `why_decided`, `was_decided_by` and `decided_on`.
    """
    order = sweep.order.select(
        "place", "score", pl.col("incident_ref").alias("answers"), pl.col("since_in_words").alias("since_of_incident")
    )
    placed = _with_children(sweep, lines.join(order, on="place", how="left", maintain_order="left"))
    exposure = (pl.lit(sweep.run.record.as_of) - pl.col("due_at")).dt.total_days()
    named = pl.concat_str(pl.col("decision").pipe(capital), "reference", separator=": ", ignore_nulls=True)
    return (
        placed.join(sweep.nightly, on="finding_id", how="left", maintain_order="left")
        .with_columns(
            pl.col("outcome")
            .replace_strict({outcome.value: VERDICTS[outcome] for outcome in Outcome})
            .alias("verdict"),
            pl.when(exposure >= 0).then(exposure).alias("exposure_days"),
            pl.col("finding_id").alias("group"),
            _decided().alias("so_far"),
            pl.when(pl.col("decision").is_not_null()).then(named).alias("was_decided"),
            pl.col("reason").alias("why_decided"),
            pl.col("decided_by").alias("was_decided_by"),
        )
        .with_columns(excel_day("decided_on"))
        .pipe(in_words, sweep.run)
    )


def _with_children(sweep: Sweep, lines: pl.DataFrame) -> pl.DataFrame:
    """Lines with what has happened since, in words: for the child of the line, else for all of the incident."""
    subjects = {rule.id: rule.subject for rule in sweep.run.rules}
    subject = pl.col("rule_id").replace_strict(subjects, default=None, return_dtype=pl.String)
    about_a_child = pl.col("child_ref").is_not_null() | subject.is_in(["incident_child", *OF_A_CHILD])
    children = (
        sweep.children.join(lines.select(incident_ref="answers"), on="incident_ref", how="semi")
        .select(pl.col("incident_ref").alias("answers"), "child_ref", "since_in_words")
        .unique(["answers", "child_ref"], keep="first")
    )
    keys = ["answers", "child_ref"]
    own = pl.when(about_a_child).then("since_in_words")
    return lines.join(children, on=keys, how="left", nulls_equal=True, maintain_order="left").with_columns(
        pl.coalesce(own, "since_of_incident").alias("since_in_words")
    )


def _decided() -> pl.Expr:
    """What was decided of a line, null where nothing was."""
    in_review = pl.col("decision") == Decision.UNDER_REVIEW.value
    return (
        pl.when(in_review)
        .then(decision_in_words("Since {}, by {}: {}{}"))
        .when("is_decided")
        .then(decision_in_words("Decided {} by {}: {}{}"))
    )
