"""The facts of an incident about its risk form, and about the children on it and in the children rows."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from checker.facts import evidence_text as text
from checker.facts.context import Context
from checker.facts.engine import SAMPLE_REPORTED_AT, Fact
from checker.facts.safeguarding import has_risk_form
from checker.london_time import UTC_TIME

RISK_FORM_WITHIN = timedelta(hours=24)


def _children_not_captured(_: Context) -> pl.Expr:
    """True without an answer, or where more are counted than listed; null where an unread row might be one of them."""
    unanswered = (pl.col("children_in_household") == "unknown").fill_null(value=True)
    more_counted = (pl.col("child_count") > _listed()).fill_null(value=False)
    return (
        pl.when(unanswered | (more_counted & pl.col("unreadable_children").is_null()))
        .then(statement=True)
        .when(~more_counted)
        .then(statement=False)
    )


def _listed() -> pl.Expr:
    return pl.col("children_listed").fill_null(0).cast(pl.Int64)


def _has_expected_child(_: Context) -> pl.Expr:
    maybe = pl.col("maybe_child").fill_null(value=False) | pl.col("unreadable_children").is_not_null()
    return pl.when(pl.col("some_child")).then(statement=True).when(~maybe).then(statement=False)


def _risk_form_in_words(_: Context) -> pl.Expr:
    at = pl.col("risk_form_at")
    return (
        pl.when(at.is_not_null())
        .then(pl.format("risk form completed {}", text.london_time(at)))
        .when(pl.col("has_risk_form"))
        .then(pl.lit("risk form without a time"))
        .otherwise(pl.lit("no risk form found"))
    )


def _children_in_words(_: Context) -> pl.Expr:
    answer = pl.format("children in the household: {}", pl.col("children_in_household").fill_null("no answer"))
    counted = pl.format("counted on the risk form: {}", pl.col("child_count").cast(pl.String).fill_null("no number"))
    unread = text.count(
        pl.col("unreadable_children"), "children row could not be read", "children rows could not be read"
    )
    unsure = ~pl.col("some_child").fill_null(value=False) & pl.col("maybe_child").fill_null(value=False)
    age = text.when(
        unsure & pl.col("unreadable_children").is_null(), "not known whether one is a child: a date of birth is missing"
    )
    return text.sentence(answer, counted, pl.format("listed: {}", _listed()), age, unread)


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
