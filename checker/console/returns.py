"""What came of returned workbooks, on the terminal."""

from __future__ import annotations

from checker.console.terminal import print_line, table, terminal
from checker.models import Problem
from checker.pipeline import ReturnReport
from checker.report.words import counted, in_digits

SHOWN_PROBLEMS = 50


def print_returns(report: ReturnReport) -> None:
    """A line a workbook, then what a person should look at, and where all of it stands."""
    console, collected = terminal(), report.collected
    lines = table("Workbook", "#Lines", "#Decisions taken", "#Known already", "#To look at")
    for each in collected.workbooks:
        counts = (each.lines, each.taken, each.repeated, each.problems)
        lines.add_row(each.file, *(in_digits(count) for count in counts))
    console.print(lines)
    for problem in collected.problems[:SHOWN_PROBLEMS]:
        print_line(console, f"{_place(problem)}: {problem.fault}; {problem.remedy}")
    if len(collected.problems) > SHOWN_PROBLEMS:
        console.print(f"and {in_digits(len(collected.problems) - SHOWN_PROBLEMS)} more; the return report has all.")
    taken = sum(each.taken for each in collected.workbooks)
    console.print(
        f"{counted(taken, 'decision')} taken, {in_digits(len(collected.problems))} to look at. "
        "The next run's list heeds what was decided."
    )
    console.print(f"Return report: {report.file}", soft_wrap=True)


def _place(problem: Problem) -> str:
    sheet = f" sheet {problem.sheet}" if problem.sheet is not None else ""
    return f"{problem.file}{sheet}" + (f" row {problem.row}" if problem.row is not None else "")
