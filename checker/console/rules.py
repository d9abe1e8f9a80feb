"""What the commands about the rule pack say on the terminal."""

from __future__ import annotations

from checker.console.terminal import print_line, table, terminal
from checker.facts import needed_in_words
from checker.models import Rule
from checker.report.words import counted, one_paragraph
from checker.rulepack import CompiledRule, RulePack


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


def _rule_in_words(rule: Rule, tables: tuple[str, ...]) -> dict[str, str]:
    return {
        "name": rule.name,
        "checks": rule.summary,
        "severity": rule.severity.value,
        "subject": rule.subject.replace("_", "-"),
        "applies": rule.applies,
        "violation": rule.violation,
        "due at": rule.due_at,
        "basis": rule.basis,
        "source": rule.source,
        "what to do": rule.guidance,
        "known limits": rule.known_limits,
        "needs": f"{needed_in_words(tables)}; not run without" if tables else "only the required tables",
        "owner": rule.owner,
        "in force": rule.in_force,
        "file": rule.file,
    }
