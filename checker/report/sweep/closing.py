"""The closing report of a sweep: an inspector's workbook, and its summary on two pages by itself, to be printed."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from checker.config import ReportConfig, password_of
from checker.models import Sweep
from checker.report import lists, rules
from checker.report.cells import A4, Book, Cover, Page
from checker.report.london import in_words
from checker.report.styles import SET_IN
from checker.report.sweep import decided, inputs, samples, still_open, summary_sheet, words
from checker.report.sweep.progress import lines_to_decide, progress_by
from checker.report.whole import put_whole
from checker.report.words import counted, in_digits
from checker.sampling import result

REPORT, SUMMARY = "sweep_report.xlsx", "sweep_summary.xlsx"
_MOST_EXCLUDED = 5_000


def write_closing(sweep: Sweep, folder: Path, settings: ReportConfig) -> tuple[Path, Path]:
    """Write the closing report of a sweep, signed off or interim, into `folder`; the paths of its two workbooks.

    `sweep_report.xlsx` has all of it, `sweep_summary.xlsx` only its sheet of two pages. Each is whole or not there.

    Args:
        sweep: What to report.
        folder: Where.
        settings: How both are encrypted.

    Raises:
        ConfigError: the password cannot be had.
        ReportError: `folder` cannot be written to, or one of the two is open in another program.
    """
    password, lines = password_of(settings), lines_to_decide(sweep)
    told = summary_sheet.Closing(
        sweep,
        progress_by(sweep, lines),
        lines,
        still_open.rows(sweep, lines),
        [(sample, result(sample)) for sample in sweep.samples],
    )
    with put_whole(folder, (REPORT, SUMMARY), "closing report") as staging:
        with closing(Book(_cover(sweep), staging)) as book:
            _write_report(book, told)
            book.save(staging / REPORT, password)
        with closing(Book(_cover(sweep), staging)) as book:
            summary_sheet.write(book, told)
            book.save(staging / SUMMARY, password)
    return folder / REPORT, folder / SUMMARY


def _write_report(book: Book, told: summary_sheet.Closing) -> None:
    sweep, links = told.sweep, rules.places(told.sweep.run)
    summary_sheet.write(book, told)
    decided.write_referred(book, sweep, told.lines, links)
    still_open.write(book, sweep, told.still_open, links)
    decided.write_made(book, sweep, told.lines, links)
    _write_excluded(book, sweep)
    samples.write(book, told.samples, sweep.order.height)
    rules.write(book, sweep.run, lists.untold)
    inputs.write(book, sweep)


def _cover(sweep: Sweep) -> Cover:
    """What every sheet and page bears; there is no day on which to destroy it, for it is what remains of the sweep."""
    record = sweep.run.record
    below = "Signed off" if words.signed_off(sweep) else "Interim"
    made_at = sweep.signed_off_at or record.finished_at
    return Cover(record.marking, f"Data to {in_words(record.as_of)}", f"{below}. Run {record.run_id[:30]}", made_at)


def _write_excluded(book: Book, sweep: Sweep) -> None:
    reasons = "; ".join(f"{in_digits(count)} {reason}" for reason, count in words.excluded(sweep))
    lists.write_list(
        book,
        "Excluded",
        (
            lists.Column("Incident", "incident_ref", 16, 40, SET_IN.but(bold=True)),
            lists.Column("Why it was not selected", "reason", 60, 90, SET_IN),
        ),
        sweep.excluded.head(_MOST_EXCLUDED),
        Page(A4),
        lists.untold,
        note=f"Not selected, each for the first reason that applies: {reasons}." if reasons else "",
        warning=None,
        when_empty=f"No incident was left out: all {counted(sweep.order.height, 'incident')} were selected.",
        all_in="excluded.csv",
        of=sweep.excluded.height,
    )
