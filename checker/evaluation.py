"""Evaluation: the rules over the facts give a verdict for every subject, and every verdict is counted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from checker.config import LONDON
from checker.errors import ConfigError, ConservationError
from checker.facts import FACT_TABLES, FactTable, needed_in_words
from checker.facts.fact import elapsed, local_date
from checker.facts.moment import UTC_TIME
from checker.measures import COUNTED, MEASURES, PLACES, facts_measured, measure, week_of
from checker.models import Outcome, RuleResult, RuleStatus, Severity
from checker.rulepack import CompiledRule, RulePack

CARRIED = ("incident_ref", "district", "team", "officer_id", "supervisor_id", "reported_at")
LISTED = (Outcome.FINDING, Outcome.UNDETERMINED, Outcome.NOT_DUE)
LIFE = ("first_seen", "status", "days_open")  # what only the store can tell of a finding
FINDING_SCHEMA = pl.Schema(
    {
        "finding_id": pl.String(),
        "rule_id": pl.String(),
        "severity": pl.String(),
        "outcome": pl.String(),
        "incident_ref": pl.String(),
        "child_ref": pl.String(),
        "district": pl.String(),
        "team": pl.String(),
        "officer_id": pl.String(),
        "supervisor_id": pl.String(),
        "reported_at": UTC_TIME,
        "due_at": UTC_TIME,
        "hours_overdue": pl.Float64(),
        "message": pl.String(),
        "evidence": pl.String(),
        "first_seen": UTC_TIME,
        "status": pl.String(),
        "days_open": pl.Int64(),
    }
)


@dataclass(frozen=True)
class Judged:
    """Every subject of one kind: `keys` says which, and `outcomes`, a column for each rule, what came of it.

    `first_reported` is when the first of their incidents was reported (UTC), None where there is none, or where what
    was reported of them is no incident.
    """

    subject: str
    keys: pl.DataFrame
    outcomes: pl.DataFrame
    first_reported: datetime | None


@dataclass(frozen=True)
class Evaluation:
    """The verdicts of a run: those that are listed (FINDING_SCHEMA, in the contract's order), counted, and all.

    `measures` counts them by place, week and concern type (checker.measures.MEASURES).
    """

    findings: pl.DataFrame
    results: dict[str, RuleResult]
    judged: tuple[Judged, ...]
    measures: pl.DataFrame


@dataclass(frozen=True)
class Clause:
    """One clause of a rule as it came out for one subject; `value` None is unknown."""

    part: str
    depth: int
    text: str
    value: bool | None


@dataclass(frozen=True)
class Explanation:
    """One verdict taken apart: the rule, its clauses with their values, the due time (UTC) and the facts it read.

    `rule` is the version in force when the incident was reported; where none was, the newest, and not `is_in_force`.
    """

    finding_id: str
    rule: CompiledRule
    is_in_force: bool
    outcome: str
    due_at: datetime | None
    clauses: tuple[Clause, ...]
    facts: dict[str, Any]


def evaluate(
    pack: RulePack,
    plans: Mapping[str, pl.LazyFrame],
    supplied: Iterable[str],
    as_of: datetime,
    on_subject: Callable[[str], None] = lambda _: None,
) -> Evaluation:
    """The verdict of every rule on every subject, by the version in force when its incident was reported.

    A rule that lacks a table, or of which no version was in force from the first report to `as_of`, is not run. A rule
    that raises is an error for that rule alone, the others still give their verdicts.

    Raises:
        ConservationError: subjects were lost or multiplied, or the outcomes of a rule do not add up to its subjects.
    """
    idle = idle_rules(pack, plans, supplied, as_of)
    running = [rule for rule in pack.rules if rule.rule.id not in idle]
    return together(pack, idle, judge(running, plans, as_of, on_subject))


def idle_rules(
    pack: RulePack, plans: Mapping[str, pl.LazyFrame], supplied: Iterable[str], as_of: datetime
) -> dict[str, RuleResult]:
    """The rules that cannot be run, each with the reason; see `evaluate`."""
    tables = set(supplied)
    idle = (_not_run(rule, tables, plans[rule.rule.subject], as_of) for rule in pack.rules)
    return {not_run.rule_id: not_run for not_run in idle if not_run is not None}


def judge(
    rules: Sequence[CompiledRule],
    plans: Mapping[str, pl.LazyFrame],
    as_of: datetime,
    on_subject: Callable[[str], None] = lambda _: None,
) -> list[Evaluation]:
    """The verdicts of the rules on the subjects that there are plans for, in parts that are still to be put together.

    Raises:
        ConservationError: subjects were lost or multiplied, or the outcomes of a rule do not add up to its subjects.
    """
    parts: list[Evaluation] = []
    for subject, facts in plans.items():
        of_subject = [rule for rule in rules if rule.rule.subject == subject]
        if of_subject:
            on_subject(subject)
            parts += _judge(of_subject, FACT_TABLES[subject], facts, as_of)
    return parts


def together(pack: RulePack, idle: Mapping[str, RuleResult], parts: Sequence[Evaluation]) -> Evaluation:
    """The verdicts of all rules of the pack: of those that ran part by part, no subject being in two of them.

    Args:
        pack: The rules.
        idle: Those that did not run at all.
        parts: What came of the others.

    Raises:
        ConservationError: the parts do not add up.
    """
    whole = merged(parts)
    results = {**whole.results, **idle}
    _conserved(whole.findings, whole.measures, results)
    return replace(whole, results={rule.rule.id: results[rule.rule.id] for rule in pack.rules})


def merged(parts: Sequence[Evaluation]) -> Evaluation:
    """The verdicts of parts as those of one; a rule that raised in one of them is an error in all."""
    results: dict[str, RuleResult] = {}
    for part in parts:
        for rule_id, result in part.results.items():
            results[rule_id] = _added(results.get(rule_id), result)
    findings = pl.concat([pl.DataFrame(schema=FINDING_SCHEMA), *(part.findings for part in parts)])
    measures = pl.concat([pl.DataFrame(schema=MEASURES), *(part.measures for part in parts)])
    if gone := [rule_id for rule_id, result in results.items() if result.counts is None]:
        told = ~pl.col("rule_id").is_in(gone)  # what one part of a rule found that raised in another would look whole
        findings, measures = findings.filter(told), measures.filter(told)
    judged = tuple(each for part in parts for each in part.judged)
    return Evaluation(_in_order(findings), results, judged, measures.sort("rule_id", maintain_order=True))


def _added(before: RuleResult | None, more: RuleResult) -> RuleResult:
    if before is None or more.counts is None or before.counts is None:
        return more if before is None or more.counts is None else before
    counts = {outcome: before.counts[outcome] + more.counts[outcome] for outcome in Outcome}
    return RuleResult(more.rule_id, RuleStatus.RUN, counts=counts)


def first_reported(judged: Iterable[Judged], covers_from: datetime | None) -> datetime | None:
    """From when on the extract holds all (UTC): its first report, or the moment that it states if that is earlier.

    None where there is no subject and it states none.
    """
    moments = [covers_from, *(each.first_reported for each in judged)]
    return min((moment for moment in moments if moment is not None), default=None)


def subject_ids(keys: pl.DataFrame) -> pl.Series:
    """The id of each subject, 16 hexadecimal digits: the same on every machine; a finding id is `RULE-` and these."""
    names = keys.columns
    ids = [
        hashlib.sha256(json.dumps([names, row], ensure_ascii=True).encode()).hexdigest()[:16]
        for row in keys.iter_rows()
    ]
    return pl.Series("subject_id", ids, dtype=pl.String)


def explain(pack: RulePack, plans: Mapping[str, pl.LazyFrame], finding_id: str, as_of: datetime) -> Explanation:
    """The verdict with that id, taken apart; any outcome can be explained, pass and out of scope too.

    Raises:
        ConfigError: no verdict of this extract and rule pack has the id.
    """
    rule_id = finding_id.partition("-")[0]
    rule = next((rule for rule in pack.rules if rule.rule.id == rule_id), None)
    if rule is None:
        known = ", ".join(each.rule.id for each in pack.rules)
        raise ConfigError(f"{finding_id}: the id starts with no rule of the pack; its rules are {known}")
    facts = FACT_TABLES[rule.rule.subject]
    keys = plans[facts.subject].select(facts.key).collect()
    found = subject_ids(keys).index_of(finding_id.partition("-")[2])
    if found is None:
        raise ConfigError(
            f"{finding_id}: no subject of {rule_id} in this extract has that id; copy it from findings.csv"
        )
    row = plans[facts.subject].filter(*(pl.col(key).eq_missing(keys.item(found, key)) for key in facts.key)).collect()
    in_force = [version for version in rule.versions if row.select(version.is_in_force).item()]
    judging = in_force[0] if in_force else rule
    clauses = [
        Clause(part, clause.depth, clause.text, row.select(clause.expression).item())
        for part, predicate in (("applies", judging.applies), ("violation", judging.violation))
        for clause in predicate.clauses
    ]
    outcome = row.select(rule.verdict(as_of)).item()
    about = [name for name in (*facts.key, "child_ref", "reported_at") if name in facts.schema]
    read = {name: row.item(0, name) for name in (*about, *judging.facts)}
    due_at = row.item(0, judging.rule.due_at)
    return Explanation(finding_id, judging, bool(in_force), outcome, due_at, tuple(clauses), read)


def _not_run(rule: CompiledRule, supplied: set[str], plan: pl.LazyFrame, as_of: datetime) -> RuleResult | None:
    """Why the rule cannot be run, or None where it can."""
    versions = _needed(rule, plan, as_of)
    if not versions:
        return RuleResult(rule.rule.id, RuleStatus.NOT_RUN, rule.rule.why_out_of_force)
    tables = dict.fromkeys(table for version in versions for table in version.tables)
    missing = [any_of for any_of in tables if supplied.isdisjoint(any_of.split("|"))]
    if missing:
        reason = f"the extract has no {needed_in_words(missing, ' and no ', ' and no ')}"
        return RuleResult(rule.rule.id, RuleStatus.NOT_RUN, reason)
    return None


def _needed(rule: CompiledRule, plan: pl.LazyFrame, as_of: datetime) -> list[CompiledRule]:
    """The versions of a rule in force on some day from the first report of its subjects (London) to that of `as_of`."""
    today = as_of.astimezone(ZoneInfo(LONDON)).date()
    begun = [version for version in rule.versions if version.rule.effective_from <= today]
    if all(_last_day(version) >= today for version in begun):
        return begun  # as nearly always: no need to look for the first report
    first = plan.select(local_date(pl.col("reported_at").min())).collect().item() or today
    return [version for version in begun if _last_day(version) >= first]


def _last_day(version: CompiledRule) -> date:
    return version.rule.effective_to or date.max


def _judge(rules: list[CompiledRule], facts: FactTable, plan: pl.LazyFrame, as_of: datetime) -> list[Evaluation]:
    """The verdicts of the rules in one part; where the plan of all of them raises, in a part for each rule."""
    try:
        return [_verdicts(rules, facts, plan, as_of)]
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as fault:
        if len(rules) == 1:
            rule_id = rules[0].rule.id
            # The text of the fault can hold a value of a row; its kind cannot.
            reason = f"the rule could not be evaluated ({type(fault).__name__}); see its applies and violation"
            nothing, no_counts = pl.DataFrame(schema=FINDING_SCHEMA), pl.DataFrame(schema=MEASURES)
            return [Evaluation(nothing, {rule_id: RuleResult(rule_id, RuleStatus.ERROR, reason)}, (), no_counts)]
    return [part for rule in rules for part in _judge([rule], facts, plan, as_of)]


def _verdicts(rules: list[CompiledRule], facts: FactTable, plan: pl.LazyFrame, as_of: datetime) -> Evaluation:
    outcomes = {f"outcome of {rule.rule.id}": rule.verdict(as_of) for rule in rules}
    judged = plan.with_columns(**outcomes)
    # Only what these rules read: a fact that raises stops no rule that does without it.
    read = (fact for rule in rules for version in rule.versions for fact in version.facts)
    about = [name for name in (*facts.key, *CARRIED, "child_ref") if name in facts.schema]
    needed = dict.fromkeys((*about, *read, *outcomes))
    counted_by = dict.fromkeys((*facts.key, *PLACES, "reported_at", *facts_measured(rules), *outcomes))
    verdicts = judged.select(*counted_by, week_of(pl.col("reported_at"), as_of).alias("week")).collect()
    if verdicts.n_unique(facts.key) != verdicts.height:
        raise ConservationError(f"{facts.subject}: a subject was judged twice; the run is stopped, please report this")
    # Only those that get a line are put into words: the filter reaches down to the rows of the tables.
    need_a_line = pl.any_horizontal(pl.col(name).is_in(LISTED) for name in outcomes)
    subjects = verdicts.filter(need_a_line).get_column(facts.key[0]).unique()
    if subjects.is_empty():  # as often of a small extract: no plan is made for nothing
        rows = pl.DataFrame(schema={name: facts.schema.get(name, pl.String()) for name in needed})
    else:
        rows = judged.filter(pl.col(facts.key[0]).is_in(subjects.implode())).select(*needed).collect()
    listed, results, measures = [], {}, []
    for rule, name in zip(rules, outcomes, strict=True):
        found = dict(verdicts.group_by(name).len().iter_rows())
        counts = {outcome: found.get(outcome.value, 0) for outcome in Outcome}
        if sum(counts.values()) != verdicts.height:
            raise ConservationError(f"{rule.rule.id}: its outcomes do not add up to its subjects; please report this")
        results[rule.rule.id] = RuleResult(rule.rule.id, RuleStatus.RUN, counts=counts)
        measures.append(measure(rule, verdicts, pl.col(name), as_of))
        need_one = rows.filter(pl.col(name).is_in(LISTED))
        listed += [
            _lines(version, facts, need_one.filter(version.is_in_force), pl.col(name), as_of)
            for version in rule.versions
        ]
    by_rule = verdicts.select(pl.col(name).alias(rule.rule.id) for rule, name in zip(rules, outcomes, strict=True))
    # When an episode was reported says nothing of how far back the incidents go.
    first: datetime | None = verdicts.select(pl.col("reported_at").min()).item() if facts.of_incidents else None
    everything = Judged(facts.subject, verdicts.select(facts.key), by_rule, first)
    return Evaluation(pl.concat(listed), results, (everything,), pl.concat(measures))


def _lines(rule: CompiledRule, facts: FactTable, rows: pl.DataFrame, outcome: pl.Expr, as_of: datetime) -> pl.DataFrame:
    """One line of FINDING_SCHEMA a row, in the words of this version of the rule."""
    data = rule.rule
    due = pl.col(data.due_at)
    overdue = elapsed(due, pl.lit(as_of))
    message = pl.coalesce(*(pl.when(outcome == each).then(pl.lit(data.message[each])) for each in LISTED))
    child = pl.col("child_ref") if "child_ref" in facts.schema else pl.lit(None, pl.String)
    return rows.with_columns(subject_ids(rows.select(facts.key))).select(
        pl.format("{}-{}", pl.lit(data.id), "subject_id").alias("finding_id"),
        pl.lit(data.id).alias("rule_id"),
        pl.lit(data.severity.value).alias("severity"),
        outcome.alias("outcome"),
        "incident_ref",
        child.alias("child_ref"),
        "district",
        "team",
        "officer_id",
        "supervisor_id",
        "reported_at",
        due.alias("due_at"),
        pl.when(overdue > 0).then(overdue.round(1)).alias("hours_overdue"),
        message.alias("message"),
        pl.concat_str(data.evidence, separator="; ", ignore_nulls=True).alias("evidence"),
        *(pl.lit(None, FINDING_SCHEMA[name]).alias(name) for name in LIFE),
    )


def _in_order(findings: pl.DataFrame) -> pl.DataFrame:
    rank = pl.coalesce(
        *(pl.when(pl.col("severity") == severity.value).then(rank) for rank, severity in enumerate(Severity))
    )
    # Of one child in one incident there may be several forms, of one child several episodes, and lines of no incident.
    return findings.sort(
        rank, "rule_id", "incident_ref", pl.col("child_ref").fill_null(""), "reported_at", "finding_id"
    )


def _conserved(findings: pl.DataFrame, measures: pl.DataFrame, results: dict[str, RuleResult]) -> None:
    lines = dict(findings.group_by("rule_id").len().iter_rows())
    sums = measures.group_by("rule_id").agg(pl.col(COUNTED).sum())
    measured = {rule_id: dict(zip(COUNTED, counts, strict=True)) for rule_id, *counts in sums.iter_rows()}
    for rule_id, result in results.items():
        for outcome in COUNTED:
            counted, of_it = result.counts[outcome] if result.counts else 0, measured.get(rule_id, {}).get(outcome, 0)
            if counted != of_it:
                raise ConservationError(f"{rule_id}: {counted} verdicts are {outcome}, {of_it} by place and week")
        due = sum(result.counts[outcome] for outcome in LISTED) if result.counts else 0
        if lines.get(rule_id, 0) != due:
            raise ConservationError(f"{rule_id}: {due} verdicts need a line, {lines.get(rule_id, 0)} have one")
    if findings.get_column("finding_id").n_unique() != findings.height:
        raise ConservationError("two findings have one id; the run is stopped, please report this")
