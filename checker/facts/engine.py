"""The facts engine: a plan for one subject that holds only the joins whose columns somebody reads.

A fact is a named expression; what it reads is found in the expression itself (`meta.root_names`). Only a join
declares what it provides. From the facts that are wanted the engine walks backwards, through the facts and columns
that these read, to the joins that provide them. No rule, no fact and no caller lists a join.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import polars as pl

from checker.facts.context import Context
from checker.facts.tables import UNREAD, Tables
from checker.schemas import MODELS

SAMPLE_REPORTED_AT = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)  # the incident in the sample rows of the subjects
_IS_UNREAD = " is unread"


@dataclass(frozen=True)
class Fact:
    """One thing that a rule may ask about its subject.

    `expression` gives it from the subject's columns and from the facts before it. `sample` is its value in the
    subject's sample row, which the examples of a rule build on. A `nullable` fact can be unknown.
    """

    name: str
    dtype: pl.DataType
    description: str
    sample: object
    expression: Callable[[Context], pl.Expr]
    nullable: bool = False


_Found = TypeVar("_Found")


@dataclass(frozen=True)
class Shared(Generic[_Found]):
    """What several plans of a run look into, found once for the whole extract."""

    name: str
    find: Callable[[Tables, Context], _Found]

    def of(self, tables: Tables) -> _Found:
        """What was found for this run; `Subject.plan` finds it before it attaches a source that looks into it."""
        found: _Found = tables.shared[self.name]
        return found


@dataclass(frozen=True)
class Source:
    """One join onto the rows of a subject: `attach` adds the columns that it `provides`, and no row.

    `needs` are optional tables without which these columns say nothing: a rule that reads one of them is not run where
    a table is missing. `table|other.column` means that either is enough. `reads_history` says that they also depend on
    what the store knows of earlier extracts. `shared` is what it looks into, found once a run.
    """

    name: str
    provides: frozenset[str]
    attach: Callable[[pl.LazyFrame, Tables, Context], pl.LazyFrame]
    needs: tuple[str, ...] = ()
    reads_history: bool = False
    shared: tuple[Shared[Any], ...] = ()


def left_join(
    name: str,
    on: str | Sequence[str],
    provides: Iterable[str],
    found: Callable[[Tables, Context], pl.LazyFrame],
    needs: tuple[str, ...] = (),
    reads_history: bool = False,
    shared: tuple[Shared[Any], ...] = (),
) -> Source:
    """A source whose columns are looked up by key; `found` gives them, one row for each key, blank where none is."""

    def attach(rows: pl.LazyFrame, tables: Tables, context: Context) -> pl.LazyFrame:
        return rows.join(found(tables, context), on=on, how="left", maintain_order="left")

    return Source(name, frozenset(provides), attach, needs, reads_history, shared)


@dataclass(frozen=True)
class _Walk:
    """What a plan must hold: the facts in their order, and the columns that the base rows and the sources give."""

    facts: tuple[tuple[Fact, pl.Expr], ...]
    columns: frozenset[str]


@dataclass(frozen=True)
class Subject:
    """What a rule judges: how its rows are found, the joins that can be attached to them, and its facts.

    `key` are the columns that identify a subject for good. `base` gives one row for each subject with its own columns,
    those of `table` among them (None: the rows are not of one table). `needs` are optional tables without which there
    is no subject at all. `is_incident` says whether `reported_at` is that of an incident of the extract,
    `within_incident` whether each subject belongs to one incident and its facts can be read from a `part_of` the tables
    that has this incident. `of_incident` are the facts that its base rows have from `facts_on` that incident.

    An accepted row names the columns whose cells could not be read (Tables.unread). Every fact that reads one of them
    is unknown for that row, unless it asks for it through `known` and so decides by what else is known.
    """

    name: str
    description: str
    key: tuple[str, ...]
    base: Callable[[Tables, Context], pl.LazyFrame]
    facts: tuple[Fact, ...]
    sources: tuple[Source, ...] = ()
    table: str | None = None
    needs: tuple[str, ...] = ()
    is_incident: bool = True
    within_incident: bool = False
    of_incident: tuple[str, ...] = ()
    by_name: dict[str, Fact] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {fact.name: fact for fact in self.facts})

    @property
    def schema(self) -> pl.Schema:
        """Every fact's name and type, for compiling a predicate without data."""
        return pl.Schema({fact.name: fact.dtype for fact in self.facts})

    def plan(
        self, tables: Tables, context: Context, wanted: Collection[str], unread: Collection[str] = ()
    ) -> pl.LazyFrame:
        """One row for each subject with the facts that are wanted, in the subject's order, times in UTC.

        Args:
            tables: The rows of the extract.
            context: The context of the run.
            wanted: The names of the facts.
            unread: Facts that get a column `<name> is unread`: whether it is unknown because a cell could not be read.
        """
        walk = self._walk(context, {*wanted, *unread})
        tables = self.share(tables, context, wanted)
        rows = self.base(tables, context)
        for source in self._attached(walk):
            rows = source.attach(rows, tables, context)
        of_incident = self.of_incident if tables.unread_columns("incidents") else ()
        rows = _with_facts(rows, walk, tables.unread_columns(self.table), unread, of_incident)
        names = [fact.name for fact in self.facts if fact.name in wanted]
        return rows.select(*names, *(unread_mark(name) for name in unread))

    def can_be_unread(self, tables: Tables) -> bool:
        """Whether a row of the extract has a cell that could not be read and that the subject's own facts read."""
        return bool(tables.unread_columns(self.table) or (self.of_incident and tables.unread_columns("incidents")))

    def facts_on(self, rows: pl.LazyFrame, tables: Tables, context: Context, wanted: Collection[str]) -> pl.LazyFrame:
        """The rows of the same table with the wanted facts, which need no join, and with their marks of unread cells.

        Raises:
            ValueError: one of the facts needs a join.
        """
        walk = self._walk(context, wanted)
        if joins := self._attached(walk):
            raise ValueError(f"{self.name}: {', '.join(wanted)} need {', '.join(source.name for source in joins)}")
        unread = tables.unread_columns(self.table)
        return _with_facts(rows, walk, unread, wanted if unread else ())

    def sources_of(self, context: Context, wanted: Collection[str]) -> tuple[Source, ...]:
        """The joins that a plan for these facts holds, in the order in which they are attached."""
        return self._attached(self._walk(context, wanted))

    def share(self, tables: Tables, context: Context, wanted: Collection[str]) -> Tables:
        """The tables with what plans for these facts look into; what is there already is kept."""
        missing = {
            shared.name: shared
            for source in self.sources_of(context, wanted)
            for shared in source.shared
            if shared.name not in tables.shared
        }
        if not missing:
            return tables
        found = {name: shared.find(tables, context) for name, shared in missing.items()}
        return replace(tables, shared={**tables.shared, **found})

    def needs_of(self, context: Context, wanted: Collection[str]) -> tuple[str, ...]:
        """The optional tables without which these facts cannot be known, each as in `Source.needs`."""
        joined = (need for source in self.sources_of(context, wanted) for need in source.needs)
        return tuple(dict.fromkeys((*self.needs, *joined)))

    def with_base(self, base: Callable[[Tables, Context], pl.LazyFrame]) -> Subject:
        """The same subject over other rows."""
        return replace(self, base=base)

    def _attached(self, walk: _Walk) -> tuple[Source, ...]:
        return tuple(source for source in self.sources if not source.provides.isdisjoint(walk.columns))

    def _walk(self, context: Context, wanted: Collection[str]) -> _Walk:
        """Walk backwards from the wanted facts: a name means the fact before it, or else a column."""
        needed, found = set(wanted), list[tuple[Fact, pl.Expr]]()
        if unknown := needed - self.by_name.keys():
            raise ValueError(f"{self.name} has no fact {', '.join(sorted(unknown))}")
        for fact in reversed(self.facts):
            if fact.name in needed:
                expression = fact.expression(context)
                # A column that is a fact as it stands is left alone, so that a filter on it reaches the tables.
                if expression.meta.eq(pl.col(fact.name)):
                    found.append((fact, expression))
                    continue
                needed.discard(fact.name)
                needed.update(expression.meta.root_names())
                found.append((fact, expression))
        return _Walk(tuple(reversed(found)), frozenset(needed))


