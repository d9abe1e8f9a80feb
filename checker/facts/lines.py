"""Lines: rows that share a reference, by time, so that a row's place says what is before it and after it in its line.

Strictly: what is of the very same moment is neither. No row is ever compared with all others of its line.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

_LINE, _MOMENT = "line", "moment"  # what begins or ends at a row


def in_lines(rows: pl.LazyFrame, reference: Sequence[str], then_by: Sequence[str] = ()) -> pl.LazyFrame:
    """The rows in lines of the same reference, by `reported_at`, marked for what follows here.

    Args:
        rows: Each with a reference.
        reference: The columns that make it up.
        then_by: The columns by which those of the very same moment are sorted.
    """
    # A line is known by the place of its first row: numbers are sorted sooner than references.
    numbered = rows.with_row_index(_LINE).with_columns(pl.col(_LINE).first().over(reference))
    in_order = numbered.sort(_LINE, "reported_at", *then_by)
    begins = {_LINE: _differs(_LINE), _MOMENT: _differs(_LINE, "reported_at")}
    marked = in_order.with_columns(**{f"{what}_begins": differs for what, differs in begins.items()})
    return marked.with_columns(
        pl.col(f"{what}_begins").shift(-1, fill_value=True).alias(f"{what}_ends") for what in begins
    )


def before(counted: pl.Expr) -> pl.Expr:
    """How much of what is counted, a whole number, is strictly before the row in its line."""
    up_to_here = counted.cum_sum() - counted
    return _at_beginning(_MOMENT, up_to_here) - _at_beginning(_LINE, up_to_here)


def after(counted: pl.Expr) -> pl.Expr:
    """How much of what is counted, a whole number, is strictly after the row in its line."""
    return _at_end(_LINE, counted.cum_sum()) - _at_end(_MOMENT, counted.cum_sum())


def greatest_after(number: pl.Expr, most: int) -> pl.Expr:
    """The greatest of the numbers, from 0 to `most`, strictly after the row in its line; 0 where nothing is."""
    # From the end of all lines towards the beginning each line is lifted above those behind it, so that the greatest
    # number so far is always one of its own line.
    lifted = -pl.col(f"{_LINE}_begins").cast(pl.Int64).cum_sum() * most
    from_here = (number + lifted).cum_max(reverse=True) - lifted
    return _at_end(_MOMENT, pl.when(f"{_LINE}_ends").then(0).otherwise(from_here.shift(-1)))


def last(column: str) -> pl.Expr:
    """What the last row of the line has in a column that is never blank."""
    return _at_end(_LINE, pl.col(column))


def _differs(*names: str) -> pl.Expr:
    """Whether one of these differs from the row before."""
    return pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift(1)) for name in names)


def _at_beginning(what: str, value: pl.Expr) -> pl.Expr:
    return pl.when(f"{what}_begins").then(value).forward_fill()


def _at_end(what: str, value: pl.Expr) -> pl.Expr:
    return pl.when(f"{what}_ends").then(value).backward_fill()
