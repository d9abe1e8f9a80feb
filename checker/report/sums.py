"""What is counted of a run is also listed: nothing is reported of one where a child was lost on the way."""

from __future__ import annotations

from typing import Any

import polars as pl

from checker.errors import ConservationError
from checker.evaluation import LISTED
from checker.models import Run


def check_sums(run: Run) -> None:
    """Refuse a run whose lists do not hold what its record counts: what is counted and not listed is a child lost.

    Raises:
        ConservationError: they do not.
    """
    listed = {(rule_id, outcome): rows for rule_id, outcome, rows in _sizes(run.findings, "rule_id", "outcome")}
    counted = {
        (rule_id, outcome.value): result.counts[outcome]
        for rule_id, result in run.record.rules.items()
        for outcome in LISTED
        if result.counts is not None and result.counts[outcome]
    }
    rejected_listed = {(table, "rejected"): rows for table, rows in _sizes(run.rejected, "table")}
    rejected_counted = {
        (name, "rejected"): table.rejected for name, table in run.record.tables.items() if table.rejected
    }
    for there, wanted in ((listed, counted), (rejected_listed, rejected_counted)):
        for place, kind in sorted(there.keys() | wanted.keys()):
            sizes = wanted.get((place, kind), 0), there.get((place, kind), 0)
            if sizes[0] != sizes[1]:
                fault = f"{place}: {sizes[0]} counted as {kind} and {sizes[1]} listed"
                raise ConservationError(f"{fault}; nothing was reported, please report this")
    if {rule.id for rule in run.rules} != run.record.rules.keys():
        raise ConservationError("the rules of the run and its results are not the same; please report this")


def _sizes(rows: pl.DataFrame, *by: str) -> list[tuple[Any, ...]]:
    return rows.group_by(by).len().rows() if rows.height else []
