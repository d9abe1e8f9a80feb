"""The front sheet of a sweep's workbook: what was selected and why, what was found, how far it is, and the score."""

from __future__ import annotations

from dataclasses import replace

from checker.models import Severity, Since, Sweep
from checker.report.cells import Book, Sheet, Span
from checker.report.front import (
    BODY,
    COLUMNS,
    FIGURE,
    FIGURE_HEADER,
    KEY,
    PAGE,
    PAGE_HEIGHT,
    WIDTH,
    write_files,
    write_rules,
    write_warnings,
)
from checker.report.london import day_in_words, in_words
from checker.report.styles import BANNER_BAND, GREY, HEADER, HEADING, NAVY, NOTE_BAND, STATEMENT, TINTS
from checker.report.sweep import words
from checker.report.sweep.blocks import Block, write_blocks
from checker.report.sweep.progress import Progress
from checker.report.systemic import banners
from checker.report.tiles import Tile, draw
from checker.report.words import beware, counted, destroy_by, in_digits

NAME = "Summary"
HOW_TO_BEGIN = (
    "Begin with the sheet To look at: its places say in which order. The sheet Decisions says how to decide; the sheet "
    "Order says how each place comes about."
)
HOW_TO_READ_IT = (
    "This is a prompt for a person. It decides nothing about a child or an officer, and a child who is not on it is "
    "not cleared: only what these rules could see in this extract was checked. The score says in which order to look, "
    "and nothing else."
)
_BLOCK_LINE = 16.0  # points


def write(book: Book, sweep: Sweep, told: Progress, limit: int) -> None:
    """Write the front sheet of the workbook that has the first `limit` incidents."""
    run = sweep.run
    with book.sheet(NAME, (WIDTH,) * COLUMNS, PAGE) as sheet:
        warnings = [each for each in (beware(run), words.rejected_records(sweep), words.unplaced(told)) if each]
        last_day = destroy_by(run.record)
        keep = f"Destroy this workbook by {day_in_words(last_day)}" if last_day else None
        sheet.open(f"Sweep: {sweep.name}", _subtitle(sweep), "\n".join(warnings), aside=keep)
        if run.record.reason:
            sheet.band(f"Why: {run.record.reason}", BODY.but(line=None, indent=1))
        for banner in banners(run):
            sheet.band(banner, BANNER_BAND, 18)
        sheet.gap(8)
        draw(sheet, tiles(sweep, told))
        sheet.gap(4)
        sheet.band(_shown(sweep, limit), STATEMENT.but(size=10, indent=0))
        sheet.band(f"{words.sum_of_incidents(told)} {words.pace(told)}", BODY.but(line=None))
        sheet.gap(6)
        _write_selection(sheet, sweep)
        sheet.gap(6)
        _write_progress(sheet, told)
        sheet.gap(6)
        write_rules(sheet, replace(run, decisions=None))
        _write_score(sheet, sweep)
        sheet.gap(6)
        sheet.band(HOW_TO_READ_IT, NOTE_BAND)
        sheet.break_page()
        write_files(sheet, run)
        write_warnings(sheet, run)


def _subtitle(sweep: Sweep) -> str:
    record = sweep.run.record
    ran = sum(result.counts is not None for result in record.rules.values())
    told = (
        f"Data to {in_words(record.as_of)} (London time)",
        f"run {record.number} of the store, {in_words(record.finished_at)}",
        f"{in_digits(ran)} of {counted(len(record.rules), 'rule')} ran",
    )
    return "   |   ".join(told)


def _shown(sweep: Sweep, limit: int) -> str:
    """How many of the incidents are in the workbook, and where to begin."""
    population = sweep.order.height
    if not population:
        return "No incident was selected."
    if population <= limit:
        here = f"All {in_digits(population)} incidents are" if population > 1 else "The one incident is"
        return f"{here} here. {HOW_TO_BEGIN}"
    here = f"The first {in_digits(limit)} of {in_digits(population)} incidents are here; all are in order.csv."
    return f"{here} {HOW_TO_BEGIN}"


