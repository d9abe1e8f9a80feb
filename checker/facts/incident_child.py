"""The facts of a child in an incident: is there a child to refer, and does a referral cover that child?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars as pl

from checker.facts import words
from checker.facts.accepted import Accepted
from checker.facts.fact import Fact, FactTable, anniversary, carried, local_date
from checker.facts.incident import CONCERN_TYPES, HAS_REFERABLE_CONCERN, SAMPLE_REPORTED_AT
from checker.facts.moment import UTC_TIME, Moment
from checker.facts.referral_forms import referral_due_at, with_referrals

ADULT_AT = 18
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
    named = _named_children(accepted, incidents)
    subjects = pl.concat([named, _unnamed_rests(accepted, incidents, named)], how="diagonal")
    subjects = subjects.join(incidents.select(INCIDENT_COLUMNS), on="incident_ref", how="left")
    return FACTS.plan(with_referrals(subjects, accepted, incidents, moment), moment)


def _named_children(accepted: Accepted, incidents: pl.LazyFrame) -> pl.LazyFrame:
    """One row a child_ref of each incident and of the duplicates that it answers for, its own row first.

    Where only duplicates have the child and their rows differ, one that makes it a child comes first, then one that
    may: no child is lost to a second row about it. Then the earliest reported, then the first by reference.
    """
    dates = incidents.select(answered_by="incident_ref", reported_on=local_date(pl.col("reported_at")))
    rows = accepted.children

    def aged(children: pl.LazyFrame) -> pl.LazyFrame:
        return children.join(dates, on="answered_by", how="left").with_columns(
            _may_be_child().alias("child"), _years_old().alias("years_old")
        )

    own = pl.col("answered_by") == pl.col("incident_ref")
    pair = ["answered_by", "child_ref"]
    reported = accepted.every_incident.select("incident_ref", "reported_at")
    taken_over = aged(rows.filter(~own).join(rows.filter(own).select(pair), on=pair, how="anti"))
    certainty = pl.col("child").cast(pl.Float64).fill_null(0.5)
    in_order = taken_over.join(reported, on="incident_ref", how="left").sort(-certainty, "reported_at", "incident_ref")
    first_taken = in_order.unique(pair, keep="first", maintain_order=True)
    columns = [pl.col("answered_by").alias("incident_ref"), "child_ref", "unborn", "child", "years_old"]
    return pl.concat([aged(rows.filter(own)).select(columns), first_taken.select(columns)])


def _unnamed_rests(accepted: Accepted, incidents: pl.LazyFrame, named: pl.LazyFrame) -> pl.LazyFrame:
    """One row without a child_ref for each incident whose counted children are more than its children rows.

    It stands for children, unless a rejected children row of the incident might have been one of them: then whether
    there is a rest at all is unknown.
    """
    may_be = named.filter(pl.col("child").fill_null(value=True)).group_by("incident_ref").agg(pl.len().alias("rows"))
    counted = incidents.select("incident_ref", "child_count", "children_in_household").join(
        may_be, on="incident_ref", how="left"
    )
    rows = pl.col("rows").fill_null(0).cast(pl.Int64)
    more_counted = (pl.col("child_count") > rows).fill_null(value=False)
    none_listed = (pl.col("children_in_household") == "yes") & pl.col("child_count").is_null() & (rows == 0)
    unread = accepted.rejected_children.select(incident_ref="answered_by", unread_child=pl.lit(value=True)).unique()
    child = pl.when(pl.col("unread_child").is_null()).then(statement=True).alias("child")
    rests = counted.filter(more_counted | none_listed.fill_null(value=False)).join(
        unread, on="incident_ref", how="left"
    )
    return rests.select(
        "incident_ref",
        child,
        rows.alias("listed"),
        pl.col("child_count").alias("counted"),
        pl.lit(value=True).alias("rest"),
    )


def fully_named(accepted: Accepted) -> pl.LazyFrame:
    """The `incident_ref` of each incident whose record says how many children there are, so that a rest would show.

    Where `child_count` is blank only the answer that there are none says so. No incident of which a rejected children
    row bears the reference is among them, and none at all where a rejected children row bears no reference.
    """
    says = pl.col("child_count").is_not_null() | (pl.col("children_in_household") == "no").fill_null(value=False)
    unread = accepted.rejected_children.select(incident_ref="answered_by")
    nameless = unread.select(nameless=pl.col("incident_ref").is_null().any())
    return (
        accepted.incidents.filter(says)
        .join(unread, on="incident_ref", how="anti")
        .join(nameless, how="cross")
        .filter(~pl.col("nameless"))
        .select("incident_ref")
    )


def _may_be_child() -> pl.Expr:
    """True under 18 at the local date of the report, or unborn; null where the date of birth is unknown.

    Someone is 18 from the start of the 18th birthday (rules.md, "child").
    """
    birthday = anniversary(pl.col("date_of_birth"), ADULT_AT)
    return pl.when(pl.col("unborn")).then(statement=True).otherwise(pl.col("reported_on") < birthday)


def _years_old() -> pl.Expr:
    born, on = pl.col("date_of_birth"), pl.col("reported_on")
    # yyyymmdd numbers: their difference in whole ten thousands is the number of birthdays passed
    return (_day_number(on) - _day_number(born)) // 10_000


def _day_number(date: pl.Expr) -> pl.Expr:
    year, month, day = (part.cast(pl.Int32) for part in (date.dt.year(), date.dt.month(), date.dt.day()))
    return year * 10_000 + month * 100 + day


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
