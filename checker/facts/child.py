"""The facts of a child: which plans of the local authority and which flags on the police record the child has."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import polars as pl

from checker.facts import words
from checker.facts.accepted import Accepted
from checker.facts.fact import SAMPLE_REPORTED_AT, Fact, FactTable, anniversary, carried, start_of_day
from checker.facts.incident import CONCERN_TYPES
from checker.facts.moment import UTC_TIME, Moment

KINDS = {"cp": "child protection", "lac": "looked after", "cin": "child in need"}
SAMPLE_DUE_AT = datetime(2026, 11, 17, tzinfo=UTC)
FLAG_ENDS_AFTER = 28  # days from the end of a plan until its flag should be gone (rules.md, FLG004)


def facts(accepted: Accepted, moment: Moment) -> pl.LazyFrame:
    """One row for each child_ref of the accepted children rows, of any age, with its facts at `as_of`."""
    subjects = latest_incidents(accepted)
    for frame in (
        _plans(accepted.plans, moment),
        _flags(accepted.flags, moment.today),
        unread_rows(accepted.rejected_plans, "unread_plans"),
        unread_rows(accepted.rejected_flags, "unread_flags"),
    ):
        subjects = subjects.join(frame, on="child_ref", how="left")
    return FACTS.plan(subjects, moment)


def latest_incidents(accepted: Accepted) -> pl.LazyFrame:
    """Each child_ref with its latest incident, by reported_at then by reference, duplicates included."""
    columns = ("incident_ref", "reported_at", "district", "team", "officer_id", "supervisor_id", "concern_types")
    incidents = accepted.every_incident.select(columns)
    seen = accepted.children.select("child_ref", "incident_ref").join(incidents, on="incident_ref", how="left")
    return seen.sort("reported_at", "incident_ref").unique("child_ref", keep="last", maintain_order=True)


def _plans(plans: pl.LazyFrame, moment: Moment) -> pl.LazyFrame:
    """For each child: of its plans of a kind the first day of the current ones and the last day of those that ended.

    `cp_plan_ended_on` is the last day of the CP plans that still count (policy.previous_plan_years); `plans` is words.
    """
    today = moment.today
    current, ended = is_current(today), pl.col("ended_on") < today
    years = moment.policy.previous_plan_years
    still_counts = pl.lit(value=True) if years == "unlimited" else anniversary(pl.col("ended_on"), years) >= today
    kind = pl.col("plan").str.to_lowercase()
    starts = [
        pl.col("started_on").filter((kind == name) & current).min().alias(f"{name}_plan_started_on") for name in KINDS
    ]
    last_end = pl.col("ended_on").filter((kind == "cp") & ended & still_counts).max().alias("cp_plan_ended_on")
    ends = [pl.col("ended_on").filter((kind == name) & ended).max().alias(f"{name}_plan_last_day") for name in KINDS]
    return plans.group_by("child_ref").agg(*starts, *ends, last_end, in_words("plan").alias("plans"))


def _flags(flags: pl.LazyFrame, today: date) -> pl.LazyFrame:
    """For each child: whether a flag of a kind is current, whether a CP flag is current or has ended, words."""
    kind = pl.col("flag").str.to_lowercase()
    current = [((kind == name) & is_current(today)).any().alias(f"{name}_flag") for name in KINDS]
    ever = ((kind == "cp") & (pl.col("started_on") <= today)).any().alias("cp_flag_so_far")
    return flags.group_by("child_ref").agg(*current, ever, in_words("flag").alias("flags"))


def unread_rows(rejected: pl.LazyFrame, name: str) -> pl.LazyFrame:
    """For each child under `name` how many rejected rows bear its reference."""
    return rejected.filter(pl.col("child_ref").is_not_null()).group_by("child_ref").agg(pl.len().alias(name))


def is_current(today: date) -> pl.Expr:
    """Current at as_of: started_on <= local date of as_of and (ended_on blank or ended_on >= that date)."""
    return (pl.col("started_on") <= today) & (pl.col("ended_on").is_null() | (pl.col("ended_on") >= today))


def in_words(kind: str) -> pl.Expr:
    """A child's plans or flags: `CP plan from 01/03/2025 to 04/07/2026; CIN plan from 05/07/2026`, in that order."""
    until = words.when(pl.col("ended_on").is_not_null(), pl.format(" to {}", words.day(pl.col("ended_on"))))
    row = pl.format(f"{{}} {kind} from {{}}{{}}", kind, words.day(pl.col("started_on")), until.fill_null(""))
    return row.sort_by("started_on", "ended_on", kind).str.join("; ")


def _has(known: pl.Expr, unread: str) -> pl.Expr:
    """True where the rows prove it, null where a rejected row of the child might, else false."""
    return (
        pl.when(known.fill_null(value=False)).then(statement=True).when(pl.col(unread).is_null()).then(statement=False)
    )


def _due_after(start: pl.Expr, moment: Moment) -> pl.Expr:
    return start_of_day(start + pl.duration(days=moment.policy.flag_due_days))