def tiles(sweep: Sweep, told: Progress) -> list[Tile]:
    """The few figures to see first: the incidents and what became of them, the children, what could not be checked."""
    plain = (GREY, "F2F2F2")
    since = dict(words.since(sweep))
    unseen, unsure = (since[each.value.capitalize()] for each in (Since.UNSEEN, Since.CANNOT_TELL))
    missed = sum(number for _, number in told.without_referral)
    tables = sweep.run.record.tables.values()
    read, rejected = sum(table.rows_read for table in tables), sum(table.rejected for table in tables)
    done = f"{100 * told.looked_at // told.to_decide}%" if told.to_decide else ""
    return [
        Tile(told.population, "Incidents", "selected", NAVY, "D9E1F2"),
        Tile(told.to_decide, "To decide", "have a line", NAVY, "D9E1F2"),
        Tile(told.looked_at, "Looked at", done, *plain),
        Tile(told.begun, "Begun", "", *plain),
        Tile(told.left, "Left", "", *(TINTS[Severity.HIGH] if told.left else plain)),
        Tile(told.nothing_to_decide, "Nothing to do", "may be sampled", *plain),
        Tile(missed, "No referral", "children", *(TINTS[Severity.CRITICAL] if missed else plain)),
        Tile(
            unseen,
            "Not seen since",
            f"{in_digits(unsure)} cannot be told",
            *(TINTS[Severity.HIGH] if unseen else plain),
        ),
        Tile(sweep.excluded.height, "Not selected", "incidents", *plain),
        Tile(rejected, "Rejected records", f"of {in_digits(read)} read", *plain),
    ]


def _write_selection(sheet: Sheet, sweep: Sweep) -> None:
    """Write what was selected and what was not, beside the verdicts and what has happened to the children."""
    since = ("Children, for each incident", None)
    write_blocks(
        sheet,
        Block("What was selected", words.selection_facts(sweep), 1, 3, 8),
        Block(
            "Verdicts", words.verdicts(sweep), 10, 13, 13, ("Incidents, by their gravest line", None), is_summed=True
        ),
        Block("What has happened since", words.since(sweep), 15, 20, 20, since, is_summed=True),
    )


def _write_progress(sheet: Sheet, told: Progress) -> None:
    decisions = words.decisions(told)
    sheet.keep_together(50 + _BLOCK_LINE * len(decisions), PAGE_HEIGHT)
    write_blocks(
        sheet,
        Block("Decisions so far", decisions, 1, 8, 8, ("Decision", "Lines"), is_summed=True),
        Block("Looked at by", words.people(told), 10, 13, 13, ("Name", "Incidents")),
        Block(words.WITHOUT, told.without_referral, 15, 20, 20, words.BY_INCIDENT, is_summed=True),
    )


def _write_score(sheet: Sheet, sweep: Sweep) -> None:
    """Write how the score is made: its parts, what each counts, and the points for each."""
    record = sweep.run.record
    parts = words.parts(record)
    sheet.keep_together(90 + _BLOCK_LINE * len(parts), PAGE_HEIGHT)
    sheet.gap(8)
    sheet.band("How the score is made that says in which order to look", HEADING, 20)
    told = (
        "The score of an incident is the sum of its parts; anybody can work it out from its row on the sheet Order. "
        f"What is counted above {words.most_counted(record)} adds nothing more."
    )
    if sweep.order.height:
        told += f" The first of them: {words.sum_in_words(sweep.order.row(0, named=True), record)}."
    sheet.band(told, NOTE_BAND)
    sheet.line(
        Span(1, 1, "Part", HEADER),
        Span(2, 5, "Name", HEADER),
        Span(6, COLUMNS - 2, "What is counted", HEADER),
        Span(COLUMNS - 1, COLUMNS, "Points for each", FIGURE_HEADER),
    )
    for part in parts:
        sheet.line(
            Span(1, 1, part.letter, KEY),
            Span(2, 5, part.name, BODY),
            Span(6, COLUMNS - 2, part.counts, BODY),
            Span(COLUMNS - 1, COLUMNS, part.weight, FIGURE),
        )
