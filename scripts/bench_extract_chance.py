"""What the tables of bench_extract.py are made of: chance, which is a hash, and moments."""

import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import polars as pl

AS_OF = datetime(2026, 11, 22, 2)  # UTC, and London wall time too
YEAR_MINUTES = 365 * 24 * 60


def chance(question: str, of: str = "number") -> pl.Expr:
    """A number in [0, 1) for each row, the same for the same value of the column `of`."""
    return pl.col(of).hash(zlib.crc32(question.encode())) / 2.0**64


def one_of(question: str, words: Sequence[str | None], of: str = "number") -> pl.Expr:
    """One of the words for each row, each as likely as the others; None is a blank cell."""
    return pl.lit(pl.Series(words, dtype=pl.String)).gather((chance(question, of) * len(words)).cast(pl.UInt32))


def numbered(prefix: str, question: str, among: int, of: str = "number") -> pl.Expr:
    """A reference such as `PC-4137` for each row, one of `among`."""
    return pl.format("{}{}", pl.lit(prefix), (chance(question, of) * among).cast(pl.Int64) + among)


def some(question: str, share: float, words: pl.Expr) -> pl.Expr:
    """The words in that share of the rows, blank cells in the others."""
    return pl.when(chance(question) < share).then(words)


def minutes(number: pl.Expr) -> pl.Expr:
    """A duration of that many minutes, in whole seconds."""
    return pl.duration(seconds=(number * 60).cast(pl.Int64))


def wall(instant: pl.Expr) -> pl.Expr:
    """The instant (in UTC) as London wall time, as exports write it."""
    london = instant.dt.replace_time_zone("UTC").dt.convert_time_zone("Europe/London")
    return london.dt.to_string("%Y-%m-%dT%H:%M:%S")


def is_of_last_hours(hours: int) -> pl.Expr:
    """Whether an incident was reported in the last hours before the extract, when not all is recorded yet."""
    return pl.col("reported") > AS_OF - timedelta(hours=hours)


def known(instant: pl.Expr) -> pl.Expr:
    """The instant where it is not later than the moment that the extract describes, else blank."""
    return pl.when(instant <= AS_OF).then(instant)


def day(date_: pl.Expr) -> pl.Expr:
    """The date as exports write it."""
    return date_.dt.to_string("%Y-%m-%d")
