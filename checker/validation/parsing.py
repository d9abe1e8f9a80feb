"""Cells as text become typed values, exactly as contract section 1 reads them.

Every reader takes a column of trimmed text (blank is null) and gives a column of the same length; where text that was
there gives null, the cell could not be read. Nothing is guessed: month and day are never swapped, two-digit years and
24:00 are no times.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import polars as pl

_HOUR, _SIXTY = r"(?:[01]\d|2[0-3])", r"[0-5]\d"
_OFFSET = r"[Zz]|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?"
_ISO_TIME = (
    rf"^(?P<y>\d{{4}})-(?P<m>\d{{2}})-(?P<d>\d{{2}})[Tt ](?P<H>{_HOUR}):(?P<M>{_SIXTY})"
    rf"(?::(?P<S>{_SIXTY})(?:[.,](?P<f>\d{{1,9}}))?)?\s*(?P<o>{_OFFSET})?$"
)
_UK_TIME = (
    r"^(?P<d>\d{2})/(?P<m>\d{2})/(?P<y>\d{4})\s+"
    rf"(?P<H>{_HOUR}):(?P<M>{_SIXTY})(?::(?P<S>{_SIXTY})(?:[.,](?P<f>\d{{1,9}}))?)?(?P<o>)$"
)
# A real Excel date arrives with its midnight.
_MIDNIGHT = r"(?:[Tt ]00:00(?::00(?:\.0+)?)?)?"
_ISO_DATE = rf"^(?P<y>\d{{4}})-(?P<m>\d{{2}})-(?P<d>\d{{2}}){_MIDNIGHT}$"
_UK_DATE = rf"^(?P<d>\d{{2}})/(?P<m>\d{{2}})/(?P<y>\d{{4}}){_MIDNIGHT}$"

_USUAL_FORMS = (
    ("%Y-%m-%dT%H:%M:%S", len("yyyy-mm-ddTHH:MM:SS")),
    ("%Y-%m-%d %H:%M:%S", len("yyyy-mm-dd HH:MM:SS")),
    ("%d/%m/%Y %H:%M:%S", len("dd/mm/yyyy HH:MM:SS")),
    ("%d/%m/%Y %H:%M", len("dd/mm/yyyy HH:MM")),
    ("%Y-%m-%dT%H:%M", len("yyyy-mm-ddTHH:MM")),
)

YES, NO = ["y", "yes", "true", "1"], ["n", "no", "false", "0"]


@dataclass(frozen=True)
class ReadColumn:
    """A typed column; of date-times also which wall times a clock change made `ambiguous` or `non_existent`."""

    values: pl.Series
    ambiguous: pl.Series | None = None
    non_existent: pl.Series | None = None


def read_column(text: pl.Series, dtype: pl.DataType, choices: list[str] | None, time_zone: str) -> ReadColumn:
    """The column read as `dtype`; date-times without an offset are wall times in `time_zone` and come out in UTC."""
    if dtype == pl.Datetime:
        return read_times(text, time_zone)
    readers: dict[type[pl.DataType], Callable[[pl.Series], pl.Series]] = {
        pl.Date: read_dates,
        pl.Boolean: read_yes_no,
        pl.Int64: read_integers,
        pl.List: read_codes,
    }
    if choices:
        return ReadColumn(read_choices(text, choices))
    reader = readers.get(dtype.base_type())
    return ReadColumn(reader(text) if reader else text)


def read_times(text: pl.Series, time_zone: str) -> ReadColumn:
    """Instants in UTC (microseconds) from ISO 8601 or dd/mm/yyyy HH:MM[:SS].

    A wall time that happens twice is read as its first occurrence, one that does not exist is moved on by one hour.
    """
    wall = pl.repeat(None, text.len(), dtype=pl.Datetime("us"), eager=True)
    for form, length in _USUAL_FORMS:
        rows = (text.is_not_null() & wall.is_null()).arg_true()
        if rows.is_empty():
            return _to_utc(wall, time_zone)
        wall = wall.scatter(rows, _in_form(text.gather(rows), form, length))
    rows = (text.is_not_null() & wall.is_null()).arg_true()
    naive, offset = _by_pattern(text.gather(rows))
    read = _to_utc(wall.scatter(rows, naive.clone().set(offset.is_not_null(), None)), time_zone)
    with_offset = (naive - offset).dt.replace_time_zone("UTC")
    instants = with_offset.zip_with(offset.is_not_null(), read.values.gather(rows))
    return ReadColumn(read.values.scatter(rows, instants), read.ambiguous, read.non_existent)


def read_dates(text: pl.Series) -> pl.Series:
    """Dates from ISO or dd/mm/yyyy; a midnight behind the date is passed over."""
    known = text.unique()
    dates = _groups(known, _ISO_DATE, _UK_DATE).select(_day().str.to_date("%Y-%m-%d", strict=False)).to_series()
    return _from_each(text, known, dates)


def read_yes_no(text: pl.Series) -> pl.Series:
    """True or false from y, n, yes, no, true, false, 1, 0 in any case."""
    word = pl.col("text").str.to_lowercase()
    yes_no = pl.when(word.is_in(YES)).then(statement=True).when(word.is_in(NO)).then(statement=False)
    return _each_once(text, yes_no.otherwise(None))


def read_integers(text: pl.Series) -> pl.Series:
    """Whole numbers from digits with an optional sign."""
    digits = pl.when(pl.col("text").str.contains(r"^[+-]?\d+$")).then(pl.col("text").str.strip_prefix("+"))
    return _each_once(text, digits.cast(pl.Int64, strict=False))


def read_choices(text: pl.Series, choices: list[str]) -> pl.Series:
    """The listed word that the text is in any case; text that is none of them stays, for the schema to refuse."""
    word = pl.col("text").str.to_lowercase()
    known = pl.coalesce(*(pl.when(word == choice.lower()).then(pl.lit(choice)) for choice in choices), pl.col("text"))
    return _each_once(text, known)


def read_codes(text: pl.Series) -> pl.Series:
    """The tokens between `;`, `,` and `|`, each trimmed, in order and as written; blank is the empty list."""
    tokens = pl.col("text").str.replace_all(r"\s*(?:[;,|]\s*)+", ";").str.strip_chars("; ").str.split(";")
    no_tokens = pl.col("text").is_null() | (pl.col("text").str.strip_chars(";,| \t") == "")
    return _each_once(text, pl.when(no_tokens).then(pl.lit([], pl.List(pl.String))).otherwise(tokens))


def _in_form(text: pl.Series, form: str, length: int) -> pl.Series:
    """Wall times written in one of the usual forms, which need no pattern matching; null for every other text."""
    column = pl.col("text")
    # Polars reads :60 as the next minute; the contract knows no such second.
    exact = pl.when((column.str.len_bytes() == length) & ~column.str.ends_with(":60")).then(column)
    return text.to_frame("text").select(exact.str.to_datetime(form, time_unit="us", strict=False)).to_series()


def _by_pattern(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Wall time and offset (null: none is written) of text in any permitted form; wall time null: none of them."""
    stamp = pl.concat_str(_day(), pl.lit("T"), _clock(), pl.lit("."), _fraction())
    read = _groups(text, _ISO_TIME, _UK_TIME).select(
        stamp.str.to_datetime("%Y-%m-%dT%H:%M:%S%.6f", time_unit="us", strict=False).alias("naive"),
        _offset(pl.col("o")).alias("offset"),
    )
    return read.get_column("naive"), read.get_column("offset")


