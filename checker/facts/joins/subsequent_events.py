"""What happened to a child after an incident: the first referral under another incident, and later incidents."""

from __future__ import annotations

import polars as pl

from checker.facts.joins import ordered_groups
from checker.facts.joins.referral_forms import submitted_forms
from checker.facts.tables import Tables

_FORM = ("referral_ref", "submitted_at", "primary_ref")


def with_later_referral(subjects: pl.LazyFrame, tables: Tables) -> pl.LazyFrame:
    """The subjects with the first form that was submitted for the child, under another incident, once it was reported.

    `later_referral_ref`, `later_referral_at` and `later_referral_under`, the incident that answers for the form, are
    null where there is none. Among forms submitted at the same moment the one with the lower reference is first.
    """
    found = subjects.sort("reported_at").join_asof(
        _forms_in_line(tables).sort("submitted_at"),
        left_on="reported_at",
        right_on="submitted_at",
        by="child_ref",
        strategy="forward",
        check_sortedness=False,  # both are sorted by time; by child it could not be checked
    )
    under_another = pl.col("primary_ref") != pl.col("incident_ref")
    later = {
        "later_referral_ref": "referral_ref",
        "later_referral_at": "submitted_at",
        "later_referral_under": "primary_ref",
    }
    return found.with_columns(
        pl.when(under_another).then(column).otherwise(f"next_{column}").alias(name) for name, column in later.items()
    ).drop(*_FORM, *(f"next_{column}" for column in _FORM))


def _forms_in_line(tables: Tables) -> pl.LazyFrame:
    """The first form of each moment for each child, with the `next_` one for it that is under another incident."""
    in_line = submitted_forms(tables).sort("child_ref", "submitted_at", "referral_ref", "primary_ref")
    begins = pl.any_horizontal(pl.col(name) != pl.col(name).shift(1) for name in ("child_ref", "primary_ref"))
    marked = in_line.with_columns(begins=begins.fill_null(value=True))
    following = {name: pl.when("begins").then(name).backward_fill().shift(-1) for name in ("child_ref", *_FORM)}
    of_child = following["child_ref"] == pl.col("child_ref")
    return marked.select(
        "child_ref", *_FORM, *(pl.when(of_child).then(following[name]).alias(f"next_{name}") for name in _FORM)
    ).unique(["child_ref", "submitted_at"], keep="first", maintain_order=True)


def later_incidents(tables: Tables) -> pl.LazyFrame:
    """For each child of each incident how many incidents with the child were reported strictly after it, of any kind.

    The columns are `incident_ref`, `child_ref` and `later_incidents`, and of the latest of them, by time and then by
    reference, `latest_incident_ref` and `latest_incident_at`. Only incidents that answer for themselves count.
    """
    incidents = tables.incidents.select("incident_ref", "reported_at")
    children = tables.children.select("child_ref", incident_ref="primary_ref", one=pl.lit(1, pl.Int64)).unique()
    in_line = ordered_groups.in_groups(
        children.join(incidents, on="incident_ref"), ["child_ref"], then_by=["incident_ref"]
    )
    counted = in_line.with_columns(
        later_incidents=ordered_groups.after(pl.col("one")),
        latest_incident_ref=ordered_groups.last("incident_ref"),
        latest_incident_at=ordered_groups.last("reported_at"),
    )
    latest = ("latest_incident_ref", "latest_incident_at")
    is_later = pl.col("later_incidents") > 0
    return counted.select(
        "incident_ref", "child_ref", "later_incidents", *(pl.when(is_later).then(name).alias(name) for name in latest)
    )
