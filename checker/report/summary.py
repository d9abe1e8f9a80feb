"""The front sheet: what was checked, what was found, and what this list is not."""

from __future__ import annotations

from collections.abc import Sequence

from checker.models import Outcome, RuleResult, Run
from checker.report.cells import A4, TITLE, Book, Page, Sheet, Span
from checker.report.chart import bar_chart
from checker.report.lists import MAX_ROWS, Tick
from checker.report.london import in_words
from checker.report.styles import CHIPS, HEADER, HEADING, NUMBER, QUIET, STATEMENT, TEXT, WARNING_BAND
from checker.report.tiles import write_tiles
from checker.report.words import (
    NO_VALUE,
    beware,
    counted,
    in_digits,
    in_scope,
    life,
    no_exceptions,
    one_paragraph,
    results,
    status,
    total,
)

NAME = "Summary"
HOW_TO_READ_IT = (
    "This list is a prompt for a person. It decides nothing about a child or an officer.",
    "\N{LEFT SINGLE QUOTATION MARK}Referral not found\N{RIGHT SINGLE QUOTATION MARK} means: not found in the extract "
    "supplied. It may have been made and be recorded elsewhere.",
    "A child who is not on it is not cleared: only what these rules could see in this extract was checked.",
)
_TABLES = (("incidents", "incident"), ("children", "child"), ("referrals", "referral"))
_COLUMNS = 18
_PAGE = Page(A4, scale=74)
_PAGE_HEIGHT = 660.0  # points of an A4 page within its margins, at that scale
_FACTS_HEIGHT = 265.0
_CHART_COLUMNS, _FACTS_FROM = 9, 11
_CHART_WIDTH = 480.0  # points: nearly the nine columns to the left of the facts
_LEAST_A_BAR, _MOST_A_BAR = 22.0, 40.0  # points
_MOST_WARNINGS = 40
_SHORT_DIGEST = 12

_BODY = TEXT.but(size=10)
_KEY = _BODY.but(bold=True)
_AFTER_FIGURES = _BODY.but(indent=1)
_FIGURE = NUMBER.but(size=10, indent=0)
_TOTAL = _FIGURE.but(bold=True, line="000000")
_FIGURE_HEADER = HEADER.but(across="right")
_COUNTED = (Outcome.FINDING, Outcome.NOT_DUE, Outcome.UNDETERMINED, Outcome.PASS, Outcome.OUT_OF_SCOPE)
_RULE_HEADERS = ("Subjects", "In scope", "Exceptions", "Not yet due", "Cannot tell", "Passed", "Out of scope")
_FILE_HEADERS = ("Rows read", "Accepted", "Rejected", "of them orphans", "Repeats collapsed")


def write(book: Book, run: Run, tick: Tick) -> None:
    """Write the front sheet: one printed page, the files and warnings on the next."""
    with book.sheet(NAME, (10.2,) * _COLUMNS, _PAGE) as sheet:
        warnings = [warning for warning in (beware(run), _cut(run)) if warning]
        sheet.open(f"{TITLE}: exceptions", _subtitle(run), "\n".join(warnings))
        sheet.gap(8)
        write_tiles(sheet, run)
        if changed := life(run):
            sheet.gap(4)
            sheet.band(changed, _KEY)
        first_row = _write_rules(sheet, run)
        _write_chart_and_facts(sheet, run, first_row)
        sheet.break_page()
        _write_files(sheet, run)
        _write_warnings(sheet, run)


def _subtitle(run: Run) -> str:
    tables = run.record.tables
    accepted = [counted(tables[name].accepted, f"{noun} record") for name, noun in _TABLES if name in tables]
    ran = sum(result.counts is not None for _, result in results(run))
    checked = f"{in_digits(ran)} of {counted(len(run.rules), 'rule')} ran"
    return "   |   ".join([f"Data to {in_words(run.record.as_of)} (London time)", *accepted, checked])


def _cut(run: Run) -> str | None:
    """What a reader must know where a list is longer than its sheet."""
    sizes = (
        ("Exceptions", total(run, Outcome.FINDING), "findings.csv"),
        ("Cannot tell", total(run, Outcome.UNDETERMINED), "findings.csv"),
        *(
            (name, 0 if rows is None else rows.height, "the store")
            for name, rows in (("Resolved", run.resolved), ("Carried over", run.carried_over))
        ),
        ("Rejected records", run.rejected.height, "rejected.csv"),
    )
    cut = [f"{name} ({in_digits(size)}, all in {file})" for name, size, file in sizes if size > MAX_ROWS]
    return f"Cut to the first {in_digits(MAX_ROWS)} lines: {', '.join(cut)}." if cut else None


def _write_rules(sheet: Sheet, run: Run) -> int:
    """Write a line a rule and return the row of the first, the rules that ran first."""
    sheet.gap(6)
    sheet.band("What each rule found", HEADING, 20)
    figures = [Span(9 + i, 9 + i, header, _FIGURE_HEADER) for i, header in enumerate(_RULE_HEADERS)]
    sheet.line(
        Span(1, 1, "Rule", HEADER),
        Span(2, 7, "What it checks", HEADER),
        Span(8, 8, "Severity", HEADER.but(across="center")),
        *figures,
        Span(16, _COLUMNS, "Status", HEADER.but(indent=1)),
        height=28,
    )
    first_row = sheet.rows + 1
    for rule, result in results(run):
        values = [NO_VALUE if figure is None else figure for figure in _figures(result)]
        ran = result.counts is not None
        sheet.line(
            Span(1, 1, rule.id, _KEY),
            Span(2, 7, one_paragraph(rule.summary), _BODY),
            Span(8, 8, rule.severity.value.capitalize(), CHIPS[rule.severity].but(size=10)),
            *(Span(9 + i, 9 + i, value, _FIGURE.but(bold=i == 2)) for i, value in enumerate(values)),
            Span(16, _COLUMNS, status(result), _AFTER_FIGURES if ran else WARNING_BAND.but(size=10)),
        )
    _write_total(sheet, [result for _, result in results(run)])
    return first_row


