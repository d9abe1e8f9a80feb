"""The workbook of a reviewer: the incidents of the sample, and nothing of what the checker or the other found."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import polars as pl

from checker.config import ReportConfig, password_of
from checker.models import Sample, Sweep
from checker.report.cells import A3, A4, Book, Page
from checker.report.lists import write_list
from checker.report.london import excel_serial
from checker.report.sample import columns
from checker.report.sample.answers import cover, filled_in, untold, with_lines, write_meanings
from checker.report.styles import GOLD, HEADING, SET_IN
from checker.report.whole import put_whole
from checker.report.words import counted

FRONT, LIST = "How to review", "Review"
REVIEWERS = (1, 2)
YELLOW = (columns.ANSWER, columns.REMARK, columns.REVIEWED_BY)
COLUMNS = (
    columns.PLACE,
    columns.INCIDENT,
    columns.REPORTED,
    columns.DISTRICT,
    columns.TEAM,
    columns.CHILDREN,
    *YELLOW,
    columns.SAMPLE,
    columns.REVIEWER,
    columns.SWEEP,
    columns.LINE_ID,
)
NOTE = (
    "Look each incident up in the record systems, in this order, and answer for every one. Times are London wall-clock "
    f"time.\nThe yellow cells are yours to fill in: the sheet {FRONT} says how."
)
ALONE = (
    "Two people look at the same incidents, each alone and with a workbook of their own. Do not talk about an incident "
    "or look at the other workbook before both are returned: how far you agree says how far to trust the figures."
)
STEPS = (
    "Look each incident up in the record systems themselves. What is printed here is to find it by; the children are "
    "those of the extract, and there may be more. What the checker made of an incident is left out on purpose.",
    "Choose an answer from the list in the yellow cell, and put your name beside it. Write no name of a child or a "
    "family.",
    "Answer for every incident, also for one with which nothing seems wrong. Nothing is said of the whole backlog "
    "before both of you have answered for all: those that were done first are no random sample.",
    "Sort, filter and hide as you like, but merge no cells and keep the last four columns: they tie an answer to its "
    "incident. An emptied cell changes nothing.",
    "An answer may be changed until the other reviewer has answered for that incident too. Then both stand, and what "
    "you settle on together goes into the workbook of the results.",
    "Save the workbook, under any name, as an Excel workbook (.xlsx). Put it into the returns folder, or give it to "
    "whoever runs `checker collect`. The return report says which lines could not be taken, and why.",
)


def write_sample(sweep: Sweep, sample: Sample, folder: Path, settings: ReportConfig) -> tuple[Path, ...]:
    """Write the workbook of each reviewer of a sample into `folder`; their paths.

    They are marked as the run is, and encrypted as workbooks are. One that is there already is left as it is: somebody
    may have filled it in.

    Raises:
        ConfigError: the password cannot be had.
        ReportError: `folder` cannot be written to.
    """
    password = password_of(settings)
    files = reviewers_files(sample, folder)
    missing = {reviewer: file for reviewer, file in zip(REVIEWERS, files, strict=True) if not file.exists()}
    if not missing:
        return files
    rows = _rows(sweep, sample)
    with put_whole(folder, [file.name for file in missing.values()], "workbooks of the sample") as staging:
        for reviewer, file in missing.items():
            with closing(Book(cover(sweep, sample, f"reviewer {reviewer}", sample.drawn_at), staging)) as book:
                _write_front(book, sweep, sample, reviewer)
                _write_list(book, with_lines(rows, sweep, sample, reviewer), reviewer)
                book.save(staging / file.name, password)
    return files


def reviewers_files(sample: Sample, folder: Path) -> tuple[Path, ...]:
    """Where the workbook of each reviewer of a sample stands in `folder`."""
    return tuple(folder / f"sample_{sample.number}_reviewer_{reviewer}.xlsx" for reviewer in REVIEWERS)


def _rows(sweep: Sweep, sample: Sample) -> pl.DataFrame:
    """The incidents of a sample in its order, with what a reviewer finds them by."""
    child = pl.col("child_ref").fill_null("not named")
    age = pl.format(" ({})", "age_band").fill_null("")
    children = (
        sweep.children.join(sample.rows, on="incident_ref", how="semi")
        .sort("incident_ref", "child_ref", nulls_last=True)
        .group_by("incident_ref", maintain_order=True)
        .agg(children=(child + age).str.join("\n"))
    )
    return (
        sample.rows.sort("place")
        .join(sweep.order.select("incident_ref", "reported_at", "district", "team"), on="incident_ref", how="left")
        .join(children, on="incident_ref", how="left")
        .sort("place")
        .with_columns(excel_serial("reported_at"))
    )


def _write_front(book: Book, sweep: Sweep, sample: Sample, reviewer: int) -> None:
    with book.sheet(FRONT, (34.0, 110.0), Page(A4), tab=GOLD) as sheet:
        title = f"Sample {sample.number} of the sweep {sweep.name}: reviewer {reviewer}"
        drawn = f"{counted(sample.rows.height, 'incident')} drawn from {counted(sweep.order.height, 'incident')}"
        sheet.open(title, f"{drawn}, by chance and not because anything is wrong with them.", ALONE)
        sheet.gap(6)
        sheet.band("What you are asked", HEADING.but(indent=1), 20)
        question = "Is every child of this incident accounted for, as far as the records show?"
        sheet.band(question, SET_IN.but(size=11, bold=True, line=None))
        write_meanings(sheet, FRONT)
        sheet.gap(6)
        sheet.band("How to work and return this workbook", HEADING.but(indent=1), 20)
        for number, step in enumerate(STEPS, start=1):
            sheet.band(f"{number}.  {step}", SET_IN.but(size=10, line=None))


def _write_list(book: Book, rows: pl.DataFrame, reviewer: int) -> None:
    write_list(
        book,
        LIST,
        COLUMNS,
        rows,
        Page(A3),
        untold,
        note=f"Reviewer {reviewer}. {NOTE}",
        warning=None,
        when_empty="The sample is empty.",
        all_in="the store",
        then=filled_in(COLUMNS, YELLOW, FRONT, lambda text: f'{text(columns.ANSWER)}<>""'),
    )
