"""What the commands about the rule pack say on the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from checker.console.terminal import london, print_line, table, terminal
from checker.facts import needs_in_words
from checker.models import Rule
from checker.report.words import NO_VALUE, counted, in_digits, one_paragraph, status

if TYPE_CHECKING:
    from checker.pipeline.difference import Difference, Side
    from checker.rulepack import CompiledRule, RulePack

SHOWN_LINES = 20  # of each kind of difference


def print_rules(pack: RulePack) -> None:
    """A line a rule: id, name, severity and what it checks; for one that has an end, or earlier versions, also when."""
    lines = table("Rule", "Name", "Severity", "What it checks")
    for compiled in pack.rules:
        rule = compiled.rule
        is_dated = rule.effective_to is not None or rule.earlier
        when = f" In force {' and '.join(version.in_force for version in rule.versions)}." if is_dated else ""
        lines.add_row(rule.id, rule.name, rule.severity.value, f"{rule.summary}{when}")
    terminal().print(lines)


def print_rule(compiled: CompiledRule) -> None:
    """One rule in full, its earlier versions below, the last first."""
    console = terminal()
    for version in reversed(compiled.versions):
        lines = table("Rule" if version is compiled else "Earlier version", version.rule.id)
        for label, words in _rule_in_words(version.rule, version.tables).items():
            lines.add_row(label, one_paragraph(words))
        console.print(lines)
        if version is not compiled.versions[0]:
            console.print()


def print_examples(rules: list[CompiledRule], faults: list[str]) -> None:
    """How many examples were run, and each that did not come out as its rule says."""
    console = terminal()
    for fault in faults:
        print_line(console, fault)
    examples = sum(len(version.rule.examples) for rule in rules for version in rule.versions)
    console.print(f"{counted(len(rules), 'rule')}, {counted(examples, 'example')}, {counted(len(faults), 'fault')}")


def print_difference(difference: Difference, file: Path | None) -> None:
    """How many lines of each rule appear, disappear or come out otherwise; the lines, unless `file` has them."""
    from checker.pipeline.difference import KINDS

    console, old, new = terminal(), difference.old, difference.new
    console.print(f"Judged as of {london(difference.as_of)}, twice. Nothing was stored.")
    for label, side in (("Was", old), ("Is", new)):
        print_line(console, f"{label}: {side.place}, version {side.version}")
    for name in old.policy:
        if old.policy[name] != new.policy[name]:
            print_line(console, f"Policy {name}: was {old.policy[name]}, is {new.policy[name]}")
    lines = table("Rule", "Name", "#Was", "#Appear", "#Disappear", "#Otherwise", "#Is")
    for rule_id in difference.rule_ids:
        rule = new.rules.get(rule_id) or old.rules[rule_id]
        counts = (in_digits(difference.count(kind, rule_id)) for kind in KINDS)
        lines.add_row(rule_id, rule.name.replace("-", " "), _lines(old, rule_id), *counts, _lines(new, rule_id))
    console.print(lines)
    for label, side in (("was", old), ("is", new)):
        for rule_id, result in side.results.items():
            if result.counts is None:
                print_line(console, f"{rule_id} {label} {status(result)}")
    appear, disappear, otherwise = (difference.count(kind) for kind in KINDS)
    total = counted(appear + disappear + otherwise, "line")
    console.print(
        f"{total} of findings, undetermined and not yet due: {in_digits(appear)} appear, {in_digits(disappear)} "
        f"disappear, {in_digits(otherwise)} come out otherwise."
    )
    if file is not None:
        console.print(f"All of them: {file}", soft_wrap=True)
        return
    for kind in KINDS:
        _print_lines(kind, difference.lines.filter(kind=kind))


def _print_lines(kind: str, rows: pl.DataFrame) -> None:
    if rows.is_empty():
        return
    console, lines = terminal(), table(kind.capitalize(), "Incident", "Child", "Was", "Is")
    for row in rows.head(SHOWN_LINES).iter_rows(named=True):
        references = (row[name] or NO_VALUE for name in ("incident_ref", "child_ref"))
        lines.add_row(row["rule_id"], *references, row["was"], row["now"])
    console.print()
    console.print(lines)
    if rows.height > SHOWN_LINES:
        console.print(f"and {in_digits(rows.height - SHOWN_LINES)} more; give --out FILE.csv for all")


def _lines(side: Side, rule_id: str) -> str:
    count = side.lines(rule_id)
    if count is not None:
        return in_digits(count)
    return "not run" if rule_id in side.rules else "no such rule"


def _rule_in_words(rule: Rule, tables: tuple[str, ...]) -> dict[str, str]:
    return {
        "name": rule.name,
        "checks": rule.summary,
        "severity": rule.severity.value,
        "subject": rule.subject.replace("_", "-"),
        **({"about": rule.about.value} if rule.about else {}),
        **({"counted in": rule.counted_in.value} if rule.counted_in else {}),
        "applies": rule.applies,
        "violation": rule.violation,
        "due at": rule.due_at,
        "basis": rule.basis,
        "source": rule.source,
        "what to do": rule.guidance,
        "known limits": rule.known_limits,
        "needs": f"{needs_in_words(tables)}; not run without" if tables else "only the required tables",
        "owner": rule.owner,
        "in force": rule.in_force,
        "file": rule.file,
    }
