"""The tables of a folder of files."""

import csv
import io
from pathlib import Path

from tests.second_reading.cells import COLUMNS, Row
from tests.second_reading.rows import StoppedError


def read_folder(folder: Path) -> dict[str, list[Row]]:
    """The tables of a folder of comma-separated UTF-8 files."""
    return {table: read_csv(folder / f"{table}.csv", table) for table in COLUMNS if (folder / f"{table}.csv").exists()}


def read_csv(path: Path, table: str) -> list[Row]:
    """The rows of one file, ragged lines marked.

    Reading: a row is a record, so a quoted line break adds no row; a blank line is a ragged one.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
        header, *records = csv.reader(io.StringIO(text, newline=""), strict=True)
    except (ValueError, csv.Error) as error:
        raise StoppedError(f"{path.name} is not a comma-separated UTF-8 file with a header") from error
    header = [name.strip() for name in header]
    required = {column for column, kind in COLUMNS[table].items() if "M" in kind}
    if "\0" in text or len(set(header)) < len(header) or required - set(header):
        raise StoppedError(f"{path.name} holds NUL bytes, two columns of one name, or lacks a required column")
    rows: list[Row] = []
    for row, cells in enumerate(records, start=2):
        ragged = {"cells": len(cells)} if len(cells) != len(header) else {}
        rows.append(dict(zip(header, cells, strict=False)) | {"row": row} | ragged)
    return rows
