"""Text as a cell may hold it, and how many lines it takes there."""

from __future__ import annotations

import re
from functools import lru_cache

from checker.report.styles import Look

MAX_CELL_LENGTH = 32_767  # Excel counts UTF-16 units
CUT_MARK = " [cut here: the CSV file has the whole text]"

# What XML cannot hold: control characters, lone surrogates, and two code points that make openpyxl lose the workbook.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_READ_AS_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_READ_AS_MORE_THAN_TEXT = tuple("=+-@'#.,(£$0123456789 \t\r\n")


def clean(text: str) -> str:
    """`text` as the XML of a cell may hold it, so that it is read back as it was.

    What no cell can hold becomes U+FFFD; what is longer than a cell is cut, with a mark that says so; what Excel
    would read as an escape (`_x0041_` is A) is escaped itself.
    """
    text = _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text)
    if 2 * len(text) > MAX_CELL_LENGTH:
        units = text.encode("utf-16-le")
        if len(units) > 2 * MAX_CELL_LENGTH:
            text = units[: 2 * (MAX_CELL_LENGTH - len(CUT_MARK))].decode("utf-16-le", "ignore") + CUT_MARK
    return _READ_AS_ESCAPE.sub("_x005F_", text) if "_x" in text else text


def needs_quote(text: str) -> bool:
    """Whether Excel might make a formula, a number or a date of `text` when someone edits it and presses Enter."""
    return text.startswith(_READ_AS_MORE_THAN_TEXT)


def pixels(*widths: float) -> float:
    """The room for text in pixels of columns side by side, their widths in characters as Excel counts them."""
    return sum(int(width * 7) + 5 for width in widths) - 5


def lines_needed(text: str, room: float, look: Look) -> int:
    """How many lines `text` takes in `room` pixels."""
    if not look.wrap:
        return 1
    return _lines(text[:_MOST_MEASURED], (room - look.indent * _PIXELS_AN_INDENT) / _pixels_an_em(look))


def width_needed(text: str, look: Look) -> float:
    """How wide, in characters, a column must be to hold `text` on one line."""
    return (_measure(text[:_MOST_MEASURED]) * _pixels_an_em(look) + look.indent * _PIXELS_AN_INDENT) / 7 + 0.5


def _pixels_an_em(look: Look) -> float:
    return look.size * 96 / 72 * (1.1 if look.bold else 1.03)  # bold letters are wider, and no printer is exact


@lru_cache(maxsize=2048)
def _lines(text: str, room: float) -> int:
    lines = 0
    for paragraph in text.split("\n"):
        lines += 1
        if len(paragraph) * _WIDEST <= room:
            continue
        used = 0.0
        for word in paragraph.split(" "):
            width = _measure(word)
            if used and used + _SPACE + width > room:
                lines, used = lines + 1, 0.0
            used += width + (_SPACE if used else 0.0)
            while used > room:
                lines, used = lines + 1, used - room
    return lines


def _measure(text: str) -> float:
    """The width of `text` in Arial, in ems."""
    return sum(_ARIAL.get(letter, 1.0 if letter > "\u2e80" else 0.67) for letter in text)


# The advance widths of Arial in ems, from its metrics; the letters that are left out count as a capital A.
_ARIAL = {
    letter: width
    for letters, width in (
        ("ijl'", 0.222),
        ("|", 0.26),
        ("fIt,./:;! []\\", 0.278),
        ('()r-`"*{}', 0.35),
        ("ckJsvxyz", 0.5),
        ("abdeghnopqu_?L$#0123456789", 0.556),
        ("+<=>~^", 0.584),
        ("FTZ", 0.611),
        ("CDHNRUw", 0.722),
        ("GOQ", 0.778),
        ("mM", 0.833),
        ("%", 0.889),
        ("W", 0.944),
        ("@", 1.015),
    )
    for letter in letters
}
_WIDEST = 1.015
_PIXELS_AN_INDENT = 10
_MOST_MEASURED = 4_000  # letters; no row is high enough to show more
_SPACE = _ARIAL[" "]
