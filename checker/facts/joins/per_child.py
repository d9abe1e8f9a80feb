"""What is recorded for one child of an incident, or without a child_ref for every child of it."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl


def with_counts_per_child(
    rows: pl.LazyFrame, found: pl.LazyFrame, states: Sequence[str], earliest: pl.Expr, name: str
) -> pl.LazyFrame:
    """The rows with how many of what was found for their child, or for every child of their incident, are in a state.

    Args:
        rows: Each with `incident_ref` and `child_ref`.
        found: The same two columns (a blank `child_ref` is every child), and a Boolean for each state.
        states: The names of these, and of the counts.
        earliest: A time that is aggregated over what was found; the earlier of the two is given.
        name: The name of that time.
    """
    found, child = found.cache(), pl.col("child_ref")
    own, for_all = f"{name}_own", f"{name}_all"
    for_child = found.filter(child.is_not_null()).group_by("incident_ref", "child_ref")
    for_every_child = found.filter(child.is_null()).group_by("incident_ref")
    joined = rows.join(
        for_child.agg(pl.col(states).sum(), earliest.alias(own)), on=["incident_ref", "child_ref"], how="left"
    ).join(
        for_every_child.agg(pl.col(states).sum().name.suffix("_all"), earliest.alias(for_all)),
        on="incident_ref",
        how="left",
    )
    zero = pl.lit(0, pl.Int64)
    both = (pl.sum_horizontal(pl.coalesce(state, zero), pl.coalesce(f"{state}_all", zero)) for state in states)
    return joined.with_columns(
        *(number.alias(state) for number, state in zip(both, states, strict=True)),
        pl.min_horizontal(own, for_all).alias(name),
    )
