"""Systemic alarms: what about an extract as a whole looks wrong, before anyone works through its list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from checker.models import Outcome, RunRecord

LOOK_BACK = 14  # runs
_MOST_REJECTED = 0.05  # of a table's rows
_LEAST_LEFT = 0.5  # of the rows that the table had in the last run
_LEAST_JUMP = 4  # findings: where a rule always finds about the same, the next one or two more are no news


@dataclass(frozen=True)
class Earlier:
    """What a run over an older extract counted: the rows read by table, the findings by rule that ran."""

    rows_read: Mapping[str, int]
    findings: Mapping[str, int]


def systemic_alarms(record: RunRecord, earlier: Sequence[Earlier]) -> tuple[str, ...]:
    """A sentence for each thing about a run that speaks of its extract rather than of its incidents.

    A table lost more than 5% of its rows to rejection; a table has less than half the rows of the last run; or the
    findings of a rule lie outside the range of the last 14 runs by more than half the width of that range, and by at
    least 4. The last is not asked before there were 14: one run in eight lies outside a range of 14 by chance
    alone, and an alarm each week is read by nobody.

    Args:
        record: The run.
        earlier: The last runs of the same kind over older extracts, newest first.
    """
    return (*_rejected(record), *_shrunk(record, earlier[:1]), *_jumped(record, earlier[:LOOK_BACK]))


def _rejected(record: RunRecord) -> list[str]:
    return [
        f"{name} lost {table.rejected:,} of {table.rows_read:,} rows to rejection"
        for name, table in record.tables.items()
        if table.rejected > _MOST_REJECTED * table.rows_read
    ]


def _shrunk(record: RunRecord, last: Sequence[Earlier]) -> list[str]:
    read = {name: table.rows_read for name, table in record.tables.items()}
    return [
        f"{name} has {read.get(name, 0):,} rows and had {before:,} in the last run"
        for each in last
        for name, before in each.rows_read.items()
        if read.get(name, 0) < _LEAST_LEFT * before
    ]


def _jumped(record: RunRecord, earlier: Sequence[Earlier]) -> list[str]:
    alarms = []
    for rule_id, result in record.rules.items():
        before = [each.findings[rule_id] for each in earlier if rule_id in each.findings]
        if result.counts is None or len(before) < LOOK_BACK:
            continue
        found, low, high = result.counts[Outcome.FINDING], min(before), max(before)
        outside = max(found - high, low - found)
        if outside >= _LEAST_JUMP and outside > (high - low) / 2:
            alarms.append(f"{rule_id} found {found:,}, and {low:,} to {high:,} in each of the last {LOOK_BACK} runs")
    return alarms
