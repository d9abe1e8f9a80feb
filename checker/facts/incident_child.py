"""The facts of a child in an incident: is there a child to refer, and does a referral cover that child?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars as pl

from checker.facts import words
from checker.facts.accepted import Accepted
from checker.facts.expected_children import ADULT_AT, expected_children
from checker.facts.fact import Fact, FactTable, carried
from checker.facts.incident import CONCERN_TYPES, HAS_REFERABLE_CONCERN, SAMPLE_REPORTED_AT
from checker.facts.moment import UTC_TIME, Moment
from checker.facts.referral_forms import referral_due_at, with_referrals

AGE_BANDS = ((5, "0-4"), (12, "5-11"), (16, "12-15"), (ADULT_AT, "16-17"))
INCIDENT_COLUMNS = (
    "incident_ref",
    "reported_at",
    "district",
    "team",
    "officer_id",
    "supervisor_id",
    "risk_level",
    "is_domestic_abuse",
    "domestic_abuse_in_words",
    "concern_types",
    "has_referable_concern",
)


def facts(accepted: Accepted, incidents: pl.LazyFrame, moment: Moment) -> pl.LazyFrame:
    """One row for each expected child of each incident (rules.md, "expected children"), with all facts of the pair."""
    subjects = expected_children(accepted).join(incidents.select(INCIDENT_COLUMNS), on="incident_ref", how="left")
    return FACTS.plan(with_referrals(subjects, accepted, incidents, moment), moment)


def _age_band(_: Moment) -> pl.Expr:
    age = pl.col("years_old")
    bands = (pl.when(age < below).then(pl.lit(name)) for below, name in AGE_BANDS)
    unborn = pl.when(pl.col("unborn")).then(pl.lit("unborn"))
    return pl.coalesce(unborn, pl.when(age.is_null()).then(pl.lit("unknown")), *bands, pl.lit("adult"))


def _is_covered(_: Moment) -> pl.Expr:
    covered = pl.when(pl.col("covering") > 0).then(statement=True)
    return covered.when(pl.col("unread") == 0).then(statement=False).otherwise(None)


def _is_covered_by_officer_in_time(_: Moment) -> pl.Expr:
    known = pl.when(pl.col("officer_in_time") > 0).then(statement=True)
    return known.when((pl.col("unsigned_in_time") == 0) & (pl.col("unread") == 0)).then(statement=False)


def _child_in_words(_: Moment) -> pl.Expr:
    band = pl.col("age_band")
    rest = (
        pl.when(pl.col("counted").is_null())
        .then(pl.lit("the risk form says that children live there, and none is listed"))
        .otherwise(pl.format("children counted on the risk form: {}, listed: {}", "counted", "listed"))
    )
    return (
        pl.when(pl.col("is_unnamed"))
        .then(words.sentence(rest, words.when(pl.col("child").is_null(), "a children row could not be read")))
        .when(band == "unknown")
        .then(pl.lit("date of birth unknown"))
        .when(band == "unborn")
        .then(pl.lit("unborn child"))
        .when(band == "adult")
        .then(pl.lit("aged 18 or over"))
        .otherwise(pl.format("child aged {}", band))
    )


def _referral_in_words(_: Moment) -> pl.Expr:
    own_forms = pl.sum_horizontal("covering", "earlier", "draft", "rejected", "withdrawn")
    others = pl.col("forms_of_incident").fill_null(0).cast(pl.Int64) - own_forms.cast(pl.Int64)
    who = pl.when(pl.col("is_unnamed")).then(pl.lit(words.NAMED_CHILDREN)).otherwise(pl.lit(words.OTHER_CHILDREN))
    found = (
        pl.when(pl.col("covering") > 0).then(pl.lit("referral submitted")).otherwise(pl.lit("no submitted referral"))
    )
    return words.sentence(
        found,
        words.count(pl.col("draft"), "form still a draft", "forms still drafts"),
        words.count(pl.col("rejected"), "form rejected", "forms rejected"),
        words.count(pl.col("withdrawn"), "form withdrawn", "forms withdrawn"),
        words.count(pl.col("earlier"), "form submitted before the incident", "forms submitted before the incident"),
        words.count(pl.col("unread"), "form could not be read", "forms could not be read"),
        pl.format("{} for {}", words.count(others, "form", "forms"), who),
    )


FACTS = FactTable(
    subject="incident_child",
    description=(
        "An expected child of an incident: a children row of the incident or of a duplicate that it answers for, or the"
        " unnamed rest where more children are counted than listed."
    ),
    key=("incident_ref", "child_ref"),
    facts=(
        carried("incidents", "incident_ref", "INC-1"),
        Fact(
            "child_ref",
            pl.String(),
            "the child; blank is the unnamed rest",
            sample="CH-1",
            expression=lambda _: pl.col("child_ref"),
            nullable=True,
        ),
        carried("incidents", "reported_at", SAMPLE_REPORTED_AT),
        carried("incidents", "district", "North"),
        carried("incidents", "team", "Response 1"),
        carried("incidents", "officer_id", "PC-1"),
        carried("incidents", "supervisor_id", "PS-1"),
        carried("incidents", "risk_level", "standard"),
        replace(CONCERN_TYPES, expression=lambda _: pl.col("concern_types")),
        replace(HAS_REFERABLE_CONCERN, expression=lambda _: pl.col("has_referable_concern")),
        Fact(
            "is_domestic_abuse",
            pl.Boolean(),
            "whether the incident is domestic abuse",
            sample=True,
            expression=lambda _: pl.col("is_domestic_abuse"),
            nullable=True,
        ),
        Fact(
            "is_unnamed",
            pl.Boolean(),
            "whether this is the unnamed rest of the children that the risk form speaks of",
            sample=False,
            expression=lambda _: pl.col("rest").fill_null(value=False),
        ),
        Fact(
            "is_child",
            pl.Boolean(),
            "whether the person was unborn or under 18 when the incident was reported; unknown without a date of birth",
            sample=True,
            expression=lambda _: pl.col("child"),
            nullable=True,
        ),
        Fact(
            "is_covered",
            pl.Boolean(),
            "whether a referral for the child, or for every child of the incident, was submitted once it was reported",
            sample=True,
            expression=_is_covered,
            nullable=True,
        ),
        Fact(
            "is_covered_by_officer_in_time",
            pl.Boolean(),
            "whether an officer submitted such a referral not later than referral_due_at; unknown where nobody says who"
            " submitted it",
            sample=True,
            expression=_is_covered_by_officer_in_time,
            nullable=True,
        ),
        Fact(
            "age_band",
            pl.String(),
            "age when the incident was reported: unborn, 0-4, 5-11, 12-15, 16-17, adult, unknown",
            sample="5-11",
            expression=_age_band,
        ),
        Fact(
            "referral_due_at",
            UTC_TIME,
            "when the referral is due: reported_at + policy.referral_due_hours, elapsed",
            sample=SAMPLE_REPORTED_AT + timedelta(hours=24),
            expression=referral_due_at,
        ),
        Fact(
            "domestic_abuse_in_words",
            pl.String(),
            "what makes the incident domestic abuse, or that it is not known",
            sample="domestic abuse (marked as such)",
            expression=lambda _: pl.col("domestic_abuse_in_words"),
        ),
        Fact(
            "child_in_words",
            pl.String(),
            "age band of the child, or how many children are counted and listed",
            sample="child aged 5-11",
            expression=_child_in_words,
        ),
        Fact(
            "referral_in_words",
            pl.String(),
            "which referral forms were found for the child",
            sample="referral submitted",
            expression=_referral_in_words,
        ),
    ),
)
