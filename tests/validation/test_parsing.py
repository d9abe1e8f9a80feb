"""Each accepted notation is read as what it says, and nothing else is read at all (contract section 1)."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from checker.validation.parsing import read_choices, read_codes, read_dates, read_integers, read_times, read_yes_no

JULY = datetime(2026, 7, 1, 9, tzinfo=UTC)  # 10:00 in London


def column(*cells: str | None) -> pl.Series:
    return pl.Series(cells, dtype=pl.String)


@pytest.mark.parametrize(
    "text",
    [
        "2026-07-01T10:00:00",
        "2026-07-01 10:00:00",
        "2026-07-01T10:00",
        "2026-07-01 10:00",
        "01/07/2026 10:00",
        "01/07/2026 10:00:00",
        "2026-07-01T10:00:00.000",
        "2026-07-01T09:00:00Z",
        "2026-07-01T10:00:00+01:00",
        "2026-07-01T10:00+0100",
        "2026-07-01T14:30+05:30",
        "2026-07-01T08:00:00-01",
    ],
)
def test_one_instant_has_many_notations(text: str) -> None:
    assert read_times(column(text, None), "Europe/London").values.to_list() == [JULY, None]


@pytest.mark.parametrize(
    "text",
    [
        "13/25/2026 10:00",
        "11/25/2026 10:00",  # only valid as month and day
        "2026-02-30T10:00",
        "2026-07-01T24:00:00",
        "2026-07-01T10:60",
        "2026-07-01T10:00:60",  # Polars would make it 10:01
        "26-07-01T10:00:00",
        "01/07/26 10:00",
        "1/7/2026 10:00",
        "2026-07-01",
        "10:00",
        "2026-07-01T10:00:00 GMT",
        "2026-07-01T10:00:00+25:00",
        "2026-07-01T10:00:00x",
        "soon",
    ],
)
def test_what_is_no_date_time_is_not_guessed(text: str) -> None:
    assert read_times(column(text), "Europe/London").values.to_list() == [None]


def test_a_wall_time_that_happens_twice_is_its_first_occurrence() -> None:
    read = read_times(column("2026-10-25T01:30", "2026-10-25T01:30:00Z", "25/10/2026 00:59", None), "Europe/London")
    assert read.values.to_list() == [
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
        datetime(2026, 10, 24, 23, 59, tzinfo=UTC),
        None,
    ]
    assert read.ambiguous is not None
    assert read.ambiguous.to_list() == [True, False, False, False]


def test_a_wall_time_that_does_not_exist_is_moved_on_by_one_hour() -> None:
    read = read_times(column("2026-03-29T01:30", "29/03/2026 02:30"), "Europe/London")
    half_past_two = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # 02:30 BST
    assert read.values.to_list() == [half_past_two, half_past_two]
    assert read.non_existent is not None
    assert read.non_existent.to_list() == [True, False]


def test_wall_times_are_those_of_the_source() -> None:
    read = read_times(column("2026-07-01T10:00", "2026-07-01T10:00+01:00"), "UTC")
    assert read.values.to_list() == [datetime(2026, 7, 1, 10, tzinfo=UTC), JULY]


def test_dates_are_iso_or_british() -> None:
    read = read_dates(column("2026-02-01", "01/02/2026", "2026-02-01T00:00:00", "2026-02-01 00:00", None))
    assert read.to_list() == [date(2026, 2, 1)] * 4 + [None]


@pytest.mark.parametrize(
    "text", ["13/25/2026", "11/25/2026", "29/02/2026", "1/2/2026", "01/02/26", "20260201", "2026-02-01T10:00", "May"]
)
def test_what_is_no_date_is_not_guessed(text: str) -> None:
    assert read_dates(column(text)).to_list() == [None]


def test_a_year_is_read_as_written_for_the_schema_to_refuse() -> None:
    assert read_dates(column("1899-12-31", "0026-01-05")).to_list() == [date(1899, 12, 31), date(26, 1, 5)]


def test_yes_and_no_come_in_any_case() -> None:
    assert read_yes_no(column("Y", "yes", "TRUE", "1")).to_list() == [True] * 4
    assert read_yes_no(column("n", "No", "false", "0")).to_list() == [False] * 4
    assert read_yes_no(column("maybe", "2", "yes.", None)).to_list() == [None] * 4


def test_integers_are_digits_with_an_optional_sign() -> None:
    assert read_integers(column("3", "+3", "-1", "007")).to_list() == [3, 3, -1, 7]
    assert read_integers(column("3.0", "3 0", "three", "9" * 30, "+", None)).to_list() == [None] * 6


def test_choices_are_words_in_any_case() -> None:
    assert read_choices(column("cp", "Cin", "LAC", "none", None), ["CP", "CIN", "LAC"]).to_list() == [
        "CP",
        "CIN",
        "LAC",
        "none",
        None,
    ]


def test_codes_keep_their_order_and_spelling() -> None:
    read = read_codes(column("DOM;QL23", " QL 23 , ql23|DOM", "QL23", ";", None, "a;;b"))
    assert read.to_list() == [["DOM", "QL23"], ["QL 23", "ql23", "DOM"], ["QL23"], [], [], ["a", "b"]]


def test_an_empty_column_keeps_its_type() -> None:
    assert read_times(column(), "Europe/London").values.dtype == pl.Datetime("us", "UTC")
    assert read_dates(column()).dtype == pl.Date
    assert read_yes_no(column()).dtype == pl.Boolean
    assert read_integers(column()).dtype == pl.Int64
    assert read_codes(column()).dtype == pl.List(pl.String)
