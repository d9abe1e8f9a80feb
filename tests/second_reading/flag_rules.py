"""FLG001 to FLG004: the local authority's plans and the flags on the police record."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from tests.second_reading.cells import Row
from tests.second_reading.days import anniversary, start_of_day
from tests.second_reading.logic import Judged, Truth, all_of, any_of, found, negate
from tests.second_reading.policy import Policy
from tests.second_reading.rows import Extract

KINDS = ("CP", "LAC", "CIN")
STALE = timedelta(days=28)


def is_current(row: Row, today: date) -> bool:
    """Whether "started_on ≤ local date of as_of and (ended_on blank or ended_on ≥ that date)"."""
    return row["started_on"] <= today and (row["ended_on"] is None or row["ended_on"] >= today)


def has_ended(plan: Row, today: date) -> bool:
    """Whether the plan ended before today."""
    return plan["ended_on"] is not None and plan["ended_on"] < today


def judge_child(ref: str, child_ref: str, extract: Extract, today: date, policy: Policy) -> Iterator[Judged]:
    """FLG001 to FLG004 for one child.

    Reading: a rejected row that bears the child_ref might have been of any kind ("likewise by child_ref").
    """
    plans = [plan for plan in extract.accepted["plans"] if plan["child_ref"] == child_ref]
    flags = [flag for flag in extract.accepted["flags"] if flag["child_ref"] == child_ref]
    maybe_plan = any(line.values["child_ref"] == child_ref for line in extract.rejected["plans"])
    maybe_flag = any(line.values["child_ref"] == child_ref for line in extract.rejected["flags"])

    def current_starts(kind: str) -> list[date]:
        return [plan["started_on"] for plan in plans if plan["plan"] == kind and is_current(plan, today)]

    def planned(kind: str) -> Truth:
        return found(bool(current_starts(kind)), maybe_plan)

    def flagged(kind: str) -> Truth:
        return found(any(flag["flag"] == kind and is_current(flag, today) for flag in flags), maybe_flag)

    def due(days: list[date]) -> datetime | None:
        return start_of_day(days[0] + timedelta(days=policy.flag_due_days)) if days else None

    for rule, kinds in (("FLG001", ("CP", "LAC")), ("FLG002", ("CIN",))):
        applies = any_of(*(planned(kind) for kind in kinds))
        violation = any_of(*(all_of(planned(kind), negate(flagged(kind))) for kind in kinds))
        starts = [start for kind in kinds if flagged(kind) is not True for start in current_starts(kind)]
        yield Judged(rule, ref, child_ref, applies, violation, due(sorted(starts)))  # "the earliest started_on"

    years = policy.previous_plan_years
    ends = [plan["ended_on"] for plan in plans if plan["plan"] == "CP" and has_ended(plan, today)]
    ends = [end for end in ends if years is None or anniversary(end, years) >= today]
    # "a flag row of kind CP, current or ended". Reading: one that starts after as_of is neither
    recorded = found(any(flag["flag"] == "CP" and flag["started_on"] <= today for flag in flags), maybe_flag)
    applies = all_of(negate(planned("CP")), found(bool(ends), maybe_plan))
    yield Judged("FLG003", ref, child_ref, applies, negate(recorded), due(sorted(ends, reverse=True)))  # "the latest"

    def last_end(kind: str) -> date | None:
        return max(
            (plan["ended_on"] for plan in plans if plan["plan"] == kind and has_ended(plan, today)), default=None
        )

    def plan_over(kind: str) -> Truth:
        ended = last_end(kind)
        over = not current_starts(kind) and ended is not None and ended < today - STALE
        return None if maybe_plan and not current_starts(kind) else over

    outlived = [kind for kind in KINDS if all_of(flagged(kind), plan_over(kind))]
    ends = [end for kind in outlived if (end := last_end(kind))]
    applies = any_of(*(flagged(kind) for kind in KINDS))
    violation = any_of(*(all_of(flagged(kind), plan_over(kind)) for kind in KINDS))
    yield Judged("FLG004", ref, child_ref, applies, violation, start_of_day(min(ends) + STALE) if ends else None)
