"""What the commands about the rule pack say on the terminal."""

from __future__ import annotations

from checker.console.terminal import print_line, table, terminal
from checker.facts import needed_in_words
from checker.models import Rule
from checker.report.words import counted, one_paragraph
from checker.rulepack import CompiledRule, RulePack


def print_rules(pack: RulePack) -> None:
    """A line a rule: id, name, severity and what it checks."""
    lines = table("Rule", "Name", "Severity", "What it checks")
    for compiled in pack.rules:
        rule = compiled.rule
        lines.add_row(rule.id, rule.name, rule.severity.value, rule.summary)
    terminal().print(lines)


def print_rule(compiled: CompiledRule) -> None:
    """One rule in full."""
    rule = compiled.rule
    lines = table("Rule", rule.id)
    for label, words in _rule_in_words(rule, compiled.tables).items():
        lines.add_row(label, one_paragraph(words))
    terminal().print(lines)


def print_examples(rules: list[CompiledRule], faults: list[str]) -> None:
    """How many examples were run, and each that did not come out as its rule says."""
    console = terminal()
    for fault in faults:
        print_line(console, fault)
    examples = sum(len(rule.rule.examples) for rule in rules)
    console.print(f"{counted(len(rules), 'rule')}, {counted(examples, 'example')}, {counted(len(faults), 'fault')}")


def _rule_in_words(rule: Rule, tables: tuple[str, ...]) -> dict[str, str]:
    until = f" to {rule.effective_to:%d/%m/%Y}" if rule.effective_to else ""
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
        "in force": f"from {rule.effective_from:%d/%m/%Y}{until}",
        "file": rule.file,
    }
