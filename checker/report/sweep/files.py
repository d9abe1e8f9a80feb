"""The files of a sweep, all together or not at all: a workbook with what a person can use, and all for machines."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from checker.config import ReportConfig, password_of
from checker.errors import ReportError
from checker.models import Sweep
from checker.report.folder import SWEEP_FILES, replaced_together
from checker.report.lists import counter
from checker.report.london import iso
from checker.report.sums import check_sums
from checker.report.sweep import words
from checker.report.sweep.progress import lines_to_decide
from checker.report.sweep.workbook import WORKBOOK, rows_of_workbook, write_workbook
from checker.report.text_files import COLUMNS, run_record, write_findings, write_json, write_rejected


def write_sweep(
    sweep: Sweep,
    folder: Path,
    settings: ReportConfig,
    limit: int,
    on_progress: Callable[[str, int, int], None] | None = None,
) -> Path:
    """Write the files of a sweep into `folder`, together or not at all (checker.report.folder); the workbook's path.

    These are `sweep.xlsx`, `findings`, `order` and `children` as CSV and as Parquet, `excluded.csv`, `rejected.csv` and
    `run.json`.

    Args:
        sweep: What to write.
        folder: Where.
        settings: How the workbook is encrypted.
        limit: How many incidents the workbook has at the most; the other files have all.
        on_progress: Told a step, and how many of its rows are written out of how many.

    Raises:
        ConfigError: the password cannot be had.
        ReportError: `folder` cannot be written to, it holds other files of these names, or one is open elsewhere.
        ConservationError: the lists of the run do not hold what its record counts.
    """
    password = password_of(settings)
    check_sums(sweep.run)
    _refuse_another(sweep, folder)
    with replaced_together(folder, SWEEP_FILES) as staging:
        _write_lists(sweep, staging, on_progress)
        lines = lines_to_decide(sweep)
        tick = counter("workbook", rows_of_workbook(sweep, lines, limit), on_progress)
        write_workbook(sweep, lines, staging / WORKBOOK, limit, tick, password)
        digest = hashlib.sha256((staging / WORKBOOK).read_bytes()).hexdigest()
        write_json(sweep_record(sweep, limit, digest), staging / "run.json")
    return folder / WORKBOOK


def _refuse_another(sweep: Sweep, folder: Path) -> None:
    """Keep the files of a sweep of another name, of which two may give one name of a folder."""
    try:
        there = json.loads((folder / "run.json").read_text("utf-8"))["sweep"]["name"]
    except (OSError, ValueError, KeyError, TypeError):
        return
    if there != sweep.name:
        raise ReportError(f"{folder}: holds the files of another sweep; give another folder with --out")


def _write_lists(sweep: Sweep, folder: Path, on_progress: Callable[[str, int, int], None] | None) -> None:
    """Write every line, incident and child, one of the files after the other."""
    run = sweep.run
    lists: tuple[tuple[int, Callable[[], object]], ...] = (
        (run.findings.height, lambda: write_findings(run, folder / "findings.csv")),
        (run.findings.height, lambda: run.findings.select(COLUMNS).write_parquet(folder / "findings.parquet")),
        (run.rejected.height, lambda: write_rejected(run, folder / "rejected.csv")),
        (sweep.order.height, lambda: _write_csv(sweep.order, folder / "order.csv")),
        (sweep.order.height, lambda: sweep.order.write_parquet(folder / "order.parquet")),
        (sweep.children.height, lambda: _write_csv(sweep.children, folder / "children.csv")),
        (sweep.children.height, lambda: sweep.children.write_parquet(folder / "children.parquet")),
        (sweep.excluded.height, lambda: _write_csv(sweep.excluded, folder / "excluded.csv")),
    )
    tick = counter("lists", sum(rows for rows, _ in lists), on_progress)
    for rows, write in lists:
        write()
        tick(rows)


def _write_csv(rows: pl.DataFrame, file: Path) -> None:
    """Write every row; times in London, with their offset, and a text never altered."""
    times = [iso(name) for name, dtype in rows.schema.items() if isinstance(dtype, pl.Datetime)]
    rows.lazy().with_columns(times).sink_csv(file)


def sweep_record(sweep: Sweep, limit: int, digest: str) -> dict[str, Any]:
    """The record of the run, with what makes a sweep of it; `digest` is the SHA-256 of the workbook as it is sent."""
    selection = asdict(sweep.selection)
    days = {name: day and day.isoformat() for name, day in selection.items() if name.startswith("reported")}
    return run_record(sweep.run) | {
        "sweep": {
            "name": sweep.name,
            "selection": selection | days,
            "population": sweep.order.height,
            "excluded": dict(words.excluded(sweep)),
            "not_known": sum(count for _, count in words.not_known(sweep)),
            "workbook_limit": limit,
            "workbook_sha256": digest,
        }
    }
