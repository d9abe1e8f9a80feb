"""A worksheet of openpyxl whose rows stream into a file of our own choosing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.xml.functions import Element


class StagedWorksheet(WriteOnlyWorksheet):  # type: ignore[misc]
    """A write-only worksheet that takes rows of ready-made cells and streams them into `file`.

    openpyxl streams into the system's temporary folder, where a killed run would leave marked data behind; and for
    each ready-made cell it raises and catches an error with the cell's text in it, which takes half the time.
    """

    _writer: Any
    _max_col: int

    def __init__(self, workbook: Workbook, title: str, file: Path) -> None:
        super().__init__(workbook, title)
        self._file = file

    def abandon(self) -> None:
        """Let go of the file without finishing it, so that it can be deleted on Windows too."""
        with suppress(Exception):
            if self._rows is not None:
                self._rows.close()
        with suppress(Exception):
            if self._writer is not None:
                self._writer.close()

    def _get_writer(self) -> None:
        if self._writer is None:
            self._writer = _StagedWriter(self, out=str(self._file))
            self._writer.write_top()

    def _values_to_row(self, values: Sequence[Cell | None], row_idx: int) -> Iterator[Cell]:
        for column, cell in enumerate(values, start=1):
            if cell is not None:
                cell.row, cell.column = row_idx, column
                yield cell
        self._max_row, self._max_col = row_idx, max(self._max_col, len(values))


class _StagedWriter(WorksheetWriter):  # type: ignore[misc]
    def cleanup(self) -> None:
        Path(self.out).unlink()

    def write_breaks(self) -> None:
        """Write the page breaks and, next in the schema's order, that references made of digits are meant as text."""
        super().write_breaks()
        everywhere = f"A1:{get_column_letter(self.ws._max_col)}{self.ws._max_row}"
        ignored = Element("ignoredErrors")
        ignored.append(Element("ignoredError", {"sqref": everywhere, "numberStoredAsText": "1"}))
        self.xf.send(ignored)
