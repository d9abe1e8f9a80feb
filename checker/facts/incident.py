"""The facts of an incident: is it domestic abuse, was it closed in time, with the code that the search looks for?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

import polars as pl

from checker.facts import closing_codes, words
from checker.facts.accepted import Accepted
from checker.facts.daily_search import DAILY_SEARCH, with_daily_search
from checker.facts.fact import SAMPLE_REPORTED_AT, Fact, FactTable, carried, elapsed
from checker.facts.moment import UTC_TIME, Moment
from checker.facts.risk_and_children import RISK_AND_CHILDREN, has_risk_form, with_children


def facts(accepted: Accepted, moment: Moment) -> pl.LazyFrame:
    """One row for each incident that answers for itself (rules.md, "cancelled and transferred"), with all its facts."""
    subjects = with_children(accepted.incidents, accepted)
    return FACTS.plan(with_daily_search(subjects, accepted, moment), moment)


def some_facts(accepted: Accepted, moment: Moment, names: Collection[str]) -> pl.LazyFrame:
    """Those facts of each incident that hang on its own row alone, for the subjects that belong to an incident.

    They are planned without what the other facts are joined from, which would be planned anew for each such subject.
    """
    own = replace(FACTS, facts=tuple(fact for fact in FACTS.facts if fact.name in names))
    return own.plan(accepted.incidents, moment)


def understated_masters(accepted: Accepted, moment: Moment) -> pl.LazyFrame:
    """The duplicates (`source_row`) that are domestic abuse where the master that answers for them may not be.

    rules.md lets a master take over children and referrals, but not what makes a duplicate domestic abuse. So the
    children of both are judged by the master alone, and a person should look at the pair.
    """
    abuse = is_domestic_abuse(moment).fill_null(value=False).alias("abuse")
    duplicates = accepted.every_incident.filter(pl.col("status") == "duplicate").with_columns(abuse).filter("abuse")
    answered_for = duplicates.join(accepted.incidents, on="incident_ref", how="anti")
    masters = accepted.every_incident.join(answered_for, left_on="incident_ref", right_on="duplicate_of", how="semi")
    in_doubt = masters.with_columns(abuse).filter(~pl.col("abuse")).select(duplicate_of="incident_ref")
    return answered_for.join(in_doubt, on="duplicate_of", how="semi").select("source_row").sort("source_row")


def is_domestic_abuse(moment: Moment) -> pl.Expr:
    """True where a sign of it is there, else false where the marker says no, else unknown (rules.md)."""
    shown = has_risk_form() | _has_abuse_code(moment) | _has_abuse_type(moment)
    marker = pl.col("domestic_abuse")
    unmarked = pl.lit(value=False) if moment.policy.blank_domestic_abuse == "no" else pl.lit(None, pl.Boolean)
    return (
        pl.when(shown | marker.fill_null(value=False))
        .then(statement=True)
        .when(marker.is_not_null())
        .then(statement=False)
        .otherwise(unmarked)
    )


def _has_abuse_code(moment: Moment) -> pl.Expr:
    codes = [pl.col("closure_codes").list.contains(code) for code in moment.policy.domestic_abuse_codes]
    return pl.any_horizontal(*codes, pl.lit(value=False))


def _has_abuse_type(moment: Moment) -> pl.Expr:
    types = [name.strip().lower() for name in moment.policy.domestic_abuse_types]
    return pl.col("incident_type").str.to_lowercase().is_in(types).fill_null(value=False)


def _domestic_abuse_in_words(moment: Moment) -> pl.Expr:
    marker = pl.col("domestic_abuse")
    signs = words.sentence(
        words.when(marker, "marked as such"),
        words.when(has_risk_form(), "risk form"),
        words.when(_has_abuse_code(moment), "closure code"),
        words.when(_has_abuse_type(moment), "incident type"),
        separator=", ",
    )
    return (
        pl.when(pl.col("is_domestic_abuse"))
        .then(pl.format("domestic abuse ({})", signs))
        .when(pl.col("is_domestic_abuse").is_null())
        .then(pl.lit("not known whether domestic abuse (marker blank, no risk form, code or type that says so)"))
        .otherwise(pl.lit("not domestic abuse"))
    )


def _concern_types(_: Moment) -> pl.Expr:
    tokens = pl.col("concern_types")
    lowered = tokens.list.eval(pl.element().str.to_lowercase()).list.unique().list.sort()
    return pl.when(tokens.list.len() > 0).then(lowered.list.join(";"))


def _concerns_in_words(_: Moment) -> pl.Expr:
    listed = pl.format("concern types: {}", pl.col("concern_types").str.replace_all(";", ", ", literal=True))
    return listed.fill_null("no concern type recorded")


def _grading_in_words(_: Moment) -> pl.Expr:
    graded = pl.format("risk level {}", pl.col("risk_level")).fill_null("risk level not recorded")
    reassessed = pl.format("reassessed on {}", words.moment(pl.col("reassessed_at")))
    return words.sentence(graded, reassessed.fill_null("no second assessment recorded"))


def _codes_in_words(moment: Moment) -> pl.Expr:
    codes = pl.format("closure codes: {}", closing_codes.in_words(pl.col("closure_codes"), moment))
    return codes.fill_null("no closure code")


def _closure_in_words(_: Moment) -> pl.Expr:
    return (
        pl.when(pl.col("closed_at").is_not_null())
        .then(pl.format("closed {} after it was reported", words.hours(pl.col("hours_to_close"))))
        .when(pl.col("is_closed"))
        .then(pl.lit("closed, but no closing time is recorded"))
        .otherwise(pl.format("not closed (status {})", "status"))
    )


def has_referable_concern(moment: Moment) -> pl.Expr:
    """True where one of the tokens of `concern_types`, in any case, is in policy.referable_concerns (rules.md, REF002).

    To be read before `concern_types` becomes the fact of that name.
    """
    referable = [name.strip().lower() for name in moment.policy.referable_concerns]
    return pl.col("concern_types").list.eval(pl.element().str.to_lowercase().is_in(referable)).list.any()


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
FACTS = FactTable(
    subject="incident",
    description=(
        "An incident that answers for itself: one that duplicates an accepted incident is answered for by its master."
    ),
    key=("incident_ref",),
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
            expression=lambda _: elapsed(pl.col("reported_at"), pl.col("closed_at")),
            nullable=True,
        ),
        Fact(
            "has_search_code",
            pl.Boolean(),
            "whether one of its closure codes is the code that the daily search looks for, exactly as written",
            sample=True,
            expression=lambda moment: closing_codes.has_search_code(pl.col("closure_codes"), moment),
        ),
        Fact(
            "has_lookalike_code",
            pl.Boolean(),
            "whether a closure code differs from the search code only in case, spaces or punctuation",
            sample=False,
            expression=lambda moment: closing_codes.has_lookalike(pl.col("closure_codes"), moment),
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
            expression=lambda moment: pl.col("reported_at") + timedelta(hours=moment.policy.closure_window_hours),
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
    ),
)
