"""The referral forms for a child of an incident: how many in each state, who submitted them, and when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import polars as pl

from checker.facts import evidence_text as text
from checker.facts.context import Context
from checker.facts.engine import Source, left_join
from checker.facts.joins.per_child import with_counts_per_child
from checker.facts.tables import Tables
from checker.london_time import elapsed_hours

FORM_STATES = (
    *("covering", "earlier", "draft", "rejected", "withdrawn", "unreadable"),
    *("by_officer", "by_cpso", "unsigned"),  # of those that cover
    *("in_time", "officer_in_time", "unsigned_in_time"),  # and that were submitted by the time that they are due
)


def referral_due_at(context: Context) -> pl.Expr:
    """The instant at which the referral of an incident is due: policy.referral_due_hours after `reported_at`."""
    return pl.col("reported_at") + timedelta(hours=context.policy.referral_due_hours)


def with_referral_forms(rows: pl.LazyFrame, tables: Tables, context: Context) -> pl.LazyFrame:
    """The rows with counts of the forms for them by FORM_STATES, and when the first that covers was submitted.

    A form is for its child, and without a child_ref for every child of its incident; so is an unreadable one.
    """
    first = pl.col("submitted_at").filter("covering").min()
    return with_counts_per_child(rows, _forms(tables, context), FORM_STATES, first, "first_covering_at")


def _number_of_incident(tables: Tables, _: Context) -> pl.LazyFrame:
    return tables.referrals.group_by(incident_ref="primary_ref").agg(forms_of_incident=pl.len())


def _forms(tables: Tables, context: Context) -> pl.LazyFrame:
    """Every referral form, accepted or not, under the incident that answers for it, with a Boolean for each state.

    A form submitted before `reported_at` belongs to something earlier and does not cover (rules.md, "covered").
    """
    reported = tables.incidents.select("incident_ref", "reported_at")
    columns = ("child_ref", "status", "submitted_at", "submitted_by")
    read = tables.referrals.select(*columns, incident_ref="primary_ref")
    submitted = pl.col("status") == "submitted"
    of_incident = pl.col("submitted_at") >= pl.col("reported_at")
    covering, in_time = submitted & of_incident, pl.col("submitted_at") <= referral_due_at(context)
    officer, unsigned = pl.col("submitted_by") == "officer", pl.col("submitted_by").is_null()
    states = {
        "covering": covering,
        "earlier": submitted & ~of_incident,
        "by_officer": covering & officer,
        "by_cpso": covering & (pl.col("submitted_by") == "cpso"),
        "unsigned": covering & unsigned,
        "in_time": covering & in_time,
        "officer_in_time": covering & in_time & officer,
        "unsigned_in_time": covering & in_time & unsigned,
    }
    states |= {state: pl.col("status") == state for state in ("draft", "rejected", "withdrawn")}
    joined = read.join(reported, on="incident_ref")
    forms = joined.select("incident_ref", "child_ref", "submitted_at", unreadable=False, **states)
    unreadable = tables.rejected_referrals.select("child_ref", incident_ref="primary_ref", unreadable=True)
    return pl.concat([forms, unreadable], how="diagonal")


def submitted_forms(tables: Tables, some: pl.LazyFrame | None = None) -> pl.LazyFrame:
    """Each submitted form under each child that it is for, whatever the incident; of `some` children alone if given.

    The columns are `child_ref`, `referral_ref`, `submitted_at`, and `primary_ref`, the incident that answers for it.
    """
    columns = ("child_ref", "referral_ref", "submitted_at", "primary_ref")
    forms = tables.referrals.filter(pl.col("status") == "submitted").select(columns)
    return _for_each_child(forms, tables, some)


def children_of_unreadable_forms(tables: Tables, some: pl.LazyFrame | None = None) -> pl.LazyFrame:
    """Each `child_ref` that a form which could not be read may be for, marked by `unreadable_form`.

    A form with neither a child nor an incident is for no child.
    """
    forms = _for_each_child(tables.rejected_referrals.select("child_ref", "primary_ref"), tables, some)
    return forms.select("child_ref").unique().with_columns(unreadable_form=pl.lit(value=True))


def _for_each_child(forms: pl.LazyFrame, tables: Tables, some: pl.LazyFrame | None) -> pl.LazyFrame:
    """The forms, one without a child_ref under every child of the children rows of its incident."""
    children = tables.children.select("child_ref", "primary_ref")
    named = forms.filter(pl.col("child_ref").is_not_null())
    if some is not None:
        children, named = (rows.join(some, on="child_ref", how="semi") for rows in (children, named))
    for_all = forms.filter(pl.col("child_ref").is_null()).drop("child_ref").join(children.unique(), on="primary_ref")
    return pl.concat([named, for_all], how="diagonal")


def has_form(state: str, *perhaps: str) -> Callable[[Context], pl.Expr]:
    """Whether a form in that state is for the subject.

    True where one does; else unknown where one of a state that is `perhaps` it does, or one that could not be read.
    """
    might_be = pl.sum_horizontal(*perhaps, "unreadable")
    return lambda _: pl.when(pl.col(state) > 0).then(statement=True).when(might_be == 0).then(statement=False)


def referral_in_words(_: Context) -> pl.Expr:
    """Which forms there are for the child, and how many for others."""
    own_forms = pl.sum_horizontal("covering", "earlier", "draft", "rejected", "withdrawn")
    others = pl.col("forms_of_incident").fill_null(0).cast(pl.Int64) - own_forms.cast(pl.Int64)
    who = pl.when(pl.col("is_unnamed")).then(pl.lit(text.NAMED_CHILDREN)).otherwise(pl.lit(text.OTHER_CHILDREN))
    found = (
        pl.when(pl.col("covering") > 0).then(pl.lit("referral submitted")).otherwise(pl.lit("no submitted referral"))
    )
    return text.sentence(
        found,
        text.count(pl.col("draft"), "form still a draft", "forms still drafts"),
        text.count(pl.col("rejected"), "form rejected", "forms rejected"),
        text.count(pl.col("withdrawn"), "form withdrawn", "forms withdrawn"),
        text.count(pl.col("earlier"), "form submitted before the incident", "forms submitted before the incident"),
        text.count(pl.col("unreadable"), "form could not be read", "forms could not be read"),
        pl.format("{} for {}", text.count(others, "form", "forms"), who),
    )


def submission_in_words(_: Context) -> pl.Expr:
    """How long after the report the first form that covers the child was submitted."""
    hours = text.hours(elapsed_hours(pl.col("reported_at"), pl.col("first_covering_at")))
    return text.sentence(
        pl.coalesce(pl.format("first form submitted {} after the report", hours), pl.lit("no submitted referral")),
        text.count(pl.col("unreadable"), "form could not be read", "forms could not be read"),
    )


REFERRAL_FORMS = Source("referral forms", frozenset({*FORM_STATES, "first_covering_at"}), with_referral_forms)
FORMS_OF_INCIDENT = left_join(
    "number of forms of the incident", "incident_ref", ["forms_of_incident"], _number_of_incident
)
