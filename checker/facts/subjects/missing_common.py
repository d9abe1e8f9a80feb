"""What the facts of a missing episode and of a missing child have in common."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl

from checker.facts.context import Context
from checker.facts.engine import Fact, carried, left_join
from checker.facts.joins.latest_incident import latest_incidents
from checker.facts.subjects.incident import CONCERN_TYPES
from checker.facts.tables import Tables
from checker.london_time import UTC_TIME

ACT_WITHIN = timedelta(hours=24)  # rules.md, MIS001 and MIS002
NEEDS = ("missing_episodes",)

_OF_INCIDENT = ("incident_ref", "district", "team", "supervisor_id", "concern_types")


def missing_children(tables: Tables) -> pl.LazyFrame:
    """Each `child_ref` on a missing episode, or on a row of one that could not be read."""
    rows = (tables.missing_episodes, tables.rejected_missing_episodes)
    return pl.concat([each.select("child_ref") for each in rows]).drop_nulls().unique()


def _latest_incident(tables: Tables, _: Context) -> pl.LazyFrame:
    return latest_incidents(tables, missing_children(tables)).select("child_ref", *_OF_INCIDENT)


LATEST_INCIDENT = left_join("latest incident of the child", "child_ref", _OF_INCIDENT, _latest_incident)


def _of_incident(column: str, sample: str, description: str | None = None) -> Fact:
    fact = carried("incidents", column, sample, description)
    return replace(fact, nullable=True)


def latest_incident_facts() -> tuple[Fact, ...]:
    """The facts of a missing child or episode that come from the latest incident of the child."""
    return (
        _of_incident("incident_ref", "INC-1", "the latest incident of the child, duplicates included, if there is one"),
        _of_incident("district", "North"),
        _of_incident("team", "Response 1"),
        Fact(
            "officer_id",
            pl.String(),
            "always blank: the officer of that incident has no part in the episode",
            None,
            lambda _: pl.lit(None, pl.String),
            nullable=True,
        ),
        _of_incident("supervisor_id", "PS-1"),
        CONCERN_TYPES,
    )


def own(column: str, sample: object, description: str | None = None) -> Fact:
    """A fact that is a column of the missing episodes as it stands."""
    return carried("missing_episodes", column, sample, description)


def due(name: str, description: str, sample: datetime, expression: pl.Expr, nullable: bool = False) -> Fact:
    """A date-time fact: the time by which something is due."""
    return Fact(name, UTC_TIME, description, sample, lambda _: expression, nullable)