def _figures(result: RuleResult) -> list[int | None]:
    counts = [None if result.counts is None else result.counts[outcome] for outcome in _COUNTED]
    return [result.subjects, in_scope(result), *counts]


def _write_total(sheet: Sheet, all_results: Sequence[RuleResult]) -> None:
    ran = [result.counts for result in all_results if result.counts is not None]
    words = "Total" if len(ran) == len(all_results) else "Total of the rules that ran"
    totals = [sum(counts[outcome] for counts in ran) if ran else NO_VALUE for outcome in _COUNTED[:3]]
    sheet.line(
        Span(1, 10, words, _TOTAL.but(across="left")),
        *(Span(11 + i, 11 + i, figure, _TOTAL) for i, figure in enumerate(totals)),
        Span(14, _COLUMNS, None, _TOTAL),
    )


def _write_chart_and_facts(sheet: Sheet, run: Run, first_row: int) -> None:
    pairs = results(run)
    ran = [result.counts for _, result in pairs if result.counts is not None]
    found = sum(counts[Outcome.FINDING] for counts in ran)
    idle = len(pairs) - len(ran)
    heading = "Exceptions by rule" + (f" (without {counted(idle, 'rule')} not run)" if idle else "")
    if sheet.height + max(_FACTS_HEIGHT, _LEAST_A_BAR * len(ran)) > _PAGE_HEIGHT:
        sheet.break_page()
    sheet.gap(10)
    sheet.line(
        Span(1, _CHART_COLUMNS, heading, HEADING), Span(_FACTS_FROM, _COLUMNS, "What was checked", HEADING), height=20
    )
    top, start = sheet.rows + 1, sheet.height
    for place, (key, value) in enumerate(_facts(run)):
        left = [] if found or place else [Span(1, _CHART_COLUMNS, no_exceptions(run), STATEMENT)]
        sheet.line(*left, Span(_FACTS_FROM, 12, key, _KEY), Span(13, _COLUMNS, value, _BODY))
    sheet.gap(8)
    sheet.line(Span(_FACTS_FROM, _COLUMNS, "How to read it", HEADING), height=20)
    for sentence in HOW_TO_READ_IT:
        sheet.line(Span(_FACTS_FROM, _COLUMNS, sentence, _BODY))
    if found:
        beside = sheet.height - start
        height = max(_LEAST_A_BAR * len(ran), min(beside, _MOST_A_BAR * len(ran)))
        if height > beside:
            sheet.gap(height - beside)
        sheet.chart(bar_chart(sheet, 1, 11, first_row, len(ran), (_CHART_WIDTH, height)), f"A{top}")


def _facts(run: Run) -> list[tuple[str, str]]:
    record = run.record
    number = "" if record.number is None else f"run {record.number}, "
    return [
        ("Data to", f"{in_words(record.as_of)} (London time)"),
        ("Extract", record.extract),
        ("Not in the extract", ", ".join(record.missing_tables) or "nothing: every table was there"),
        ("Configuration", record.config_file or "none: the defaults"),
        ("Rule pack", f"version {record.rule_pack_version}, digest {record.rule_pack_digest[:_SHORT_DIGEST]}"),
        ("Policy", f"digest {record.policy_digest[:_SHORT_DIGEST]}"),
        ("Run", f"{number}{record.run_id} ({record.kind}), finished {in_words(record.finished_at)}"),
        *([("Reason", record.reason)] if record.reason else []),
        ("Tool", f"version {record.tool_version}"),
    ]


def _write_files(sheet: Sheet, run: Run) -> None:
    sheet.band("Files that were read", HEADING, 20)
    sheet.line(
        Span(1, 2, "Table", HEADER),
        Span(3, 5, "File", HEADER),
        *(Span(6 + i, 6 + i, header, _FIGURE_HEADER) for i, header in enumerate(_FILE_HEADERS)),
        Span(11, _COLUMNS, "SHA-256 of the file", HEADER.but(indent=1)),
        height=28,
    )
    for name, table in run.record.tables.items():
        figures = (table.rows_read, table.accepted, table.rejected, table.orphaned, table.collapsed)
        sheet.line(
            Span(1, 2, name, _KEY),
            Span(3, 5, table.file, _BODY),
            *(Span(6 + i, 6 + i, figure, _FIGURE) for i, figure in enumerate(figures)),
            Span(11, _COLUMNS, table.sha256, _AFTER_FIGURES),
        )
    for name in run.record.missing_tables:
        sheet.line(Span(1, 2, name, _KEY), Span(3, _COLUMNS, "not in the extract", QUIET.but(size=10)))


def _write_warnings(sheet: Sheet, run: Run) -> None:
    warnings = run.record.warnings
    sheet.gap(10)
    sheet.band(f"Warnings ({in_digits(len(warnings))})", HEADING, 20)
    for warning in warnings[:_MOST_WARNINGS] or ("None.",):
        sheet.band(warning, _BODY)
    if len(warnings) > _MOST_WARNINGS:
        sheet.band(f"{in_digits(len(warnings) - _MOST_WARNINGS)} more are in run.json.", _KEY)
