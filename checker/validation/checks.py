"""pandera asked in the one way that loses no row: a full-length mask for every check, or an error for the whole table.

Why not `failure_cases`, `coerce`, `drop_invalid_rows` or a LazyFrame: each of them loses rows or reasons in silence
(a LazyFrame is not checked at all, an environment variable switches checking off, nulls pass by default).
"""

from __future__ import annotations

from dataclasses import dataclass

import pandera.polars as pa
import polars as pl
from pandera.config import ValidationDepth, config_context
from pandera.constants import CHECK_OUTPUT_KEY
from pandera.errors import SchemaError, SchemaErrors

from checker.errors import ConservationError


@dataclass(frozen=True)
class Failure:
    """One check that some rows fail: the column at fault, the reason in words, and which rows."""

    column: str
    reason: str
    rows: pl.Series


def failures(table: str, schema: pa.DataFrameSchema, frame: pl.DataFrame) -> list[Failure]:
    """Every failed check of the schema over a typed frame, with a Boolean for every row.

    Raises:
        ConservationError: pandera answered for the table as a whole, or not for every row.
    """
    _refuse_lossy_settings(table, schema)
    try:
        with config_context(validation_enabled=True, validation_depth=ValidationDepth.SCHEMA_AND_DATA):
            schema.validate(frame, lazy=True)
    except SchemaErrors as fault:
        return [_failure(table, error, frame.height) for error in fault.schema_errors]
    except pl.exceptions.PolarsError as fault:
        raise ConservationError(f"{table}: the checks could not be put together ({type(fault).__name__})") from fault
    return []


def _refuse_lossy_settings(table: str, schema: pa.DataFrameSchema) -> None:
    columns = schema.columns.values()
    lossy = [schema.drop_invalid_rows, schema.coerce, schema.unique]
    lossy += [column.coerce or column.drop_invalid_rows or column.regex or column.unique for column in columns]
    checks = [*schema.checks, *(check for column in columns for check in column.checks)]
    lossy += [check.raise_warning or check.element_wise for check in checks]
    if any(lossy):
        raise ConservationError(f"{table}: its schema uses a pandera setting that loses rows or reasons; see checks.py")
    for check in checks:
        check.n_failure_cases = 1  # keeps pandera's own report small; the mask stays full length


def _failure(table: str, error: SchemaError, rows: int) -> Failure:
    passed = error.check_output
    if not isinstance(passed, pl.DataFrame) or passed.height != rows:
        where = error.column_name or "the table"
        raise ConservationError(f"{table}: the check {error.reason_code} of {where} did not answer row by row")
    failed = ~passed.get_column(CHECK_OUTPUT_KEY).fill_null(value=False)
    check = error.check
    if isinstance(check, pa.Check) and error.column_name is None:
        return Failure(str(check.name), str(check.error), failed)
    column = str(error.column_name)
    return Failure(column, _reason(column, check), failed)


def _reason(column: str, check: pa.Check | str | None) -> str:
    if not isinstance(check, pa.Check):
        return f"{column} is blank; it is required"
    limits = check.statistics or {}
    if check.name == "isin":
        return f"{column} is none of {', '.join(limits['allowed_values'])}"
    if check.error and not check.error.startswith(str(check.name)):
        return check.error
    limit = limits.get("min_value", limits.get("max_value"))
    return f"{column} is {'less' if 'min_value' in limits else 'more'} than {limit}"
