"""Reads one rule file: every key is checked, both predicates are compiled, and every fault is found in one go."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Any

from checker.config import nearest
from checker.facts.context import Context
from checker.facts.engine import Subject
from checker.london_time import UTC_TIME
from checker.models import TABLES, About, Example, Outcome, ReportPart, Rule, Severity
from checker.rulepack.examples import read_example
from checker.rulepack.guard import PredicateError
from checker.rulepack.keys import AREAS, COUNTED_IN, KEYS, MESSAGES, RULE_ID, Key
from checker.rulepack.pack import CompiledRule
from checker.rulepack.predicate import Predicate, compile_predicate
from checker.rulepack.versions import earlier_file, home_of
from checker.schemas import contract_columns

_KINDS = {"text": str, "date": date, "table": dict, "list of texts": list, "list of tables": list}
_PROSE = (
    "owner",
    "basis",
    "source",
    "summary",
    "guidance",
    "known_limits",
    "likely_cause",
    "retired_because",
)  # line breaks in them mean nothing


def read_rule(
    file: str, content: Mapping[str, Any], fact_tables: Mapping[str, Subject], context: Context | None
) -> tuple[CompiledRule | None, list[str]]:
    """The rule of one file, None where anything is wrong with it, and every fault as `key: fault; remedy`.

    `file` is its name in the pack, `<area>/<ID>.toml` or that of an earlier version, and `content` its parsed TOML.
    `context` is one with the policy of the pack, None where that is wrong.
    """
    stated, faults = _check_keys(content)
    faults += _check_identity(file, stated) + _check_words(stated) + _check_span(file, stated)
    if "subject" not in stated:
        return None, faults
    table = fact_tables.get(stated["subject"])
    if table is None:
        return None, [*faults, _unknown("subject", stated["subject"], list(fact_tables))]
    predicates, predicate_faults = _compile(stated, table)
    examples, example_faults = _read_examples(stated.get("example", []), table)
    due_at_faults, evidence_faults = _check_due_at(stated, table), _check_evidence(stated, table)
    faults += predicate_faults + due_at_faults + evidence_faults + example_faults + _check_needs(stated)
    if len(predicates) == 2 and "due_at" in stated and not due_at_faults:
        faults += _check_coverage(stated, predicates, table)
    if faults:
        return None, faults
    applies, violation = predicates["applies"], predicates["violation"]
    facts = tuple(dict.fromkeys((*applies.facts, *violation.facts, stated["due_at"], *stated["evidence"])))
    needed = set() if context is None else set(table.needs_of(context, facts))
    in_order = sorted(needed, key=lambda name: TABLES.index(name.partition("|")[0]))
    tables = (*in_order, *(name for name in stated.get("needs", ()) if name not in needed))
    return CompiledRule(_rule(file, stated, examples, tables), applies, violation, facts, tables), []


def _rule(file: str, stated: Mapping[str, Any], examples: list[Example], tables: tuple[str, ...]) -> Rule:
    prose = {key: _one_line(stated.get(key, "")) for key in _PROSE}
    return Rule(
        id=stated["id"],
        name=stated["name"],
        area=AREAS[stated["id"][:3]],
        severity=Severity(stated["severity"]),
        subject=stated["subject"],
        applies=stated["applies"].strip(),
        violation=stated["violation"].strip(),
        due_at=stated["due_at"],
        message={Outcome(outcome): _one_line(sentence) for outcome, sentence in stated["message"].items()},
        evidence=tuple(stated["evidence"]),
        effective_from=stated["effective_from"],
        effective_to=stated.get("effective_to"),
        examples=tuple(examples),
        file=file,
        tables=tables,
        about=About(stated["about"]) if "about" in stated else None,
        counted_in=ReportPart(stated["counted_in"]) if "counted_in" in stated else None,
        earlier=(),  # the loader puts the versions of a rule together
        **prose,
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _unknown(what: str, name: str, known: list[str]) -> str:
    return f"{what}: unknown {what} {name!r}{nearest(name, known)} (known: {', '.join(known)})"


def _check_keys(content: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The keys that hold what they should, and a fault for each of the others."""
    known = [key.name for key in KEYS]
    faults = [f"unknown key {name!r}{nearest(name, known)}" for name in content if name not in known]
    stated: dict[str, Any] = {}
    for key in KEYS:
        if key.name not in content:
            faults += [f"missing key {key.name!r}: {key.meaning}"] if key.required else []
        elif misfit := _misfit(key, content[key.name]):
            faults.append(f"{key.name}: {misfit}: {key.meaning}")
        else:
            stated[key.name] = content[key.name]
    return stated, faults


