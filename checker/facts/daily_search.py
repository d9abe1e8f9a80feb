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


def with_daily_search(incidents: pl.LazyFrame, accepted: Accepted, moment: Moment) -> pl.LazyFrame:
    """The incidents with what the runs of the search would have made of their codes.

    `search_returned` says whether a run that looks at it found the code, had it been closed by then where nobody says
    when it was; null where nobody knows its codes. `search_codes` are those at the first run, and `search_coded` says
    whether the code is one of them. `code_rows_unread` counts the rows of its code history that could not be read.
    """
    spells = _spells(accepted, moment).join(
        accepted.incidents.select("incident_ref", "closed_at", "reported_at"), on="incident_ref"
    )
    since, until, last = pl.col("since"), pl.col("until"), _last_look(moment)
    start = pl.coalesce(_CLOSED_AT, "reported_at")
    run, first_run = _first_run_after(pl.max_horizontal(start, since), moment), _first_run_after(start, moment)
    returned = pl.col("coded") & (last.is_null() | (run <= pl.min_horizontal(until, last)))
    holds = (since < first_run).fill_null(value=True) & (first_run <= until).fill_null(value=True)
    frames = (
        spells.group_by("incident_ref").agg(
            search_returned=returned.any(ignore_nulls=False),
            search_codes=pl.col("codes").filter(holds).first(),
            search_coded=pl.col("coded").filter(holds).first(),
        ),
        accepted.rejected_code_history.group_by("incident_ref").agg(code_rows_unread=pl.len()),
    )
    for frame in frames:
        incidents = incidents.join(frame, on="incident_ref", how="left")
    return incidents.with_columns(code_history=pl.lit(accepted.has_code_history))


def _spells(accepted: Accepted, moment: Moment) -> pl.LazyFrame:
    """The `codes` that each incident bore after the moment `since` and up to the moment `until`; null is always.

    A change is seen by the runs after its moment, not by one at that moment. Without a code history an incident bears
    its current codes throughout. `coded` is null where changes of one moment differ in whether the code is among them.
    """
    parts = {kind: _at_one_moment(pl.col(f"{kind}_codes"), kind, moment) for kind in ("old", "new")}
    changes = (
        accepted.code_history.group_by("incident_ref", "changed_at")
        .agg(*parts["old"], *parts["new"])
        .sort("incident_ref", "changed_at")
    )
    always = pl.lit(None, UTC_TIME)
    unchanged = accepted.incidents.join(changes, on="incident_ref", how="anti").select(
        "incident_ref",
        codes="closure_codes",
        coded=closing_codes.has_search_code(pl.col("closure_codes"), moment),
        since=always,
        until=always,
    )
    before = changes.unique("incident_ref", keep="first", maintain_order=True).select(
        "incident_ref", codes="old_codes", coded="old_coded", since=always, until="changed_at"
    )
    next_change = pl.col("changed_at").shift(-1).over("incident_ref")
    after = changes.select("incident_ref", codes="new_codes", coded="new_coded", since="changed_at", until=next_change)
    return pl.concat([unchanged, before, after])


def _at_one_moment(codes: pl.Expr, kind: str, moment: Moment) -> tuple[pl.Expr, pl.Expr]:
    """Of the changes at one moment the codes, and whether the search code is among them where they agree in that."""
    coded = closing_codes.has_search_code(codes, moment)
    one = codes.sort_by(codes.list.join(";")).first().alias(f"{kind}_codes")
    return one, pl.when(coded.any() == coded.all()).then(coded.any()).alias(f"{kind}_coded")


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
    """The last moment at which a run would still look back to the incident."""
    return _key(moment) + timedelta(hours=moment.policy.daily_search.window_hours)


def _in_reach(moment: Moment) -> pl.Expr:
    """Whether a run looks back to it once it was closed: where the first run after that does not, no later one does.

    Without a closing time the first run after the report stands for it where the search looks by the report, and one
    may always have looked where it looks by the closure.
    """
    first_run = _first_run_after(pl.coalesce(_CLOSED_AT, "reported_at"), moment)
    return (first_run <= _last_look(moment)).fill_null(value=True)


def _search_judged_at(moment: Moment) -> pl.Expr:
    return pl.coalesce(_first_run_after(_CLOSED_AT, moment), pl.col("reported_at") + OPEN_FOR)


def _is_missed_by_search(moment: Moment) -> pl.Expr:
    never = ~pl.col("is_closed") | ~_in_reach(moment)
    # What found the code may have come before it was closed, where nobody says when that was.
    returned = pl.when(_CLOSED_AT.is_not_null() | ~pl.col("search_returned")).then("search_returned")
    return pl.when(never).then(statement=True).when(pl.col("code_rows_unread").is_null()).then(~returned)


def _missed_because(moment: Moment) -> pl.Expr:
    codes = _codes_then(moment)
    would_have_it = pl.col("code_rows_unread").is_not_null() | pl.col("search_coded").fill_null(value=True)
    in_time_once = _first_run_after(pl.col("reported_at"), moment) <= _last_look(moment)
    closed_late = in_time_once & (moment.policy.daily_search.keyed_on == "created")
    return pl.when("is_missed_by_search").then(
        pl.when(~pl.col("is_closed"))
        .then(pl.lit(NEVER_CLOSED))
        .when(~_in_reach(moment) & would_have_it & closed_late)
        .then(pl.lit(CLOSED_LATE))
        .when(~_in_reach(moment) & would_have_it)
        .then(pl.lit(BETWEEN_RUNS))
        .when(codes.list.len() == 0)
        .then(pl.lit(NEVER_CODED))
        .when(closing_codes.has_lookalike(codes, moment))
        .then(pl.lit(LOOKALIKE))
        .otherwise(pl.lit(ANOTHER_CODE))
    )


def _codes_then(moment: Moment) -> pl.Expr:
    """Its codes at the first run that may have returned it; those of now where nobody can say which one that is."""
    by_report = moment.policy.daily_search.keyed_on == "created"
    return pl.when(_CLOSED_AT.is_not_null() | by_report).then("search_codes").otherwise("closure_codes")


def _daily_search_in_words(moment: Moment) -> pl.Expr:
    search, run = moment.policy.daily_search, words.moment(pl.col("search_judged_at"))
    key = "closed" if search.keyed_on == "closed" else "reported"
    codes = closing_codes.in_words(_codes_then(moment), moment).fill_null("none")
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
                words.moment(_first_run_after(_key(moment), moment)),
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
