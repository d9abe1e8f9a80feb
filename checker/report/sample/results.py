"""The workbook of what came of a sample: agreement, estimate, and both reviewers side by side."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from checker.config import ReportConfig, password_of
from checker.models import Answer, Sample, Sweep
from checker.report.cells import A4, Book, Page, Sheet, Span, Value
from checker.report.london import in_words
from checker.report.sample.answers import cover, write_meanings
from checker.report.sample.side_by_side import write_side_by_side
from checker.report.sample.words import (
    agreement_in_words,
    estimate_in_words,
    high_share,
    how_drawn,
    low_share,
)
from checker.report.styles import GOLD, HEADER, HEADING, NUMBER, SET_IN, STATEMENT, Look
from checker.report.whole import put_whole
from checker.report.words import NO_VALUE, counted, in_digits
from checker.sampling import Estimate, SampleResult, answered, result

FRONT = "Results"
NOT_YET = "NOT EVERY ANSWER IS IN. Keep this workbook from a reviewer who still has incidents to answer for."
HOW_EXACT = (
    "Found: a child is not accounted for. The limits are exact for a backlog of this size (two one-sided tests of the "
    "hypergeometric distribution). Whatever is unresolved counts as not found in the lowest number, and as found in "
    "the highest."
)
OF_STRATA = (
    "Each stratum has its own limits at 95%. Those of the whole backlog are the sums of the limits of its strata at "
    "{:.4g}% each, so that all of these hold at once in 95 samples of 100 or more; that makes them wide."
)
_GRID = (11.2,) * 13
_LABEL = 4  # columns
_KEY, _PLAIN = SET_IN.but(size=10, bold=True), SET_IN.but(size=10, line=None)
_FIGURE = NUMBER.but(size=10, indent=0)
_RIGHT = HEADER.but(across="right", down="bottom")
_FIGURES = ("Incidents", "Sampled", "Found", "Unresolved", "Likeliest", "Lowest", "Highest")


def write_sample_results(sweep: Sweep, sample: Sample, folder: Path, settings: ReportConfig) -> Path:
    """Write the workbook of what came of a sample so far into `folder`, whole or not at all; its path.

    It is marked as the run is, and encrypted as workbooks are. One that is there already is replaced.

    Raises:
        ConfigError: the password cannot be had.
        ReportError: `folder` cannot be written to, or the file is open in another program.
    """
    password, came = password_of(settings), result(sample)
    file = results_file(sample, folder)
    with (
        put_whole(folder, [file.name], "results of the sample") as staging,
        closing(Book(cover(sweep, sample, "results", datetime.now(UTC)), staging)) as book,
    ):
        _write_front(book, sweep, sample, came)
        write_side_by_side(book, sweep, sample, FRONT, None if came.whole else NOT_YET)
        book.save(staging / file.name, password)
    return file


def results_file(sample: Sample, folder: Path) -> Path:
    """Where the workbook of what came of a sample stands in `folder`."""
    return folder / f"sample_{sample.number}_results.xlsx"


def _write_front(book: Book, sweep: Sweep, sample: Sample, came: SampleResult) -> None:
    with book.sheet(FRONT, _GRID, Page(A4), tab=GOLD) as sheet:
        drawn = f"{counted(sample.rows.height, 'incident')} of {in_digits(sweep.order.height)}"
        note = f"{drawn}, drawn on {in_words(sample.drawn_at)}, each to be looked at by two reviewers on their own."
        sheet.open(f"Sample {sample.number} of the sweep {sweep.name}: results", note, None if came.whole else NOT_YET)
        sheet.gap(6)
        _write_estimate(sheet, came)
        _write_agreement(sheet, sample, came)
        sheet.gap(6)
        sheet.band("How it was drawn, and how anybody can draw it again", HEADING, 20)
        sheet.band(how_drawn(sample, sweep.order.height), _PLAIN)
        sheet.gap(6)
        sheet.band("What each answer means", HEADING, 20)
        write_meanings(sheet, FRONT, _LABEL)


def _write_estimate(sheet: Sheet, came: SampleResult) -> None:
    sheet.band("What the sample says of the whole backlog", HEADING, 20)
    if came.whole is None:
        sheet.band(came.why_none, STATEMENT)
        return
    sheet.band(estimate_in_words(came.whole), STATEMENT)
    sheet.line(Span(1, _LABEL, "Of", HEADER.but(indent=1)), *_figures(_FIGURES, "Share", _RIGHT))
    _write_line(sheet, "the whole backlog", came.whole)
    for stratum in came.strata:
        _write_line(sheet, stratum.stratum, stratum)
    notes = [HOW_EXACT]
    if came.strata:
        notes.append(OF_STRATA.format(100 - 5 / len(came.strata)))
    sheet.band(" ".join(notes), _PLAIN)


def _write_line(sheet: Sheet, name: str, of: Estimate) -> None:
    point = NO_VALUE if of.point is None else round(of.point)
    figures = (of.of, of.sampled, of.found, of.unresolved, point, of.low, of.high)
    share = f"{low_share(of)} to {high_share(of)}"
    sheet.line(Span(1, _LABEL, name, _KEY), *_figures(figures, share, _FIGURE))


def _figures(figures: Sequence[Value], share: str, look: Look) -> list[Span]:
    """A column for each figure, and two for the share."""
    last = _LABEL + len(figures) + 1
    singles = [Span(place, place, each, look) for place, each in enumerate(figures, start=_LABEL + 1)]
    return [*singles, Span(last, last + 1, share, look)]


def _write_agreement(sheet: Sheet, sample: Sample, came: SampleResult) -> None:
    sheet.gap(6)
    sheet.band("How far the reviewers agree", HEADING, 20)
    sheet.band(agreement_in_words(came), STATEMENT)
    if not came.reviewed:
        return
    counts = dict.fromkeys(((one, other) for one in Answer for other in Answer), 0)
    both = answered(sample).drop_nulls(["answer_1", "answer_2"])
    for one, other in both.select("answer_1", "answer_2").iter_rows():
        counts[Answer(one), Answer(other)] += 1
    places = {answer: _LABEL + 1 + 2 * place for place, answer in enumerate(Answer)}
    headers = [Span(at, at + 1, f"Reviewer 2: {answer.value}", _RIGHT) for answer, at in places.items()]
    sheet.line(Span(1, _LABEL, "Incidents that both have answered for", HEADER.but(indent=1, down="bottom")), *headers)
    for one in Answer:
        cells = [Span(at, at + 1, counts[one, other], _FIGURE) for other, at in places.items()]
        sheet.line(Span(1, _LABEL, f"Reviewer 1: {one.value}", _KEY), *cells)
