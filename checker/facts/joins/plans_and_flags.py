"""The plans of the local authority and the flags on the police record of each child."""

from __future__ import annotations

from datetime import date

import polars as pl

from checker.facts import evidence_text as text
from checker.facts.context import Context
from checker.facts.engine import Source, left_join
from checker.facts.tables import Tables
from checker.london_time import anniversary

KINDS = {"cp": "child protection", "lac": "looked after", "cin": "child in need"}


def _plans(tables: Tables, context: Context) -> pl.LazyFrame:
    """For each child: of its plans of a kind the first day of the current ones and the last day of those that ended.

    `cp_plan_ended_on` is the last day of the CP plans that still count (policy.previous_plan_years); `plans` in words.
    """
    today = context.today
    current, ended = is_current(today), pl.col("ended_on") < today
    years = context.policy.previous_plan_years
    still_counts = pl.lit(value=True) if years == "unlimited" else anniversary(pl.col("ended_on"), years) >= today
    kind = pl.col("plan").str.to_lowercase()
    starts = [
        pl.col("started_on").filter((kind == name) & current).min().alias(f"{name}_plan_started_on") for name in KINDS
    ]
    last_end = pl.col("ended_on").filter((kind == "cp") & ended & still_counts).max().alias("cp_plan_ended_on")
    ends = [pl.col("ended_on").filter((kind == name) & ended).max().alias(f"{name}_plan_last_day") for name in KINDS]
    return tables.plans.group_by("child_ref").agg(*starts, *ends, last_end, rows_in_words("plan").alias("plans"))


def _flags(tables: Tables, context: Context) -> pl.LazyFrame:
    """For each child: whether a flag of a kind is current, whether a CP flag is or was there, `flags` in words."""
    kind, today = pl.col("flag").str.to_lowercase(), context.today
    current = [((kind == name) & is_current(today)).any().alias(f"{name}_flag") for name in KINDS]
    ever = ((kind == "cp") & (pl.col("started_on") <= today)).any().alias("cp_flag_so_far")
    return tables.flags.group_by("child_ref").agg(*current, ever, rows_in_words("flag").alias("flags"))


def unreadable_rows(rejected: pl.LazyFrame, name: str) -> pl.LazyFrame:
    """For each child how many rejected rows have its reference, as `name`."""
    return rejected.filter(pl.col("child_ref").is_not_null()).group_by("child_ref").agg(pl.len().alias(name))


def is_current(today: date) -> pl.Expr:
    """Current at as_of: started_on <= local date of as_of and (ended_on blank or ended_on >= that date)."""
    return (pl.col("started_on") <= today) & (pl.col("ended_on").is_null() | (pl.col("ended_on") >= today))


def rows_in_words(kind: str) -> pl.Expr:
    """A child's plans or flags: `CP plan from 01/03/2025 to 04/07/2026; CIN plan from 05/07/2026`, in that order."""
    until = text.when(pl.col("ended_on").is_not_null(), pl.format(" to {}", text.day(pl.col("ended_on"))))
    row = pl.format(f"{{}} {kind} from {{}}{{}}", kind, text.day(pl.col("started_on")), until.fill_null(""))
    return row.sort_by("started_on", "ended_on", kind).str.join("; ")


def unreadable_child_rows(table: str, needs: tuple[str, ...] = ()) -> Source:
    """How many rejected rows of the table name the child, as `unreadable_<table>`."""
    name = f"unreadable_{table}"

    def found(tables: Tables, _: Context) -> pl.LazyFrame:
        rejected: pl.LazyFrame = getattr(tables, f"rejected_{table}")
        return unreadable_rows(rejected, name)

    return left_join(f"unreadable rows of {table}", "child_ref", [name], found, needs)


PLANS = left_join(
    "plans",
    "child_ref",
    [
        *(f"{kind}_plan_{what}" for kind in KINDS for what in ("started_on", "last_day")),
        *("cp_plan_ended_on", "plans"),
    ],
    _plans,
    needs=("plans",),
)
FLAGS = left_join(
    "flags", "child_ref", [*(f"{kind}_flag" for kind in KINDS), "cp_flag_so_far", "flags"], _flags, needs=("flags",)
)
UNREADABLE_PLANS = unreadable_child_rows("plans", needs=("plans",))
UNREADABLE_FLAGS = unreadable_child_rows("flags", needs=("flags",))
