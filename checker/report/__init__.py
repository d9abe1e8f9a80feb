"""The reports of a run: a workbook for people, two lists and a record for machines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from checker.config import ReportConfig, password_of
from checker.errors import ConservationError
from checker.evaluation import LISTED
from checker.models import Run
from checker.report.areas import parts
from checker.report.folder import AREAS, replaced_together
from checker.report.lists import MAX_ROWS
from checker.report.text_files import write_findings, write_record, write_rejected
from checker.report.workbook import write_workbook
from checker.report.worklist import sizes


def write_report(
    run: Run,
    folder: Path,
    on_progress: Callable[[str, int, int], None] | None = None,
    settings: ReportConfig = ReportConfig(),  # noqa: B008 - it is frozen
) -> Path:
    """Write `exceptions.xlsx`, `findings.csv`, `rejected.csv` and `run.json` into `folder`; the workbook's path.

    Where the settings split the list, a workbook of each area stands in the folder `exceptions_by_area` beside them.

    The four appear together or not at all. A fault, a full disk, a kill while they are written: the previous four
    stay as they were. A kill in the instant in which they change places may leave fewer than four, never of two
    reports and never with `run.json`, until the next call puts the previous four back.

    Args:
        run: What to report.
        folder: Where.
        on_progress: Told a step, and how many of its rows are written out of how many.
        settings: For whom there is a workbook of its own, and whether they are encrypted.

    Raises:
        ConfigError: the password cannot be had.
        ReportError: `folder` cannot be written to, or one of the four is open in another program.
        ConservationError: the lists of the run do not hold what its record counts.
    """
    password = password_of(settings)
    _check_sums(run)
    of_areas = parts(run, settings)
    tick = _counter([run, *(part for part, _ in of_areas)], on_progress)
    with replaced_together(folder) as staging:
        write_findings(run, staging / "findings.csv")
        write_rejected(run, staging / "rejected.csv")
        write_workbook(run, staging / "exceptions.xlsx", tick, password)
        for part, name in of_areas:
            write_workbook(part, staging / AREAS / name, tick, password)
        write_record(run, staging / "run.json")
    return folder / "exceptions.xlsx"


def _check_sums(run: Run) -> None:
    """Refuse a run whose lists do not hold what its record counts: what is counted and not listed is a child lost."""
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


def _counter(runs: Sequence[Run], on_progress: Callable[[str, int, int], None] | None) -> Callable[[int], None]:
    """What counts the rows of the workbooks' lists as they are written."""
    to_do, done = sum(min(rows, MAX_ROWS) for run in runs for _, rows, _ in sizes(run)), 0

    def tick(rows: int) -> None:
        nonlocal done
        done += rows
        if on_progress is not None:
            on_progress("workbook" if len(runs) == 1 else "workbooks", done, to_do)

    return tick
