"""A rule pack as the rest of the checker uses it: compiled rules in the order of their ids, and the stated policy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from checker.config import LONDON, nearest
from checker.errors import ConfigError
from checker.london_time import UTC_TIME
from checker.models import Outcome, ReportPart, Rule
from checker.rulepack.predicate import Predicate

OUTCOME_TYPE = pl.Enum([outcome.value for outcome in Outcome])


@dataclass(frozen=True, eq=False)
class CompiledRule:
    """A rule whose predicates are ready to be judged.

    `facts` are all that it reads: for its predicates, its due time and its evidence. `tables` are the optional tables
    without which one of them cannot be known, and the columns that its file says it needs. `earlier` are the versions
    that counted before it, the oldest first.
    """

    rule: Rule
    applies: Predicate
    violation: Predicate
    facts: tuple[str, ...]
    tables: tuple[str, ...]
    earlier: tuple[CompiledRule, ...] = ()

    @property
    def verdict_facts(self) -> tuple[str, ...]:
        """The facts that its verdict is made from: those of its predicates, and its due time."""
        return tuple(dict.fromkeys((*self.applies.facts, *self.violation.facts, self.rule.due_at)))

    @property
    def versions(self) -> tuple[CompiledRule, ...]:
        """All versions of the rule, the oldest first; itself is the newest."""
        return (*self.earlier, self)

    @property
    def is_in_force(self) -> pl.Expr:
        """Whether this version is the one that judges the subject: its incident was reported within its span."""
        reported_at, last = pl.col("reported_at"), self.rule.effective_to
        begun = reported_at >= _start_of(self.rule.effective_from)
        return begun if last is None else begun & (reported_at < _start_of(last + timedelta(days=1)))

    @property
    def null_tested(self) -> tuple[str, ...]:
        """The facts that its predicates, in all versions, ask to be blank or not; see `Predicate`."""
        predicates = (predicate for version in self.versions for predicate in (version.applies, version.violation))
        return tuple(dict.fromkeys(name for predicate in predicates for name in predicate.null_tested))

    def verdict(self, as_of: datetime, with_unread: bool = False) -> pl.Expr:
        """The outcome by the version in force when the incident was reported; out of scope where none was.

        `with_unread` heeds the marks of `null_tested` facts.
        """
        outcome = self._by_version(lambda version: version.outcome(as_of, with_unread))
        return outcome.fill_null(_literal(Outcome.OUT_OF_SCOPE)).alias("outcome")

    @property
    def due_at(self) -> pl.Expr:
        """The due time by the version in force when the incident was reported; null where none was."""
        return self._by_version(lambda version: pl.col(version.rule.due_at))

    def _by_version(self, value: Callable[[CompiledRule], pl.Expr]) -> pl.Expr:
        return pl.coalesce(*(pl.when(version.is_in_force).then(value(version)) for version in self.versions))

    def outcome(self, as_of: datetime, with_unread: bool = False) -> pl.Expr:
        """The outcome by this version, whenever the incident was reported, as OUTCOME_TYPE (rules.md, "Outcomes").

        `as_of` bears a time zone.
        """
        if as_of.tzinfo is None:
            raise ValueError("as_of has no time zone; give an instant in UTC")
        applies, violation = (
            predicate.with_unread if with_unread else predicate.expression
            for predicate in (self.applies, self.violation)
        )
        due = pl.col(self.rule.due_at)
        now = pl.lit(as_of.astimezone(UTC), dtype=UTC_TIME)
        # A condition that is unknown is not taken: the order of the lines is the order of the specification.
        return (
            pl.when(~applies | (~violation & applies.is_null()))
            .then(_literal(Outcome.OUT_OF_SCOPE))
            .when(applies & ~violation)
            .then(_literal(Outcome.PASS))
            .when(due.is_null())
            .then(_literal(Outcome.UNDETERMINED))
            .when(now <= due)
            .then(_literal(Outcome.NOT_DUE))
            .when(applies & violation)
            .then(_literal(Outcome.FINDING))
            .otherwise(_literal(Outcome.UNDETERMINED))
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

    def rule_counted_in(self, part: ReportPart) -> CompiledRule | None:
        """The rule that a part of the report is counted by, None where the pack has none."""
        return next((rule for rule in self.rules if rule.rule.counted_in == part), None)


def _literal(outcome: Outcome) -> pl.Expr:
    return pl.lit(outcome.value, dtype=OUTCOME_TYPE)


def _start_of(day: date) -> datetime:
    """The instant in UTC at which the day begins in London."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(LONDON)).astimezone(UTC)