def _flag_due(*kinds: str) -> Callable[[Moment], pl.Expr]:
    """The earliest started_on of the current plans of a kind that is not surely flagged, plus the days allowed."""
    unflagged = [
        pl.when(~pl.col(f"{kind}_flag_current").fill_null(value=False)).then(f"{kind}_plan_started_on")
        for kind in kinds
    ]
    return lambda moment: _due_after(pl.min_horizontal(unflagged), moment)


def _plan_over(kind: str) -> Fact:
    def expression(moment: Moment) -> pl.Expr:
        current = pl.col(f"{kind}_plan_current")
        over = (pl.col(f"{kind}_plan_last_day") < moment.today - timedelta(days=FLAG_ENDS_AFTER)).fill_null(value=False)
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
        tables=("plans",),
    )


def _flag_end_due(_: Moment) -> pl.Expr:
    """The start of the 28th day after the earliest of the last days of plans that a current flag outlives."""
    outlived = [
        pl.when(pl.col(f"{kind}_flag_current") & pl.col(f"{kind}_plan_over")).then(f"{kind}_plan_last_day")
        for kind in KINDS
    ]
    return start_of_day(pl.min_horizontal(outlived) + pl.duration(days=FLAG_ENDS_AFTER))


def _listed(rows: str, unread: str, kind: str) -> Callable[[Moment], pl.Expr]:
    unread_rows = words.count(pl.col(unread), f"{kind} row could not be read", f"{kind} rows could not be read")
    return lambda _: words.sentence(pl.col(rows).fill_null(f"no {kind} in the extract"), unread_rows)


def _plan_current(kind: str) -> Fact:
    return Fact(
        f"{kind}_plan_current",
        pl.Boolean(),
        f"whether a {KINDS[kind]} plan is current on the local date of as_of",
        sample=kind == "cp",
        expression=lambda _: _has(pl.col(f"{kind}_plan_started_on").is_not_null(), "unread_plans"),
        nullable=True,
        tables=("plans",),
    )


def _flag_current(kind: str) -> Fact:
    return Fact(
        f"{kind}_flag_current",
        pl.Boolean(),
        f"whether a {KINDS[kind]} flag is current on the local date of as_of",
        sample=kind == "cp",
        expression=lambda _: _has(pl.col(f"{kind}_flag"), "unread_flags"),
        nullable=True,
        tables=("flags",),
    )


def _due_fact(name: str, description: str, expression: Callable[[Moment], pl.Expr], tables: tuple[str, ...]) -> Fact:
    description += " + policy.flag_due_days, start of that day in London"
    return Fact(name, UTC_TIME, description, SAMPLE_DUE_AT, expression, nullable=True, tables=tables)


FACTS = FactTable(
    subject="child",
    description="A child_ref that some children row of the extract bears, of any age, with its latest incident.",
    key=("child_ref",),
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
            expression=lambda _: _has(pl.col("cp_plan_ended_on").is_not_null(), "unread_plans"),
            nullable=True,
            tables=("plans",),
        ),
        *(_flag_current(kind) for kind in KINDS),
        *(_plan_over(kind) for kind in KINDS),
        Fact(
            "cp_flag_ever",
            pl.Boolean(),
            "whether a child protection flag was ever recorded, current or ended",
            sample=True,
            expression=lambda _: _has(pl.col("cp_flag_so_far"), "unread_flags"),
            nullable=True,
            tables=("flags",),
        ),
        _due_fact(
            "protection_flag_due_at",
            "when the flag is due: earliest start of a current CP or LAC plan of a kind not surely flagged",
            _flag_due("cp", "lac"),
            ("plans", "flags"),
        ),
        _due_fact(
            "in_need_flag_due_at",
            "when the flag is due: earliest start of a current CIN plan, where not surely flagged",
            _flag_due("cin"),
            ("plans", "flags"),
        ),
        _due_fact(
            "previous_plan_flag_due_at",
            "when the flag is due: latest end of a child protection plan that has ended",
            lambda moment: _due_after(pl.col("cp_plan_ended_on"), moment),
            ("plans",),
        ),
        Fact(
            "flag_end_due_at",
            UTC_TIME,
            f"when a flag that outlives its plans was due to end: last day of the plan + {FLAG_ENDS_AFTER} days,"
            " start of that day in London, the earliest where several do",
            SAMPLE_DUE_AT,
            _flag_end_due,
            nullable=True,
            tables=("plans", "flags"),
        ),
        Fact(
            "plans_in_words",
            pl.String(),
            "the plans of the child, with their days",
            sample="CP plan from 16/11/2026",
            expression=_listed("plans", "unread_plans", "plan"),
            tables=("plans",),
        ),
        Fact(
            "flags_in_words",
            pl.String(),
            "the flags of the child, with their days",
            sample="CP flag from 16/11/2026",
            expression=_listed("flags", "unread_flags", "flag"),
            tables=("flags",),
        ),
    ),
)
