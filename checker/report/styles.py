"""How the workbook looks: one font, few colours, each of which also has its word."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

from checker.models import Severity

FONT = "Arial"

RED = "9C0006"
NAVY = "1F3864"
BLUE = "2F5597"
GREY = "595959"
LINE = "D9D9D9"
WHITE = "FFFFFF"
GOLD = "7F6000"
YELLOW = "FFFBE6"  # whatever is to be filled in
ORANGE = "F8CBAD"  # whatever is still missing there


@dataclass(frozen=True)
class Look:
    """What a cell looks like: sizes in points, colours as RRGGBB.

    `line`, `above`, `beside` and `gap` are the colours of its borders: thin ones below it, above it and on both its
    sides, and thick ones on both its sides.
    """

    size: float = 9
    bold: bool = False
    underline: bool = False
    colour: str = "000000"
    fill: str | None = None
    across: Literal["left", "center", "right"] = "left"
    down: Literal["top", "center", "bottom"] = "top"
    indent: int = 0
    wrap: bool = True
    number_format: str = "General"
    line: str | None = None
    above: str | None = None
    beside: str | None = None
    gap: str | None = None

    def but(self, **changes: Any) -> Look:
        """The same look with some of its traits changed."""
        return replace(self, **changes)

    def dress(self, cell: Cell, quoted: bool) -> None:
        """Give a cell this look; `quoted` text stays text in Excel even when someone edits it and presses Enter."""
        under = "single" if self.underline else None
        cell.font = Font(name=FONT, size=self.size, bold=self.bold, underline=under, color=self.colour)
        cell.alignment = Alignment(horizontal=self.across, vertical=self.down, indent=self.indent, wrap_text=self.wrap)
        cell.number_format = self.number_format
        if self.fill is not None:
            cell.fill = PatternFill("solid", fgColor=self.fill)
        if self.line or self.above or self.beside or self.gap:
            colours = (self.line, self.above, self.beside)
            below, above, beside = (Side("thin", color=colour) if colour else None for colour in colours)
            gap = Side("thick", color=self.gap) if self.gap else beside
            cell.border = Border(bottom=below, top=above, left=gap, right=gap)
        cell.quotePrefix = quoted


MARKING_BAND = Look(size=10, bold=True, colour=WHITE, fill=RED, down="center", indent=1, wrap=False)
TITLE_BAND = MARKING_BAND.but(size=14, fill=NAVY)
NOTE_BAND = Look(colour=GREY, down="center", indent=1)
WARNING_BAND = Look(bold=True, colour=RED, fill="FBE3E1", down="center", indent=1, line=LINE)
BANNER_BAND = WARNING_BAND.but(colour="833C0B", fill="FBE5D6")
STATEMENT = Look(size=11, bold=True, colour=NAVY, down="center", indent=1)
HEADING = Look(size=12, bold=True, colour=NAVY, down="bottom", wrap=False)
HEADER = Look(bold=True, colour=WHITE, fill=NAVY, down="center")

TEXT = Look(line=LINE)
TO_FILL_IN = TEXT.but(indent=1, fill=YELLOW, beside=LINE, number_format="@")  # a reference keeps its leading zeros
SET_IN = TEXT.but(indent=1)  # where the column before may be full to its edge
QUIET = TEXT.but(colour="7F7F7F")
NUMBER = TEXT.but(across="right", indent=1, wrap=False, number_format="#,##0")
HOURS = NUMBER.but(bold=True, number_format="#,##0.0")
MOMENT = TEXT.but(number_format="dd/mm/yyyy hh:mm")
DAY = TEXT.but(number_format="dd/mm/yyyy", indent=1)
LINK = SET_IN.but(colour=BLUE, underline=True)

# Letters and ground of each severity; the darkest prints as black, the palest as white.
TINTS = {
    Severity.CRITICAL: (WHITE, RED),
    Severity.HIGH: (RED, "FBE3E1"),
    Severity.MEDIUM: (GOLD, "FFF2CC"),
    Severity.LOW: ("1F4E79", "DDEBF7"),
}
CHIPS = {
    severity: Look(bold=True, colour=letters, fill=ground, across="center", line=WHITE)
    for severity, (letters, ground) in TINTS.items()
}
