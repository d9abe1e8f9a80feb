"""The facts of a child who was missing: was it the third time in 90 days, and is there a coordinator?"""

from __future__ import annotations

import polars as pl

from checker.facts import evidence_text as text
from checker.facts.context import Context
from checker.facts.engine import SAMPLE_REPORTED_AT, Fact, Subject
from checker.facts.joins.missing_windows import LOOK_BACK, UNREADABLE_EPISODES, WINDOWS
from checker.facts.subjects.incident_history import is_covered, not_covered_in_words
from checker.facts.subjects.missing_common import ACT_WITHIN, LATEST_INCIDENT, NEEDS, due, latest_incident_facts, own
from checker.facts.tables import Tables
from checker.london_time import UTC_TIME


def _base(tables: Tables, _: Context) -> pl.LazyFrame:
    """One row for each child_ref of the missing episodes, the rejected ones too, with its latest report."""
    read, unreadable = (
        tables.missing_episodes.select("child_ref", "reported_at"),
        tables.rejected_missing_episodes.filter(pl.col("child_ref").is_not_null()),
    )
    every = pl.concat([read, unreadable.select("child_ref", reported_at=pl.lit(None, UTC_TIME))])
    return every.group_by("child_ref").agg(latest_reported=pl.col("reported_at").max())


def _is_third(context: Context) -> pl.Expr:
    """True where an episode was the third, null where rejected rows or the time before may make one, else false."""
    none, unreadable = pl.col("episodes").is_null(), pl.col("unreadable_others").fill_null(0)
    perhaps = (unreadable > 0) & (pl.col("episodes").fill_null(0) + unreadable >= 3)
    return (
        pl.when(none & (unreadable == 0))
        .then(statement=False)
        .when("has_third")
        .then(statement=True)
        .when(~perhaps & _covers(context))
        .then(statement=False)
    )


def _last_at(context: Context) -> pl.Expr:
    """When the last episode that counts was reported; where there is none to be read, it may be until now."""
    return pl.col("last_at").fill_null(pl.lit(context.as_of, UTC_TIME))


def _covers(context: Context) -> pl.Expr:
    last = _last_at(context)
    return is_covered(context.history.covered_episodes, last - LOOK_BACK, last)


def _has_coordinator(_: Context) -> pl.Expr:
    allocated = pl.when(pl.col("first_allocated_at").is_not_null()).then(statement=True)
    return allocated.when(pl.col("unreadable_episodes").is_null()).then(statement=False)


def _episodes_in_words(context: Context) -> pl.Expr:
    """How many times the child was missing within 90 days, when, and what is not known."""
    number = pl.col("in_window")
    missing = (
        pl.when(number > 1)
        .then(
            pl.format(
                "missing {} times within 90 days, from {} to {} (latest episodes: {})",
                number,
                text.london_day(pl.col("window_from")),
                text.london_day(pl.col("end_at")),
                "window_episodes",
            )
        )
        .when(number == 1)
        .then(
            pl.format(
                "missing once within 90 days, on {} (episode {})",
                text.london_day(pl.col("end_at")),
                "window_episodes",
            )
        )
        .otherwise(pl.lit("no episode that counts"))
    )
    unsure = pl.col("is_third_within_90_days").is_null()
    return text.sentence(
        missing,
        text.count(pl.col("unreadable_episodes"), "episode could not be read", "episodes could not be read"),
        text.when(
            unsure & ~_covers(context), not_covered_in_words(context.history.covered_episodes, _last_at(context))
        ),
    )


def _coordinator_in_words(_: Context) -> pl.Expr:
    allocated = pl.format("missing coordinator allocated {}", text.london_time(pl.col("first_allocated_at")))
    return allocated.fill_null("no missing coordinator recorded")


MISSING_CHILD = Subject(
    name="missing_child",
    description="A child of whom the extract has a missing episode, or a rejected one, with its latest incident.",
    key=("child_ref",),
    base=_base,
    sources=(WINDOWS, UNREADABLE_EPISODES, LATEST_INCIDENT),
    needs=NEEDS,
    is_incident=False,
    facts=(
        own("child_ref", "CH-1"),
        *latest_incident_facts(),
        Fact(
            "reported_at",
            UTC_TIME,
            "when the third episode within 90 days was reported; the latest episode where there is no third; where no"
            " episode could be read, the moment that the extract describes",
            SAMPLE_REPORTED_AT,
            lambda context: pl.coalesce("third_at", "last_at", "latest_reported", pl.lit(context.as_of, UTC_TIME)),
        ),
        Fact(
            "is_third_within_90_days",
            pl.Boolean(),
            "whether an episode was at least the third within 90 days, both ends included and cancelled ones left out;"
            " unknown where the extract and the store do not hold the 90 days before the latest",
            sample=True,
            expression=_is_third,
            nullable=True,
        ),
        Fact(
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
        Fact(
            "episodes_in_words",
            pl.String(),
            "how many times the child was missing within the 90 days, and what is not known of it",
            "missing 3 times within 90 days, from 20/09/2026 to 16/11/2026 (latest episodes: MIS-1, MIS-2, MIS-3)",
            _episodes_in_words,
        ),
        Fact(
            "coordinator_in_words",
            pl.String(),
            "when the first missing coordinator was allocated, or that none was",
            "no missing coordinator recorded",
            _coordinator_in_words,
        ),
    ),
)
