"""Days in London: dates, birthdays, and the working and school days of England."""

from datetime import UTC, date, datetime, time, timedelta

from tests.second_reading.cells import LONDON

# "Bank holidays in England and Wales" as published on GOV.UK, substitute days in place of the days that they replace.
BANK_HOLIDAYS = {
    2016: "01-01 03-25 03-28 05-02 05-30 08-29 12-26 12-27",
    2017: "01-02 04-14 04-17 05-01 05-29 08-28 12-25 12-26",
    2018: "01-01 03-30 04-02 05-07 05-28 08-27 12-25 12-26",
    2025: "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26",
    2026: "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
    2027: "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28",
}


def local_date(instant: datetime) -> date:
    """The London date of an instant."""
    return instant.astimezone(LONDON).date()


def at_wall_time(day: date, clock: time) -> datetime:
    """That London wall time in UTC: of two the first, and one that does not exist an hour later (fold=0 does both)."""
    return datetime.combine(day, clock, LONDON).astimezone(UTC)


def start_of_day(day: date) -> datetime:
    """The "start of that day, local", in UTC."""
    return at_wall_time(day, time(0))


def anniversary(day: date, years: int) -> date:
    """The same day so many years on; "a 29 February birthday falls on 1 March"."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def is_working_day(day: date) -> bool:
    """Monday to Friday, no bank holiday of England; a school day too, where no calendar says otherwise.

    Raises:
        KeyError: the day is in a year that the table of bank holidays does not have.
    """
    return f"{day:%m-%d}" not in BANK_HOLIDAYS[day.year].split() and day.weekday() < 5


def end_of_next_working_day(reported_at: datetime) -> datetime:
    """17:00 of the first working day after the local date."""
    day = local_date(reported_at) + timedelta(days=1)
    while not is_working_day(day):
        day += timedelta(days=1)
    return at_wall_time(day, time(17))


def start_of_next_school_day(reported_at: datetime) -> datetime:
    """The first 09:00 of a school day strictly after the instant."""
    day = local_date(reported_at)
    while not is_working_day(day) or at_wall_time(day, time(9)) <= reported_at:
        day += timedelta(days=1)
    return at_wall_time(day, time(9))
