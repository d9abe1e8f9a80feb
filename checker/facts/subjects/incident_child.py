"""The facts of a child in an incident: is there a child to refer, and does a referral cover that child?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl

from checker.calendars import end_of_next_working_day
from checker.facts import evidence_text as text
from checker.facts.context import Context
from checker.facts.engine import SAMPLE_REPORTED_AT, Fact, Subject, carried
from checker.facts.joins.expected_children import ADULT_AT, expected_children, may_have_children
from checker.facts.joins.notifications import (
    NOTIFICATIONS,
    SCHOOL_DAYS,
    is_of_school_age,
    is_school_told_in_time,
    school_in_words,
)
from checker.facts.joins.referral_forms import (
    FORMS_OF_INCIDENT,
    REFERRAL_FORMS,
    has_form,
    referral_due_at,
    referral_in_words,
    submission_in_words,
)
from checker.facts.subjects.incident import (
    CONCERN_TYPES,
    CONCERNS_IN_WORDS,
    GRADING_IN_WORDS,
    HAS_REFERABLE_CONCERN,
    INCIDENT,
)
from checker.facts.tables import Tables
from checker.london_time import UTC_TIME

AGE_BANDS = ((5, "0-4"), (12, "5-11"), (16, "12-15"), (ADULT_AT, "16-17"))
INCIDENT_FACTS = (
    "incident_ref",
    "reported_at",
    "district",
    "team",
    "officer_id",
    "supervisor_id",
    "risk_level",
    "reassessed_at",
    "is_domestic_abuse",
    "has_referable_concern",
    "concern_types",
    "domestic_abuse_in_words",
    "concerns_in_words",
    "grading_in_words",
)


def _base(tables: Tables, context: Context) -> pl.LazyFrame:
    with_children = may_have_children(tables)
    incidents = INCIDENT.facts_on(with_children, tables, context, INCIDENT_FACTS)
    return expected_children(tables, incidents)


def age_band(_: Context) -> pl.Expr:
    """The age when the incident was reported, in bands."""
    age = pl.col("years_old")
    bands = (pl.when(age < below).then(pl.lit(name)) for below, name in AGE_BANDS)
    unborn = pl.when(pl.col("unborn")).then(pl.lit("unborn"))
    return pl.coalesce(unborn, pl.when(age.is_null()).then(pl.lit("unknown")), *bands, pl.lit("adult"))


def _child_in_words(_: Context) -> pl.Expr:
    band = pl.col("age_band")
    rest = (
        pl.when(pl.col("counted").is_null())
        .then(pl.lit("the risk form says that children live there, and none is listed"))
        .otherwise(pl.format("children counted on the risk form: {}, listed: {}", "counted", "listed"))
    )
    return (
        pl.when(pl.col("is_unnamed"))
        .then(text.sentence(rest, text.when(pl.col("child").is_null(), "a children row could not be read")))
        .when(band == "unknown")
        .then(pl.lit("date of birth unknown"))
        .when(band == "unborn")
        .then(pl.lit("unborn child"))
        .when(band == "adult")
        .then(pl.lit("aged 18 or over"))
        .otherwise(pl.format("child aged {}", band))
    )


def _gatekeeper_in_words(_: Context) -> pl.Expr:
    others = pl.col("covering") - pl.sum_horizontal("by_officer", "by_cpso", "unsigned")
    return text.sentence(
        text.when(pl.col("by_officer") > 0, "form submitted by an officer"),
        text.when(pl.col("by_cpso") > 0, "form submitted by a child protection support officer"),
        text.count(others, "form submitted by somebody else", "forms submitted by somebody else"),
        text.count(pl.col("unsigned"), "form without a note of who submitted it", "forms without such a note"),
    ).replace("", "no submitted form")


def _coverage(name: str, description: str, state: str, *perhaps: str, sample: bool = True) -> Fact:
    expression = has_form(state, *perhaps)
    return Fact(name, pl.Boolean(), description, sample=sample, expression=expression, nullable=True)


def _of_incident(fact: Fact) -> Fact:
    """The fact as the incident has it."""
    return replace(fact, expression=lambda _: pl.col(fact.name))


INCIDENT_CHILD = Subject(
    name="incident_child",
    description=(
        "An expected child of an incident: a children row of the incident or of a duplicate that it answers for, or the"
        " unnamed rest where more children are counted than listed."
    ),
    key=("incident_ref", "child_ref"),
    base=_base,
    within_incident=True,
    of_incident=INCIDENT_FACTS,
    sources=(REFERRAL_FORMS, FORMS_OF_INCIDENT, SCHOOL_DAYS, NOTIFICATIONS),
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
        carried("incidents", "reassessed_at", None),
        _of_incident(CONCERN_TYPES),
        _of_incident(HAS_REFERABLE_CONCERN),
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
        _coverage(
            "is_covered",
            "whether a referral for the child, or for every child of the incident, was submitted once it was reported",
            "covering",
        ),
        _coverage(
            "is_covered_in_time",
            "whether such a referral was submitted not later than referral_due_at",
            "in_time",
        ),
        _coverage(
            "is_covered_by_officer",
            "whether an officer submitted such a referral, at any time; unknown where nobody says who submitted it",
            "by_officer",
            "unsigned",
        ),
        _coverage(
            "is_covered_by_officer_in_time",
            "whether an officer submitted such a referral not later than referral_due_at; unknown where nobody says who"
            " submitted it",
            "officer_in_time",
            "unsigned_in_time",
        ),
        _coverage(
            "is_covered_by_cpso",
            "whether a child protection support officer (cpso), the gatekeeper, submitted such a referral, at any time;"
            " unknown where nobody says who submitted it",
            "by_cpso",
            "unsigned",
            sample=False,
        ),
        Fact(
            "age_band",
            pl.String(),
            "age when the incident was reported: unborn, 0-4, 5-11, 12-15, 16-17, adult, unknown",
            sample="5-11",
            expression=age_band,
        ),
        Fact(
            "referral_due_at",
            UTC_TIME,
            "when the referral is due: reported_at + policy.referral_due_hours, elapsed",
            sample=SAMPLE_REPORTED_AT + timedelta(hours=24),
            expression=referral_due_at,
        ),
        Fact(
            "gatekeeper_due_at",
            UTC_TIME,
            "when the gatekeeper's referral is due: 17:00 in London on the first working day (Monday to Friday, no bank"
            " holiday of England) after the day of reported_at",
            sample=datetime(2026, 11, 17, 17, tzinfo=UTC),
            expression=lambda _: end_of_next_working_day(pl.col("reported_at")),
        ),
        Fact(
            "is_of_school_age",
            pl.Boolean(),
            "whether the child was from policy.school_age_from to policy.school_age_to years old when the incident was"
            " reported, both included; unknown without a date of birth",
            sample=True,
            expression=is_of_school_age,
            nullable=True,
        ),
        Fact(
            "is_school_told_in_time",
            pl.Boolean(),
            "whether a notification for the child, or for every child of the incident, was sent to the school not later"
            " than school_told_due_at",
            sample=True,
            expression=is_school_told_in_time,
            nullable=True,
        ),
        Fact(
            "school_told_due_at",
            UTC_TIME,
            "when the school should have been told: the first 09:00 in London, after reported_at, of a school day",
            sample=datetime(2026, 11, 17, 9, tzinfo=UTC),
            expression=lambda _: pl.col("school_start"),
        ),
        Fact(
            "is_school_calendar_assumed",
            pl.Boolean(),
            "whether that school day is assumed to be Monday to Friday, no bank holiday, for want of a school calendar",
            sample=False,
            expression=lambda _: pl.col("school_is_assumed"),
        ),
        Fact(
            "domestic_abuse_in_words",
            pl.String(),
            "what makes the incident domestic abuse, or that it is not known",
            sample="domestic abuse (marked as such)",
            expression=lambda _: pl.col("domestic_abuse_in_words"),
        ),
        _of_incident(CONCERNS_IN_WORDS),
        _of_incident(GRADING_IN_WORDS),
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
            expression=referral_in_words,
        ),
        Fact(
            "submission_in_words",
            pl.String(),
            "how long after the report the first form that covers the child was submitted",
            sample="first form submitted 10.0 h after the report",
            expression=submission_in_words,
        ),
        Fact(
            "gatekeeper_in_words",
            pl.String(),
            "who submitted the forms that cover the child",
            sample="form submitted by an officer",
            expression=_gatekeeper_in_words,
        ),
        Fact(
            "school_in_words",
            pl.String(),
            "when the school was told, what else was tried, and whether the school day is assumed",
            sample="school told on 16/11/2026 15:00",
            expression=school_in_words,
        ),
    ),
)
