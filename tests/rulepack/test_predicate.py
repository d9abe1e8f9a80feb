"""A predicate means in Polars what it means in three-valued logic, clause by clause."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.facts.engine import Fact, Subject
from checker.rulepack import compile_predicate
from checker.rulepack.guard import PredicateError

Row = dict[str, Any]
Truth = bool | None


@dataclass(frozen=True)
class Said:
    """A predicate as SQL, how tightly it binds (3 a condition, 2 NOT, 1 AND, 0 OR), and what it means for a row."""

    text: str
    binds: int
    means: Callable[[Row], Truth]

    def inside(self, binds: int) -> str:
        return self.text if self.binds >= binds else f"({self.text})"


def kleene_not(value: Truth) -> Truth:
    return None if value is None else not value


def kleene_and(left: Truth, right: Truth) -> Truth:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def kleene_or(left: Truth, right: Truth) -> Truth:
    return kleene_not(kleene_and(kleene_not(left), kleene_not(right)))


def compared(operation: Callable[[Any, Any], bool], left: Any, right: Any) -> Truth:
    return None if left is None or right is None else operation(left, right)


FACTS = Subject(
    "thing",
    "an invented subject",
    ("a",),
    lambda tables, _: tables.incidents,
    tuple(
        Fact(name, dtype, name, None, lambda _: pl.lit(None), nullable)
        for name, dtype, nullable in (
            ("a", pl.Boolean(), True),
            ("b", pl.Boolean(), True),
            ("sure", pl.Boolean(), False),
            ("n", pl.Int64(), True),
            ("x", pl.Float64(), True),
            ("word", pl.String(), True),
        )
    ),
)
VALUES: dict[str, list[Any]] = {
    "a": [True, False, None],
    "b": [True, False, None],
    "sure": [True, False],
    "n": [None, 0, 1, 2],
    "x": [None, 0.5, 1.0],
    "word": [None, "wet", "it's"],
}
ROWS: list[Row] = [dict(zip(VALUES, values, strict=True)) for values in itertools.product(*VALUES.values())]
FRAME = pl.DataFrame(ROWS, schema=FACTS.schema)
COMPARISONS = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def comparison(name: str, sign: str, number: float) -> Said:
    return Said(f"{name} {sign} {number}", 3, lambda row: compared(COMPARISONS[sign], row[name], number))


def of_words(sign: str, word: str) -> Said:
    quoted = word.replace("'", "''")
    return Said(f"word {sign} '{quoted}'", 3, lambda row: compared(COMPARISONS[sign], row["word"], word))


def one_of(name: str, numbers: list[float], *, negated: bool) -> Said:
    text = f"{name} {'NOT ' if negated else ''}IN ({', '.join(str(number) for number in numbers)})"
    return Said(text, 3, lambda row: compared(lambda value, listed: (value in listed) != negated, row[name], numbers))


def between(name: str, low: int, high: int, *, negated: bool) -> Said:
    text = f"{name} {'NOT ' if negated else ''}BETWEEN {low} AND {high}"
    bounds = (low, high)
    return Said(text, 3, lambda row: compared(lambda v, b: (b[0] <= v <= b[1]) != negated, row[name], bounds))


def is_null(name: str, *, negated: bool) -> Said:
    return Said(f"{name} IS {'NOT ' if negated else ''}NULL", 3, lambda row: (row[name] is None) != negated)


def fallen_back(name: str, *, fallback: bool) -> Said:
    return Said(f"COALESCE({name}, {str(fallback).upper()})", 3, lambda r: fallback if r[name] is None else r[name])


def calculated(name: str, sign: str, number: int) -> Said:
    calculation = {"+": operator.add, "-": operator.sub, "*": operator.mul}[sign]
    return Said(f"{name} {sign} {number} > n", 3, lambda row: _greater(row, calculation, name, number))


def _greater(row: Row, calculation: Callable[[Any, Any], Any], name: str, number: int) -> Truth:
    return None if row[name] is None else compared(operator.gt, calculation(row[name], number), row["n"])


NUMBERS = st.sampled_from([-1, 0, 0.5, 1, 2])
NUMBER_FACTS = st.sampled_from(["n", "x"])
LEAVES = st.one_of(
    st.sampled_from([Said(name, 3, lambda row, name=name: row[name]) for name in ("a", "b", "sure")]),
    st.builds(comparison, NUMBER_FACTS, st.sampled_from(list(COMPARISONS)), NUMBERS),
    st.builds(of_words, st.sampled_from(["=", "<>"]), st.sampled_from(["wet", "it's", "dry"])),
    st.builds(one_of, NUMBER_FACTS, st.lists(NUMBERS, min_size=1, max_size=3), negated=st.booleans()),
    st.builds(between, NUMBER_FACTS, st.integers(-1, 2), st.integers(-1, 2), negated=st.booleans()),
    st.builds(is_null, st.sampled_from(list(VALUES)), negated=st.booleans()),
    st.builds(fallen_back, st.sampled_from(["a", "b"]), fallback=st.booleans()),
    st.builds(calculated, NUMBER_FACTS, st.sampled_from(["+", "-", "*"]), st.integers(0, 3)),
    st.just(Said("a = b", 3, lambda row: compared(operator.eq, row["a"], row["b"]))),
    st.just(Said("a <> (n > 1)", 3, lambda row: compared(operator.ne, row["a"], compared(operator.gt, row["n"], 1)))),
)


def negation(part: Said) -> Said:
    return Said(f"NOT {part.inside(2)}", 2, lambda row: kleene_not(part.means(row)))


def conjunction(left: Said, right: Said) -> Said:
    text = f"{left.inside(1)} AND {right.inside(2)}"
    return Said(text, 1, lambda row: kleene_and(left.means(row), right.means(row)))


def disjunction(left: Said, right: Said) -> Said:
    text = f"{left.inside(0)} OR {right.inside(1)}"
    return Said(text, 0, lambda row: kleene_or(left.means(row), right.means(row)))


PREDICATES = st.recursive(
    LEAVES,
    lambda parts: st.one_of(
        st.builds(negation, parts), st.builds(conjunction, parts, parts), st.builds(disjunction, parts, parts)
    ),
    max_leaves=6,
)


@given(PREDICATES)
def test_a_predicate_means_what_three_valued_logic_says(said: Said) -> None:
    predicate = compile_predicate(said.text, FACTS)

    values = FRAME.select(predicate.expression).to_series().to_list()

    assert values == [said.means(row) for row in ROWS]
    if not predicate.can_be_unknown:
        assert None not in values


@given(PREDICATES)
def test_every_clause_read_by_itself_means_what_it_means_in_its_place(said: Said) -> None:
    predicate = compile_predicate(said.text, FACTS)

    assert predicate.clauses[0].depth == 0
    for clause in predicate.clauses:
        again = compile_predicate(clause.text, FACTS)
        together = FRAME.select(clause.expression.alias("in place"), again.expression.alias("by itself"))
        assert together["in place"].equals(together["by itself"], null_equal=True)


def test_clauses_stand_in_reading_order_each_under_the_clause_that_it_is_part_of() -> None:
    predicate = compile_predicate("n > 1 OR (word IS NOT NULL AND NOT (a or b)) OR word NOT IN ('wet')", FACTS)

    assert [(clause.depth, clause.text) for clause in predicate.clauses] == [
        (0, "n > 1 OR (word IS NOT NULL AND NOT (a OR b)) OR word NOT IN ('wet')"),
        (1, "n > 1"),
        (1, "word IS NOT NULL AND NOT (a OR b)"),
        (2, "word IS NOT NULL"),
        (2, "NOT (a OR b)"),
        (3, "a OR b"),
        (4, "a"),
        (4, "b"),
        (1, "word NOT IN ('wet')"),
    ]
    assert predicate.facts == ("n", "word", "a", "b")


def test_a_clause_shows_true_false_or_unknown_for_one_row() -> None:
    predicate = compile_predicate("a AND NOT b", FACTS)
    row = FRAME.filter(pl.col("a"), pl.col("b").is_null()).head(1)

    values = [(clause.text, row.select(clause.expression).item()) for clause in predicate.clauses]

    assert values == [("a AND NOT b", None), ("a", True), ("NOT b", None), ("b", None)]


@pytest.mark.parametrize(
    ("text", "can_be_unknown"),
    [
        ("sure", False),
        ("a", True),
        ("a AND sure", True),
        ("NOT a", True),
        ("a IS NULL", False),
        ("COALESCE(a, FALSE)", False),
        ("COALESCE(a, b)", True),
        ("COALESCE(a, sure)", False),
        ("n > 1 OR sure", True),
        ("COALESCE(n, 0) + 1 > 1", False),
        ("word IN ('wet')", True),
        ("TRUE", False),
    ],
)
def test_a_predicate_says_whether_it_can_be_unknown(text: str, can_be_unknown: bool) -> None:
    assert compile_predicate(text, FACTS).can_be_unknown is can_be_unknown


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("guests > 'two'", "guests > 'two': a number cannot be compared with text"),
        ("ended_at >= '2026-01-01'", "ended_at >= '2026-01-01': a date-time cannot be compared with text"),
        ("day > ended_at", "day > ended_at: a date cannot be compared with a date-time"),
        ("has_form = 1", "has_form = 1: yes/no cannot be compared with a number"),
        ("guests IN (1, 'two')", "guests IN (1, 'two'): a number cannot be compared with text"),
        ("guests BETWEEN 1 AND 'two'", "guests BETWEEN 1 AND 'two': a number cannot be compared with text"),
        ("COALESCE(has_form, 0)", "COALESCE(has_form, 0): yes/no cannot be compared with a number"),
        ("guests", "gives a number, not yes/no; compare it with something"),
        ("weather", "gives text, not yes/no; compare it with something"),
        ("NOT guests", "NOT guests: NOT takes what is yes or no; compare the rest with something"),
        ("has_form AND guests", "has_form AND guests: AND takes what is yes or no; compare the rest with something"),
        ("weather > 'dry'", "weather > 'dry': what is text has no order; compare it with =, <> or IN"),
        ("has_form < is_long", "has_form < is_long: what is yes/no has no order; compare it with =, <> or IN"),
        ("has_form = guests > 1", "has_form = guests > 1: put brackets round a condition that is compared"),
        ("weather = NULL", "NULL: nothing equals NULL; write IS NULL or IS NOT NULL"),
        ("weather IN (season)", "weather IN (season): IN takes a list of texts or of numbers, neither facts nor NULL"),
        ("guests > 1e3", "1e3: write a number plainly, for example 24, 0.5 or -1"),
        ("guests > 99999999999999999999", "99999999999999999999: write a number plainly, for example 24, 0.5 or -1"),
        ("weather + 1 > 2", "weather + 1: cannot calculate with text and a number"),
        ("rooms = rooms", "rooms = rooms: is of a kind that no rule can use"),
        ("guests + weather * 2 > 1", "weather * 2: cannot calculate with text and a number"),
        ("guests > 'a\nb'", "guests > 'a b': a number cannot be compared with text"),
        ("weather IN ()", "cannot be judged: unable to parse 'weather IN ()' as Expr"),
        ("rooms = 'hall'", "rooms = 'hall': of a kind that no rule can use cannot be compared with text"),
        (
            "ended_at > began_at + INTERVAL '1 day'",
            "INTERVAL '1' DAY: a length of time is in whole hours, INTERVAL '72 hours': days are not all alike",
        ),
        (
            "has_form IS TRUE",
            "has_form IS TRUE: only IS NULL and IS NOT NULL are permitted; write the fact by itself, or NOT before it",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused_with_the_clause_and_the_remedy(
    text: str, fault: str, visit: Subject
) -> None:
    with pytest.raises(PredicateError) as refusal:
        compile_predicate(text, visit)

    assert refusal.value.faults == [fault]


@pytest.mark.parametrize(
    "text", ["ended_at > began_at + INTERVAL '23 hours'", "ended_at - began_at > INTERVAL '23' HOUR"]
)
def test_a_length_of_time_is_elapsed_hours_across_a_clock_change(text: str, visit: Subject) -> None:
    # The clocks go back at 01:00 UTC on 25 October 2026; 23:30 on the 24th to 22:30 on the 25th UTC is 23 hours.
    predicate = compile_predicate(text, visit)
    ended = ["2026-10-25T22:30:00Z", "2026-10-25T22:30:01Z", None]
    frame = pl.DataFrame({"began_at": ["2026-10-24T23:30:00Z"] * 3, "ended_at": ended})
    instants = frame.select(pl.all().str.to_datetime(time_unit="us", time_zone="UTC"))

    assert instants.select(predicate.expression).to_series().to_list() == [False, True, None]
