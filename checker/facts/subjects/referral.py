"""The facts of a referral form: was it sent, does another stand in for it, and did the children's hub receive it?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars as pl

from checker.facts import evidence_text as text
from checker.facts.context import Context
from checker.facts.engine import SAMPLE_REPORTED_AT, Fact, Subject, carried, left_join, unread_mark
from checker.facts.joins.expected_children import CHILDREN_COLUMNS, expected_children
from checker.facts.joins.hub_receipts import HUB_RECEIPTS
from checker.facts.joins.referral_forms import REFERRAL_FORMS, has_form, referral_due_at, with_referral_forms
from checker.facts.subjects.incident import CONCERN_TYPES, INCIDENT
from checker.facts.tables import Tables
from checker.london_time import UTC_TIME, elapsed_hours

RECEIPT_HOURS = 24  # from submission (rules.md, REF006)
INCIDENT_FACTS = ("incident_ref", "reported_at", "district", "team", "officer_id", "supervisor_id", "concern_types")
FORM_COLUMNS = ("referral_ref", "child_ref", "status", "submitted_at", "submitted_by")


def _base(tables: Tables, context: Context) -> pl.LazyFrame:
    """One row for each accepted referrals row, under the incident that answers for it, with facts of that incident."""
    incidents = INCIDENT.facts_on(tables.incidents, tables, context, INCIDENT_FACTS)
    marks = [unread_mark(name) for name in INCIDENT_FACTS] if tables.unread_columns("incidents") else []
    incidents = incidents.select(*INCIDENT_FACTS, *marks)
    forms = tables.referrals.select(*FORM_COLUMNS, incident_ref="primary_ref")
    return forms.join(incidents, on="incident_ref", how="left")


def _children(tables: Tables, context: Context) -> pl.LazyFrame:
    """For each incident with a form for every child: how many children it should have referred, and how many it did."""
    for_all = tables.referrals.filter(pl.col("child_ref").is_null()).select(incident_ref="primary_ref")
    incidents = tables.incidents.select(CHILDREN_COLUMNS).join(for_all, on="incident_ref", how="semi")
    children = expected_children(tables, incidents).filter(pl.col("child").fill_null(value=True))
    forms = with_referral_forms(children, tables, context)
    covered = has_form("covering")(context)
    return forms.group_by("incident_ref").agg(
        pl.len().alias("children"),
        covered.sum().cast(pl.Int64).alias("children_covered"),
        (~covered).sum().cast(pl.Int64).alias("children_not_covered"),
    )


def _is_child_covered(context: Context) -> pl.Expr:
    """Of a form that names its child, whether that child is covered; of one that does not, whether every child is."""
    own, expected = has_form("covering")(context), pl.col("children").fill_null(0)
    by_name = (
        pl.when(pl.col("children_not_covered") > 0)
        .then(statement=False)
        .when(pl.col("children_covered") == expected)
        .then(statement=True)
    )
    for_all = pl.when((pl.col("covering") > 0) | (expected == 0)).then(own).otherwise(by_name)
    return pl.when(pl.col("child_ref").is_not_null()).then(own).otherwise(for_all)


def _is_received(_: Context) -> pl.Expr:
    return (
        pl.when(pl.col("first_received_at").is_not_null())
        .then(statement=True)
        .when(pl.col("unreadable_receipts") == 0)
        .then(statement=False)
    )


def _form_in_words(_: Context) -> pl.Expr:
    by = pl.format(" by {}", pl.col("submitted_by")).fill_null("")
    sent = pl.format("submitted{} on {}", by, text.london_time(pl.col("submitted_at")))
    state = pl.when(pl.col("status") == "submitted").then(sent).otherwise("status")
    return pl.format("form {}: {}", "referral_ref", state)


def _stand_in_in_words(context: Context) -> pl.Expr:
    """Which other form was found for the same child or children."""
    covered, children = pl.col("is_child_covered"), pl.col("children").fill_null(0)
    in_part = (pl.col("covering") == 0) & (children > 0)
    counted = pl.format("children with a submitted form: {} of {}", "children_covered", "children")
    return text.sentence(
        pl.when(pl.col("child_ref").is_null() & in_part)
        .then(pl.format("it is for every child of the incident; {}", counted))
        .when(covered)
        .then(pl.lit("another form was submitted"))
        .otherwise(pl.lit("no other form was submitted")),
        text.count(pl.col("unreadable"), "form could not be read", "forms could not be read"),
    )


def _receipt_in_words(_: Context) -> pl.Expr:
    after = text.hours(elapsed_hours(pl.col("submitted_at"), pl.col("first_received_at")))
    received = pl.format("received by the children's hub {} after it was submitted", after)
    undated = pl.format("received by the children's hub on {}", text.london_time(pl.col("first_received_at")))
    unreadable = text.count(pl.col("unreadable_receipts"), "receipt could not be read", "receipts could not be read")
    return text.sentence(pl.coalesce(received, undated, pl.lit("no receipt of the children's hub")), unreadable)


CHILDREN_REFERRED = left_join(
    "children of the incident with and without a form",
    "incident_ref",
    ["children", "children_covered", "children_not_covered"],
    _children,
)
REFERRAL = Subject(
    name="referral",
    description="A referral form for one child, or without a child_ref for every child of its incident, in any state.",
    key=("referral_ref", "child_ref"),
    base=_base,
    within_incident=True,
    of_incident=INCIDENT_FACTS,
    sources=(REFERRAL_FORMS, CHILDREN_REFERRED, HUB_RECEIPTS),
    facts=(
        carried("referrals", "referral_ref", "REF-1"),
        carried("referrals", "child_ref", "CH-1"),
        carried("incidents", "incident_ref", "INC-1", "the incident that answers for the form"),
        carried("incidents", "reported_at", SAMPLE_REPORTED_AT, "when that incident was reported"),
        carried("incidents", "district", "North"),
        carried("incidents", "team", "Response 1"),
        carried("incidents", "officer_id", "PC-1"),
        carried("incidents", "supervisor_id", "PS-1"),
        replace(CONCERN_TYPES, expression=lambda _: pl.col("concern_types")),
        carried("referrals", "status", "submitted"),
        carried("referrals", "submitted_at", SAMPLE_REPORTED_AT + timedelta(hours=2)),
        carried("referrals", "submitted_by", "officer"),
        Fact(
            "is_child_covered",
            pl.Boolean(),
            "whether a form for the same child (of one for every child: for each of them) was submitted once the"
            " incident was reported",
            sample=True,
            expression=_is_child_covered,
            nullable=True,
        ),
        Fact(
            "is_received",
            pl.Boolean(),
            "whether the children's hub received the form, at any time; unknown where its receipt could not be read",
            sample=True,
            expression=_is_received,
            nullable=True,
        ),
        Fact(
            "referral_due_at",
            UTC_TIME,
            "when the referral of its incident is due: reported_at + policy.referral_due_hours, elapsed",
            sample=SAMPLE_REPORTED_AT + timedelta(hours=24),
            expression=referral_due_at,
        ),
        Fact(
            "receipt_due_at",
            UTC_TIME,
            f"when the hub should have received it: submitted_at + {RECEIPT_HOURS} hours, elapsed",
            sample=SAMPLE_REPORTED_AT + timedelta(hours=2 + RECEIPT_HOURS),
            expression=lambda _: pl.col("submitted_at") + timedelta(hours=RECEIPT_HOURS),
            nullable=True,
        ),
        Fact(
            "form_in_words",
            pl.String(),
            "which form it is, and its state",
            sample="form REF-1: submitted by officer on 16/11/2026 11:00",
            expression=_form_in_words,
        ),
        Fact(
            "stand_in_in_words",
            pl.String(),
            "whether another form was submitted for the same child or children",
            sample="another form was submitted",
            expression=_stand_in_in_words,
        ),
        Fact(
            "receipt_in_words",
            pl.String(),
            "how long after it was submitted the hub received it",
            sample="received by the children's hub 10.0 h after it was submitted",
            expression=_receipt_in_words,
        ),
    ),
)
