"""The front sheet: what was checked, what was found, and what this list is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from checker.models import Outcome, RuleResult, Run
from checker.report.cells import A4, TITLE, Book, Page, Sheet, Span, Value
from checker.report.chart import bar_chart
from checker.report.coverage import CHILD_COVERAGE, OFFICER_COMPLIANCE, coverage
from checker.report.daily_search import write_daily_search
from checker.report.hub import write_hub
from checker.report.lists import MAX_ROWS, Tick
from checker.report.london import day_in_words, in_words
from checker.report.styles import (
    BANNER_BAND,
    CHIPS,
    GREY,
    HEADER,
    HEADING,
    NOTE_BAND,
    NUMBER,
    QUIET,
    STATEMENT,
    TEXT,
    WARNING_BAND,
)
from checker.report.systemic import banners
from checker.report.tally import Tally, count, guarded_share, share
from checker.report.tiles import write_tiles
from checker.report.words import (
    NO_VALUE,
    beware,
    counted,
    destroy_by,
    in_digits,
    in_scope,
    life,
    no_exceptions,
    one_paragraph,
    results,
    settled,
    status,
    to_do,
)
from checker.report.worklist import sizes

NAME = "Summary"
HOW_TO_BEGIN = "Begin with the sheet Exceptions: the most urgent incident comes first. The sheet Decisions says how."
IN_THE_WHOLE = "It is about the whole force: see the front sheet of the whole workbook, exceptions.xlsx."
HOW_TO_READ_IT = (
    "This list is a prompt for a person. It decides nothing about a child or an officer.",
    "\N{LEFT SINGLE QUOTATION MARK}Referral not found\N{RIGHT SINGLE QUOTATION MARK} means: not found in the extract "
    "supplied. It may have been made and be recorded elsewhere.",
    "A child who is not on it is not cleared: only what these rules could see in this extract was checked.",
)
_TABLES = (("incidents", "incident"), ("children", "child"), ("referrals", "referral"))
_COLUMNS = 20
_WIDTH = 9.6  # characters, of each
_PAGE = Page(A4, scale=74)
_PAGE_HEIGHT = 660.0  # points of an A4 page within its margins, at that scale
_FACTS_HEIGHT = 249.0
_COVERAGE_HEIGHT, _LINE_HEIGHT = 76.0, 29.0  # points, of its heading and headers, and of a rule in two lines at most
_CHART_COLUMNS, _FACTS_FROM = 10, 12
_CHART_WIDTH = 510.0  # points: nearly the ten columns to the left of the facts
_LEAST_A_BAR, _MOST_A_BAR = 15.0, 40.0  # points
_MOST_WARNINGS = 40
_SHORT_DIGEST = 12

_BODY = TEXT.but(size=10)
_KEY = _BODY.but(bold=True)
_AFTER_FIGURES = _BODY.but(indent=1)
_FIGURE = NUMBER.but(size=10, indent=0)
_TOTAL = _FIGURE.but(bold=True, line="000000")
_SHARE = _FIGURE.but(bold=True, number_format="0.0%")
_OF = _FIGURE.but(colour=GREY)
_IDLE = WARNING_BAND.but(size=10)
_FIGURE_HEADER = HEADER.but(across="right")
_SEVERITY, _FIRST_FIGURE, _EXCEPTIONS = 9, 10, 12  # columns
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
_COVERAGE_HEADERS = ("Child\ncoverage", "of", "Not known", "Officer compliance", "of", "Not known")
_FILE_HEADERS = ("Rows read", "Accepted", "Rejected", "of them orphans", "Repeats collapsed")


def write(book: Book, run: Run, tick: Tick) -> None:
    """Write the front sheet: one printed page, the files and warnings on the next."""
    with book.sheet(NAME, (_WIDTH,) * _COLUMNS, _PAGE) as sheet:
        warnings = [warning for warning in (beware(run), _cut(run)) if warning]
        last_day = destroy_by(run.record)
        keep = f"Destroy this workbook by {day_in_words(last_day)}" if last_day else None
        title = f"{TITLE}: exceptions" + (f" of {run.area}" if run.area else "")
        sheet.open(title, _subtitle(run), "\n".join(warnings), aside=keep)
        for banner in banners(run):
            sheet.band(banner, BANNER_BAND, 18)
        sheet.gap(8)
        write_tiles(sheet, run)
        sheet.gap(4)
        sheet.band(HOW_TO_BEGIN, STATEMENT.but(size=10, indent=0))
        if changed := life(run):
            sheet.band(changed, _BODY.but(line=None))
        rows = _write_rules(sheet, run)
        _write_coverage(sheet, run)
        _write_chart_and_facts(sheet, run, rows)
        sheet.break_page()
        _write_searched_and_sent(sheet, run)
        _write_files(sheet, run)
        _write_warnings(sheet, run)


def _subtitle(run: Run) -> str:
    tables = run.record.tables
    accepted = [counted(tables[name].accepted, f"{noun} record") for name, noun in _TABLES if name in tables]
    ran = sum(result.counts is not None for _, result in results(run))
    checked = f"{in_digits(ran)} of {counted(len(run.rules), 'rule')} ran"
    moment = f"Data to {in_words(run.record.as_of)} (London time)"
    if run.area:
        return "   |   ".join([moment, f"Only what is of {run.area}; of the whole force, counts", checked])
    return "   |   ".join([moment, *accepted, checked])


def _cut(run: Run) -> str | None:
    """What a reader must know where a list is longer than its sheet."""
    cut = [f"{name} ({in_digits(size)}, all in {file})" for name, size, file in sizes(run) if size > MAX_ROWS]
    return f"Cut to the first {in_digits(MAX_ROWS)} lines: {', '.join(cut)}." if cut else None


def _write_rules(sheet: Sheet, run: Run) -> list[int]:
    """Write a line a rule, the rules that ran first, and return the rows of these."""
    sheet.gap(6)
    sheet.band("What each rule found", HEADING, 20)
    headers, exceptions = _headers(run), _exceptions_column(run)
    after = _FIRST_FIGURE + len(headers)

    def write_header() -> None:
        sheet.line(
            Span(1, 1, "Rule", HEADER),
            Span(2, _SEVERITY - 1, "What it checks", HEADER),
            Span(_SEVERITY, _SEVERITY, "Severity", HEADER.but(across="center")),
            *(Span(place, place, header, _FIGURE_HEADER) for place, header in enumerate(headers, start=_FIRST_FIGURE)),
            Span(after, _COLUMNS, "Status", HEADER.but(indent=1)),
            height=28,
        )

    write_header()
    rows, every = [], []
    for rule, result in results(run):
        if sheet.keep_together(_LINE_HEIGHT, _PAGE_HEIGHT):
            write_header()
        ran = result.counts is not None
        figures = _figures(run, rule.id, result) if ran else [NO_VALUE] * len(headers)
        every += [figures] if ran else []
        sheet.line(
            Span(1, 1, rule.id, _KEY),
            Span(2, _SEVERITY - 1, one_paragraph(rule.summary), _BODY),
            Span(_SEVERITY, _SEVERITY, rule.severity.value.capitalize(), CHIPS[rule.severity].but(size=10)),
            *(
                Span(place, place, figure, _FIGURE.but(bold=place == exceptions))
                for place, figure in enumerate(figures, start=_FIRST_FIGURE)
            ),
            Span(after, _COLUMNS, status(result), _AFTER_FIGURES if ran else _IDLE),
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


def _exceptions_column(run: Run) -> int:
    return _FIRST_FIGURE if run.area else _EXCEPTIONS


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
    start = exceptions - _FIRST_FIGURE
    totals = [sum(row[start + place] for row in every) if every else NO_VALUE for place in range(figures)]
    sheet.line(
        Span(1, exceptions - 1, words, _TOTAL.but(across="left")),
        *(Span(place, place, figure, _TOTAL) for place, figure in enumerate(totals, start=exceptions)),
        Span(exceptions + figures, _COLUMNS, None, _TOTAL),
    )


def _write_coverage(sheet: Sheet, run: Run) -> None:
    """Write, of each rule about referrals, who is covered by anyone, and who by an officer in time."""
    told = coverage(run)
    if not told:
        return
    sheet.keep_together(_COVERAGE_HEIGHT + _LINE_HEIGHT * len(told), _PAGE_HEIGHT)
    sheet.gap(8)
    sheet.band("Referrals: child coverage and officer compliance", HEADING, 20)
    sheet.band(f"Child coverage: {CHILD_COVERAGE}. Officer compliance: {OFFICER_COMPLIANCE}.", NOTE_BAND)
    after = _FIRST_FIGURE + len(_COVERAGE_HEADERS)
    sheet.line(
        Span(1, 1, "Rule", HEADER),
        Span(2, _FIRST_FIGURE - 1, "What it checks", HEADER),
        *(Span(at, at, header, _FIGURE_HEADER) for at, header in enumerate(_COVERAGE_HEADERS, start=_FIRST_FIGURE)),
        Span(after, _COLUMNS, "Status", HEADER.but(indent=1)),
        height=28,
    )
    looks = (_SHARE, _OF, _FIGURE) * 2
    for rule, tally in told:
        figures = [NO_VALUE] * len(looks) if tally is None else _coverage_figures(tally, guarded=run.area is not None)
        cells = enumerate(zip(figures, looks, strict=True), start=_FIRST_FIGURE)
        sheet.line(
            Span(1, 1, rule.id, _KEY),
            Span(2, _FIRST_FIGURE - 1, one_paragraph(rule.summary), _BODY),
            *(Span(at, at, figure, look) for at, (figure, look) in cells),
            Span(after, _COLUMNS, status(run.record.rules[rule.id]), _AFTER_FIGURES if tally else _IDLE),
        )


def _coverage_figures(tally: Tally, guarded: bool) -> list[Value]:
    """Both shares, each with what it is of and how many are not known; `guarded` outside the force's own list."""
    covered = (tally.passed, tally.judged, tally.undetermined)
    by_officer = (tally.officer_in_time, tally.officer_known, tally.officer_unknown)
    if guarded:
        return [
            cell
            for part, of, rest in (covered, by_officer)
            for cell in (guarded_share(part, of), count(of), count(rest))
        ]
    return [cell for part, of, rest in (covered, by_officer) for cell in (share(part, of), of, rest)]


