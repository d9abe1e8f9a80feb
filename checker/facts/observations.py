"""What later runs look back on: the incidents and episodes of an extract, and those of earlier extracts.

Nothing is judged when it is recorded: a later run judges all that it looks back on under its own policy.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from checker.facts.context import PAST_EPISODES, PAST_INCIDENTS, Context, KnownHistory
from checker.facts.safeguarding import has_risk_form, is_safeguarding
from checker.facts.tables import Tables
from checker.london_time import UTC_TIME

SHARED = {"victim_ref": "victim", "suspect_ref": "suspect", "location_ref": "location"}
YEAR, QUARTER = 365, 90  # days of a look-back (rules.md, HIS001 and HIS002), elapsed
CHILD, MISSING = "child", "missing"  # links of a children row and of a missing_episodes row

_IS_DUPLICATE = pl.col("status") == "duplicate"


def observed(tables: Tables) -> KnownHistory:
    """The incidents, the missing episodes and the unreadable rows of the extract, as later runs look back on them."""
    episodes = tables.missing_episodes.select(PAST_EPISODES.names())
    return KnownHistory(_incidents(tables).collect(), episodes.collect(), _unreadable(tables).collect())


def _incidents(tables: Tables) -> pl.LazyFrame:
    """Every incident as later runs look back on it (PAST_INCIDENTS)."""
    children = tables.children.group_by(incident_ref="primary_ref").agg(child_refs=pl.col("child_ref").unique().sort())
    subjects = tables.incidents.select("incident_ref", is_subject=True)
    rows = tables.every_incident.join(subjects, on="incident_ref", how="left")
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


def _unreadable(tables: Tables) -> pl.LazyFrame:
    """The references on each rejected row that names its incident or its episode (PAST_UNREADABLE)."""
    incidents = tables.rejected_incidents.rename(SHARED).unpivot(
        list(SHARED.values()), index="incident_ref", variable_name="link", value_name="ref"
    )
    children = tables.rejected_children.select("incident_ref", link=pl.lit(CHILD), ref="child_ref")
    episodes = tables.rejected_missing_episodes.select("episode_ref", link=pl.lit(MISSING), ref="child_ref")
    rows = pl.concat(
        [
            incidents.rename({"incident_ref": "of"}),
            children.rename({"incident_ref": "of"}),
            episodes.rename({"episode_ref": "of"}),
        ]
    )
    return rows.select("link", "ref", "of").drop_nulls().unique().sort(pl.all())


def earlier_incidents(tables: Tables, context: Context) -> pl.LazyFrame:
    """The safeguarding incidents, or those that may be, that only an earlier extract held, with `is_safeguarding`.

    A duplicate that no incident answered for does not count beside its master.
    """
    past = context.history.incidents.lazy().filter(pl.col("reported_at") <= context.as_of)
    masters = pl.concat(
        [
            tables.every_incident.filter(~_IS_DUPLICATE.fill_null(value=False)).select("incident_ref"),
            past.filter(pl.col("duplicate_of").is_null()).select("incident_ref"),
        ]
    )
    unknown_tonight = past.filter("is_subject").join(tables.every_incident, on="incident_ref", how="anti")
    for_themselves = unknown_tonight.join(masters, left_on="duplicate_of", right_on="incident_ref", how="anti")
    form = pl.when("has_risk_form").then(pl.lit(""))
    judged = for_themselves.with_columns(risk_form_ref=form, risk_form_at=pl.lit(None, UTC_TIME)).with_columns(
        is_safeguarding=is_safeguarding(context)
    )
    return judged.filter(pl.col("is_safeguarding").fill_null(value=True))


def earlier_unreadable(tables: Tables, context: Context) -> pl.LazyFrame:
    """What earlier extracts could not read of an incident (PAST_UNREADABLE).

    An incident of tonight's extract is not among them: its own rejected rows say what cannot be read.
    """
    rows = context.history.unreadable.lazy().filter(pl.col("link") != MISSING)
    return rows.join(tables.every_incident, left_on="of", right_on="incident_ref", how="anti")


def looks_back_from(tables: Tables) -> datetime | None:
    """The time (UTC) from which earlier incidents matter to those of the extract; None where it has none."""
    first: datetime | None = tables.incidents.select(pl.col("reported_at").min()).collect().item()
    return first and first - timedelta(days=YEAR)


def observed_referrals(tables: Tables) -> pl.DataFrame:
    """Every accepted referral, under the incident that answers for it.

    The columns are `referral_ref`, `child_ref` (blank: every child of the incident), `is_submitted`, `submitted_at`
    (UTC) and `incident_ref`.
    """
    is_submitted = (pl.col("status") == "submitted").fill_null(value=False).alias("is_submitted")
    columns = ("referral_ref", "child_ref", is_submitted, "submitted_at")
    return tables.referrals.select(*columns, incident_ref="primary_ref").collect()
