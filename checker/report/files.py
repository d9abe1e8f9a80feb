"""The files of a run: a workbook for people, two lists and a record for machines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from checker.config import ReportConfig, password_of
from checker.models import Run
from checker.report.areas import parts
from checker.report.folder import AREAS, replaced_together
from checker.report.lists import MAX_ROWS, counter
from checker.report.sums import check_sums
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
    check_sums(run)
    of_areas = parts(run, settings)
    runs = [run, *(part for part, _ in of_areas)]
    to_do = sum(min(rows, MAX_ROWS) for each in runs for _, rows, _ in sizes(each))
    tick = counter("workbooks" if of_areas else "workbook", to_do, on_progress)
    with replaced_together(folder) as staging:
        write_findings(run, staging / "findings.csv")
        write_rejected(run, staging / "rejected.csv")
        write_workbook(run, staging / "exceptions.xlsx", tick, password)
        for part, name in of_areas:
            write_workbook(part, staging / AREAS / name, tick, password)
        write_record(run, staging / "run.json")
    return folder / "exceptions.xlsx"