def _write_chart_and_facts(sheet: Sheet, run: Run, rows: Sequence[int]) -> None:
    pairs = results(run)
    found = to_do(run, Outcome.FINDING)
    idle = len(pairs) - len(rows)
    heading = "Exceptions by rule" + (f" (without {counted(idle, 'rule')} not run)" if idle else "")
    sheet.keep_together(max(_FACTS_HEIGHT, 30 + _LEAST_A_BAR * len(rows)), _PAGE_HEIGHT)
    sheet.gap(10)
    sheet.line(
        Span(1, _CHART_COLUMNS, heading, HEADING), Span(_FACTS_FROM, _COLUMNS, "What was checked", HEADING), height=20
    )
    top, start = sheet.rows + 1, sheet.height
    for place, (key, value) in enumerate(_facts(run)):
        left = [] if found or place else [Span(1, _CHART_COLUMNS, no_exceptions(run), STATEMENT)]
        sheet.line(*left, Span(_FACTS_FROM, _FACTS_FROM + 1, key, _KEY), Span(_FACTS_FROM + 2, _COLUMNS, value, _BODY))
    sheet.gap(8)
    sheet.line(Span(_FACTS_FROM, _COLUMNS, "How to read it", HEADING), height=20)
    for sentence in HOW_TO_READ_IT:
        sheet.line(Span(_FACTS_FROM, _COLUMNS, sentence, _BODY))
    if found:
        beside = sheet.height - start
        height = max(_LEAST_A_BAR * len(rows), min(beside, _MOST_A_BAR * len(rows)))
        if height > beside:
            sheet.gap(height - beside)
        chart = bar_chart(sheet, 1, _exceptions_column(run), rows, (_CHART_WIDTH, height))
        sheet.chart(chart, f"A{top}")


