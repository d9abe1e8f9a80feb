"""What the workbook says of a run in words, so that each sheet says it the same way."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from checker.models import (
    OPEN,
    RETURNED,
    FindingStatus,
    Outcome,
    ReturnedWorkbook,
    Rule,
    RuleResult,
    RuleStatus,
    Run,
    RunKind,
    RunRecord,
    Severity,
)
from checker.report.london import london_day

NO_VALUE = "\N{EN DASH}"  # a rule that did not run has no count, least of all zero

_ALWAYS = (*(status.value for status in OPEN), FindingStatus.RESOLVED.value, "carried over")  # told though it be none
_TOLD = {FindingStatus.SETTLED.value: "settled by a decision"}
_SENTENCE_END = re.compile(r"(?<=[.!?]) (?=[A-Z])")
_ROOM_FOR_GUIDANCE = 200


def in_digits(count: int) -> str:
    """A whole number as `12,345`."""
    return f"{count:,}"


def counted(count: int, noun: str) -> str:
    """A count with its noun, as `1 rule` or `2 rules`."""
    return f"{in_digits(count)} {noun}" + ("" if count == 1 else "s")


def taken_in_words(workbooks: Sequence[ReturnedWorkbook]) -> str:
    """How many decisions were taken from returned workbooks, and how many reviews where there are any."""
    reviews = sum(each.reviews for each in workbooks)
    decisions = sum(each.taken for each in workbooks) - reviews
    told = [counted(decisions, "decision")] if decisions or not reviews else []
    return " and ".join([*told, *([counted(reviews, "review")] if reviews else [])])


def one_paragraph(text: str) -> str:
    """A text without the line breaks and indents that it has in its file."""
    return " ".join(text.split())


def shortened(text: str) -> str:
    """As many of the first sentences of a text, one at least, as a line of a list has room for."""
    first, *others = _SENTENCE_END.split(one_paragraph(text))
    for sentence in others:
        if len(first) + len(sentence) >= _ROOM_FOR_GUIDANCE:
            break
        first = f"{first} {sentence}"
    return first


def in_scope(result: RuleResult) -> int | None:
    """How many subjects a rule applied to or may have applied to, or None where it did not run."""
    if result.counts is None or result.subjects is None:
        return None
    return result.subjects - result.counts[Outcome.OUT_OF_SCOPE]


def total(run: Run, outcome: Outcome) -> int:
    """How many verdicts of one outcome the rules that ran gave."""
    return sum(result.counts[outcome] for result in run.record.rules.values() if result.counts is not None)


def settled(run: Run) -> dict[tuple[str, str], int]:
    """How many verdicts of each rule and outcome a decision keeps off the lists."""
    kept = run.findings.filter(pl.col("status") == FindingStatus.SETTLED.value)
    return {(rule_id, outcome): rows for rule_id, outcome, rows in kept.group_by("rule_id", "outcome").len().rows()}


def to_do(run: Run, outcome: Outcome) -> int:
    """How many verdicts of one outcome wait for a person: all but those that a decision settles."""
    return total(run, outcome) - sum(rows for (_, kept), rows in settled(run).items() if kept == outcome.value)


def destroy_by(record: RunRecord) -> date | None:
    """The last day on which the workbook of a run may be kept, where the policy of the run says so.

    Days count from the moment that the extract describes; of a sweep, whose extract may be old, from the run itself.
    """
    days = record.policy.get("workbook_retention_days")
    start = record.finished_at if record.kind is RunKind.SWEEP else record.as_of
    return None if days is None else london_day(start) + timedelta(days=days)


def status(result: RuleResult) -> str:
    """How a rule fared: `run`, `run: no cases`, or why it did not run."""
    if result.status is RuleStatus.RUN:
        return "run" if in_scope(result) else "run: no cases"
    word = "error" if result.status is RuleStatus.ERROR else "not run"
    return f"{word}: {result.reason}" if result.reason else word


def results(run: Run) -> list[tuple[Rule, RuleResult]]:
    """Every rule with its result: those that ran first, each part in order of severity and then of id."""
    ranks = {severity: rank for rank, severity in enumerate(Severity)}
    pairs = [(rule, run.record.rules[rule.id]) for rule in run.rules]
    return sorted(pairs, key=lambda pair: (pair[1].counts is None, ranks[pair[0].severity], pair[0].id))


def beware(run: Run) -> str | None:
    """What a reader must know before trusting a list of the run, or None: a doubtful extract, rules not run."""
    return "\n".join(filter(None, (alarm(run), not_run(run)))) or None


def not_run(run: Run) -> str | None:
    """A sentence that names every rule that did not run and why, or None where all ran.

    A rule that was retired before the first incident is not missed; the list of the rules says so.
    """
    by_status: dict[str, list[str]] = {}
    for rule, result in results(run):
        if result.counts is None and not (rule.retired_because and result.reason == rule.why_out_of_force):
            by_status.setdefault(status(result), []).append(rule.id)
    if not by_status:
        return None
    named = "; ".join(f"{', '.join(ids)} ({why})" for why, ids in by_status.items())
    return f"NOT CHECKED: {named}. Whatever these rules would have found is not in this workbook."


def nothing_found(run: Run, what: str) -> str:
    """The statement that stands in place of an empty list of `what`; it never vouches for a rule that did not run."""
    ran = [result for _, result in results(run) if result.counts is not None]
    if not ran:
        return f"No rule ran, so nothing was checked: that there are no {what} here means nothing."
    without_cases = sum(not in_scope(result) for result in ran)
    statement = f"No {what} found by the {counted(len(ran), 'rule')} that ran."
    if without_cases == len(ran):
        return f"{statement} None of them had a case to check."
    return statement if not without_cases else f"{statement} {in_digits(without_cases)} of them had no case to check."


def alarm(run: Run) -> str | None:
    """A sentence that stops whoever is about to work through a list of a doubtful extract, or None."""
    alarms = run.record.alarms
    return f"CHECK THE EXTRACT BEFORE WORKING THIS LIST: {'; '.join(alarms)}." if alarms else None


def life_counts(run: Run) -> dict[str, int] | None:
    """How many findings there are of each status, and how many are carried over; None without a store.

    Each is counted once: one that is carried over and settled is settled.
    """
    if run.resolved is None or run.carried_over is None:
        return None
    due = run.findings.filter(pl.col("outcome") != Outcome.NOT_DUE.value)  # what is open and not due is carried over
    listed = dict(due.get_column("status").drop_nulls().value_counts().iter_rows())
    counts = {status.value: listed.get(status.value, 0) for status in (*OPEN, FindingStatus.UNDER_REVIEW, *RETURNED)}
    kept = run.carried_over.filter(pl.col("status") == FindingStatus.SETTLED.value).height
    return counts | {
        FindingStatus.SETTLED.value: listed.get(FindingStatus.SETTLED.value, 0) + kept,
        FindingStatus.RESOLVED.value: run.resolved.height,
        "carried over": run.carried_over.height - kept,
        FindingStatus.SUPERSEDED.value: listed.get(FindingStatus.SUPERSEDED.value, 0),
    }


def life(run: Run) -> str:
    """A sentence about what the run has changed; empty where it was not recorded in a store."""
    counts = life_counts(run)
    if counts is None:
        return ""
    told = (f"{in_digits(count)} {_TOLD.get(what, what)}" for what, count in counts.items() if count or what in _ALWAYS)
    return f"Since the last run: {', '.join(told)}; what cannot be told is counted with the exceptions."


def on_superseded(run: Run) -> str:
    """A sentence on what superseded means, with a blank before it; empty where no line is."""
    counts = life_counts(run)
    if not counts or not counts[FindingStatus.SUPERSEDED.value]:
        return ""
    return " Superseded: an extract newer than this one has told more of it."


def nothing_to_do(run: Run, outcome: Outcome, what: str) -> str:
    """The statement that stands in place of an empty worklist of `what`: nothing was found, or decisions settle it."""
    found = total(run, outcome)
    if not found:
        return nothing_found(run, what)
    return f"No {what} are left to work: {in_digits(found)} found, each settled by a decision; see the sheet Settled."


def no_exceptions(run: Run) -> str:
    """The statement that stands in place of an empty list of exceptions; it names what could not be told beside it."""
    statement, undecided = nothing_to_do(run, Outcome.FINDING, "exceptions"), to_do(run, Outcome.UNDETERMINED)
    return f"{statement} But {counted(undecided, 'case')} could not be told." if undecided else statement
