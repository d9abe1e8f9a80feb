"""A settled finding comes back when a fact that its rule reads changes, and not when anything is worded otherwise."""

from __future__ import annotations

import json
import tomllib
from datetime import date, datetime
from functools import partial
from pathlib import Path
from shutil import copytree
from typing import Any

import polars as pl
import pytest
import time_machine
from sqlalchemy import text

from checker.config import Config
from checker.models import Decision, Disposition, Outcome, Run, RunKind, Selection
from checker.pipeline.order import Order
from checker.pipeline.run import run_report
from checker.report.worklist import in_order
from checker.store import Attempt, Store, SweptPart, opened, upgraded
from checker.store.engine import connect, writing
from tests.command import ROOT, small_extract
from tests.first_rules import first_rules
from tests.store.decided import disposition
from tests.store.told import RULE, run, statuses

READ_ON = datetime.fromisoformat("2026-11-22T09:00+00:00")
PROSE = ("owner", "basis", "source", "summary", "guidance", "known_limits", "likely_cause")
REPORTED = "2026-11-10T10:00"


def settle_all(store: Store, done: Run) -> None:
    """Decide that each line of a run is no exception, a few hours after the extract."""
    said = [
        Disposition(
            **{name: line[name] for name in ("finding_id", "rule_id", "incident_ref", "child_ref")},
            run=done.record.number or 0,
            decision=Decision.NOT_AN_EXCEPTION,
            reason="seen by the hub",
            reference=None,
            decided_by="DS Example",
            file="exceptions.xlsx",
            file_sha256="ab" * 32,
            sheet="Exceptions",
            row=6 + place,
        )
        for place, line in enumerate(done.findings.filter(pl.col("outcome") != Outcome.NOT_DUE.value).to_dicts())
    ]
    with time_machine.travel(READ_ON):
        found = store.decide(said)
    assert (len(found.taken), found.problems) == (len(said), ())


def counted(done: Run) -> dict[str, int]:
    """How many lines for a person have each status."""
    lines = done.findings.filter(pl.col("outcome") != Outcome.NOT_DUE.value)
    return {str(status): count for status, count in lines.group_by("status").len().iter_rows()}


def in_toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {in_toml(each)}" for name, each in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(map(in_toml, value))}]"
    return value.isoformat() if isinstance(value, date) else json.dumps(value)


def reworded(folder: Path) -> Path:
    """The pack with every sentence said otherwise, its keys in another order, and its conditions typed otherwise."""
    pack = copytree(ROOT / "rules", folder / "reworded")
    for file in pack.glob("*/*.toml"):
        rule = tomllib.loads(file.read_text("utf-8"))
        said = {key: f"In other words: {rule[key]}" for key in PROSE if key in rule}
        said["message"] = {outcome: f"In other words: {sentence}" for outcome, sentence in rule["message"].items()}
        said |= {
            key: f"\n (  {rule[key].replace(' ', '   ').replace(',', ' ,')}  )" for key in ("applies", "violation")
        }
        said["evidence"] = ["child_in_words"] if rule["evidence"] == ["child_in_words"] else rule["evidence"][::-1][:1]
        lines = [f"{key} = {in_toml((rule | said)[key])}\n" for key in reversed(rule)]
        file.write_text("".join(lines), "utf-8")
    policy = pack / "policy.toml"
    policy.write_text(policy.read_text("utf-8").replace('version = "', 'version = "9'), "utf-8")
    return pack


def check(store: Store, folder: Path, extract: Path, rules: Path, moment: str | None = None, **policy: Any) -> Run:
    config = Config(rules=rules, policy=policy)
    return run_report(Order(extract, moment, config, None), folder / "report", store).run


def test_no_settled_finding_comes_back_when_every_sentence_of_the_pack_is_said_otherwise(tmp_path: Path) -> None:
    sample = ROOT / "sample_data" / "nightly"
    with opened(f"sqlite:///{tmp_path}/store.db") as store:
        first = check(store, tmp_path, sample, ROOT / "rules")
        settle_all(store, first)
        second = check(store, tmp_path, sample, reworded(tmp_path))
        assert second.record.number == 2
        assert counted(second) == {"settled": sum(counted(first).values())}
        assert counted(second)["settled"] > 150
        kept = ["finding_id", "outcome", "due_at", "evidence_digest"]
        assert second.findings.select(kept).equals(first.findings.select(kept))
        told = second.findings.join(first.findings, on="finding_id").filter(pl.col("outcome") != Outcome.NOT_DUE.value)
        assert told.filter(pl.col("message") == pl.col("message_right")).is_empty()
        assert told.filter(pl.col("evidence") != pl.col("evidence_right")).height > 150


