"""Ordered groups: rows that share a reference, by time, so that the place of a row says what is before and after it.

Strictly: what happened at the very same moment is neither. No row is ever compared with all others of its group.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

_GROUP, _MOMENT = "group", "moment"  # what begins or ends at a row


def in_groups(rows: pl.LazyFrame, reference: Sequence[str], then_by: Sequence[str] = ()) -> pl.LazyFrame:
    """The rows in groups of the same reference, by `reported_at`, marked for what follows here.

    Args:
        rows: Each with a reference.
        reference: The columns that make it up.
        then_by: The columns by which those of the very same moment are sorted.
    """
    # A group is known by the place of its first row: numbers are sorted sooner than references.
    numbered = rows.with_row_index(_GROUP).with_columns(pl.col(_GROUP).first().over(reference))
    in_order = numbered.sort(_GROUP, "reported_at", *then_by)
    begins = {_GROUP: _differs(_GROUP), _MOMENT: _differs(_GROUP, "reported_at")}
    marked = in_order.with_columns(**{f"{what}_begins": differs for what, differs in begins.items()})
    return marked.with_columns(
        pl.col(f"{what}_begins").shift(-1, fill_value=True).alias(f"{what}_ends") for what in begins
    )


def before(counted: pl.Expr) -> pl.Expr:
    """How much of what is counted, a whole number, is strictly before the row in its group."""
    up_to_here = counted.cum_sum() - counted
    return _at_beginning(_MOMENT, up_to_here) - _at_beginning(_GROUP, up_to_here)


def after(counted: pl.Expr) -> pl.Expr:
    """How much of what is counted, a whole number, is strictly after the row in its group."""
    return _at_end(_GROUP, counted.cum_sum()) - _at_end(_MOMENT, counted.cum_sum())


def greatest_after(number: pl.Expr, most: int) -> pl.Expr:
    """The greatest of the numbers, from 0 to `most`, strictly after the row in its group; 0 where nothing is."""
    # From the end of all groups towards the beginning each group is lifted above those behind it, so that the greatest
    # number so far is always one of its own group.
    lifted = -pl.col(f"{_GROUP}_begins").cast(pl.Int64).cum_sum() * most
    from_here = (number + lifted).cum_max(reverse=True) - lifted
    return _at_end(_MOMENT, pl.when(f"{_GROUP}_ends").then(0).otherwise(from_here.shift(-1)))


def last(column: str) -> pl.Expr:
    """What the last row of the group has in a column that is never blank."""
    return _at_end(_GROUP, pl.col(column))


def _differs(*names: str) -> pl.Expr:
    """Whether one of these differs from the row before."""
    return pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift(1)) for name in names)


def _at_beginning(what: str, value: pl.Expr) -> pl.Expr:
    return pl.when(f"{what}_begins").then(value).forward_fill()


def _at_end(what: str, value: pl.Expr) -> pl.Expr:
    return pl.when(f"{what}_ends").then(value).backward_fill()
