"""What is judged part by part comes out as if it had been judged at once."""

from pathlib import Path

import polars as pl
import pytest

from checker.config import Config
from checker.evaluation import Evaluation, evaluate, idle_rules, judge, together
from checker.models import Outcome
from checker.pipeline.order import Order, Prepared, prepare
from checker.pipeline.sweep import parts_of_sweep

SAMPLES = Path(__file__).parents[2] / "sample_data"
OF_CHILDREN = {"child", "missing_child", "missing_episode"}


def in_parts(prepared: Prepared, swept: pl.Series, size: int) -> Evaluation:
    pack, context = prepared.pack, prepared.context
    idle = idle_rules(pack, prepared.tables, context)
    running = [rule for rule in pack.rules if rule.rule.id not in idle]
    parts = parts_of_sweep(prepared, running, swept, size)
    judged = [each for part in parts for each in judge(running, part.subjects, part.tables, context)]
    return together(pack, idle, judged)


@pytest.mark.parametrize(("sample", "size"), [("messy", 20), ("nightly", 250), ("backlog-580", 100)])
def test_parts_of_an_extract_give_the_verdicts_of_the_whole(sample: str, size: int) -> None:
    prepared = prepare(Order(SAMPLES / sample, None, Config(), None))
    whole = evaluate(prepared.pack, prepared.tables, prepared.context)
    swept = prepared.tables.incidents.select("incident_ref").collect().to_series()
    parted = in_parts(prepared, swept, size)
    met = prepared.validated.tables["children"].accepted.get_column("child_ref").unique()
    of_children = [rule.rule.id for rule in prepared.pack.rules if rule.rule.subject in OF_CHILDREN]
    is_swept = ~pl.col("rule_id").is_in(of_children) | pl.col("child_ref").is_in(met.implode())
    assert parted.findings.equals(whole.findings.filter(is_swept))
    for rule_id, result in whole.results.items():
        if rule_id not in of_children:
            assert parted.results[rule_id] == result


def test_a_sweep_of_some_incidents_gives_their_verdicts_as_the_whole_extract_does() -> None:
    """Every third incident: what it looks back on, and the forms and duplicates of others, are still there."""
    prepared = prepare(Order(SAMPLES / "nightly", None, Config(), None))
    whole = evaluate(prepared.pack, prepared.tables, prepared.context)
    swept = prepared.tables.incidents.select("incident_ref").collect().to_series().gather_every(3)
    some = in_parts(prepared, swept, 100)
    own = pl.col("incident_ref").is_in(swept.implode())
    of_incidents = [rule.rule.id for rule in prepared.pack.rules if rule.rule.subject not in OF_CHILDREN]
    told = pl.col("rule_id").is_in(of_incidents)
    assert some.findings.filter(told).equals(whole.findings.filter(told & own))
    assert some.findings.filter(told).height > 20
    counts = some.results["CLO001"].counts
    assert counts is not None
    assert sum(counts.values()) == swept.len()
    assert counts[Outcome.FINDING] < (whole.results["CLO001"].counts or {})[Outcome.FINDING]


def test_a_part_that_was_judged_is_not_planned_again() -> None:
    prepared = prepare(Order(SAMPLES / "messy", None, Config(), None))
    swept = prepared.validated.tables["incidents"].accepted.get_column("incident_ref")
    running = prepared.pack.rules
    names = [part.name for part in parts_of_sweep(prepared, running, swept, 50)]
    assert names == ["their history", "incidents 1 to 50", f"incidents 51 to {swept.len()}", "their children"]
    some = parts_of_sweep(prepared, running, swept, 50, done=names[1:2])
    assert [part.name for part in some] == [names[0], names[2], names[3]]
    none = parts_of_sweep(prepared, running, swept, 50, done=names[1:3])
    assert [part.name for part in none] == ["their children"]