def _groups(text: pl.Series, *patterns: str) -> pl.DataFrame:
    """The named groups of the pattern that the text matches, as columns; null where it matches none.

    Each pattern is matched once, into columns: an expression would match anew for each group and each use of it.
    """
    iso, uk = (text.str.extract_groups(pattern).struct.unnest() for pattern in patterns)
    return iso.select(group.zip_with(group.is_not_null(), uk.get_column(group.name)) for group in iso)


def _day() -> pl.Expr:
    return pl.concat_str("y", "m", "d", separator="-")


def _clock() -> pl.Expr:
    # Seconds may be left out; the other parts are null only where no pattern matched.
    return pl.concat_str("H", "M", pl.col("S").fill_null("00"), separator=":")


def _fraction() -> pl.Expr:
    return pl.col("f").fill_null("").str.pad_end(6, "0").str.slice(0, 6)


def _offset(written: pl.Expr) -> pl.Expr:
    sign = pl.when(written.str.starts_with("-")).then(-1).otherwise(1)
    digits = written.str.replace_all(r"\D", "")
    hours = digits.str.slice(0, 2).cast(pl.Int64, strict=False).fill_null(0)
    minutes = digits.str.slice(2, 2).cast(pl.Int64, strict=False).fill_null(0)
    return pl.when(written.is_not_null() & (written != "")).then(pl.duration(minutes=sign * (hours * 60 + minutes)))


def _to_utc(naive: pl.Series, time_zone: str) -> ReadColumn:
    def instants(wall: pl.Series, ambiguous: Literal["earliest", "null"]) -> pl.Series:
        zoned = wall.dt.replace_time_zone(time_zone, ambiguous=ambiguous, non_existent="null")
        return zoned.dt.convert_time_zone("UTC")

    read = instants(naive, "null")
    none = pl.repeat(value=False, n=naive.len(), eager=True)
    rows = (naive.is_not_null() & read.is_null()).arg_true()  # the few in which a clock change has a hand
    if rows.is_empty():
        return ReadColumn(read, none, none)
    wall = naive.gather(rows)
    first = instants(wall, "earliest")
    moved_on = instants(wall + timedelta(hours=1), "earliest")
    return ReadColumn(
        read.scatter(rows, first.zip_with(first.is_not_null(), moved_on)),
        none.clone().scatter(rows, first.is_not_null()),
        none.clone().scatter(rows, first.is_null()),
    )


def _each_once(text: pl.Series, read: pl.Expr) -> pl.Series:
    """The column read by an expression over "text", each different text once: a year has few different answers."""
    known = text.unique()
    return _from_each(text, known, known.to_frame("text").select(read).to_series())


def _from_each(text: pl.Series, known: pl.Series, read: pl.Series) -> pl.Series:
    answers = pl.DataFrame([known.alias("text"), read.alias("read")])
    joined = text.to_frame("text").join(answers, on="text", how="left", nulls_equal=True, maintain_order="left")
    return joined.get_column("read")
