"""The tiles at the head of the summary: the few figures to see first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from checker.models import FindingStatus, Outcome, Rule, RuleResult, RuleStatus, Run, Severity
from checker.report.cells import Sheet, Span
from checker.report.styles import GREY, NAVY, TINTS, WHITE, Look
from checker.report.words import NO_VALUE, counted, in_digits, in_scope, life_counts, results, settled

_COLUMNS_A_TILE = 2
_PLAIN = (GREY, "F2F2F2")


@dataclass(frozen=True)
class Tile:
    """One figure (None: nothing was counted), what it counts, and what qualifies it."""

    figure: int | None
    label: str
    note: str
    letters: str
    ground: str


def draw(sheet: Sheet, row: Sequence[Tile]) -> None:
    """Write tiles side by side: a row of figures, one of labels, one of notes."""
    figure = Look(size=20, bold=True, across="center", down="center", number_format="#,##0", gap=WHITE)
    label, note = figure.but(size=10, wrap=False), figure.but(size=9, bold=False, down="top")
    for height, look, values in (
        (34.0, figure, [NO_VALUE if tile.figure is None else tile.figure for tile in row]),
        (15.0, label, [tile.label for tile in row]),
        (18.0, note, [tile.note for tile in row]),
    ):
        spans = [
            Span(
                1 + place * _COLUMNS_A_TILE,
                (place + 1) * _COLUMNS_A_TILE,
                value,
                look.but(colour=tile.letters, fill=tile.ground),
            )
            for place, (tile, value) in enumerate(zip(row, values, strict=True))
        ]
        sheet.line(*spans, height=height)


def tiles(run: Run) -> list[Tile]:
    """Exceptions to work in all and by severity, what cannot be told, is settled, carried over, rejected, did not run.

    Without a store what is not yet due stands where with one there is what is carried over.
    """
    pairs = _to_do(run)
    every = [result for _, result in pairs]
    tables = run.record.tables.values()
    read, rejected = sum(table.rows_read for table in tables), sum(table.rejected for table in tables)
    return [
        _tally("Exceptions", every, _sum(every, Outcome.FINDING), NAVY, "D9E1F2"),
        *(_of_severity(run, pairs, severity) for severity in Severity),
        _tally("Cannot tell", every, _sum(every, Outcome.UNDETERMINED), *_PLAIN),
        _settled(run),
        _carried_over(run) or _tally("Not yet due", every, _sum(every, Outcome.NOT_DUE), *_PLAIN),
        Tile(rejected, "Rejected records", f"of {in_digits(read)} read", *_PLAIN),
        _idle(every),
    ]


def _to_do(run: Run) -> list[tuple[Rule, RuleResult]]:
    """The rules with their results, without the verdicts that a decision settles."""
    kept = settled(run)
    return [
        (
            rule,
            result
            if result.counts is None
            else replace(result, counts={o: n - kept.get((rule.id, o.value), 0) for o, n in result.counts.items()}),
        )
        for rule, result in results(run)
    ]


def _settled(run: Run) -> Tile:
    """How much is off the lists by a decision, what is carried over among it."""
    counts = life_counts(run)
    if counts is None or run.decisions is None:
        return Tile(None, "Settled", "no decisions kept", *_PLAIN)
    figure = counts[FindingStatus.SETTLED.value]
    return Tile(figure, "Settled", "by a decision" if figure else "", *_PLAIN)


def _carried_over(run: Run) -> Tile | None:
    """What is open, to be worked and in no other figure, and how much of it is critical; None without a store."""
    if run.carried_over is None:
        return None
    rows = run.carried_over.filter(pl.col("status").ne_missing(FindingStatus.SETTLED.value))
    critical = rows.filter(severity=Severity.CRITICAL.value).height
    note = f"{in_digits(critical)} critical" if critical else ""
    return Tile(rows.height, "Carried over", note, *(TINTS[Severity.HIGH] if critical else _PLAIN))


def _of_severity(run: Run, pairs: Sequence[tuple[Rule, RuleResult]], severity: Severity) -> Tile:
    """The exceptions to work whose line bears the severity: versions of a rule may differ in it."""
    its = [result for rule, result in pairs if severity in {version.severity for version in rule.versions}]
    lines = run.findings.filter(outcome=Outcome.FINDING.value, severity=severity.value)
    to_do = lines.filter(pl.col("status").ne_missing(FindingStatus.SETTLED.value))
    return _tally(severity.value.capitalize(), its, to_do.height, *TINTS[severity])


def _sum(every: Sequence[RuleResult], outcome: Outcome) -> int:
    """How many verdicts of one outcome the rules that ran gave."""
    return sum(result.counts[outcome] for result in every if result.counts is not None)


def _tally(label: str, every: Sequence[RuleResult], figure: int, letters: str, ground: str) -> Tile:
    """The figure that some rules gave; where none of them ran there is none, least of all zero."""
    ran = [result.counts for result in every if result.counts is not None]
    if not ran:
        return Tile(None, label, "not checked" if every else "no such rule", *_PLAIN)
    note = ""
    if len(ran) < len(every):
        note = f"{counted(len(every) - len(ran), 'rule')} not run"
    elif not any(in_scope(result) for result in every):
        note = "no cases"
    return Tile(figure, label, note, *((letters, ground) if figure else _PLAIN))


def _idle(every: Sequence[RuleResult]) -> Tile:
    idle = [result for result in every if result.counts is None]
    errors = sum(result.status is RuleStatus.ERROR for result in idle)
    note = f"{in_digits(errors)} with an error" if errors else f"of {counted(len(every), 'rule')}"
    return Tile(len(idle), "Rules not run", note, *(TINTS[Severity.HIGH] if idle else _PLAIN))
