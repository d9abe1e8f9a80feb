"""Polars frames to and from the rows of the store, each column converted once to what the database's driver takes."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from io import BytesIO
from json.encoder import encode_basestring_ascii
from operator import itemgetter
from typing import Any

import polars as pl
from sqlalchemy import JSON, Connection, Executable

from checker.store.tables import Instant, Table

_BATCH = 500  # rows that are Python's own at a time: of many more its garbage collector would take note
_READ_AT_ONCE = 10_000
_NUL, _REPLACEMENT = "\x00", "\N{REPLACEMENT CHARACTER}"
_INSTANT = "%Y-%m-%d %H:%M:%S%.6f"  # as SQLAlchemy writes it to SQLite: in UTC, without an offset


def insert_frame(connection: Connection, table: type[Table], frame: pl.DataFrame) -> None:
    """Insert every row of a frame whose columns are named as those of the table."""
    if frame.is_empty():
        return
    name, columns = _names(connection, table, frame.columns)
    rows, into = _rows(connection, table, frame), f"{name} ({', '.join(columns)})"
    driver: Any = connection.connection.cursor()
    if connection.dialect.name == "postgresql":
        with driver.copy(f"COPY {into} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    else:
        driver.executemany(f"INSERT INTO {into} VALUES ({', '.join('?' * len(columns))})", rows)  # noqa: S608 - ours


def update_frame(connection: Connection, table: type[Table], key: str, frame: pl.DataFrame) -> None:
    """Set the values of a frame in the rows of the table that have its keys; its columns are named as the table's."""
    if frame.is_empty():
        return
    frame = frame.select(pl.exclude(key), key)
    name, columns = _names(connection, table, frame.columns)
    mark = "%s" if connection.dialect.name == "postgresql" else "?"
    *assigned, chosen = (f"{column} = {mark}" for column in columns)
    statement = f"UPDATE {name} SET {', '.join(assigned)} WHERE {chosen}"  # noqa: S608 - our own names
    driver: Any = connection.connection.cursor()
    driver.executemany(statement, _rows(connection, table, frame))


def read_frame(connection: Connection, chosen: Executable, schema: pl.Schema) -> pl.DataFrame:
    """The rows that a statement chooses, its columns being those of the schema and in that order."""
    # A million rows as Python's own would take many times the memory of the frame.
    result = connection.execute(chosen)
    typed = _from_sqlite if connection.dialect.name == "sqlite" else _from_postgresql
    parts = [pl.DataFrame(schema=schema)]
    while (cursor := result.cursor) is not None and (rows := cursor.fetchmany(_READ_AT_ONCE)):
        columns = (list(map(itemgetter(place), rows)) for place in range(len(schema)))
        named = zip(schema.items(), columns, strict=True)
        parts.append(pl.DataFrame([typed(name, values, dtype) for (name, dtype), values in named]))
    result.close()
    return pl.concat(parts)


def _names(connection: Connection, table: type[Table], columns: list[str]) -> tuple[str, list[str]]:
    """The name of the table and those of some of its columns as a statement has them."""
    quote = connection.dialect.identifier_preparer.quote
    return quote(table.__tablename__), [quote(column) for column in columns]


def _rows(connection: Connection, table: type[Table], frame: pl.DataFrame) -> Iterator[tuple[Any, ...]]:
    """The rows of a frame, each value as the driver takes it."""
    types = {name: table.__table__.columns[name].type for name in frame.columns}
    offset = "+00" if connection.dialect.name == "postgresql" else ""
    instants = [name for name, type_ in types.items() if isinstance(type_, Instant) and frame[name].dtype != pl.Null]
    ready = frame.with_columns(
        pl.selectors.string().str.replace_all(_NUL, _REPLACEMENT, literal=True),  # PostgreSQL holds no NUL in a text
        pl.col(instants).dt.convert_time_zone("UTC").dt.strftime(_INSTANT + offset),
    )
    for part in ready.iter_slices(_BATCH):
        columns = (
            _in_json(part[name].to_list()) if isinstance(type_, JSON) else part[name].to_list()
            for name, type_ in types.items()
        )
        yield from zip(*columns, strict=True)


def _in_json(lists: list[list[str | None] | None]) -> list[str | None]:
    """Lists of texts as json.dumps writes them, which would take three times as long list by list."""
    return [None if each is None else f"[{', '.join(map(_text_in_json, each))}]" for each in lists]


def _text_in_json(text: str | None) -> str:
    return "null" if text is None else encode_basestring_ascii(text)


def _from_sqlite(name: str, values: list[Any], dtype: pl.DataType) -> pl.Series:
    """A column as its type has it; SQLite has neither times nor lists nor yes and no."""
    if isinstance(dtype, pl.Datetime):
        return pl.Series(name, values, pl.String).str.to_datetime(_INSTANT, time_unit="us", time_zone="UTC")
    if isinstance(dtype, pl.List):
        return pl.Series(name, values, pl.String).str.json_decode(dtype)
    return pl.Series(name, values, pl.Int64).cast(dtype) if dtype == pl.Boolean else pl.Series(name, values, dtype)


def _from_postgresql(name: str, values: list[Any], dtype: pl.DataType) -> pl.Series:
    # From lists of Python's own Polars makes a column ten times as slowly as from one text for each.
    return _from_sqlite(name, _in_json(values), dtype) if isinstance(dtype, pl.List) else pl.Series(name, values, dtype)


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
