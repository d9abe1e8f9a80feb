"""Measures: how many verdicts of each outcome there are by rule, place, week and concern type, and how late."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from checker.config import LONDON
from checker.london_time import UTC_TIME, elapsed_hours, local_date
from checker.models import Outcome, ReportPart, Rule
from checker.rulepack import CompiledRule

WEEKS = 13
COUNTED = (Outcome.FINDING, Outcome.PASS, Outcome.NOT_DUE, Outcome.UNDETERMINED)
OFFICER_IN_TIME = "is_covered_by_officer_in_time"
PLACES = ("district", "team", "concern_types")  # facts of every subject, by which verdicts are counted

# One row for each rule, district, team, week and concern types with a case in scope.
#   week            Monday of the London week of reported_at; null before the 13 weeks that end with that of as_of
#   concern_types   as the fact of that name: lower-cased, in alphabetical order, joined by `;`; null where blank
#   finding ...     how many verdicts; what is out of scope is not counted
#   officer_...     of the verdicts pass and finding, whether an officer had referred in time: yes, no, not known;
#                   null where the rule does not tell whether a child is covered
#   hours_late      of each finding, the hours between due_at and as_of, to a tenth as its line in the list has them
MEASURES = pl.Schema(
    {
        "rule_id": pl.String(),
        "district": pl.String(),
        "team": pl.String(),
        "week": pl.Date(),
        "concern_types": pl.String(),
        **dict.fromkeys((outcome.value for outcome in COUNTED), pl.Int64()),
        **dict.fromkeys(("officer_in_time", "officer_not", "officer_unknown"), pl.Int64()),
        "hours_late": pl.List(pl.Float64()),
    }
)
# The same for weeks that may come from several runs. `whole` says that the extract of its run held all of the week. Of
# each week there is a row of zeros, without place and concern types, for each rule that ran: it had no case, or others.
MEASURED_WEEKS = pl.Schema({**MEASURES, "whole": pl.Boolean()})

_BY = ("district", "team", "week", "concern_types")


def last_weeks(as_of: datetime) -> list[date]:
    """The Mondays of the 13 weeks that end with the week of `as_of` in London, the oldest first."""
    today = as_of.astimezone(ZoneInfo(LONDON)).date()
    newest = today - timedelta(days=today.weekday())
    return [newest - timedelta(weeks=back) for back in reversed(range(WEEKS))]


def week_of(instant: pl.Expr, as_of: datetime) -> pl.Expr:
    """The Monday of the London week of an instant; null before the 13 weeks that end with the week of `as_of`."""
    monday = local_date(instant).dt.truncate("1w")
    return pl.when(monday >= last_weeks(as_of)[0]).then(monday)


def facts_measured(rules: Iterable[CompiledRule]) -> tuple[str, ...]:
    """The facts, beside the place, that the measures of the rules are made from."""
    of_officers = (OFFICER_IN_TIME for rule in rules if rule.rule.counted_in == ReportPart.COVERAGE)
    due_times = (version.rule.due_at for rule in rules for version in rule.versions)
    return tuple(dict.fromkeys((*due_times, *of_officers)))


def measure(rule: CompiledRule, verdicts: pl.DataFrame, outcome: pl.Expr, as_of: datetime) -> pl.DataFrame:
    """The counts of one rule (MEASURES).

    Args:
        rule: The rule.
        verdicts: A row for each of its subjects: PLACES, `reported_at`, `week`, and the facts measured.
        outcome: Its outcome.
        as_of: When it was judged.
    """
    late = elapsed_hours(rule.due_at, pl.lit(as_of, UTC_TIME)).filter(outcome == Outcome.FINDING.value)
    counts = [(outcome == each.value).sum().cast(pl.Int64).alias(each.value) for each in COUNTED]
    in_scope = verdicts.filter(outcome != Outcome.OUT_OF_SCOPE.value)
    rows = in_scope.group_by(_BY).agg(*counts, *_officers(rule.rule, outcome), hours_late=late.round(1).sort())
    return rows.with_columns(rule_id=pl.lit(rule.rule.id)).select(MEASURES.names()).sort(_BY)


def _officers(rule: Rule, outcome: pl.Expr) -> list[pl.Expr]:
    names = ("officer_in_time", "officer_not", "officer_unknown")
    if rule.counted_in != ReportPart.COVERAGE:
        return [pl.lit(None, pl.Int64).alias(name) for name in names]
    told = outcome.is_in([Outcome.PASS.value, Outcome.FINDING.value])
    in_time = pl.col(OFFICER_IN_TIME)
    answers = (in_time.fill_null(value=False), ~in_time.fill_null(value=True), in_time.is_null())
    return [(told & answer).sum().cast(pl.Int64).alias(name) for name, answer in zip(names, answers, strict=True)]


def begins_at(week: date) -> datetime:
    """The instant in UTC at which the week begins in London."""
    return datetime(week.year, week.month, week.day, tzinfo=ZoneInfo(LONDON)).astimezone(UTC)


def ends_at(week: date) -> datetime:
    """The instant in UTC at which the week is over in London."""
    return begins_at(week + timedelta(weeks=1))


def one_week(
    measures: pl.DataFrame, ran: Iterable[str], week: date, first_reported: datetime, as_of: datetime
) -> pl.DataFrame:
    """One week of the measures of a run (MEASURED_WEEKS).

    Args:
        measures: What the run counted.
        ran: The ids of the rules that ran in it.
        week: Its Monday.
        first_reported: When the first incident of the extract was reported, or what it covers begins: from then on it
            holds all.
        as_of: The moment of the extract.
    """
    no_case = pl.DataFrame({"rule_id": sorted(ran)}, schema={"rule_id": pl.String}).with_columns(
        *(pl.lit(0, pl.Int64).alias(outcome.value) for outcome in COUNTED), week=pl.lit(week)
    )
    rows = pl.concat([no_case, measures.filter(week=week)], how="diagonal")
    whole = first_reported <= begins_at(week) and as_of >= ends_at(week)
    return rows.with_columns(whole=pl.lit(value=whole)).match_to_schema(MEASURED_WEEKS, missing_columns="insert")


def own_weeks(
    measures: pl.DataFrame, ran: Iterable[str], first_reported: datetime | None, as_of: datetime
) -> pl.DataFrame:
    """The weeks of a run for itself, those that its extract reaches (MEASURED_WEEKS)."""
    if first_reported is None:
        return pl.DataFrame(schema=MEASURED_WEEKS)
    reached = [week for week in last_weeks(as_of) if first_reported < ends_at(week)]
    return pl.concat(one_week(measures, ran, week, first_reported, as_of) for week in reached)


def of_area(measures: pl.DataFrame, by: str, name: str | None) -> pl.DataFrame:
    """The rows of one district or team (`by`); the rows of zeros stay, which say that a rule ran."""
    zeros = pl.sum_horizontal(outcome.value for outcome in COUNTED) == 0
    return measures.filter(pl.col(by).eq_missing(pl.lit(name, pl.String)) | zeros)
