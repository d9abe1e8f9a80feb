"""The split of each table into accepted, rejected and collapsed rows (contract section 2), proved to add up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from checker.errors import ConservationError
from checker.models import Extract, SourceTable, TableCounts
from checker.schemas import MODELS, Schema, schema_of
from checker.validation.checks import failures
from checker.validation.parsing import read_column

ROW = ("source_file", "source_row")
# By which a rejected row can be known for one that a fact misses.
REFERENCES = (
    *("incident_ref", "child_ref", "referral_ref", "episode_ref"),
    *("victim_ref", "suspect_ref", "location_ref"),
)
DUPLICATE = "duplicate key, rows differ"
ORPHAN = "no accepted incident"  # followed by its reference
WARNING_ROWS = 100

_NO_REASONS = pl.DataFrame(schema={"reasons": pl.List(pl.String)})

_KINDS = {
    pl.Datetime: "date-time (2026-11-22T02:00 or 22/11/2026 02:00)",
    pl.Date: "date (2026-11-22 or 22/11/2026)",
    pl.Boolean: "yes or no answer",
    pl.Int64: "whole number",
}


@dataclass(frozen=True)
class ValidatedTable:
    """One table after validation.

    `accepted` has the contract columns, typed (times in UTC), plus `source_row`. `rejected` has `source_file`,
    `source_row`, the text columns of REFERENCES that the table has, `key` (the key as text, for people) and `reasons`.
    The cells of a line with more or fewer of them than the header are taken by position. `missing_columns` are those of
    the contract that the file has not; they are read as blank.
    """

    name: str
    accepted: pl.DataFrame
    rejected: pl.DataFrame
    counts: TableCounts
    missing_columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Validated:
    """An extract after validation: its tables, and what an inspector should know about how they were read."""

    tables: dict[str, ValidatedTable]
    warnings: tuple[str, ...]

    @property
    def supplied(self) -> frozenset[str]:
        """What the extract has: its tables, and of each the columns, as `table.column`."""
        columns = {
            f"{name}.{column}"
            for name, table in self.tables.items()
            for column in table.accepted.columns
            if column not in table.missing_columns
        }
        return frozenset({*self.tables, *columns})


def validate(extract: Extract, as_of: datetime, on_table: Callable[[str], None] = lambda _: None) -> Validated:
    """Every table of the extract, split; `on_table` is told each table's name before its turn.

    Raises:
        ConservationError: the rows of a table do not add up.
    """
    tables: dict[str, ValidatedTable] = {}
    warnings: list[str] = []
    for name in MODELS:  # incidents come first: whether a row is an orphan hangs on them
        source = extract.tables.get(name)
        if source is None:
            continue
        on_table(name)
        known = tables["incidents"].accepted.get_column("incident_ref") if "incidents" in tables else None
        tables[name], notes = _split(source, schema_of(name, as_of), known)
        warnings += [*source.warnings, *notes]
    return Validated(tables, tuple(warnings))


def _split(source: SourceTable, schema: Schema, known_incidents: pl.Series | None) -> tuple[ValidatedTable, list[str]]:
    typed, unread, warnings = _read_cells(source, schema)
    alike = _share(typed, schema.key or schema.names)
    repeated = _repeats(typed, unread, source.rows, schema, alike)

    reasons = {f"{column} is not a {_kind(schema, column)}": rows for column, rows in unread.items()}
    for failure in failures(schema.table, schema.pandera, typed.select(schema.names)):
        # A cell that could not be read has said so already: it is neither blank nor out of range.
        rows = failure.rows & ~unread[failure.column] if failure.column in unread else failure.rows
        reasons[failure.reason] = reasons[failure.reason] | rows if failure.reason in reasons else rows
    reasons = {reason: rows & ~repeated for reason, rows in reasons.items()}
    orphans = _orphans(typed, schema, known_incidents) & ~repeated
    passed = _none_of(typed.height, [repeated, *reasons.values(), orphans])
    reasons[DUPLICATE] = _duplicates(typed, schema, passed & alike)

    accepted = typed.filter(passed & ~reasons[DUPLICATE]).select(*schema.names, "source_row")
    rejected = _rejected(source, schema, source.rows, reasons, orphans)
    counts = TableCounts(
        file=source.file,
        sha256=source.sha256,
        rows_read=source.rows_read,
        accepted=accepted.height,
        rejected=rejected.height,
        collapsed=int(repeated.sum()),
        orphaned=int(orphans.sum()),
    )
    _conserved(schema.table, counts, accepted, rejected)
    return ValidatedTable(schema.table, accepted, rejected, counts, source.missing_columns), warnings


def _read_cells(source: SourceTable, schema: Schema) -> tuple[pl.DataFrame, dict[str, pl.Series], list[str]]:
    """The typed frame, which cells of which column held text that could not be read, and notes on the clock change."""
    typed, unread, warnings = {}, {}, []
    for name, column in schema.columns.items():
        text = source.rows.get_column(name)
        read = read_column(text, _dtype(schema, name), _choices(column), source.time_zone)
        typed[name] = read.values
        lost = text.is_not_null() & read.values.is_null()
        if lost.any():
            unread[name] = lost
        warnings += _clock_notes(source, name, "happened twice; read as its first occurrence", read.ambiguous)
        warnings += _clock_notes(source, name, "did not exist; moved on by one hour", read.non_existent)
    frame = pl.DataFrame(typed)
    blanks = {name: blank for name in typed if (blank := schema.blank(name)) is not None}
    filled = frame.with_columns(pl.coalesce(pl.col(name), blank).alias(name) for name, blank in blanks.items())
    return filled.with_columns(source.rows.select(ROW)), unread, warnings


def _clock_notes(source: SourceTable, column: str, what: str, rows: pl.Series | None) -> list[str]:
    if rows is None or not rows.any():
        return []
    numbers = source.rows.get_column("source_row").filter(rows).to_list()
    listed = ", ".join(str(number) for number in numbers[:WARNING_ROWS])
    more = f" and {len(numbers) - WARNING_ROWS} more" if len(numbers) > WARNING_ROWS else ""
    return [f"{source.file}: {column}: a wall time that {what}: {len(numbers)} (row {listed}{more})"]


def _repeats(
    typed: pl.DataFrame, unread: dict[str, pl.Series], text: pl.DataFrame, schema: Schema, alike: pl.Series
) -> pl.Series:
    """Which of the rows that are `alike` in their key repeat an earlier one.

    Every contract column is equal after parsing, or as written where unreadable.
    """
    if not alike.any():
        return alike
    contract = typed.select(schema.names)
    lists = [name for name, dtype in contract.schema.items() if dtype == pl.List]
    as_written = [
        pl.select(pl.when(rows).then(text.get_column(name)).alias(f"{name} as written")).to_series()
        for name, rows in unread.items()
    ]
    rows = contract.with_columns(as_written).filter(alike).with_columns(pl.col(lists).list.join("\x00"))
    repeated = rows.select(~pl.struct(pl.all()).is_first_distinct()).to_series()
    return alike.clone().scatter(alike.arg_true(), repeated)  # the clone, for scatter changes its own column


def _orphans(typed: pl.DataFrame, schema: Schema, known_incidents: pl.Series | None) -> pl.Series:
    if not schema.of_incident or known_incidents is None:
        return pl.repeat(value=False, n=typed.height, eager=True)
    incident = typed.get_column("incident_ref")
    # Those asked for are far fewer than those known.
    found = known_incidents.filter(known_incidents.is_in(incident.unique().implode()))
    return incident.is_not_null() & ~incident.is_in(found.implode())


def _duplicates(typed: pl.DataFrame, schema: Schema, passed: pl.Series) -> pl.Series:
    """Of the rows that passed every other check, those that share a key."""
    none = pl.repeat(value=False, n=typed.height, eager=True)
    return (
        none.scatter(passed.arg_true(), _share(typed.select(schema.key).filter(passed), schema.key))
        if schema.key
        else none
    )


def _share(rows: pl.DataFrame, names: tuple[str, ...]) -> pl.Series:
    """Which rows have the same values in these columns as another; two blanks are equal."""
    values = pl.col(names[0]) if len(names) == 1 else pl.struct(names)
    alike = rows.select(values.hash().is_duplicated()).to_series()  # a hash is quick and may say so too often
    return alike.scatter(alike.arg_true(), rows.filter(alike).select(values.is_duplicated()).to_series())


def _rejected(
    source: SourceTable, schema: Schema, text: pl.DataFrame, reasons: dict[str, pl.Series], orphans: pl.Series
) -> pl.DataFrame:
    """The rejected rows in the order of the file: a ragged row has that one reason, every other row all of its own."""
    failed = ~_none_of(text.height, [*reasons.values(), orphans])
    given = {reason: rows.filter(failed) for reason, rows in reasons.items() if rows.any()}
    why = [pl.select(pl.when(rows).then(pl.lit(reason)).alias(reason)).to_series() for reason, rows in given.items()]
    orphan = orphans.filter(failed)
    rows = text.filter(failed)
    if schema.of_incident:
        reference = rows.select(pl.format(f"{ORPHAN} {{}}", "incident_ref").alias("orphan")).to_series()
        why.append(pl.select(pl.when(orphan).then(reference).alias("orphan")).to_series())
    listed = pl.DataFrame(why).select(reasons=pl.concat_list(pl.all()).list.drop_nulls()) if why else _NO_REASONS
    columns: list[str | pl.Expr] = [*ROW, *_references(schema), _key(schema).alias("key")]
    read = rows.select(columns).hstack(listed)
    cells = pl.concat_list(pl.format("{} cells for {} columns", "cells", "expected_cells"))
    ragged = source.ragged.select(*columns, reasons=cells)
    return pl.concat([read, ragged]).sort("source_row")


def _references(schema: Schema) -> list[str]:
    return [name for name in REFERENCES if name in schema.columns]


def _key(schema: Schema) -> pl.Expr:
    # plans, flags and receipts have no key; the reference that they lead with is what a person would look up
    names = schema.key or (next(iter(schema.columns)),)
    joined = pl.concat_str(names, separator="/", ignore_nulls=True)
    return pl.when(joined != "").then(joined)


def _conserved(table: str, counts: TableCounts, accepted: pl.DataFrame, rejected: pl.DataFrame) -> None:
    if counts.rows_read != counts.accepted + counts.rejected + counts.collapsed:
        raise ConservationError(
            f"{table}: {counts.rows_read} rows read, but {counts.accepted} accepted + {counts.rejected} rejected"
            f" + {counts.collapsed} collapsed; the run is stopped, please report this"
        )
    if rejected.height and rejected.select((pl.col("reasons").list.len() == 0).any()).item():
        raise ConservationError(f"{table}: a row was rejected without a reason; the run is stopped, please report this")
    rows = pl.concat([accepted.get_column("source_row"), rejected.get_column("source_row")])
    if rows.n_unique() != rows.len():
        raise ConservationError(f"{table}: a row was counted twice; the run is stopped, please report this")


def _dtype(schema: Schema, column: str) -> pl.DataType:
    dtype: pl.DataType = schema.columns[column].dtype.type
    return dtype


def _choices(column: object) -> list[str] | None:
    for check in getattr(column, "checks", []):
        if check.name == "isin":
            return list(check.statistics["allowed_values"])
    return None


def _kind(schema: Schema, column: str) -> str:
    return _KINDS[schema.columns[column].dtype.type.base_type()]


def _none_of(height: int, masks: list[pl.Series]) -> pl.Series:
    everything = pl.repeat(value=True, n=height, eager=True)
    for mask in masks:
        everything = everything & ~mask
    return everything