def known(column: str) -> pl.Expr:
    """Whether the cell holds a value: true, false where it is surely blank, unknown where it could not be read.

    A fact that reads a column through this decides itself what an unread cell means; see `Subject`.
    """
    return pl.when(~pl.col(unread_mark(column))).then(pl.col(column).is_not_null())


def unread_mark(name: str) -> str:
    """The name of the column that says whether a fact or a column is unknown because a cell could not be read."""
    return name + _IS_UNREAD


def _with_facts(
    rows: pl.LazyFrame,
    walk: _Walk,
    unread: frozenset[str],
    marked: Collection[str] = (),
    of_incident: Collection[str] = (),
) -> pl.LazyFrame:
    """The rows with the facts of the walk; unknown where a fact reads a cell of the row that could not be read.

    Args:
        rows: The base rows with what the sources add.
        walk: The facts.
        unread: The columns of the rows that have cells which could not be read.
        marked: Facts that get a mark of their own.
        of_incident: Facts that have their mark already.
    """
    decided = sorted(name for name in walk.columns if name.endswith(_IS_UNREAD))
    if decided:
        rows = rows.with_columns(_is_unread(name.removesuffix(_IS_UNREAD), unread).alias(name) for name in decided)
    reads: dict[str, frozenset[str]] = {}  # the unread columns that each fact rests on
    for fact, expression in walk.facts:
        if unread:
            roots = set(expression.meta.root_names())
            undecided = (root for root in roots if unread_mark(root) not in roots)
            reads[fact.name] = frozenset().union(*(reads.get(root, unread & {root}) for root in undecided))
            if reads[fact.name]:
                lost = pl.any_horizontal(_is_unread(column, unread) for column in sorted(reads[fact.name]))
                rows = rows.with_columns(pl.when(~lost).then(expression).cast(fact.dtype).alias(fact.name))
                continue
        if not expression.meta.eq(pl.col(fact.name)):
            rows = rows.with_columns(expression.cast(fact.dtype).alias(fact.name))
    marks = {name: sorted(reads.get(name, ())) for name in marked if name not in of_incident}
    for name, columns in marks.items():
        is_lost = pl.any_horizontal(pl.lit(value=False), *(_is_unread(column, unread) for column in columns))
        rows = rows.with_columns(is_lost.alias(unread_mark(name)))
    return rows


