"""What a verdict rests on, as one digest: what the rule's version means, and the values of the facts that it read.

A decision holds as long as this stays the same. No wording goes into it: not the texts of the rule, not the names of
its facts, not how its conditions are typed. Neither does the outcome, which follows from the facts and the moment, nor
the due time, which each line has in a column of its own: so it can be said that nothing else has changed.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
from sqlglot import exp

from checker.rulepack import CompiledRule
from checker.rulepack.guard import parse


def evidence_digests(rule: CompiledRule, rows: pl.DataFrame) -> pl.Series:
    """The SHA-256 of what this version of the rule goes by for each row, in hexadecimal, the same on every machine.

    Args:
        rule: The version that judged the rows.
        rows: A column for each fact that its predicates read.
    """
    places: dict[str, int] = {}
    meaning = [rule.rule.id, *(_meaning(text.text, rule, places) for text in (rule.applies, rule.violation))]
    start = hashlib.sha256(_in_json(meaning).encode())
    digests: dict[tuple[Any, ...], str] = {}  # most subjects of a rule are alike
    column = []
    for values in rows.select(*places).iter_rows() if places else [()] * rows.height:
        digest = digests.get(values)
        if digest is None:
            hashed = start.copy()
            hashed.update(_in_json([_plain(value) for value in values]).encode())
            digest = digests[values] = hashed.hexdigest()
        column.append(digest)
    return pl.Series("evidence_digest", column, dtype=pl.String)


def _meaning(text: str, rule: CompiledRule, places: dict[str, int]) -> list[Any]:
    """What a predicate says, each fact by the place at which the rule first names it."""
    return _form(parse(text, [*rule.applies.facts, *rule.violation.facts]), rule.rule.due_at, places)


def _form(node: exp.Expr, due_at: str, places: dict[str, int]) -> list[Any]:
    node = node.unnest()
    match node:
        case exp.Column() if node.name == due_at:
            return ["due"]
        case exp.Column():
            return ["fact", places.setdefault(node.name, len(places))]
        case exp.Literal() if node.is_string:
            return ["text", node.name]
        case exp.Literal():
            return ["number", f"{Decimal(node.name).normalize():f}"]
        case exp.Boolean():
            return ["yes/no", bool(node.this)]
        case exp.Interval():
            return ["hours", int(node.name)]
    return [node.key, *(_form(part, due_at, places) for part in _parts(node, type(node)))]


def _parts(node: exp.Expr, kind: type[exp.Expr]) -> list[exp.Expr]:
    """The parts of a node; those of an AND within an AND are its own, however they are put into brackets."""
    parts = [part.unnest() for part in node.iter_expressions()]
    if kind not in (exp.And, exp.Or):
        return parts
    return [each for part in parts for each in (_parts(part, kind) if type(part) is kind else [part])]


def _plain(value: Any) -> Any:
    """A fact's value as JSON has it: times in UTC, and no zero below zero."""
    if isinstance(value, datetime):
        return {"instant": value.astimezone(UTC).isoformat(timespec="microseconds")}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    return value + 0.0 if isinstance(value, float) else value


def _in_json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
