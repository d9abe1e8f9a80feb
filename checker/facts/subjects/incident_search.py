"""The force's daily search, replayed: would a run of it ever have returned the incident, and if not, why not?

Run `r` sees an incident whose key (policy.daily_search.keyed_on) lies in [r - window, r), elapsed hours, that was
closed before `r` and has the search code at `r` (rules.md, CLO003).
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from checker.facts import closing_codes
from checker.facts import evidence_text as text
from checker.facts.context import Context
from checker.facts.engine import SAMPLE_REPORTED_AT, Fact
from checker.facts.joins.code_history import first_run_after, last_look, search_key
from checker.london_time import UTC_TIME

OPEN_FOR = timedelta(hours=24)  # after which an incident that is not closed is judged
NEVER_CLOSED, CLOSED_LATE, NEVER_CODED = "never closed", "closed late", "never coded"
LOOKALIKE, ANOTHER_CODE, BETWEEN_RUNS = "look-alike code", "another code", "between two runs"
REASONS = (NEVER_CLOSED, CLOSED_LATE, NEVER_CODED, LOOKALIKE, ANOTHER_CODE, BETWEEN_RUNS)  # the first that fits
CURRENT_CODES_ONLY = "current codes only"

_SAMPLE_RUN = SAMPLE_REPORTED_AT + timedelta(hours=21)
_CLOSED_AT = pl.col("closed_at")


def _in_reach(context: Context) -> pl.Expr:
    """Whether a run looks back to it once it was closed: where the first run after that does not, no later one does.

    Without a closing time the first run after the report stands for it where the search looks by the report, and one
    may always have looked where it looks by the closure.
    """
    return (pl.col("first_run") <= last_look(context)).fill_null(value=True)


def _search_judged_at(context: Context) -> pl.Expr:
    return pl.when(_CLOSED_AT.is_not_null()).then("first_run").otherwise(pl.col("reported_at") + OPEN_FOR)


def _is_missed_by_search(context: Context) -> pl.Expr:
    never = ~pl.col("is_closed") | ~_in_reach(context)
    # Without a closing time the run that found the code may have been before the closure.
    returned = pl.when(_CLOSED_AT.is_not_null() | ~pl.col("search_returned")).then("search_returned")
    return pl.when(never).then(statement=True).when(pl.col("unreadable_code_rows").is_null()).then(~returned)


def _missed_because(context: Context) -> pl.Expr:
    codes = _codes_then(context)
    would_have_it = pl.col("unreadable_code_rows").is_not_null() | pl.col("search_coded").fill_null(value=True)
    in_time_once = first_run_after(pl.col("reported_at"), context) <= last_look(context)
    closed_late = in_time_once & (context.policy.daily_search.keyed_on == "created")
    return pl.when("is_missed_by_search").then(
        pl.when(~pl.col("is_closed"))
        .then(pl.lit(NEVER_CLOSED))
        .when(~_in_reach(context) & would_have_it & closed_late)
        .then(pl.lit(CLOSED_LATE))
        .when(~_in_reach(context) & would_have_it)
        .then(pl.lit(BETWEEN_RUNS))
        .when(codes.list.len() == 0)
        .then(pl.lit(NEVER_CODED))
        .when(closing_codes.has_lookalike(codes, context))
        .then(pl.lit(LOOKALIKE))
        .otherwise(pl.lit(ANOTHER_CODE))
    )


def _codes_then(context: Context) -> pl.Expr:
    """Its codes at the first run that may have returned it; those of now where nobody can say which one that is."""
    by_report = context.policy.daily_search.keyed_on == "created"
    return pl.when(_CLOSED_AT.is_not_null() | by_report).then("search_codes").otherwise("closure_codes")


def _daily_search_in_words(context: Context) -> pl.Expr:
    search, run = context.policy.daily_search, text.london_time(pl.col("search_judged_at"))
    key = "closed" if search.keyed_on == "closed" else "reported"
    codes = closing_codes.in_words(_codes_then(context), context).fill_null("none")
    because, missed = pl.col("missed_because"), pl.col("is_missed_by_search")
    when_closed = text.london_time(_CLOSED_AT)
    found = (
        pl.when(because == NEVER_CLOSED)
        .then(pl.lit("it returns no incident that is not closed"))
        .when(because == CLOSED_LATE)
        .then(pl.format("closed {}, when it looked back to the report no more", when_closed))
        .when(because == BETWEEN_RUNS)
        .then(
            pl.format(
                f"{key} {{}}, and the next run, of {{}}, looks back {search.window_hours:g} h only",
                text.london_time(search_key(context)),
                text.london_time(first_run_after(search_key(context), context)),
            )
        )
        .when(missed & _CLOSED_AT.is_null())
        .then(pl.format("closed without a time, closure codes: {}", codes))
        .when(missed)
        .then(pl.format("the run of {} should have returned it, closure codes at that run: {}", run, codes))
        .when(~missed)
        .then(pl.lit("returned"))
        .when(_CLOSED_AT.is_null())
        .then(pl.lit("closed without a time, so that no run can be named"))
        .when(pl.col("unreadable_code_rows").is_not_null())
        .then(pl.lit("a row of its code history could not be read"))
        .otherwise(pl.lit("its codes were changed twice at one moment"))
    )
    only = text.when(_CLOSED_AT.is_not_null() & ~pl.col("code_history"), f" ({CURRENT_CODES_ONLY})")
    return text.sentence(pl.lit("daily search: "), found, only, separator="")


DAILY_SEARCH = (
    Fact(
        "search_judged_at",
        UTC_TIME,
        "when the daily search is judged: its first run after the incident was closed, or reported_at + 24 hours where"
        " no closing time is recorded",
        sample=_SAMPLE_RUN,
        expression=_search_judged_at,
    ),
    Fact(
        "is_missed_by_search",
        pl.Boolean(),
        "whether no run of the daily search (policy.daily_search, policy.search_code) would ever have returned it;"
        " unknown where its codes at a run, or when it was closed, cannot be read",
        sample=False,
        expression=_is_missed_by_search,
        nullable=True,
    ),
    Fact(
        "missed_because",
        pl.String(),
        f"why the daily search would have missed it, the first that fits: {', '.join(REASONS)}",
        sample=None,
        expression=_missed_because,
        nullable=True,
    ),
    Fact(
        "daily_search_in_words",
        pl.String(),
        "which run of the daily search should have returned it, with its closure codes then, or why none could",
        sample="daily search: returned",
        expression=_daily_search_in_words,
    ),
)
