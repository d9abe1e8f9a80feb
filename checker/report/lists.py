"""The lists of the workbook: each one Excel table of typed columns, however long."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat

import polars as pl
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink

from checker.evaluation import LIFE
from checker.models import RETURNED, FindingStatus, Run
from checker.report.cells import Book, Page, Sheet, fill, row_height
from checker.report.decision_cells import choice
from checker.report.dressing import dress
from checker.report.styles import (
    BANNER_BAND,
    CHIPS,
    GOLD,
    HEADER,
    HOURS,
    LINK,
    MOMENT,
    NUMBER,
    QUIET,
    SET_IN,
    STATEMENT,
    TEXT,
    TO_FILL_IN,
    Look,
)
from checker.report.text import lines_needed, pixels, width_needed
from checker.report.words import in_digits

MAX_ROWS = 50_000  # about half a minute to write; Excel holds 1,048,576, but nobody works through them
_MAX_LINKS = 20_000  # Excel allows 65,530 in a sheet, and each costs memory
_ROWS_A_TICK = 500
_HEADER = HEADER.but(down="top")  # Excel lays its filter button over the lower right corner
_HEADER_HEIGHT = 37.0  # two lines, and the button below them
_BUTTON_HEIGHT = 10.6  # what it takes of them
_STANDS_OUT = {status.value.capitalize() for status in (FindingStatus.NEW, FindingStatus.REOPENED, *RETURNED)}

Tick = Callable[[int], None]


@dataclass(frozen=True)
class Column:
    """One column of a list: its header, the column of the frame that fills it, and how wide it may be in characters.

    `share` is its part of the room that the columns of a work list leave on a page; `blank` is what stands where the
    frame has nothing. A column that `parts` stands first, and a stronger line is between rows that differ in it.
    """

    header: str
    source: str
    narrowest: float
    widest: float
    look: Look = TEXT
    share: int = 0
    blank: str | None = None
    parts: bool = False


# An A3 page holds 268 characters of 9 points at 78 per cent, so that none is printed under 7: the work lists have as
# many at their widest, and where theirs are narrower what there is to read has the rest.
_ON_A_PAGE = 268.0
INCIDENT = Column("Incident", "incident_ref", 11, 16.5, SET_IN.but(bold=True), parts=True)
SEVERITY = Column("Severity", "severity", 8, 8, TEXT.but(across="center"))
STATUS = Column("Status", "status", 11, 11, SET_IN)
CHILD = Column("Child", "child", 9.5, 12.5, SET_IN)
REPORTED = Column("Reported (London)", "reported_at", 14.5, 14.5, MOMENT)
MESSAGE = Column("What is missing", "message", 24.5, 24.5, SET_IN, share=1)
WHAT_TO_DO = Column("What to do now", "what_to_do", 25, 25, SET_IN, share=1)
DISTRICT = Column("District", "district", 8.5, 13, SET_IN)
TEAM = Column("Team", "team", 8, 10.5)
OFFICER = Column("Officer", "officer_id", 8, 9)
SUPERVISOR = Column("Supervisor", "supervisor_id", 9.5, 9.5)
DECISION = Column("Decision", "decision", 17, 17, TO_FILL_IN)
REFERENCE = Column("Reference", "reference", 11, 11, TO_FILL_IN)
REASON = Column("Reason", "reason", 17.5, 17.5, TO_FILL_IN)
DECIDED_BY = Column("Decided by", "decided_by", 11, 11, TO_FILL_IN)
HOURS_OVERDUE = Column("Hours overdue", "hours_overdue", 8, 8, HOURS.but(indent=0))
DAYS_OPEN = Column("Days open", "days_open", 6, 6, NUMBER.but(indent=0))
FIRST_SEEN = Column("First seen (London)", "first_seen", 14.5, 14.5, MOMENT)
LAST_EXAMINED = Column("Last examined (London)", "last_examined", 15.5, 15.5, MOMENT.but(indent=1))
EVIDENCE = Column("Evidence", "evidence", 19, 19, SET_IN, share=6)
RULE = Column("Rule", "rule_id", 8, 8, LINK)
FINDING_ID = Column("Finding id", "finding_id", 12, 12, QUIET.but(indent=1))
RUN = Column("Run", "run", 4.5, 4.5, QUIET.but(across="center", wrap=False))

FILL_IN = "The yellow cells are yours to fill in: the sheet Decisions says how."
YELLOW = (DECISION, REFERENCE, REASON, DECIDED_BY)


def known(run: Run, columns: Sequence[Column]) -> list[Column]:
    """The columns without those that only a store could fill, where the run was not recorded in one."""
    return [column for column in columns if run.record.number is not None or column.source not in LIFE]


def counter(what: str, rows: int, on_progress: Callable[[str, int, int], None] | None) -> Tick:
    """What counts the rows of lists as they are written, and tells of what it is how many of `rows` are done."""
    done = 0

    def tick(more: int) -> None:
        nonlocal done
        done += more
        if on_progress is not None:
            on_progress(what, done, rows)

    return tick


def untold(_rows: int) -> None:
    """Tell nobody of the progress: what is written is short."""


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
    banners: Sequence[str] = (),
    links: Mapping[str, str] | None = None,
    of: int | None = None,
    frozen: int = 1,
    pale: str | None = None,
    then: Callable[[Sheet, int], None] | None = None,
) -> None:
    """Write the sheet `name`, which holds one table of the first `MAX_ROWS` rows.

    Args:
        note: How to read the list.
        warning: What else the reader must know before trusting the list.
        when_empty: The statement that stands in place of the table where there are no rows.
        all_in: Where all rows are, for a list that is cut.
        banners: What is to be seen before the first row is worked, a line each.
        links: For each rule the cell of the workbook that says what it is.
        then: What else is done to the sheet once its rows are written, the first of them being of that number.
        tick: Told after every few hundred rows how many more were written.
        of: How many rows there are in all, where `rows` has only the first of them.
        frozen: How many columns never scroll away.
        pale: The column of the frame that says which rows are grey, for there is nothing more to do about them.
    """
    shown, whole = rows.head(MAX_ROWS), rows.height if of is None else of
    if shown.height < whole:
        cut = f"Only the first {in_digits(shown.height)} of {in_digits(whole)} are here; all are in {all_in}."
        warning = f"{cut} {warning}" if warning else cut
    widths = _widths(columns, shown)
    header_row = 4 + bool(warning) + len(banners)
    corner = f"{get_column_letter(frozen + 1)}{header_row + 1}" if shown.height else None
    with book.sheet(name, widths, page, corner, tab=GOLD if any(map(is_yellow, columns)) else None) as sheet:
        sheet.open(f"{name} ({in_digits(whole)})", note, warning)
        for banner in banners:
            sheet.band(banner, BANNER_BAND, 18)
        if shown.is_empty():
            sheet.gap(12)
            sheet.band(when_empty, STATEMENT, 22)
            return
        headers = [column.header for column in columns]
        sheet.repeat_row(header_row)
        looks = [
            _HEADER.but(
                indent=column.look.indent, across=column.look.across, fill=GOLD if is_yellow(column) else HEADER.fill
            )
            for column in columns
        ]
        sheet.row(headers, looks, height=max(_HEADER_HEIGHT, sheet.height_of(headers, looks) + _BUTTON_HEIGHT))
        _write_rows(sheet, columns, shown, tick, links if links and shown.height <= _MAX_LINKS else {}, pale)
        sheet.make_table(f"tbl{name.title().replace(' ', '')}", headers, header_row)
        first, last = header_row + 1, sheet.rows
        if columns[0].parts:
            dress(sheet, headers, [column.header for column in columns if column in YELLOW], first)
        if DECISION in columns:
            letter = get_column_letter(columns.index(DECISION) + 1)
            sheet.ask(f"{letter}{first}:{letter}{last}", choice())
        if then is not None:
            then(sheet, first)


def is_yellow(column: Column) -> bool:
    """Whether a person fills the column in."""
    return column.look.fill == TO_FILL_IN.fill


def _widths(columns: Sequence[Column], rows: pl.DataFrame) -> list[float]:
    """The width of each column: as its texts need; those of a work list share what is left of a page."""
    widths = [_width(column, rows) for column in columns]
    left = max(_ON_A_PAGE - sum(widths), 0) if EVIDENCE.source in [column.source for column in columns] else 0
    shares = sum(column.share for column in columns) or 1
    return [width + math.floor(left * column.share / shares) for column, width in zip(columns, widths, strict=True)]


def _width(column: Column, rows: pl.DataFrame) -> float:
    if column.narrowest == column.widest:
        return column.widest
    longest = max(rows[column.source].drop_nulls(), key=len, default="")
    return min(max(column.narrowest, math.ceil(width_needed(longest, column.look)) + 0.5), column.widest)


def _write_rows(
    sheet: Sheet,
    columns: Sequence[Column],
    rows: pl.DataFrame,
    tick: Tick,
    links: Mapping[str, str],
    pale: str | None,
) -> None:
    """Write the rows by refilling one cell a column, each as high as the longest of its texts needs."""
    looks = [_ruled(column.look) for column in columns]
    chips = {severity.value: sheet.book.styles(_ruled(look)) for severity, look in CHIPS.items()}
    stands_out = sheet.book.styles(_ruled(STATUS.look.but(bold=True)))
    cells = [sheet.cell(None, look) for look in looks]
    plain = [sheet.book.styles(look) for look in looks]
    faded = [sheet.book.styles(_faded(look)) for look in looks]
    rooms = [pixels(width) for width in sheet.widths]
    chosen = rows.select(column.source for column in columns)
    is_pale = rows.get_column(pale) if pale else repeat(False)
    for count, (row, fades) in enumerate(zip(chosen.iter_rows(), is_pale, strict=False), start=1):
        lines, styles = 1, faded if fades else plain
        for column, cell, style, room, value in zip(columns, cells, styles, rooms, row, strict=True):
            if column is SEVERITY:
                fill(cell, value.capitalize(), *(style if fades else chips[value]))
                continue
            shown = column.blank if value is None else value
            fill(cell, shown, *(stands_out if column is STATUS and value in _STANDS_OUT else style))
            if isinstance(shown, str):
                lines = max(lines, lines_needed(shown, room, column.look))
            if column is RULE and value in links:
                letter = get_column_letter(columns.index(column) + 1)
                cell._hyperlink = Hyperlink(ref=f"{letter}{sheet.rows + 1}", location=links[value])
        sheet.append(cells, row_height(lines, TEXT.size))
        if count % _ROWS_A_TICK == 0:
            tick(_ROWS_A_TICK)
    tick(rows.height % _ROWS_A_TICK)


def _faded(look: Look) -> Look:
    """A look whose text is grey; what is to be filled in keeps its ground."""
    return look.but(colour=QUIET.colour)


def _ruled(look: Look) -> Look:
    """A look with its line above it, where the stronger one that separates incidents takes its place."""
    return look.but(above=look.line, line=None)
