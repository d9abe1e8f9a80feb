"""The return report: what was taken out of returned workbooks, and line by line what was not, why, and what to do."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import polars as pl

from checker.config import ReportConfig, password_of
from checker.models import Collected
from checker.report.cells import A4, Book, Cover, Page
from checker.report.lists import Column, untold, write_list
from checker.report.london import in_words
from checker.report.styles import NUMBER, SET_IN, TEXT
from checker.report.whole import put_whole
from checker.report.words import counted, taken_in_words

WORKBOOKS, PROBLEMS = "Workbooks", "Problems"
REVIEWS = Column("Reviews taken", "reviews", 18, 18, NUMBER)
WORKBOOK_COLUMNS = (
    Column("File", "file", 30, 60, TEXT.but(bold=True)),
    Column("Lines read", "lines", 14, 14, NUMBER),
    Column("Decisions taken", "decisions", 18, 18, NUMBER),
    REVIEWS,
    Column("Unchanged", "repeated", 14, 14, NUMBER),
    Column("Problems", "problems", 14, 14, NUMBER),
)
PROBLEM_COLUMNS = (
    Column("File", "file", 16, 26, TEXT.but(bold=True)),
    Column("Sheet", "sheet", 12, 16),
    Column("Row", "row", 7, 7, NUMBER),
    Column("Finding or line id", "finding_id", 17, 25, SET_IN),
    Column("What is wrong", "fault", 40, 40, SET_IN),
    Column("What to do", "remedy", 40, 40, SET_IN),
)
NOTE = (
    "A line that was not filled in changes nothing. Unchanged: the line had been taken before, just as it stands here. "
    "Lines read: those with an id."
)
PROBLEMS_NOTE = (
    "Nothing was guessed: a line that is listed here was not taken, or only as the line says. "
    "Mend it in the workbook and return that again; what was taken before does no harm."
)


def write_return_report(collected: Collected, file: Path, settings: ReportConfig = ReportConfig()) -> Path:  # noqa: B008 - it is frozen
    """Write the return report to `file`, whole or not at all; its path. It is marked and encrypted as workbooks are.

    Raises:
        ReportError: the folder cannot be written to, or the file is open in another program.
    """
    moment, password = in_words(collected.at), password_of(settings)
    cover = Cover(settings.marking, f"Collected {moment}", "Return report", collected.at)
    with (
        put_whole(file.parent, [file.name], "return report") as staging,
        closing(Book(cover, staging)) as book,
    ):
        _write_workbooks(book, collected, moment)
        _write_problems(book, collected)
        book.save(staging / file.name, password)
    return file


def _write_workbooks(book: Book, collected: Collected, moment: str) -> None:
    warning = (
        f"{counted(len(collected.problems), 'problem')}: see the sheet {PROBLEMS}." if collected.problems else None
    )
    with_reviews = any(workbook.reviews for workbook in collected.workbooks)
    columns = [column for column in WORKBOOK_COLUMNS if column is not REVIEWS or with_reviews]
    rows = [vars(workbook) | {"decisions": workbook.taken - workbook.reviews} for workbook in collected.workbooks]
    schema = {column.source: pl.Int64 if column.look is NUMBER else pl.String for column in columns}
    write_list(
        book,
        WORKBOOKS,
        columns,
        pl.DataFrame(rows, schema=schema),
        Page(A4),
        untold,
        note=f"{taken_in_words(collected.workbooks)} taken on {moment}. {NOTE}",
        warning=warning,
        when_empty="No workbook was collected.",
        all_in="the folder that they came from",
    )


def _write_problems(book: Book, collected: Collected) -> None:
    columns = {column.source: pl.Int64 if column.look is NUMBER else pl.String for column in PROBLEM_COLUMNS}
    write_list(
        book,
        PROBLEMS,
        PROBLEM_COLUMNS,
        pl.DataFrame([vars(problem) for problem in collected.problems], schema=columns),
        Page(A4),
        untold,
        note=PROBLEMS_NOTE,
        warning=None,
        when_empty="No problem: all that was filled in was taken, or had been before.",
        all_in="the workbooks themselves",
    )
