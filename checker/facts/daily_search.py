"""The force's daily search, replayed: would a run of it ever have returned the incident, and if not, why not?

Run `r` sees an incident whose key (policy.daily_search.keyed_on) lies in [r - window, r), elapsed hours, that was
closed before `r` and bears the search code at `r` (rules.md, CLO003).
"""

from __future__ import annotations

from datetime import time, timedelta

import polars as pl

from checker.config import LONDON
from checker.facts import closing_codes, words
from checker.facts.accepted import Accepted
from checker.facts.fact import SAMPLE_REPORTED_AT, Fact, local_date
from checker.facts.moment import UTC_TIME, Moment

OPEN_FOR = timedelta(hours=24)  # after which an incident that is not closed is judged
NEVER_CLOSED, CLOSED_LATE, NEVER_CODED = "never closed", "closed late", "never coded"
LOOKALIKE, ANOTHER_CODE, BETWEEN_RUNS = "look-alike code", "another code", "between two runs"
REASONS = (NEVER_CLOSED, CLOSED_LATE, NEVER_CODED, LOOKALIKE, ANOTHER_CODE, BETWEEN_RUNS)  # the first that fits
CURRENT_CODES_ONLY = "current codes only"

_SAMPLE_RUN = SAMPLE_REPORTED_AT + timedelta(hours=21)
_CLOSED_AT = pl.col("closed_at")
_IS_CLOSED = _CLOSED_AT.is_not_null() | (pl.col("status") == "closed")


def with_daily_search(incidents: pl.LazyFrame, accepted: Accepted, moment: Moment) -> pl.LazyFrame:
    """The incidents with what the runs of the search would have made of those that are closed.

    `search_returned` says whether one returned it, or where nobody says when it was closed whether one may have;
    `search_codes` are its codes at the first run after it was closed.
    `code_rows_unread` counts the rows of its code history that could not be read, `code_rows_tied` says that two of
    them are of one moment: then nobody knows which codes came last.
    """
    history = accepted.code_history
    spells = _spells(accepted).join(
        accepted.incidents.filter(_IS_CLOSED).select("incident_ref", "closed_at", "reported_at"),
        on="incident_ref",
    )
    since, until, codes = pl.col("since"), pl.col("until"), pl.col("codes")
    run = _first_run_after(pl.max_horizontal(pl.coalesce(_CLOSED_AT, "reported_at"), since), moment)
    in_reach = (run <= pl.min_horizontal(until, _last_look(moment))).fill_null(value=True)
    returned = closing_codes.has_search_code(codes, moment) & in_reach
    first_run = _first_run_after(_CLOSED_AT, moment)
    holds = (since < first_run).fill_null(value=True) & (first_run <= until).fill_null(value=True)
    frames = (
        spells.group_by("incident_ref").agg(search_returned=returned.any(), search_codes=codes.filter(holds).first()),
        history.group_by("incident_ref").agg(code_rows_tied=pl.col("changed_at").is_duplicated().any()),
        accepted.rejected_code_history.group_by("incident_ref").agg(code_rows_unread=pl.len()),
    )
    for frame in frames:
        incidents = incidents.join(frame, on="incident_ref", how="left")
    return incidents.with_columns(code_history=pl.lit(accepted.has_code_history))


def _spells(accepted: Accepted) -> pl.LazyFrame:
    """The `codes` that each incident bore after the moment `since` and up to the moment `until`; null is always.

    A change is seen by the runs after its moment, not by one at that moment. Without a code history an incident bears
    its current codes throughout.
    """
    changes = accepted.code_history.sort("incident_ref", "changed_at")
    always = pl.lit(None, UTC_TIME)
    return pl.concat(
        [
            accepted.incidents.join(changes, on="incident_ref", how="anti").select(
                "incident_ref", codes="closure_codes", since=always, until=always
            ),
            changes.unique("incident_ref", keep="first", maintain_order=True).select(
                "incident_ref", codes="old_codes", since=always, until="changed_at"
            ),
            changes.select(
                "incident_ref",
                codes="new_codes",
                since="changed_at",
                until=pl.col("changed_at").shift(-1).over("incident_ref"),
            ),
        ]
    )


def _first_run_after(instant: pl.Expr, moment: Moment) -> pl.Expr:
    """The first run of the search strictly after the instant."""
    day, at = local_date(instant), time.fromisoformat(moment.policy.daily_search.run_time)
    same_day = _run_on(day, at)
    return pl.when(same_day > instant).then(same_day).otherwise(_run_on(day.dt.offset_by("1d"), at))


