"""Evaluation: the rules over the facts give a verdict for every subject, and every verdict is counted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any

import polars as pl

from checker.errors import ConfigError, ConservationError
from checker.evidence_digest import evidence_digests
from checker.facts import SUBJECTS, Context, Subject, Tables, needs_in_words, part_of
from checker.finding_ids import finding_ids, split, subject_ids
from checker.london_time import UTC_TIME, elapsed_hours, local_date
from checker.measures import COUNTED, MEASURES, PLACES, facts_measured, measure, week_of
from checker.models import Outcome, RuleResult, RuleStatus, Severity
from checker.rulepack import CompiledRule, RulePack, predicate
from checker.rulepack.pack import OUTCOME_TYPE

CARRIED = ("incident_ref", "district", "team", "officer_id", "supervisor_id", "reported_at")
LISTED = (Outcome.FINDING, Outcome.UNDETERMINED, Outcome.NOT_DUE)
LIFE = ("first_seen", "status", "days_open")  # known to the store only
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
        "evidence_digest": pl.String(),
    }
)


@dataclass(frozen=True)
class Judged:
    """Every subject of one kind: `keys` says which, and `outcomes`, a column for each rule, what came of it.

    `first_reported` is when the first of their incidents was reported (UTC), None where there is none, or where
    `reported_at` is not that of an incident. `also` has the key and the further facts that the caller asked for, of
    each subject that needs a line.
    """

    subject: str
    keys: pl.DataFrame
    outcomes: pl.DataFrame
    first_reported: datetime | None
    also: pl.DataFrame

    @cached_property
    def ids(self) -> pl.Series:
        """The id of each subject; see subject_ids."""
        return subject_ids(self.keys)


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
    tables: Tables,
    context: Context,
    on_subject: Callable[[str], None] = lambda _: None,
    also: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> Evaluation:
    """The verdict of every rule on every subject, by the version in force when its incident was reported.

    A rule that lacks a table, or that has no version in force from the first report to `as_of`, is not run. A rule
    that raises is an error for that rule alone, the others still give their verdicts.

    Args:
        pack: The rules.
        tables: The rows of the extract.
        context: The context of the run.
        on_subject: Receives the name of each subject before it is judged.
        also: Facts to be given of each subject that needs a line, by the name of the kind of subject.

    Raises:
        ConservationError: subjects were lost or multiplied, or the outcomes of a rule do not add up to its subjects.
    """
    idle = idle_rules(pack, tables, context)
    running = [rule for rule in pack.rules if rule.rule.id not in idle]
    return together(pack, idle, judge(running, SUBJECTS.values(), tables, context, on_subject, also))


def idle_rules(pack: RulePack, tables: Tables, context: Context) -> dict[str, RuleResult]:
    """The rules that cannot be run, each with the reason; see `evaluate`."""
    idle = (_not_run(rule, tables, context) for rule in pack.rules)
    return {not_run.rule_id: not_run for not_run in idle if not_run is not None}


def judge(
    rules: Sequence[CompiledRule],
    subjects: Iterable[Subject],
    tables: Tables,
    context: Context,
    on_subject: Callable[[str], None] = lambda _: None,
    also: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> list[Evaluation]:
    """The verdicts of the rules on these subjects, in parts that are still to be put together.

    Raises:
        ConservationError: subjects were lost or multiplied, or the outcomes of a rule do not add up to its subjects.
    """
    parts: list[Evaluation] = []
    for subject in subjects:
        of_subject = [rule for rule in rules if rule.rule.subject == subject.name]
        if of_subject:
            on_subject(subject.name)
            parts += _judge(of_subject, subject, tables, context, also.get(subject.name, ()))
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
        is_complete = ~pl.col("rule_id").is_in(gone)  # a rule that failed in one part must not look complete
        findings, measures = findings.filter(is_complete), measures.filter(is_complete)
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


def explain(pack: RulePack, tables: Tables, context: Context, finding_id: str) -> Explanation:
    """The verdict with that id, taken apart; any outcome can be explained, pass and out of scope too.

    Raises:
        ConfigError: no verdict of this extract and rule pack has the id.
    """
    rule_id, subject_id = split(finding_id)
    rule = next((rule for rule in pack.rules if rule.rule.id == rule_id), None)
    if rule is None:
        known = ", ".join(each.rule.id for each in pack.rules)
        raise ConfigError(f"{finding_id}: the id starts with no rule of the pack; its rules are {known}")
    subject = SUBJECTS[rule.rule.subject]
    keys = subject.plan(tables, context, subject.key).select(subject.key).collect()
    found = subject_ids(keys).index_of(subject_id)
    if found is None:
        raise ConfigError(
            f"{finding_id}: no subject of {rule_id} in this extract has that id; copy it from findings.csv"
        )
    about = [name for name in (*subject.key, "child_ref", "reported_at") if name in subject.schema]
    read = [name for version in rule.versions for name in version.facts]
    can_be_unread = subject.can_be_unread(tables)
    plan = subject.plan(tables, context, {*about, *read}, rule.null_tested if can_be_unread else ())
    row = plan.filter(*(pl.col(key).eq_missing(keys.item(found, key)) for key in subject.key)).collect()
    in_force = [version for version in rule.versions if row.select(version.is_in_force).item()]
    judging = in_force[0] if in_force else rule
    clauses = [
        Clause(part, clause.depth, clause.text, _value_in(row, clause, can_be_unread))
        for part, predicate in (("applies", judging.applies), ("violation", judging.violation))
        for clause in predicate.clauses
    ]
    outcome = row.select(rule.verdict(context.as_of, can_be_unread)).item()
    facts = {name: row.item(0, name) for name in (*about, *judging.facts)}
    due_at = row.item(0, judging.rule.due_at)
    return Explanation(finding_id, judging, bool(in_force), outcome, due_at, tuple(clauses), facts)


def _value_in(row: pl.DataFrame, clause: predicate.Clause, can_be_unread: bool) -> bool | None:
    value: bool | None = row.select(clause.with_unread if can_be_unread else clause.expression).item()
    return value


def _not_run(rule: CompiledRule, tables: Tables, context: Context) -> RuleResult | None:
    """Why the rule cannot be run, or None where it can."""
    versions = _in_force(rule, tables, context)
    if not versions:
        return RuleResult(rule.rule.id, RuleStatus.NOT_RUN, rule.rule.why_out_of_force)
    needs = dict.fromkeys(need for version in versions for need in version.tables)
    missing = [any_of for any_of in needs if tables.supplied.isdisjoint(any_of.split("|"))]
    if missing:
        reason = f"the extract has no {needs_in_words(missing, ' and no ', ' and no ')}"
        return RuleResult(rule.rule.id, RuleStatus.NOT_RUN, reason)
    return None


def _in_force(rule: CompiledRule, tables: Tables, context: Context) -> list[CompiledRule]:
    """The versions of a rule in force on some day from the first report of its subjects (London) to that of `as_of`."""
    begun = [version for version in rule.versions if version.rule.effective_from <= context.today]
    if all(_last_day(version) >= context.today for version in begun):
        return begun  # as nearly always: no need to look for the first report
    reports = SUBJECTS[rule.rule.subject].plan(tables, context, ["reported_at"])
    first = reports.select(local_date(pl.col("reported_at").min())).collect().item() or context.today
    return [version for version in begun if _last_day(version) >= first]


def _last_day(version: CompiledRule) -> date:
    return version.rule.effective_to or date.max


def share(rules: Sequence[CompiledRule], subjects: Iterable[Subject], tables: Tables, context: Context) -> Tables:
    """The tables with the rows that plans for these rules look into, found once for all parts of the subjects."""
    for subject in subjects:
        versions = (version for rule in rules if rule.rule.subject == subject.name for version in rule.versions)
        tables = subject.share(tables, context, {fact for version in versions for fact in version.facts})
    return tables


def _judge(
    rules: list[CompiledRule], subject: Subject, tables: Tables, context: Context, also: Collection[str]
) -> list[Evaluation]:
    """The verdicts of the rules in one part; where the plan of all of them raises, in a part for each rule."""
    try:
        return [_verdicts(rules, subject, tables, context, also)]
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as fault:
        if len(rules) == 1:
            rule_id = rules[0].rule.id
            # The text of the fault can hold a value of a row; its kind cannot.
            reason = f"the rule could not be evaluated ({type(fault).__name__}); see its applies and violation"
            nothing, no_counts = pl.DataFrame(schema=FINDING_SCHEMA), pl.DataFrame(schema=MEASURES)
            return [Evaluation(nothing, {rule_id: RuleResult(rule_id, RuleStatus.ERROR, reason)}, (), no_counts)]
    return [part for rule in rules for part in _judge([rule], subject, tables, context, also)]


def _verdicts(
    rules: list[CompiledRule], subject: Subject, tables: Tables, context: Context, also: Collection[str]
) -> Evaluation:
    # Only what these rules read: a fact that raises stops no rule that does without it.
    of_verdicts = {fact for rule in rules for version in rule.versions for fact in version.verdict_facts}
    tables, outside = _without_surely_outside(rules, subject, share(rules, [subject], tables, context), context)
    can_be_unread = subject.can_be_unread(tables)
    outcomes = {f"outcome of {rule.rule.id}": rule.verdict(context.as_of, can_be_unread) for rule in rules}
    marked = {name for rule in rules for name in rule.null_tested} if can_be_unread else set()
    about = dict.fromkeys((*subject.key, "incident_ref", "reported_at"))
    counted_by = dict.fromkeys((*about, *PLACES, *facts_measured(rules)))
    week = week_of(pl.col("reported_at"), context.as_of).alias("week")
    plan = subject.plan(tables, context, {*counted_by, *of_verdicts}, sorted(marked))
    verdicts = plan.with_columns(**outcomes).select(*counted_by, week, *outcomes).collect()
    named = list(zip(rules, outcomes, strict=True))
    results = {rule.rule.id: _result(rule, verdicts.get_column(name), outside.height) for rule, name in named}
    measures = [measure(rule, verdicts, pl.col(name), context.as_of) for rule, name in named]
    rows = _rows_for_lines(rules, subject, tables, context, verdicts.select(*about, *outcomes), also)
    listed = []
    for rule, name in named:
        need_one = rows.filter(pl.col(name).is_in(LISTED))
        listed += [
            _lines(version, subject, need_one.filter(version.is_in_force), pl.col(name), context.as_of)
            for version in rule.versions
        ]
    never = pl.lit(Outcome.OUT_OF_SCOPE.value, OUTCOME_TYPE)
    every = pl.concat([verdicts.select(*about, *outcomes), outside.select(*about, **dict.fromkeys(outcomes, never))])
    keys = every.select(subject.key)
    if keys.n_unique() != keys.height:
        raise ConservationError(f"{subject.name}: a subject was judged twice; the run is stopped, please report this")
    by_rule = every.select(pl.col(name).alias(rule.rule.id) for rule, name in named)
    # When an episode was reported says nothing of how far back the incidents go.
    first: datetime | None = every.select(pl.col("reported_at").min()).item() if subject.is_incident else None
    everything = Judged(subject.name, keys, by_rule, first, rows.select(*subject.key, *also))
    return Evaluation(pl.concat(listed), results, (everything,), pl.concat(measures))


def _result(rule: CompiledRule, outcomes: pl.Series, outside: int) -> RuleResult:
    """How many subjects have each outcome, those included that are surely out of scope."""
    found = dict(outcomes.value_counts().iter_rows())
    counts = {outcome: found.get(outcome.value, 0) for outcome in Outcome}
    if sum(counts.values()) != outcomes.len():
        raise ConservationError(f"{rule.rule.id}: its outcomes do not add up to its subjects; please report this")
    counts[Outcome.OUT_OF_SCOPE] += outside
    return RuleResult(rule.rule.id, RuleStatus.RUN, counts=counts)


def _without_surely_outside(
    rules: list[CompiledRule], subject: Subject, tables: Tables, context: Context
) -> tuple[Tables, pl.DataFrame]:
    """The tables without the incidents that are surely out of scope of every rule, and these: key, incident, report.

    An incident is that where one condition of each `applies` is false by its own row alone: joined by AND, nothing else
    can bring it into scope. Most of an extract is so, and needs no join.
    """
    about = dict.fromkeys((*subject.key, "incident_ref", "reported_at"))
    none = pl.DataFrame(schema={name: subject.schema[name] for name in about})
    if subject.table != "incidents":
        return tables, none
    by_version = [
        [each for each in version.applies.conjuncts if not subject.sources_of(context, each.meta.root_names())]
        for rule in rules
        for version in rule.versions
    ]
    if not all(by_version):
        return tables, none
    may_be = pl.any_horizontal(pl.all_horizontal(conditions).fill_null(value=True) for conditions in by_version)
    read = {fact for conditions in by_version for condition in conditions for fact in condition.meta.root_names()}
    is_judged = subject.facts_on(tables.incidents, tables, context, read).select(may_be).collect().to_series()
    numbered = tables.incidents.with_row_index("number")  # which keeps a filter by place from being moved before others
    judged = numbered.filter(pl.lit(is_judged)).drop("number").collect()
    outside = numbered.filter(~pl.lit(is_judged)).select(about.keys()).collect()
    return replace(tables, incidents=judged.lazy()), outside


def _rows_for_lines(
    rules: list[CompiledRule],
    subject: Subject,
    tables: Tables,
    context: Context,
    verdicts: pl.DataFrame,
    also: Collection[str],
) -> pl.DataFrame:
    """Those subjects that need a line, with their outcomes and all facts that their lines are made from."""
    outcomes = [name for name in verdicts.columns if name not in subject.schema]
    about = [name for name in (*subject.key, *CARRIED, "child_ref") if name in subject.schema]
    of_lines = (fact for rule in rules for version in rule.versions for fact in version.facts)
    wanted = dict.fromkeys((*about, *of_lines, *also))
    need_a_line = verdicts.filter(pl.any_horizontal(pl.col(name).is_in(LISTED) for name in outcomes))
    if need_a_line.is_empty():  # as often in a small extract: no plan is made for nothing
        schema = {name: subject.schema[name] for name in wanted} | dict.fromkeys(outcomes, OUTCOME_TYPE)
        return pl.DataFrame(schema=schema)
    if subject.within_incident:
        tables = part_of(tables, need_a_line.get_column("incident_ref").unique())
    some = need_a_line.get_column(subject.key[0]).unique()
    rows = subject.plan(tables, context, wanted).filter(pl.col(subject.key[0]).is_in(some.implode())).collect()
    return rows.join(need_a_line.select(*subject.key, *outcomes), on=subject.key, nulls_equal=True)


def _lines(rule: CompiledRule, subject: Subject, rows: pl.DataFrame, outcome: pl.Expr, as_of: datetime) -> pl.DataFrame:
    """One line of FINDING_SCHEMA a row, in the words of this version of the rule."""
    data = rule.rule
    due = pl.col(data.due_at)
    overdue = elapsed_hours(due, pl.lit(as_of))
    message = pl.coalesce(*(pl.when(outcome == each).then(pl.lit(data.message[each])) for each in LISTED))
    child = pl.col("child_ref") if "child_ref" in subject.schema else pl.lit(None, pl.String)
    return rows.with_columns(subject_ids(rows.select(subject.key)), evidence_digests(rule, rows)).select(
        finding_ids(pl.lit(data.id), pl.col("subject_id")),
        pl.lit(data.id).alias("rule_id"),
        pl.lit(data.severity.value).alias("severity"),
        outcome.cast(pl.String).alias("outcome"),
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
        "evidence_digest",
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
