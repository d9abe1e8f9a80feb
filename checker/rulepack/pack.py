"""A rule pack as the rest of the checker uses it: compiled rules in the order of their ids, and the stated policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from checker.config import nearest
from checker.errors import ConfigError
from checker.facts.moment import UTC_TIME
from checker.models import Outcome, Rule
from checker.rulepack.predicate import Predicate


@dataclass(frozen=True, eq=False)
class CompiledRule:
    """A rule whose predicates are ready to be judged.

    `facts` are all that it reads: for its predicates, its due time and its evidence. `tables` are the optional tables
    without which one of them cannot be known.
    """

    rule: Rule
    applies: Predicate
    violation: Predicate
    facts: tuple[str, ...]
    tables: tuple[str, ...]

    def outcome(self, as_of: datetime) -> pl.Expr:
        """The outcome of each subject at `as_of` as text (rules.md, "Outcomes"); `as_of` bears a time zone."""
        if as_of.tzinfo is None:
            raise ValueError("as_of has no time zone; give an instant in UTC")
        applies, violation, due = self.applies.expression, self.violation.expression, pl.col(self.rule.due_at)
        now = pl.lit(as_of.astimezone(UTC), dtype=UTC_TIME)
        # A condition that is unknown is not taken: the order of the lines is the order of the specification.
        return (
            pl.when(~applies | (~violation & applies.is_null()))
            .then(pl.lit(Outcome.OUT_OF_SCOPE.value))
            .when(applies & ~violation)
            .then(pl.lit(Outcome.PASS.value))
            .when(due.is_null())
            .then(pl.lit(Outcome.UNDETERMINED.value))
            .when(now <= due)
            .then(pl.lit(Outcome.NOT_DUE.value))
            .when(applies & violation)
            .then(pl.lit(Outcome.FINDING.value))
            .otherwise(pl.lit(Outcome.UNDETERMINED.value))
            .alias("outcome")
        )


@dataclass(frozen=True, eq=False)
class RulePack:
    """All rules in the order of their ids, the version and the digest of their files, and the policy that they state.

    `digest` is the same on every machine: line ends and byte order marks do not count.
    """

    rules: tuple[CompiledRule, ...]
    version: str
    digest: str
    policy: dict[str, object]

    def rule(self, rule_id: str) -> CompiledRule:
        """The rule of that id.

        Raises:
            ConfigError: the pack has none; the nearest id is named.
        """
        for rule in self.rules:
            if rule.rule.id == rule_id:
                return rule
        known = [rule.rule.id for rule in self.rules]
        raise ConfigError(f"no rule {rule_id!r} in the pack{nearest(rule_id, known)} (known: {', '.join(known)})")
