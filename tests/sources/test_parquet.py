"""Parquet files: typed columns as text, the first record being row 2."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.sources.reading import Read, fault_of


def read_column(folder: Path, read: Read, column: pl.Series) -> list[Any]:
    (folder / "incidents.csv").unlink(missing_ok=True)
    pl.DataFrame({"incident_ref": [f"I{row}" for row in range(column.len())], "reported_at": column}).write_parquet(
        folder / "incidents.parquet"
    )
    return read().tables["incidents"].rows["reported_at"].to_list()


MOMENTS = [datetime(2026, 10, 25, 0, 30), datetime(2026, 11, 20, 13, 37, 41, 500_000), None]


@pytest.mark.parametrize(
    ("column", "texts"),
    [
        (pl.Series(MOMENTS, dtype=pl.Datetime("us")), ["2026-10-25T00:30:00", "2026-11-20T13:37:41.500", None]),
        (pl.Series(MOMENTS[:1], dtype=pl.Datetime("ns")), ["2026-10-25T00:30:00"]),
        (
            pl.Series(MOMENTS, dtype=pl.Datetime("ms"))
            .dt.replace_time_zone("UTC")
            .dt.convert_time_zone("Europe/London"),
            ["2026-10-25T01:30:00+01:00", "2026-11-20T13:37:41.500+00:00", None],
        ),
        (pl.Series([date(2017, 8, 1), None]), ["2017-08-01", None]),
        (pl.Series([True, False, None]), ["true", "false", None]),
        (pl.Series([7, -1, None], dtype=pl.Int16), ["7", "-1", None]),
        (pl.Series([2.0, 2.5, None]), ["2", "2.5", None]),
        (pl.Series([2.0, 2.5], dtype=pl.Float32), ["2", "2.5"]),
        (pl.Series([Decimal("3.00"), Decimal("3.50")]), ["3", "3.50"]),
        (pl.Series([["DOM", "QL23"], [], None]), ["DOM;QL23", None, None]),
        (pl.Series(["DOM", None, "DOM"], dtype=pl.Categorical), ["DOM", None, "DOM"]),
        (pl.Series([" 007 ", "", None]), ["007", None, None]),
        (pl.Series([b"DOM", None]), ["DOM", None]),
        (pl.Series([time(13, 5)]), ["13:05:00"]),
        (pl.Series([timedelta(hours=30)]), ["P1DT6H"]),
        (pl.Series([None, None]), [None, None]),
    ],
)
def test_a_typed_column_is_read_as_text(folder: Path, read: Read, column: pl.Series, texts: list[str | None]) -> None:
    assert read_column(folder, read, column) == texts


def test_the_first_record_is_row_2(folder: Path, read: Read) -> None:
    read_column(folder, read, pl.Series(["x", "y"]))
    table = read().tables["incidents"]
    assert table.rows.select("incident_ref", "source_file", "source_row").rows() == [
        ("I0", "incidents.parquet", 2),
        ("I1", "incidents.parquet", 3),
    ]
    assert table.rows_read == 2


def test_a_file_without_records_is_an_empty_table(folder: Path, read: Read) -> None:
    read_column(folder, read, pl.Series([], dtype=pl.Datetime))
    assert read().tables["incidents"].rows_read == 0


def test_a_column_that_cannot_be_text_is_named(folder: Path, read: Read) -> None:
    with pytest.raises(
        Exception, match=r"incidents\.parquet: column 'reported_at' of type Binary cannot be written as text"
    ):
        read_column(folder, read, pl.Series([b"\xff\xfe"]))


@pytest.mark.parametrize("content", [b"", b"PAR1", b"incident_ref,reported_at\n", b"PAR1" + bytes(100) + b"PAR1"])
def test_what_is_no_parquet_file_is_refused(folder: Path, read: Read, content: bytes) -> None:
    (folder / "incidents.csv").unlink()
    (folder / "incidents.parquet").write_bytes(content)
    assert fault_of(read) == "incidents.parquet: is truncated, damaged or no Parquet file; export it again"


def test_a_blank_in_a_column_of_numbers_is_blank(folder: Path, read: Read) -> None:
    assert read_column(folder, read, pl.Series([12.0, float("nan"), None])) == ["12", None, None]
