"""The sheet of what a sweep rests on, in full: the files, the rules, the policy, the versions, the run."""

from __future__ import annotations

from collections.abc import Iterator

from checker.models import Sweep
from checker.report.cells import Book, Sheet, Span
from checker.report.front import BODY, COLUMNS, KEY, PAGE, WIDTH, write_files, write_warnings
from checker.report.london import in_words
from checker.report.rules import policy_value
from checker.report.styles import HEADER, HEADING
from checker.report.sweep import words

NAME = "Inputs"
NOTE = (
    "What was read, and by what it was judged. The same files, rules and policy give the same verdicts again; the "
    "digest of a file is its SHA-256."
)


def write(book: Book, sweep: Sweep) -> None:
    """Write the sheet."""
    with book.sheet(NAME, (WIDTH,) * COLUMNS, PAGE) as sheet:
        sheet.open(NAME, NOTE)
        sheet.gap(6)
        sheet.band("The sweep and its run", HEADING, 20)
        _write_pairs(sheet, facts(sweep))
        sheet.gap(8)
        write_files(sheet, sweep.run)
        sheet.gap(8)
        sheet.band("Policy", HEADING, 20)
        sheet.line(Span(1, 5, "Value", HEADER), Span(6, COLUMNS, "As it was", HEADER))
        _write_pairs(sheet, policy(sweep))
        write_warnings(sheet, sweep.run)


def _write_pairs(sheet: Sheet, pairs: Iterator[tuple[str, str]]) -> None:
    for key, value in pairs:
        sheet.line(Span(1, 5, key, KEY), Span(6, COLUMNS, value, BODY))


def facts(sweep: Sweep) -> Iterator[tuple[str, str]]:
    """What the sweep and its run are, and by what rules and versions."""
    record = sweep.run.record
    yield "Sweep", sweep.name
    yield "Why", record.reason or "not stated"
    yield from words.selection_facts(sweep)
    yield "Data to", f"{in_words(record.as_of)} (London time)"
    yield "Extract", record.extract
    yield "Not in the extract", ", ".join(record.missing_tables) or "nothing: every table was there"
    yield "Configuration", record.config_file or "none: the defaults"
    yield "Run", f"{record.number} of the store, {record.run_id}"
    yield "Finished", f"{in_words(record.finished_at)} (London time)"
    yield "Tool", f"version {record.tool_version}"
    yield "Rule pack", f"version {record.rule_pack_version}"
    yield "Digest of the rule pack", record.rule_pack_digest
    yield "Digest of the policy", record.policy_digest
    if record.school_calendar:
        yield "School days", record.school_calendar


def policy(sweep: Sweep) -> Iterator[tuple[str, str]]:
    """Each value of the policy, those of a group one by one."""
    for name, value in sweep.run.record.policy.items():
        if isinstance(value, dict):
            yield from ((f"{name}, {key}", policy_value(each)) for key, each in value.items())
        else:
            yield name, policy_value(value)
