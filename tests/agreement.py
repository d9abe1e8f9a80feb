"""The checker and the second reading over the same files: they must agree on every row and on every verdict."""

from collections import Counter
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from checker.config import Config
from checker.models import Run
from checker.pipeline import Order, run_check
from tests.second_reading import COLUMNS, Policy, Reading, Row, Tables, second_reading
from tests.strategies import write_extract

DEFAULTS = Policy()
LISTED = {"finding", "undetermined", "not_due"}


def check_tables(tables: Tables, as_of: datetime, policy: Policy = DEFAULTS) -> Run:
    """The checker's run over the tables, written as files."""
    years = policy.previous_plan_years
    stated = {**vars(policy), "previous_plan_years": "unlimited" if years is None else years}
    blank = {name: dict.fromkeys(columns, "") for name, columns in COLUMNS.items()}
    filled = {name: [row if "cells" in row else blank[name] | row for row in rows] for name, rows in tables.items()}
    with TemporaryDirectory() as folder:
        extract = write_extract(Path(folder), filled)
        return run_check(Order(extract, as_of.isoformat(), Config(policy=stated), None))


def agreed(tables: Tables, as_of: datetime, policy: Policy = DEFAULTS) -> Reading:
    """The second reading, once the checker is seen to agree with it in everything that a run shows."""
    tables = records(tables)
    read, run = second_reading(tables, as_of, policy), check_tables(tables, as_of, policy)
    for table, counts in read.counts.items():
        of_run = run.record.tables[table]
        assert tuple(counts) == (
            of_run.rows_read,
            of_run.accepted,
            of_run.rejected,
            of_run.collapsed,
            of_run.orphaned,
        ), table
    reasons = {(row["table"], row["row"]): len(row["reasons"]) for row in run.rejected.iter_rows(named=True)}
    assert reasons == {row: len(reasons) for row, reasons in read.rejected.items()}
    assert listed(run) == {
        key: (verdict.outcome, verdict.due_at) for key, verdict in read.verdicts.items() if verdict.outcome in LISTED
    }
    for rule_id, result in run.record.rules.items():
        assert (result.counts is None) == (rule_id in read.not_run)
        expected = Counter(verdict.outcome for key, verdict in read.verdicts.items() if key[0] == rule_id)
        assert {outcome.value: count for outcome, count in (result.counts or {}).items() if count} == expected
    return read


def records(tables: Tables) -> dict[str, list[Row]]:
    """The tables less every line with nothing on it, which the checker notes and does not count as a record."""

    def is_blank(row: Row) -> bool:
        return row.get("cells") == 1 and not any(str(text).strip() for column, text in row.items() if column != "cells")

    return {name: [row for row in rows if not is_blank(row)] for name, rows in tables.items()}


def listed(run: Run) -> dict[tuple[str, str, str], tuple[str, datetime | None]]:
    """Every listed verdict of the run: its outcome and when it was due."""
    return {
        (row["rule_id"], row["incident_ref"], row["child_ref"] or ""): (row["outcome"], row["due_at"])
        for row in run.findings.iter_rows(named=True)
    }
