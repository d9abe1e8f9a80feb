"""The latest incident of each child."""

from __future__ import annotations

import polars as pl

from checker.facts.tables import Tables

_COLUMNS = ("incident_ref", "reported_at", "district", "team", "officer_id", "supervisor_id", "concern_types")


def latest_incidents(tables: Tables) -> pl.LazyFrame:
    """Each child_ref with its latest incident, by reported_at then by reference, duplicates included."""
    incidents = tables.every_incident.select(_COLUMNS)
    seen = tables.children.select("child_ref", "incident_ref").join(incidents, on="incident_ref", how="left")
    return seen.sort("reported_at", "incident_ref").unique("child_ref", keep="last", maintain_order=True)
