"""Facts put into words: the pieces that evidence sentences are made of."""

from __future__ import annotations

import polars as pl

from checker.config import LONDON

# What the evidence on a child says of the forms for others, as incident_child words it.
OTHER_CHILDREN, NAMED_CHILDREN = "other children of the incident", "named children"
ABOUT_OTHERS = rf"; \d+ forms? for (?:{OTHER_CHILDREN}|{NAMED_CHILDREN})"


def sentence(*parts: pl.Expr, separator: str = "; ") -> pl.Expr:
    """The parts that are there, joined; a null part is left out."""
    return pl.concat_str(*parts, separator=separator, ignore_nulls=True)


def when(condition: pl.Expr, words: str | pl.Expr) -> pl.Expr:
    """The words where the condition holds, else null."""
    return pl.when(condition).then(pl.lit(words) if isinstance(words, str) else words)


def count(number: pl.Expr, singular: str, plural: str) -> pl.Expr:
    """`2 draft forms`; null where there is none."""
    return pl.when(number == 1).then(pl.lit(f"1 {singular}")).when(number > 1).then(pl.format(f"{{}} {plural}", number))


def count_of(number: pl.Expr, what: str) -> pl.Expr:
    """`same victim 2`; null where there is none."""
    return pl.when(number > 0).then(pl.format(f"{what} {{}}", number))


def listed(*parts: pl.Expr) -> pl.Expr:
    """The parts that are there, joined by commas; null where there is none."""
    return pl.when(pl.any_horizontal(part.is_not_null() for part in parts)).then(sentence(*parts, separator=", "))


def hours(number: pl.Expr) -> pl.Expr:
    """`26.4 h`; next to a whole hour `24.0003 h`, so that a second over 24 h does not read as 24 h."""
    tenths = number.round(1)
    next_to_whole = (tenths == number.round(0)) & (tenths != number)
    return pl.format("{} h", pl.when(next_to_whole).then(number.round(4)).otherwise(tenths))


def day(date: pl.Expr) -> pl.Expr:
    """`22/11/2026`."""
    return date.dt.to_string("%d/%m/%Y")


def london_day(instant: pl.Expr) -> pl.Expr:
    """`22/11/2026`, the day in London."""
    return day(instant.dt.convert_time_zone(LONDON))


def london_time(instant: pl.Expr, seconds: bool = False) -> pl.Expr:
    """`22/11/2026 02:00`, London wall time; with seconds where they decide."""
    return instant.dt.convert_time_zone(LONDON).dt.to_string("%d/%m/%Y %H:%M:%S" if seconds else "%d/%m/%Y %H:%M")
