"""The facts of a child who was missing: was it the third time in 90 days, and is there a coordinator?"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from checker.facts import words
from checker.facts.accepted import Accepted
from checker.facts.fact import SAMPLE_REPORTED_AT, FactTable
from checker.facts.history import is_covered, not_covered_in_words
from checker.facts.missing import (
    ACT_WITHIN,
    due,
    fact,
    in_words,
    is_countable,
    latest_incident_facts,
    latest_incident_of,
    own,
)
from checker.facts.moment import UTC_TIME, Moment
from checker.facts.told import MISSING

LOOK_BACK = timedelta(days=90)  # in which the third episode counts (rules.md, MIS001), elapsed


def facts(accepted: Accepted, moment: Moment) -> pl.LazyFrame:
    """One row for each child_ref of the missing episodes, the rejected ones too, with its facts at `as_of`."""
    read, unread = (
        accepted.missing_episodes,
        accepted.rejected_missing_episodes.filter(pl.col("child_ref").is_not_null()),
    )
    every = pl.concat(
        [read.select("child_ref", "reported_at"), unread.select("child_ref", reported_at=pl.lit(None, UTC_TIME))]
    )
    subjects = every.group_by("child_ref").agg(latest_reported=pl.col("reported_at").max())
    for found in (_windows(_countable(accepted, moment)), _unread(accepted, moment), latest_incident_of(accepted)):
        subjects = subjects.join(found, on="child_ref", how="left")
    return FACTS.plan(subjects, moment)


def _countable(accepted: Accepted, moment: Moment) -> pl.LazyFrame:
    """The episodes that count, of tonight and those that only an earlier extract held; child by child and by time."""
    read = accepted.missing_episodes
    past = _past(accepted, moment)
    columns = ("child_ref", "episode_ref", "reported_at", "coordinator_allocated_at")
    both = pl.concat([rows.filter(is_countable()).select(columns) for rows in (read, past)])
    return both.sort("child_ref", "reported_at", "episode_ref")


def _past(accepted: Accepted, moment: Moment) -> pl.LazyFrame:
    """The episodes that only an earlier extract held."""
    past = moment.past.episodes.lazy().filter(pl.col("reported_at") <= moment.as_of)
    return past.join(accepted.missing_episodes, on="episode_ref", how="anti")


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


def _unread(accepted: Accepted, moment: Moment) -> pl.LazyFrame:
    """For each child the rows that could not be read: how many episodes, and how many of them are no accepted one.

    Rows that say which episode they are count once an episode.
    """
    row = pl.format("\x00{}", pl.int_range(pl.len()))  # no reference has a NUL in front
    tonight = accepted.rejected_missing_episodes.select("child_ref", of=pl.coalesce("episode_ref", row))
    past = moment.past.unread.lazy().filter(pl.col("link") == MISSING).select("of", child_ref="ref")
    known = pl.concat([rows.select("episode_ref") for rows in (accepted.missing_episodes, _past(accepted, moment))])
    unread = pl.concat(
        [tonight, past.select("child_ref", "of").join(known, left_on="of", right_on="episode_ref", how="anti")]
    )
    others = unread.join(known, left_on="of", right_on="episode_ref", how="anti")
    each = unread.filter(pl.col("child_ref").is_not_null()).group_by("child_ref").agg(unread=pl.col("of").n_unique())
    of_others = others.group_by("child_ref").agg(unread_others=pl.col("of").n_unique())
    return each.join(of_others, on="child_ref", how="left")


def _is_third(moment: Moment) -> pl.Expr:
    """True where an episode was the third, null where rejected rows or the time before may make one, else false."""
    none, unread = pl.col("episodes").is_null(), pl.col("unread_others").fill_null(0)
    perhaps = (unread > 0) & (pl.col("episodes").fill_null(0) + unread >= 3)
    return (
        pl.when(none & (unread == 0))
        .then(statement=False)
        .when("has_third")
        .then(statement=True)
        .when(~perhaps & _covers(moment))
        .then(statement=False)
    )


def _last_at(moment: Moment) -> pl.Expr:
    """When the last episode that counts was reported; where there is none to be read, it may be until now."""
    return pl.col("last_at").fill_null(pl.lit(moment.as_of, UTC_TIME))


def _covers(moment: Moment) -> pl.Expr:
    last = _last_at(moment)
    return is_covered(moment.past.covered_episodes, last - LOOK_BACK, last)


def _has_coordinator(_: Moment) -> pl.Expr:
    allocated = pl.when(pl.col("first_allocated_at").is_not_null()).then(statement=True)
    return allocated.when(pl.col("unread").is_null()).then(statement=False)


def _episodes_in_words(moment: Moment) -> pl.Expr:
    """How many times the child was missing within 90 days, when, and what is not known."""
    number = pl.col("in_window")
    missing = (
        pl.when(number > 1)
        .then(
            pl.format(
                "missing {} times within 90 days, from {} to {} (latest episodes: {})",
                number,
                words.london_day(pl.col("window_from")),
                words.london_day(pl.col("end_at")),
                "window_episodes",
            )
        )
        .when(number == 1)
        .then(
            pl.format(
                "missing once within 90 days, on {} (episode {})",
                words.london_day(pl.col("end_at")),
                "window_episodes",
            )
        )
        .otherwise(pl.lit("no episode that counts"))
    )
    unsure = pl.col("is_third_within_90_days").is_null()
    return words.sentence(
        missing,
        words.count(pl.col("unread"), "episode could not be read", "episodes could not be read"),
        words.when(unsure & ~_covers(moment), not_covered_in_words(moment.past.covered_episodes, _last_at(moment))),
    )


def _coordinator_in_words(_: Moment) -> pl.Expr:
    allocated = pl.format("missing coordinator allocated {}", words.moment(pl.col("first_allocated_at")))
    return allocated.fill_null("no missing coordinator recorded")


FACTS = FactTable(
    subject="missing_child",
    description="A child of whom the extract has a missing episode, or a rejected one, with its latest incident.",
    key=("child_ref",),
    of_incidents=False,
    facts=(
        own("child_ref", "CH-1"),
        *latest_incident_facts(),
        fact(
            "reported_at",
            UTC_TIME,
            "when the third episode within 90 days was reported; the latest episode where there is no third; where no"
            " episode could be read, the moment that the extract describes",
            SAMPLE_REPORTED_AT,
            lambda moment: pl.coalesce("third_at", "last_at", "latest_reported", pl.lit(moment.as_of, UTC_TIME)),
        ),
        fact(
            "is_third_within_90_days",
            pl.Boolean(),
            "whether an episode was at least the third within 90 days, both ends included and cancelled ones left out;"
            " unknown where the extract and the store do not hold the 90 days before the latest",
            sample=True,
            expression=_is_third,
            nullable=True,
        ),
        fact(
            "has_coordinator",
            pl.Boolean(),
            "whether one of the episodes within the 90 days up to the latest such third episode, or up to the latest"
            " episode, has a missing coordinator",
            sample=True,
            expression=_has_coordinator,
            nullable=True,
        ),
        due(
            "coordinator_due_at",
            "when a missing coordinator is due: report of that third episode, or of the latest, + 24 hours, elapsed",
            SAMPLE_REPORTED_AT + ACT_WITHIN,
            pl.coalesce("third_at", "last_at") + ACT_WITHIN,
            nullable=True,
        ),
        in_words(
            "episodes_in_words",
            "how many times the child was missing within the 90 days, and what is not known of it",
            "missing 3 times within 90 days, from 20/09/2026 to 16/11/2026 (latest episodes: MIS-1, MIS-2, MIS-3)",
            _episodes_in_words,
        ),
        in_words(
            "coordinator_in_words",
            "when the first missing coordinator was allocated, or that none was",
            "no missing coordinator recorded",
            _coordinator_in_words,
        ),
    ),
)
