"""When, under which policy, and with what knowledge of the past facts are read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from checker.calendars import SchoolCalendar
from checker.config import Policy

UTC_TIME = pl.Datetime("us", "UTC")

# An incident that an earlier extract held, as it was told last.
#   is_subject     false where it was last told as a duplicate that another incident answers for
#   child_refs     those of its children rows, the ones that it takes over included
PAST_INCIDENTS = pl.Schema(
    {
        "incident_ref": pl.String(),
        "reported_at": UTC_TIME,
        "is_subject": pl.Boolean(),
        "is_domestic_abuse": pl.Boolean(),
        "concern_types": pl.String(),
        "victim_ref": pl.String(),
        "suspect_ref": pl.String(),
        "location_ref": pl.String(),
        "child_refs": pl.List(pl.String()),
    }
)
# A missing episode that an earlier extract held, as it was told last.
PAST_EPISODES = pl.Schema(
    {
        "episode_ref": pl.String(),
        "child_ref": pl.String(),
        "reported_at": UTC_TIME,
        "status": pl.String(),
        "coordinator_allocated_at": UTC_TIME,
    }
)


@dataclass(frozen=True)
class Span:
    """A stretch of time (UTC, both ends included) of which an extract says that it covers it."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Past:
    """What is known of the time before, from the store and from what the extract says that it covers.

    `incidents` (PAST_INCIDENTS) and `episodes` (PAST_EPISODES) are those that earlier extracts held; where tonight's
    extract holds one of them too, it is the extract that counts. `covered` are the spans of time whose incidents are
    known, `covered_episodes` those whose missing episodes are: outside of them nobody can say that there was none.
    """

    incidents: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=PAST_INCIDENTS))
    episodes: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=PAST_EPISODES))
    covered: tuple[Span, ...] = ()
    covered_episodes: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Moment:
    """When and under which policy facts are read: `as_of` is an instant in UTC; no fact reads the clock."""

    as_of: datetime
    policy: Policy
    schools: SchoolCalendar = field(default_factory=SchoolCalendar)
    past: Past = field(default_factory=Past)
