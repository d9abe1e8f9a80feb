"""Frames go into the store as SQLAlchemy would write them, value for value, and come back as they were."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Connection, delete, insert, select, text

from checker.errors import StoreError
from checker.evaluation import FINDING_SCHEMA
from checker.facts.context import PAST_INCIDENTS
from checker.london_time import UTC_TIME
from checker.store.engine import connect, writing
from checker.store.frames import insert_frame, read_frame, update_frame
from checker.store.schema import bring_up_to_date
from checker.store.tables import PastIncidentRow, Table, VerdictRow

AWKWARD = "a 'quote', a \"double\", a tab\t, a line\nbreak, \\N, \\., a comma and é \U0001f600"
WINTER = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
SUMMER = datetime(2026, 7, 1, 1, 30, tzinfo=UTC)
INCIDENTS = pl.DataFrame(
    {
        "sequence": [1, 1, 1],
        "incident_ref": ["I1", "I2", AWKWARD],
        "reported_at": [WINTER, SUMMER, datetime(999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)],
        "is_subject": [True, False, True],
        "duplicate_of": [None, "", "nul \x00 within"],
        "domestic_abuse": [None, True, False],
        "has_risk_form": [False, True, False],
        "closure_codes": [None, [], ["QL23", AWKWARD, "nul \x00"]],
        "incident_type": pl.Series([None, None, None], dtype=pl.Null),
        "concern_types": [["a"], None, ["b", None, "a"]],
        "victim_ref": [None, "V", "\\N"],
        "suspect_ref": [None, "null", "\\."],
        "location_ref": ["  ", "\t", "\n"],
        "child_refs": [["C1", "C2"], [], ["'"]],
    },
    schema_overrides={"reported_at": UTC_TIME},
)
LINES = pl.DataFrame(
    {
        "sequence": [2, 2, 2],
        "position": pl.Series([0, 1, 2], dtype=pl.UInt32),
        "finding_id": ["F1", "F2", "F3"],
        "rule_id": ["R", "R", "R"],
        "severity": ["high", "high", "high"],
        "outcome": ["finding", "finding", "finding"],
        "incident_ref": [None, "I", "I"],
        "message": ["m", AWKWARD, ""],
        "due_at": [None, WINTER, SUMMER],
        "hours_overdue": [None, 0.1 + 0.2, -1e-7],
        "days_open": [None, 0, 2**31 - 1],
        "first_seen": pl.Series([None, None, None], dtype=pl.Null),
    },
    schema_overrides={"due_at": UTC_TIME},
)


@contextmanager
def tables(url: str) -> Iterator[Connection]:
    engine = connect(url)
    try:
        bring_up_to_date(engine)
        with writing(engine) as connection:
            yield connection
    finally:
        engine.dispose()


def stored(connection: Connection, table: type[Table], key: str) -> list[Any]:
    """What the database itself holds, and of SQLite how it holds it."""
    names = [f'"{column.name}"' for column in table.__table__.columns]
    if connection.dialect.name == "sqlite":
        names += [f"typeof({name})" for name in names]
    chosen = f"SELECT {', '.join(names)} FROM {table.__tablename__} ORDER BY {key}"  # noqa: S608
    return [tuple(row) for row in connection.exec_driver_sql(chosen)]


@pytest.mark.parametrize(
    ("table", "frame", "key"), [(PastIncidentRow, INCIDENTS, "victim_ref"), (VerdictRow, LINES, "position")]
)
def test_a_frame_is_stored_as_sqlalchemy_stores_it(
    store_url: str, table: type[Table], frame: pl.DataFrame, key: str
) -> None:
    with tables(store_url) as connection:
        insert_frame(connection, table, frame)
        ours = stored(connection, table, key)
        connection.execute(delete(table))
        without_nul = pl.selectors.string().str.replace_all("\x00", "\N{REPLACEMENT CHARACTER}", literal=True)
        connection.execute(insert(table), frame.with_columns(without_nul).to_dicts())
        assert ours == stored(connection, table, key)
        assert len(ours) == 3


def test_sqlalchemy_reads_a_frame_with_every_value_that_it_had(store_url: str) -> None:
    with tables(store_url) as connection:
        insert_frame(connection, PastIncidentRow, INCIDENTS)
        insert_frame(connection, VerdictRow, LINES)
        read = connection.execute(select(PastIncidentRow.__table__)).mappings().all()
        expected = [*INCIDENTS.to_dicts()]
        expected[2]["duplicate_of"] = "nul \N{REPLACEMENT CHARACTER} within"  # PostgreSQL holds no NUL in a text
        assert sorted(map(dict, read), key=lambda row: str(row["victim_ref"])) == sorted(
            expected, key=lambda row: str(row["victim_ref"])
        )
        lines = connection.execute(select(VerdictRow.__table__).order_by(VerdictRow.position)).mappings().all()
        assert [{name: line[name] for name in LINES.columns} for line in lines] == LINES.to_dicts()
        assert {line["evidence"] for line in lines} == {None}


def test_a_frame_comes_back_as_it_was(store_url: str) -> None:
    with tables(store_url) as connection:
        insert_frame(connection, PastIncidentRow, INCIDENTS)
        columns = (getattr(PastIncidentRow, name) for name in PAST_INCIDENTS)
        read = read_frame(connection, select(*columns).order_by(PastIncidentRow.reported_at), PAST_INCIDENTS)
        assert read.schema == PAST_INCIDENTS
        expected = INCIDENTS.sort("reported_at").select(PAST_INCIDENTS.names()).cast(dict(PAST_INCIDENTS))
        replaced = pl.col("duplicate_of").str.replace_all("\x00", "\N{REPLACEMENT CHARACTER}", literal=True)
        assert read.equals(expected.with_columns(replaced))
        nothing = select(*(getattr(VerdictRow, name) for name in FINDING_SCHEMA))
        assert read_frame(connection, nothing, FINDING_SCHEMA).equals(pl.DataFrame(schema=FINDING_SCHEMA))


def test_more_rows_than_are_read_at_once_come_back_in_their_order(store_url: str) -> None:
    moments = pl.datetime_range(WINTER, WINTER + timedelta(seconds=25_000), "1s", time_unit="us", eager=True)
    many = (
        pl.DataFrame({"due_at": moments})
        .with_row_index("position")
        .with_columns(
            *(pl.lit("x").alias(name) for name in ("rule_id", "severity", "outcome", "message")),
            finding_id=pl.format("F{}", "position"),
            sequence=1,
        )
    )
    with tables(store_url) as connection:
        insert_frame(connection, VerdictRow, many)
        chosen = select(VerdictRow.finding_id, VerdictRow.due_at).order_by(VerdictRow.position)
        read = read_frame(connection, chosen, pl.Schema({"finding_id": pl.String(), "due_at": UTC_TIME}))
        assert read.equals(many.select("finding_id", "due_at"))


def test_a_time_of_another_zone_and_unit_is_stored_as_the_same_instant(store_url: str) -> None:
    noon = pl.Series([datetime(2026, 7, 1, 12)], dtype=pl.Datetime("ms")).dt.replace_time_zone("Europe/London")
    with tables(store_url) as connection:
        insert_frame(connection, VerdictRow, LINES.head(1).with_columns(due_at=noon))
        assert connection.execute(select(VerdictRow.due_at)).scalar_one() == datetime(2026, 7, 1, 11, tzinfo=UTC)


def test_an_update_sets_the_values_of_the_rows_with_the_keys_and_no_others(store_url: str) -> None:
    with tables(store_url) as connection:
        insert_frame(connection, VerdictRow, LINES)
        news = pl.DataFrame(
            {"finding_id": ["F2", "F3", "F9"], "due_at": [SUMMER, None, None], "evidence": ["e", "\x00", "x"]},
            schema_overrides={"due_at": UTC_TIME},
        )
        update_frame(connection, VerdictRow, "finding_id", news)
        update_frame(connection, VerdictRow, "finding_id", news.clear())
        chosen = select(VerdictRow.finding_id, VerdictRow.due_at, VerdictRow.evidence, VerdictRow.days_open)
        assert [tuple(row) for row in connection.execute(chosen.order_by(VerdictRow.position))] == [
            ("F1", None, None, None),
            ("F2", SUMMER, "e", 0),
            ("F3", None, "\N{REPLACEMENT CHARACTER}", 2**31 - 1),
        ]


def test_what_the_database_refuses_is_said_in_one_line_and_nothing_stays(store_url: str) -> None:
    twice = pl.concat([LINES, LINES])
    fault = r"the database refused \((SQLITE_CONSTRAINT_PRIMARYKEY|UniqueViolation)\)"
    with pytest.raises(StoreError, match=fault), tables(store_url) as connection:
        insert_frame(connection, VerdictRow, twice)
    with tables(store_url) as connection:
        assert connection.execute(text("SELECT count(*) FROM verdicts")).scalar_one() == 0
