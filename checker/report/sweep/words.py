"""What the reports of a sweep say in words and figures, so that each of them says it the same way."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

import polars as pl

from checker.models import Outcome, RunRecord, Selection, Since, Sweep, TriagePart
from checker.report.decision_cells import label
from checker.report.london import day_in_words, london_day
from checker.report.sweep.progress import Progress
from checker.report.words import counted, in_digits

WITHOUT = "Children without a referral for the incident"
BY_INCIDENT = ("Children, for each incident", None)
VERDICTS = {
    Outcome.FINDING: "Exception",
    Outcome.UNDETERMINED: "Cannot tell",
    Outcome.NOT_DUE: "Not yet due",
    Outcome.PASS: "Passed",
    Outcome.OUT_OF_SCOPE: "Out of scope",
}
# What each part of the triage score is called, and what it counts.
_PARTS = {
    TriagePart.UNREFERRED_CHILDREN: ("Children not referred", "each child without a submitted referral, then or since"),
    TriagePart.REFERRED_LATER_CHILDREN: (
        "Referred later",
        "each child without one for this incident, but with one since",
    ),
    TriagePart.CURRENT_PLAN_CHILDREN: ("On a plan", "each child who is on a plan: CP, CIN or LAC"),
    TriagePart.PREVIOUS_PLAN_CHILDREN: ("Once on a plan", "each child who is on no plan, and has been on one"),
    TriagePart.SEVERAL_CHILDREN: ("Several children", "1 where there are two or more children"),
    TriagePart.YOUNG_CHILDREN: ("Young children", "each child under 5, unborn, or of an age that is not known"),
    TriagePart.INCIDENTS_BEFORE: (
        "Incidents before",
        "each earlier incident with the same victim, suspect or child, whichever of them has the most",
    ),
    TriagePart.INCIDENTS_SINCE: ("Incidents since", "each later one, in the same way"),
    TriagePart.RISK_RAISED_LATER: ("Risk raised later", "1 where a later one was graded higher"),
    TriagePart.MISSING_EPISODES: ("Missing episodes", "each missing episode of one of the children"),
    TriagePart.NO_RISK_FORM: ("No risk form", "1 where there is no risk form"),
}
TWO_PEOPLE = " What two people decided counts for both."
_UNSLUGGED = re.compile(r"[\W_]+")
_LONGEST_SLUG = 40


@dataclass(frozen=True)
class Part:
    """A part of the triage score under the policy of a run: its letter, its name, what it counts, points for each."""

    part: TriagePart
    letter: str
    name: str
    counts: str
    weight: int


def parts(record: RunRecord) -> list[Part]:
    """The parts of the triage score, in the order of their letters."""
    weights = record.policy["triage"]
    named = zip(ascii_uppercase, _PARTS.items(), strict=False)
    return [Part(part, letter, name, counts, weights[part.value]) for letter, (part, (name, counts)) in named]


def most_counted(record: RunRecord) -> int:
    """What is counted of one part above this adds nothing more."""
    most: int = record.policy["triage"]["most_counted"]
    return most


def sum_in_words(row: Mapping[str, Any], record: RunRecord) -> str:
    """How the score of an incident (ORDER) comes about, as `INC-1: A 2 × 30 + I 1 × 20 = 80`."""
    told = [(part, row[part.part.value], row[part.part.points]) for part in parts(record)]
    most = most_counted(record)
    terms = [f"{part.letter} {min(count, most)} × {part.weight}" for part, count, points in told if points]
    return f"{row['incident_ref']}: {' + '.join(terms) or 'nothing counts'} = {row['score']}"


def selected(selection: Selection) -> str:
    """What incidents a sweep is about, in a sentence without its full stop."""
    told = [*_days(selection)]
    if selection.risk:
        told.append(f"of {_or(selection.risk)} risk")
    if selection.districts:
        told.append(f"in {_or(selection.districts)}")
    if selection.where:
        told.append(f"where {selection.where}")
    what = f"Incidents {', '.join(told)}" if told else "Every incident of the extract"
    return f"{what}; judged by {_or(selection.rules, 'and')} only" if selection.rules else what


def _days(selection: Selection) -> Iterable[str]:
    first, last = selection.reported_from, selection.reported_to
    if first and last:
        yield f"reported from {day_in_words(first)} to {day_in_words(last)}"
    elif first:
        yield f"reported from {day_in_words(first)} on"
    elif last:
        yield f"reported until {day_in_words(last)}"


def _or(words: tuple[str, ...], last: str = "or") -> str:
    *others, end = words
    return f"{', '.join(others)} {last} {end}" if others else end


def period(sweep: Sweep) -> str:
    """The London days on which the first and the last of the selected incidents were reported."""
    first, last = sweep.order.select(pl.col("reported_at").min(), pl.col("reported_at").max().alias("last")).row(0)
    if first is None:
        return "no incident was selected"
    return f"{day_in_words(london_day(first))} to {day_in_words(london_day(last))}"


def verdicts(sweep: Sweep) -> list[tuple[str, int]]:
    """How many incidents there are of each verdict, the gravest first."""
    found = _counts(sweep.order, "verdict")
    return [(words, found.get(outcome.value, 0)) for outcome, words in VERDICTS.items()]


def since(sweep: Sweep) -> list[tuple[str, int]]:
    """What has become of the children, one of two incidents being counted for each."""
    found = _counts(sweep.children, "since")
    return [(each.value.capitalize(), found.get(each.value, 0)) for each in Since]


def excluded(sweep: Sweep) -> list[tuple[str, int]]:
    """How many incidents were not selected for each reason, the most frequent first."""
    return _by_frequency(_counts(sweep.excluded, "reason"))


def not_known(sweep: Sweep) -> list[tuple[str, int]]:
    """How many of the selected incidents are so although it is not known whether they belong, by what is not known."""
    return _by_frequency(_counts(sweep.order.drop_nulls("not_known"), "not_known"))


def selection_facts(sweep: Sweep) -> list[tuple[str, str]]:
    """What was selected, what of it is not known to belong, and what was not selected for which reason."""
    return [
        ("Selection", selected(sweep.selection)),
        ("Reported", period(sweep)),
        *(("Not known", f"{in_digits(n)}: {what}; selected for all that") for what, n in not_known(sweep)),
        *(("Not selected", f"{in_digits(n)}: {reason}") for reason, n in excluded(sweep)),
    ]


def decisions(told: Progress) -> list[tuple[str, int]]:
    """How many lines have each decision, and how many have none."""
    made = [(label(decision), count) for decision, count in told.decisions.items()]
    return [*made, ("No decision", told.lines - sum(told.decisions.values()))]


def people(told: Progress) -> list[tuple[str, int | str | None]]:
    """How many incidents each person has looked at."""
    return [*told.by_whom.items()] or [("Nobody yet", None)]


def _counts(rows: pl.DataFrame, column: str) -> dict[str, int]:
    return dict(rows.group_by(column).len().iter_rows())


def _by_frequency(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def rejected_records(sweep: Sweep) -> str | None:
    """A sentence on the records that could not be read, None where all could."""
    rejected = sum(table.rejected for table in sweep.run.record.tables.values())
    if not rejected:
        return None
    return (
        f"{counted(rejected, 'record')} could not be read. What one of them might have shown is 'cannot tell', and an "
        "incident that could not be read is in no count here."
    )


def sum_of_incidents(told: Progress) -> str:
    """That the incidents add up, as figures."""
    figures = (
        f"{in_digits(told.looked_at)} looked at",
        f"{in_digits(told.begun)} begun",
        f"{in_digits(told.left)} left",
        f"{in_digits(told.nothing_to_decide)} with nothing to decide",
    )
    return f"{counted(told.population, 'incident')} = {' + '.join(figures)}."


def unplaced(told: Progress) -> str:
    """A sentence on the lines that belong to no incident of the sweep; empty where there is none."""
    if not told.unplaced:
        return ""
    return f"{counted(told.unplaced, 'line')} of no selected incident: without a place, at the end of the lists."


def pace(told: Progress) -> str:
    """How many days a hundred incidents took."""
    days = told.days_per_hundred
    if days is None:
        return "Nothing is looked at yet."
    shared = sum(told.by_whom.values()) > told.looked_at
    return f"{days:,.1f} calendar days went by for each hundred looked at.{TWO_PEOPLE if shared else ''}"


def signed_off(sweep: Sweep) -> str | None:
    """By whom and when the sweep was signed off, None where nobody has."""
    if sweep.signed_off_by is None or sweep.signed_off_at is None:
        return None
    why = f": {sweep.sign_off_reason}" if sweep.sign_off_reason else ""
    return f"Signed off by {sweep.signed_off_by} on {day_in_words(london_day(sweep.signed_off_at))}{why}"


def in_a_file_name(name: str) -> str:
    """The name of a sweep as a part of the names of its files, on every system."""
    return _UNSLUGGED.sub("-", name.casefold())[:_LONGEST_SLUG].strip("-") or "unnamed"
