"""What the terminal shows: progress while it works, and a few lines at the end."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from checker.config import LONDON
from checker.evaluation import Explanation
from checker.facts import FACT_TABLES
from checker.models import TABLES, Outcome, Rule, RuleResult, RuleStatus, Run, Severity
from checker.pipeline import Prepared, rejected_rows
from checker.report.words import NO_VALUE, counted, in_digits, not_run, nothing_found, one_paragraph, results, total
from checker.rulepack import CompiledRule, RulePack

PIPED_WIDTH = 120
WIDE_ENOUGH = 100  # columns that have room for what a rule says; in fewer its name must do
SHOWN_REJECTIONS = 50

# rules.md, "Outcomes", for somebody who asks how the checker came to a verdict.
VERDICTS = {
    Outcome.FINDING: "finding: the rule applies, the fault is there, and the due time has passed",
    Outcome.PASS: "pass: the rule applies and the fault is not there",
    Outcome.NOT_DUE: "not yet due: the moment that the extract describes is not later than the due time",
    Outcome.UNDETERMINED: "cannot tell: it could be a finding now, but applies, violation or the due time is unknown",
    Outcome.OUT_OF_SCOPE: "out of scope: the rule does not apply, or has no fault to find whether it applies or not",
}


@contextmanager
def progress() -> Iterator[Callable[..., None]]:
    """A function that shows a stage, and where they are known how much of it is done of how much, on a terminal.

    It shows them on stderr, and nothing where that is no terminal.
    """
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as bars:
        bar = bars.add_task("starting", total=None)

        def show(stage: str, done: int = 0, total: int | None = None) -> None:
            bars.update(bar, description=stage, completed=done, total=total)

        yield show


def print_run(run: Run, workbook: Path) -> None:
    """What was checked, a line a rule, what needs a person, what was not checked, and where the workbook is."""
    record, console = run.record, _console()
    accepted = record.tables["incidents"].accepted
    console.print(f"Checked {counted(accepted, 'incident')} as of {london(record.as_of)}.")
    if record.config_file:
        console.print(f"Configuration: {record.config_file}", soft_wrap=True)
    _print_notes(console, record.warnings)
    wide = console.width >= WIDE_ENOUGH
    what = "What it checks" if wide else "Name"
    table = _table("Rule", what, "Severity", "#Exceptions", "#Cannot tell", "#Not yet due", "#Passed")
    for rule, result in results(run):
        words = rule.summary if wide else rule.name.replace("-", " ")
        table.add_row(rule.id, words, rule.severity.value, *_counts(result))
    console.print(table)
    console.print(_in_a_sentence(run))
    if run.rejected.height:
        rejected = counted(run.rejected.height, "record")
        console.print(f"{rejected} rejected, so that no rule could use them; rejected.csv says why.")
    if not accepted:
        console.print("No incident was accepted: nothing was found because nothing could be.", style="bold")
    if unchecked := not_run(run):
        console.print(unchecked, style="bold")
    console.print(f"Workbook: {workbook}", soft_wrap=True)


def print_validation(prepared: Prepared) -> None:
    """A line a table, the rejected rows with their reasons, and what to know about how the files were read."""
    table = _table("Table", "File", "#Read", "#Accepted", "#Rejected", "#Collapsed", "#Orphaned")
    for name, validated in prepared.validated.tables.items():
        count = validated.counts
        numbers = (count.rows_read, count.accepted, count.rejected, count.collapsed, count.orphaned)
        table.add_row(name, count.file, *(f"{number:,}" for number in numbers))
    console, rejected = _console(), rejected_rows(prepared)
    console.print(f"Validated as of {london(prepared.moment.as_of)}. Nothing was judged, nothing was written.")
    _print_notes(console, prepared.warnings)
    for row in rejected.head(SHOWN_REJECTIONS).iter_rows(named=True):
        _print_line(console, f"{row['file']} row {row['row']}: {'; '.join(row['reasons'])}")
    if rejected.height > SHOWN_REJECTIONS:
        more = f"{rejected.height - SHOWN_REJECTIONS:,}"
        console.print(f"and {more} more rejected rows; `checker check` lists them all in rejected.csv")
    console.print(table)
    if missing := [name for name in TABLES if name not in prepared.validated.tables]:
        console.print(f"Not in the extract: {', '.join(missing)}. A rule that needs one of them is not run.")


def print_explanation(explanation: Explanation, as_of: datetime) -> None:
    """One verdict taken apart, for an inspector who asks how we know."""
    rule = explanation.rule.rule
    facts, outcome, console = FACT_TABLES[rule.subject].by_name, Outcome(explanation.outcome), _console()
    due = london(explanation.due_at) if explanation.due_at else "unknown"
    verdict = _table("Verdict", explanation.finding_id)
    verdict.add_row("rule", f"{rule.id} {rule.name}, {rule.severity}: {rule.summary}")
    verdict.add_row("verdict", VERDICTS[outcome])
    if outcome in rule.message:
        verdict.add_row("message", one_paragraph(rule.message[outcome]))
    verdict.add_row("due", due)
    verdict.add_row("as of", london(as_of))
    clauses = _table("Part", "Clause", "Value")
    for clause in explanation.clauses:
        part = clause.part if clause.depth == 0 else ""
        clauses.add_row(part, "  " * clause.depth + clause.text, _value(clause.value, "unknown"))
    known = _table("Fact", "Value", "What it is")
    for name, value in explanation.facts.items():
        blank = "unknown" if facts[name].dtype == pl.Boolean else "blank"
        known.add_row(name, _value(value, blank), facts[name].description)
    for table in (verdict, clauses, known):
        console.print(table)
        if table is not known:
            console.print()


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
    table = _table("Rule", rule.id)
    for label, words in _rule_in_words(rule, compiled.tables).items():
        table.add_row(label, one_paragraph(words))
    _console().print(table)


def print_examples(rules: list[CompiledRule], faults: list[str]) -> None:
    """How many examples were run, and each that did not come out as its rule says."""
    console = _console()
    for fault in faults:
        _print_line(console, fault)
    examples = sum(len(rule.rule.examples) for rule in rules)
    console.print(f"{counted(len(rules), 'rule')}, {counted(examples, 'example')}, {counted(len(faults), 'fault')}")


def has_finding(run: Run, severity: Severity) -> bool:
    """Whether a finding of the run is as severe as `severity`, or more."""
    order = [each.value for each in Severity]
    severe = order[: order.index(severity.value) + 1]
    findings = run.findings.filter(pl.col("outcome") == Outcome.FINDING.value)
    return findings.get_column("severity").is_in(severe).any()


def london(instant: datetime) -> str:
    """The instant as London wall time with the name of that time, for people; seconds only where there are any."""
    local = instant.astimezone(ZoneInfo(LONDON))
    return f"{local:%d/%m/%Y} {local.time().isoformat().removesuffix(':00')} {local.tzname()}"


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
        "needs": f"{' and '.join(tables)}; without them it is not run" if tables else "only the required tables",
        "owner": rule.owner,
        "in force": f"from {rule.effective_from:%d/%m/%Y}{until}",
        "file": rule.file,
    }


def _in_a_sentence(run: Run) -> str:
    """How many verdicts need a person; where nothing was found, by how many rules, so that it never looks cleaner."""
    findings = run.findings.filter(pl.col("outcome") == Outcome.FINDING.value)
    by_severity = dict(findings.get_column("severity").value_counts().iter_rows())
    detail = ", ".join(f"{by_severity[each.value]:,} {each.value}" for each in Severity if each.value in by_severity)
    found = (
        f"{counted(findings.height, 'exception')} ({detail})." if findings.height else nothing_found(run, "exceptions")
    )
    untold, not_due = (in_digits(total(run, outcome)) for outcome in (Outcome.UNDETERMINED, Outcome.NOT_DUE))
    return f"{found} {untold} cannot tell, {not_due} not yet due."


def _counts(result: RuleResult) -> list[str]:
    if result.counts is None:
        word = "error" if result.status is RuleStatus.ERROR else "not run"
        return [word, NO_VALUE, NO_VALUE, NO_VALUE]
    shown = (Outcome.FINDING, Outcome.UNDETERMINED, Outcome.NOT_DUE, Outcome.PASS)
    return [in_digits(result.counts[outcome]) for outcome in shown]


def _print_notes(console: Console, warnings: tuple[str, ...]) -> None:
    for warning in warnings:
        _print_line(console, f"Note: {warning}")


def _print_line(console: Console, text: str) -> None:
    """Print a text that stays in one line where a program may read it."""
    console.print(text, soft_wrap=not console.is_terminal)


def _value(value: object, blank: str) -> str:
    if value is None:
        return blank
    if isinstance(value, bool):
        return "true" if value else "false"
    return london(value) if isinstance(value, datetime) else str(value)


def _table(*headings: str) -> Table:
    """A table with these headings; the numbers under one that begins with # stand to the right."""
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        name = heading.removeprefix("#")
        table.add_column(name, justify="left" if name == heading else "right", overflow="fold")
    return table


class _Console(Console):
    """A console that goes on in silence where nobody reads to the end: what was done, and its exit code, stay so."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _console() -> Console:
    return _Console(highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
