"""What the facts of a missing episode and of a missing child have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl

from checker.facts.accepted import Accepted
from checker.facts.child import latest_incidents
from checker.facts.fact import Fact, carried
from checker.facts.incident import CONCERN_TYPES
from checker.facts.moment import UTC_TIME, Moment

ACT_WITHIN = timedelta(hours=24)  # rules.md, MIS001 and MIS002
TABLES = ("missing_episodes",)

_OF_INCIDENT = ("incident_ref", "district", "team", "supervisor_id", "concern_types")


def is_countable() -> pl.Expr:
    """Whether an episode counts (rules.md, MIS001): cancelled ones do not, a blank status does."""
    return pl.col("status").ne_missing(pl.lit("cancelled"))


def latest_incident_of(accepted: Accepted) -> pl.LazyFrame:
    """Of each child what its latest incident, duplicates included, tells of a line about it."""
    return latest_incidents(accepted).select("child_ref", *_OF_INCIDENT)


def _of_incident(column: str, sample: str, description: str | None = None) -> Fact:
    fact = carried("incidents", column, sample, description)
    return replace(fact, nullable=True, tables=TABLES)


def latest_incident_facts() -> tuple[Fact, ...]:
    """The facts of a line that come from the latest incident of the child."""
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
            tables=TABLES,
        ),
        _of_incident("supervisor_id", "PS-1"),
        replace(CONCERN_TYPES, tables=TABLES),
    )


def own(column: str, sample: object, description: str | None = None) -> Fact:
    """A fact that is a column of the missing episodes as it stands."""
    return replace(carried("missing_episodes", column, sample, description), tables=TABLES)


def fact(
    name: str,
    dtype: pl.DataType,
    description: str,
    sample: object,
    expression: Callable[[Moment], pl.Expr],
    nullable: bool = False,
) -> Fact:
    """A fact that cannot be known without the missing episodes."""
    return Fact(name, dtype, description, sample, expression, nullable, TABLES)


def due(name: str, description: str, sample: datetime, expression: pl.Expr, nullable: bool = False) -> Fact:
    """A date-time fact by which a rule says until when there is time."""
    return fact(name, UTC_TIME, description, sample, lambda _: expression, nullable)


def in_words(name: str, description: str, sample: str, expression: Callable[[Moment], pl.Expr]) -> Fact:
    """A fact in words."""
    return fact(name, pl.String(), description, sample, expression)
