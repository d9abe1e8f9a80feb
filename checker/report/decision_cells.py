"""The four yellow columns: a drop-down list of the decisions, and colours that say what is still missing."""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl.styles import Border, Font, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from checker.models import NEEDS_REASON, NEEDS_REFERENCE, Decision
from checker.report.cells import Sheet
from checker.report.styles import ORANGE

LIST_NAME = "DecisionList"

_EDGE = Side("thin", color="833C0B")  # so that it is seen without the colour too
_MISSING = DifferentialStyle(
    fill=PatternFill("solid", bgColor=ORANGE), border=Border(left=_EDGE, right=_EDGE, top=_EDGE, bottom=_EDGE)
)
_DONE = DifferentialStyle(font=Font(color="7F7F7F"), fill=PatternFill("solid", bgColor="F2F2F2"))


def label(decision: Decision) -> str:
    """A decision as the drop-down list has it."""
    return decision.value[0].upper() + decision.value[1:]


def prepare(sheet: Sheet, headers: Sequence[str], first_row: int) -> None:
    """Make the yellow cells of a list, from `first_row` to the last, ready for people.

    A decision is chosen from the list of the sheet Decisions; anything else is refused there and then, for it could not
    be taken over later. A line with a decision greys out; what the decision still lacks is orange.
    """
    letters = {header: get_column_letter(place) for place, header in enumerate(headers, start=1)}

    def cells(first: str, last: str) -> str:
        return f"{letters[first]}{first_row}:{letters[last]}{sheet.rows}"

    def text(header: str) -> str:
        return f"TRIM(${letters[header]}{first_row})"

    decision, reference, reason, name = map(text, ("Decision", "Reference", "Reason", "Decided by"))
    missing = {
        "Decision": f'AND({decision}="",{reference}&{reason}<>"")',
        "Reference": f'AND({reference}="",{_one_of(decision, NEEDS_REFERENCE)})',
        "Reason": f'AND({reason}="",{_one_of(decision, NEEDS_REASON)})',
        "Decided by": f'AND({name}="",{decision}<>"")',
    }
    sheet.ask(cells("Decision", "Decision"), _choice())
    for header, formula in missing.items():
        sheet.dress_where(formula, cells(header, header), _MISSING)
    sheet.dress_where(f'{decision}<>""', cells(headers[0], headers[-1]), _DONE)


def _one_of(text: str, decisions: Sequence[Decision]) -> str:
    equals = (f'{text}="{label(decision)}"' for decision in decisions)
    return f"OR({','.join(equals)})"


def _choice() -> DataValidation:
    return DataValidation(
        type="list",
        formula1=LIST_NAME,
        allow_blank=True,
        showErrorMessage=True,
        errorStyle="stop",
        errorTitle="Choose a decision from the list",
        error="Press Cancel, then choose one with the arrow beside the cell (or Alt+Down); Delete takes one back. "
        "The sheet Decisions says what each means. Anything else belongs under Reason.",
    )
