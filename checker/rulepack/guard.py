"""The guard in front of Polars: parses a predicate and refuses every node of its tree that is not on a short list.

`pl.sql_expr` opens the files and addresses that a subquery names while it only parses it: it must not see such a text.
"""

from __future__ import annotations

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from checker.config import nearest

LONGEST_PREDICATE = 1000  # characters: a condition that a person approves fits on a screen

# What a predicate may be made of: each kind of node, and which of its parts may be filled.
PERMITTED: dict[type[exp.Expr], set[str]] = {
    exp.And: {"this", "expression"},
    exp.Or: {"this", "expression"},
    exp.Not: {"this"},
    exp.Paren: {"this"},
    exp.EQ: {"this", "expression"},
    exp.NEQ: {"this", "expression"},
    exp.LT: {"this", "expression"},
    exp.LTE: {"this", "expression"},
    exp.GT: {"this", "expression"},
    exp.GTE: {"this", "expression"},
    exp.In: {"this", "expressions"},
    exp.Between: {"this", "low", "high"},
    exp.Is: {"this", "expression"},
    exp.Coalesce: {"this", "expressions"},
    exp.Add: {"this", "expression"},
    exp.Sub: {"this", "expression"},
    exp.Mul: {"this", "expression"},
    exp.Neg: {"this"},
    exp.Column: {"this"},
    exp.Identifier: {"this", "quoted"},
    exp.Literal: {"this", "is_string"},
    exp.Boolean: {"this"},
    exp.Null: set(),
    exp.Interval: {"this", "unit"},
    exp.Var: {"this"},
}

# Why something else is not permitted, and what to write instead; the first that fits is said.
_REMEDIES: tuple[tuple[tuple[type[exp.Expr], ...], str], ...] = (
    (
        (exp.Query, exp.Subquery, exp.Exists, exp.In, exp.All, exp.Any, exp.ReadCSV),
        "a rule reads only the facts of its subject, no table and no file",
    ),
    ((exp.AggFunc, exp.Window, exp.Unnest), "whatever looks at several rows is a fact, never SQL in a rule"),
    (
        (exp.CurrentDate, exp.CurrentTime, exp.CurrentDatetime, exp.CurrentTimestamp),
        "no rule reads the clock; as_of is compared with due_at for you",
    ),
    ((exp.Rand,), "the same extract must always give the same verdicts"),
    ((exp.Like, exp.ILike, exp.RegexpLike), "text is compared whole, with = or IN; a pattern is a fact"),
    ((exp.Case, exp.If), "write it with AND, OR and NOT"),
    ((exp.Div, exp.Mod), "x / 0 has no sound answer; multiply the other side instead"),
    ((exp.Cast,), "a fixed date belongs in effective_from, anything else in a fact"),
    ((exp.NullSafeEQ, exp.NullSafeNEQ), "compare with = or <>, and write IS NULL or IS NOT NULL"),
    ((exp.Between,), "put the lower bound first"),
)
_CLOCK = ("NOW", "TODAY", "GETDATE", "SYSDATE", "LOCALTIME", "LOCALTIMESTAMP")
_ELSEWHERE = "see the permitted SQL in rules/README.md"


class PredicateError(ValueError):
    """A predicate that cannot be used; `faults` says why, one line each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def parse(text: str, facts: list[str]) -> exp.Expr:
    """The tree of a predicate, in which only permitted nodes and the names of `facts` are left.

    Raises:
        PredicateError: with every node that is refused and every fact that is not known, and the nearest known one.
    """
    if len(text) > LONGEST_PREDICATE:
        raise PredicateError([f"is longer than {LONGEST_PREDICATE} characters; make a fact of a part of it"])
    if hidden := [character for character in "".join(text.split()) if not character.isprintable()]:
        raise PredicateError([f"holds an invisible character (U+{ord(hidden[0]):04X}); delete it"])
    try:
        if any(token.comments for token in sqlglot.tokenize(text)):
            raise PredicateError(["holds a comment; write it above the key, after a #"])
        tree = sqlglot.parse_one(text, into=exp.Condition)
        faults = _refusals(tree, facts)
    except RecursionError:
        raise PredicateError(["is nested too deeply; make a fact of a part of it"]) from None
    except TokenError:
        raise PredicateError(["cannot be read as SQL; look for a quotation mark that is not closed"]) from None
    except ParseError as fault:
        details = fault.errors[0] if fault.errors else {}
        place = f" near {details['highlight']!r} (character {details['col']})" if details.get("highlight") else ""
        raise PredicateError([f"cannot be read as SQL{place}; {_ELSEWHERE}"]) from None
    if faults:
        raise PredicateError(faults)
    return tree


def _refusals(node: exp.Expr, facts: list[str]) -> list[str]:
    if type(node) not in PERMITTED or _extras(node):
        return [_refusal(node, facts)]  # its own parts are not looked at: one fault is enough
    if isinstance(node, exp.Column) and node.name not in facts:
        return [f"unknown fact {node.name!r}{nearest(node.name, facts)}"]
    return [fault for part in node.iter_expressions() for fault in _refusals(part, facts)]


def _extras(node: exp.Expr) -> set[str]:
    return {part for part, value in node.args.items() if value} - PERMITTED.get(type(node), set())


def _refusal(node: exp.Expr, facts: list[str]) -> str:
    if isinstance(node, exp.Column):
        return f"unknown fact {node.sql()!r}; a fact is written by its name alone{nearest(node.name, facts)}"
    if isinstance(node, exp.Anonymous):
        name = node.name.upper()
    else:
        name = node.sql_name() if isinstance(node, exp.Func) else node.key.upper()
    if type(node) in PERMITTED:
        name = f"{name} with {', '.join(sorted(_extras(node)))}"
    remedies = [remedy for kinds, remedy in _REMEDIES if isinstance(node, kinds)]
    if name in _CLOCK:
        remedies = ["no rule reads the clock; as_of is compared with due_at for you"]
    return f"{name} is not permitted: {remedies[0] if remedies else _ELSEWHERE}"
