"""What the terminal shows: progress while it works, and a few lines at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from checker.config import LONDON
from checker.evaluation import Explanation
from checker.facts import FACT_TABLES
from checker.models import Outcome, Rule, RuleResult, RuleStatus, Run, Severity, TableCounts
from checker.rulepack import CompiledRule, RulePack

PIPED_WIDTH = 120
SHOWN_REJECTIONS = 50


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """A function that shows the stage it is told on a terminal's stderr; silent where stderr is not a terminal."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("starting", total=None)
        yield lambda stage: bar.update(task, description=stage)


def print_run(run: Run, workbook: Path) -> None:
    """What was checked, a line a rule, what needs a person, and where the workbook is."""
    record = run.record
    table = _table(
        "Rule", "What it checks", "Severity", "#Subjects", "#Exceptions", "#Not yet due", "#Cannot tell", "#Passed"
    )
    for rule in run.rules:
        table.add_row(rule.id, rule.summary, rule.severity.value, *_counts(record.rules[rule.id]))
    console = _console()
    incidents = record.tables["incidents"].accepted
    console.print(f"Checked {incidents:,} incidents as of {london(record.as_of)} (London).")
    console.print(table)
    console.print(_in_a_sentence(run))
    for warning in record.warnings:
        console.print(f"Note: {warning}")
    for result in record.rules.values():
        if result.status != RuleStatus.RUN:
            console.print(f"{result.rule_id} was not run: {result.reason}.", style="bold")
    console.print(f"Workbook: {workbook}")


def print_validation(counts: dict[str, TableCounts], rejected: pl.DataFrame, warnings: tuple[str, ...]) -> None:
    """A line a table, the rejected rows with their reasons, and what to know about how the files were read."""
    table = _table("Table", "File", "#Rows read", "#Accepted", "#Rejected", "#Collapsed", "#Orphaned")
    for name, count in counts.items():
        numbers = (count.rows_read, count.accepted, count.rejected, count.collapsed, count.orphaned)
        table.add_row(name, count.file, *(f"{number:,}" for number in numbers))
    console = _console()
    console.print(table)
    for row in rejected.head(SHOWN_REJECTIONS).iter_rows(named=True):
        console.print(f"{row['file']} row {row['row']}: {'; '.join(row['reasons'])}")
    if rejected.height > SHOWN_REJECTIONS:
        console.print(
            f"and {rejected.height - SHOWN_REJECTIONS:,} more; `checker check` lists them all in rejected.csv"
        )
    for warning in warnings:
        console.print(f"Note: {warning}")


def print_explanation(explanation: Explanation, as_of: datetime) -> None:
    """One verdict taken apart, for an inspector who asks how we know."""
    rule = explanation.rule.rule
    facts = FACT_TABLES[rule.subject].by_name
    console = _console()
    console.print(f"{explanation.finding_id}: {explanation.outcome.replace('_', ' ')}", style="bold")
    console.print(f"{rule.id} {rule.name}: {rule.summary}")
    due = london(explanation.due_at) if explanation.due_at else "unknown"
    console.print(f"Due {due}, judged as of {london(as_of)} (London).")
    clauses = _table("Part", "Clause", "Value")
    for clause in explanation.clauses:
        clauses.add_row(
            clause.part if clause.depth == 0 else "", "  " * clause.depth + clause.text, _value(clause.value)
        )
    console.print(clauses)
    known = _table("Fact", "Value", "What it is")
    for name, value in explanation.facts.items():
        known.add_row(name, _value(value), facts[name].description)
    console.print(known)


def print_rules(pack: RulePack) -> None:
    """A line a rule: id, name, severity and what it checks."""
    table = _table("Rule", "Name", "Severity", "What it checks")
    for compiled in pack.rules:
        rule = compiled.rule
        table.add_row(rule.id, rule.name, rule.severity.value, rule.summary)
    _console().print(table)


def print_rule(compiled: CompiledRule) -> None:
    """One rule in full."""
    rule = compiled.rule
    table = _table("", rule.id)
    for label, words in _rule_in_words(rule).items():
        table.add_row(label, words)
    _console().print(table)


def print_examples(rules: list[CompiledRule], faults: list[str]) -> None:
    """How many examples were run, and each that did not come out as its rule says."""
    console = _console()
    for fault in faults:
        console.print(fault)
    examples = sum(len(rule.rule.examples) for rule in rules)
    console.print(f"{len(rules)} rules, {examples} examples, {len(faults)} faults")


def worst_at_least(run: Run, severity: Severity) -> bool:
    """Whether a finding of the run is as severe as `severity`, or more."""
    order = [each.value for each in Severity]
    severe = order[: order.index(severity.value) + 1]
    findings = run.findings.filter(pl.col("outcome") == Outcome.FINDING.value)
    return findings.get_column("severity").is_in(severe).any()


def london(instant: datetime) -> str:
    """The instant as London wall time, for people."""
    return f"{instant.astimezone(ZoneInfo(LONDON)):%d/%m/%Y %H:%M:%S}".removesuffix(":00")


def _rule_in_words(rule: Rule) -> dict[str, str]:
    return {
        "name": rule.name,
        "checks": rule.summary,
        "severity": rule.severity.value,
        "subject": rule.subject,
        "applies": rule.applies,
        "violation": rule.violation,
        "due at": rule.due_at,
        "basis": rule.basis,
        "source": rule.source,
        "what to do": rule.guidance,
        "known limits": rule.known_limits,
        "owner": rule.owner,
        "in force": f"from {rule.effective_from:%d/%m/%Y}"
        + (f" to {rule.effective_to:%d/%m/%Y}" if rule.effective_to else ""),
        "file": rule.file,
    }


def _in_a_sentence(run: Run) -> str:
    listed = run.findings.get_column("outcome").value_counts()
    number = dict(zip(listed["outcome"], listed["count"], strict=True))
    severities = run.findings.filter(pl.col("outcome") == Outcome.FINDING.value)["severity"].value_counts()
    by_severity = dict(zip(severities["severity"], severities["count"], strict=True))
    detail = ", ".join(f"{by_severity[each.value]:,} {each.value}" for each in Severity if each.value in by_severity)
    return (
        f"{number.get(Outcome.FINDING, 0):,} exceptions{f' ({detail})' if detail else ''}, "
        f"{number.get(Outcome.UNDETERMINED, 0):,} cannot tell, {number.get(Outcome.NOT_DUE, 0):,} not yet due; "
        f"{run.rejected.height:,} rejected records."
    )


def _counts(result: RuleResult) -> list[str]:
    if result.counts is None:
        return [str(result.status).replace("_", " "), "-", "-", "-", "-"]
    shown = (Outcome.FINDING, Outcome.NOT_DUE, Outcome.UNDETERMINED, Outcome.PASS)
    return [f"{result.subjects:,}", *(f"{result.counts[outcome]:,}" for outcome in shown)]


def _value(value: object) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "true" if value else "false"
    return london(value) if isinstance(value, datetime) else str(value)


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(
            heading.removeprefix("#"), justify="right" if heading.startswith("#") else "left", overflow="fold"
        )
    return table


def _console() -> Console:
    console = Console(highlight=False, markup=False, soft_wrap=False)
    return console if console.is_terminal else Console(highlight=False, markup=False, width=PIPED_WIDTH)
