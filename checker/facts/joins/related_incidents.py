"""Related incidents: others, before an incident and since, that share its victim, its suspect or a child.

What counts is a safeguarding incident (domestic abuse, or with a referable concern), or one that may be. A place is
not a link here: a hostel or a hospital is not a household.
"""

from __future__ import annotations

import polars as pl

from checker.facts.joins import ordered_groups
from checker.facts.observations import CHILD
from checker.facts.tables import Tables
from checker.schemas import RISK_LEVELS

REFERENCES = {"victim_ref": "victim", "suspect_ref": "suspect"}


def related_incidents(incidents: pl.LazyFrame, tables: Tables) -> pl.LazyFrame:
    """For each incident (`row`) with a reference `incidents_before`, `incidents_since` and `risk_later`.

    The first two count the others of the reference that has the most: not their sum, for the same incident may share
    several. `risk_later` is the highest grade since, as a number from 1 (standard) on; 0 is none.

    Args:
        incidents: Those that answer for themselves, with their number `row`, with `is_safeguarding`, and with the
            columns of the contract.
        tables: The rows of the extract, for their children.
    """
    counts = pl.col("counts").cast(pl.Int64)
    found = ordered_groups.in_groups(_links(incidents, tables), ["link", "ref"]).with_columns(
        incidents_before=ordered_groups.before(counts),
        incidents_since=ordered_groups.after(counts),
        risk_later=ordered_groups.greatest_after(pl.col("risk").cast(pl.Int64), len(RISK_LEVELS)),
    )
    return found.group_by("row").agg(pl.col("incidents_before", "incidents_since", "risk_later").max())


def risk_number(level: pl.Expr) -> pl.Expr:
    """The place of a risk level, 1 for the lowest; a blank one has 0."""
    return level.replace_strict(
        {name: place for place, name in enumerate(RISK_LEVELS, 1)}, default=0, return_dtype=pl.Int8
    )


def _links(incidents: pl.LazyFrame, tables: Tables) -> pl.LazyFrame:
    """One row for each reference that an incident may share with others: `link` and `ref`."""
    counts = pl.col("is_safeguarding").fill_null(value=True)
    risk = pl.when(counts).then(risk_number(pl.col("risk_level"))).otherwise(0)
    columns = ("row", "reported_at", counts.alias("counts"), risk.cast(pl.Int8).alias("risk"))
    children = tables.children.select("child_ref", incident_ref="primary_ref").unique()
    parts = [incidents.select(*columns, link=pl.lit(link), ref=column) for column, link in REFERENCES.items()]
    parts.append(incidents.join(children, on="incident_ref").select(*columns, link=pl.lit(CHILD), ref="child_ref"))
    return pl.concat(parts).filter(pl.col("ref").is_not_null())
