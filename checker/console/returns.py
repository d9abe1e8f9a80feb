"""What came of returned workbooks, on the terminal."""

from __future__ import annotations

from checker.console.terminal import print_line, table, terminal
from checker.models import Problem
from checker.pipeline.returns import ReturnReport
from checker.report.words import in_digits, taken_in_words

SHOWN_PROBLEMS = 50


def print_returns(report: ReturnReport) -> None:
    """A line a workbook, then what a person should look at, and where all of it stands."""
    console, collected = terminal(), report.collected
    lines = table("Workbook", "#Lines", "#Taken", "#Known already", "#To look at")
    for each in collected.workbooks:
        counts = (each.lines, each.taken, each.repeated, each.problems)
        lines.add_row(each.file, *(in_digits(count) for count in counts))
    console.print(lines)
    for problem in collected.problems[:SHOWN_PROBLEMS]:
        print_line(console, f"{_place(problem)}: {problem.fault}; {problem.remedy}")
    if len(collected.problems) > SHOWN_PROBLEMS:
        console.print(f"and {in_digits(len(collected.problems) - SHOWN_PROBLEMS)} more; the return report has all.")
    reviews = sum(each.reviews for each in collected.workbooks)
    only_reviews = reviews > 0 and reviews == sum(each.taken for each in collected.workbooks)
    then = "" if only_reviews else " The next list heeds what was decided, of a sweep its status."
    taken = taken_in_words(collected.workbooks)
    console.print(f"{taken} taken, {in_digits(len(collected.problems))} to look at.{then}")
    console.print(f"Return report: {report.file}", soft_wrap=True)


def _place(problem: Problem) -> str:
    sheet = f" sheet {problem.sheet}" if problem.sheet is not None else ""
    return f"{problem.file}{sheet}" + (f" row {problem.row}" if problem.row is not None else "")
