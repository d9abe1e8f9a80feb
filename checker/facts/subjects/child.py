"""The facts of a child: which plans of the local authority and which flags on the police record the child has."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl

from checker.facts import evidence_text as text
from checker.facts.context import Context
from checker.facts.engine import SAMPLE_REPORTED_AT, Fact, Subject, carried
from checker.facts.joins.latest_incident import latest_incidents
from checker.facts.joins.plans_and_flags import FLAGS, KINDS, PLANS, UNREADABLE_FLAGS, UNREADABLE_PLANS
from checker.facts.subjects.incident import CONCERN_TYPES
from checker.london_time import UTC_TIME, start_of_day

SAMPLE_DUE_AT = datetime(2026, 11, 17, tzinfo=UTC)
FLAG_ENDS_AFTER = 28  # days from the end of a plan until its flag should be gone (rules.md, FLG004)


def _has(proved: pl.Expr, unreadable: str) -> pl.Expr:
    """True where the rows prove it, null where a rejected row of the child might, else false."""
    return (
        pl.when(proved.fill_null(value=False))
        .then(statement=True)
        .when(pl.col(unreadable).is_null())
        .then(statement=False)
    )


def _due_after(start: pl.Expr, context: Context) -> pl.Expr:
    return start_of_day(start + pl.duration(days=context.policy.flag_due_days))


def _flag_due(*kinds: str) -> Callable[[Context], pl.Expr]:
    """The earliest started_on of the current plans of a kind that is not surely flagged, plus the days allowed."""
    unflagged = [
        pl.when(~pl.col(f"{kind}_flag_current").fill_null(value=False)).then(f"{kind}_plan_started_on")
        for kind in kinds
    ]
    return lambda context: _due_after(pl.min_horizontal(unflagged), context)


def _plan_over(kind: str) -> Fact:
    def expression(context: Context) -> pl.Expr:
        current = pl.col(f"{kind}_plan_current")
        over = (pl.col(f"{kind}_plan_last_day") < context.today - timedelta(days=FLAG_ENDS_AFTER)).fill_null(
            value=False
        )
        # Unknown where a rejected plan of the child might be current: then so is whether there is a current one.
        return pl.when(current.is_not_null()).then(~current & over)

    return Fact(
        f"{kind}_plan_over",
        pl.Boolean(),
        f"whether no {KINDS[kind]} plan is current and the last one ended more than {FLAG_ENDS_AFTER} days before the"
        " local date of as_of",
        sample=False,
        expression=expression,
        nullable=True,
    )


def _flag_end_due(_: Context) -> pl.Expr:
    """The start of the 28th day after the earliest of the last days of plans that a current flag outlives."""
    outlived = [
        pl.when(pl.col(f"{kind}_flag_current") & pl.col(f"{kind}_plan_over")).then(f"{kind}_plan_last_day")
        for kind in KINDS
    ]
    return start_of_day(pl.min_horizontal(outlived) + pl.duration(days=FLAG_ENDS_AFTER))


def _listed(rows: str, unreadable: str, kind: str) -> Callable[[Context], pl.Expr]:
    unreadable_rows = text.count(pl.col(unreadable), f"{kind} row could not be read", f"{kind} rows could not be read")
    return lambda _: text.sentence(pl.col(rows).fill_null(f"no {kind} in the extract"), unreadable_rows)


def _plan_current(kind: str) -> Fact:
    return Fact(
        f"{kind}_plan_current",
        pl.Boolean(),
        f"whether a {KINDS[kind]} plan is current on the local date of as_of",
        sample=kind == "cp",
        expression=lambda _: _has(pl.col(f"{kind}_plan_started_on").is_not_null(), "unreadable_plans"),
        nullable=True,
    )


def _flag_current(kind: str) -> Fact:
    return Fact(
        f"{kind}_flag_current",
        pl.Boolean(),
        f"whether a {KINDS[kind]} flag is current on the local date of as_of",
        sample=kind == "cp",
        expression=lambda _: _has(pl.col(f"{kind}_flag"), "unreadable_flags"),
        nullable=True,
    )


def _due_fact(name: str, description: str, expression: Callable[[Context], pl.Expr]) -> Fact:
    description += " + policy.flag_due_days, start of that day in London"
    return Fact(name, UTC_TIME, description, SAMPLE_DUE_AT, expression, nullable=True)


CHILD = Subject(
    name="child",
    description="A child_ref that some children row of the extract bears, of any age, with its latest incident.",
    key=("child_ref",),
    base=lambda tables, _: latest_incidents(tables),
    sources=(PLANS, FLAGS, UNREADABLE_PLANS, UNREADABLE_FLAGS),
    facts=(
        carried("children", "child_ref", "CH-1"),
        carried("incidents", "incident_ref", "INC-1", "the latest incident of the child, duplicates included"),
        carried("incidents", "reported_at", SAMPLE_REPORTED_AT, "when that incident was reported"),
        carried("incidents", "district", "North"),
        carried("incidents", "team", "Response 1"),
        carried("incidents", "officer_id", "PC-1"),
        carried("incidents", "supervisor_id", "PS-1"),
        CONCERN_TYPES,
        *(_plan_current(kind) for kind in KINDS),
        Fact(
            "cp_plan_ended",
            pl.Boolean(),
            "whether a child protection plan has ended (within policy.previous_plan_years)",
            sample=False,
            expression=lambda _: _has(pl.col("cp_plan_ended_on").is_not_null(), "unreadable_plans"),
            nullable=True,
        ),
        *(_flag_current(kind) for kind in KINDS),
        *(_plan_over(kind) for kind in KINDS),
        Fact(
            "cp_flag_ever",
            pl.Boolean(),
            "whether a child protection flag was ever recorded, current or ended",
            sample=True,
            expression=lambda _: _has(pl.col("cp_flag_so_far"), "unreadable_flags"),
            nullable=True,
        ),
        _due_fact(
            "protection_flag_due_at",
            "when the flag is due: earliest start of a current CP or LAC plan of a kind not surely flagged",
            _flag_due("cp", "lac"),
        ),
        _due_fact(
            "in_need_flag_due_at",
            "when the flag is due: earliest start of a current CIN plan, where not surely flagged",
            _flag_due("cin"),
        ),
        _due_fact(
            "previous_plan_flag_due_at",
            "when the flag is due: latest end of a child protection plan that has ended",
            lambda context: _due_after(pl.col("cp_plan_ended_on"), context),
        ),
        Fact(
            "flag_end_due_at",
            UTC_TIME,
            f"when a flag that outlives its plans was due to end: last day of the plan + {FLAG_ENDS_AFTER} days,"
            " start of that day in London, the earliest where several do",
            SAMPLE_DUE_AT,
            _flag_end_due,
            nullable=True,
        ),
        Fact(
            "plans_in_words",
            pl.String(),
            "the plans of the child, with their days",
            sample="CP plan from 16/11/2026",
            expression=_listed("plans", "unreadable_plans", "plan"),
        ),
        Fact(
            "flags_in_words",
            pl.String(),
            "the flags of the child, with their days",
            sample="CP flag from 16/11/2026",
            expression=_listed("flags", "unreadable_flags", "flag"),
        ),
    ),
)
