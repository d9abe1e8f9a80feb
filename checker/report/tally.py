"""The figures of the performance sheet: added up from the measures, and what stands where there is none to show."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checker.models import Outcome
from checker.report.cells import Value

FEW = 5  # outside the list itself a smaller count might point at a person
NO_CASES = "no cases"
NONE_LATE = "none late"
TOO_FEW = f"<{FEW}"
TOO_FEW_CASES = f"<{FEW} cases"

_OFFICER = ("officer_in_time", "officer_not", "officer_unknown")


@dataclass(frozen=True)
class Tally:
    """How the subjects of a rule fared; `hours_late` is the median over its findings, None where there is none."""

    finding: int
    passed: int
    not_due: int
    undetermined: int
    officer_in_time: int
    officer_not: int
    officer_unknown: int
    hours_late: float | None

    @property
    def in_scope(self) -> int:
        """How many subjects the rule applied to or may have applied to."""
        return self.finding + self.passed + self.not_due + self.undetermined

    @property
    def judged(self) -> int:
        """Of how many it is known whether they comply: what compliance, and child coverage, is a share of."""
        return self.finding + self.passed

    @property
    def officer_known(self) -> int:
        """Of how many of these it is known whether an officer referred in time."""
        return self.officer_in_time + self.officer_not


NOTHING = Tally(0, 0, 0, 0, 0, 0, 0, None)


def tallies(measures: pl.DataFrame, *by: str) -> dict[tuple[object, ...], Tally]:
    """A tally for each combination of the columns `by` that there is (checker.measures.MEASURES)."""
    outcomes = (Outcome.FINDING, Outcome.PASS, Outcome.NOT_DUE, Outcome.UNDETERMINED)
    sums = measures.group_by(by).agg(
        pl.col([*(outcome.value for outcome in outcomes), *_OFFICER]).sum(), pl.col("hours_late").explode().median()
    )
    return {row[: len(by)]: Tally(*row[len(by) :]) for row in sums.iter_rows()}


def count(number: int) -> Value:
    """A count outside the list itself."""
    return TOO_FEW if 0 < number < FEW else number


def share(part: int, of: int) -> Value:
    """A share from 0 to 1, rounded down to a thousandth so that nothing but all is 100%; or that there are no cases."""
    return part * 1000 // of / 1000 if of else NO_CASES


def guarded_share(part: int, of: int) -> Value:
    """The same outside the list itself: not of a handful."""
    return TOO_FEW_CASES if 0 < of < FEW else share(part, of)


def median(tally: Tally) -> Value:
    """The median of the hours late; or why there is none."""
    if tally.hours_late is None:
        return NONE_LATE if tally.judged else NO_CASES
    return round(tally.hours_late, 1)


def guarded_median(tally: Tally) -> Value:
    """The same outside the list itself: not of a handful."""
    few = 0 < tally.finding < FEW or 0 < tally.judged < FEW
    return TOO_FEW_CASES if few else median(tally)


def charted(part: int, of: int) -> tuple[Value, Value]:
    """A share in two cells, the share and its denominator, for a chart to read the first.

    Where there is no share to show its cell is empty, for a chart draws a word as nought; the other says why.
    """
    figure = guarded_share(part, of)
    return (None, figure) if isinstance(figure, str) else (figure, of)
