"""Cells as text become typed values, exactly as contract section 1 reads them.

Every reader takes a column of trimmed text (blank is null) and gives a column of the same length; where text that was
there gives null, the cell could not be read. Nothing is guessed: month and day are never swapped, two-digit years and
24:00 are no times.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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
    column = pl.col("text")
    exact = pl.when(column.str.len_bytes() == len("yyyy-mm-dd")).then(column)
    usual = (exact.str.to_date(form, strict=False) for form in ("%Y-%m-%d", "%d/%m/%Y"))
    plain = text.to_frame("text").select(pl.coalesce(*usual)).to_series()
    if plain.null_count() == text.null_count():
        return plain
    parts = [_groups(pattern, "y", "m", "d") for pattern in (_ISO_DATE, _UK_DATE)]
    dates = [_joined(part, "-", ("y", 4), ("m", 2), ("d", 2)).str.to_date("%Y-%m-%d", strict=False) for part in parts]
    return text.to_frame("text").select(pl.coalesce(*dates)).to_series()


def read_yes_no(text: pl.Series) -> pl.Series:
    """True or false from y, n, yes, no, true, false, 1, 0 in any case."""
    word = pl.col("text").str.to_lowercase()
    yes_no = pl.when(word.is_in(YES)).then(statement=True).when(word.is_in(NO)).then(statement=False)
    return text.to_frame("text").select(yes_no.otherwise(None)).to_series()


def read_integers(text: pl.Series) -> pl.Series:
    """Whole numbers from digits with an optional sign."""
    digits = pl.when(pl.col("text").str.contains(r"^[+-]?\d+$")).then(pl.col("text").str.strip_prefix("+"))
    return text.to_frame("text").select(digits.cast(pl.Int64, strict=False)).to_series()


def read_choices(text: pl.Series, choices: list[str]) -> pl.Series:
    """The listed word that the text is in any case; text that is none of them stays, for the schema to refuse."""
    word = pl.col("text").str.to_lowercase()
    known = pl.coalesce(*(pl.when(word == choice.lower()).then(pl.lit(choice)) for choice in choices), pl.col("text"))
    return text.to_frame("text").select(known).to_series()


def read_codes(text: pl.Series) -> pl.Series:
    """The tokens between `;`, `,` and `|`, each trimmed, in order and as written; blank is the empty list."""
    # A year of incidents has few different lists of codes: each is split once.
    distinct = text.unique().to_frame("text")
    tokens = pl.col("text").str.replace_all(r"\s*(?:[;,|]\s*)+", ";").str.strip_chars("; ").str.split(";")
    no_tokens = pl.col("text").is_null() | (pl.col("text").str.strip_chars(";,| \t") == "")
    split = distinct.with_columns(
        pl.when(no_tokens).then(pl.lit([], pl.List(pl.String))).otherwise(tokens).alias("codes")
    )
    joined = text.to_frame("text").join(split, on="text", how="left", nulls_equal=True, maintain_order="left")
    return joined.get_column("codes")


def _in_form(text: pl.Series, form: str, length: int) -> pl.Series:
    """Wall times written in one of the usual forms, which need no pattern matching; null for every other text."""
    column = pl.col("text")
    # Polars reads :60 as the next minute; the contract knows no such second.
    exact = pl.when((column.str.len_bytes() == length) & ~column.str.ends_with(":60")).then(column)
    return text.to_frame("text").select(exact.str.to_datetime(form, time_unit="us", strict=False)).to_series()


def _by_pattern(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Wall time and offset (null: none is written) of text in any permitted form; wall time null: none of them."""
    frame = text.to_frame("text")
    naive, offsets = [], []
    for pattern in (_ISO_TIME, _UK_TIME):
        part = _groups(pattern, "y", "m", "d", "H", "M", "S", "f", "o")
        day = _joined(part, "-", ("y", 4), ("m", 2), ("d", 2))
        clock = _joined(part, ":", ("H", 2), ("M", 2), ("S", 2))
        fraction = part.struct.field("f").fill_null("").str.pad_end(6, "0").str.slice(0, 6)
        stamp = pl.concat_str(day, pl.lit("T"), clock, pl.lit("."), fraction)
        naive.append(stamp.str.to_datetime("%Y-%m-%dT%H:%M:%S%.6f", time_unit="us", strict=False))
        offsets.append(_offset(part.struct.field("o")))
    read = frame.select(pl.coalesce(*naive).alias("naive"), pl.coalesce(*offsets).alias("offset"))
    return read.get_column("naive"), read.get_column("offset")


def _groups(pattern: str, *names: str) -> pl.Expr:
    groups = pl.col("text").str.extract_groups(pattern)
    return pl.struct(groups.struct.field(name) for name in names)


def _joined(part: pl.Expr, separator: str, *fields: tuple[str, int]) -> pl.Expr:
    first = part.struct.field(fields[0][0])
    # Seconds may be left out; the other parts are null only where the pattern did not match at all.
    padded = [
        pl.when(first.is_not_null()).then(part.struct.field(name).fill_null("").str.pad_start(width, "0"))
        for name, width in fields
    ]
    return pl.concat_str(*padded, separator=separator)


def _offset(written: pl.Expr) -> pl.Expr:
    sign = pl.when(written.str.starts_with("-")).then(-1).otherwise(1)
    digits = written.str.replace_all(r"\D", "")
    hours = digits.str.slice(0, 2).cast(pl.Int64, strict=False).fill_null(0)
    minutes = digits.str.slice(2, 2).cast(pl.Int64, strict=False).fill_null(0)
    return pl.when(written.is_not_null() & (written != "")).then(pl.duration(minutes=sign * (hours * 60 + minutes)))


def _to_utc(naive: pl.Series, time_zone: str) -> ReadColumn:
    wall = pl.col("wall")

    def instant(ambiguous: Literal["earliest", "latest"]) -> pl.Expr:
        zoned = wall.dt.replace_time_zone(time_zone, ambiguous=ambiguous, non_existent="null")
        return zoned.dt.convert_time_zone("UTC")

    read = naive.to_frame("wall").select("wall", instant("earliest").alias("first"), instant("latest").alias("last"))
    ambiguous = (pl.col("first") != pl.col("last")).fill_null(value=False)
    non_existent = pl.col("wall").is_not_null() & pl.col("first").is_null()
    moved_on = (wall + pl.duration(hours=1)).dt.replace_time_zone(time_zone, ambiguous="earliest", non_existent="null")
    read = read.select(
        pl.coalesce(pl.col("first"), moved_on.dt.convert_time_zone("UTC")).alias("instant"),
        ambiguous.alias("ambiguous"),
        non_existent.alias("non_existent"),
    )
    return ReadColumn(read["instant"], read["ambiguous"], read["non_existent"])
