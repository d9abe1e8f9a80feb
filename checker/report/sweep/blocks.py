"""Short lists of figures on the front pages of a sweep, several of them side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from checker.report.cells import Sheet, Span, Value
from checker.report.front import BODY, FIGURE
from checker.report.styles import HEADER, HEADING, Look

_TOTAL = "000000"  # the line above a total


@dataclass(frozen=True)
class Block:
    """A heading and lines of two cells under it: a label, and its figure or what is to be said.

    Its labels stand from column `first` on, their values from `middle` to `last`. Where it `is_summed` its total stands
    under its figures.
    """

    heading: str
    lines: Sequence[tuple[str, Value]]
    first: int
    middle: int
    last: int
    header: tuple[str, str | None] | None = None
    is_summed: bool = False


def write_blocks(sheet: Sheet, *blocks: Block) -> None:
    """Write blocks side by side, each as long as it is."""
    sheet.line(*(Span(block.first, block.last, block.heading, HEADING) for block in blocks), height=20)
    for row in zip_longest(*(_rows(block) for block in blocks), fillvalue=()):
        sheet.line(*(span for spans in row for span in spans))


def _header(block: Block, label: str, value: str | None) -> tuple[Span, Span]:
    across = HEADER.but(across="right") if block.middle == block.last else HEADER
    return Span(block.first, block.middle - 1, label, HEADER), Span(block.middle, block.last, value, across)


def _rows(block: Block) -> list[tuple[Span, Span]]:
    rows = [_header(block, *block.header)] if block.header else []
    for label, value in block.lines:
        is_figure = isinstance(value, int)
        rows.append(_line(block, label, value, BODY.but(bold=not is_figure), FIGURE if is_figure else BODY))
    if block.is_summed:
        total = sum(value for _, value in block.lines if isinstance(value, int))
        rows.append(_line(block, "Total", total, *(look.but(bold=True, above=_TOTAL) for look in (BODY, FIGURE))))
    return rows


def _line(block: Block, label: str, value: Value, key: Look, look: Look) -> tuple[Span, Span]:
    return Span(block.first, block.middle - 1, label, key), Span(block.middle, block.last, value, look)
