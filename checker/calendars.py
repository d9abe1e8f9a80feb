"""Working days and school days in England: the arithmetic of time that a clock and a calendar cannot do alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

import holidays
import polars as pl

from checker.config import LONDON

_YEARS = range(1995, 2101)  # of the bank holidays; no incident is older that anybody still judges


@cache
def bank_holidays() -> tuple[date, ...]:
    """The bank holidays of England from 1995 to 2100, in order.

    Those that are proclaimed once (a jubilee, a coronation) are known as far as the release of the library knows them.
    """
    return tuple(sorted(holidays.country_holidays("GB", subdiv="ENG", years=_YEARS)))


def end_of_next_working_day(instant: pl.Expr) -> pl.Expr:
    """17:00 in London, in UTC, on the first working day after the London date of the instant.

    A working day is Monday to Friday and no bank holiday of England (rules.md, REF005).
    """
    day = instant.dt.convert_time_zone(LONDON).dt.date()
    following = day.dt.add_business_days(1, holidays=bank_holidays(), roll="backward")
    return following.dt.combine(pl.time(17)).dt.replace_time_zone(LONDON).dt.convert_time_zone("UTC")


@dataclass(frozen=True)
class SchoolCalendar:
    """The school days of the local authorities whose calendar is known."""
