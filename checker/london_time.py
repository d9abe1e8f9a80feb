"""London's days and clock as Polars expressions: instants are UTC inside the checker, days and wall times London's."""

from __future__ import annotations

import polars as pl

from checker.config import LONDON

UTC_TIME = pl.Datetime("us", "UTC")


def local_date(instant: pl.Expr) -> pl.Expr:
    """The date in London at the instant."""
    return instant.dt.convert_time_zone(LONDON).dt.date()


def start_of_day(date: pl.Expr) -> pl.Expr:
    """The instant in UTC at which the date begins in London."""
    return date.cast(pl.Datetime("us")).dt.replace_time_zone(LONDON).dt.convert_time_zone("UTC")


def elapsed_hours(start: pl.Expr, end: pl.Expr) -> pl.Expr:
    """Elapsed hours between two instants; an hour is an hour across a clock change."""
    return (end - start).dt.total_microseconds() / 3_600_000_000


def anniversary(date: pl.Expr, years: int) -> pl.Expr:
    """The date some years later; a 29 February falls on 1 March in a year without one (rules.md, "child")."""
    later = date.dt.offset_by(f"{years}y")  # which is 28 February in such a year
    return later + pl.duration(days=(later.dt.day() < date.dt.day()).cast(pl.Int64))
