"""Nothing but permitted SQL reaches Polars, which opens files and addresses while it parses."""

from __future__ import annotations

import socket
from pathlib import Path

import polars as pl
import pytest

from checker.facts import Subject
from checker.rulepack import compile_predicate
from checker.rulepack.guard import PredicateError

HOSTILE = {
    "subquery in IN": "guests IN (SELECT 1)",
    "file in a subquery": "weather IN (SELECT a FROM read_csv('/etc/hostname'))",
    "file as a table": "weather IN (SELECT a FROM '/etc/hostname')",
    "file as a function": "read_parquet('/etc/hostname') = 1",
    "file called by a quoted name": "\"read_csv\"('/etc/hostname') = 1",
    "EXISTS": "EXISTS (SELECT 1)",
    "scalar subquery": "guests = (SELECT 1)",
    "whole subquery": "(SELECT TRUE)",
    "ANY": "guests = ANY (SELECT 1)",
    "ALL": "guests > ALL (SELECT 1)",
    "CTE": "WITH a AS (SELECT 1) SELECT 1",
    "UNION": "is_long UNION SELECT 1",
    "line comment": "has_form -- AND is_long",
    "block comment": "has_form /* AND is_long */",
    "hidden comment": "has_form {# AND is_long #}",
    "hint": "/*+ x */ has_form",
    "two statements": "has_form; DROP TABLE visits",
    "statement": "DROP TABLE visits",
    "trailing FROM": "has_form FROM read_csv('/etc/hostname')",
    "alias": "has_form AS other",
    "SUM": "SUM(guests) > 1",
    "COUNT": "COUNT(*) > 1",
    "AVG": "guests > AVG(guests)",
    "MAX": "MAX(guests) = 1",
    "window": "SUM(guests) OVER (PARTITION BY weather) > 1",
    "ROW_NUMBER": "ROW_NUMBER() OVER () = 1",
    "FILTER": "COUNT(*) FILTER (WHERE has_form) > 1",
    "UNNEST": "UNNEST(rooms) = 'hall'",
    "NOW": "ended_at < NOW()",
    "CURRENT_TIMESTAMP": "ended_at < CURRENT_TIMESTAMP",
    "CURRENT_DATE": "day < CURRENT_DATE",
    "RANDOM": "RANDOM() > 0.5",
    "RAND": "RAND() > 0.5",
    "UUID": "weather = UUID()",
    "IS TRUE": "has_form IS TRUE",
    "IS NOT FALSE": "has_form IS NOT FALSE",
    "IS DISTINCT FROM": "weather IS DISTINCT FROM 'wet'",
    "null-safe equals": "weather <=> 'wet'",
    "equals NULL": "weather = NULL",
    "IN with NULL": "weather IN ('wet', NULL)",
    "NOT IN with NULL": "weather NOT IN ('wet', NULL)",
    "IN with a fact": "weather IN (season)",
    "IN a column": "guests IN rooms",
    "NULL by itself": "NULL",
    "LIKE": "weather LIKE 'w%'",
    "ILIKE": "weather ILIKE 'w%'",
    "regular expression": "REGEXP_LIKE(weather, 'w.*')",
    "CASE": "CASE WHEN is_long THEN has_form ELSE FALSE END",
    "IF": "IF(is_long, has_form, FALSE)",
    "division": "hours / 2 > 1",
    "modulo": "guests % 2 = 0",
    "CAST": "CAST(weather AS INT) > 1",
    "TRY_CAST": "TRY_CAST(weather AS INT) > 1",
    "double colon": "weather::int > 1",
    "DATE": "day >= DATE '2026-01-01'",
    "TIMESTAMP": "ended_at >= TIMESTAMP '2026-01-01 00:00:00'",
    "EXTRACT": "EXTRACT(hour FROM ended_at) > 6",
    "AT TIME ZONE": "ended_at AT TIME ZONE 'UTC' > began_at",
    "unknown function": "SHRUG(weather) = 'wet'",
    "LOWER": "LOWER(weather) = 'wet'",
    "concatenation": "weather || 'x' = 'wetx'",
    "joined literals": "weather = 'w' 'et'",
    "array": "guests = ARRAY[1]",
    "tuple": "(guests, hours) = (1, 2)",
    "element": "rooms[0] = 'hall'",
    "JSON path": "weather -> 'a' = 'b'",
    "lambda": "weather -> guests",
    "placeholder": "guests = ?",
    "parameter": "guests = @x",
    "star": "*",
    "qualified fact": "visit.has_form",
    "dollar quotes": "weather = $$wet$$",
    "bitwise": "guests & 1 = 1",
    "SYMMETRIC": "guests BETWEEN SYMMETRIC 2 AND 1",
    "COLLATE": "weather COLLATE NOCASE = 'wet'",
    "Python": "__import__('os').system('true')",
    "template": "guests = {{ 1 }}",
    "text direction": "weather = 'wet\u202e'",
    "NUL": "weather = '\x00'",
    "homoglyph": "hаs_form",  # noqa: RUF001 - a Cyrillic letter in it, on purpose
    "empty": "",
    "blank": " \n ",
    "open quotation": "weather = 'wet",
    "open bracket": "(has_form",
    "a hundred brackets": "(" * 100 + "has_form" + ")" * 100,
    "a thousand brackets": "(" * 1000 + "has_form" + ")" * 1000,
    "too long": " AND ".join(["has_form"] * 200),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_whatever_is_not_permitted_is_refused_before_polars_sees_it(
    text: str, visit: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    monkeypatch.setattr(pl, "sql_expr", seen.append)

    with pytest.raises(PredicateError) as refusal:
        compile_predicate(text, visit)

    assert seen == []
    assert all(fault and "\n" not in fault for fault in refusal.value.faults)


def test_no_address_is_called_and_no_file_is_looked_for(visit: Subject, tmp_path: Path) -> None:
    present, absent = tmp_path / "present.csv", tmp_path / "absent.csv"
    present.write_text("a\n1\n")
    faults = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/a.csv"
        for place in (present, absent, address):
            with pytest.raises(PredicateError) as refusal:
                compile_predicate("guests IN (SELECT a FROM read_csv('PLACE'))".replace("PLACE", str(place)), visit)
            faults.append(refusal.value.faults)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert faults[0] == faults[1] == faults[2]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("has_from", "unknown fact 'has_from'; did you mean 'has_form'?"),
        ("Has_form", "unknown fact 'Has_form'; did you mean 'has_form'?"),
        (
            "visit.has_form",
            "unknown fact 'visit.has_form'; a fact is written by its name alone; did you mean 'has_form'?",
        ),
        ("SUM(guests) > 1", "SUM is not permitted: whatever looks at several rows is a fact, never SQL in a rule"),
        ("NOW() > ended_at", "NOW is not permitted: no rule reads the clock; as_of is compared with due_at for you"),
        ("SHRUG(guests)", "SHRUG is not permitted: see the permitted SQL in rules/README.md"),
        (
            "guests IN (SELECT 1)",
            "IN with query is not permitted: a rule reads only the facts of its subject, no table and no file",
        ),
        ("has_form -- yes", "holds a comment; write it above the key, after a #"),
        ("weather = 'wet\u200b'", "holds an invisible character (U+200B); delete it"),
        ("has_form AND", "cannot be read as SQL near 'AND' (character 12); see the permitted SQL in rules/README.md"),
    ],
)
def test_a_refusal_names_the_fault_and_the_remedy(text: str, fault: str, visit: Subject) -> None:
    with pytest.raises(PredicateError) as refusal:
        compile_predicate(text, visit)

    assert refusal.value.faults == [fault]


def test_every_fault_of_a_predicate_is_reported_at_once(visit: Subject) -> None:
    with pytest.raises(PredicateError) as refusal:
        compile_predicate("has_from AND SUM(guests) > 1 AND wether = 'wet'", visit)

    assert refusal.value.faults == [
        "unknown fact 'has_from'; did you mean 'has_form'?",
        "SUM is not permitted: whatever looks at several rows is a fact, never SQL in a rule",
        "unknown fact 'wether'; did you mean 'weather'?",
    ]
