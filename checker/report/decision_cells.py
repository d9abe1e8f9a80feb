"""The drop-down list of the decisions: what it offers, and what it says to whoever types something else."""

from __future__ import annotations

from openpyxl.worksheet.datavalidation import DataValidation

from checker.models import Decision

LIST_NAME = "DecisionList"


def label(decision: Decision) -> str:
    """A decision as the drop-down list has it."""
    return decision.value[0].upper() + decision.value[1:]


def choice() -> DataValidation:
    """A cell that takes what the sheet Decisions lists; all else is refused at once, for it could not be read back."""
    return DataValidation(
        type="list",
        formula1=LIST_NAME,
        allow_blank=True,
        showErrorMessage=True,
        errorStyle="stop",
        errorTitle="Choose a decision from the list",
        error="Press Cancel, then choose one with the arrow beside the cell (or Alt+Down). "
        "The sheet Decisions says what each means. Anything else belongs under Reason.",
    )