INCIDENT = {
    "incident_ref": "I1",
    "reported_at": REPORTED,
    "closed_at": "",
    "closure_codes": "",
    "domestic_abuse": "yes",
    "status": "open",
    "incident_type": "DOMESTIC",
    "risk_level": "standard",
    "district": "North",
    "team": "One",
}


def extract_of(folder: Path, name: str, **changed: str) -> Path:
    """One incident without any child, as it was or with some of its columns changed."""
    values = INCIDENT | changed
    incidents = f"{','.join(values)}\n{','.join(values.values())}\n"
    return small_extract(
        folder / name, incidents=incidents, children="incident_ref,child_ref\n", plans=None, flags=None
    )


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, "settled"),
        ({"district": "South", "team": "Two", "risk_level": "high"}, "settled"),  # CLO002 reads none of them
        ({"status": "transferred"}, "evidence changed"),
        ({"status": "closed", "closed_at": "2026-11-12T10:00"}, "evidence changed"),
        ({"domestic_abuse": "", "incident_type": ""}, "evidence changed"),
        ({"reported_at": "2026-11-10T10:01"}, "evidence changed"),  # and with it the due time
    ],
)
def test_a_settled_finding_comes_back_with_each_fact_that_its_rule_reads(
    tmp_path: Path, changed: dict[str, str], status: str
) -> None:
    """CLO002: is_domestic_abuse, closed_at, status, and when the incident was to be closed."""
    moment = "2026-11-22T02:00"
    with opened(f"sqlite:///{tmp_path}/store.db") as store:
        first = check(store, tmp_path, extract_of(tmp_path, "first"), first_rules(), moment)
        assert first.findings.get_column("rule_id").to_list() == ["CLO002"]
        settle_all(store, first)
        second = check(store, tmp_path, extract_of(tmp_path, "second", **changed), first_rules(), "2026-11-23T02:00")
        assert second.findings.filter(rule_id="CLO002").get_column("status").to_list() == [status]


def evidence_lines(done: Run) -> list[str]:
    return str(in_order(done, done.findings).item(0, "evidence")).splitlines()


def test_another_due_time_of_the_policy_brings_it_back_and_says_so(store_url: str, tmp_path: Path) -> None:
    extract, moments = extract_of(tmp_path, "extract"), ("2026-11-22T02:00", "2026-11-23T02:00", "2026-11-24T02:00")
    with opened(store_url) as store:
        judge = partial(check, store, tmp_path, extract, first_rules())
        first = judge(moments[0])
        settle_all(store, first)
        second = judge(moments[1], closure_window_hours=48)
        assert counted(second) == {"evidence changed": 1}
        told = evidence_lines(second)
        assert told[0] == "Earlier decision, 22 Nov 2026, by DS Example: not an exception, data error (seen by the hub)"
        assert told[1] == "Since then the policy changed: it was due 11 Nov 2026, 10:00."
        assert [line.partition(":")[0] for line in told[2:]] == ["Decided upon", "Now"]
        # another policy that leaves the due time alone brings nothing back
        assert counted(judge(moments[2], flag_due_days=9)) == {"settled": 1}


def test_another_due_time_of_the_record_is_not_laid_on_the_policy(tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path}/store.db") as store:
        settle_all(store, check(store, tmp_path, extract_of(tmp_path, "a"), first_rules(), "2026-11-22T02:00"))
        later = extract_of(tmp_path, "b", reported_at="2026-11-10T10:01")
        second = check(store, tmp_path, later, first_rules(), "2026-11-23T02:00")
        assert counted(second) == {"evidence changed": 1}
        assert not any("policy" in line for line in evidence_lines(second))
        other = extract_of(tmp_path, "c", status="transferred")
        third = check(store, tmp_path, other, first_rules(), "2026-11-24T02:00", closure_window_hours=48)
        assert counted(third) == {"evidence changed": 1}
        assert not any("policy" in line for line in evidence_lines(third))


