"""The checker and the second reading over the same files: they must agree on every row and on every verdict."""

from collections import Counter
from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from checker.config import Config
from checker.models import RuleStatus, Run
from checker.pipeline.order import Order
from checker.pipeline.run import run_check
from tests.second_reading import COLUMNS, RULES, Key, Policy, Reading, Row, Span, Tables, second_reading
from tests.strategies import write_extract

DEFAULTS = Policy()
LISTED = {"finding", "undetermined", "not_due"}
Told = tuple[str, datetime | None]  # an outcome, and when it was due


def stated(policy: Policy) -> dict[str, object]:
    """What the policy has otherwise than the specification, as a checker.toml states it."""
    defaults = asdict(DEFAULTS)
    return {key: value for key, value in asdict(policy).items() if value != defaults[key]}


def check_tables(
    tables: Tables,
    as_of: datetime,
    policy: Policy = DEFAULTS,
    span: Span | None = None,
    absent: Collection[str] = (),
) -> Run:
    """The checker's run over the tables, written as files."""
    blank = {
        name: {column: "" for column in columns if f"{name}.{column}" not in absent}
        for name, columns in COLUMNS.items()
    }
    filled = {name: [row if "cells" in row else blank[name] | row for row in rows] for name, rows in tables.items()}
    with TemporaryDirectory() as folder:
        extract = write_extract(Path(folder), filled, span, absent)
        return run_check(Order(extract, as_of.isoformat(), Config(policy=stated(policy)), None))


def agreed(
    tables: Tables,
    as_of: datetime,
    policy: Policy = DEFAULTS,
    span: Span | None = None,
    absent: Collection[str] = (),
) -> Reading:
    """The second reading, once the checker is seen to agree with it in everything that a run shows."""
    tables = records(tables)
    read = second_reading(tables, as_of, policy, span=span, absent=absent)
    run = check_tables(tables, as_of, policy, span, absent)
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
    assert set(run.record.rules) == RULES
    expected = [(key, (verdict.outcome, verdict.due_at)) for key, verdict in read.all_verdicts()]
    assert listed(run) == Counter(line for line in expected if line[1][0] in LISTED)
    for rule_id, result in run.record.rules.items():
        assert result.status == (RuleStatus.NOT_RUN if rule_id in read.not_run else RuleStatus.RUN), rule_id
        of_rule = Counter(told[0] for key, told in expected if key[0] == rule_id)
        assert {outcome.value: count for outcome, count in (result.counts or {}).items() if count} == of_rule, rule_id
    return read


def records(tables: Tables) -> dict[str, list[Row]]:
    """The tables less every line with nothing on it, which the checker notes and does not count as a record."""

    def is_blank(row: Row) -> bool:
        return row.get("cells") == 1 and not any(str(text).strip() for column, text in row.items() if column != "cells")

    return {name: [row for row in rows if not is_blank(row)] for name, rows in tables.items()}


def listed(run: Run) -> Counter[tuple[Key, Told]]:
    """Every listed verdict of the run: how many there are of each, for two referrals may be of one child."""
    return Counter(
        (
            (row["rule_id"], row["incident_ref"] or "", row["child_ref"] or ""),
            (row["outcome"], row["due_at"]),
        )
        for row in run.findings.iter_rows(named=True)
    )
