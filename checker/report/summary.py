"""The front sheet: what was checked, what was found, and what this list is not."""

from __future__ import annotations

from collections.abc import Sequence

from checker.models import Outcome, Run
from checker.report.cells import TITLE, Book, Sheet, Span, Value
from checker.report.chart import bar_chart
from checker.report.coverage import CHILD_COVERAGE, OFFICER_COMPLIANCE, coverage
from checker.report.daily_search import write_daily_search
from checker.report.front import (
    AFTER_FIGURES,
    BODY,
    COLUMNS,
    FIGURE,
    FIGURE_HEADER,
    FIRST_FIGURE,
    IDLE,
    KEY,
    LINE_HEIGHT,
    PAGE,
    PAGE_HEIGHT,
    WIDTH,
    exceptions_column,
    write_files,
    write_rules,
    write_warnings,
)
from checker.report.hub import write_hub
from checker.report.lists import MAX_ROWS, Tick
from checker.report.london import day_in_words, in_words
from checker.report.styles import BANNER_BAND, GREY, HEADER, HEADING, NOTE_BAND, STATEMENT
from checker.report.systemic import banners
from checker.report.tally import Tally, count, guarded_share, share
from checker.report.tiles import draw, tiles
from checker.report.words import (
    NO_VALUE,
    beware,
    counted,
    destroy_by,
    in_digits,
    life,
    no_exceptions,
    one_paragraph,
    results,
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
_FACTS_HEIGHT = 249.0
_COVERAGE_HEIGHT = 76.0  # points, of its heading and headers
_CHART_COLUMNS, _FACTS_FROM = 10, 12
_CHART_WIDTH = 510.0  # points: nearly the ten columns to the left of the facts
_LEAST_A_BAR, _MOST_A_BAR = 15.0, 40.0  # points
_SHORT_DIGEST = 12

_SHARE = FIGURE.but(bold=True, number_format="0.0%")
_OF = FIGURE.but(colour=GREY)
_COVERAGE_HEADERS = ("Child\ncoverage", "of", "Not known", "Officer compliance", "of", "Not known")


def write(book: Book, run: Run, tick: Tick) -> None:
    """Write the front sheet: one printed page, the files and warnings on the next."""
    with book.sheet(NAME, (WIDTH,) * COLUMNS, PAGE) as sheet:
        warnings = [warning for warning in (beware(run), _cut(run)) if warning]
        last_day = destroy_by(run.record)
        keep = f"Destroy this workbook by {day_in_words(last_day)}" if last_day else None
        title = f"{TITLE}: exceptions" + (f" of {run.area}" if run.area else "")
        sheet.open(title, _subtitle(run), "\n".join(warnings), aside=keep)
        for banner in banners(run):
            sheet.band(banner, BANNER_BAND, 18)
        sheet.gap(8)
        draw(sheet, tiles(run))
        sheet.gap(4)
        sheet.band(HOW_TO_BEGIN, STATEMENT.but(size=10, indent=0))
        if changed := life(run):
            sheet.band(changed, BODY.but(line=None))
        rows = write_rules(sheet, run)
        _write_coverage(sheet, run)
        _write_chart_and_facts(sheet, run, rows)
        sheet.break_page()
        _write_searched_and_sent(sheet, run)
        write_files(sheet, run)
        write_warnings(sheet, run)


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


def _write_coverage(sheet: Sheet, run: Run) -> None:
    """Write, of each rule about referrals, who is covered by anyone, and who by an officer in time."""
    told = coverage(run)
    if not told:
        return
    sheet.keep_together(_COVERAGE_HEIGHT + LINE_HEIGHT * len(told), PAGE_HEIGHT)
    sheet.gap(8)
    sheet.band("Referrals: child coverage and officer compliance", HEADING, 20)
    sheet.band(f"Child coverage: {CHILD_COVERAGE}. Officer compliance: {OFFICER_COMPLIANCE}.", NOTE_BAND)
    after = FIRST_FIGURE + len(_COVERAGE_HEADERS)
    sheet.line(
        Span(1, 1, "Rule", HEADER),
        Span(2, FIRST_FIGURE - 1, "What it checks", HEADER),
        *(Span(at, at, header, FIGURE_HEADER) for at, header in enumerate(_COVERAGE_HEADERS, start=FIRST_FIGURE)),
        Span(after, COLUMNS, "Status", HEADER.but(indent=1)),
        height=28,
    )
    looks = (_SHARE, _OF, FIGURE) * 2
    for rule, tally in told:
        figures = [NO_VALUE] * len(looks) if tally is None else _coverage_figures(tally, guarded=run.area is not None)
        cells = enumerate(zip(figures, looks, strict=True), start=FIRST_FIGURE)
        sheet.line(
            Span(1, 1, rule.id, KEY),
            Span(2, FIRST_FIGURE - 1, one_paragraph(rule.summary), BODY),
            *(Span(at, at, figure, look) for at, (figure, look) in cells),
            Span(after, COLUMNS, status(run.record.rules[rule.id]), AFTER_FIGURES if tally else IDLE),
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
    sheet.keep_together(max(_FACTS_HEIGHT, 30 + _LEAST_A_BAR * len(rows)), PAGE_HEIGHT)
    sheet.gap(10)
    sheet.line(
        Span(1, _CHART_COLUMNS, heading, HEADING), Span(_FACTS_FROM, COLUMNS, "What was checked", HEADING), height=20
    )
    top, start = sheet.rows + 1, sheet.height
    for place, (key, value) in enumerate(_facts(run)):
        left = [] if found or place else [Span(1, _CHART_COLUMNS, no_exceptions(run), STATEMENT)]
        sheet.line(*left, Span(_FACTS_FROM, _FACTS_FROM + 1, key, KEY), Span(_FACTS_FROM + 2, COLUMNS, value, BODY))
    sheet.gap(8)
    sheet.line(Span(_FACTS_FROM, COLUMNS, "How to read it", HEADING), height=20)
    for sentence in HOW_TO_READ_IT:
        sheet.line(Span(_FACTS_FROM, COLUMNS, sentence, BODY))
    if found:
        beside = sheet.height - start
        height = max(_LEAST_A_BAR * len(rows), min(beside, _MOST_A_BAR * len(rows)))
        if height > beside:
            sheet.gap(height - beside)
        chart = bar_chart(sheet, 1, exceptions_column(run), rows, (_CHART_WIDTH, height))
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


def _write_searched_and_sent(sheet: Sheet, run: Run) -> None:
    look_in = IN_THE_WHOLE if run.area else None
    for write_part in (write_daily_search, write_hub):
        write_part(sheet, run, look_in)
        sheet.gap(10)
