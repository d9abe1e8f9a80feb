"""The context of a run: its moment, its policy, the school calendar, and what earlier extracts showed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from checker.calendars import SchoolCalendar
from checker.config import LONDON, Policy
from checker.london_time import UTC_TIME

# An incident of an earlier extract as that extract last showed it; no policy has judged anything about it.
#   is_subject     false where it was a duplicate that another incident answers for
#   duplicate_of   null unless its status was duplicate
#   child_refs     from its children rows, including those of the duplicates that it answers for
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
# A missing episode of an earlier extract as that extract last showed it.
PAST_EPISODES = pl.Schema(
    {
        "episode_ref": pl.String(),
        "child_ref": pl.String(),
        "reported_at": UTC_TIME,
        "status": pl.String(),
        "coordinator_allocated_at": UTC_TIME,
    }
)
# A reference on a row that an earlier extract rejected, and the incident or episode that the row named (`of`).
PAST_UNREADABLE = pl.Schema({"link": pl.String(), "ref": pl.String(), "of": pl.String()})

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Span:
    """A stretch of time (UTC, both ends included) that an extract says it covers."""

    start: datetime
    end: datetime


def merge_spans(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The spans in order; those that overlap or touch become one.

    A span that ends at 23:59:59 touches the one that begins at midnight: extracts give times in whole seconds.
    """
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        if merged and span.start <= merged[-1].end + _SECOND:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)


@dataclass(frozen=True)
class KnownHistory:
    """What is known about the time before the extract, from the store and from what the extract says it covers.

    `incidents` (PAST_INCIDENTS) and `episodes` (PAST_EPISODES) were in earlier extracts; where tonight's extract has
    the same one, tonight's counts. `unreadable` (PAST_UNREADABLE) lists what those extracts could not read: each may
    be an incident or an episode until one with that reference is accepted. `covered` are the spans whose incidents are
    known, `covered_episodes` those whose missing episodes are known; none overlaps or touches another. Outside these
    spans nobody can say that there was none.

    The same extract may get other verdicts with another store, or later, when the store knows more.
    """

    incidents: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=PAST_INCIDENTS))
    episodes: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=PAST_EPISODES))
    unreadable: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=PAST_UNREADABLE))
    covered: tuple[Span, ...] = ()
    covered_episodes: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Context:
    """The moment (`as_of`, UTC) and the policy of a run, its school calendar and its history; no fact reads a clock."""

    as_of: datetime
    policy: Policy
    schools: SchoolCalendar = field(default_factory=SchoolCalendar)
    history: KnownHistory = field(default_factory=KnownHistory)

    @property
    def today(self) -> date:
        """The date in London at `as_of`."""
        return self.as_of.astimezone(ZoneInfo(LONDON)).date()
