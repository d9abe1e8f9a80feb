"""When, under which policy, and with what knowledge of the past facts are read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from checker.calendars import SchoolCalendar
from checker.config import LONDON, Policy

UTC_TIME = pl.Datetime("us", "UTC")

# An incident that an earlier extract held, as it was told last; no policy has judged anything of it.
#   is_subject     false where it was last told as a duplicate that another incident answers for
#   duplicate_of   null unless its status was duplicate
#   child_refs     those of its children rows, the ones that it takes over included
PAST_INCIDENTS = pl.Schema(
    {
        "incident_ref": pl.String(),
        "reported_at": UTC_TIME,
        "is_subject": pl.Boolean(),
        "duplicate_of": pl.String(),
        "domestic_abuse": pl.Boolean(),
        "has_risk_form": pl.Boolean(),
        "closure_codes": pl.List(pl.String()),
        "incident_type": pl.String(),
        "concern_types": pl.List(pl.String()),
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
# A reference that a row bore which an earlier extract rejected, and of which incident or episode it said it was.
PAST_UNREAD = pl.Schema({"link": pl.String(), "ref": pl.String(), "of": pl.String()})

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Span:
    """A stretch of time (UTC, both ends included) of which an extract says that it covers it."""

    start: datetime
    end: datetime


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The spans in order, those that overlap or touch being one.

    One that ends at 23:59:59 touches the one that begins at midnight: extracts tell time in whole seconds.
    """
    joined: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        if joined and span.start <= joined[-1].end + _SECOND:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return tuple(joined)


@dataclass(frozen=True)
class Past:
    """What is known of the time before, from the store and from what the extract says that it covers.

    `incidents` (PAST_INCIDENTS) and `episodes` (PAST_EPISODES) are those that earlier extracts held; where tonight's
    extract holds one of them too, it is the extract that counts. `unread` (PAST_UNREAD) is what they could not read:
    each may be an incident or an episode until one of that reference is accepted. `covered` are the spans of time whose
    incidents are known, `covered_episodes` those whose missing episodes are, none of which overlaps or touches another:
    outside of them nobody can say that there was none.

    With another store, or with one that has learnt more since, the same extract may be judged otherwise: what it holds
    of the past is as much a part of what a verdict is made from as the extract.
    """

    incidents: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=PAST_INCIDENTS))
    episodes: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=PAST_EPISODES))
    unread: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=PAST_UNREAD))
    covered: tuple[Span, ...] = ()
    covered_episodes: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Moment:
    """When and under which policy facts are read: `as_of` is an instant in UTC; no fact reads the clock."""

    as_of: datetime
    policy: Policy
    schools: SchoolCalendar = field(default_factory=SchoolCalendar)
    past: Past = field(default_factory=Past)

    @property
    def today(self) -> date:
        """The date in London at `as_of`."""
        return self.as_of.astimezone(ZoneInfo(LONDON)).date()