def as_before_digests(url: str) -> None:
    """Turn a store into what the release before digests has left, and bring it up to date."""
    engine = connect(url)
    with writing(engine) as connection:
        for column in ("evidence_digest", "digest_since"):
            connection.execute(text(f"ALTER TABLE verdicts DROP COLUMN {column}"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0005'"))
    engine.dispose()
    upgraded(url)


def other_words(folder: Path) -> Config:
    """The first rules, of which REF001 says less of the evidence."""
    pack = copytree(first_rules(), folder / "other-words")
    file = pack / "referral" / "REF001.toml"
    words = file.read_text("utf-8")
    file.write_text(words.replace('evidence = ["domestic_abuse_in_words", ', "evidence = ["), "utf-8")
    assert file.read_text("utf-8") != words
    return Config(rules=pack)


def test_a_line_of_before_there_were_digests_is_compared_by_its_sentence_once(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        first = run(store, tmp_path, 1, a="F", b="F").run
        store.decide([disposition(first, "a", Decision.NO_REFERRAL_REQUIRED, reason="a reason")])
        run(store, tmp_path, 2, a="F", b="F")
    as_before_digests(store_url)
    with opened(store_url) as store:
        before = store.load(2)
        assert statuses(before) == {"a": "settled", "b": "still open"}
        assert before.findings.get_column("evidence_digest").null_count() == before.findings.height
        assert statuses(run(store, tmp_path, 3, a="F", b="F").run)["a"] == "settled"
        words = other_words(tmp_path)
        assert statuses(run(store, tmp_path, 4, config=words, a="F", b="F").run)["a"] == "settled"
        assert statuses(run(store, tmp_path, 5, config=words, a="U", b="F").run)["a"] == "evidence changed"
        assert statuses(run(store, tmp_path, 6, config=words, a="F", b="F").run)["a"] == "settled"
        for number, word in enumerate(("settled", "settled", "settled", "evidence changed", "settled"), start=2):
            assert statuses(store.load(number))["a"] == word, number
        assert store.load(2).findings.equals(before.findings)


def test_how_a_run_stood_to_a_line_without_a_digest_stays_as_it_was(store_url: str, tmp_path: Path) -> None:
    """Night 2 words it otherwise, so that it comes back; the digest that the line has from night 3 on is no matter."""
    with opened(store_url) as store:
        first = run(store, tmp_path, 1, a="F").run
        store.decide([disposition(first, "a", Decision.NO_REFERRAL_REQUIRED, reason="a reason")])
    as_before_digests(store_url)
    with opened(store_url) as store:
        second = run(store, tmp_path, 2, config=other_words(tmp_path), a="F").run
        third = run(store, tmp_path, 3, a="F").run
        assert (statuses(second), statuses(third)) == ({"a": "evidence changed"}, {"a": "settled"})
        assert statuses(store.load(2)) == {"a": "evidence changed"}
        digests = [each.findings.filter(rule_id=RULE).item(0, "evidence_digest") for each in (second, third)]
        assert digests[0] == digests[1]


def test_a_decision_in_a_list_of_before_there_were_digests_is_taken_and_holds(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        first = run(store, tmp_path, 1, a="F", b="F").run
    as_before_digests(store_url)
    with opened(store_url) as store:
        run(store, tmp_path, 2, a="F", b="U")
        said = [disposition(first, story, Decision.NO_REFERRAL_REQUIRED, reason="a reason") for story in "ab"]
        found = store.decide(said)
        assert [each.finding_id for each in found.taken] == [said[0].finding_id]
        assert "its evidence has changed since run 1" in [problem.fault for problem in found.problems]
        assert statuses(run(store, tmp_path, 3, config=other_words(tmp_path), a="F", b="F").run)["a"] == "settled"


def test_a_decision_in_an_older_list_is_taken_where_only_the_words_are_others(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        first = run(store, tmp_path, 1, a="F").run
        run(store, tmp_path, 2, config=other_words(tmp_path), a="F")
        assert store.decide([disposition(first, "a", Decision.NOT_AN_EXCEPTION, reason="a reason")]).taken != ()


def test_a_part_of_a_sweep_that_was_judged_before_there_were_digests_goes_on(store_url: str, tmp_path: Path) -> None:
    attempt = Attempt(RunKind.SWEEP, "extract", "digest", "settings", "an inspection")
    with opened(store_url) as store:
        night = run(store, tmp_path, 1, a="F").run
        begun = store.sweeps.begin(attempt, "old cases", Selection())
        measures = pl.DataFrame() if night.measures is None else night.measures
        part = SweptPart({}, night.findings.drop("evidence_digest"), measures, pl.Series([], dtype=pl.String))
        store.sweeps.put_part(begun, "incidents 1 to 2", part)
        (done,) = store.sweeps.begin(attempt, "old cases", Selection()).done.values()
        assert done.findings.schema == night.findings.schema
        assert done.findings.equals(night.findings.with_columns(evidence_digest=pl.lit(None, pl.String)))
