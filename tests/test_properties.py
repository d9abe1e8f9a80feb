"""What holds for every extract, however it is written: found by Hypothesis. All is invented."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.config import Config
from checker.errors import CheckerError
from checker.models import Outcome, Run
from checker.pipeline.order import Order
from checker.pipeline.run import run_check
from tests.agreement import agreed, check_tables, listed, records
from tests.second_reading import COLUMNS, Row
from tests.strategies import Drawn, garbage_extracts, mostly_valid_extracts, nasty_extracts, restate

slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
some = settings(max_examples=12, deadline=None, suppress_health_check=slow)
few = settings(some, max_examples=5)  # for what runs the checker twice


@some
@given(mostly_valid_extracts() | nasty_extracts())
def test_the_checker_and_the_second_reading_agree(drawn: Drawn) -> None:
    agreed(drawn.tables, drawn.as_of, drawn.policy, drawn.span, drawn.absent)


@some
@given(garbage_extracts())
def test_they_agree_on_garbage_too(drawn: Drawn) -> None:
    agreed(drawn.tables, drawn.as_of, drawn.policy, drawn.span, drawn.absent)


@few
@given(mostly_valid_extracts(), st.data())
def test_the_order_of_rows_and_columns_changes_nothing(drawn: Drawn, data: st.DataObject) -> None:
    rows = {table: data.draw(st.permutations(table_rows)) for table, table_rows in drawn.tables.items()}
    order = {table: data.draw(st.permutations(list(COLUMNS[table]))) for table in rows}
    with TemporaryDirectory() as folder:
        for table, columns in order.items():
            whole_rows = [row for row in rows[table] if "cells" not in row]
            cells = [{column: row.get(column) or None for column in columns} for row in whole_rows]
            pl.DataFrame(cells, schema=dict.fromkeys(columns, pl.String)).write_csv(Path(folder) / f"{table}.csv")
        shuffled = run_check(Order(Path(folder), drawn.as_of.isoformat(), Config(), None))
    whole = {table: [row for row in table_rows if "cells" not in row] for table, table_rows in drawn.tables.items()}
    assert shown(shuffled) == shown(check_tables(whole, drawn.as_of))


@few
@given(mostly_valid_extracts(), st.data())
def test_the_notation_of_dates_and_answers_changes_nothing(drawn: Drawn, data: st.DataObject) -> None:
    restated = {
        table: [row if "cells" in row else in_other_notation(restate(data.draw, table, row)) for row in rows]
        for table, rows in drawn.tables.items()
    }
    before, after = check_tables(drawn.tables, drawn.as_of), check_tables(restated, drawn.as_of)
    assert shown(after) == shown(before)


@few
@given(mostly_valid_extracts())
def test_an_unrelated_incident_changes_no_other_verdict(drawn: Drawn) -> None:
    incident: Row = {"incident_ref": "UNRELATED", "reported_at": "2020-05-06T07:08", "domestic_abuse": "yes"}
    child: Row = {"incident_ref": "UNRELATED", "child_ref": "UNRELATED-CHILD", "date_of_birth": "2015-01-02"}
    more = drawn.tables | {
        "incidents": [*drawn.tables["incidents"], incident],
        "children": [*drawn.tables["children"], child],
    }
    before, after = (listed(check_tables(tables, drawn.as_of, span=drawn.span)) for tables in (drawn.tables, more))
    assert {line: count for line, count in after.items() if line[0][1] != "UNRELATED"} == before


@some
@given(nasty_extracts() | garbage_extracts())
def test_rows_and_verdicts_add_up(drawn: Drawn) -> None:
    run = check_tables(drawn.tables, drawn.as_of)
    for table, counts in run.record.tables.items():
        assert counts.rows_read == len(records(drawn.tables)[table])
        assert counts.rows_read == counts.accepted + counts.rejected + counts.collapsed
        assert counts.orphaned <= counts.rejected
    assert run.rejected.height == sum(counts.rejected for counts in run.record.tables.values())
    for result in run.record.rules.values():
        if result.counts is not None:
            needs_a_line = run.findings.filter(pl.col("rule_id") == result.rule_id)
            outcomes = (Outcome.FINDING, Outcome.NOT_DUE, Outcome.UNDETERMINED)
            assert needs_a_line.height == sum(result.counts[outcome] for outcome in outcomes)


def in_other_notation(row: Row) -> Row:
    """The row with ISO wall times and dates as dd/mm/yyyy, and those as ISO."""
    clock = r"(\d\d:\d\d(?::\d\d)?)"
    iso, british = rf"(\d{{4}})-(\d\d)-(\d\d)(?:[T ]{clock})?", rf"(\d\d)/(\d\d)/(\d{{4}})(?: {clock})?"
    swapped = {}
    for column, text in row.items():
        if not column.endswith(("_at", "_on", "date_of_birth")):  # a reference may look like a date
            swapped[column] = text
        elif found := re.fullmatch(iso, text.strip()):
            swapped[column] = "/".join(found.group(3, 2, 1)) + (f" {found[4]}" if found[4] else "")
        elif found := re.fullmatch(british, text.strip()):
            swapped[column] = "-".join(found.group(3, 2, 1)) + (f"T{found[4]}" if found[4] else "")
        else:
            swapped[column] = text
    return swapped


def written(content: st.SearchStrategy[bytes]) -> st.SearchStrategy[dict[str, bytes]]:
    return st.fixed_dictionaries(dict.fromkeys(("incidents.csv", "children.csv", "referrals.csv"), content))


headers = {table: ",".join(columns).encode() for table, columns in COLUMNS.items()}
lines = st.lists(st.binary(max_size=40), max_size=4).map(b"\n".join)


@settings(max_examples=20, deadline=None)
@given(st.fixed_dictionaries(dict.fromkeys(("incidents", "children", "referrals", "plans"), lines)))
def test_no_garbage_under_a_header_ends_in_a_traceback(bodies: dict[str, bytes]) -> None:
    in_words_or_not_at_all({f"{table}.csv": headers[table] + b"\n" + body for table, body in bodies.items()})


@settings(max_examples=15, deadline=None)
@given(written(st.binary(max_size=200)))
def test_no_garbage_file_ends_in_a_traceback(files: dict[str, bytes]) -> None:
    in_words_or_not_at_all(files)


def in_words_or_not_at_all(files: dict[str, bytes]) -> None:
    with TemporaryDirectory() as folder:
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        try:
            run = run_check(Order(Path(folder), "2026-11-22T02:00", Config(), None))
        except CheckerError as fault:
            message = str(fault)
        else:
            message = None
    if message is not None:
        assert len(message.splitlines()) == 1
        return
    for counts in run.record.tables.values():
        assert counts.rows_read == counts.accepted + counts.rejected + counts.collapsed


def shown(run: Run) -> tuple[object, ...]:
    """Everything that a run shows but for its time, its files' digests and the numbers of rows."""
    counts = {
        name: (table.rows_read, table.accepted, table.rejected, table.collapsed, table.orphaned)
        for name, table in run.record.tables.items()
    }
    rows = run.rejected.iter_rows(named=True)
    rejected = sorted((row["table"], row["key"] or "", sorted(row["reasons"])) for row in rows)
    return counts, rejected, run.findings.rows(), run.record.rules
