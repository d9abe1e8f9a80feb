"""What another rule pack, or another policy, would make of an extract: the same files judged twice, nothing stored."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import polars as pl

from checker.config import Config, Policy, load_config
from checker.errors import ConfigError, ReportError
from checker.evaluation import LISTED, Evaluation, evaluate
from checker.facts import SUBJECTS
from checker.finding_ids import finding_ids, subject_ids
from checker.models import Rule, RuleResult, RuleStatus
from checker.pipeline.order import OnStage, Order, Prepared, policy_of, prepare, rules_folder
from checker.rulepack import RulePack, load_rules

# A line for each finding id that is a finding, undetermined or not_due under one of the packs and comes out otherwise
# under the other, or is of another severity. `was` and `now` are outcomes, with the severity where that is another, or
# say why there is none: not run, error, no such rule.
DIFFERENCE_SCHEMA = pl.Schema(
    dict.fromkeys(("rule_id", "incident_ref", "child_ref", "was", "now", "kind", "finding_id"), pl.String())
)
APPEARS, DISAPPEARS, CHANGES = KINDS = ("appears", "disappears", "changes")
NO_SUCH_RULE = "no such rule"


@dataclass(frozen=True)
class Side:
    """One of the two packs: where it is from, its version, its policy, its rules and how each fared."""

    place: Path
    version: str
    policy: dict[str, object]
    rules: dict[str, Rule]
    results: dict[str, RuleResult]

    def lines(self, rule_id: str) -> int | None:
        """How many findings, undetermined and not_due there are of a rule; None where it gave no verdict."""
        result = self.results.get(rule_id)
        return None if result is None or result.counts is None else sum(result.counts[each] for each in LISTED)


@dataclass(frozen=True)
class Difference:
    """How the verdicts of one extract differ under two packs; `lines` is of DIFFERENCE_SCHEMA."""

    as_of: datetime
    old: Side
    new: Side
    lines: pl.DataFrame

    @property
    def rule_ids(self) -> list[str]:
        """Every rule of either pack."""
        return sorted({**self.old.rules, **self.new.rules})

    def count(self, kind: str, rule_id: str | None = None) -> int:
        """How many lines appear, disappear or change, of one rule or of all."""
        of_rule = self.lines if rule_id is None else self.lines.filter(rule_id=rule_id)
        return of_rule.filter(kind=kind).height


def run_difference(old: Path, new: Path, order: Order, on_stage: OnStage = lambda _: None) -> Difference:
    """How the verdicts of an extract differ under two rule packs or policies. Nothing is stored or written.

    Args:
        old: A folder of rules, which counts with the policy of the order's configuration, or a checker.toml, whose
            `rules` and `[policy]` count.
        new: The same, to compare with it.
        order: The extract, and how it is read.
        on_stage: Told each stage.

    Raises:
        CheckerError: see checker.errors for which and its exit code.
    """
    settings = [_settings(place, order.config) for place in (old, new)]
    packs = [load_rules(rules_folder(each), SUBJECTS) for each in settings]
    policies = [policy_of(pack, each) for pack, each in zip(packs, settings, strict=True)]
    prepared = prepare(replace(order, config=settings[0]), on_stage)
    on_stage(f"judging under {old}")
    was = _judged(packs[0], policies[0], prepared)
    on_stage(f"judging under {new}")
    now = _judged(packs[1], policies[1], prepared)
    return Difference(
        prepared.context.as_of,
        _side(old, packs[0], policies[0], was),
        _side(new, packs[1], policies[1], now),
        _lines(was, now),
    )


def write_difference(difference: Difference, file: Path) -> None:
    """Write the lines as CSV: rule_id, incident_ref, child_ref, was, is, finding_id.

    Raises:
        ReportError: the file cannot be written.
    """
    columns = difference.lines.drop("kind").rename({"now": "is"})
    try:
        columns.write_csv(file)
    except OSError as fault:
        raise ReportError(f"{file}: cannot be written ({fault.strerror}); free it or give another --out") from fault


def _settings(place: Path, config: Config) -> Config:
    """The configuration with the rules, or the rules and the policy, of one of the two places."""
    if place.is_dir():
        return config.model_copy(update={"rules": place})
    if not place.is_file():
        raise ConfigError(f"{place}: no such folder of rules and no such checker.toml; name one of the two")
    stated = load_config(place)
    return config.model_copy(update={"rules": stated.rules, "policy": stated.policy})


def _judged(pack: RulePack, policy: Policy, prepared: Prepared) -> Evaluation:
    return evaluate(pack, prepared.tables, replace(prepared.context, policy=policy))


def _side(place: Path, pack: RulePack, policy: Policy, evaluation: Evaluation) -> Side:
    rules = {rule.rule.id: rule.rule for rule in pack.rules}
    return Side(place, pack.version, policy.model_dump(mode="json"), rules, evaluation.results)


def _lines(old: Evaluation, new: Evaluation) -> pl.DataFrame:
    """Every line that is not the same in both (DIFFERENCE_SCHEMA), in the order of rule, incident and child."""
    key = ("finding_id", "rule_id", "incident_ref", "child_ref")
    was = old.findings.select("finding_id", was="outcome", was_severity="severity")
    now = new.findings.select("finding_id", now="outcome", now_severity="severity")
    every = pl.concat([old.findings.select(key), new.findings.select(key)]).unique("finding_id", maintain_order=True)
    both = every.join(was, on="finding_id", how="left").join(now, on="finding_id", how="left")
    regraded = (pl.col("was_severity") != pl.col("now_severity")).fill_null(value=False)
    graded = (
        pl.when(regraded).then(pl.format("{} ({})", side, f"{side}_severity")).otherwise(side).alias(side)
        for side in ("was", "now")
    )
    both = both.with_columns(*graded)
    differs = both.filter(pl.col("was").ne_missing(pl.col("now")))
    kind = pl.when(pl.col("was").is_null()).then(pl.lit(APPEARS)).when(pl.col("now").is_null()).then(pl.lit(DISAPPEARS))
    return (
        differs.with_columns(kind.otherwise(pl.lit(CHANGES)).alias("kind"))
        .pipe(_told_otherwise, old, "was")
        .pipe(_told_otherwise, new, "now")
        .select(DIFFERENCE_SCHEMA.names())
        .sort("rule_id", "incident_ref", "child_ref", "finding_id")
    )


def _told_otherwise(lines: pl.DataFrame, side: Evaluation, column: str) -> pl.DataFrame:
    """The lines, with what became under one pack of those that it does not list: pass, out of scope, or no verdict."""
    blank = lines.filter(pl.col(column).is_null())
    rule_ids = blank.get_column("rule_id").unique().sort().to_list()
    outcomes = _unlisted(side, rule_ids)
    said = {rule_id: _no_verdict(side.results.get(rule_id)) for rule_id in rule_ids}
    told = lines.join(outcomes, on="finding_id", how="left")
    otherwise = pl.col("rule_id").replace_strict(said, default=None, return_dtype=pl.String)
    return told.with_columns(pl.coalesce(column, "outcome", otherwise).alias(column)).drop("outcome")


def _unlisted(side: Evaluation, rule_ids: Collection[str]) -> pl.DataFrame:
    """The outcome of every subject by the rules of those ids: finding_id, outcome."""
    found = [pl.DataFrame(schema={"finding_id": pl.String, "outcome": pl.String})]
    for judged in side.judged:
        if chosen := [rule_id for rule_id in judged.outcomes.columns if rule_id in rule_ids]:
            outcomes = judged.outcomes.select(chosen).with_columns(subject_ids(judged.keys))
            by_rule = outcomes.unpivot(chosen, index="subject_id", variable_name="rule_id", value_name="outcome")
            finding_id = finding_ids(pl.col("rule_id"), pl.col("subject_id"))
            found.append(by_rule.select(finding_id, pl.col("outcome").cast(pl.String)))
    return pl.concat(found)


def _no_verdict(result: RuleResult | None) -> str:
    """Why a rule gave no verdict on a subject."""
    if result is None:
        return NO_SUCH_RULE
    return {RuleStatus.NOT_RUN: "not run", RuleStatus.ERROR: "error", RuleStatus.RUN: "no such case"}[result.status]
