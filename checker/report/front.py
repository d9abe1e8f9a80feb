"""What every front sheet has: its grid, a line for each rule, the files that were read, the warnings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from checker.models import Outcome, RuleResult, Run
from checker.report.cells import A4, Page, Sheet, Span, Value
from checker.report.styles import CHIPS, HEADER, HEADING, NUMBER, QUIET, TEXT, WARNING_BAND
from checker.report.tally import count
from checker.report.words import NO_VALUE, in_digits, in_scope, one_paragraph, results, settled, status

COLUMNS = 20
WIDTH = 9.6  # characters, of each
PAGE = Page(A4, scale=74)
PAGE_HEIGHT = 660.0  # points of an A4 page within its margins, at that scale
LINE_HEIGHT = 29.0  # points, of a rule in two lines at most
_HEADER_HEIGHT = 54.0  # points, with the heading
_FEW_RULES = 4  # fewer of them do not stand alone at the foot of a page
SEVERITY, FIRST_FIGURE = 9, 10  # columns

BODY = TEXT.but(size=10)
KEY = BODY.but(bold=True)
AFTER_FIGURES = BODY.but(indent=1)
FIGURE = NUMBER.but(size=10, indent=0)
IDLE = WARNING_BAND.but(size=10)
FIGURE_HEADER = HEADER.but(across="right")

_MOST_WARNINGS = 40
_EXCEPTIONS = 12  # column
_TOTAL = FIGURE.but(bold=True, line="000000")
_LISTED = (Outcome.FINDING, Outcome.NOT_DUE, Outcome.UNDETERMINED)
_RULE_HEADERS = ("Subjects", "In scope", "Exceptions", "Not yet\ndue", "Cannot tell", "Passed", "Out of scope")
_HEADERS_WITH_DECISIONS = (
    *(
        "Subjects",
        "In scope",
        "Exceptions to work",
        "settled",
        "Not yet\ndue",
        "Cannot tell to work",
        "settled",
        "Passed",
    ),
)
_OF_THE_FORCE = ("Whole force: exceptions", "Whole force: cannot tell")
_FILE_HEADERS = ("Rows read", "Accepted", "Rejected", "of them orphans", "Repeats collapsed")


def write_rules(sheet: Sheet, run: Run) -> list[int]:
    """Write a line a rule, the rules that ran first, and return the rows of these."""
    sheet.keep_together(_HEADER_HEIGHT + LINE_HEIGHT * min(len(run.rules), _FEW_RULES), PAGE_HEIGHT)
    sheet.gap(6)
    sheet.band("What each rule found", HEADING, 20)
    headers, exceptions = _headers(run), exceptions_column(run)
    after = FIRST_FIGURE + len(headers)

    def write_header() -> None:
        sheet.line(
            Span(1, 1, "Rule", HEADER),
            Span(2, SEVERITY - 1, "What it checks", HEADER),
            Span(SEVERITY, SEVERITY, "Severity", HEADER.but(across="center")),
            *(Span(place, place, header, FIGURE_HEADER) for place, header in enumerate(headers, start=FIRST_FIGURE)),
            Span(after, COLUMNS, "Status", HEADER.but(indent=1)),
            height=28,
        )

    write_header()
    rows, every = [], []
    for rule, result in results(run):
        if sheet.keep_together(LINE_HEIGHT, PAGE_HEIGHT):
            write_header()
        ran = result.counts is not None
        figures = _figures(run, rule.id, result) if ran else [NO_VALUE] * len(headers)
        every += [figures] if ran else []
        sheet.line(
            Span(1, 1, rule.id, KEY),
            Span(2, SEVERITY - 1, one_paragraph(rule.summary), BODY),
            Span(SEVERITY, SEVERITY, rule.severity.value.capitalize(), CHIPS[rule.severity].but(size=10)),
            *(
                Span(place, place, figure, FIGURE.but(bold=place == exceptions))
                for place, figure in enumerate(figures, start=FIRST_FIGURE)
            ),
            Span(after, COLUMNS, status(result), AFTER_FIGURES if ran else IDLE),
        )
        rows += [sheet.rows] if ran else []
    _write_total(sheet, len(run.rules), every, exceptions, len(_listed_headers(run)))
    return rows


def _headers(run: Run) -> tuple[str, ...]:
    """What is counted of each rule; of what passed in one area there is no count."""
    if run.area:
        return (*_listed_headers(run), *_OF_THE_FORCE)
    return _RULE_HEADERS if run.decisions is None else _HEADERS_WITH_DECISIONS


def _listed_headers(run: Run) -> tuple[str, ...]:
    """The headers of what is listed on some sheet."""
    return _RULE_HEADERS[2:5] if run.decisions is None else _HEADERS_WITH_DECISIONS[2:7]


def exceptions_column(run: Run) -> int:
    """The column in which the rules have their exceptions."""
    return FIRST_FIGURE if run.area else _EXCEPTIONS


def _figures(run: Run, rule_id: str, result: RuleResult) -> list[Value]:
    """The figures of a rule that ran; where decisions are kept, what is to work and what is settled make its count."""
    assert result.counts is not None  # noqa: S101 - it ran
    counts, listed = result.counts, _listed_figures(run, rule_id, result.counts)
    if run.area:
        force = run.force[rule_id] or {}
        return [*listed, count(force[Outcome.FINDING]), count(force[Outcome.UNDETERMINED])]
    after = (Outcome.PASS, Outcome.OUT_OF_SCOPE) if run.decisions is None else (Outcome.PASS,)
    return [result.subjects, in_scope(result), *listed, *(counts[outcome] for outcome in after)]


def _listed_figures(run: Run, rule_id: str, counts: Mapping[Outcome, int]) -> list[int]:
    if run.decisions is None:
        return [counts[outcome] for outcome in _LISTED]
    kept = settled(run)
    exceptions, untold = (kept.get((rule_id, each.value), 0) for each in (Outcome.FINDING, Outcome.UNDETERMINED))
    worked = counts[Outcome.FINDING] - exceptions, exceptions
    return [*worked, counts[Outcome.NOT_DUE], counts[Outcome.UNDETERMINED] - untold, untold]


def _write_total(sheet: Sheet, rules: int, every: Sequence[Sequence[Any]], exceptions: int, figures: int) -> None:
    """Write the totals of the `figures` that are listed somewhere; a rule that did not run adds nothing."""
    words = "Total" if len(every) == rules else "Total of the rules that ran"
    start = exceptions - FIRST_FIGURE
    totals = [sum(row[start + place] for row in every) if every else NO_VALUE for place in range(figures)]
    sheet.line(
        Span(1, exceptions - 1, words, _TOTAL.but(across="left")),
        *(Span(place, place, figure, _TOTAL) for place, figure in enumerate(totals, start=exceptions)),
        Span(exceptions + figures, COLUMNS, None, _TOTAL),
    )


def write_files(sheet: Sheet, run: Run) -> None:
    """Write what was read: a line for each file with its counts and its SHA-256, and one for each table not there."""
    sheet.band("Files that were read", HEADING, 20)
    sheet.line(
        Span(1, 2, "Table", HEADER),
        Span(3, 5, "File", HEADER),
        *(Span(6 + i, 6 + i, header, FIGURE_HEADER) for i, header in enumerate(_FILE_HEADERS)),
        Span(11, COLUMNS, "SHA-256 of the file", HEADER.but(indent=1)),
        height=28,
    )
    for name, table in run.record.tables.items():
        figures = (table.rows_read, table.accepted, table.rejected, table.orphaned, table.collapsed)
        sheet.line(
            Span(1, 2, name, KEY),
            Span(3, 5, table.file, BODY),
            *(Span(6 + i, 6 + i, figure, FIGURE) for i, figure in enumerate(figures)),
            Span(11, COLUMNS, table.sha256, AFTER_FIGURES),
        )
    for name in run.record.missing_tables:
        sheet.line(Span(1, 2, name, KEY), Span(3, COLUMNS, "not in the extract", QUIET.but(size=10)))


def write_warnings(sheet: Sheet, run: Run) -> None:
    """Write the warnings of the run, as many as fit."""
    warnings = run.record.warnings
    sheet.gap(10)
    sheet.band(f"Warnings ({in_digits(len(warnings))})", HEADING, 20)
    for warning in warnings[:_MOST_WARNINGS] or ("None.",):
        sheet.band(warning, BODY)
    if len(warnings) > _MOST_WARNINGS:
        sheet.band(f"{in_digits(len(warnings) - _MOST_WARNINGS)} more are in run.json.", KEY)
