"""What a fact is: a named, described Polars expression about one subject."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from checker.config import LONDON
from checker.facts.moment import Moment
from checker.schemas import MODELS

SAMPLE_REPORTED_AT = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)  # of the incident in the subjects' sample rows


@dataclass(frozen=True)
class Fact:
    """One thing that a rule may ask of its subject.

    `expression` gives it from the subject's own columns and the facts before it. `sample` is its value in the
    subject's sample row, on which the examples of a rule build. A `nullable` fact can be unknown. `tables` are the
    optional tables without which it cannot be known: a rule that reads it is not run where one of them is missing. A
    table may be put as several that do as well, joined by `|`, one of them perhaps a column: `table|table.column`.
    """

    name: str
    dtype: pl.DataType
    description: str
    sample: object
    expression: Callable[[Moment], pl.Expr]
    nullable: bool = False
    tables: tuple[str, ...] = ()


@dataclass(frozen=True)
class FactTable:
    """The facts of one subject, and which of them (`key`) tell one subject from another for good.

    `of_incidents` says whether its `reported_at` is that of an incident of the extract.
    """

    subject: str
    description: str
    key: tuple[str, ...]
    facts: tuple[Fact, ...]
    of_incidents: bool = True

    @property
    def schema(self) -> pl.Schema:
        """Every fact's name and type, for compiling a predicate without data."""
        return pl.Schema({fact.name: fact.dtype for fact in self.facts})

    @property
    def by_name(self) -> dict[str, Fact]:
        """Every fact under its name."""
        return {fact.name: fact for fact in self.facts}

    def plan(self, subjects: pl.LazyFrame, moment: Moment) -> pl.LazyFrame:
        """One row a subject with all its facts, as a lazy plan over the frame of its own columns."""
        for fact in self.facts:
            expression = fact.expression(moment)
            # A column that is a fact as it stands is left alone, so that a filter on it reaches down to the tables.
            if not expression.meta.eq(pl.col(fact.name)):
                subjects = subjects.with_columns(expression.cast(fact.dtype).alias(fact.name))
        return subjects.select(fact.name for fact in self.facts)


def needed_in_words(needed: Iterable[str], also: str = " and ", instead: str = " or ") -> str:
    """What facts cannot do without (see Fact): `plans and flags table`, `x table or y column in z`."""
    plain = [name for name in needed if "|" not in name]
    parts = [f"{also.join(plain)} table"] if plain else []
    for any_of in needed:
        if any_of not in plain:
            parts.append(instead.join(_place_in_words(name) for name in any_of.split("|")))
    return also.join(parts)


def _place_in_words(name: str) -> str:
    table, _, column = name.partition(".")
    return f"{column} column in {table}" if column else f"{table} table"


def carried(table: str, column: str, sample: object, description: str | None = None) -> Fact:
    """A fact that is a column of the contract as it stands, described in the contract's words."""
    field = MODELS[table].to_schema().columns[column]
    dtype = field.dtype.type
    return Fact(
        name=column,
        dtype=dtype if isinstance(dtype, pl.DataType) else dtype(),
        description=description or field.description,
        sample=sample,
        expression=lambda _: pl.col(column),
        nullable=field.nullable,
    )


def elapsed(start: pl.Expr, end: pl.Expr) -> pl.Expr:
    """Elapsed hours between two instants; an hour is an hour across a clock change."""
    return (end - start).dt.total_microseconds() / 3_600_000_000


def local_date(instant: pl.Expr) -> pl.Expr:
    """The date in London at the instant."""
    return instant.dt.convert_time_zone(LONDON).dt.date()


def anniversary(date: pl.Expr, years: int) -> pl.Expr:
    """The date some years on; a 29 February falls on 1 March in a year that has none (rules.md, "child")."""
    later = date.dt.offset_by(f"{years}y")  # which is 28 February in such a year
    return later + pl.duration(days=(later.dt.day() < date.dt.day()).cast(pl.Int64))


def start_of_day(date: pl.Expr) -> pl.Expr:
    """The instant in UTC at which the date begins in London."""
    return date.cast(pl.Datetime("us")).dt.replace_time_zone(LONDON).dt.convert_time_zone("UTC")
