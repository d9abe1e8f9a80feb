"""A worksheet of openpyxl whose rows stream into a file without a name, and the writer that puts it into the book."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.writer.excel import ExcelWriter
from openpyxl.xml.functions import Element


class StagedWorksheet(WriteOnlyWorksheet):  # type: ignore[misc]
    """A write-only worksheet that takes rows of ready-made cells and streams them into a file on the disk of `folder`.

    The file has no name, so that even a killed run leaves nothing of it behind, least of all of a book that is to be
    encrypted; openpyxl streams into the system's temporary folder. For each ready-made cell openpyxl also raises and
    catches an error with the cell's text in it, which takes half the time.
    """

    _writer: Any
    _max_col: int

    def __init__(self, workbook: Workbook, title: str, folder: Path) -> None:
        super().__init__(workbook, title)
        self.rows_written = TemporaryFile(dir=folder)  # noqa: SIM115 - closed when it is in the book, or abandoned

    def abandon(self) -> None:
        """Let go of the file without finishing it, which also deletes it."""
        with suppress(Exception):
            if self._rows is not None:
                self._rows.close()
        with suppress(Exception):
            if self._writer is not None:
                self._writer.close()
        with suppress(OSError):  # of a full disk, which was told when it came up
            self.rows_written.close()

    def _get_writer(self) -> None:
        if self._writer is None:
            self._writer = _StagedWriter(self, out=self.rows_written)
            self._writer.write_top()

    def _values_to_row(self, values: Sequence[Cell | None], row_idx: int) -> Iterator[Cell]:
        for column, cell in enumerate(values, start=1):
            if cell is not None:
                cell.row, cell.column = row_idx, column
                yield cell
        self._max_row, self._max_col = row_idx, max(self._max_col, len(values))


class StagedExcelWriter(ExcelWriter):  # type: ignore[misc]
    """Writes a workbook of staged worksheets."""

    def write_worksheet(self, worksheet: StagedWorksheet) -> None:
        """Move the rows of one worksheet into the archive."""
        drawing = worksheet._drawing = SpreadsheetDrawing()
        drawing.charts, drawing.images = worksheet._charts, worksheet._images
        worksheet._rels = worksheet._writer._rels
        with worksheet.rows_written as rows, self._archive.open(worksheet.path[1:], "w") as part:
            rows.seek(0)
            copyfileobj(rows, part)
        self.manifest.append(worksheet)


class _StagedWriter(WorksheetWriter):  # type: ignore[misc]
    def write_breaks(self) -> None:
        """Write the page breaks and, next in the schema's order, that references made of digits are meant as text."""
        super().write_breaks()
        everywhere = f"A1:{get_column_letter(self.ws._max_col)}{self.ws._max_row}"
        ignored = Element("ignoredErrors")
        ignored.append(Element("ignoredError", {"sqref": everywhere, "numberStoredAsText": "1"}))
        self.xf.send(ignored)
