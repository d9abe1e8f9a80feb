"""The sheet of every record that could not be read, with all its reasons."""

from __future__ import annotations

import polars as pl

from checker.models import Run
from checker.report.cells import A4, Book, Page
from checker.report.lists import Column, Tick, write_list
from checker.report.styles import NUMBER, TEXT
from checker.report.text_files import rejected_rows
from checker.report.words import counted

NAME = "Rejected records"
NOTE = (
    "No rule could use these records. What one of them might have shown is 'cannot tell', never 'no'. "
    "The header of a file counts as row 1."
)
COLUMNS = (
    Column("Table", "table", 10, 18),
    Column("File", "file", 16, 30),
    Column("Row", "row", 10, 10, NUMBER),
    Column("Key", "key", 16, 34, TEXT.but(bold=True)),
    Column("Reasons", "reasons", 80, 80),
)


def write(book: Book, run: Run, tick: Tick) -> None:
    """Write the sheet of every rejected record, in the order of the run."""
    read = sum(table.rows_read for table in run.record.tables.values())
    write_list(
        book,
        NAME,
        COLUMNS,
        rejected_rows(run).with_columns(pl.col("row").cast(pl.Int64)),
        Page(A4),
        tick,
        note=NOTE,
        warning=None,
        when_empty=f"No record was rejected, of {counted(read, 'record')} read.",
        all_in="rejected.csv",
    )
