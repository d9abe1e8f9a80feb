"""Polars frames to and from the rows of the store."""

from __future__ import annotations

from array import array
from io import BytesIO

import polars as pl
from sqlalchemy import Connection, Executable, insert

from checker.store.tables import Table

_BATCH = 5_000
_READ_AT_ONCE = 50_000
_NUL, _REPLACEMENT = "\x00", "\N{REPLACEMENT CHARACTER}"


def insert_frame(connection: Connection, table: type[Table], frame: pl.DataFrame) -> None:
    """Insert every row of a frame whose columns are named as those of the table."""
    text = pl.selectors.string().str.replace_all(_NUL, _REPLACEMENT, literal=True)  # PostgreSQL holds no NUL in a text
    for part in frame.with_columns(text).iter_slices(_BATCH):
        connection.execute(insert(table), part.to_dicts())


def read_frame(connection: Connection, chosen: Executable, schema: pl.Schema) -> pl.DataFrame:
    """The rows that a statement chooses, its columns being those of the schema and in that order."""
    # A million rows as Python's own would take many times the memory of the frame.
    parts = (
        pl.DataFrame([tuple(row) for row in part], schema=schema, orient="row")
        for part in connection.execute(chosen).partitions(_READ_AT_ONCE)
    )
    return pl.concat([pl.DataFrame(schema=schema), *parts])


def to_parquet(frame: pl.DataFrame) -> bytes:
    """A frame as a Parquet file; it is always read whole."""
    file = BytesIO()
    frame.write_parquet(file, compression="zstd", statistics=False)
    return file.getvalue()


def from_parquet(file: bytes) -> pl.DataFrame:
    """The frame that such a file holds."""
    return pl.read_parquet(BytesIO(file))


def packed(subject_ids: pl.Series) -> bytes:
    """Subject ids of 16 hexadecimal digits, eight bytes each, in ascending order."""
    numbers = array("Q", subject_ids.str.to_integer(base=16, dtype=pl.UInt64).sort())
    return numbers.tobytes()


def unpacked(ids: bytes) -> pl.Series:
    """The subject ids that were packed, as 64-bit numbers."""
    return pl.Series(array("Q", ids), dtype=pl.UInt64)
