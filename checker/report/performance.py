"""The sheet that a unit is managed by: how often each rule is kept, how late what is late is, where, and since when."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from checker.models import ReportPart, Rule, RuleResult, Run
from checker.report.cells import Book, Sheet, Span, Value
from checker.report.figures import (
    COLUMNS,
    COVERAGE_HEADERS,
    FIGURE,
    FIGURE_HEADER,
    HEADER_HEIGHT,
    HOURS,
    KEY,
    LEAST_OF_A_TABLE,
    LINE_HEIGHT,
    OF,
    PAGE,
    PAGE_HEIGHT,
    SHARE,
    WIDTH,
    across,
    idle,
)
from checker.report.lists import Tick
from checker.report.styles import CHIPS, HEADER, HEADING, QUIET, TEXT, Look
from checker.report.tally import NO_CASES, NOTHING, Tally, count, guarded_median, guarded_share, median, share, tallies
from checker.report.trends import told_weeks, write_compliance, write_coverage
from checker.report.words import beware, one_paragraph, results

NAME = "Performance"
NONE_RECORDED = "none recorded"
_RULE_HEADERS = (
    "In scope",
    "Exceptions",
    "Not yet due",
    "Cannot tell",
    "Passed",
    "Compliance",
    "of",
    "Median hours late",
)
_AREA_HEADERS = ("In scope", "Compliance", "of", "Median hours late", *COVERAGE_HEADERS)


def write(book: Book, run: Run, tick: Tick) -> None:
    """Write the sheet, where the run was measured."""
    if run.weeks is None:
        return
    weeks = told_weeks(run, run.weeks)
    pairs = results(run)
    with book.sheet(NAME, (WIDTH,) * COLUMNS, PAGE) as sheet:
        sheet.open(f"{NAME}: {weeks.period}", _note(), beware(run))
        _write_rules(sheet, pairs, run.weeks)
        for rule, result in pairs:
            if rule.counted_in == ReportPart.COVERAGE and result.counts is not None:
                write_coverage(sheet, rule, run.weeks, weeks)
        write_compliance(sheet, pairs, run.weeks, weeks)
        _write_areas(sheet, "District", "Each rule by district", pairs, run.weeks.rename({"district": "area"}))
        _write_areas(sheet, "Team", "Each rule by team", pairs, run.weeks.rename({"team": "area"}))
        concerns = run.weeks.with_columns(area=pl.col("concern_types").str.split(";")).explode("area")
        heading = "Each rule by concern type (an incident with two of them is counted under each)"
        _write_areas(sheet, "Concern type", heading, pairs, concerns)


def _note() -> str:
    return (
        "By the week, from Monday, in which the incident was reported; what is older is on the other sheets only. "
        "Compliance: passed, of those that passed or are exceptions. What is not yet due or cannot be told counts as "
        "neither. Hours late: from the due time of an exception to the extract. By week or place a count under 5 is "
        "<5, and no share or median of under 5 is shown."
    )


def _write_rules(sheet: Sheet, pairs: Sequence[tuple[Rule, RuleResult]], measured: pl.DataFrame) -> None:
    of_rule = tallies(measured, "rule_id")
    sheet.gap(6)
    sheet.band("Each rule", HEADING, 20)
    sheet.line(
        Span(1, 1, "Rule", HEADER),
        Span(2, 8, "What it checks", HEADER),
        Span(9, 9, "Severity", HEADER.but(across="center")),
        *across(10, _RULE_HEADERS, [FIGURE_HEADER] * 8),
        height=HEADER_HEIGHT,
    )
    looks = (FIGURE, FIGURE.but(bold=True), FIGURE, FIGURE, FIGURE, SHARE, OF, HOURS)
    for rule, result in pairs:
        tally = of_rule.get((rule.id,), NOTHING)
        counts = (tally.in_scope, tally.finding, tally.not_due, tally.undetermined, tally.passed)
        figures = (*counts, share(tally.passed, tally.judged), tally.judged, median(tally))
        sheet.line(
            Span(1, 1, rule.id, KEY),
            Span(2, 8, one_paragraph(rule.summary), TEXT),
            Span(9, 9, rule.severity.value.capitalize(), CHIPS[rule.severity]),
            *(idle(10, result) or across(10, figures, looks)),
        )


def _write_areas(
    sheet: Sheet, kind: str, heading: str, pairs: Sequence[tuple[Rule, RuleResult]], measured: pl.DataFrame
) -> None:
    """Write how each rule fared in each area, which the column `area` names."""
    of_area = tallies(measured, "rule_id", "area")
    sheet.keep_together(LEAST_OF_A_TABLE, PAGE_HEIGHT)
    sheet.gap(10)
    sheet.band(heading, HEADING, 20)

    def write_header() -> None:
        first = [Span(1, 1, "Rule", HEADER), Span(2, 4, "Name", HEADER), Span(5, 8, kind, HEADER)]
        sheet.line(*first, *across(9, _AREA_HEADERS, [FIGURE_HEADER] * 9), height=HEADER_HEIGHT)

    def write_line(*spans: Span) -> None:
        if sheet.keep_together(LINE_HEIGHT, PAGE_HEIGHT):
            write_header()
        sheet.line(*spans)

    write_header()
    for rule, result in pairs:
        key = [Span(1, 1, rule.id, KEY), Span(2, 4, rule.name, TEXT)]
        areas = {area: tally for (rule_id, area), tally in of_area.items() if rule_id == rule.id and tally.in_scope}
        if no_figures := idle(5, result):
            write_line(*key, *no_figures)
            continue
        if not areas:
            write_line(*key, Span(5, COLUMNS, NO_CASES, QUIET))
        for area in sorted(areas, key=lambda area: (area is None, str(area))):
            name = Span(5, 8, NONE_RECORDED, QUIET) if area is None else Span(5, 8, str(area), TEXT)
            write_line(*key, name, *across(9, *_area_figures(rule, areas[area])))


def _area_figures(rule: Rule, tally: Tally) -> tuple[list[Value], list[Look]]:
    comply = guarded_share(tally.passed, tally.judged)
    figures = [count(tally.in_scope), comply, count(tally.judged), guarded_median(tally)]
    looks = [FIGURE, SHARE, OF, HOURS]
    if rule.counted_in != ReportPart.COVERAGE:
        return [*figures, *[None] * 5], [*looks, *[TEXT] * 5]
    by_officer = guarded_share(tally.officer_in_time, tally.officer_known)
    coverage = [comply, count(tally.judged), by_officer, count(tally.officer_known), count(tally.officer_unknown)]
    return [*figures, *coverage], [*looks, SHARE, OF, SHARE, OF, FIGURE]
