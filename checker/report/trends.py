"""What changes from week to week: tables of the last weeks, and charts that read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import polars as pl

from checker.measures import last_weeks
from checker.models import Rule, RuleResult, Run
from checker.report.cells import Sheet, Span, Value
from checker.report.chart import MOST_LINES, Line, line_chart
from checker.report.figures import (
    COVERAGE_HEADERS,
    FIGURE,
    FIGURE_HEADER,
    HEADER_HEIGHT,
    KEY,
    LEAST_OF_A_TABLE,
    LINE_HEIGHT,
    OF,
    PAGE_HEIGHT,
    SHARE,
    across,
    idle,
)
from checker.report.styles import HEADER, HEADING, NOTE_BAND, QUIET, STATEMENT, TEXT, Look
from checker.report.tally import Tally, charted, count, tallies
from checker.report.words import NO_VALUE

NO_EXTRACT = "no extract"
NOT_RUN = "not run"
_FIRST_WEEK = 5  # its column in the table of rules by week
_CHART_COLUMN = 11  # from which on the chart beside a table of weeks lies
_CHART_WIDTH = 950.0  # points: nearly all columns; a chart beyond them would print a page of its own
_BESIDE_WIDTH = 385.0  # the same of those to the right of a table of weeks
_CHART_HEIGHT = 190.0  # points: three on a page


@dataclass(frozen=True)
class Weeks:
    """The weeks of the sheet, the oldest first, each with a word on how much of it the extracts hold."""

    mondays: tuple[date, ...]
    extent: dict[date, str]

    @property
    def period(self) -> str:
        """From the first to the last day."""
        last = self.mondays[-1] + timedelta(days=6)
        return f"{_day(self.mondays[0])} {self.mondays[0].year} to {_day(last)} {last.year}"


def told_weeks(run: Run, measured: pl.DataFrame) -> Weeks:
    """The weeks that end with that of the run, whether an extract reaches them or not."""
    mondays = tuple(last_weeks(run.record.as_of))
    whole = dict(measured.select("week", "whole").unique().iter_rows())
    words = {True: "", False: "part", None: NO_EXTRACT}
    extent = {monday: words[whole.get(monday)] for monday in mondays}
    if mondays[-1] in whole:
        extent[mondays[-1]] = "so far"
    return Weeks(mondays, extent)


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"


def write_coverage(sheet: Sheet, rule: Rule, measured: pl.DataFrame, weeks: Weeks) -> None:
    """Write what the weeks say of a rule about referrals: who is covered at all, and who by an officer in time."""
    of_week = tallies(measured.filter(rule_id=rule.id), "week")
    table_height = HEADER_HEIGHT + len(weeks.mondays) * LINE_HEIGHT
    sheet.keep_together(80 + table_height, PAGE_HEIGHT)
    sheet.gap(10)
    sheet.band(f"Child coverage and officer compliance by week: {rule.id}", HEADING, 20)
    sheet.band(
        "Child coverage: covered by anyone's referral, of those who passed or are exceptions. Officer compliance: "
        "covered by an officer, in time, of those of whom it is known. Not known: nobody says who submitted a referral "
        "that was in time, or one could not be read.",
        NOTE_BAND,
    )
    headers = ("In scope", "Not yet due", "Cannot tell", *COVERAGE_HEADERS)
    sheet.line(
        Span(1, 1, "Week from", HEADER),
        Span(2, 2, None, HEADER),
        *across(3, headers, [FIGURE_HEADER] * 8),
        height=HEADER_HEIGHT,
    )
    top = sheet.rows
    for monday in weeks.mondays:
        extent = weeks.extent[monday]
        tally = of_week.get((monday,))
        sheet.line(
            Span(1, 1, _day(monday), KEY),
            Span(2, 2, NOT_RUN if tally is None and extent != NO_EXTRACT else extent, QUIET),
            *across(3, _coverage_figures(tally), _coverage_looks()),
        )
    rows = len(weeks.mondays)
    days = sheet.column(1, top + 1, rows)
    lines = [Line(sheet.column(column, top, 1), days, sheet.column(column, top + 1, rows)) for column in (6, 8)]
    sheet.chart(line_chart(lines, (_BESIDE_WIDTH, table_height - LINE_HEIGHT)), sheet.at(_CHART_COLUMN, top))


def _coverage_figures(tally: Tally | None) -> list[Value]:
    if tally is None:
        return [NO_VALUE, NO_VALUE, NO_VALUE, None, NO_VALUE, None, NO_VALUE, NO_VALUE]
    counts = (count(tally.in_scope), count(tally.not_due), count(tally.undetermined))
    covered = charted(tally.passed, tally.judged)
    by_officer = charted(tally.officer_in_time, tally.officer_known)
    return [*counts, *covered, *by_officer, count(tally.officer_unknown)]


def _coverage_looks() -> list[Look]:
    return [FIGURE, FIGURE, FIGURE, SHARE, OF, SHARE, OF, FIGURE]


def write_compliance(
    sheet: Sheet, pairs: Sequence[tuple[Rule, RuleResult]], measured: pl.DataFrame, weeks: Weeks
) -> None:
    """Write the compliance of every rule week by week, and draw it, a few rules a chart."""
    of_week = tallies(measured, "rule_id", "week")
    sheet.keep_together(LEAST_OF_A_TABLE, PAGE_HEIGHT)
    sheet.gap(10)
    sheet.band("Compliance by week, and what it is a share of", HEADING, 20)
    labels = [f"{_day(monday)}\n{weeks.extent[monday]}".strip() for monday in weeks.mondays]

    def write_header() -> None:
        first = [Span(1, 1, "Rule", HEADER), Span(2, _FIRST_WEEK - 1, "Week from", FIGURE_HEADER)]
        sheet.line(*first, *across(_FIRST_WEEK, labels, [FIGURE_HEADER] * len(labels)), height=HEADER_HEIGHT)

    write_header()
    header, drawn = sheet.rows, []
    for rule, result in pairs:
        if sheet.keep_together(2 * LINE_HEIGHT, PAGE_HEIGHT):
            write_header()
        key = [Span(1, 1, rule.id, KEY), Span(2, _FIRST_WEEK - 1, rule.name, TEXT)]
        if no_figures := idle(_FIRST_WEEK, result):
            sheet.line(*key, *no_figures)
            continue
        cells = [_week_cells(of_week.get((rule.id, monday)), weeks.extent[monday]) for monday in weeks.mondays]
        shares, of = zip(*cells, strict=True)
        upper = [*key, *across(_FIRST_WEEK, shares, [SHARE] * len(cells))]
        sheet.line(*(replace(span, look=span.look.but(line=None)) for span in upper))
        if any(figure is not None for figure in shares):
            drawn.append(sheet.rows)
        lower = [Span(1, 1, None, TEXT), Span(2, _FIRST_WEEK - 1, "of", OF)]
        sheet.line(*lower, *across(_FIRST_WEEK, of, [OF] * len(cells)))
    _draw_weeks(sheet, header, drawn, len(labels))


def _week_cells(tally: Tally | None, extent: str) -> tuple[Value, Value]:
    if tally is None:
        return None, NO_VALUE if extent == NO_EXTRACT else NOT_RUN
    return charted(tally.passed, tally.judged)


def _draw_weeks(sheet: Sheet, header: int, rows: Sequence[int], weeks: int) -> None:
    if not rows:
        sheet.band("No week has a share that can be drawn.", STATEMENT)
        return
    charts = -(-len(rows) // MOST_LINES)
    for number in range(charts):
        few = rows[number * len(rows) // charts : (number + 1) * len(rows) // charts]
        sheet.keep_together(_CHART_HEIGHT + 8, PAGE_HEIGHT)
        sheet.gap(8)
        labels = sheet.across(header, _FIRST_WEEK, weeks)
        lines = [Line(sheet.column(1, row, 1), labels, sheet.across(row, _FIRST_WEEK, weeks)) for row in few]
        sheet.chart(line_chart(lines, (_CHART_WIDTH, _CHART_HEIGHT)), sheet.at(1, sheet.rows + 1))
        sheet.gap(_CHART_HEIGHT)
