"""What the front sheet says of the force's daily search, replayed: what it returned, what it missed and why."""

from __future__ import annotations

from collections.abc import Iterable

from checker.models import ReportPart, Rule, Run, SearchReplay
from checker.report.cells import Sheet, Span
from checker.report.styles import HEADER, HEADING, NUMBER, STATEMENT, TEXT
from checker.report.words import status

HEADING_WORDS = "The daily search, replayed"

# What each reason for which an incident is missed means, in the order in which they are judged.
WHY_MISSED = {
    "never closed": "it is open still, and a run returns only what is closed",
    "closed late": "it was closed after the last run that looks back to its report",
    "never coded": "it bore no closure code at all when the run came",
    "look-alike code": "its code differs from the one looked for only in case, spaces or punctuation",
    "another code": "it bore other closure codes only",
    "between two runs": "it falls between two runs, into a time that neither looks back to",
}
_LABELS, _FIGURE, _MEANING = 4, 5, 6  # columns: the last of the labels, the figure, the first of what it means

_BODY = TEXT.but(size=10)
_COUNT = NUMBER.but(size=10, indent=0)


def write_daily_search(sheet: Sheet, run: Run, look_in: str | None = None) -> None:
    """Write the replay over the whole force, or why there is none; `look_in` says where it stands if not here."""
    last = len(sheet.widths)
    sheet.band(HEADING_WORDS, HEADING, 20)
    search, rule = run.record.daily_search, run.rule_counted_in(ReportPart.DAILY_SEARCH)
    if look_in or search is None or rule is None:
        sheet.band(look_in or not_counted(run, rule), _BODY)
        return
    sheet.band(f"{in_a_sentence(search)} {codes_known(search)}", STATEMENT.but(size=10, indent=0))
    sheet.line(
        Span(1, _LABELS, "Domestic abuse incidents with a child", HEADER),
        Span(_FIGURE, _FIGURE, "Incidents", HEADER.but(across="right")),
        Span(_MEANING, last, "What it means", HEADER.but(indent=1)),
    )
    for label, number, meaning in figures(search, search.missed, rule.id):
        is_part = label in WHY_MISSED or label in search.missed
        sheet.line(
            Span(1, _LABELS, label, _BODY.but(indent=2) if is_part else _BODY.but(bold=True)),
            Span(_FIGURE, _FIGURE, number, _COUNT if is_part else _COUNT.but(bold=True)),
            Span(_MEANING, last, meaning, _BODY.but(indent=1)),
        )


def not_counted(run: Run, rule: Rule | None) -> str:
    """Why there is nothing that only this rule of the run brings to light: never a nought."""
    result = run.record.rules.get(rule.id) if rule else None
    if result is None:
        return "not run: the rule pack of this run has no rule for it"
    return status(result) if result.counts is None else "not known: this run did not keep it"


def in_a_sentence(search: SearchReplay) -> str:
    """The search as it was replayed: when, by which time of an incident, how far back, for which code."""
    key = "closed" if search.keyed_on == "closed" else "reported"
    return (
        f"Runs every day at {search.run_time} (London time) and returns what was {key} in the {search.window_hours:g} "
        f"hours before, is closed, and bears the code {search.search_code}."
    )


def codes_known(search: SearchReplay) -> str:
    """Whether it is known which codes an incident bore at each run."""
    if search.with_code_history:
        return "Codes as they were at each run."
    return (
        "Current codes only: without the table code_history a code that was put right later counts as if it had been "
        "there."
    )


def figures(search: SearchReplay, reasons: Iterable[str], rule_id: str) -> list[tuple[str, int, str]]:
    """What became of the incidents, how many they are and what it means: the missed ones by these reasons too."""
    return [
        ("returned", search.seen, "by a run that has been, or by one to come as things stand"),
        ("missed", sum(search.missed.values()), f"never returned by any run; each is an exception of {rule_id}"),
        *((reason, search.missed.get(reason, 0), WHY_MISSED.get(reason, "")) for reason in reasons),
        ("not yet decided", search.not_due, "the run that decides is still to come"),
        ("cannot tell", search.cannot_tell, "the extract does not say enough; see the sheet Cannot tell"),
    ]
