"""The lists of the workbook: each one Excel table of typed columns, however long."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from checker.evaluation import LIFE
from checker.models import FindingStatus, Outcome, Run, Severity
from checker.report.cells import Book, Page, Sheet, fill, row_height
from checker.report.london import excel_serial
from checker.report.styles import CHIPS, HEADER, HOURS, MOMENT, NUMBER, QUIET, SET_IN, STATEMENT, TEXT, Look
from checker.report.text import lines_needed, pixels, width_needed
from checker.report.words import in_digits, shortened

MAX_ROWS = 50_000  # about half a minute to write; Excel holds 1,048,576, but nobody works through them
_ROWS_A_TICK = 500
_HEADER = HEADER.but(down="top")  # Excel lays its filter button over the lower right corner

Tick = Callable[[int], None]


@dataclass(frozen=True)
class Column:
    """One column of a list: its header, the column of the frame that fills it, and how wide it may be in characters."""

    header: str
    source: str
    narrowest: float
    widest: float
    look: Look = TEXT


# At their widest 268 characters: an A3 page holds that many of 9 points at 78 per cent, so none is printed under 7.
SEVERITY = Column("Severity", "severity", 10, 10, TEXT.but(across="center"))
STATUS = Column("Status", "status", 11, 11, SET_IN)
INCIDENT = Column("Incident", "incident_ref", 11, 17, SET_IN.but(bold=True))
CHILD = Column("Child", "child", 10, 14)
REPORTED = Column("Reported (London)", "reported_at", 15, 15, MOMENT)
MESSAGE = Column("What is missing", "message", 35, 35, SET_IN)
WHAT_TO_DO = Column("What to do", "what_to_do", 32, 32, SET_IN)
DUE = Column("Due (London)", "due_at", 16, 16, MOMENT.but(indent=1))
HOURS_OVERDUE = Column("Hours overdue", "hours_overdue", 10, 10, HOURS)
DAYS_OPEN = Column("Days open", "days_open", 7, 7, NUMBER)
FIRST_SEEN = Column("First seen (London)", "first_seen", 15, 15, MOMENT)
LAST_EXAMINED = Column("Last examined (London)", "last_examined", 16, 16, MOMENT.but(indent=1))
DISTRICT = Column("District", "district", 9, 12)
TEAM = Column("Team", "team", 8, 12)
OFFICER = Column("Officer", "officer_id", 8, 11)
SUPERVISOR = Column("Supervisor", "supervisor_id", 11, 11)
EVIDENCE = Column("Evidence", "evidence", 32.5, 32.5, SET_IN)
RULE = Column("Rule", "rule_id", 9, 9.5, SET_IN)
FINDING_ID = Column("Finding id", "finding_id", 12, 17, QUIET)


def worklist(run: Run, outcome: Outcome) -> pl.DataFrame:
    """The verdicts of one outcome as people work through them; see `in_order`."""
    return in_order(run, run.findings.filter(pl.col("outcome") == outcome.value))


def in_order(run: Run, findings: pl.DataFrame) -> pl.DataFrame:
    """Findings as people work through them: by severity, longest open first, then most hours overdue, then incident."""
    ranks = {severity.value: rank for rank, severity in enumerate(Severity)}
    rules = pl.DataFrame(
        [(rule.id, shortened(rule.guidance), rule.subject == "incident_child") for rule in run.rules],
        schema={"rule_id": pl.String, "what_to_do": pl.String, "of_a_child": pl.Boolean},
        orient="row",
    )
    child = pl.when("of_a_child").then(pl.col("child_ref").fill_null("not named")).otherwise("child_ref")
    status = pl.col("status").str.head(1).str.to_uppercase() + pl.col("status").str.slice(1)
    moments = [excel_serial(name) for name, dtype in findings.schema.items() if isinstance(dtype, pl.Datetime)]
    return (
        findings.join(rules, on="rule_id", how="left")
        .sort(
            pl.col("severity").replace_strict(ranks, return_dtype=pl.Int8),
            -pl.col("days_open"),
            -pl.col("hours_overdue"),
            *("incident_ref", "child_ref", "rule_id"),
            nulls_last=True,
        )
        .with_columns(*moments, status, child.alias("child"))
    )


def known(run: Run, columns: Sequence[Column]) -> list[Column]:
    """The columns without those that only a store could fill, where the run was not recorded in one."""
    return [column for column in columns if run.record.number is not None or column.source not in LIFE]


def write_list(
    book: Book,
    name: str,
    columns: Sequence[Column],
    rows: pl.DataFrame,
    page: Page,
    tick: Tick,
    *,
    note: str,
    warning: str | None,
    when_empty: str,
    all_in: str,
) -> None:
    """Write the sheet `name`, which holds one table of the first `MAX_ROWS` rows.

    Args:
        note: How to read the list.
        warning: What else the reader must know before trusting the list.
        when_empty: The statement that stands in place of the table where there are no rows.
        all_in: Where all rows are, for a list that is cut.
        tick: Told after every few hundred rows how many more were written.
    """
    shown = rows.head(MAX_ROWS)
    if shown.height < rows.height:
        cut = f"Only the first {in_digits(shown.height)} of {in_digits(rows.height)} are here; all are in {all_in}."
        warning = f"{cut} {warning}" if warning else cut
    widths = [_width(column, shown) for column in columns]
    header_row = 5 if warning else 4
    with book.sheet(name, widths, page, frozen=f"C{header_row + 1}" if shown.height else None) as sheet:
        sheet.open(f"{name} ({in_digits(rows.height)})", note, warning)
        if shown.is_empty():
            sheet.gap(12)
            sheet.band(when_empty, STATEMENT, 22)
            return
        headers = [column.header for column in columns]
        sheet.repeat_row(header_row)
        looks = [_HEADER.but(indent=column.look.indent) for column in columns]
        sheet.row(headers, looks, height=27)
        _write_rows(sheet, columns, shown.select(column.source for column in columns), tick)
        sheet.make_table(f"tbl{name.title().replace(' ', '')}", headers, header_row)


def _width(column: Column, rows: pl.DataFrame) -> float:
    if column.narrowest == column.widest:
        return column.widest
    longest = max(rows[column.source].drop_nulls(), key=len, default="")
    return min(max(column.narrowest, math.ceil(width_needed(longest, column.look))), column.widest)


def _write_rows(sheet: Sheet, columns: Sequence[Column], rows: pl.DataFrame, tick: Tick) -> None:
    chips = {severity.value: sheet.book.styles(look) for severity, look in CHIPS.items()}
    is_new, new = FindingStatus.NEW.value.capitalize(), sheet.book.styles(STATUS.look.but(bold=True))
    cells = [sheet.cell(None, column.look) for column in columns]
    styles = [sheet.book.styles(column.look) for column in columns]
    rooms = [pixels(width) for width in sheet.widths]
    for count, row in enumerate(rows.iter_rows(), start=1):
        lines = 1
        for column, cell, style, room, value in zip(columns, cells, styles, rooms, row, strict=True):
            if column is SEVERITY:
                fill(cell, value.capitalize(), *chips[value])
                continue
            fill(cell, value, *(new if column is STATUS and value == is_new else style))
            if isinstance(value, str):
                lines = max(lines, lines_needed(value, room, column.look))
        sheet.append(cells, row_height(lines, TEXT.size))
        if count % _ROWS_A_TICK == 0:
            tick(_ROWS_A_TICK)
    tick(rows.height % _ROWS_A_TICK)
