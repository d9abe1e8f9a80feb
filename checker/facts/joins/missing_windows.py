"""The missing episodes of each child: those within the 90 days up to a third one, and those that cannot be read."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from checker.facts.context import Context
from checker.facts.engine import left_join
from checker.facts.observations import MISSING
from checker.facts.tables import Tables

LOOK_BACK = timedelta(days=90)  # in which the third episode counts (rules.md, MIS001), elapsed


def is_countable() -> pl.Expr:
    """Whether an episode counts (rules.md, MIS001): cancelled ones do not, a blank status does."""
    return pl.col("status").ne_missing(pl.lit("cancelled"))


def _countable(tables: Tables, context: Context) -> pl.LazyFrame:
    """The episodes that count, of tonight and those that only an earlier extract held; child by child and by time."""
    read = tables.missing_episodes
    past = _past(tables, context)
    columns = ("child_ref", "episode_ref", "reported_at", "coordinator_allocated_at")
    both = pl.concat([rows.filter(is_countable()).select(columns) for rows in (read, past)])
    return both.sort("child_ref", "reported_at", "episode_ref")


def _past(tables: Tables, context: Context) -> pl.LazyFrame:
    """The episodes that only an earlier extract held."""
    past = context.history.episodes.lazy().filter(pl.col("reported_at") <= context.as_of)
    return past.join(tables.missing_episodes, on="episode_ref", how="anti")


def _windows(countable: pl.LazyFrame) -> pl.LazyFrame:
    """For each child the 90 days up to its latest third episode, else up to its latest: what there is and from when.

    `third_at` is when the third episode in them was reported, null where no episode ever was a third; `episodes` is how
    many count at all, `last_at` when the last of them was reported.
    """
    of_same_child = pl.col("child_ref") == pl.col("child_ref").shift(2)
    is_third = of_same_child & (pl.col("reported_at").shift(2) >= pl.col("reported_at") - LOOK_BACK)
    place = pl.int_range(pl.len())
    placed = countable.with_columns(is_third.fill_null(value=False).alias("is_third"), place.alias("place"))
    thirds = pl.col("place").filter("is_third").max()
    ends = placed.group_by("child_ref").agg(
        pl.len().alias("episodes"),
        pl.col("reported_at").max().alias("last_at"),
        thirds.is_not_null().alias("has_third"),
        pl.coalesce(thirds, pl.col("place").max()).alias("end"),
    )
    until = placed.select(end="place", end_at="reported_at")
    within = (
        placed.join(ends.join(until, on="end", how="left"), on="child_ref", how="left")
        .filter((pl.col("place") <= pl.col("end")) & (pl.col("reported_at") >= pl.col("end_at") - LOOK_BACK))
        .sort("place")
    )
    counted = within.group_by("child_ref", maintain_order=True).agg(
        pl.len().alias("in_window"),
        pl.col("episode_ref").tail(5).str.join(", ").alias("window_episodes"),
        pl.col("coordinator_allocated_at").min().alias("first_allocated_at"),
        pl.col("reported_at").get(2, null_on_oob=True).alias("third_reported"),
        pl.col("reported_at").first().alias("window_from"),
        pl.col("end_at").first(),
    )
    third_at = pl.when("has_third").then("third_reported").alias("third_at")
    return ends.join(counted, on="child_ref", how="left").with_columns(third_at).drop("end", "third_reported")


def _unreadable(tables: Tables, context: Context) -> pl.LazyFrame:
    """For each child how many episodes have a row that could not be read, and how many of these have no accepted row.

    Rows that name the same episode count once.
    """
    row = pl.format("\x00{}", pl.int_range(pl.len()))  # no reference has a NUL in front
    tonight = tables.rejected_missing_episodes.select("child_ref", of=pl.coalesce("episode_ref", row))
    past = context.history.unreadable.lazy().filter(pl.col("link") == MISSING).select("of", child_ref="ref")
    known = pl.concat([rows.select("episode_ref") for rows in (tables.missing_episodes, _past(tables, context))])
    unreadable = pl.concat(
        [tonight, past.select("child_ref", "of").join(known, left_on="of", right_on="episode_ref", how="anti")]
    )
    others = unreadable.join(known, left_on="of", right_on="episode_ref", how="anti")
    each = (
        unreadable.filter(pl.col("child_ref").is_not_null())
        .group_by("child_ref")
        .agg(unreadable_episodes=pl.col("of").n_unique())
    )
    of_others = others.group_by("child_ref").agg(unreadable_others=pl.col("of").n_unique())
    return each.join(of_others, on="child_ref", how="left")


WINDOWS = left_join(
    "missing episodes within 90 days",
    "child_ref",
    [
        *("episodes", "last_at", "has_third", "third_at", "in_window", "window_episodes"),
        *("first_allocated_at", "window_from", "end_at"),
    ],
    lambda tables, context: _windows(_countable(tables, context)),
    reads_history=True,
)
UNREADABLE_EPISODES = left_join(
    "unreadable missing episodes",
    "child_ref",
    ["unreadable_episodes", "unreadable_others"],
    _unreadable,
    reads_history=True,
)
