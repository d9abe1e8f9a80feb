"""What a sweep leaves open: lines without a decision, children whom nobody is known to have seen, what is not known."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

import polars as pl

from checker.models import Answer, Decision, Outcome, Since, Sweep
from checker.report import lists
from checker.report.cells import A3, Book, Page
from checker.report.styles import SET_IN
from checker.report.sweep import look_at
from checker.report.sweep.children import asking_for_referrals
from checker.report.sweep.progress import lines_to_decide
from checker.report.sweep.words import rejected_records
from checker.report.words import in_digits
from checker.sampling import answered, result

NAME = "Still open"
NOTE = (
    "What the sweep has not settled. A child stands here as long as no line that asks for a referral of that child in "
    "that incident has a decision; a line under review has none."
)
NO_LINE = "no line of the sweep asks for a referral"


class Open(StrEnum):
    """Why something is still open."""

    EXCEPTION = "Exception, no decision"
    CANNOT_TELL = "Cannot tell, no decision"
    UNDER_REVIEW = "Under review"
    UNSEEN = "Child: not seen since, no decision"
    UNSURE = "Child: cannot tell, no decision"
    SAMPLED = "Sample: a child not accounted for"
    NOT_SETTLED = "Sample: not settled"
    NOT_KNOWN = "Incident not known to belong"


COLUMNS = (
    look_at.PLACE,
    lists.INCIDENT,
    lists.Column("What is open", "open", 22, 34, SET_IN.but(bold=True)),
    lists.CHILD,
    lists.Column("Why", "why", 60, 60, SET_IN),
    lists.Column("So far", "so_far", 24, 24, SET_IN, blank="nothing decided"),
    lists.RULE,
    replace(lists.FINDING_ID, widest=25),
)
_SCHEMA = {
    "open": pl.String,
    "place": pl.Int64,
    **dict.fromkeys(("incident_ref", "child", "why", "so_far", "rule_id", "finding_id"), pl.String),
}


def write(book: Book, sweep: Sweep, still_open: pl.DataFrame, links: dict[str, str]) -> None:
    """Write the sheet of what `rows` has."""
    counts = "; ".join(f"{each} ({in_digits(count)})" for each, count in counted(still_open) if count)
    lists.write_list(
        book,
        NAME,
        COLUMNS,
        still_open,
        Page(A3),
        lists.untold,
        note=f"{NOTE}\n{counts}" if counts else NOTE,
        warning=rejected_records(sweep),
        when_empty="Nothing is open, by what was decided: no line is undecided, and no child without a decision.",
        all_in="findings.csv, order.csv and children.csv",
        links=links,
        frozen=2,
    )


def left_open(sweep: Sweep) -> str | None:
    """What somebody who signs the sweep off leaves open, in a sentence; None where that is nothing."""
    counts = counted(rows(sweep, lines_to_decide(sweep)))
    waiting = sum(result(sample).whole is None for sample in sweep.samples)
    kinds = [*counts, ("Sample: not answered for by both reviewers", waiting)]
    return "; ".join(f"{kind} ({in_digits(number)})" for kind, number in kinds if number) or None


def counted(still_open: pl.DataFrame) -> list[tuple[str, int]]:
    """How much is open of each kind."""
    counts = dict(still_open.group_by("open").len().iter_rows())
    return [(each.value, counts.get(each.value, 0)) for each in Open]


def rows(sweep: Sweep, lines: pl.DataFrame) -> pl.DataFrame:
    """Whatever is open, of each kind in order of place."""
    parts = (_lines(sweep, lines), _children(sweep, lines), _sampled(sweep), _incidents(sweep))
    kinds = {each.value: rank for rank, each in enumerate(Open)}
    rank = pl.col("open").replace_strict(kinds, return_dtype=pl.Int8)
    whole = pl.concat([part.select(pl.col(name).cast(dtype) for name, dtype in _SCHEMA.items()) for part in parts])
    return whole.sort(rank, "place", maintain_order=True, nulls_last=True)


def _lines(sweep: Sweep, lines: pl.DataFrame) -> pl.DataFrame:
    kind = (
        pl.when(pl.col("decision") == Decision.UNDER_REVIEW.value)
        .then(pl.lit(Open.UNDER_REVIEW.value))
        .when(pl.col("outcome") == Outcome.UNDETERMINED.value)
        .then(pl.lit(Open.CANNOT_TELL.value))
        .otherwise(pl.lit(Open.EXCEPTION.value))
    )
    undecided = lines.filter(~pl.col("is_decided")).with_columns(kind.alias("open"))
    return look_at.told(sweep, undecided).with_columns(pl.col("message").alias("why"))


def _children(sweep: Sweep, lines: pl.DataFrame) -> pl.DataFrame:
    """The children of whom nobody whose work it is is known to know, and about whose referral nobody has decided."""
    asked = lines.filter(pl.col("rule_id").is_in(asking_for_referrals(sweep.run.rules))).select(
        "child_ref", "place", "is_decided", is_asked=True
    )
    asked = asked.group_by("child_ref", "place").agg(pl.col("is_decided").any(), pl.col("is_asked").any())
    kinds = {Since.UNSEEN.value: Open.UNSEEN.value, Since.CANNOT_TELL.value: Open.UNSURE.value}
    why = pl.when("is_asked").then("since_in_words").otherwise(pl.format("{} ({})", "since_in_words", pl.lit(NO_LINE)))
    return (
        sweep.children.filter(pl.col("since").is_in(list(kinds)))
        .join(sweep.order.select("incident_ref", "place"), on="incident_ref", how="left", maintain_order="left")
        .join(asked, on=["child_ref", "place"], how="left", nulls_equal=True, maintain_order="left")
        .filter(~pl.col("is_decided").fill_null(value=False))
        .select(
            pl.col("since").replace_strict(kinds, return_dtype=pl.String).alias("open"),
            "place",
            "incident_ref",
            pl.col("child_ref").fill_null("not named").alias("child"),
            why.alias("why"),
            *(pl.lit(None, pl.String).alias(name) for name in ("so_far", "rule_id", "finding_id")),
        )
    )


def _sampled(sweep: Sweep) -> pl.DataFrame:
    """The sampled incidents in which both reviewers found a child not accounted for, or on which nothing is settled.

    The rules may have passed them: then they are on no list of lines.
    """
    parts = []
    for sample in sweep.samples:
        both = answered(sample).filter(pl.col("answer_1").is_not_null(), pl.col("answer_2").is_not_null())
        final = pl.col("final")
        kind = (
            pl.when(final == Answer.NOT_ACCOUNTED_FOR.value)
            .then(pl.lit(Open.SAMPLED.value))
            .when(final.ne_missing(Answer.ACCOUNTED_FOR.value))
            .then(pl.lit(Open.NOT_SETTLED.value))
        )
        said = pl.format("sample {}: {}; {}", pl.lit(sample.number), "answer_1", "answer_2")
        parts.append(both.select("incident_ref", kind.alias("open"), said.alias("why")).drop_nulls("open"))
    nothing = pl.DataFrame(schema=dict.fromkeys(("incident_ref", "open", "why"), pl.String))
    rows = pl.concat([nothing, *parts]).unique(["incident_ref", "open"], keep="first", maintain_order=True)
    placed = rows.join(
        sweep.order.select("incident_ref", "place"), on="incident_ref", how="left", maintain_order="left"
    )
    blank = (pl.lit(None, pl.String).alias(name) for name in ("child", "so_far", "rule_id", "finding_id"))
    return placed.with_columns(*blank)


def _incidents(sweep: Sweep) -> pl.DataFrame:
    return sweep.order.drop_nulls("not_known").select(
        pl.lit(Open.NOT_KNOWN.value).alias("open"),
        "place",
        "incident_ref",
        pl.format("not known: {}", "not_known").alias("why"),
        *(pl.lit(None, pl.String).alias(name) for name in ("child", "so_far", "rule_id", "finding_id")),
    )
