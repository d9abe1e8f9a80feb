"""The worked cases inside the rule files: the tests of the rules, and the analyst's way to say what is meant."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from checker.config import nearest
from checker.facts.engine import Subject
from checker.models import Example, Outcome
from checker.rulepack.pack import CompiledRule, RulePack

EXAMPLE_AS_OF = datetime(2026, 11, 22, 2, tzinfo=UTC)  # where an example does not state its own
_KEYS = ("name", "facts", "unknown", "outcome", "as_of")


def read_example(stated: Mapping[str, Any], table: Subject) -> tuple[Example | None, list[str]]:
    """The example that a rule file states (None where anything is wrong), and every fault in it.

    Its `facts` are those that the file gives and, as None, those that it lists under `unknown`: TOML has no null.
    """
    faults = [f"unknown key {key!r}{nearest(key, _KEYS)}" for key in stated if key not in _KEYS]
    faults += [f"missing key {key!r}" for key in ("name", "outcome") if key not in stated]
    name, outcome, as_of = stated.get("name", "?"), stated.get("outcome", Outcome.PASS), stated.get("as_of")
    given, unknown = stated.get("facts", {}), stated.get("unknown", [])
    outcomes = [outcome.value for outcome in Outcome]
    if not isinstance(name, str) or not name.strip():
        faults.append("name: write one line that says what the case is")
    if outcome not in outcomes:
        faults.append(f"outcome: unknown outcome {outcome!r}{nearest(str(outcome), outcomes)}")
    if as_of is not None and not _is_instant(as_of):
        faults.append("as_of: write a date-time with its offset, for example 2026-11-22T02:00:00Z")
    if not isinstance(given, dict):
        return None, [*faults, "facts: write a table, for example { is_child = true }"]
    if not isinstance(unknown, list) or not all(isinstance(fact, str) for fact in unknown):
        return None, [*faults, 'unknown: write a list of facts, for example ["is_child"]']
    for fact in dict.fromkeys((*given, *unknown)):
        known = table.by_name.get(fact)
        if known is None:
            faults.append(f"unknown fact {fact!r}{nearest(fact, list(table.by_name))}")
        elif fact in given and fact in unknown:
            faults.append(f"{fact}: is given and unknown; delete one of them")
        elif fact in unknown and not known.nullable:
            faults.append(f"{fact}: can never be unknown; give it a value")
        elif fact in given and (misfit := _misfit(known.dtype, given[fact])):
            faults.append(f"{fact}: {misfit}")
    if faults:
        return None, faults
    facts = {fact: value.astimezone(UTC) if _is_instant(value) else value for fact, value in given.items()}
    facts |= dict.fromkeys(unknown)
    return Example(name, facts, Outcome(outcome), as_of and as_of.astimezone(UTC)), []


def example_frame(examples: tuple[Example, ...], table: Subject) -> pl.DataFrame:
    """One row an example: the facts that it gives over the sample row of its subject."""
    sample = {fact.name: fact.sample for fact in table.facts}
    return pl.DataFrame([{**sample, **example.facts} for example in examples], schema=table.schema)


def check_examples(
    pack: RulePack, fact_tables: Mapping[str, Subject], rule_ids: Collection[str] | None = None
) -> list[str]:
    """Every example of the rules (default: all) that comes out otherwise than stated, alone or among the others."""
    return [
        f"{rule.rule.file}: example {example.name!r}: gives {given}, where the file says {example.outcome}{where}"
        for newest in pack.rules
        if rule_ids is None or newest.rule.id in rule_ids
        for rule in newest.versions
        for example, alone, together in _verdicts(rule, fact_tables[rule.rule.subject])
        for given, where in ((alone, ""), (together, " (together with the others)"))
        if given != example.outcome
    ]


def example_outcome(rule: CompiledRule, example: Example, table: Subject) -> str:
    """The outcome of one example judged by itself."""
    return _outcomes(rule, example_frame((example,), table), _as_of(example))[0]


def _verdicts(rule: CompiledRule, table: Subject) -> list[tuple[Example, str, str]]:
    examples = rule.rule.examples
    frame = example_frame(examples, table)
    together = {as_of: _outcomes(rule, frame, as_of) for as_of in {_as_of(example) for example in examples}}
    return [
        (example, example_outcome(rule, example, table), together[_as_of(example)][row])
        for row, example in enumerate(examples)
    ]


def _outcomes(rule: CompiledRule, frame: pl.DataFrame, as_of: datetime) -> list[str]:
    return frame.select(rule.outcome(as_of)).to_series().to_list()


def _as_of(example: Example) -> datetime:
    return example.as_of or EXAMPLE_AS_OF


def _misfit(dtype: pl.DataType, value: object) -> str | None:
    """What should be written in place of a value that is not of the fact's type, else None."""
    if dtype == pl.String:
        return None if isinstance(value, str) else "write a text in quotation marks"
    if dtype == pl.Boolean:
        return None if isinstance(value, bool) else "write true or false"
    if dtype.is_integer():
        return None if type(value) is int and abs(value) < 10**9 else "write a whole number"
    if dtype.is_numeric():
        return None if type(value) in (int, float) else "write a number"
    if dtype == pl.Date:
        return None if type(value) is date else "write a date, for example 2026-11-21"
    return None if _is_instant(value) else "write a date-time with its offset, for example 2026-11-21T10:00:00Z"


def _is_instant(value: object) -> bool:
    return isinstance(value, datetime) and value.tzinfo is not None and 1900 <= value.year < 2200
