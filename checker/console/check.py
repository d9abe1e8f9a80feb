"""What a check, a validation and an explanation say on the terminal."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl
from rich.console import Console

from checker.console.terminal import london, print_line, table, terminal
from checker.facts import SUBJECTS
from checker.models import TABLES, FindingStatus, Outcome, RuleResult, RuleStatus, Run, Severity
from checker.pipeline.order import rejected_rows
from checker.report.words import (
    NO_VALUE,
    counted,
    in_digits,
    life,
    not_run,
    nothing_to_do,
    one_paragraph,
    results,
    to_do,
    total,
)

if TYPE_CHECKING:
    from checker.evaluation import Explanation
    from checker.pipeline.order import Prepared
    from checker.pipeline.run import Reported

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

NOT_IN_FORCE = "out of scope: no version of the rule was in force on the day on which the incident was reported"


def print_run(reported: Reported) -> None:
    """What was checked, a line a rule, what needs a person, what was not checked, and where the workbook is."""
    from checker.report.coverage import coverage, coverage_in_words

    run, console = reported.run, terminal()
    record = run.record
    accepted = record.tables["incidents"].accepted
    console.print(f"Checked {counted(accepted, 'incident')} as of {london(record.as_of)}.")
    if record.config_file:
        console.print(f"Configuration: {record.config_file}", soft_wrap=True)
    _print_notes(console, record.warnings)
    wide = console.width >= WIDE_ENOUGH
    what = "What it checks" if wide else "Name"
    lines = table("Rule", what, "Severity", "#Exceptions", "#Cannot tell", "#Not yet due", "#Passed")
    for rule, result in results(run):
        words = rule.summary if wide else rule.name.replace("-", " ")
        lines.add_row(rule.id, words, rule.severity.value, *_counts(result))
    console.print(lines)
    for rule, tally in coverage(run):
        if tally is not None:
            console.print(f"{rule.id}: {coverage_in_words(tally)}.")
    console.print(_in_a_sentence(run))
    if run.rejected.height:
        rejected = counted(run.rejected.height, "record")
        console.print(f"{rejected} rejected, so that no rule could use them; rejected.csv says why.")
    if not accepted:
        console.print("No incident was accepted: nothing was found because nothing could be.", style="bold")
    if unchecked := not_run(run):
        console.print(unchecked, style="bold")
    if record.number is not None:
        again = ": the same extract under the same rules, so nothing changed" if reported.repeated else ""
        console.print(f"Run {record.number} in the store{again}. {life(run)}")
    for alarm in record.alarms:
        console.print(f"CHECK THE EXTRACT BEFORE WORKING THIS LIST: {alarm}.", style="bold")
    console.print(f"Workbook: {reported.workbook}", soft_wrap=True)


def print_validation(prepared: Prepared) -> None:
    """A line a table, the rejected rows with their reasons, and what to know about how the files were read."""
    lines = table("Table", "File", "#Read", "#Accepted", "#Rejected", "#Collapsed", "#Orphaned")
    for name, validated in prepared.validated.tables.items():
        count = validated.counts
        numbers = (count.rows_read, count.accepted, count.rejected, count.collapsed, count.orphaned)
        lines.add_row(name, count.file, *(f"{number:,}" for number in numbers))
    console, rejected = terminal(), rejected_rows(prepared)
    console.print(f"Validated as of {london(prepared.context.as_of)}. Nothing was judged, nothing was written.")
    _print_notes(console, prepared.warnings)
    for row in rejected.head(SHOWN_REJECTIONS).iter_rows(named=True):
        print_line(console, f"{row['file']} row {row['row']}: {'; '.join(row['reasons'])}")
    if rejected.height > SHOWN_REJECTIONS:
        more = f"{rejected.height - SHOWN_REJECTIONS:,}"
        console.print(f"and {more} more rejected rows; `checker check` lists them all in rejected.csv")
    console.print(lines)
    if missing := [name for name in TABLES if name not in prepared.validated.tables]:
        console.print(f"Not in the extract: {', '.join(missing)}. A rule that needs one of them is not run.")


def print_explanation(explanation: Explanation, as_of: datetime) -> None:
    """One verdict taken apart, for an inspector who asks how we know."""
    rule = explanation.rule.rule
    facts, outcome, console = SUBJECTS[rule.subject].by_name, Outcome(explanation.outcome), terminal()
    due = london(explanation.due_at) if explanation.due_at else "unknown"
    verdict = table("Verdict", explanation.finding_id)
    verdict.add_row("rule", f"{rule.id} {rule.name}, {rule.severity}: {rule.summary}")
    verdict.add_row("verdict", VERDICTS[outcome] if explanation.is_in_force else NOT_IN_FORCE)
    verdict.add_row("in force", rule.in_force)
    if outcome in rule.message:
        verdict.add_row("message", one_paragraph(rule.message[outcome]))
    verdict.add_row("due", due)
    verdict.add_row("as of", london(as_of))
    clauses = table("Part", "Clause", "Value")
    for clause in explanation.clauses:
        part = clause.part if clause.depth == 0 else ""
        clauses.add_row(part, "  " * clause.depth + clause.text, _value(clause.value, "unknown"))
    known = table("Fact", "Value", "What it is")
    for name, value in explanation.facts.items():
        blank = "unknown" if facts[name].dtype == pl.Boolean else "blank"
        known.add_row(name, _value(value, blank), facts[name].description)
    for shown in (verdict, clauses, known):
        console.print(shown)
        if shown is not known:
            console.print()


def has_finding(run: Run, severity: Severity) -> bool:
    """Whether a finding of the run is as severe as `severity`, or more."""
    order = [each.value for each in Severity]
    severe = order[: order.index(severity.value) + 1]
    findings = run.findings.filter(pl.col("outcome") == Outcome.FINDING.value)
    return findings.get_column("severity").is_in(severe).any()


def _in_a_sentence(run: Run) -> str:
    """How many verdicts need a person; where nothing was found, by how many rules, so that it never looks cleaner."""
    everything = run.findings.filter(pl.col("outcome") == Outcome.FINDING.value)
    findings = everything.filter(pl.col("status").ne_missing(FindingStatus.SETTLED.value))
    settled = everything.height - findings.height
    by_severity = dict(findings.get_column("severity").value_counts().iter_rows())
    detail = ", ".join(f"{by_severity[each.value]:,} {each.value}" for each in Severity if each.value in by_severity)
    found = (
        f"{counted(findings.height, 'exception')} ({detail})."
        if detail
        else nothing_to_do(run, Outcome.FINDING, "exceptions")
    )
    if settled and detail:
        found += f" {in_digits(settled)} more settled by a decision."
    untold, not_due = in_digits(to_do(run, Outcome.UNDETERMINED)), in_digits(total(run, Outcome.NOT_DUE))
    return f"{found} {untold} cannot tell, {not_due} not yet due."


def _counts(result: RuleResult) -> list[str]:
    if result.counts is None:
        word = "error" if result.status is RuleStatus.ERROR else "not run"
        return [word, NO_VALUE, NO_VALUE, NO_VALUE]
    shown = (Outcome.FINDING, Outcome.UNDETERMINED, Outcome.NOT_DUE, Outcome.PASS)
    return [in_digits(result.counts[outcome]) for outcome in shown]


def _print_notes(console: Console, warnings: tuple[str, ...]) -> None:
    for warning in warnings:
        print_line(console, f"Note: {warning}")


def _value(value: object, blank: str) -> str:
    if value is None:
        return blank
    if isinstance(value, bool):
        return "true" if value else "false"
    return london(value) if isinstance(value, datetime) else str(value)
