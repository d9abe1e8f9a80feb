"""Areas of cells as a workbook writes them: A1, $A$4:Q44, 'Cannot tell'!$4:$4."""

from __future__ import annotations

import re
from dataclasses import dataclass

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
_CORNER = re.compile(r"\$?([A-Z]*)\$?(\d*)")
_REFERENCE = re.compile(r"(?:'((?:[^']|'')+)'|([\w.]+))!(\$?[A-Z]*\$?\d*(?::\$?[A-Z]*\$?\d*)?)(?![\w#])")


@dataclass(frozen=True)
class Area:
    """A rectangle of cells, rows and columns counted from 1."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int

    @classmethod
    def read(cls, text: str) -> Area:
        """The area that `text` names; whole rows or columns where it names only these."""
        first, _, last = text.partition(":")
        (column, row), (to_column, to_row) = (_corner(corner) for corner in (first, last or first))
        return cls(row or 1, column or 1, to_row or LAST_ROW, to_column or LAST_COLUMN)

    @property
    def width(self) -> int:
        return self.last_column - self.first_column + 1

    @property
    def columns(self) -> range:
        return range(self.first_column, self.last_column + 1)

    @property
    def is_possible(self) -> bool:
        """Whether it lies on a sheet, its first corner up and left."""
        rows, columns = (self.first_row, self.last_row), (self.first_column, self.last_column)
        return 1 <= rows[0] <= rows[1] <= LAST_ROW and 1 <= columns[0] <= columns[1] <= LAST_COLUMN

    def is_within(self, other: Area) -> bool:
        return (
            self.is_possible
            and other.first_row <= self.first_row
            and self.last_row <= other.last_row
            and (other.first_column <= self.first_column and self.last_column <= other.last_column)
        )

    def touches(self, other: Area) -> bool:
        return not (
            self.last_row < other.first_row
            or other.last_row < self.first_row
            or self.last_column < other.first_column
            or other.last_column < self.first_column
        )


def areas_of(text: str) -> list[Area]:
    """The areas that a list of them names, with blanks between."""
    return [Area.read(each) for each in text.split()]


def references(text: str) -> list[tuple[str, str]]:
    """The sheet and the area of every reference to a sheet in a formula."""
    return [((quoted or "").replace("''", "'") or bare, area) for quoted, bare, area in _REFERENCE.findall(text)]


def _corner(text: str) -> tuple[int, int]:
    found = _CORNER.fullmatch(text)
    if not found or not text:
        return 0, LAST_ROW + 1  # nowhere
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column, int(found[2] or 0)