def _is_unread(column: str, unread: frozenset[str]) -> pl.Expr:
    return pl.col(UNREAD).list.contains(column).fill_null(value=False) if column in unread else pl.lit(value=False)


def needs_in_words(needs: Iterable[str], also: str = " and ", instead: str = " or ") -> str:
    """What facts cannot do without (see Source): `plans and flags table`, `x table or y column in z`."""
    plain = [name for name in needs if "|" not in name and "." not in name]
    parts = [f"{also.join(plain)} table"] if plain else []
    for any_of in needs:
        if any_of not in plain:
            parts.append(instead.join(_place_in_words(name) for name in any_of.split("|")))
    return also.join(parts)


def _place_in_words(name: str) -> str:
    table, _, column = name.partition(".")
    return f"{column} column in {table}" if column else f"{table} table"


def carried(table: str, column: str, sample: object, description: str | None = None) -> Fact:
    """A fact that is a column of the contract as it stands, described in the contract's words."""
    contract = MODELS[table].to_schema().columns[column]
    dtype = contract.dtype.type
    return Fact(
        name=column,
        dtype=dtype if isinstance(dtype, pl.DataType) else dtype(),
        description=description or contract.description,
        sample=sample,
        expression=lambda _: pl.col(column),
        nullable=contract.nullable,
    )
