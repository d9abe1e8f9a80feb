"""Instants as people in England read them: London wall-clock time, whatever the machine's own zone."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import polars as pl

from checker.config import LONDON

_EXCEL_DAY_OF_1970 = 25569
_MICROSECONDS_A_DAY = 86_400_000_000


def in_words(moment: datetime) -> str:
    """An instant as `22 Nov 2026 02:00 GMT`, so that even the hour that comes twice in October is plain."""
    local = moment.astimezone(ZoneInfo(LONDON))
    return f"{day_in_words(local)} {local:%H:%M} {local.tzname()}"


def day_in_words(day: date) -> str:
    """A day as `22 Nov 2026`."""
    return f"{day.day} {day:%b %Y}"


def london_day(moment: datetime) -> date:
    """The day that it is in London at an instant."""
    return moment.astimezone(ZoneInfo(LONDON)).date()


def to_the_minute(column: str) -> pl.Expr:
    """A column of UTC instants as `22 Nov 2026, 02:00`, in London wall-clock time."""
    return pl.col(column).dt.convert_time_zone(LONDON).dt.strftime("%-d %b %Y, %H:%M")


def iso(column: str) -> pl.Expr:
    """A column of UTC instants as ISO 8601 text with London's offset; fractions of a second where there are any."""
    return pl.col(column).dt.convert_time_zone(LONDON).dt.strftime("%Y-%m-%dT%H:%M:%S%.f%:z")


def excel_serial(column: str) -> pl.Expr:
    """A column of UTC instants as Excel's days since 1900, in London wall-clock time: a cell cannot hold an offset."""
    wall = pl.col(column).dt.convert_time_zone(LONDON).dt.replace_time_zone(None)
    return wall.dt.epoch("us") / _MICROSECONDS_A_DAY + _EXCEL_DAY_OF_1970


def excel_day(column: str) -> pl.Expr:
    """A column of days as Excel's days since 1900."""
    return pl.col(column).dt.epoch("d") + _EXCEL_DAY_OF_1970