def _facts(run: Run) -> list[tuple[str, str]]:
    record = run.record
    number = "" if record.number is None else f"run {record.number}, "
    return [
        ("Data to", f"{in_words(record.as_of)} (London time)"),
        ("Extract", record.extract),
        ("Covers", _covers(run)),
        ("Not in the extract", ", ".join(record.missing_tables) or "nothing: every table was there"),
        *([("School days", record.school_calendar)] if record.school_calendar else []),
        ("Configuration", record.config_file or "none: the defaults"),
        ("Rule pack", f"version {record.rule_pack_version}, digest {record.rule_pack_digest[:_SHORT_DIGEST]}"),
        ("Policy", f"digest {record.policy_digest[:_SHORT_DIGEST]}"),
        ("Run", f"{number}{record.run_id} ({record.kind}), finished {in_words(record.finished_at)}"),
        *([("Reason", record.reason)] if record.reason else []),
        ("Tool", f"version {record.tool_version}"),
    ]


def _covers(run: Run) -> str:
    start, end = run.record.covers_from, run.record.covers_to
    if start is None or end is None:
        return "not stated (covers_from): the look-back rests on the store"
    return f"{in_words(start)} to {in_words(end)}"


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


def _write_searched_and_sent(sheet: Sheet, run: Run) -> None:
    look_in = IN_THE_WHOLE if run.area else None
    for write_part in (write_daily_search, write_hub):
        write_part(sheet, run, look_in)
        sheet.gap(10)


def _write_warnings(sheet: Sheet, run: Run) -> None:
    warnings = run.record.warnings
    sheet.gap(10)
    sheet.band(f"Warnings ({in_digits(len(warnings))})", HEADING, 20)
    for warning in warnings[:_MOST_WARNINGS] or ("None.",):
        sheet.band(warning, _BODY)
    if len(warnings) > _MOST_WARNINGS:
        sheet.band(f"{in_digits(len(warnings) - _MOST_WARNINGS)} more are in run.json.", _KEY)
