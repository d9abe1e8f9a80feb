"""Operation Encompass: was the school of a child told of domestic abuse before the next school day began?"""

from __future__ import annotations

import polars as pl

from checker.calendars import with_start_of_next_school_day
from checker.facts import words
from checker.facts.accepted import Accepted
from checker.facts.moment import Moment

STATES = ("told_in_time", "undated", "failed", "not_applicable", "unread_notification")


def with_notifications(subjects: pl.LazyFrame, accepted: Accepted, moment: Moment) -> pl.LazyFrame:
    """The subjects with counts of the notifications that speak for them by STATES, and when they were due.

    A notification speaks for its child, and without a child_ref for every child of its incident; so does an unreadable
    one. `school_start` (UTC) is when the next school day begins, `school_is_assumed` says that no calendar tells it,
    `first_told_at` is when the first notification was sent that has a time.
    """
    of_incident = accepted.incidents.select("incident_ref", "reported_at", "district")
    starts = with_start_of_next_school_day(of_incident, "reported_at", "district", moment.schools)
    starts = starts.drop("reported_at", "district")
    rows, child = _notifications(accepted, starts), pl.col("child_ref")
    first = pl.col("told_at").min()
    counts = [pl.col(state).sum() for state in STATES]
    for_child = rows.filter(child.is_not_null()).group_by("incident_ref", "child_ref").agg(counts, told_own=first)
    for_all = (
        rows.filter(child.is_null())
        .group_by("incident_ref")
        .agg(pl.col(STATES).sum().name.suffix("_all"), told_all=first)
    )
    joined = (
        subjects.join(starts, on="incident_ref", how="left")
        .join(for_child, on=["incident_ref", "child_ref"], how="left")
        .join(for_all, on="incident_ref", how="left")
    )
    zero = pl.lit(0, pl.Int64)
    both = (pl.sum_horizontal(pl.coalesce(state, zero), pl.coalesce(f"{state}_all", zero)) for state in STATES)
    return joined.with_columns(
        *(number.alias(state) for number, state in zip(both, STATES, strict=True)),
        first_told_at=pl.min_horizontal("told_own", "told_all"),
    )


def _notifications(accepted: Accepted, starts: pl.LazyFrame) -> pl.LazyFrame:
    """Every notification, accepted or not, under the incident that answers for it, with a Boolean for each state."""
    columns = ("child_ref", "notified_at", "outcome")
    read = accepted.notifications.select(*columns, incident_ref="answered_by").join(starts, on="incident_ref")
    sent, at = pl.col("outcome") == "sent", pl.col("notified_at")
    rows = read.select(
        "incident_ref",
        "child_ref",
        told_at=pl.when(sent).then(at),
        told_in_time=sent & (at <= pl.col("school_start")).fill_null(value=False),
        undated=sent & at.is_null(),
        failed=pl.col("outcome") == "failed",
        not_applicable=pl.col("outcome") == "not-applicable",
    )
    unread = pl.lit(value=True).alias("unread_notification")
    rejected = accepted.rejected_notifications.select("child_ref", unread, incident_ref="answered_by")
    return pl.concat([rows, rejected], how="diagonal")


def is_of_school_age(moment: Moment) -> pl.Expr:
    """True where the child was of school age on the day of the report; null where its age is not known."""
    policy = moment.policy
    in_range = pl.col("years_old").is_between(policy.school_age_from, policy.school_age_to)
    return pl.when(pl.col("unborn")).then(statement=False).otherwise(in_range)


def is_school_told_in_time(_: Moment) -> pl.Expr:
    """True where the school was told in time, null where a notification without a time or unread may say so."""
    might_be = pl.sum_horizontal("undated", "unread_notification")
    return pl.when(pl.col("told_in_time") > 0).then(statement=True).when(might_be == 0).then(statement=False)


def school_in_words(_: Moment) -> pl.Expr:
    """When the school was told, what else was tried, and whether the school day is assumed."""
    told = pl.format("school told on {}", words.moment(pl.col("first_told_at"), seconds=True))
    return words.sentence(
        pl.coalesce(told, words.when(pl.col("undated") == 0, "no notification sent to the school")),
        words.count(pl.col("undated"), "notification without a time", "notifications without a time"),
        words.count(pl.col("failed"), "notification that did not arrive", "notifications that did not arrive"),
        words.count(pl.col("not_applicable"), "notification not applicable", "notifications not applicable"),
        words.count(pl.col("unread_notification"), "notification could not be read", "notifications could not be read"),
        words.when(pl.col("is_school_calendar_assumed"), "school calendar assumed"),
    )