def _run_on(day: pl.Expr, at: time) -> pl.Expr:
    """The instant of that wall time in London: the earlier where it comes twice, an hour on where it never comes."""

    def instant(wall: pl.Expr) -> pl.Expr:
        return wall.dt.replace_time_zone(LONDON, ambiguous="earliest", non_existent="null")

    wall = day.dt.combine(at)
    return pl.coalesce(instant(wall), instant(wall + timedelta(hours=1))).dt.convert_time_zone("UTC")


def _key(moment: Moment) -> pl.Expr:
    return _CLOSED_AT if moment.policy.daily_search.keyed_on == "closed" else pl.col("reported_at")


def _last_look(moment: Moment) -> pl.Expr:
    """The last moment at which a run would still look back to the incident; null where the key is not known."""
    return _key(moment) + timedelta(hours=moment.policy.daily_search.window_hours)


def _in_reach(moment: Moment) -> pl.Expr:
    """Whether a run after it was closed looks back to it: where the first does not, no later one does."""
    return pl.col("search_judged_at") <= _last_look(moment)


def _codes_unknown() -> pl.Expr:
    return pl.col("code_rows_unread").is_not_null() | pl.col("code_rows_tied").fill_null(value=False)


def _search_judged_at(moment: Moment) -> pl.Expr:
    return pl.coalesce(_first_run_after(_CLOSED_AT, moment), pl.col("reported_at") + OPEN_FOR)


def _is_missed_by_search(moment: Moment) -> pl.Expr:
    without_time = pl.when(~pl.col("search_returned") & ~_codes_unknown()).then(statement=True)
    return (
        pl.when(~pl.col("is_closed"))
        .then(statement=True)
        .when(_CLOSED_AT.is_null())
        .then(without_time)
        .when(~_in_reach(moment))
        .then(statement=True)
        .when(~_codes_unknown())
        .then(~pl.col("search_returned"))
    )


def _missed_because(moment: Moment) -> pl.Expr:
    codes = _codes_then()
    out_of_reach = _CLOSED_AT.is_not_null() & ~_in_reach(moment)
    would_have_it = _codes_unknown() | closing_codes.has_search_code(codes, moment)
    in_time_once = _first_run_after(pl.col("reported_at"), moment) <= _last_look(moment)
    by_key = (
        pl.when(in_time_once).then(pl.lit(CLOSED_LATE)).otherwise(pl.lit(BETWEEN_RUNS))
        if moment.policy.daily_search.keyed_on == "created"
        else pl.lit(BETWEEN_RUNS)
    )
    return pl.when("is_missed_by_search").then(
        pl.when(~pl.col("is_closed"))
        .then(pl.lit(NEVER_CLOSED))
        .when(out_of_reach & would_have_it)
        .then(by_key)
        .when(codes.list.len() == 0)
        .then(pl.lit(NEVER_CODED))
        .when(closing_codes.has_lookalike(codes, moment))
        .then(pl.lit(LOOKALIKE))
        .otherwise(pl.lit(ANOTHER_CODE))
    )


def _codes_then() -> pl.Expr:
    """Its codes at the first run after it was closed; those of now where nobody says when that was."""
    return pl.when(_CLOSED_AT.is_not_null()).then("search_codes").otherwise("closure_codes")


def _daily_search_in_words(moment: Moment) -> pl.Expr:
    search, run = moment.policy.daily_search, words.moment(pl.col("search_judged_at"))
    key = "closed" if search.keyed_on == "closed" else "reported"
    codes = closing_codes.in_words(_codes_then(), moment).fill_null("none")
    because, missed = pl.col("missed_because"), pl.col("is_missed_by_search")
    when_closed = words.moment(_CLOSED_AT)
    told = (
        pl.when(because == NEVER_CLOSED)
        .then(pl.lit("it returns no incident that is not closed"))
        .when(because == CLOSED_LATE)
        .then(pl.format("closed {}, when it looked back to the report no more", when_closed))
        .when(because == BETWEEN_RUNS)
        .then(
            pl.format(
                f"{key} {{}}, and the next run, of {{}}, looks back {search.window_hours:g} h only",
                words.moment(_key(moment)),
                run,
            )
        )
        .when(missed & _CLOSED_AT.is_null())
        .then(pl.format("closed without a time, closure codes: {}", codes))
        .when(missed)
        .then(pl.format("the run of {} should have returned it, closure codes: {}", run, codes))
        .when(~missed)
        .then(pl.lit("returned"))
        .when(_CLOSED_AT.is_null())
        .then(pl.lit("closed without a time, so that no run can be named"))
        .when(pl.col("code_rows_unread").is_not_null())
        .then(pl.lit("a row of its code history could not be read"))
        .otherwise(pl.lit("its codes were changed twice at one moment"))
    )
    only = words.when(_CLOSED_AT.is_not_null() & ~pl.col("code_history"), f" ({CURRENT_CODES_ONLY})")
    return words.sentence(pl.lit("daily search: "), told, only, separator="")


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
