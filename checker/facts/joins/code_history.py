"""Which closure codes the daily search met: the codes of an incident at each run, by its code history.

Run `r` sees an incident whose key (policy.daily_search.keyed_on) lies in [r - window, r), elapsed hours, that was
closed before `r` and has the search code at `r` (rules.md, CLO003).
"""

from __future__ import annotations

from datetime import time, timedelta

import polars as pl

from checker.config import LONDON
from checker.facts import closing_codes
from checker.facts.context import Context
from checker.facts.engine import Source, left_join
from checker.facts.tables import Tables
from checker.london_time import UTC_TIME, local_date

_CLOSED_AT = pl.col("closed_at")
_FOUND = ("search_returned", "search_codes", "search_coded")


def first_run_after(instant: pl.Expr, context: Context) -> pl.Expr:
    """The first run of the search strictly after the instant."""
    day, at = local_date(instant), time.fromisoformat(context.policy.daily_search.run_time)
    same_day = _run_on(day, at)
    return pl.when(same_day > instant).then(same_day).otherwise(_run_on(day.dt.offset_by("1d"), at))


def _run_on(day: pl.Expr, at: time) -> pl.Expr:
    """The instant of that wall time in London: the earlier where it comes twice, an hour on where it never comes."""

    def instant(wall: pl.Expr) -> pl.Expr:
        return wall.dt.replace_time_zone(LONDON, ambiguous="earliest", non_existent="null")

    wall = day.dt.combine(at)
    return pl.coalesce(instant(wall), instant(wall + timedelta(hours=1))).dt.convert_time_zone("UTC")


def search_key(context: Context) -> pl.Expr:
    """The time by which the search looks an incident up: when it was closed or reported, as the policy has it."""
    return _CLOSED_AT if context.policy.daily_search.keyed_on == "closed" else pl.col("reported_at")


def last_look(context: Context) -> pl.Expr:
    """The last moment at which a run would still look back to the incident."""
    return search_key(context) + timedelta(hours=context.policy.daily_search.window_hours)


def _with_codes_at_runs(incidents: pl.LazyFrame, tables: Tables, context: Context) -> pl.LazyFrame:
    """The incidents with what the runs of the search would have made of their codes.

    `search_returned` says whether a run that looks at it found the code, had it been closed by then where no closing
    time is recorded; null where nobody knows its codes. `search_codes` are those at the first run, and `search_coded`
    says whether the code is one of them. Without a history an incident has its current codes throughout. `first_run`
    is that of the search after the incident was closed, or after it was reported where no closing time is recorded.
    """
    coded, last = closing_codes.has_search_code(pl.col("closure_codes"), context), last_look(context)
    first_run = first_run_after(pl.coalesce(_CLOSED_AT, "reported_at"), context)
    incidents = incidents.with_columns(first_run=first_run)
    current = {
        "search_returned": coded & (last.is_null() | (pl.col("first_run") <= last)),
        "search_codes": pl.col("closure_codes"),
        "search_coded": coded,
    }
    history = pl.lit(tables.has_code_history).alias("code_history")
    if not tables.has_code_history:
        return incidents.with_columns(history, **current)
    joined = incidents.join(_changed(tables, context), on="incident_ref", how="left")
    is_changed = pl.col("is_changed").fill_null(value=False)
    return joined.with_columns(
        history,
        **{name: pl.when(is_changed).then(f"{name}_then").otherwise(now) for name, now in current.items()},
    )


def _changed(tables: Tables, context: Context) -> pl.LazyFrame:
    """The same for each incident with a code history, the names ending in `_then`."""
    spells = _spells(tables, context).join(
        tables.incidents.select("incident_ref", "closed_at", "reported_at"), on="incident_ref"
    )
    since, until, last = pl.col("since"), pl.col("until"), last_look(context)
    start = pl.coalesce(_CLOSED_AT, "reported_at")
    run, first_run = first_run_after(pl.max_horizontal(start, since), context), first_run_after(start, context)
    returned = pl.col("coded") & (last.is_null() | (run <= pl.min_horizontal(until, last)))
    holds = (since < first_run).fill_null(value=True) & (first_run <= until).fill_null(value=True)
    return spells.group_by("incident_ref").agg(
        search_returned_then=returned.any(ignore_nulls=False),
        search_codes_then=pl.col("codes").filter(holds).first(),
        search_coded_then=pl.col("coded").filter(holds).first(),
        is_changed=pl.lit(value=True),
    )


def _unreadable(tables: Tables, _: Context) -> pl.LazyFrame:
    return tables.rejected_code_history.group_by("incident_ref").agg(unreadable_code_rows=pl.len())


def _spells(tables: Tables, context: Context) -> pl.LazyFrame:
    """The `codes` of each incident with a code history after the moment `since` and up to `until`; null is always.

    A change is seen by the runs after its moment, not by one at that moment. `coded` is null where changes of one
    moment differ in whether the search code is among them.
    """
    parts = {kind: _at_one_moment(pl.col(f"{kind}_codes"), kind, context) for kind in ("old", "new")}
    changes = (
        tables.code_history.group_by("incident_ref", "changed_at")
        .agg(*parts["old"], *parts["new"])
        .sort("incident_ref", "changed_at")
    )
    always = pl.lit(None, UTC_TIME)
    before = changes.unique("incident_ref", keep="first", maintain_order=True).select(
        "incident_ref", codes="old_codes", coded="old_coded", since=always, until="changed_at"
    )
    next_change = pl.col("changed_at").shift(-1).over("incident_ref")
    after = changes.select("incident_ref", codes="new_codes", coded="new_coded", since="changed_at", until=next_change)
    return pl.concat([before, after])


def _at_one_moment(codes: pl.Expr, kind: str, context: Context) -> tuple[pl.Expr, pl.Expr]:
    """Of the changes at one moment the codes, and whether the search code is among them where they agree in that."""
    coded = closing_codes.has_search_code(codes, context)
    one = codes.sort_by(codes.list.join(";")).first().alias(f"{kind}_codes")
    return one, pl.when(coded.any() == coded.all()).then(coded.any()).alias(f"{kind}_coded")


CODE_HISTORY = Source(
    "codes at the runs of the daily search", frozenset({*_FOUND, "code_history", "first_run"}), _with_codes_at_runs
)
UNREADABLE_CODE_HISTORY = left_join(
    "unreadable code history rows", "incident_ref", ["unreadable_code_rows"], _unreadable
)
