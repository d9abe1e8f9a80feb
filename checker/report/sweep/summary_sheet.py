"""The closing report on two pages: what was looked at and why, what was decided, what is left, and what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from checker.models import Outcome, Rule, RuleResult, Severity, Sweep
from checker.report.cells import A4, Book, Page, Sheet, Span, Value
from checker.report.front import BODY, FIGURE, FIGURE_HEADER, KEY
from checker.report.london import in_words
from checker.report.styles import GREY, HEADER, HEADING, NAVY, NOTE_BAND, STATEMENT, TINTS, WARNING_BAND
from checker.report.sweep import samples, still_open, words
from checker.report.sweep.blocks import Block, write_blocks
from checker.report.sweep.progress import Progress
from checker.report.tiles import Tile, draw
from checker.report.words import alarm, counted, in_digits, not_run, one_paragraph, results, status

NAME = "Summary sheet"
NOT_SIGNED_OFF = "NOT SIGNED OFF: interim. The sweep goes on, and its figures may change."
HOW_TO_READ_IT = (
    "An exception is what was not found in the extract supplied; it may exist elsewhere. Nothing here is decided about "
    "an officer, and a child who is in no list is not cleared: only what these rules could see was checked."
)
_COLUMNS, _WIDTH = 12, 9.3  # characters, of each
_SCALE = 88
_PAGE = Page(A4, _SCALE, is_upright=True)
_PAGE_HEIGHT = 720.0  # points of an upright A4 page within its margins, at 100 per cent
_PLAIN = (GREY, "F2F2F2")
_SHORT_DIGEST = 12
# Two pages hold what they hold: what is longer is cut here, and stands in full on the other sheets.
_MOST_LETTERS, _MOST_LINES, _MOST_RULES, _MOST_SAMPLES = 420, 8, 26, 3
_CUT = " \N{HORIZONTAL ELLIPSIS}"


@dataclass(frozen=True)
class Closing:
    """A sweep with all that its closing report says of it.

    `lines` and `progress` are those of checker.report.sweep.progress, `still_open` has the rows of
    checker.report.sweep.still_open, `samples` each sample with what came of it.
    """

    sweep: Sweep
    progress: Progress
    lines: pl.DataFrame
    still_open: pl.DataFrame
    samples: Sequence[samples.Result]


def write(book: Book, closing: Closing) -> None:
    """Write the sheet, which prints on two pages exactly."""
    with book.sheet(NAME, (_WIDTH,) * _COLUMNS, _PAGE) as sheet:
        _write_head(sheet, closing)
        _write_population(sheet, closing)
        first = sheet.height
        sheet.break_page()
        _write_open(sheet, closing)
        _write_samples(sheet, closing)
        _write_rules(sheet, closing)
        _write_inputs(sheet, closing.sweep)
        sheet.shrink(min(_SCALE, int(100 * _PAGE_HEIGHT / max(first, sheet.height - first))))


def _write_head(sheet: Sheet, closing: Closing) -> None:
    sweep, told = closing.sweep, closing.progress
    record, signed = sweep.run.record, words.signed_off(closing.sweep)
    note = f"Data to {in_words(record.as_of)} (London time)   |   run {record.number}, {in_words(record.finished_at)}"
    warnings = [_cut(text) for text in (alarm(sweep.run), not_run(sweep.run)) if text]
    sheet.open(_cut(f"Sweep: {sweep.name}", 60), note, "\n".join(warnings))
    sheet.band(_cut(signed or NOT_SIGNED_OFF, 160), STATEMENT if signed else WARNING_BAND.but(size=11), 24)
    sheet.band(_cut(f"Why: {record.reason or 'not stated'}"), BODY.but(line=None, indent=1))
    sheet.gap(6)
    draw(sheet, _tiles(told))
    sheet.gap(4)
    sheet.band(words.sum_of_incidents(told), BODY.but(line=None, bold=True))
    lines = f"{counted(told.lines, 'line')} = {in_digits(told.decided)} decided + {in_digits(told.open_lines)} open."
    sheet.band(" ".join(filter(None, (lines, words.unplaced(told), words.pace(told)))), BODY.but(line=None))


def _tiles(told: Progress) -> list[Tile]:
    begun, left = (TINTS[Severity.HIGH] if figure else _PLAIN for figure in (told.begun, told.left))
    return [
        Tile(told.population, "Incidents", "selected", NAVY, "D9E1F2"),
        Tile(told.looked_at, "Looked at", "every line decided", *_PLAIN),
        Tile(told.begun, "Begun", "", *begun),
        Tile(told.left, "Left", "", *left),
        Tile(told.nothing_to_decide, "Nothing to do", "no line", *_PLAIN),
        Tile(told.newly_referred, "Newly referred", "children", NAVY, "D9E1F2"),
    ]


def _write_population(sheet: Sheet, closing: Closing) -> None:
    sweep, told = closing.sweep, closing.progress
    facts = [(key, _cut(value)) for key, value in words.selection_facts(sweep)]
    if len(facts) > _MOST_LINES:
        facts = [*facts[: _MOST_LINES - 1], ("More", "see the sheets Excluded and Inputs")]
    sheet.gap(4)
    write_blocks(sheet, Block("What was selected", facts, 1, 3, _COLUMNS))
    sheet.gap(4)
    by_line, by_incident = ("Incidents, by their gravest line", None), words.BY_INCIDENT
    write_blocks(
        sheet,
        Block("Verdicts", words.verdicts(sweep), 1, 5, 5, by_line, is_summed=True),
        Block("Decisions", words.decisions(told), 7, _COLUMNS, _COLUMNS, ("Decision", "Lines"), is_summed=True),
    )
    sheet.gap(4)
    write_blocks(
        sheet,
        Block("What has happened since", words.since(sweep), 1, 5, 5, by_incident, is_summed=True),
        Block("Looked at by", _people(told), 7, _COLUMNS, _COLUMNS, ("Name", "Incidents")),
    )


def _people(told: Progress) -> Sequence[tuple[str, Value]]:
    people = [(_cut(name, 60), figure) for name, figure in words.people(told)]
    if len(people) <= _MOST_LINES:
        return people
    return [*people[: _MOST_LINES - 1], (f"{counted(len(people) - _MOST_LINES + 1, 'more name')}", None)]


def _write_open(sheet: Sheet, closing: Closing) -> None:
    """Write what is left open beside the children who were referred."""
    rejected = sum(table.rejected for table in closing.sweep.run.record.tables.values())
    idle = sum(result.counts is None for result in closing.sweep.run.record.rules.values())
    unknown = [
        *still_open.counted(closing.still_open),
        ("Records that could not be read", rejected),
        ("Rules not run", idle),
    ]
    write_blocks(
        sheet,
        Block("Still open", unknown, 1, 6, 6, ("What is not settled, or not known", None)),
        Block(
            words.WITHOUT, closing.progress.without_referral, 8, _COLUMNS, _COLUMNS, words.BY_INCIDENT, is_summed=True
        ),
    )


def _write_samples(sheet: Sheet, closing: Closing) -> None:
    sheet.gap(6)
    sheet.band("What samples say of the whole backlog", HEADING, 20)
    told = closing.samples[-_MOST_SAMPLES:]
    for sample, result in told:
        sheet.band(_cut(f"Sample {sample.number}, {samples.in_a_sentence(sample, result)}"), BODY)
    if not told:
        sheet.band(samples.NONE, BODY)


def _write_rules(sheet: Sheet, closing: Closing) -> None:
    sweep = closing.sweep
    sheet.gap(6)
    sheet.band("Rules", HEADING, 20)
    headers = ("Exceptions", "Cannot tell", "Not yet due", "Passed", "Decided", "Open")
    sheet.line(
        Span(1, 1, "Rule", HEADER),
        Span(2, 6, "Name", HEADER),
        *(Span(at, at, header, FIGURE_HEADER) for at, header in enumerate(headers, start=7)),
    )
    decided = _by_rule(closing.lines.filter("is_decided"))
    still = _by_rule(closing.lines.filter(~pl.col("is_decided")))
    pairs = results(sweep.run)
    for rule, result in pairs[:_MOST_RULES]:
        figures = _figures(rule, result, decided, still)
        sheet.line(Span(1, 1, rule.id, KEY), Span(2, 6, _cut(rule.name, 44), BODY), *figures)
    if len(pairs) > _MOST_RULES:
        more = counted(len(pairs) - _MOST_RULES, "more rule")
        sheet.band(f"{more}: see the sheet Rules.", BODY)


def _figures(rule: Rule, result: RuleResult, decided: dict[str, int], still: dict[str, int]) -> list[Span]:
    if result.counts is None:
        return [Span(7, _COLUMNS, _cut(status(result), 52), WARNING_BAND.but(size=10))]
    counted_ = [result.counts[each] for each in (Outcome.FINDING, Outcome.UNDETERMINED, Outcome.NOT_DUE, Outcome.PASS)]
    figures = [*counted_, decided.get(rule.id, 0), still.get(rule.id, 0)]
    return [Span(at, at, figure, FIGURE) for at, figure in enumerate(figures, start=7)]


def _by_rule(lines: pl.DataFrame) -> dict[str, int]:
    return dict(lines.group_by("rule_id").len().iter_rows())


def _write_inputs(sheet: Sheet, sweep: Sweep) -> None:
    record = sweep.run.record
    facts = [
        ("Extract", _cut(record.extract, 90)),
        ("Not in it", _cut(", ".join(record.missing_tables) or "nothing: every table was there", 90)),
        ("Rule pack", f"version {record.rule_pack_version}, digest {record.rule_pack_digest[:_SHORT_DIGEST]}"),
        ("Policy", f"digest {record.policy_digest[:_SHORT_DIGEST]}"),
        ("Run", f"{record.number} of the store, {record.run_id}, by version {record.tool_version} of the checker"),
    ]
    sheet.gap(6)
    write_blocks(
        sheet, Block("What it rests on (in full on the sheet Inputs of the closing report)", facts, 1, 3, _COLUMNS)
    )
    sheet.line(
        Span(1, 2, "Table", HEADER),
        Span(3, 7, "File", HEADER),
        *(Span(at, at, header, FIGURE_HEADER) for at, header in ((8, "Rows read"), (9, "Accepted"), (10, "Rejected"))),
        Span(11, _COLUMNS, "SHA-256", HEADER.but(indent=1)),
    )
    for name, table in record.tables.items():
        figures = (table.rows_read, table.accepted, table.rejected)
        sheet.line(
            Span(1, 2, name, KEY),
            Span(3, 7, _cut(table.file, 44), BODY),
            *(Span(at, at, figure, FIGURE) for at, figure in enumerate(figures, start=8)),
            Span(11, _COLUMNS, table.sha256[:_SHORT_DIGEST], BODY.but(indent=1)),
        )
    sheet.gap(4)
    sheet.band(HOW_TO_READ_IT, NOTE_BAND)


def _cut(text: str, most: int = _MOST_LETTERS) -> str:
    """A text on one paragraph, no longer than there is room for."""
    text = one_paragraph(text)
    return text if len(text) <= most else text[:most].rstrip() + _CUT
