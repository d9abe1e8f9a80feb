"""The book and its sheets: typed, safe cells written row by row, so that memory stays flat however long a list is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from lxml.etree import SerialisationError  # type: ignore[import-untyped]
from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.chart import Reference
from openpyxl.chart._chart import ChartBase
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Font
from openpyxl.styles.cell_style import StyleArray
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter
from openpyxl.utils.indexed_list import IndexedList
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.header_footer import _HeaderFooterPart
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.table import Table

from checker.encryption import encrypted
from checker.report.staged_sheet import StagedExcelWriter, StagedWorksheet
from checker.report.styles import FONT, MARKING_BAND, NOTE_BAND, RED, TITLE_BAND, WARNING_BAND, Look
from checker.report.text import clean, lines_needed, needs_quote, pixels

CREATOR = "Referral-compliance checker"
TITLE = "Referral compliance"
_HIGHEST_ROW = 409.0  # points; Excel allows no more
_WIDEST_TEXT = 1400  # pixels: what a line over the whole width may take and still be read without scrolling
_LONGEST_PRINTED_MARKING = 60  # a whole print header or footer may have 255 characters

Value = str | int | float | None


@dataclass(frozen=True)
class Page:
    """How a sheet is printed: `scale` in per cent, or fitted to the width of the paper where None."""

    paper: int
    scale: int | None = None
    is_upright: bool = False


A3, A4 = 8, 9


@dataclass(frozen=True)
class Cover:
    """The marking on every sheet of a book, the texts that each page is printed with, and when the book was made."""

    marking: str
    above: str
    below: str
    made_at: datetime


@dataclass(frozen=True)
class Span:
    """A value over one or more neighbouring columns, the first column of a sheet being 1."""

    first: int
    last: int
    value: Value
    look: Look


class Book:
    """A workbook in the making, to be closed; the disk of `staging` holds the rows of its sheets until it is saved."""

    def __init__(self, cover: Cover, staging: Path) -> None:
        self.cover = cover
        self._staging = staging
        self._workbook = Workbook(write_only=True)
        self._styles: dict[Look, tuple[StyleArray, StyleArray]] = {}
        normal = Font(name=FONT, size=10)
        self._workbook._fonts = IndexedList([normal])
        self._workbook._named_styles["Normal"].font = normal
        properties = self._workbook.properties
        properties.creator = properties.lastModifiedBy = CREATOR
        properties.title = TITLE
        properties.created = properties.modified = cover.made_at.astimezone(UTC).replace(tzinfo=None)

    @contextmanager
    def sheet(
        self, name: str, widths: Sequence[float], page: Page, frozen: str | None = None, tab: str | None = None
    ) -> Iterator[Sheet]:
        """A new, last sheet, `widths` in characters; what is above and left of the cell `frozen` never scrolls away."""
        worksheet = StagedWorksheet(self._workbook, name, self._staging)
        self._workbook._add_sheet(worksheet)
        try:
            yield Sheet(self, worksheet, widths, page, frozen)
            worksheet.close()
        except SerialisationError as fault:
            raise OSError(f"lxml: {fault}") from fault  # a full disk, for one

    def styles(self, look: Look) -> tuple[StyleArray, StyleArray]:
        """A look as Excel's styles, plain and quoted, made once: one for each cell would cost eight times as much."""
        if look not in self._styles:
            plain, quoted = (WriteOnlyCell(self._workbook.worksheets[0]) for _ in range(2))
            look.dress(plain, quoted=False)
            look.dress(quoted, quoted=True)
            self._styles[look] = plain._style, quoted._style
        return self._styles[look]

    def close(self) -> None:
        """Let go of the rows of every sheet, saved or not."""
        for worksheet in self._workbook.worksheets:
            worksheet.abandon()

    def save(self, file: Path, password: str | None = None) -> None:
        """Write the whole book to `file`, encrypted where there is a password; then nothing plain touches the disk."""
        target = file if password is None else BytesIO()
        with ZipFile(target, "w", ZIP_DEFLATED, allowZip64=True) as archive:
            StagedExcelWriter(self._workbook, archive).save()
        if isinstance(target, BytesIO) and password is not None:
            file.write_bytes(encrypted(target.getvalue(), password))

    def name_cells(self, name: str, cells: str) -> None:
        """Give some cells, `Sheet!$A$1:$A$9`, a name that a drop-down list may go by."""
        self._workbook.defined_names[name] = DefinedName(name, attr_text=cells)


