"""What the XML of an XLSX sheet says of its cells beyond their values; rows and columns count from 0."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

# A whole number that a spreadsheet rounds: two references that differ in the last digits would become one.
_TOO_LONG = re.compile(
    rb"""<(?:\w+:)?c\b(?=[^>]*\br=["'](\w+)["'])(?![^>]*\bt=["'](?:s|str|inlineStr|b|e|d)["'])[^>]*>\s*"""
    rb"""<(?:\w+:)?v>-?(?:\d{16,}|\d\.\d+[Ee]\+?(?:1[5-9]|[2-9]\d))(?:\.0*)?<"""
)
_MERGED = re.compile(rb"""<(?:\w+:)?mergeCell\b[^>]*\bref=["']([A-Z]+\d+:[A-Z]+\d+)["']""")
_PLACE = re.compile(r"([A-Z]+)([0-9]+)")
_ROW = re.compile(rb"""<(?:\w+:)?row\b(?:[^>]*?\br=["'](\d+)["'])?""")
_FAR_COLUMN = re.compile(rb"""<(?:\w+:)?c\b[^>]*?\br=["']([A-Z]{2,3})\d""")
_NEAR_COLUMNS = 26  # A to Z


@dataclass(frozen=True)
class Special:
    """A cell that holds an error, a formula or both, which calamine takes for blank or for an ordinary value.

    `error` is its text. `spills_over` is the range, `A1:B9`, that the one formula fills with what look like values.
    """

    row: int
    column: int
    error: str | None
    is_formula: bool
    is_calculated: bool
    spills_over: str | None


def cells_spanned(part: bytes) -> int:
    """How many cells, at the most, lie between A1 and the last row and column of a sheet, blank or not."""
    rows = 0
    for found in _ROW.finditer(part):
        rows = max(rows + 1, int(found[1] or 0))
    far = {found[1].decode() for found in _FAR_COLUMN.finditer(part)}
    return rows * max([cell_place(f"{letters}1")[1] + 1 for letters in far], default=_NEAR_COLUMNS)


def special_cells(part: bytes) -> Iterator[Special]:
    """The special cells of a sheet, from the top down."""
    if not re.search(rb"""<(\w+:)?f\b|\bt=["']e["']""", part):
        return
    row = column = -1
    found: list[tuple[int, ElementTree.Element]] = []
    for _, element in ElementTree.iterparse(io.BytesIO(part)):  # noqa: S314 - expat bounds entity expansion
        tag = element.tag.rpartition("}")[2]
        if tag == "c":
            place = element.get("r")
            column = cell_place(place)[1] if place else column + 1
            found.append((column, element))
        elif tag == "row":
            row = int(element.get("r", row + 2)) - 1
            yield from (special for at, cell in found if (special := _special(row, at, cell)))
            column, found = -1, []
            element.clear()


def _special(row: int, column: int, cell: ElementTree.Element) -> Special | None:
    content = {child.tag.rpartition("}")[2]: child for child in cell}
    value = content["v"].text if "v" in content else None
    error = (value or "#ERROR") if cell.get("t") == "e" else None
    formula = content.get("f")
    if error is None and formula is None:
        return None
    is_calculated = formula is None or bool(value) or cell.get("t") == "str"
    spills_over = None if formula is None or formula.get("t") == "shared" else formula.get("ref")
    return Special(row, column, error, formula is not None, is_calculated, spills_over)


def rounded_numbers(part: bytes) -> Iterator[str]:
    """The cells, as `B7`, that hold a number of more than 15 digits."""
    return (cell[1].decode() for cell in _TOO_LONG.finditer(part))


def merged_ranges(part: bytes) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """The upper left and the lower right cell of each range of merged cells."""
    return (cell_range(found[1].decode()) for found in _MERGED.finditer(part))


def cell_range(name: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """The upper left and the lower right cell of a range like `A1:B9`, or twice the cell where it is only one."""
    first, _, last = name.partition(":")
    return cell_place(first), cell_place(last or first)


def cell_place(name: str) -> tuple[int, int]:
    """The row and the column of a cell like `B7`.

    Raises:
        ValueError: `name` names no cell.
    """
    found = _PLACE.fullmatch(name)
    if found is None:
        raise ValueError(name)
    number = 0
    for letter in found[1]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return int(found[2]) - 1, number - 1
