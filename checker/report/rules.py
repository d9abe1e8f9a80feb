"""The sheet that says what each rule is: its words, its exact condition, its source, what to do, its limits."""

from __future__ import annotations

from checker.models import EARLIEST, Rule, Run
from checker.report.cells import A4, Book, Page
from checker.report.lists import Tick
from checker.report.london import day_in_words
from checker.report.styles import CHIPS, HEADER, HEADING, SET_IN, TEXT
from checker.report.words import not_run, one_paragraph, results

NAME = "Rules"
NOTE = (
    "Each rule speaks of one subject. There is an exception where it applies, the fault is there and the time has "
    "passed; where that hangs on something unknown, the case is under 'Cannot tell'. What was reported on a day is "
    "judged by the version of a rule that was in force on it."
)
_HEADERS = ("Rule", "Severity", "What it says", "Exact condition", "Source", "What to do", "Known limits", "In force")
_WIDTHS = (15.0, 10.0, 25.0, 36.0, 32.0, 27.0, 26.0, 14.0)


def places(run: Run) -> dict[str, str]:
    """The cell in which the sheet has each rule, to be linked to."""
    row, cells = 5 + bool(not_run(run)), {}
    for rule, _ in results(run):
        cells[rule.id] = f"{NAME}!A{row}"
        row += len(rule.versions)
    return cells


def write(book: Book, run: Run, tick: Tick) -> None:
    """Write the sheet of the rules, each above its earlier versions, and the policy values that their facts rest on."""
    warning = not_run(run)
    with book.sheet(NAME, _WIDTHS, Page(A4), frozen="B6" if warning else "B5") as sheet:
        sheet.open(f"{NAME} ({len(run.rules)})", NOTE, warning)
        sheet.row(_HEADERS, [HEADER, HEADER.but(across="center"), *[HEADER.but(indent=1)] * 6], height=20)
        sheet.repeat_row(sheet.rows)
        for rule, _ in results(run):
            for version in reversed(rule.versions):
                key = TEXT.but(bold=version is rule)
                sheet.row(_values(version), [key, CHIPS[version.severity], *[SET_IN] * 6])
        sheet.gap(10)
        sheet.band("Policy values that the facts rest on", HEADING, 20)
        policy = (f"{name}: {policy_value(value)}" for name, value in run.record.policy.items())
        sheet.band("   |   ".join(policy), TEXT)


def _values(rule: Rule) -> tuple[str, ...]:
    return (
        f"{rule.id}\n{rule.name}",
        rule.severity.value.capitalize(),
        f"{one_paragraph(rule.summary)}\nSubject: {rule.subject.replace('_', '-')}",
        f"Applies: {rule.applies.strip()}\nFault: {rule.violation.strip()}\nDue: {rule.due_at}",
        f"{one_paragraph(rule.basis)}\n{one_paragraph(rule.source)}",
        one_paragraph(rule.guidance),
        one_paragraph(rule.known_limits),
        f"{_in_force(rule)}\nOwner: {rule.owner}",
    )


def _in_force(rule: Rule) -> str:
    first, last = rule.effective_from, rule.effective_to
    start = f"from {day_in_words(first)}" if first > EARLIEST else ""
    until = f"to {day_in_words(last)}" if last else ""
    span = f"{start} {until}".strip() or "for incidents of any date"
    return f"{span}\nRetired after that: {rule.retired_because}" if rule.retired_because else span


def policy_value(value: object) -> str:
    """A value of the policy in words."""
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')} {item}" for name, item in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