def _misfit(key: Key, value: Any) -> str | None:
    if type(value) is not _KINDS[key.kind]:
        return f"is no {key.kind}"
    if not value or (isinstance(value, str) and not value.strip()):
        return "is empty"
    if isinstance(value, list):
        kind = str if key.kind == "list of texts" else dict
        return None if all(type(item) is kind for item in value) else f"is no {key.kind}"
    return None


def _check_identity(file: str, stated: Mapping[str, Any]) -> list[str]:
    faults = []
    area, stem = home_of(file).removesuffix(".toml").split("/")
    rule_id, name = stated.get("id"), stated.get("name")
    if rule_id is not None and not re.fullmatch(RULE_ID, rule_id):
        faults.append(f"id: {rule_id!r} is not the letters of an area ({', '.join(AREAS)}) and three digits")
    elif rule_id is not None:
        home = AREAS[rule_id[:3]]
        if rule_id != stem:
            faults.append(f"id: {rule_id!r} is not the name of the file; call the file {rule_id}.toml or mend the id")
        if home != area:
            faults.append(f"id: {rule_id!r} belongs into the folder {home!r}, not {area!r}; move the file")
    if name is not None and not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", name):
        faults.append(f"name: {name!r} is not in small letters joined by hyphens, as in child-without-referral")
    return faults


def _check_words(stated: Mapping[str, Any]) -> list[str]:
    """Faults of the words that stand for something, and of the messages."""
    outcomes = [outcome.value for outcome in MESSAGES]
    words: dict[str, type[StrEnum]] = {"severity": Severity, "about": About, "counted_in": ReportPart}
    faults = [
        _unknown(key, stated[key], [word.value for word in known])
        for key, known in words.items()
        if key in stated and stated[key] not in list(known)
    ]
    part, subject = stated.get("counted_in"), stated.get("subject")
    if part in list(ReportPart) and subject not in (None, counted := COUNTED_IN[ReportPart(part)]):
        fault = f"counts a rule that is judged for each {counted}, not {subject}"
        faults.append(f"counted_in: {part} {fault}; take the key out, or change the subject")
    for outcome, sentence in stated.get("message", {}).items():
        if outcome not in outcomes:
            faults.append(_unknown("message", outcome, outcomes))
        elif not isinstance(sentence, str) or not sentence.strip():
            faults.append(f"message: {outcome} is empty or no text; write one plain sentence")
    return faults


def _check_span(file: str, stated: Mapping[str, Any]) -> list[str]:
    """Faults of the days on which the version counts, and of what its file's name says of them."""
    last = stated.get("effective_to")
    faults = [
        f"{key}: {stated[key]} is no day of a rule; write one of the years 1900 to 2199"
        for key in ("effective_from", "effective_to")
        if key in stated and not 1900 <= stated[key].year < 2200
    ]
    if "effective_from" in stated and last is not None and last < stated["effective_from"]:
        faults.append("effective_to: lies before effective_from, so the rule would never count; mend one of them")
    if file != home_of(file) and last is None:
        faults.append("effective_to: is missing in an earlier version; give its last day, which its file's name says")
    elif last is not None and file not in (home_of(file), name := earlier_file(file, last)):
        remedy = f"mend one of them, or call the file {PurePosixPath(name).name}"
        faults.append(f"effective_to: {last} is not the day in the name of the file; {remedy}")
    if last is not None and file == home_of(file) and "retired_because" not in stated:
        faults.append("effective_to: ends the newest version, so the rule is retired; say why in retired_because")
    if "retired_because" in stated and last is None:
        faults.append("retired_because: says why a rule does not count any more; give effective_to, its last day, too")
    return faults


