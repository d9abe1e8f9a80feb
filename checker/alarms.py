"""Systemic alarms: what about an extract as a whole looks wrong, before anyone works through its list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from checker.models import Outcome, RunRecord

LOOK_BACK = 14  # runs
_MOST_REJECTED = 0.05  # of a table's rows
_LEAST_LEFT = 0.5  # of the rows that the table had in the last run
_LEAST_RUNS = 3  # before which there is no range to speak of
_LEAST_JUMP = 4  # findings: where a rule always finds about the same, the next one or two more are no news


@dataclass(frozen=True)
class Earlier:
    """What runs of the same kind over older extracts counted.

    `rows_read` by table in the last of them, `findings` by rule in each of the last LOOK_BACK in which that rule ran.
    """

    rows_read: Mapping[str, int] = field(default_factory=dict)
    findings: Mapping[str, Sequence[int]] = field(default_factory=dict)


def systemic_alarms(record: RunRecord, earlier: Earlier) -> tuple[str, ...]:
    """A sentence for each thing about a run that speaks of its extract rather than of its incidents.

    A table lost more than 5% of its rows to rejection; a table has less than half the rows of the last run; or the
    findings of a rule lie outside the range of its last 14 runs by more than half the width of that range, and by at
    least 4: one run in eight lies outside a range of 14 by chance alone, and an alarm each week is read by nobody. As
    long as there were fewer, from the third on, they must be more than twice the most or less than half the least.
    """
    return (*_rejected(record), *_shrunk(record, earlier), *_jumped(record, earlier))


def _rejected(record: RunRecord) -> list[str]:
    return [
        f"{name} lost {table.rejected:,} of {table.rows_read:,} rows to rejection"
        for name, table in record.tables.items()
        if table.rejected > _MOST_REJECTED * table.rows_read
    ]


def _shrunk(record: RunRecord, earlier: Earlier) -> list[str]:
    read = {name: table.rows_read for name, table in record.tables.items()}
    return [
        f"{name} has {read.get(name, 0):,} rows and had {before:,} in the last run"
        for name, before in earlier.rows_read.items()
        if read.get(name, 0) < _LEAST_LEFT * before
    ]


def _jumped(record: RunRecord, earlier: Earlier) -> list[str]:
    alarms = []
    for rule_id, result in record.rules.items():
        before = earlier.findings.get(rule_id, ())
        if result.counts is None or len(before) < _LEAST_RUNS:
            continue
        found, low, high = result.counts[Outcome.FINDING], min(before), max(before)
        outside = max(found - high, low - found)
        is_far = outside > (high - low) / 2 if len(before) >= LOOK_BACK else found > 2 * high or 2 * found < low
        if is_far and outside >= _LEAST_JUMP:
            alarms.append(f"{rule_id} found {found:,}, and {low:,} to {high:,} in each of its last {len(before)} runs")
    return alarms
