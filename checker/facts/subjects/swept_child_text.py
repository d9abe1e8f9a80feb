"""What has happened since to a child of a sweep, put into a sentence, with days in London."""

from __future__ import annotations

import polars as pl

from checker.facts import evidence_text as text
from checker.facts.context import Context


def _referred_in_words() -> pl.Expr:
    for_this = pl.format("referred for this incident on {}", text.london_day(pl.col("first_covering_at")))
    later = pl.format(
        "referred {} under {} ({})",
        text.london_day(pl.col("later_referral_at")),
        "later_referral_under",
        "later_referral_ref",
    )
    found = text.sentence(for_this, later).replace("", None)
    unreadable = text.when(
        (pl.col("unreadable") > 0) | pl.col("unreadable_form").is_not_null(), "a form could not be read"
    )
    return found.fill_null(text.sentence(pl.lit("no submitted referral found"), unreadable))


def _met_in_words() -> pl.Expr:
    number = pl.col("later_incidents")
    latest = pl.format("{} of {}", "latest_incident_ref", text.london_day(pl.col("latest_incident_at")))
    return (
        pl.when(number == 0)
        .then(pl.lit("no later incident found"))
        .when(number == 1)
        .then(pl.format("met again in 1 later incident, {}", latest))
        .when(number > 1)
        .then(pl.format("met again in {} later incidents, the latest {}", number, latest))
    )


def since_in_words(_: Context) -> pl.Expr:
    """Referrals, later incidents, plans and episodes, in this order, and what of them could not be read.

    A table that was not supplied is not mentioned.
    """
    episodes = pl.col("missing_episodes")
    missing = (
        pl.when(episodes == 1)
        .then(pl.lit("missing once"))
        .when(episodes > 1)
        .then(pl.format("missing {} times", episodes))
    )
    return text.sentence(
        _referred_in_words(),
        text.when(pl.col("child_ref").is_null(), "without a name nobody can tell what happened since"),
        _met_in_words(),
        pl.coalesce("plans", text.when(~pl.col("current_plan"), "no plan found")),
        text.count(pl.col("unreadable_plans"), "plan row could not be read", "plan rows could not be read"),
        missing,
        text.count(pl.col("unreadable_episodes"), "episode could not be read", "episodes could not be read"),
    )
