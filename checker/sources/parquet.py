"""Parquet: typed columns as the text that the contract expects."""

from __future__ import annotations

import io
from collections.abc import Collection

import polars as pl

from checker.errors import ConservationError, SourceError
from checker.sources.grid import Grid, Place, ragged_frame

EXACT_WHOLE = 2.0**53  # from here on a float skips whole numbers


def read_parquet(data: bytes, place: Place, known: Collection[str]) -> Grid:
    """The grid of a Parquet file; its first record is row 2, so that the column names stand for row 1.

    Raises:
        SourceError: the file is damaged, or a column cannot be written as text.
        ConservationError: the records read and the count in the file's footer disagree.
    """
    try:
        frame = pl.read_parquet(io.BytesIO(data))
        stated = pl.scan_parquet(io.BytesIO(data)).select(pl.len()).collect().item()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError):
        raise SourceError(f"{place.label}: is truncated, damaged or no Parquet file; export it again") from None
    if frame.height != stated:
        raise ConservationError(
            f"{place.label}: holds {stated} records, but {frame.height} were read; nothing was checked"
        )
    rows = pl.DataFrame([_text_column(frame[name], str(at), place.label) for at, name in enumerate(frame.columns)])
    headers = tuple(name.strip() for name in frame.columns)
    rows = rows.with_columns(source_row=pl.int_range(2, pl.len() + 2, dtype=pl.Int64))
    return Grid(headers, rows, ragged_frame([], len(headers)))


def _text_column(column: pl.Series, position: str, label: str) -> pl.Series:
    try:
        return column.to_frame().select(_as_text(pl.col(column.name), column.dtype).alias(position)).to_series()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        fault = f"column {column.name!r} of type {column.dtype} cannot be written as text"
        raise SourceError(f"{label}: {fault}; export it as text") from None


def _as_text(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if isinstance(dtype, pl.Datetime):
        return value.dt.to_string("%Y-%m-%dT%H:%M:%S%.f%:z" if dtype.time_zone else "%Y-%m-%dT%H:%M:%S%.f")
    if dtype.is_float():
        value = value.fill_nan(None)  # what a column of numbers writes for a blank
        whole = (value == value.round()) & (value.abs() < EXACT_WHOLE)
        return pl.when(whole).then(value.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(value.cast(pl.String))
    if dtype.is_decimal():
        return value.cast(pl.String).str.replace(r"\.0+$", "")
    if isinstance(dtype, pl.Duration):
        return value.dt.to_string("iso")
    if dtype.is_nested() and not isinstance(dtype, pl.Struct):
        return value.cast(pl.List(pl.String)).list.join(";")
    return value.cast(pl.String)
