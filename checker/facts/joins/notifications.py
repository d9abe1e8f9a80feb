"""Operation Encompass: was the school of a child notified of domestic abuse before the next school day began?"""

from __future__ import annotations

import polars as pl

from checker.calendars import with_start_of_next_school_day
from checker.facts import evidence_text as text
from checker.facts.context import Context
from checker.facts.engine import Source
from checker.facts.joins.per_child import with_counts_per_child
from checker.facts.tables import Tables

STATES = ("notified_in_time", "undated", "failed", "not_applicable", "unreadable_notification")


def _with_school_days(rows: pl.LazyFrame, _: Tables, context: Context) -> pl.LazyFrame:
    """The rows with when the next school day after the report begins (UTC), and whether that day is assumed."""
    return with_start_of_next_school_day(rows, "reported_at", "district", context.schools)


def _with_notifications(rows: pl.LazyFrame, tables: Tables, context: Context) -> pl.LazyFrame:
    """The rows with counts of the notifications for them by STATES, and when the first dated one was sent.

    A notification is for its child, and without a child_ref for every child of its incident; so is an unreadable one.
    """
    first = pl.col("sent_at").min()
    return with_counts_per_child(rows, _notifications(tables, context), STATES, first, "first_notified_at")


def _notifications(tables: Tables, context: Context) -> pl.LazyFrame:
    """Every notification, accepted or not, under the incident that answers for it, with a Boolean for each state."""
    columns = ("child_ref", "notified_at", "outcome")
    incidents = tables.incidents.select("incident_ref", "reported_at", "district")
    joined = tables.notifications.select(*columns, incident_ref="primary_ref").join(incidents, on="incident_ref")
    read = _with_school_days(joined, tables, context)
    sent, at = pl.col("outcome") == "sent", pl.col("notified_at")
    rows = read.select(
        "incident_ref",
        "child_ref",
        sent_at=pl.when(sent).then(at),
        notified_in_time=sent & (at <= pl.col("school_start")).fill_null(value=False),
        undated=sent & at.is_null(),
        failed=pl.col("outcome") == "failed",
        not_applicable=pl.col("outcome") == "not-applicable",
    )
    unreadable = pl.lit(value=True).alias("unreadable_notification")
    rejected = tables.rejected_notifications.select("child_ref", unreadable, incident_ref="primary_ref")
    return pl.concat([rows, rejected], how="diagonal")


def is_of_school_age(context: Context) -> pl.Expr:
    """True where the child was of school age on the day of the report; null where its age is not known."""
    policy = context.policy
    in_range = pl.col("years_old").is_between(policy.school_age_from, policy.school_age_to)
    return pl.when(pl.col("unborn")).then(statement=False).otherwise(in_range)


def is_school_told_in_time(_: Context) -> pl.Expr:
    """True where the school was notified in time, null where a notification is undated or could not be read."""
    might_be = pl.sum_horizontal("undated", "unreadable_notification")
    return pl.when(pl.col("notified_in_time") > 0).then(statement=True).when(might_be == 0).then(statement=False)


def school_in_words(_: Context) -> pl.Expr:
    """When the school was notified, what else was tried, and whether the school day is assumed."""
    notified = pl.format("school told on {}", text.london_time(pl.col("first_notified_at"), seconds=True))
    return text.sentence(
        pl.coalesce(notified, text.when(pl.col("undated") == 0, "no notification sent to the school")),
        text.count(pl.col("undated"), "notification without a time", "notifications without a time"),
        text.count(pl.col("failed"), "notification that did not arrive", "notifications that did not arrive"),
        text.count(pl.col("not_applicable"), "notification not applicable", "notifications not applicable"),
        text.count(
            pl.col("unreadable_notification"), "notification could not be read", "notifications could not be read"
        ),
        text.when(pl.col("is_school_calendar_assumed"), "school calendar assumed"),
    )


SCHOOL_DAYS = Source("next school day", frozenset({"school_start", "school_is_assumed"}), _with_school_days)
NOTIFICATIONS = Source(
    "notifications", frozenset({*STATES, "first_notified_at"}), _with_notifications, needs=("notifications",)
)
