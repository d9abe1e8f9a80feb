"""Working days and school days in England: the arithmetic of time that a clock and a calendar cannot do alone."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

import polars as pl

from checker.config import LONDON, SchoolsConfig, nearest
from checker.errors import ConfigError

_YEARS = range(1995, 2101)  # of the file of bank holidays
_BANK_HOLIDAYS = Path(__file__).with_name("england_bank_holidays.csv")
_DAY = timedelta(days=1)
_END_OF_WORK, _START_OF_SCHOOL = time(17), time(9)

COLUMNS = ("local_authority", "kind", "first_day", "last_day")
TERM, CLOSED = "term", "closed"
# The first school day on or after each day of the stretch that the terms of a local authority span.
SCHOOL_DAYS = pl.Schema({"local_authority": pl.String(), "day": pl.Date(), "school_day": pl.Date()})


@cache
def bank_holidays() -> tuple[date, ...]:
    """The bank holidays of England from 1995 to 2100, in order; scripts/bank_holidays.py writes their file."""
    with _BANK_HOLIDAYS.open(encoding="utf-8", newline="") as file:
        return tuple(date.fromisoformat(row["day"]) for row in csv.DictReader(file))


@cache
def _after_bank_holidays() -> tuple[tuple[date, ...], tuple[date, ...]]:
    """The bank holidays that fall on Monday to Friday, and the first working day after each."""
    closed = frozenset(bank_holidays())
    days = [day for day in closed if day.weekday() < 5]
    following = []
    for day in days:
        after = day
        while after.weekday() > 4 or after in closed:
            after += _DAY
        following.append(after)
    return tuple(days), tuple(following)


def working_day_from(day: pl.Expr) -> pl.Expr:
    """The first working day on or after a date: Monday to Friday and no bank holiday of England (rules.md, REF005)."""
    # Not add_business_days(holidays=…), which looks through all of them for every row.
    return day.dt.add_business_days(0, roll="forward").replace(*_after_bank_holidays())


def end_of_next_working_day(instant: pl.Expr) -> pl.Expr:
    """17:00 in London, in UTC, on the first working day after the London date of the instant."""
    day = instant.dt.convert_time_zone(LONDON).dt.date()
    return _at(working_day_from(day + pl.duration(days=1)), _END_OF_WORK)


def _at(day: pl.Expr, wall_time: time) -> pl.Expr:
    return day.dt.combine(wall_time).dt.replace_time_zone(LONDON).dt.convert_time_zone("UTC")


@dataclass(frozen=True)
class SchoolCalendar:
    """The school days of the local authorities whose calendar is known.

    `days` has them (SCHOOL_DAYS). `authorities` are those that the file has; where it is one alone, its days count for
    every district, else `districts` says which authority a district belongs to. `file` is the name and the SHA-256 of
    the file that it was read from, None where school days are assumed.
    """

    days: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SCHOOL_DAYS))
    authorities: tuple[str, ...] = ()
    districts: Mapping[str, str] = field(default_factory=dict)
    file: str | None = None


def with_start_of_next_school_day(
    rows: pl.LazyFrame, instant: str, district: str, schools: SchoolCalendar
) -> pl.LazyFrame:
    """The rows with `school_start`, the first 09:00 of a school day after their instant, and `school_is_assumed`.

    A school day is assumed to be one from Monday to Friday that is no bank holiday of England where the calendar of the
    district is not known, or where its terms do not span all days from the instant to the next school day. The instant
    at which a school day starts is left to the next one. Times are UTC.
    """
    at = pl.col(instant).dt.convert_time_zone(LONDON)
    before_school = at.dt.time() < _START_OF_SCHOOL
    day = pl.when(before_school).then(at.dt.date()).otherwise(at.dt.date() + pl.duration(days=1))
    keyed = rows.with_columns(day=day, local_authority=_authority(pl.col(district), schools))
    joined = keyed.join(schools.days.lazy(), on=["local_authority", "day"], how="left")
    known = pl.col("school_day")
    return joined.with_columns(
        school_start=_at(pl.coalesce(known, working_day_from(pl.col("day"))), _START_OF_SCHOOL),
        school_is_assumed=known.is_null(),
    ).drop("day", "local_authority", "school_day")


def _authority(district: pl.Expr, schools: SchoolCalendar) -> pl.Expr:
    if len(schools.authorities) == 1:
        return pl.lit(schools.authorities[0])
    names = schools.districts
    return district.replace_strict(list(names), list(names.values()), default=None, return_dtype=pl.String)


@dataclass(frozen=True)
class _Span:
    """A row of the file: a term, or days on which the schools of the authority are closed, both ends included."""

    row: int
    authority: str
    kind: str
    first: date
    last: date


def calendar_digest(settings: SchoolsConfig) -> str | None:
    """SHA-256 of the file of the school calendar; None where there is none, or where it cannot be read."""
    try:
        return None if settings.calendar is None else hashlib.sha256(settings.calendar.read_bytes()).hexdigest()
    except OSError:
        return None


def read_school_calendar(settings: SchoolsConfig) -> SchoolCalendar:
    """The school calendar that the configuration names; without one, every school day is assumed.

    Raises:
        ConfigError: the file cannot be read; or, a line for each fault, what is wrong with a row of it or with the
            authority of a district.
    """
    file = settings.calendar
    if file is None:
        return SchoolCalendar()
    try:
        content = file.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as fault:
        remedy = "name a file in schools.calendar that can"
        raise ConfigError(f"{file}: cannot be read ({fault.strerror}); {remedy}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{file}: is no text in UTF-8; save it as CSV UTF-8") from None
    try:
        spans, faults = _read_spans(text)
    except csv.Error as fault:
        raise ConfigError(f"{file}: is no CSV that can be read ({fault}); mend that cell") from None
    faults = faults or _check_spans(spans)
    if not faults and not spans:
        faults = ["holds no term; write a row for each term of each local authority"]
    if faults:
        raise ConfigError("\n".join(f"{file}: {fault}" for fault in faults))
    authorities = sorted({span.authority for span in spans})
    for district, authority in settings.authorities.items():
        if authority not in authorities:
            hint = nearest(authority, authorities) or f" (known: {', '.join(authorities)})"
            raise ConfigError(f"schools.authorities: {district}: {authority!r} is in no row of {file}{hint}")
    rows = [row for authority in authorities for row in _school_days(authority, spans)]
    days = pl.DataFrame(rows, schema=SCHOOL_DAYS, orient="row")
    digest = hashlib.sha256(content).hexdigest()
    return SchoolCalendar(days, tuple(authorities), settings.authorities, f"{file.name} sha256 {digest}")


def _read_spans(text: str) -> tuple[list[_Span], list[str]]:
    """The rows of the file, and a fault for each that cannot be understood; row 1 is the header."""
    reader = csv.reader(text.splitlines())
    header = [name.strip() for name in next(reader, [])]
    faults = [f"row 1: unknown column {name!r}{nearest(name, COLUMNS)}" for name in header if name not in COLUMNS]
    remedy = f"write {','.join(COLUMNS)}"
    faults += [f"row 1: the column {name} is missing; {remedy}" for name in COLUMNS if name not in header]
    if faults or len(header) != len(COLUMNS):
        return [], faults or [f"row 1: a column stands there twice; {remedy}"]
    spans = []
    for cells in reader:
        stripped, row = [cell.strip() for cell in cells], reader.line_num
        if not any(stripped):
            continue
        if len(stripped) != len(header):
            faults.append(f"row {row}: {len(stripped)} cells for {len(header)} columns; mend that row")
            continue
        span, wrong = _read_span(row, dict(zip(header, stripped, strict=True)))
        faults += [f"row {row}: {fault}" for fault in wrong]
        spans += [] if span is None else [span]
    return spans, faults


def _read_span(row: int, cells: Mapping[str, str]) -> tuple[_Span | None, list[str]]:
    faults = []
    authority, kind = cells["local_authority"], cells["kind"].lower()
    if not authority:
        faults.append("local_authority: is blank; name the local authority")
    if kind not in (TERM, CLOSED):
        faults.append(f"kind: {cells['kind']!r} is no kind of day; write {TERM} or {CLOSED}")
    first, last = _read_day(cells["first_day"]), _read_day(cells["last_day"])
    for name, day in (("first_day", first), ("last_day", last)):
        if day is None:
            faults.append(f"{name}: {cells[name]!r} is no date; write it as 2026-09-01 or 01/09/2026")
        elif day.year not in _YEARS:
            faults.append(f"{name}: {cells[name]!r} is not between {_YEARS[0]} and {_YEARS[-1]}; mend the year")
    if first and last and last < first:
        faults.append("last_day: lies before first_day; mend one of them")
    return (None, faults) if faults or first is None or last is None else (_Span(row, authority, kind, first, last), [])


def _read_day(text: str) -> date | None:
    for notation in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text, notation).date()
        except ValueError:
            continue
    return None


def _check_spans(spans: Sequence[_Span]) -> list[str]:
    """A fault for each term that overlaps an earlier one of its authority, and each authority without a term."""
    faults = []
    for authority in sorted({span.authority for span in spans}):
        own = [span for span in spans if span.authority == authority]
        terms = sorted((span for span in own if span.kind == TERM), key=lambda span: (span.first, span.row))
        if not terms:
            faults.append(f"row {own[0].row}: {authority!r} has closed days and no term; add one, or mend the name")
        for before, after in pairwise(terms):
            if after.first <= before.last:
                faults.append(f"row {after.row}: the term overlaps that of row {before.row}; mend one of them")
    return faults


def _school_days(authority: str, spans: Sequence[_Span]) -> Iterator[tuple[str, date, date]]:
    """Each day from the first to the last of the authority's terms, with the first school day from then on."""
    own = [span for span in spans if span.authority == authority]
    closed = {*bank_holidays(), *(day for span in own if span.kind == CLOSED for day in _days(span))}
    taught = {day for span in own if span.kind == TERM for day in _days(span) if day.weekday() < 5} - closed
    days = [day for span in own if span.kind == TERM for day in (span.first, span.last)]
    following: date | None = None
    day = max(days)
    while day >= min(days):
        following = day if day in taught else following
        if following is not None:
            yield authority, day, following
        day -= _DAY


def _days(span: _Span) -> Iterator[date]:
    for number in range((span.last - span.first).days + 1):
        yield span.first + number * _DAY
