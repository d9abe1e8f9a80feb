"""The sheet that says what each decision means and does, and how the workbook is worked and given back."""

from __future__ import annotations

from dataclasses import dataclass

from checker.models import NEEDS_REASON, NEEDS_REFERENCE, Decision, Run
from checker.report.cells import A4, Book, Page
from checker.report.decision_cells import LIST_NAME, label
from checker.report.lists import Tick
from checker.report.styles import GOLD, HEADER, HEADING, SET_IN
from checker.report.words import counted

NAME = "Decisions"
FILL_IN = (
    "Choose a decision from the list in the yellow cell, put your name beside it, and fill in what turns orange. Write "
    "no name of a child or a family.",
    "A line with a decision turns grey; leave the yellow cells of the others blank. Sort, filter and hide as you like, "
    "but merge no cells and keep Finding id and Run: they tie a decision to its line.",
)
SAVE = "Save the workbook, under any name, as an Excel workbook (.xlsx)."
NO_STORE = (
    "This run was recorded in no store: what is decided here is in this workbook only, and no later list will show it."
)
_HEADERS = ("Decision", "Choose it when", "What it needs")
_WIDTHS = (28.0, 42.0, 30.0, 42.0, 38.0)


@dataclass(frozen=True)
class Wording:
    """What the sheet says of the workbook that it stands in: where its lines are, and what becomes of decisions.

    `becomes` is what becomes of a line whatever is decided, and of one that is under review; None: it depends.
    """

    note: str
    take_back: str
    give_back: str
    whatever: str
    becomes: tuple[str, str] | None = None


NIGHTLY = Wording(
    note="What may be decided about a line of Exceptions, Cannot tell, Carried over and Settled, in their yellow "
    "columns.",
    take_back="To take a decision back choose Under review, beside the line or on the sheet Settled: an emptied cell "
    "changes nothing.",
    give_back="Put it into the returns folder, or give it to whoever runs `checker collect`. The next list heeds what "
    "was decided; the return report says which lines could not be taken, and why.",
    whatever="Whatever was decided: evidence that changes brings the line back at once. Days count from the day on "
    "which the workbook was read.",
)


@dataclass(frozen=True)
class Meaning:
    """What a decision says, what becomes of the line, and what brings it back when its time is over."""

    when: str
    then: str
    back: str


MEANINGS = {
    Decision.REFERRAL_NOW_SUBMITTED: Meaning(
        "The referral form was missing, and has been submitted now. Not for a rule that asks for something else.",
        "It leaves the list. A later extract should show it; then the line is resolved.",
        "should no extract have shown it by then",
    ),
    Decision.REFERRAL_ALREADY_MADE: Meaning(
        "A form for this child was submitted after this incident was reported, and is recorded where the rule did not "
        "look. Not for a rule that asks for something else.",
        "It leaves the list. The next extracts are searched for the reference; once it is found, the line stays away.",
        "should the reference not be found in any extract by then",
    ),
    Decision.NO_REFERRAL_REQUIRED: Meaning(
        "You have looked into it, and in your judgement no referral is required. Not for a rule that asks for "
        "something else.",
        "It leaves the list and stands on the sheet Settled, among the first, to be dip-sampled.",
        "so that the judgement is looked at again",
    ),
    Decision.RECORD_CORRECTED: Meaning(
        "A flag, a closing code, a date or the like was missing or wrong, and is put right in the record system.",
        "It leaves the list. The next extract should show the record as it is now, and the rule judges it anew.",
        "should no extract have shown the correction by then",
    ),
    Decision.NOT_AN_EXCEPTION: Meaning(
        "The line is wrong: a fault of the data or of the extract, and not of the record.",
        "It leaves the list. Tell whoever looks after the checker, so that the fault is mended and not only the line.",
        "should the fault still be there",
    ),
    Decision.PASSED_TO_ANOTHER_TEAM: Meaning(
        "Another team has taken it on, and knows that it has.",
        "It leaves the list for the time that the other team needs.",
        "should it not be resolved by then",
    ),
    Decision.UNDER_REVIEW: Meaning(
        "Somebody is looking into it and has not decided yet.",
        "It stays on the list as Under review, with the name and the day.",
        "",
    ),
}


def write(book: Book, run: Run, tick: Tick, wording: Wording = NIGHTLY) -> None:
    """Write the sheet; its first column is what the drop-down lists of the other sheets offer."""
    widths = _WIDTHS[:-1] if wording.becomes else _WIDTHS
    with book.sheet(NAME, widths, Page(A4), tab=GOLD) as sheet:
        sheet.open(NAME, wording.note)
        headers = (*_HEADERS, "What happens next", *(() if wording.becomes else ("When it comes back",)))
        sheet.row(headers, [HEADER.but(fill=GOLD, indent=1), *[HEADER.but(indent=1)] * len(headers[1:])], height=20)
        first_row = sheet.rows + 1
        for decision, meaning in MEANINGS.items():
            then = [meaning.then, _back(run, decision)]
            if wording.becomes is not None:
                then = [wording.becomes[decision is Decision.UNDER_REVIEW]]
            values = (label(decision), meaning.when, _needs(decision), *then)
            sheet.row(values, [SET_IN.but(size=10, bold=True), *[SET_IN.but(size=10)] * len(values[1:])])
        book.name_cells(LIST_NAME, f"{NAME}!$A${first_row}:$A${sheet.rows}")
        sheet.gap(6)
        plain = SET_IN.but(size=10, line=None)
        sheet.band(wording.whatever, plain.but(bold=True))
        sheet.gap(6)
        sheet.band("How to work and return this workbook", HEADING.but(indent=1), 20)
        steps = (*FILL_IN, wording.take_back, SAVE, NO_STORE if run.record.number is None else wording.give_back)
        for number, step in enumerate(steps, start=1):
            sheet.band(f"{number}.  {step}", plain)


def _needs(decision: Decision) -> str:
    if decision in NEEDS_REASON:
        which = "which team and who took it on" if decision is Decision.PASSED_TO_ANOTHER_TEAM else "in a sentence, why"
        return f"Reason: {which}.\nDecided by: your name."
    if decision in NEEDS_REFERENCE:
        return "Reference: that of the form.\nDecided by: your name."
    return "Decided by: your name."


def _back(run: Run, decision: Decision) -> str:
    days = run.record.policy.get("review_after_days", {}).get(decision.key)
    if days is None:
        return "As the policy of the run says."
    if days == 0:
        return "It never leaves: it stays on the list until it is resolved or decided."
    return f"After {counted(days, 'day')}, {MEANINGS[decision].back}."
