"""What can be wrong with a returned workbook, in the words of the return report; no typed text is repeated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from checker.models import Answer, Decision

LONGEST = 2_000  # characters
_AS_SENT = "copy it from the workbook as it was sent"


@dataclass(frozen=True)
class Fault:
    """What is wrong and what to do about it."""

    fault: str
    remedy: str


LOCK_FILE = Fault("is the mark of a workbook that is open somewhere", "close that workbook and collect it instead")
FOLDER = Fault("is a folder", "name the workbooks in it")
NO_FILE = Fault("is no file", "name a workbook")
EMPTY_FILE = Fault("is an empty file", "have the workbook sent again")
NO_LIST = Fault(
    "has no list with the columns 'Finding id' and 'Decision', or 'Line id' and 'Answer'",
    "return the workbook as it was sent, with its header row",
)
FORMULA = "holds a formula"
ERROR = "holds an error"
ROUNDED = "holds a number of more than 15 digits, which Excel rounds"


GONE = Fault("is not there", "put it back, or collect the others without it")


def unreadable_file(reason: str | None) -> Fault:
    """The operating system does not give us the file."""
    return Fault(f"cannot be read ({reason or 'no reason given'})", "close it where it is open and collect again")


def unreadable(nature: str) -> Fault:
    """The bytes are no workbook that can be read."""
    return Fault(nature, "open it in Excel or LibreOffice, save it as .xlsx and return that")


def sprawling(what: str) -> Fault:
    """Something was typed far away from the list."""
    return Fault(what, "delete the rows below the list and the columns beside it, save and return that")


def no_header(header: str) -> Fault:
    """A list has lost its header row; `header` is that of the ids by which it is still known."""
    fault = f"has {header[0].lower()}{header[1:]}s but no header row above them"
    return Fault(fault, "copy the header row from the workbook as it was sent")


def missing_columns(headers: Iterable[str]) -> Fault:
    """A list lacks columns that it was sent with."""
    remedy = "give the column its header back, or fill in the workbook as it was sent"
    return Fault(f"no column {_quoted(headers)}; nothing was read from this sheet", remedy)


def repeated_columns(headers: Iterable[str]) -> Fault:
    """A list has two columns of one name, and nobody can tell which is meant."""
    return Fault(
        f"more than one column {_quoted(headers)}; nothing was read from this sheet",
        "remove or rename the one that was added",
    )


def merged(headers: Iterable[str], first: int, last: int) -> Fault:
    """Cells were merged, so that all but the first of them are blank."""
    rows = f"rows {first} to {last}" if last > first else f"row {first}"
    fault = f"merged cells in {_quoted(headers)}, {rows}: only the first cell holds what was typed; nothing was taken"
    return Fault(fault, "unmerge them and fill each cell by itself")


def not_text(header: str, what: str) -> Fault:
    """A cell does not hold what a person typed."""
    return Fault(f"{header} {what}", "type it as text")


def too_long(header: str, length: int) -> Fault:
    """A text is too long to be kept."""
    return Fault(f"{header} has {length:,} characters, more than {LONGEST:,}", "shorten it")


def without_decision(headers: Iterable[str]) -> Fault:
    """Something was typed beside no decision."""
    return Fault(f"{' and '.join(headers)} without a Decision", "choose a Decision from the list, or clear the line")


def unknown_decision(hint: str) -> Fault:
    """The decision is none of ours."""
    return Fault(f"the Decision is not one of the list{hint}", f"choose one of: {'; '.join(Decision)}")


def without_answer(header: str, answer: str) -> Fault:
    """Something was typed beside no answer."""
    return Fault(f"{header} without {_a(answer)}", f"choose {_a(answer)} from the list, or clear the line")


def unknown_answer(answer: str, hint: str) -> Fault:
    """The answer is none of ours."""
    return Fault(f"the {answer} is not one of the list{hint}", f"choose one of: {'; '.join(Answer)}")


def moved(headers: Iterable[str]) -> Fault:
    """The id of a line in a sample is not that of its cells."""
    fault = f"{', '.join(headers)} and the id of this line do not belong together: cells were moved"
    return Fault(fault, "answer in a fresh copy of the workbook")


def not_about_referrals(decision: Decision) -> Fault:
    """The rule asks for something that no referral puts on the record: a flag, a risk form, a call to the school."""
    fault = f"'{decision}' does not answer a line of a rule that asks for no referral"
    return Fault(fault, "choose record corrected, or another decision")


def missing(header: str, decision: Decision | None) -> Fault:
    """A decision lacks what makes it complete."""
    fault = f"no {header}" if decision is None else f"no {header} for '{decision}'"
    return Fault(fault, f"fill in {header} in the same line")


def not_printed(header: str, *, is_blank: bool) -> Fault:
    """A cell that the checker filled was cleared or changed, so that nobody can tell of what the line speaks."""
    return Fault(f"no {header}" if is_blank else f"{header} is not as the checker writes it", _AS_SENT)


def disagreeing(about: str, places: Iterable[str], more: int) -> Fault:
    """Other lines speak of the same finding or incident in other words: some, and how many there are besides."""
    named = " and ".join(places) + (f" and {more:,} more" if more else "")
    fault = f"the same {about} stands in {named} with something else filled in; none of them was taken"
    return Fault(fault, "make the lines the same, or clear all but one")


def _a(header: str) -> str:
    return f"{'an' if header[0] in 'AEIOU' else 'a'} {header}"


def _quoted(headers: Iterable[str]) -> str:
    return " and ".join(f"'{header}'" for header in headers)
