"""The facts of an incident about its risk form, and about the children on it and in the children rows."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from checker.facts import words
from checker.facts.accepted import Accepted
from checker.facts.expected_children import expected_children
from checker.facts.fact import SAMPLE_REPORTED_AT, Fact
from checker.facts.moment import UTC_TIME, Moment

RISK_FORM_WITHIN = timedelta(hours=24)


def with_children(incidents: pl.LazyFrame, accepted: Accepted) -> pl.LazyFrame:
    """The incidents with what their children rows, those of the duplicates that they answer for too, say of them.

    `children_listed` counts the children by reference, `unread_children` the rows that could not be read; `some_child`
    and `maybe_child` say whether an expected child (rules.md) is a child, or may be one.
    """
    expected, child = expected_children(accepted), pl.col("child")
    frames = (
        accepted.children.group_by(incident_ref="answered_by").agg(children_listed=pl.col("child_ref").n_unique()),
        accepted.rejected_children.group_by(incident_ref="answered_by").agg(unread_children=pl.len()),
        expected.group_by("incident_ref").agg(
            some_child=child.fill_null(value=False).any(), maybe_child=child.is_null().any()
        ),
    )
    for frame in frames:
        incidents = incidents.join(frame, on="incident_ref", how="left")
    return incidents


def has_risk_form() -> pl.Expr:
    """Whether a risk form is there (rules.md, "domestic abuse"): its reference, or when it was completed."""
    return pl.col("risk_form_ref").is_not_null() | pl.col("risk_form_at").is_not_null()


def _children_not_captured(_: Moment) -> pl.Expr:
    """True without an answer, or where more are counted than listed; null where an unread row might be one of them."""
    unanswered = (pl.col("children_in_household") == "unknown").fill_null(value=True)
    more_counted = (pl.col("child_count") > _listed()).fill_null(value=False)
    return (
        pl.when(unanswered | (more_counted & pl.col("unread_children").is_null()))
        .then(statement=True)
        .when(~more_counted)
        .then(statement=False)
    )


def _listed() -> pl.Expr:
    return pl.col("children_listed").fill_null(0).cast(pl.Int64)


def _has_expected_child(_: Moment) -> pl.Expr:
    maybe = pl.col("maybe_child").fill_null(value=False) | pl.col("unread_children").is_not_null()
    return pl.when(pl.col("some_child")).then(statement=True).when(~maybe).then(statement=False)


def _risk_form_in_words(_: Moment) -> pl.Expr:
    at = pl.col("risk_form_at")
    return (
        pl.when(at.is_not_null())
        .then(pl.format("risk form completed {}", words.moment(at)))
        .when(pl.col("has_risk_form"))
        .then(pl.lit("risk form without a time"))
        .otherwise(pl.lit("no risk form found"))
    )


def _children_in_words(_: Moment) -> pl.Expr:
    answer = pl.format("children in the household: {}", pl.col("children_in_household").fill_null("no answer"))
    counted = pl.format("counted on the risk form: {}", pl.col("child_count").cast(pl.String).fill_null("no number"))
    unread = words.count(pl.col("unread_children"), "children row could not be read", "children rows could not be read")
    unsure = ~pl.col("some_child").fill_null(value=False) & pl.col("maybe_child").fill_null(value=False)
    age = words.when(
        unsure & pl.col("unread_children").is_null(), "not known whether one is a child: a date of birth is missing"
    )
    return words.sentence(answer, counted, pl.format("listed: {}", _listed()), age, unread)


RISK_AND_CHILDREN = (
    Fact(
        "has_risk_form",
        pl.Boolean(),
        "whether there is a risk form: its reference, or when it was completed",
        sample=True,
        expression=lambda _: has_risk_form(),
    ),
    Fact(
        "children_not_captured",
        pl.Boolean(),
        "whether the risk form leaves open if children live there, or counts more children than are listed",
        sample=False,
        expression=_children_not_captured,
        nullable=True,
    ),
    Fact(
        "has_expected_child",
        pl.Boolean(),
        "whether there is a child: one listed, or one counted and not listed; unknown without a date of birth",
        sample=True,
        expression=_has_expected_child,
        nullable=True,
    ),
    Fact(
        "risk_form_due_at",
        UTC_TIME,
        "when the risk form, with the children on it, is due: reported_at + 24 hours, elapsed",
        sample=SAMPLE_REPORTED_AT + RISK_FORM_WITHIN,
        expression=lambda _: pl.col("reported_at") + RISK_FORM_WITHIN,
    ),
    Fact(
        "risk_form_in_words",
        pl.String(),
        "when the risk form was completed, or that there is none",
        sample="risk form completed 16/11/2026 10:00",
        expression=_risk_form_in_words,
    ),
    Fact(
        "children_in_words",
        pl.String(),
        "what the risk form says of children, and how many are listed",
        sample="children in the household: yes; counted on the risk form: 1; listed: 1",
        expression=_children_in_words,
    ),
)
