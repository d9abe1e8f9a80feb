"""What the two kinds of workbooks of a sample have in common: the answers, their drop-down list, their cover."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import polars as pl
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from checker.models import Answer, Sample, Sweep
from checker.report.cells import Cover, Sheet, Span
from checker.report.dressing import dress_answers, text_of
from checker.report.lists import Column
from checker.report.london import day_in_words, in_words
from checker.report.styles import GOLD, HEADER, SET_IN
from checker.report.words import destroy_by
from checker.sampling import line_id

LIST_NAME = "AnswerList"
MEANINGS = {
    Answer.ACCOUNTED_FOR: "For each child of the incident, listed here or not, the records show that somebody whose "
    "work it is knows of the child: a referral for this incident or since, or a plan. Or no child was concerned.",
    Answer.NOT_ACCOUNTED_FOR: "For one child of the incident at least, listed here or not, they show none of that.",
    Answer.CANNOT_TELL: "The records do not say enough to choose. Say under Remark what is missing.",
}
_LONGEST_NAME = 60  # of a sweep, on a printed page


def label(answer: Answer) -> str:
    """An answer as the drop-down list has it."""
    return answer.value[0].upper() + answer.value[1:]


def labelled(column: str) -> pl.Expr:
    """A column of answers as the drop-down list has them."""
    return pl.col(column).replace_strict({answer.value: label(answer) for answer in Answer}, return_dtype=pl.String)


def filled_in(
    columns: Sequence[Column], yellow: Sequence[Column], front: str, settled: Callable[[Callable[[Column], str]], str]
) -> Callable[[Sheet, int], None]:
    """What gives the yellow columns of a written list their drop-down list and their colours; see `write_list`.

    Args:
        columns: Those of the list.
        yellow: The columns of the answer, of the remark and of the name.
        front: The sheet that says what each answer means.
        settled: The formula of a line that needs no more answer, from a function that gives the text in a column.
    """
    headers = [column.header for column in columns]

    def fill_in(sheet: Sheet, first_row: int) -> None:
        formula = settled(lambda column: text_of(headers, column.header, first_row))
        dress_answers(sheet, headers, [column.header for column in yellow], formula, first_row)
        letter = get_column_letter(columns.index(yellow[0]) + 1)
        sheet.ask(f"{letter}{first_row}:{letter}{sheet.rows}", _choice(front))

    return fill_in


def _choice(front: str) -> DataValidation:
    """A cell that takes what the drop-down list offers; all else is refused at once, for it could not be read back."""
    return DataValidation(
        type="list",
        formula1=LIST_NAME,
        allow_blank=True,
        showErrorMessage=True,
        errorStyle="stop",
        errorTitle="Choose an answer from the list",
        error="Press Cancel, then choose one with the arrow beside the cell (or Alt+Down). "
        f"The sheet {front} says what each means. Anything else belongs under the remark.",
    )


def write_meanings(sheet: Sheet, name: str, columns: int = 1) -> None:
    """Write what each answer means; the answers, in the first columns, are what the drop-down lists offer.

    Args:
        sheet: The sheet.
        name: Its name.
        columns: Over how many columns an answer goes; what it means goes over all others.
    """
    last = len(sheet.widths)
    sheet.line(
        Span(1, columns, "Answer", HEADER.but(fill=GOLD, indent=1)),
        Span(columns + 1, last, "Choose it when", HEADER.but(indent=1)),
        height=20,
    )
    first_row = sheet.rows + 1
    for answer, meaning in MEANINGS.items():
        sheet.line(
            Span(1, columns, label(answer), SET_IN.but(size=10, bold=True)),
            Span(columns + 1, last, meaning, SET_IN.but(size=10)),
        )
    sheet.book.name_cells(LIST_NAME, f"'{name}'!$A${first_row}:$A${sheet.rows}")


def cover(sweep: Sweep, sample: Sample, what: str, made_at: datetime) -> Cover:
    """What every sheet and printed page of a workbook of a sample bears."""
    record = sweep.run.record
    last_day = destroy_by(record)
    below = f"Sweep {sweep.name[:_LONGEST_NAME]}, sample {sample.number}, {what}"
    if last_day:
        below = f"{below}. Destroy by {day_in_words(last_day)}"
    return Cover(record.marking, f"Data to {in_words(record.as_of)}", below, made_at)


def with_lines(rows: pl.DataFrame, sweep: Sweep, sample: Sample, reviewer: int) -> pl.DataFrame:
    """Rows of a sample with what the checker needs to know each by when it comes back, and blanks to fill in."""
    ids = [line_id(sample.number, reviewer, sweep.name, incident) for incident in rows["incident_ref"]]
    return rows.with_columns(
        pl.Series("line_id", ids, pl.String),
        *(pl.lit(None, pl.String).alias(name) for name in ("answer", "remark", "reviewed_by")),
        sample=pl.lit(sample.number, pl.Int64),
        reviewer=pl.lit(reviewer, pl.Int64),
        sweep=pl.lit(sweep.name),
    )


def untold(_rows: int) -> None:
    """Tell nobody of the progress: the lists are short."""
