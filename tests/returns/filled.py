"""A real workbook of ours, filled in by a program: decisions typed into the lines of findings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from openpyxl import load_workbook


def fill(workbook: Path, target: Path, typed: Mapping[str, Mapping[str, Any]]) -> Path:
    """Save the workbook as `target`, with these texts by header in the line of each finding id."""
    book = load_workbook(workbook)
    left = dict(typed)
    for sheet in book:
        header_row = next((row for row in sheet.iter_rows() if any(cell.value == "Decision" for cell in row)), None)
        if header_row is None or not any(cell.value == "Finding id" for cell in header_row):
            continue
        columns = {cell.value: cell.column for cell in header_row}
        for row in range(header_row[0].row + 1, sheet.max_row + 1):
            for header, value in left.pop(sheet.cell(row, columns["Finding id"]).value, {}).items():
                sheet.cell(row, columns[header], value)
    assert not left, "no list has these findings"
    book.save(target)
    return target
