"""Working days and school days, counted by hand in the calendars of 2022 to 2027."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import bank_holidays as script
import polars as pl
import pytest

from checker.calendars import (
    SchoolCalendar,
    bank_holidays,
    end_of_next_working_day,
    read_school_calendar,
    with_start_of_next_school_day,
)
from checker.config import SchoolsConfig
from checker.errors import ConfigError

LONDON = ZoneInfo("Europe/London")
# Autumn and spring 2026/27 of an invented authority: half-term is a gap between terms, 20 November a training day.
TERMS = """\
local_authority,kind,first_day,last_day
Northshire,term,2026-09-03,2026-10-23
Northshire,term,2026-11-02,2026-12-18
Northshire,closed,20/11/2026,20/11/2026
Northshire,term,2027-01-05,2027-03-25
Northshire,term,2027-04-12,2027-07-21
"""
Times = list[tuple[str, str]]


def london(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


def calendar(folder: Path, text: str, **authorities: str) -> SchoolCalendar:
    file = folder / "school_calendar.csv"
    file.write_text(text, encoding="utf-8")
    return read_school_calendar(SchoolsConfig(calendar=file, authorities=authorities))


def starts(schools: SchoolCalendar, *at: str, district: str | None = "North") -> list[tuple[str, bool]]:
    """The start of the next school day after each London time, in London, and whether the school day is assumed."""
    rows = pl.DataFrame({"at": [london(text).astimezone(UTC) for text in at]}, schema={"at": pl.Datetime("us", "UTC")})
    rows = rows.with_columns(district=pl.lit(district, pl.String)).with_row_index("place")
    found = with_start_of_next_school_day(rows.lazy(), "at", "district", schools).sort("place").collect()
    local = found.get_column("school_start").dt.convert_time_zone("Europe/London").dt.to_string("%Y-%m-%dT%H:%M:%S")
    return list(zip(local, found.get_column("school_is_assumed"), strict=True))


# --- working days ---

WORKING_DAYS: Times = [
    ("2026-11-18T10:00", "2026-11-19T17:00"),  # Wednesday
    ("2026-11-18T00:00", "2026-11-19T17:00"),
    ("2026-11-18T23:59:59", "2026-11-19T17:00"),
    ("2026-11-20T10:00", "2026-11-23T17:00"),  # Friday
    ("2026-11-21T10:00", "2026-11-23T17:00"),  # Saturday
    ("2026-11-22T10:00", "2026-11-23T17:00"),  # Sunday
    # Christmas 2026: Friday 25th, Saturday 26th made good on Monday 28th
    ("2026-12-23T10:00", "2026-12-24T17:00"),
    ("2026-12-24T10:00", "2026-12-29T17:00"),
    ("2026-12-25T10:00", "2026-12-29T17:00"),
    ("2026-12-28T10:00", "2026-12-29T17:00"),
    ("2026-12-31T18:00", "2027-01-04T17:00"),  # New Year's Day is a Friday
    # Christmas 2022: Sunday 25th and Monday 26th, made good on Tuesday 27th
    ("2022-12-23T10:00", "2022-12-28T17:00"),
    # Easter 2026: Good Friday 3 April, Monday 6 April
    ("2026-04-02T10:00", "2026-04-07T17:00"),
    ("2026-04-03T10:00", "2026-04-07T17:00"),
    ("2026-04-05T23:59", "2026-04-07T17:00"),
    ("2026-08-28T10:00", "2026-09-01T17:00"),  # the last Monday of August is the 31st
    ("2022-06-01T10:00", "2022-06-06T17:00"),  # the jubilee: Thursday 2nd and Friday 3rd
    ("2022-09-16T10:00", "2022-09-20T17:00"),  # the state funeral: Monday 19th
    ("2023-05-05T10:00", "2023-05-09T17:00"),  # the coronation: Monday 8th
    # the clock changes, on Sundays: 17:00 is 17:00 in London
    ("2026-10-23T10:00", "2026-10-26T17:00"),
    ("2026-03-27T10:00", "2026-03-30T17:00"),
    ("2026-03-28T23:30", "2026-03-30T17:00"),
    ("2026-07-01T00:30", "2026-07-02T17:00"),  # still June in UTC
]


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_the_end_of_the_next_working_day(engine: pl._typing.EngineType) -> None:
    instants = [london(at).astimezone(UTC) for at, _ in WORKING_DAYS]
    rows = pl.LazyFrame({"at": instants}, schema={"at": pl.Datetime("us", "UTC")})
    plan = rows.select(end_of_next_working_day(pl.col("at")))
    assert "PYTHON" not in plan.explain().upper()
    ends = pl.LazyFrame.deserialize(plan.serialize()).collect(engine=engine).to_series().to_list()
    assert dict(zip(WORKING_DAYS, ends, strict=True)) == {case: london(case[1]) for case in WORKING_DAYS}


def test_a_year_without_known_bank_holidays_still_has_weekends() -> None:
    friday = pl.select(end_of_next_working_day(pl.lit(datetime(1990, 12, 21, 10, tzinfo=UTC)))).item()
    assert friday == datetime(1990, 12, 24, 17, tzinfo=UTC)


def test_bank_holidays_are_those_of_england() -> None:
    of_2026 = [day for day in bank_holidays() if day.year == 2026 and day.weekday() < 5]
    assert of_2026 == [
        *(date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 4), date(2026, 5, 25)),
        *(date(2026, 8, 31), date(2026, 12, 25), date(2026, 12, 28)),
    ]


# --- school days, assumed ---


def test_without_a_calendar_a_school_day_is_a_working_day() -> None:
    days: Times = [
        ("2026-11-18T07:50", "2026-11-18T09:00:00"),  # Wednesday: that same morning
        ("2026-11-18T08:59:59", "2026-11-18T09:00:00"),
        ("2026-11-18T09:00:00", "2026-11-19T09:00:00"),
        ("2026-11-18T09:00:01", "2026-11-19T09:00:00"),
        ("2026-11-20T07:50", "2026-11-20T09:00:00"),
        ("2026-11-20T09:00", "2026-11-23T09:00:00"),  # Friday
        ("2026-11-21T07:50", "2026-11-23T09:00:00"),  # Saturday
        ("2026-12-24T09:00", "2026-12-29T09:00:00"),
        ("2026-12-25T07:50", "2026-12-29T09:00:00"),
        ("2026-04-02T15:00", "2026-04-07T09:00:00"),  # before Good Friday
        ("2026-07-31T09:00", "2026-08-03T09:00:00"),  # Friday, the last day of July
        ("2026-07-31T07:50", "2026-07-31T09:00:00"),
        ("2026-10-25T01:30", "2026-10-26T09:00:00"),  # the clocks go back that night
        ("2026-03-28T23:30", "2026-03-30T09:00:00"),  # the clocks go forward that night
        ("2023-05-08T07:50", "2023-05-09T09:00:00"),  # the coronation
        ("2022-06-01T09:00", "2022-06-06T09:00:00"),  # the jubilee
    ]
    assert starts(SchoolCalendar(), *(at for at, _ in days)) == [(start, True) for _, start in days]


# --- school days, from a calendar ---


def test_a_calendar_says_when_school_begins(tmp_path: Path) -> None:
    schools = calendar(tmp_path, TERMS)
    days: Times = [
        ("2026-11-18T07:50", "2026-11-18T09:00:00"),
        ("2026-11-18T08:59:59", "2026-11-18T09:00:00"),
        ("2026-11-18T09:00:00", "2026-11-19T09:00:00"),
        ("2026-11-18T09:00:01", "2026-11-19T09:00:00"),
        ("2026-11-19T09:00", "2026-11-23T09:00:00"),  # 20 November is closed
        ("2026-11-20T07:50", "2026-11-23T09:00:00"),
        ("2026-10-23T08:00", "2026-10-23T09:00:00"),
        ("2026-10-23T09:00", "2026-11-02T09:00:00"),  # half-term, over which the clocks go back
        ("2026-10-28T07:50", "2026-11-02T09:00:00"),
        ("2026-12-18T09:00", "2027-01-05T09:00:00"),  # Christmas
        ("2026-12-25T12:00", "2027-01-05T09:00:00"),
        ("2027-03-25T09:00", "2027-04-12T09:00:00"),  # Easter: Good Friday 26 March; the clocks go forward
        ("2027-04-30T09:00", "2027-05-04T09:00:00"),  # Monday 3 May is a bank holiday within the term
        ("2027-07-21T08:59:59", "2027-07-21T09:00:00"),  # the last day of the last term
        ("2026-09-03T00:00", "2026-09-03T09:00:00"),
        ("2026-09-02T09:00", "2026-09-03T09:00:00"),  # all that is asked for is the morning after
    ]
    assert starts(schools, *(at for at, _ in days)) == [(start, False) for _, start in days]
    assert starts(schools, "2026-11-19T09:00", district=None) == [("2026-11-23T09:00:00", False)]


def test_beyond_its_terms_a_calendar_says_nothing(tmp_path: Path) -> None:
    schools = calendar(tmp_path, TERMS)
    days: Times = [
        ("2027-07-21T09:00:00", "2027-07-22T09:00:00"),
        ("2027-07-31T07:50", "2027-08-02T09:00:00"),  # Saturday, the last day of July
        ("2026-07-31T09:00", "2026-08-03T09:00:00"),
        ("2026-09-02T08:00", "2026-09-02T09:00:00"),
    ]
    assert starts(schools, *(at for at, _ in days)) == [(start, True) for _, start in days]


def test_the_last_days_of_a_calendar_may_be_closed(tmp_path: Path) -> None:
    schools = calendar(tmp_path, TERMS + "Northshire,closed,2027-07-20,2027-07-21\n")
    assert starts(schools, "2027-07-19T08:00") == [("2027-07-19T09:00:00", False)]
    assert starts(schools, "2027-07-19T10:00") == [("2027-07-20T09:00:00", True)]


def test_each_district_goes_by_its_authority(tmp_path: Path) -> None:
    both = TERMS + "Southshire,TERM,03/09/2026,18/12/2026\n"
    schools = calendar(tmp_path, both, North="Northshire", South="Southshire")
    friday = "2026-10-23T09:00"
    assert starts(schools, friday, district="North") == [("2026-11-02T09:00:00", False)]
    assert starts(schools, friday, district="South") == [("2026-10-26T09:00:00", False)]
    for unknown in ("East", None):
        assert starts(schools, friday, district=unknown) == [("2026-10-26T09:00:00", True)]
    assert starts(calendar(tmp_path, both), friday) == [("2026-10-26T09:00:00", True)]  # nobody says whose North is


def test_an_authority_without_a_school_day_is_still_one_of_several(tmp_path: Path) -> None:
    weekend = TERMS + "Southshire,term,2026-10-24,2026-10-25\n"  # Saturday and Sunday
    schools = calendar(tmp_path, weekend, South="Southshire")
    assert starts(schools, "2026-10-23T09:00", district="South") == [("2026-10-26T09:00:00", True)]


def test_a_calendar_is_part_of_one_lazy_plan(tmp_path: Path) -> None:
    rows = pl.LazyFrame({"at": [london("2026-10-23T09:00").astimezone(UTC)], "district": ["South"]})
    two = calendar(tmp_path, TERMS + "Southshire,term,2026-09-03,2026-12-18\n", South="Southshire")
    plan = with_start_of_next_school_day(rows, "at", "district", two)
    assert "PYTHON" not in plan.explain().upper()
    again = pl.LazyFrame.deserialize(plan.serialize()).collect(engine="streaming")
    assert again.item(0, "school_start") == london("2026-10-26T09:00")


# --- what is wrong with a calendar ---

HEADER = "local_authority,kind,first_day,last_day\n"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "row 1: the column local_authority is missing; write local_authority,kind,first_day,last_day"),
        (HEADER, "holds no term; write a row for each term of each local authority"),
        (
            "local_authority,kind,first_day,last_date\n",
            "row 1: unknown column 'last_date'; did you mean 'last_day'?",
        ),
        (
            "local_authority,kind,first_day,last_day,kind\n",
            "row 1: a column stands there twice; write local_authority,kind,first_day,last_day",
        ),
        (
            HEADER + "A,holiday,2026-09-03,2026-10-23\n",
            "row 2: kind: 'holiday' is no kind of day; write term or closed",
        ),
        (
            HEADER + "A,term,09/23/2026,2026-10-23\n",
            "row 2: first_day: '09/23/2026' is no date; write it as 2026-09-01 or 01/09/2026",
        ),
        (HEADER + "A,term,2026-09-03,\n", "row 2: last_day: '' is no date; write it as 2026-09-01 or 01/09/2026"),
        (
            HEADER + "A,term,2026-09-03,2926-10-23\n",
            "row 2: last_day: '2926-10-23' is not between 1995 and 2100; mend the year",
        ),
        (HEADER + "A,term,2026-10-23,2026-09-03\n", "row 2: last_day: lies before first_day; mend one of them"),
        (HEADER + ",term,2026-09-03,2026-10-23\n", "row 2: local_authority: is blank; name the local authority"),
        (HEADER + "A,term,2026-09-03\n", "row 2: 3 cells for 4 columns; mend that row"),
        (
            HEADER + "A,term,2026-09-03,2026-10-23\n\nA,term,2026-10-23,2026-12-18\n",
            "row 4: the term overlaps that of row 2; mend one of them",
        ),
        (
            HEADER + "A,term,2026-09-03,2026-10-23\nB,closed,2026-10-01,2026-10-01\n",
            "row 3: 'B' has closed days and no term; add one, or mend the name",
        ),
    ],
)
def test_a_calendar_that_cannot_be_understood_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(ConfigError) as refused:
        calendar(tmp_path, text)
    assert str(refused.value).splitlines()[0] == f"{tmp_path / 'school_calendar.csv'}: {fault}"


def test_every_fault_of_a_calendar_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        calendar(
            tmp_path, HEADER + "A,holiday,soon,2026-10-23\nA,term,2026-09-03,2026-10-23\nB,x,2026-09-03,2026-10-23\n"
        )
    assert [line.split(": ")[1:3] for line in str(refused.value).splitlines()] == [
        *(["row 2", "kind"], ["row 2", "first_day"], ["row 4", "kind"])
    ]


def test_terms_that_touch_do_not_overlap(tmp_path: Path) -> None:
    text = HEADER + "A,term,2026-09-03,2026-10-23\nB,term,2026-09-03,2026-10-23\nA,term,2026-10-24,2026-12-18\n"
    assert calendar(tmp_path, text).days.get_column("local_authority").unique().sort().to_list() == ["A", "B"]


def broken(write: Callable[[Path], object], folder: Path, **authorities: str) -> str:
    file = folder / "school_calendar.csv"
    write(file)
    with pytest.raises(ConfigError) as refused:
        read_school_calendar(SchoolsConfig(calendar=file, authorities=authorities))
    return str(refused.value).replace(str(file), "FILE")


def test_a_file_or_an_authority_that_is_not_there_is_named(tmp_path: Path) -> None:
    gone = "FILE: cannot be read (No such file or directory); name a file in schools.calendar that can"
    assert broken(lambda _: None, tmp_path) == gone
    latin = broken(lambda file: file.write_bytes("Müllshire".encode("latin-1")), tmp_path)
    assert latin == "FILE: is no text in UTF-8; save it as CSV UTF-8"
    endless = broken(lambda file: file.write_text(f"{TERMS}{'N' * 131073},term,,\n", "utf-8"), tmp_path)
    assert endless == "FILE: is no CSV that can be read (field larger than field limit (131072)); mend that cell"
    mistyped = broken(lambda file: file.write_text(TERMS, "utf-8"), tmp_path, North="Northshyre")
    assert mistyped == "schools.authorities: North: 'Northshyre' is in no row of FILE; did you mean 'Northshire'?"


def test_the_bank_holidays_are_those_of_the_library() -> None:
    assert script.FILE.read_text("utf-8") == script.table()