class Sheet:
    """One sheet, written from the top down; what was written cannot be changed."""

    def __init__(
        self, book: Book, worksheet: StagedWorksheet, widths: Sequence[float], page: Page, frozen: str | None
    ) -> None:
        self.book = book
        self.widths = tuple(widths)
        self.rows = 0
        self.height = 0.0  # points
        self._page_top = 0.0  # points
        self._worksheet = worksheet
        for column, width in enumerate(widths, start=1):
            worksheet.column_dimensions[get_column_letter(column)].width = width
        worksheet.sheet_view.showGridLines = False
        worksheet.freeze_panes = frozen
        self._set_up_page(page)

    def cell(self, value: Value, look: Look) -> Cell:
        """A new cell: text is always text, never a formula, an error or a number."""
        cell = WriteOnlyCell(self._worksheet)
        fill(cell, value, *self.book.styles(look))
        return cell

    def append(self, cells: Sequence[Cell | None], height: float) -> None:
        """Write the next row, `height` points high."""
        height = min(height, _HIGHEST_ROW)
        self.rows += 1
        self.height += height
        rows = self._worksheet.row_dimensions
        rows[self.rows].height = height
        self._worksheet.append(cells)
        del rows[self.rows]

    def line(self, *spans: Span, height: float = 0) -> None:
        """Write the next row from values that may span columns; high enough for their text, and at least `height`."""
        cells: list[Cell | None] = [None] * len(self.widths)
        for span in spans:
            for column in range(span.first, span.last + 1):
                cells[column - 1] = self.cell(span.value if column == span.first else None, span.look)
            if span.last > span.first:
                first, last = get_column_letter(span.first), get_column_letter(span.last)
                self._worksheet.merged_cells.add(f"{first}{self.rows + 1}:{last}{self.rows + 1}")
            height = max(height, self._height_of(span))
        self.append(cells, height)

    def row(self, values: Sequence[Value], looks: Sequence[Look], height: float = 0) -> None:
        """Write the next row, one value a column, as `line` does."""
        self.line(*_one_a_column(values, looks), height=height)

    def height_of(self, values: Sequence[Value], looks: Sequence[Look]) -> float:
        """How high, in points, a row must be for one value a column."""
        return max(self._height_of(span) for span in _one_a_column(values, looks))

    def band(self, value: Value, look: Look, height: float = 0) -> None:
        """Write the next row as one value over the whole width, its text as far as a screen is wide."""
        whole = len(self.widths)
        last = max(count for count in range(1, whole + 1) if count == 1 or pixels(*self.widths[:count]) <= _WIDEST_TEXT)
        beside = (Span(place, place, None, look) for place in range(last + 1, whole + 1))
        self.line(Span(1, last, value, look), *beside, height=height)

    def gap(self, height: float) -> None:
        """Leave `height` points free."""
        self.append([], height)

    def open(self, title: str, note: str, warning: str | None = None, aside: str | None = None) -> None:
        """Write what every sheet begins with: the marking, a title, a note, and what else a reader must know first.

        `aside` stands opposite to the marking, at the right end of its line.
        """
        if aside is None:
            self.band(self.book.cover.marking, MARKING_BAND, 18)
        else:
            last = len(self.widths)
            right = Span(last // 2 + 1, last, aside, MARKING_BAND.but(across="right"))
            self.line(Span(1, last // 2, self.book.cover.marking, MARKING_BAND), right, height=18)
        self.band(title, TITLE_BAND, 28)
        self.band(note, NOTE_BAND, 20)
        if warning:
            self.band(warning, WARNING_BAND, 20)

    def _height_of(self, span: Span) -> float:
        if not isinstance(span.value, str):
            return row_height(1, span.look.size)
        room = pixels(*self.widths[span.first - 1 : span.last])
        return row_height(lines_needed(span.value, room, span.look), span.look.size)

    def make_table(self, name: str, headers: Sequence[str], first_row: int) -> None:
        """Make an Excel table with filters of the rows from `first_row`, which holds the headers, to the last."""
        last = get_column_letter(len(headers))
        table = Table(displayName=name, ref=f"A{first_row}:{last}{self.rows}")
        table._initialise_columns()
        for column, header in zip(table.tableColumns, headers, strict=True):
            column.name = header
        self._worksheet.tables.add(table)

    def repeat_row(self, row: int) -> None:
        """Print a row again at the top of every page."""
        self._worksheet.print_title_rows = f"{row}:{row}"

    def column(self, column: int, first_row: int, rows: int) -> Reference:
        """The cells of one column, the first being 1, for a chart."""
        return Reference(self._worksheet, min_col=column, min_row=first_row, max_row=first_row + rows - 1)

    def across(self, row: int, first_column: int, columns: int) -> Reference:
        """The cells of one row, for a chart."""
        last = first_column + columns - 1
        return Reference(self._worksheet, min_col=first_column, max_col=last, min_row=row, max_row=row)

    def at(self, column: int, row: int) -> str:
        """The name of a cell, as `B5`."""
        return f"{get_column_letter(column)}{row}"

    def chart(self, chart: ChartBase, anchor: str) -> None:
        """Lay a chart over the sheet, its upper left corner at the cell `anchor`."""
        self._worksheet.add_chart(chart, anchor)

    def dress_where(self, formula: str, cells: str, dress: DifferentialStyle) -> None:
        """Dress those of some cells for which a formula holds, relative to the first of them; an earlier one wins."""
        self._worksheet.conditional_formatting.add(cells, Rule(type="expression", formula=[formula], dxf=dress))

    def ask(self, cells: str, validation: DataValidation) -> None:
        """Hold what is typed into some cells to a validation."""
        validation.add(cells)
        self._worksheet.data_validations.append(validation)

    def break_page(self) -> None:
        """Begin a new printed page after the last row written."""
        self._worksheet.row_breaks.append(Break(id=self.rows))
        self._page_top = self.height

    def keep_together(self, height: float, page_height: float) -> bool:
        """Begin a new printed page, `page_height` points high, unless `height` points more fit on this one.

        Whether it was begun.
        """
        fits = (self.height - self._page_top) % page_height + height <= page_height
        if not fits:
            self.break_page()
        return not fits

    def shrink(self, scale: int) -> None:
        """Print at `scale` per cent: what was given before the sheet was written was more than its pages hold."""
        self._worksheet.page_setup.scale = scale

    def _set_up_page(self, page: Page) -> None:
        sheet, cover = self._worksheet, self.book.cover
        sheet.page_setup.orientation = "portrait" if page.is_upright else "landscape"
        sheet.page_setup.paperSize = page.paper
        if page.scale is None:
            sheet.sheet_properties.pageSetUpPr.fitToPage = True
            sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
        else:
            sheet.page_setup.scale = page.scale
        sheet.print_options.horizontalCentered = True
        margins = sheet.page_margins
        margins.left = margins.right = 0.25
        margins.top = margins.bottom = 0.7
        margins.header = margins.footer = 0.3
        marking = cover.marking[:_LONGEST_PRINTED_MARKING]
        edges = (
            (sheet.oddHeader, _literal(f"{TITLE}: {sheet.title}"), _literal(cover.above)),
            (sheet.oddFooter, _literal(cover.below), "Page &P of &N"),
        )
        for edge, left, right in edges:
            _print(edge.left, left, 8)
            _print(edge.center, _literal(marking), 10, RED, "Bold")
            _print(edge.right, right, 8)


def _one_a_column(values: Sequence[Value], looks: Sequence[Look]) -> list[Span]:
    return [Span(place, place, *cell) for place, cell in enumerate(zip(values, looks, strict=True), start=1)]


def fill(cell: Cell, value: Value, plain: StyleArray, quoted: StyleArray) -> None:
    """Put a value into a cell by the back door, for openpyxl's own would make formulas and errors of text."""
    if isinstance(value, str):
        cell._value, cell.data_type = clean(value), "s"
        cell._style = quoted if needs_quote(value) else plain
    else:
        cell._value, cell.data_type = value, "n"
        cell._style = plain


def row_height(lines: int, size: float) -> float:
    """The height in points of a row with `lines` lines of text of `size` points."""
    return lines * size * 1.3 + 3


def _literal(text: str) -> str:
    """`text` as a print header holds it, where & begins an instruction."""
    return clean(text).replace("&", "&&")


def _print(part: _HeaderFooterPart, text: str, size: int, colour: str | None = None, weight: str = "Regular") -> None:
    part.text, part.size, part.color, part.font = text, size, colour, f"{FONT},{weight}"
