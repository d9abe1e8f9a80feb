"""The daily search counted: what it would have returned as the policy has it, and as somebody asks "what if?"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from checker.config import Policy, merge_policy
from checker.errors import ConfigError
from checker.evaluation import Judged, evaluate
from checker.facts import Context, Tables
from checker.facts.subjects.incident_search import REASONS
from checker.models import Outcome, ReportPart, SearchReplay
from checker.pipeline.order import OnStage, Order, Prepared, prepare
from checker.rulepack import CompiledRule, RulePack

OTHER_REASON = "another reason"  # of a rule pack whose rule asks for something else

# What may be asked otherwise: the option, and the key of the policy in whose place it stands.
OPTIONS = {
    "--run-time": "run_time",
    "--keyed-on": "keyed_on",
    "--window-hours": "window_hours",
    "--code": "search_code",
}


@dataclass(frozen=True)
class Replayed:
    """The same incidents under the search as the policy has it and as it was asked for.

    `only_policy` and `only_asked` count those that only the one or only the other would have returned. `rule_id` is the
    rule that finds what the search has missed.
    """

    as_of: datetime
    rule_id: str
    in_policy: SearchReplay
    asked: SearchReplay
    only_policy: int
    only_asked: int
    warnings: tuple[str, ...]


def run_replay(order: Order, asked: Mapping[str, str], on_stage: OnStage = lambda _: None) -> Replayed:
    """What the daily search would have returned, as the policy has it and with what is `asked` otherwise (OPTIONS).

    Raises:
        CheckerError: see checker.errors for which and its exit code; a ConfigError names the option that is wrong.
    """
    prepared = prepare(order, on_stage)
    policy = prepared.context.policy
    rule = prepared.pack.rule_counted_in(ReportPart.DAILY_SEARCH)
    if rule is None:
        remedy = f'write counted_in = "{ReportPart.DAILY_SEARCH}" into the file of the rule that finds what it misses'
        raise ConfigError(f"the search cannot be replayed: no rule of the pack is counted in it; {remedy}")
    in_policy, returned = _replayed(prepared, rule, policy, on_stage)
    other, returned_then = _replayed(prepared, rule, policy_asked(policy, asked), on_stage)
    return Replayed(
        prepared.context.as_of,
        rule.rule.id,
        in_policy,
        other,
        returned.join(returned_then, on="incident_ref", how="anti").height,
        returned_then.join(returned, on="incident_ref", how="anti").height,
        prepared.warnings,
    )


def policy_asked(policy: Policy, asked: Mapping[str, str]) -> Policy:
    """The policy with each option (OPTIONS) in the place of its key.

    Raises:
        ConfigError: a value is not allowed; its option is named.
    """
    for option, value in asked.items():
        key = OPTIONS[option]
        change = {key: value} if key in Policy.model_fields else {"daily_search": {key: value}}
        policy = merge_policy(policy.model_dump(), change, option)
    return policy


def facts_replayed(pack: RulePack) -> dict[str, tuple[str, ...]]:
    """The facts, by subject, that a replay needs beside the outcomes; none where the pack replays no search."""
    return {} if pack.rule_counted_in(ReportPart.DAILY_SEARCH) is None else {"incident": ("missed_because",)}


def search_replay(
    rule: CompiledRule | None, judged: tuple[Judged, ...], tables: Tables, context: Context
) -> SearchReplay | None:
    """What came of the incidents that the rule is about, the missed ones by reason; None where it did not run.

    `judged` is what was judged in that context, with the facts of `facts_replayed`.
    """
    outcomes = _outcomes(judged, rule.rule.id) if rule else None
    if outcomes is None:
        return None
    counts = dict(outcomes.group_by("outcome").len().iter_rows())
    missed = outcomes.filter(pl.col("outcome") == Outcome.FINDING)
    rank = {reason: place for place, reason in enumerate(REASONS)}
    why = missed.group_by(pl.col("missed_because").fill_null(OTHER_REASON)).len()
    by_reason = sorted(why.iter_rows(), key=lambda row: (-row[1], rank.get(row[0], len(rank))))
    search = context.policy.daily_search
    return SearchReplay(
        run_time=search.run_time,
        keyed_on=search.keyed_on,
        window_hours=search.window_hours,
        search_code=context.policy.search_code,
        with_code_history=tables.has_code_history,
        seen=counts.get(Outcome.PASS, 0),
        missed=dict(by_reason),
        not_due=counts.get(Outcome.NOT_DUE, 0),
        cannot_tell=counts.get(Outcome.UNDETERMINED, 0),
    )


def _replayed(
    prepared: Prepared, rule: CompiledRule, policy: Policy, on_stage: OnStage
) -> tuple[SearchReplay, pl.DataFrame]:
    """The replay under a policy, and the incidents that it returns."""
    context = replace(prepared.context, policy=policy)
    pack = replace(prepared.pack, rules=(rule,))
    on_stage("replaying the daily search")
    evaluation = evaluate(pack, prepared.tables, context, also=facts_replayed(pack))
    replay = search_replay(rule, evaluation.judged, prepared.tables, context)
    outcomes = _outcomes(evaluation.judged, rule.rule.id)
    if replay is None or outcomes is None:
        reason = evaluation.results[rule.rule.id].reason
        raise ConfigError(f"{rule.rule.id}: the search cannot be replayed: {reason}")
    return replay, outcomes.filter(pl.col("outcome") == Outcome.PASS)


def _outcomes(judged: tuple[Judged, ...], rule_id: str) -> pl.DataFrame | None:
    """For each `incident_ref` the `outcome` of the rule, and `missed_because` if missed; None where it did not run."""
    for each in judged:
        if rule_id in each.outcomes.columns:
            outcomes = each.keys.with_columns(each.outcomes.get_column(rule_id).alias("outcome"))
            return outcomes.join(each.also, on="incident_ref", how="left")
    return None
