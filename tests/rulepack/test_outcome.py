"""The outcome of a rule is the table of rules.md, "Outcomes, judged in this order", in all its 36 cases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import polars as pl
import pytest

from checker.facts import Subject
from checker.rulepack import load_rules
from checker.rulepack.pack import OUTCOME_TYPE

AS_OF = datetime(2026, 11, 22, 2, tzinfo=UTC)
DUE = {
    "unknown": None,
    "a microsecond later": AS_OF + timedelta(microseconds=1),
    "exactly now": AS_OF,
    "a microsecond ago": AS_OF - timedelta(microseconds=1),
}
# applies, violation: the outcome for each due time, in the order of DUE; written down from the table by hand.
EXPECTED = {
    (False, False): ["out_of_scope"] * 4,
    (False, True): ["out_of_scope"] * 4,
    (False, None): ["out_of_scope"] * 4,
    (None, False): ["out_of_scope"] * 4,
    (True, False): ["pass"] * 4,
    (True, True): ["undetermined", "not_due", "not_due", "finding"],
    (True, None): ["undetermined", "not_due", "not_due", "undetermined"],
    (None, True): ["undetermined", "not_due", "not_due", "undetermined"],
    (None, None): ["undetermined", "not_due", "not_due", "undetermined"],
}


@pytest.fixture
def cases() -> pl.DataFrame:
    rows = [(applies, violation, due) for applies, violation in EXPECTED for due in DUE.values()]
    schema = {"is_wet": pl.Boolean, "has_form": pl.Boolean, "ended_at": pl.Datetime("us", "UTC")}
    return pl.DataFrame(rows, schema=schema, orient="row")


@pytest.fixture
def rule_folder(folder: Path) -> Path:
    file = folder / "referral" / "REF001.toml"
    text = file.read_text().replace('"is_long"', '"is_wet"').replace('"NOT has_form"', '"has_form"')
    text = text.replace('"form_due_at"', '"ended_at"').replace("{ has_form", "{ is_wet = true, has_form")
    file.write_text(text)
    return folder


def test_every_case_comes_out_as_the_specification_says(
    rule_folder: Path, tables: dict[str, Subject], cases: pl.DataFrame
) -> None:
    (rule,) = load_rules(rule_folder, tables).rules

    outcomes = cases.select(rule.outcome(AS_OF)).to_series()

    assert outcomes.to_list() == [outcome for row in EXPECTED.values() for outcome in row]
    assert outcomes.name == "outcome"
    assert outcomes.dtype == OUTCOME_TYPE


def test_as_of_is_an_instant_in_whatever_time_zone(
    rule_folder: Path, tables: dict[str, Subject], cases: pl.DataFrame
) -> None:
    (rule,) = load_rules(rule_folder, tables).rules
    elsewhere = AS_OF.astimezone(timezone(timedelta(hours=5)))

    assert cases.select(rule.outcome(elsewhere)).equals(cases.select(rule.outcome(AS_OF)))
    with pytest.raises(ValueError, match="no time zone"):
        rule.outcome(datetime(2026, 11, 22, 2))


def test_the_outcome_is_part_of_a_lazy_plan_without_python(
    rule_folder: Path, tables: dict[str, Subject], cases: pl.DataFrame
) -> None:
    (rule,) = load_rules(rule_folder, tables).rules
    plan = cases.lazy().with_columns(rule.outcome(AS_OF))

    assert "PYTHON" not in plan.explain().upper()
    assert plan.collect(engine="streaming").equals(plan.collect(engine="in-memory"))
