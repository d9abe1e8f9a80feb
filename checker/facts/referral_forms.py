"""The referral forms that speak for a child of an incident: how many in which state, by whom, and when."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from checker.facts.accepted import Accepted
from checker.facts.moment import Moment

FORM_STATES = (
    *("covering", "earlier", "draft", "rejected", "withdrawn", "unread"),
    *("officer_in_time", "unsigned_in_time"),  # of those that cover, submitted by the time that they are due
)


def referral_due_at(moment: Moment) -> pl.Expr:
    """The instant at which the referral of an incident is due: policy.referral_due_hours after `reported_at`."""
    return pl.col("reported_at") + timedelta(hours=moment.policy.referral_due_hours)


def with_referrals(subjects: pl.LazyFrame, accepted: Accepted, incidents: pl.LazyFrame, moment: Moment) -> pl.LazyFrame:
    """The subjects with counts of the forms that speak for them: by state, and of those that could not be read.

    A form speaks for its child, and without a child_ref for every child of its incident; so does an unreadable one.
    """
    forms = _forms(accepted, incidents, moment)
    counts = [pl.col(state).sum() for state in FORM_STATES]
    child = pl.col("child_ref")
    for_child = forms.filter(child.is_not_null()).group_by("incident_ref", "child_ref").agg(counts)
    for_all = forms.filter(child.is_null()).group_by("incident_ref").agg(pl.col(FORM_STATES).sum().name.suffix("_all"))
    of_incident = forms.filter(~pl.col("unread")).group_by("incident_ref").agg(pl.len().alias("forms_of_incident"))
    joined = (
        subjects.join(for_child, on=["incident_ref", "child_ref"], how="left")
        .join(for_all, on="incident_ref", how="left")
        .join(of_incident, on="incident_ref", how="left")
    )
    zero = pl.lit(0, pl.Int64)
    both = (pl.sum_horizontal(pl.coalesce(state, zero), pl.coalesce(f"{state}_all", zero)) for state in FORM_STATES)
    forms_of_incident = pl.coalesce("forms_of_incident", zero).alias("forms_of_incident")
    return joined.with_columns(
        forms_of_incident, *(number.alias(state) for number, state in zip(both, FORM_STATES, strict=True))
    )


def _forms(accepted: Accepted, incidents: pl.LazyFrame, moment: Moment) -> pl.LazyFrame:
    """Every referral form, accepted or not, under the incident that answers for it, with a Boolean for each state.

    A form submitted before `reported_at` belongs to something earlier and does not cover (rules.md, "covered").
    """
    reported = incidents.select("incident_ref", "reported_at")
    columns = ("child_ref", "status", "submitted_at", "submitted_by")
    read = accepted.referrals.select(*columns, incident_ref="answered_by")
    submitted = pl.col("status") == "submitted"
    of_incident = pl.col("submitted_at") >= pl.col("reported_at")
    in_time = submitted & of_incident & (pl.col("submitted_at") <= referral_due_at(moment))
    states = {
        "covering": submitted & of_incident,
        "earlier": submitted & ~of_incident,
        "officer_in_time": in_time & (pl.col("submitted_by") == "officer"),
        "unsigned_in_time": in_time & pl.col("submitted_by").is_null(),
    }
    states |= {state: pl.col("status") == state for state in ("draft", "rejected", "withdrawn")}
    forms = read.join(reported, on="incident_ref").select("incident_ref", "child_ref", unread=False, **states)
    unread = accepted.rejected_referrals.select("child_ref", incident_ref="answered_by", unread=True)
    return pl.concat([forms, unread], how="diagonal")
