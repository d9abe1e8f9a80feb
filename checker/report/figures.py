"""How the tables of the performance sheet are laid out: their columns, their looks, their pages."""

from __future__ import annotations

from collections.abc import Sequence

from checker.models import RuleResult
from checker.report.cells import A4, Page, Span, Value
from checker.report.styles import GREY, HEADER, NUMBER, TEXT, WARNING_BAND, Look
from checker.report.words import status

COLUMNS = 17
WIDTH = 10.2
PAGE = Page(A4, scale=80)
PAGE_HEIGHT = 610.0  # points of an A4 page within its margins, at that scale
HEADER_HEIGHT = 28.0
LINE_HEIGHT = 14.7
LEAST_OF_A_TABLE = 150.0  # points, with its heading
COVERAGE_HEADERS = ("Child coverage", "of", "Officer compliance", "of", "Not known")

KEY = TEXT.but(bold=True)
FIGURE_HEADER = HEADER.but(across="right")
FIGURE = NUMBER.but(indent=0)
SHARE = FIGURE.but(bold=True, number_format="0.0%")
OF = FIGURE.but(colour=GREY)
HOURS = FIGURE.but(number_format="#,##0.0")


def across(first: int, values: Sequence[Value], looks: Sequence[Look]) -> list[Span]:
    """A value a column, from the column `first` on."""
    return [Span(first + i, first + i, *cell) for i, cell in enumerate(zip(values, looks, strict=True))]


def idle(first: int, result: RuleResult) -> list[Span]:
    """What stands, from a column on, for the figures of a rule that did not run; nothing where it ran."""
    return [] if result.counts is not None else [Span(first, COLUMNS, status(result), WARNING_BAND)]
