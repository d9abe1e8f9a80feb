"""What a list shows by itself as it is sorted, filtered and filled in: its conditional formats.

Excel lets every format that applies have its part; LibreOffice takes the first and no other. So each one is whole, and
they stand in the order in which the first is right.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from openpyxl.styles import Border, Font, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter

from checker.models import NEEDS_REASON, NEEDS_REFERENCE, Decision
from checker.report.cells import Sheet
from checker.report.decision_cells import label
from checker.report.styles import GREY, LINE, ORANGE

_STRONG, _THIN, _EDGE = Side("thin", color="000000"), Side("thin", color=LINE), Side("thin", color="833C0B")
_MISSING = DifferentialStyle(  # the edge is seen without the colour too
    fill=PatternFill("solid", bgColor=ORANGE), border=Border(left=_EDGE, right=_EDGE, top=_EDGE, bottom=_EDGE)
)
_QUIET = Font(color=GREY)
_STATED_AGAIN = DifferentialStyle(font=Font(color="737373"))
_DONE = PatternFill("solid", bgColor="F2F2F2")


def dress(sheet: Sheet, headers: Sequence[str], yellow: Collection[str], first_row: int) -> None:
    """Dress the rows from `first_row` to the last of a list whose first column is the incident.

    A stronger line parts two incidents, and one that is stated again is paler. Where there are `yellow` columns, a line
    with a decision turns grey, and what the decision still lacks turns orange.
    """
    letters = {header: get_column_letter(place) for place, header in enumerate(headers, start=1)}
    here, above = f"$A{first_row}", f"$A{first_row - 1}"
    parted = f"{here}<>{above}"
    texts = {header: f"TRIM(${letters[header]}{first_row})" for header in yellow}
    for header, letter in letters.items():
        cells, is_yellow = f"{letter}{first_row}:{letter}{sheet.rows}", header in texts
        line = Border(top=_STRONG, left=_THIN, right=_THIN) if is_yellow else Border(top=_STRONG)
        if is_yellow:
            sheet.dress_where(_is_missing(header, texts), cells, _MISSING)
        if texts:
            done = f'{texts["Decision"]}<>""'
            sheet.dress_where(f"AND({done},{parted})", cells, DifferentialStyle(font=_QUIET, fill=_DONE, border=line))
            sheet.dress_where(done, cells, DifferentialStyle(font=_QUIET, fill=_DONE))
        sheet.dress_where(parted, cells, DifferentialStyle(border=line))
    sheet.dress_where(f"{here}={above}", f"A{first_row}:A{sheet.rows}", _STATED_AGAIN)


def dress_answers(sheet: Sheet, headers: Sequence[str], yellow: Sequence[str], settled: str, first_row: int) -> None:
    """Dress the yellow columns of a list that is answered: what is missing turns orange, what needs no more turns grey.

    Args:
        sheet: The sheet, whose last row is the last of the list.
        headers: Those of the list.
        yellow: The headers of the answer, of the remark and of the name beside it.
        settled: The formula that says whether a line needs no more answer; see `text_of`.
        first_row: The number of its first row.
    """
    answer, remark, name = (text_of(headers, header, first_row) for header in yellow)
    missing = (f'AND({answer}="",{remark}<>"")', None, f'AND({name}="",{answer}<>"")')
    for header, is_missing in zip(yellow, missing, strict=True):
        letter = get_column_letter(headers.index(header) + 1)
        cells = f"{letter}{first_row}:{letter}{sheet.rows}"
        if is_missing:
            sheet.dress_where(is_missing, cells, _MISSING)
        sheet.dress_where(settled, cells, DifferentialStyle(font=_QUIET, fill=_DONE))


def text_of(headers: Sequence[str], header: str, first_row: int) -> str:
    """What stands under a header in the first row of a list, as the formula of a conditional format has it."""
    return f"TRIM(${get_column_letter(headers.index(header) + 1)}{first_row})"


def _is_missing(header: str, texts: dict[str, str]) -> str:
    """The formula that says whether a yellow cell is blank that must not be; `texts` has what stands in each."""
    decision = texts["Decision"]
    needed = {
        "Decision": f'{texts["Reference"]}&{texts["Reason"]}<>""',
        "Reference": _one_of(decision, NEEDS_REFERENCE),
        "Reason": _one_of(decision, NEEDS_REASON),
        "Decided by": f'{decision}<>""',
    }
    return f'AND({texts[header]}="",{needed[header]})'


def _one_of(text: str, decisions: Sequence[Decision]) -> str:
    equals = (f'{text}="{label(decision)}"' for decision in decisions)
    return f"OR({','.join(equals)})"
