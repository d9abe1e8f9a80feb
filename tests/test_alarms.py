"""An alarm is raised where an extract as a whole looks wrong, and not where a night merely differs from the last."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.alarms import Earlier, systemic_alarms
from checker.models import Outcome, RuleResult, RuleStatus, RunRecord, TableCounts
from tests.report.made_up import run_of


def record(rows: int = 100, rejected: int = 0, findings: int | None = 10) -> RunRecord:
    """A record of one table and one rule; None: the rule did not run."""
    counts = None if findings is None else dict.fromkeys(Outcome, 0) | {Outcome.FINDING: findings}
    result = RuleResult("REF001", RuleStatus.RUN if counts else RuleStatus.NOT_RUN, counts=counts)
    table = TableCounts("children.csv", "0" * 64, rows, rows - rejected, rejected, 0, 0)
    return replace(run_of().record, tables={"children": table}, rules={"REF001": result})


def nights(*findings: int) -> Earlier:
    """Nights with these findings, the last of 100 rows."""
    return Earlier({"children": 100}, {"REF001": findings})


@pytest.mark.parametrize(("rejected", "alarms"), [(5, ()), (6, ("children lost 6 of 100 rows to rejection",))])
def test_a_table_that_lost_more_than_one_row_in_twenty(rejected: int, alarms: tuple[str, ...]) -> None:
    assert systemic_alarms(record(rejected=rejected), Earlier()) == alarms


@pytest.mark.parametrize(
    ("rows", "alarms"), [(50, ()), (49, ("children has 49 rows and had 100 in the last run",)), (500, ())]
)
def test_a_table_that_shrank_by_more_than_half(rows: int, alarms: tuple[str, ...]) -> None:
    assert systemic_alarms(record(rows=rows), Earlier({"children": 100})) == alarms


def test_a_table_that_is_no_longer_there() -> None:
    assert systemic_alarms(record(), Earlier({"children": 100, "plans": 40})) == (
        "plans has 0 rows and had 40 in the last run",
    )


def test_an_empty_table_after_an_empty_table_is_no_news() -> None:
    assert systemic_alarms(record(rows=0), Earlier({"children": 0})) == ()


RANGE = (8, 12, 10, 9, 11, 10, 10, 8, 12, 9, 11, 10, 10, 16)  # 8 to 16: a width of 8, half of which is 4


@pytest.mark.parametrize("found", [4, 5, 8, 16, 17, 20])
def test_findings_near_the_range_of_the_last_14_runs_are_no_jump(found: int) -> None:
    assert systemic_alarms(record(findings=found), nights(*RANGE)) == ()


@pytest.mark.parametrize("found", [0, 3, 21, 600])
def test_findings_far_outside_the_range_of_the_last_14_runs_are_a_jump(found: int) -> None:
    told = f"REF001 found {found}, and 8 to 16 in each of its last 14 runs"
    assert systemic_alarms(record(findings=found), nights(*RANGE)) == (told,)


def test_where_a_rule_always_finds_the_same_four_more_are_a_jump_and_three_are_not() -> None:
    assert systemic_alarms(record(findings=3), nights(*[0] * 14)) == ()
    told = "REF001 found 4, and 0 to 0 in each of its last 14 runs"
    assert systemic_alarms(record(findings=4), nights(*[0] * 14)) == (told,)


@pytest.mark.parametrize(("found", "is_jump"), [(25, True), (24, False), (4, False), (3, True)])
def test_before_there_were_14_runs_only_twice_the_most_or_half_the_least_is_a_jump(found: int, is_jump: bool) -> None:
    told = f"REF001 found {found}, and 8 to 12 in each of its last 3 runs"
    assert systemic_alarms(record(findings=found), nights(*RANGE[:3])) == ((told,) if is_jump else ())


def test_two_runs_are_no_range() -> None:
    assert systemic_alarms(record(findings=600), nights(*RANGE[:2])) == ()


def test_a_rule_that_did_not_run_has_not_jumped() -> None:
    assert systemic_alarms(record(findings=None), nights(*RANGE)) == ()