def _compile(stated: Mapping[str, Any], table: Subject) -> tuple[dict[str, Predicate], list[str]]:
    predicates: dict[str, Predicate] = {}
    faults: list[str] = []
    for key in ("applies", "violation"):
        if key in stated:
            try:
                predicates[key] = compile_predicate(stated[key], table)
            except PredicateError as fault:
                faults += [f"{key}: {line}" for line in fault.faults]
    return predicates, faults


def _check_due_at(stated: Mapping[str, Any], table: Subject) -> list[str]:
    times = [fact.name for fact in table.facts if fact.dtype == UTC_TIME]
    name = stated.get("due_at")
    if name is None or name in times:
        return []
    if name in table.by_name:
        return [f"due_at: {name!r} is not a date-time fact (known: {', '.join(times)})"]
    return [f"due_at: unknown fact {name!r}{nearest(name, times)}"]


def _check_needs(stated: Mapping[str, Any]) -> list[str]:
    known = [*TABLES, *(f"{table}.{column}" for table, columns in contract_columns().items() for column in columns)]
    names = (name for any_of in stated.get("needs", ()) for name in any_of.split("|"))
    return [
        f"needs: {name!r} is not a table or a column (table.column) of the contract{nearest(name, known)}"
        for name in names
        if name not in known
    ]


def _check_evidence(stated: Mapping[str, Any], table: Subject) -> list[str]:
    words = [name for name in table.by_name if name.endswith("_in_words")]
    names = stated.get("evidence", [])
    unknown = [f"unknown fact {name!r}{nearest(name, words)}" for name in names if name not in table.by_name]
    others = [f"{name!r} is no fact in words" for name in names if name in table.by_name and name not in words]
    return [f"evidence: {fault} (known: {', '.join(words)})" for fault in unknown + others]


def _read_examples(stated: list[dict[str, Any]], table: Subject) -> tuple[list[Example], list[str]]:
    examples: list[Example] = []
    faults: list[str] = []
    for number, block in enumerate(stated, start=1):
        example, example_faults = read_example(block, table)
        faults += [f"example {number}: {fault}" for fault in example_faults]
        if example is not None and example.name in (earlier.name for earlier in examples):
            faults.append(f"example {number}: name: {example.name!r} is that of an earlier example; give it its own")
        examples += [] if example is None else [example]
    return examples, faults


def _check_coverage(stated: Mapping[str, Any], predicates: Mapping[str, Predicate], table: Subject) -> list[str]:
    """A fault for each outcome that the rule can give and that has no message, or no example where it needs one."""
    parts = [table.by_name[stated["due_at"]].nullable, *(predicate.can_be_unknown for predicate in predicates.values())]
    impossible = set() if any(parts) else {Outcome.UNDETERMINED}
    faults = []
    if "message" in stated:
        unsaid = [outcome for outcome in MESSAGES if outcome not in {*stated["message"], *impossible}]
        faults += [f"message: says nothing for {outcome}; write one plain sentence" for outcome in unsaid]
    if "example" in stated:
        shown = {block.get("outcome") for block in stated["example"] if isinstance(block.get("outcome"), str)}
        needed = [Outcome.FINDING, Outcome.PASS, Outcome.UNDETERMINED]
        unshown = [outcome for outcome in needed if outcome not in {*shown, *impossible}]
        faults += [f"example: none comes out as {outcome}; add one" for outcome in unshown]
    return faults
