"""The predicates of a rule: yes/no questions in SQL about the facts of one subject, answered true, false or unknown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import polars as pl
from sqlglot import exp
from sqlglot.generator import Generator

from checker.facts.engine import Subject, unread_mark
from checker.rulepack.guard import PredicateError, parse


@dataclass(frozen=True, eq=False)
class Clause:
    """One AND, OR, NOT or condition of a predicate: its text, how deep it stands in the tree, and its own value.

    `with_unread` is the value where cells could not be read: see `Predicate`.
    """

    text: str
    depth: int
    expression: pl.Expr
    with_unread: pl.Expr


@dataclass(frozen=True, eq=False)
class Predicate:
    """A compiled predicate: its text as written, its value, and all its clauses in reading order, the whole one first.

    `facts` are those that it reads, in reading order. `conjuncts` are conditions that must all hold, none of which asks
    whether a fact is blank. `can_be_unknown` says whether it may give null at all. `null_tested` are the facts that it
    asks to be blank or not: a cell that could not be read is neither, so that `with_unread` asks for their marks.
    """

    text: str
    expression: pl.Expr
    clauses: tuple[Clause, ...]
    facts: tuple[str, ...]
    conjuncts: tuple[pl.Expr, ...]
    can_be_unknown: bool
    null_tested: tuple[str, ...]
    with_unread: pl.Expr


def compile_predicate(text: str, table: Subject) -> Predicate:
    """The predicate that `text` states over the facts of `table`.

    Raises:
        PredicateError: with every fault of the text; Polars has seen nothing of it that the guard has not passed.
    """
    tree = parse(text, list(table.by_name))
    reader = _Reader(table)
    kind, can_be_unknown = reader.read(tree)
    if kind not in (Kind.YES_NO, Kind.WRONG):
        reader.faults.append(f"gives {kind}, not yes/no; compare it with something")
    if reader.faults:
        raise PredicateError(reader.faults)
    try:  # on an empty frame Polars finds whatever would fail on any row
        clauses = tuple(_clauses(tree))
        pl.DataFrame(schema=table.schema).select(clause.expression.alias(str(n)) for n, clause in enumerate(clauses))
    except pl.exceptions.PolarsError as fault:
        raise PredicateError([f"cannot be judged: {str(fault).splitlines()[0]}"]) from None
    facts = tuple(dict.fromkeys(column.name for column in tree.find_all(exp.Column, bfs=False)))
    parts = list(tree.unnest().flatten()) if isinstance(tree.unnest(), exp.And) else [tree]
    conjuncts = tuple(pl.sql_expr(_text(part)) for part in parts if part.find(exp.Is) is None)
    null_tests = [test for test in tree.find_all(exp.Is) if isinstance(test.this, exp.Column)]
    return Predicate(
        text.strip(),
        clauses[0].expression,
        clauses,
        facts,
        conjuncts,
        can_be_unknown,
        null_tested=tuple(dict.fromkeys(test.this.name for test in null_tests)),
        with_unread=clauses[0].with_unread,
    )


def _heeding_unread(tree: exp.Expr) -> pl.Expr:
    """The condition, unknown where it asks whether a fact is blank that is marked as unread."""

    def heeded(node: exp.Expr) -> exp.Expr:
        if not (isinstance(node, exp.Is) and isinstance(node.this, exp.Column)):
            return node
        mark = exp.column(exp.to_identifier(unread_mark(node.this.name), quoted=True))
        return exp.case().when(mark, exp.null()).else_(node.copy())

    return pl.sql_expr(_text(tree.transform(heeded)))


class Kind(StrEnum):
    """What a value is, in the words that a fault is told in."""

    YES_NO = "yes/no"
    TEXT = "text"
    NUMBER = "a number"
    DATE_TIME = "a date-time"
    DATE = "a date"
    LENGTH = "a length of time"
    OTHER = "of a kind that no rule can use"
    WRONG = "wrong, and reported"

    @classmethod
    def of(cls, dtype: pl.DataType) -> Kind:
        """The kind of a fact of this type."""
        if dtype.is_numeric():
            return cls.NUMBER
        kinds = {pl.Boolean: cls.YES_NO, pl.String: cls.TEXT, pl.Datetime: cls.DATE_TIME, pl.Date: cls.DATE}
        return kinds.get(dtype.base_type(), cls.OTHER)


class _Reader:
    """Works out of what kind each part of a tree is and whether it can be unknown; collects what does not fit."""

    def __init__(self, table: Subject) -> None:
        self.facts = table.by_name
        self.faults: list[str] = []

    def read(self, node: exp.Expr) -> tuple[Kind, bool]:
        """The kind of a node, and whether it can be unknown."""
        match node:
            case exp.Paren():
                return self.read(node.this)
            case exp.Column():
                fact = self.facts[node.name]
                return Kind.of(fact.dtype), fact.nullable
            case exp.Boolean():
                return Kind.YES_NO, False
            case exp.Literal() | exp.Neg():
                return self._literal(node), False
            case exp.Interval():
                return self._length(node), False
            case exp.Null():
                return self._fault(node, "nothing equals NULL; write IS NULL or IS NOT NULL"), True
            case exp.Not() | exp.And() | exp.Or():
                return self._junction(node)
            case exp.Is():
                return self._is_null(node)
            case exp.Coalesce():
                kind, unknown = self._alike(node, [node.this, *node.expressions])
                return kind, all(unknown)
            case exp.Add() | exp.Sub() | exp.Mul():
                return self._calculation(node)
        return self._comparison(node)

    def _junction(self, node: exp.Expr) -> tuple[Kind, bool]:
        parts = [self.read(part) for part in node.iter_expressions()]
        if any(kind not in (Kind.YES_NO, Kind.WRONG) for kind, _ in parts):
            self._fault(node, f"{node.key.upper()} takes what is yes or no; compare the rest with something")
        return Kind.YES_NO, any(unknown for _, unknown in parts)

    def _is_null(self, node: exp.Expr) -> tuple[Kind, bool]:
        self._bracketed(node, [node.this])
        self.read(node.this)
        if not isinstance(node.expression, exp.Null):
            self._fault(node, "only IS NULL and IS NOT NULL are permitted; write the fact by itself, or NOT before it")
        return Kind.YES_NO, False

    def _comparison(self, node: exp.Expr) -> tuple[Kind, bool]:
        parts = list(node.iter_expressions())
        self._bracketed(node, parts)
        if any(not isinstance(value, (exp.Literal, exp.Neg)) for value in node.expressions):
            return self._fault(node, "IN takes a list of texts or of numbers, neither facts nor NULL"), False
        kind, unknown = self._alike(node, parts)
        if kind in (Kind.YES_NO, Kind.TEXT) and not isinstance(node, (exp.EQ, exp.NEQ, exp.In)):
            self._fault(node, f"what is {kind} has no order; compare it with =, <> or IN")
        return Kind.YES_NO, any(unknown)

    def _calculation(self, node: exp.Expr) -> tuple[Kind, bool]:
        parts = list(node.iter_expressions())
        self._bracketed(node, parts)
        (left, left_unknown), (right, right_unknown) = (self.read(part) for part in parts)
        unknown = left_unknown or right_unknown
        if Kind.WRONG in (left, right):
            return Kind.WRONG, unknown
        if left == right == Kind.NUMBER:
            return Kind.NUMBER, unknown
        if (left, right) == (Kind.DATE_TIME, Kind.LENGTH) and not isinstance(node, exp.Mul):
            return Kind.DATE_TIME, unknown
        if left == right == Kind.DATE_TIME and isinstance(node, exp.Sub):
            return Kind.LENGTH, unknown
        return self._fault(node, f"cannot calculate with {left} and {right}"), unknown

    def _alike(self, node: exp.Expr, parts: list[exp.Expr]) -> tuple[Kind, list[bool]]:
        read = [self.read(part) for part in parts]
        kinds = list(dict.fromkeys(kind for kind, _ in read if kind != Kind.WRONG))
        unknown = [part_unknown for _, part_unknown in read]
        if len(kinds) > 1:
            return self._fault(node, f"{kinds[0]} cannot be compared with {kinds[1]}"), unknown
        if kinds == [Kind.OTHER]:
            return self._fault(node, f"is {Kind.OTHER}"), unknown
        return (kinds[0] if kinds else Kind.WRONG), unknown

    def _bracketed(self, node: exp.Expr, parts: list[exp.Expr]) -> None:
        # Readers of SQL disagree on what `a = b < c` means, people most of all.
        if any(isinstance(part, (exp.Predicate, exp.Connector, exp.Not)) for part in parts):
            self._fault(node, "put brackets round a condition that is compared")

    def _literal(self, node: exp.Expr) -> Kind:
        if isinstance(node, exp.Literal) and node.is_string:
            return Kind.TEXT
        number = node.this if isinstance(node, exp.Neg) else node
        plain = isinstance(number, exp.Literal) and not number.is_string
        if not plain or not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", number.name):
            return self._fault(node, "write a number plainly, for example 24, 0.5 or -1")
        return Kind.NUMBER

    def _length(self, node: exp.Expr) -> Kind:
        if not re.fullmatch(r"[0-9]{1,6}", node.name) or str(node.args["unit"]).upper() not in ("HOUR", "HOURS"):
            return self._fault(node, "a length of time is in whole hours, INTERVAL '72 hours': days are not all alike")
        return Kind.LENGTH

    def _fault(self, node: exp.Expr, fault: str) -> Kind:
        self.faults.append(f"{' '.join(_text(node).split())}: {fault}")  # a text in it may hold a line break
        return Kind.WRONG


class _Writer(Generator):
    """Writes `x IS NOT NULL`, `x NOT IN (…)` and `x NOT BETWEEN …` as people do, where sqlglot puts NOT in front."""

    def not_sql(self, expression: exp.Not) -> str:
        inner = expression.this
        if not isinstance(inner, (exp.Is, exp.In, exp.Between)):
            return super().not_sql(expression)
        subject = self.sql(inner, "this")
        rest = self.sql(inner).removeprefix(subject)
        return f"{subject} IS NOT{rest.removeprefix(' IS')}" if isinstance(inner, exp.Is) else f"{subject} NOT{rest}"


def _text(node: exp.Expr) -> str:
    return _Writer(comments=False).generate(node)


def _clauses(node: exp.Expr, depth: int = 0) -> Iterator[Clause]:
    node = node.unnest()
    text = _text(node)
    yield Clause(text, depth, pl.sql_expr(text), _heeding_unread(node))
    parts: list[exp.Expr] = []
    if isinstance(node, (exp.And, exp.Or)):
        parts = list(node.flatten())
    elif isinstance(node, exp.Not) and not isinstance(node.this, (exp.Is, exp.In, exp.Between)):
        parts = [node.this]
    for part in parts:
        yield from _clauses(part, depth + 1)
