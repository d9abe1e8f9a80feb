"""What later runs look back on: what an extract tells of its incidents, and what earlier extracts told of theirs.

Nothing is judged when it is told: a later run judges all that it looks back on under its own policy.
"""

from __future__ import annotations

import polars as pl

from checker.facts.accepted import Accepted
from checker.facts.incident import has_referable_concern, is_domestic_abuse
from checker.facts.moment import PAST_INCIDENTS, UTC_TIME, Moment
from checker.facts.risk_and_children import has_risk_form

SHARED = {"victim_ref": "victim", "suspect_ref": "suspect", "location_ref": "location"}
CHILD, MISSING = "child", "missing"  # links of a children row and of a missing_episodes row

_IS_DUPLICATE = pl.col("status") == "duplicate"


def incidents_told(accepted: Accepted) -> pl.LazyFrame:
    """Every incident as later runs look back on it (PAST_INCIDENTS)."""
    children = accepted.children.group_by(incident_ref="answered_by").agg(
        child_refs=pl.col("child_ref").unique().sort()
    )
    subjects = accepted.incidents.select("incident_ref", is_subject=True)
    rows = accepted.every_incident.join(subjects, on="incident_ref", how="left")
    return (
        rows.join(children, on="incident_ref", how="left")
        .with_columns(
            pl.col("is_subject").fill_null(value=False),
            pl.when(_IS_DUPLICATE).then("duplicate_of"),
            pl.col("child_refs").fill_null([]),
            has_risk_form().alias("has_risk_form"),
        )
        .select(PAST_INCIDENTS.names())
    )


def unread_told(accepted: Accepted) -> pl.LazyFrame:
    """Of each rejected row that says which incident or episode it is the references that it bears (PAST_UNREAD)."""
    incidents = accepted.rejected_incidents.rename(SHARED).unpivot(
        list(SHARED.values()), index="incident_ref", variable_name="link", value_name="ref"
    )
    children = accepted.rejected_children.select("incident_ref", link=pl.lit(CHILD), ref="child_ref")
    episodes = accepted.rejected_missing_episodes.select("episode_ref", link=pl.lit(MISSING), ref="child_ref")
    rows = pl.concat(
        [
            incidents.rename({"incident_ref": "of"}),
            children.rename({"incident_ref": "of"}),
            episodes.rename({"episode_ref": "of"}),
        ]
    )
    return rows.select("link", "ref", "of").drop_nulls().unique().sort(pl.all())


def is_such(moment: Moment) -> pl.Expr:
    """Whether it is domestic abuse or has a referable concern (rules.md, HIS001); null is not known."""
    return is_domestic_abuse(moment) | has_referable_concern(moment)


def earlier_incidents(accepted: Accepted, moment: Moment) -> pl.LazyFrame:
    """The incidents of the kind, or that may be, that only an earlier extract held, with `is_such`.

    One that was told as a duplicate which nobody answered for does not count beside its master.
    """
    past = moment.past.incidents.lazy().filter(pl.col("reported_at") <= moment.as_of)
    masters = pl.concat(
        [
            accepted.every_incident.filter(~_IS_DUPLICATE.fill_null(value=False)).select("incident_ref"),
            past.filter(pl.col("duplicate_of").is_null()).select("incident_ref"),
        ]
    )
    unknown_tonight = past.filter("is_subject").join(accepted.every_incident, on="incident_ref", how="anti")
    for_themselves = unknown_tonight.join(masters, left_on="duplicate_of", right_on="incident_ref", how="anti")
    form = pl.when("has_risk_form").then(pl.lit(""))
    judged = for_themselves.with_columns(risk_form_ref=form, risk_form_at=pl.lit(None, UTC_TIME)).with_columns(
        is_such=is_such(moment)
    )
    return judged.filter(pl.col("is_such").fill_null(value=True))


def earlier_unread(accepted: Accepted, moment: Moment) -> pl.LazyFrame:
    """What earlier extracts could not read of an incident (PAST_UNREAD).

    An incident that tonight's extract holds tells by itself what cannot be read of it.
    """
    rows = moment.past.unread.lazy().filter(pl.col("link") != MISSING)
    return rows.join(accepted.every_incident, left_on="of", right_on="incident_ref", how="anti")
