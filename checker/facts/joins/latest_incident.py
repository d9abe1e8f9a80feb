"""The latest incident of each child."""

from __future__ import annotations

import polars as pl

from checker.facts.tables import Tables

_COLUMNS = ("incident_ref", "reported_at", "district", "team", "officer_id", "supervisor_id", "concern_types")


def latest_incidents(tables: Tables, some: pl.LazyFrame | None = None) -> pl.LazyFrame:
    """Each child_ref with its latest incident, by reported_at then by reference, duplicates included.

    Args:
        tables: The rows of the extract.
        some: Of these children alone (`child_ref`); default: of all.
    """
    incidents = tables.every_incident.select(_COLUMNS)
    children = tables.children.select("child_ref", "incident_ref")
    theirs = children if some is None else children.join(some, on="child_ref", how="semi")
    seen = theirs.join(incidents, on="incident_ref", how="left")
    return seen.sort("reported_at", "incident_ref").unique("child_ref", keep="last", maintain_order=True)
