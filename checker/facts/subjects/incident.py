"""The facts of an incident: is it domestic abuse, was it closed in time, with the code that the search looks for?"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from checker.facts import closing_codes
from checker.facts import evidence_text as text
from checker.facts.context import Context
from checker.facts.engine import SAMPLE_REPORTED_AT, Fact, Subject, carried
from checker.facts.joins.code_history import CODE_HISTORY, UNREADABLE_CODE_HISTORY
from checker.facts.joins.expected_children import EXPECTED_CHILDREN, LISTED_CHILDREN, UNREADABLE_CHILDREN
from checker.facts.joins.prior_incidents import PRIOR_INCIDENTS
from checker.facts.safeguarding import (
    has_abuse_code,
    has_abuse_type,
    has_referable_concern,
    has_risk_form,
    is_domestic_abuse,
)
from checker.facts.subjects.incident_history import HISTORY
from checker.facts.subjects.incident_risk import RISK_AND_CHILDREN
from checker.facts.subjects.incident_search import DAILY_SEARCH
from checker.london_time import UTC_TIME, elapsed_hours


def _domestic_abuse_in_words(context: Context) -> pl.Expr:
    marker = pl.col("domestic_abuse")
    signs = text.sentence(
        text.when(marker, "marked as such"),
        text.when(has_risk_form(), "risk form"),
        text.when(has_abuse_code(context), "closure code"),
        text.when(has_abuse_type(context), "incident type"),
        separator=", ",
    )
    return (
        pl.when(pl.col("is_domestic_abuse"))
        .then(pl.format("domestic abuse ({})", signs))
        .when(pl.col("is_domestic_abuse").is_null())
        .then(pl.lit("not known whether domestic abuse (marker blank, no risk form, code or type that says so)"))
        .otherwise(pl.lit("not domestic abuse"))
    )


def _concern_types(_: Context) -> pl.Expr:
    tokens = pl.col("concern_types")
    lowered = tokens.list.eval(pl.element().str.to_lowercase()).list.unique().list.sort()
    return pl.when(tokens.list.len() > 0).then(lowered.list.join(";"))


def _concerns_in_words(_: Context) -> pl.Expr:
    listed = pl.format("concern types: {}", pl.col("concern_types").str.replace_all(";", ", ", literal=True))
    return listed.fill_null("no concern type recorded")


def _grading_in_words(_: Context) -> pl.Expr:
    graded = pl.format("risk level {}", pl.col("risk_level")).fill_null("risk level not recorded")
    reassessed = pl.format("reassessed on {}", text.london_time(pl.col("reassessed_at")))
    return text.sentence(graded, reassessed.fill_null("no second assessment recorded"))


def _codes_in_words(context: Context) -> pl.Expr:
    codes = pl.format("closure codes: {}", closing_codes.in_words(pl.col("closure_codes"), context))
    return codes.fill_null("no closure code")


def _closure_in_words(_: Context) -> pl.Expr:
    return (
        pl.when(pl.col("closed_at").is_not_null())
        .then(pl.format("closed {} after it was reported", text.hours(pl.col("hours_to_close"))))
        .when(pl.col("is_closed"))
        .then(pl.lit("closed, but no closing time is recorded"))
        .otherwise(pl.format("not closed (status {})", "status"))
    )


CONCERN_TYPES = Fact(
    "concern_types",
    pl.String(),
    "concern types of the incident, lower-cased, each once, in alphabetical order and joined by `;`",
    sample="neglect",
    expression=_concern_types,
    nullable=True,
)
HAS_REFERABLE_CONCERN = Fact(
    "has_referable_concern",
    pl.Boolean(),
    "whether one of its concern types is in policy.referable_concerns",
    sample=True,
    expression=has_referable_concern,
)
CONCERNS_IN_WORDS = Fact(
    "concerns_in_words",
    pl.String(),
    "its concern types, or that none is recorded",
    sample="concern types: neglect",
    expression=_concerns_in_words,
)
GRADING_IN_WORDS = Fact(
    "grading_in_words",
    pl.String(),
    "its risk level, and whether it was reassessed",
    sample="risk level standard; no second assessment recorded",
    expression=_grading_in_words,
)
INCIDENT = Subject(
    name="incident",
    description=(
        "An incident that answers for itself: one that duplicates an accepted incident is answered for by its master."
    ),
    key=("incident_ref",),
    table="incidents",
    within_incident=True,
    base=lambda tables, _: tables.incidents,
    sources=(
        LISTED_CHILDREN,
        UNREADABLE_CHILDREN,
        EXPECTED_CHILDREN,
        CODE_HISTORY,
        UNREADABLE_CODE_HISTORY,
        PRIOR_INCIDENTS,
    ),
    facts=(
        carried("incidents", "incident_ref", "INC-1"),
        carried("incidents", "reported_at", SAMPLE_REPORTED_AT),
        carried("incidents", "closed_at", SAMPLE_REPORTED_AT + timedelta(hours=10)),
        carried("incidents", "status", "closed"),
        carried("incidents", "incident_type", "DOMESTIC"),
        carried("incidents", "risk_level", "standard"),
        carried("incidents", "reassessed_at", None),
        carried("incidents", "history_checked_at", None),
        carried("incidents", "children_in_household", "yes"),
        carried("incidents", "child_count", 1),
        carried("incidents", "district", "North"),
        carried("incidents", "team", "Response 1"),
        carried("incidents", "officer_id", "PC-1"),
        carried("incidents", "supervisor_id", "PS-1"),
        HAS_REFERABLE_CONCERN,
        CONCERN_TYPES,
        Fact(
            "is_domestic_abuse",
            pl.Boolean(),
            "whether it is domestic abuse: marked as such, or a risk form, closure code or incident type says so",
            sample=True,
            expression=is_domestic_abuse,
            nullable=True,
        ),
        *RISK_AND_CHILDREN,
        Fact(
            "is_closed",
            pl.Boolean(),
            "whether it is closed: a closing time is set, or its status is closed",
            sample=True,
            expression=lambda _: pl.col("closed_at").is_not_null() | (pl.col("status") == "closed"),
        ),
        Fact(
            "hours_to_close",
            pl.Float64(),
            "elapsed hours from report to closure",
            sample=10.0,
            expression=lambda _: elapsed_hours(pl.col("reported_at"), pl.col("closed_at")),
            nullable=True,
        ),
        Fact(
            "has_search_code",
            pl.Boolean(),
            "whether one of its closure codes is the code that the daily search looks for, exactly as written",
            sample=True,
            expression=lambda context: closing_codes.has_search_code(pl.col("closure_codes"), context),
        ),
        Fact(
            "has_lookalike_code",
            pl.Boolean(),
            "whether a closure code differs from the search code only in case, spaces or punctuation",
            sample=False,
            expression=lambda context: closing_codes.has_lookalike(pl.col("closure_codes"), context),
        ),
        Fact(
            "closed_or_reported_at",
            UTC_TIME,
            "when it was closed, or reported where no closing time is recorded",
            sample=SAMPLE_REPORTED_AT + timedelta(hours=10),
            expression=lambda _: pl.coalesce("closed_at", "reported_at"),
        ),
        Fact(
            "closure_due_at",
            UTC_TIME,
            "when it leaves the closure window: reported_at + policy.closure_window_hours, elapsed",
            sample=SAMPLE_REPORTED_AT + timedelta(hours=24),
            expression=lambda context: pl.col("reported_at") + timedelta(hours=context.policy.closure_window_hours),
        ),
        *DAILY_SEARCH,
        CONCERNS_IN_WORDS,
        GRADING_IN_WORDS,
        Fact(
            "domestic_abuse_in_words",
            pl.String(),
            "what makes it domestic abuse, or that it is not known",
            sample="domestic abuse (marked as such)",
            expression=_domestic_abuse_in_words,
        ),
        Fact(
            "closure_in_words",
            pl.String(),
            "how long after the report it was closed, or that it is not",
            sample="closed 10.0 h after it was reported",
            expression=_closure_in_words,
        ),
        Fact(
            "codes_in_words",
            pl.String(),
            "its closure codes as written, look-alikes of the search code named",
            sample="closure codes: DOM, QL23",
            expression=_codes_in_words,
        ),
        *HISTORY,
    ),
)
