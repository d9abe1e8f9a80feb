"""The life of a finding: opened, resolved, reopened, by what one more run has seen.

The rules of it, from the issue that asked for it:

- it is opened by the first run in which it needs a person, that is whose verdict is finding or undetermined;
- it is resolved only by a run that examined its subject and saw it pass or leave the rule's scope; a verdict that is
  not yet due, like a subject that is not there, leaves everything as it was;
- knowledge has the date of the extract that it comes from: a run of an older extract changes nothing about a finding
  that a newer one has examined.
"""

from __future__ import annotations

from datetime import datetime

import polars as pl

from checker.config import LONDON
from checker.london_time import UTC_TIME
from checker.models import FindingStatus, Outcome

OPEN, RESOLVED = "open", "resolved"
OPENED, REOPENED = "opened", "reopened"

KNOWN_SCHEMA = pl.Schema(
    {
        "finding_id": pl.String(),
        "state": pl.String(),
        "first_seen": UTC_TIME,
        "opened_at": UTC_TIME,
        "last_examined": UTC_TIME,
        "resolved_at": UTC_TIME,
    }
)

_NEEDS_A_PERSON = pl.col("outcome").is_in([Outcome.FINDING.value, Outcome.UNDETERMINED.value])
_IS_CLEAR = pl.col("outcome").is_in([Outcome.PASS.value, Outcome.OUT_OF_SCOPE.value])
_DECIDES = pl.col("outcome") != Outcome.NOT_DUE.value
_IS_KNOWN = pl.col("first_seen").is_not_null()
_WAS_OPEN = pl.col("state") == OPEN


def life_after(known: pl.DataFrame, verdicts: pl.DataFrame, as_of: datetime, seen_since: pl.Series) -> pl.DataFrame:
    """What a run as of `as_of` makes of every finding that it judged.

    Args:
        known: The findings of the store (KNOWN_SCHEMA).
        verdicts: `finding_id` and `outcome` of every verdict that is listed or is of a known finding, each once.
        as_of: The moment that the run's extract describes.
        seen_since: The ids of verdicts that a run of a newer extract judged too, for findings that are not known.

    Returns:
        A row for each verdict: `finding_id`, `outcome`; `is_news`, whether it changes what is known of a finding; how
        that then stands: `state`, `first_seen`, `opened_at`, `last_examined`, `resolved_at`; `event`, the step that its
        life takes, or null; and for the run's report `status` and `days_open`, null where it has no life.
    """
    joined = verdicts.join(known, on="finding_id", how="left", maintain_order="left")
    moment = pl.lit(as_of, UTC_TIME)
    is_seen_since = pl.col("finding_id").is_in(seen_since.implode())
    is_old = pl.when(_IS_KNOWN).then(pl.col("last_examined") > moment).otherwise(is_seen_since)
    event = (
        pl.when(is_old)
        .then(None)
        .when(~_IS_KNOWN & _NEEDS_A_PERSON)
        .then(pl.lit(OPENED))
        .when(_IS_KNOWN & ~_WAS_OPEN & _NEEDS_A_PERSON)
        .then(pl.lit(REOPENED))
        .when(_WAS_OPEN & _IS_CLEAR)
        .then(pl.lit(RESOLVED))
    )
    begins = pl.col("event").is_in([OPENED, REOPENED])
    after = joined.with_columns(is_old=is_old, event=event).with_columns(
        is_news=~pl.col("is_old") & _DECIDES & (_IS_KNOWN | pl.col("event").is_not_null()),
        state=pl.when(begins).then(pl.lit(OPEN)).when(event=RESOLVED).then(pl.lit(RESOLVED)).otherwise("state"),
        first_seen=pl.when(event=OPENED).then(moment).otherwise("first_seen"),
        opened_at=pl.when(begins).then(moment).otherwise("opened_at"),
        last_examined=pl.when(pl.col("is_old") | ~_DECIDES).then("last_examined").otherwise(moment),
        resolved_at=pl.when(begins).then(None).when(event=RESOLVED).then(moment).otherwise("resolved_at"),
    )
    is_open = pl.col("state") == OPEN
    status = (
        pl.when("is_old")
        .then(pl.when(_IS_KNOWN | _NEEDS_A_PERSON).then(pl.lit(FindingStatus.SUPERSEDED.value)))
        .when(event=RESOLVED)
        .then(pl.lit(FindingStatus.RESOLVED.value))
        .when(is_open & (pl.col("first_seen") == moment))
        .then(pl.lit(FindingStatus.NEW.value))
        .when(is_open & (pl.col("opened_at") == moment))
        .then(pl.lit(FindingStatus.REOPENED.value))
        .when(is_open)
        .then(pl.lit(FindingStatus.STILL_OPEN.value))
    )
    return after.with_columns(status=status).select(
        "finding_id",
        "outcome",
        "is_news",
        "state",
        "first_seen",
        "opened_at",
        "last_examined",
        "resolved_at",
        "event",
        "status",
        pl.when(pl.col("status").is_not_null() & ~pl.col("is_old"))
        .then(days_between("opened_at", moment))
        .alias("days_open"),
    )


def days_between(opened_at: str, until: pl.Expr) -> pl.Expr:
    """The whole days in London's calendar from one instant in UTC to another."""
    first, last = (each.dt.convert_time_zone(LONDON).dt.date() for each in (pl.col(opened_at), until))
    return (last - first).dt.total_days()
