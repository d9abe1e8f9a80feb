"""The digest of what a verdict rests on changes with a fact or the meaning of the rule, and with nothing else."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from checker.evidence_digest import evidence_digests
from checker.facts import SUBJECTS
from checker.facts.engine import Fact, Subject
from checker.rulepack import CompiledRule, compile_predicate, load_rules
from tests.command import ROOT

PACK = load_rules(ROOT / "rules", SUBJECTS)
INSTANT = pl.Datetime("us", "UTC")
MORNING = datetime(2026, 11, 21, 9, 0, 0, 250_000, tzinfo=UTC)
KINDS = {"flag": pl.Boolean(), "word": pl.String(), "number": pl.Float64(), "whole": pl.Int64(), "day": pl.Date()}
FACTS = KINDS | {"at": INSTANT, "due": INSTANT}
ROW = {
    "flag": True,
    "word": 'é "x"',
    "number": 0.1 + 0.2,
    "whole": -3,
    "day": date(2026, 2, 1),
    "at": MORNING,
    "due": MORNING,
}


def rule(applies: str, violation: str, renamed: str = "") -> CompiledRule:
    """REF001 with other predicates, about facts whose names may be made longer."""
    facts = (Fact(name + renamed, dtype, name, None, lambda _: pl.lit(None)) for name, dtype in FACTS.items())
    table = Subject("thing", "an invented subject", ("word",), lambda tables, _: tables.incidents, tuple(facts))
    compiled = PACK.rule("REF001")
    return replace(
        compiled,
        rule=replace(compiled.rule, due_at=f"due{renamed}"),
        applies=compile_predicate(applies, table),
        violation=compile_predicate(violation, table),
    )


def digest(judged: CompiledRule, renamed: str = "", **values: Any) -> str:
    row = pl.DataFrame([ROW | values], schema=FACTS)
    return str(evidence_digests(judged, row.rename(lambda name: name + renamed)).item())


def test_a_digest_is_of_a_plain_text_and_is_the_same_for_ever() -> None:
    """Worked out by hand: the rule, what it means, and what it read, each fact by its place."""
    judged = rule("flag AND word IN ('a', 'b')", "number * 2 > 0.50 OR NOT (at IS NULL OR whole <= -1) OR due > at")
    said = (
        '["REF001",["and",["fact",0],["in",["fact",1],["text","a"],["text","b"]]],'
        '["or",["gt",["mul",["fact",2],["number","2"]],["number","0.5"]],'
        '["not",["or",["is",["fact",3],["null"]],["lte",["fact",4],["neg",["number","1"]]]]],'
        '["gt",["due"],["fact",3]]]]'
    )
    read = '[true,"\\u00e9 \\"x\\"",0.30000000000000004,{"instant":"2026-11-21T09:00:00.250000+00:00"},-3]'
    assert digest(judged) == hashlib.sha256((said + read).encode()).hexdigest()
    unknown = digest(judged, flag=None, word=None, number=None, at=None, whole=None)
    assert unknown == hashlib.sha256((said + "[null,null,null,null,null]").encode()).hexdigest()
    day = rule("day IS NOT NULL", "due - at > INTERVAL '72 hours'")
    said = '["REF001",["not",["is",["fact",0],["null"]]],["gt",["sub",["due"],["fact",1]],["hours",72]]]'
    read = '[{"date":"2026-02-01"},{"instant":"2026-11-21T09:00:00.250000+00:00"}]'
    assert digest(day) == hashlib.sha256((said + read).encode()).hexdigest()


def test_the_digests_of_todays_rules_are_what_they_were() -> None:
    """Whoever changes one of these brings every finding back that a supervisor has settled."""
    facts = {"is_domestic_abuse": [True, None], "is_child": [True, True], "is_covered": [False, False]}
    assert evidence_digests(PACK.rule("REF001"), pl.DataFrame(facts)).to_list() == [
        "c86fba2a67f4f7c69d814597337ff836beeb9b34803959aef26192866392c66a",
        "7563ba8cef102c888cdf6fe04bb3448d5c05b1bbaac389fd4efa9744f86d94c9",
    ]
    closed = pl.DataFrame(
        {"is_domestic_abuse": True, "closed_at": MORNING, "closure_due_at": MORNING, "status": "closed"},
        schema_overrides={"closed_at": INSTANT},
    )
    assert evidence_digests(PACK.rule("CLO002"), closed).to_list() == [
        "4036fce0732f2c568fa3f0c72424e7b13c3f33b63f2bb0553178e657bf550f67"
    ]


@pytest.mark.parametrize(
    ("applies", "violation"),
    [
        ("  flag\n AND   word IN ( 'a' ,'b' )", "NOT flag OR number<>1.0"),
        ("flag and word in ('a','b')", "((NOT (flag))) OR (number != 1)"),
        ("(flag AND (word IN ('a', 'b')))", '(NOT "flag") OR number <> 1.000'),
    ],
)
def test_how_a_condition_is_typed_does_not_count(applies: str, violation: str) -> None:
    assert digest(rule(applies, violation)) == digest(rule("flag AND word IN ('a', 'b')", "NOT flag OR number <> 1"))


def test_brackets_within_one_and_do_not_count_and_others_do() -> None:
    flat = digest(rule("flag AND word = 'a' AND whole = 1", "flag"))
    assert digest(rule("flag AND (word = 'a' AND whole = 1)", "flag")) == flat
    assert digest(rule("flag AND (word = 'a' OR whole = 1)", "flag")) != digest(
        rule("(flag AND word = 'a') OR whole = 1", "flag")
    )


def test_a_renamed_fact_does_not_count() -> None:
    text = "flag{0} AND at{0} < due{0}", "whole{0} > 2"
    before, after = (rule(*(each.format(more) for each in text), more) for more in ("", "_in_other_words"))
    assert digest(after, "_in_other_words") == digest(before)


def test_words_of_the_rule_and_its_release_do_not_count() -> None:
    judged = rule("flag", "word = 'a'")
    words = {"guidance": "Do it.", "evidence": (), "name": "other", "file": "other/REF001.toml", "owner": "somebody"}
    said = replace(judged.rule, **words, message={}, effective_from=date(2020, 1, 1))
    assert digest(replace(judged, rule=said)) == digest(judged)


@pytest.mark.parametrize(
    ("applies", "violation"),
    [
        ("flag", "word = 'b'"),
        ("flag", "word <> 'a'"),
        ("NOT flag", "word = 'a'"),
        ("flag OR whole = 1", "word = 'a'"),
        ("word = 'a'", "flag"),
        ("flag", "word = 'a' AND due > at"),
    ],
)
def test_another_meaning_counts(applies: str, violation: str) -> None:
    assert digest(rule(applies, violation)) != digest(rule("flag", "word = 'a'"))


def test_another_rule_of_the_same_meaning_counts() -> None:
    judged = rule("flag", "word = 'a'")
    assert digest(replace(judged, rule=replace(judged.rule, id="REF002"))) != digest(judged)


def test_the_due_time_is_left_out_wherever_it_is_read() -> None:
    judged = rule("flag", "at > due")
    assert digest(judged, due=MORNING + timedelta(hours=1)) == digest(judged)
    assert digest(judged, at=MORNING + timedelta(microseconds=1)) != digest(judged)


def test_the_same_value_is_the_same_however_it_is_kept() -> None:
    judged = rule("number > 1", "at > due")
    london = pl.DataFrame([ROW | {"number": -0.0}], schema=FACTS).with_columns(
        pl.col("at").dt.convert_time_zone("Europe/London")
    )
    assert evidence_digests(judged, london).item() == digest(judged, number=0.0)


def test_no_row_and_a_rule_that_reads_nothing_have_digests_too() -> None:
    judged = rule("flag", "word = 'a'")
    assert evidence_digests(judged, pl.DataFrame(schema=FACTS)).to_list() == []
    assert evidence_digests(judged, pl.DataFrame(schema=FACTS)).dtype == pl.String
    of_none = evidence_digests(rule("TRUE", "TRUE"), pl.DataFrame([ROW, ROW], schema=FACTS))
    assert of_none.len() == 2
    assert of_none.n_unique() == 1


@pytest.mark.parametrize("judged", PACK.rules, ids=lambda each: each.rule.id)
def test_each_fact_that_a_rule_of_the_pack_reads_counts(judged: CompiledRule) -> None:
    others = {pl.Boolean: (True, False), pl.String: ("a", "b"), pl.Datetime: (MORNING, MORNING + timedelta(days=1))}
    schema = SUBJECTS[judged.rule.subject].schema
    read = {name: schema[name] for name in (*judged.applies.facts, *judged.violation.facts)}
    first = {name: others[dtype.base_type()][0] for name, dtype in read.items()}
    rows = [first]
    for name in read.keys() - {judged.rule.due_at}:
        rows += [first | {name: others[read[name].base_type()][1]}, first | {name: None}]
    digests = evidence_digests(judged, pl.DataFrame(rows, schema=read))
    assert digests.n_unique() == len(rows) >= 3
