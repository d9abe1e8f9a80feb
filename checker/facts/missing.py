"""The facts of a missing episode, and of a child who was missing three times in 90 days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl

from checker.facts import words
from checker.facts.accepted import Accepted
from checker.facts.child import latest_incidents
from checker.facts.fact import SAMPLE_REPORTED_AT, Fact, FactTable, carried, elapsed
from checker.facts.history import is_covered, not_covered_in_words
from checker.facts.incident import CONCERN_TYPES
from checker.facts.moment import UTC_TIME, Moment
from checker.facts.told import MISSING

LOOK_BACK = timedelta(days=90)  # in which the third episode counts (rules.md, MIS001), elapsed
ACT_WITHIN = timedelta(hours=24)  # rules.md, MIS001 and MIS002
INTERVIEW_WITHIN = timedelta(hours=72)  # rules.md, MIS003
TABLES = ("missing_episodes",)

_OF_INCIDENT = ("incident_ref", "district", "team", "supervisor_id", "concern_types")


def child_facts(accepted: Accepted, moment: Moment) -> pl.LazyFrame:
    """One row for each child_ref of the missing episodes, the rejected ones too, with its facts at `as_of`."""
    read, unread = (
        accepted.missing_episodes,
        accepted.rejected_missing_episodes.filter(pl.col("child_ref").is_not_null()),
    )
    every = pl.concat(
        [read.select("child_ref", "reported_at"), unread.select("child_ref", reported_at=pl.lit(None, UTC_TIME))]
    )
    subjects = every.group_by("child_ref").agg(latest_reported=pl.col("reported_at").max())
    for found in (_windows(_countable(accepted, moment)), _unread(accepted, moment), _latest_incidents(accepted)):
        subjects = subjects.join(found, on="child_ref", how="left")
    return CHILD.plan(subjects, moment)


def episode_facts(accepted: Accepted, moment: Moment) -> pl.LazyFrame:
    """One row for each accepted missing episode, cancelled or not, with all its facts."""
    in_order = accepted.missing_episodes.sort("reported_at")
    referred = in_order.join_asof(
        _submitted(accepted).sort("submitted_at"),
        left_on="reported_at",
        right_on="submitted_at",
        by="child_ref",
        strategy="forward",
        check_sortedness=False,  # both are sorted by time; by child it could not be checked
    )
    subjects = referred.join(_unread_forms(accepted), on="child_ref", how="left")
    return EPISODE.plan(subjects.join(_latest_incidents(accepted), on="child_ref", how="left"), moment)


def _latest_incidents(accepted: Accepted) -> pl.LazyFrame:
    return latest_incidents(accepted).select("child_ref", *_OF_INCIDENT)


def _countable(accepted: Accepted, moment: Moment) -> pl.LazyFrame:
    """The episodes that count, of tonight and those that only an earlier extract held; child by child and by time."""
    read = accepted.missing_episodes
    past = _past(accepted, moment)
    columns = ("child_ref", "episode_ref", "reported_at", "coordinator_allocated_at")
    counts = pl.col("status").ne_missing(pl.lit("cancelled"))  # a blank status counts
    both = pl.concat([rows.filter(counts).select(columns) for rows in (read, past)])
    return both.sort("child_ref", "reported_at", "episode_ref")


def _past(accepted: Accepted, moment: Moment) -> pl.LazyFrame:
    """The episodes that only an earlier extract held."""
    past = moment.past.episodes.lazy().filter(pl.col("reported_at") <= moment.as_of)
    return past.join(accepted.missing_episodes, on="episode_ref", how="anti")


def _windows(countable: pl.LazyFrame) -> pl.LazyFrame:
    """For each child the 90 days up to its latest third episode, else up to its latest: what there is and from when.

    `third_at` is when the third episode in them was reported, null where no episode ever was a third; `episodes` is how
    many count at all, `last_at` when the last of them was reported.
    """
    of_same_child = pl.col("child_ref") == pl.col("child_ref").shift(2)
    is_third = of_same_child & (pl.col("reported_at").shift(2) >= pl.col("reported_at") - LOOK_BACK)
    place = pl.int_range(pl.len())
    placed = countable.with_columns(is_third.fill_null(value=False).alias("is_third"), place.alias("place"))
    thirds = pl.col("place").filter("is_third").max()
    ends = placed.group_by("child_ref").agg(
        pl.len().alias("episodes"),
        pl.col("reported_at").max().alias("last_at"),
        thirds.is_not_null().alias("has_third"),
        pl.coalesce(thirds, pl.col("place").max()).alias("end"),
    )
    until = placed.select(end="place", end_at="reported_at")
    within = (
        placed.join(ends.join(until, on="end", how="left"), on="child_ref", how="left")
        .filter((pl.col("place") <= pl.col("end")) & (pl.col("reported_at") >= pl.col("end_at") - LOOK_BACK))
        .sort("place")
    )
    counted = within.group_by("child_ref", maintain_order=True).agg(
        pl.len().alias("in_window"),
        pl.col("episode_ref").tail(5).str.join(", ").alias("window_episodes"),
        pl.col("coordinator_allocated_at").min().alias("first_allocated_at"),
        pl.col("reported_at").get(2, null_on_oob=True).alias("third_reported"),
        pl.col("reported_at").first().alias("window_from"),
        pl.col("end_at").first(),
    )
    third_at = pl.when("has_third").then("third_reported").alias("third_at")
    return ends.join(counted, on="child_ref", how="left").with_columns(third_at).drop("end", "third_reported")


def _unread(accepted: Accepted, moment: Moment) -> pl.LazyFrame:
    """For each child the rows that could not be read: how many episodes, and how many of them are no accepted one.

    Rows that say which episode they are count once an episode.
    """
    row = pl.format("\x00{}", pl.int_range(pl.len()))  # no reference has a NUL in front
    tonight = accepted.rejected_missing_episodes.select("child_ref", of=pl.coalesce("episode_ref", row))
    past = moment.past.unread.lazy().filter(pl.col("link") == MISSING).select("of", child_ref="ref")
    known = pl.concat([rows.select("episode_ref") for rows in (accepted.missing_episodes, _past(accepted, moment))])
    unread = pl.concat(
        [tonight, past.select("child_ref", "of").join(known, left_on="of", right_on="episode_ref", how="anti")]
    )
    others = unread.join(known, left_on="of", right_on="episode_ref", how="anti")
    each = unread.filter(pl.col("child_ref").is_not_null()).group_by("child_ref").agg(unread=pl.col("of").n_unique())
    of_others = others.group_by("child_ref").agg(unread_others=pl.col("of").n_unique())
    return each.join(of_others, on="child_ref", how="left")


def _submitted(accepted: Accepted) -> pl.LazyFrame:
    """When a form that speaks for a child was submitted, whatever the incident: `child_ref` and `submitted_at`."""
    forms = accepted.referrals.filter(pl.col("status") == "submitted").select(
        "child_ref", "answered_by", "submitted_at"
    )
    of_all = forms.filter(pl.col("child_ref").is_null()).drop("child_ref")
    of_each = of_all.join(_children(accepted), on="answered_by").select("child_ref", "submitted_at")
    return pl.concat([forms.filter(pl.col("child_ref").is_not_null()).select("child_ref", "submitted_at"), of_each])


def _unread_forms(accepted: Accepted) -> pl.LazyFrame:
    """The children for whom a form that could not be read may speak."""
    forms = accepted.rejected_referrals.select("child_ref", "answered_by")
    of_all = forms.filter(pl.col("child_ref").is_null()).drop("child_ref")
    of_each = of_all.join(_children(accepted), on="answered_by").select("child_ref")
    named = forms.filter(pl.col("child_ref").is_not_null()).select("child_ref")
    return pl.concat([named, of_each]).unique().with_columns(unread_form=pl.lit(value=True))


def _children(accepted: Accepted) -> pl.LazyFrame:
    return accepted.children.select("child_ref", "answered_by").unique()


def _is_third(moment: Moment) -> pl.Expr:
    """True where an episode was the third, null where rejected rows or the time before may make one, else false."""
    none, unread = pl.col("episodes").is_null(), pl.col("unread_others").fill_null(0)
    perhaps = (unread > 0) & (pl.col("episodes").fill_null(0) + unread >= 3)
    return (
        pl.when(none & (unread == 0))
        .then(statement=False)
        .when("has_third")
        .then(statement=True)
        .when(~perhaps & _covers(moment))
        .then(statement=False)
    )


def _last_at(moment: Moment) -> pl.Expr:
    """When the last episode that counts was reported; where there is none to be read, it may be until now."""
    return pl.col("last_at").fill_null(pl.lit(moment.as_of, UTC_TIME))


def _covers(moment: Moment) -> pl.Expr:
    last = _last_at(moment)
    return is_covered(moment.past.covered_episodes, last - LOOK_BACK, last)


def _has_coordinator(_: Moment) -> pl.Expr:
    allocated = pl.when(pl.col("first_allocated_at").is_not_null()).then(statement=True)
    return allocated.when(pl.col("unread").is_null()).then(statement=False)


def _episodes_in_words(moment: Moment) -> pl.Expr:
    """How many times the child was missing within 90 days, when, and what is not known."""
    number = pl.col("in_window")
    missing = (
        pl.when(number > 1)
        .then(
            pl.format(
                "missing {} times within 90 days, from {} to {} (latest episodes: {})",
                number,
                words.london_day(pl.col("window_from")),
                words.london_day(pl.col("end_at")),
                "window_episodes",
            )
        )
        .when(number == 1)
        .then(
            pl.format(
                "missing once within 90 days, on {} (episode {})",
                words.london_day(pl.col("end_at")),
                "window_episodes",
            )
        )
        .otherwise(pl.lit("no episode that counts"))
    )
    unsure = pl.col("is_third_within_90_days").is_null()
    return words.sentence(
        missing,
        words.count(pl.col("unread"), "episode could not be read", "episodes could not be read"),
        words.when(unsure & ~_covers(moment), not_covered_in_words(moment.past.covered_episodes, _last_at(moment))),
    )


def _coordinator_in_words(_: Moment) -> pl.Expr:
    allocated = pl.format("missing coordinator allocated {}", words.moment(pl.col("first_allocated_at")))
    return allocated.fill_null("no missing coordinator recorded")


def _is_acted_on(_: Moment) -> pl.Expr:
    due = pl.col("reported_at") + ACT_WITHIN
    in_time = (pl.col("coordinator_allocated_at") <= due) | (pl.col("submitted_at") <= due)
    acted = pl.when(in_time.fill_null(value=False)).then(statement=True)
    return acted.when(pl.col("unread_form").is_null()).then(statement=False)


def _episode_in_words(_: Moment) -> pl.Expr:
    status = pl.col("status").fill_null("status blank")
    return pl.format("episode {}, reported {}, {}", "episode_ref", words.moment(pl.col("reported_at")), status)


def _concern_in_words(_: Moment) -> pl.Expr:
    concern = pl.col("cause_for_concern")
    return (
        pl.when(concern)
        .then(pl.lit("cause for concern"))
        .when(~concern)
        .then(pl.lit("no cause for concern"))
        .otherwise(pl.lit("not known whether there is cause for concern"))
    )


def _action_in_words(_: Moment) -> pl.Expr:
    later = elapsed(pl.col("reported_at"), pl.col("coordinator_allocated_at"))
    allocated = pl.format("missing coordinator allocated {} after the report", words.hours(later))
    sent = elapsed(pl.col("reported_at"), pl.col("submitted_at"))
    referred = pl.format("referral submitted {} after the report", words.hours(sent))
    return words.sentence(
        allocated.fill_null("no missing coordinator recorded"),
        referred.fill_null("no referral found since"),
        words.when(pl.col("unread_form"), "a referral form could not be read"),
    )


def _return_in_words(_: Moment) -> pl.Expr:
    returned = pl.format("returned {}", words.moment(pl.col("returned_at")))
    unknown = words.when(pl.col("has_returned").is_null(), "closed, but no time of return is recorded")
    interview = pl.format("return interview {}", words.moment(pl.col("return_interview_at")))
    return words.sentence(
        pl.coalesce(returned, unknown, pl.lit("not returned")), interview.fill_null("no return interview recorded")
    )


def _has_returned(_: Moment) -> pl.Expr:
    returned = pl.when(pl.col("returned_at").is_not_null()).then(statement=True)
    return returned.when(pl.col("status").ne_missing(pl.lit("closed"))).then(statement=False)


def _of_incident(column: str, sample: str, description: str | None = None) -> Fact:
    fact = carried("incidents", column, sample, description)
    return replace(fact, nullable=True, tables=TABLES)


def _latest_incident() -> tuple[Fact, ...]:
    return (
        _of_incident("incident_ref", "INC-1", "the latest incident of the child, duplicates included, if there is one"),
        _of_incident("district", "North"),
        _of_incident("team", "Response 1"),
        Fact(
            "officer_id",
            pl.String(),
            "always blank: the officer of that incident has no part in the episode",
            None,
            lambda _: pl.lit(None, pl.String),
            nullable=True,
            tables=TABLES,
        ),
        _of_incident("supervisor_id", "PS-1"),
        replace(CONCERN_TYPES, tables=TABLES),
    )


def _own(column: str, sample: object, description: str | None = None) -> Fact:
    return replace(carried("missing_episodes", column, sample, description), tables=TABLES)


def _fact(
    name: str,
    dtype: pl.DataType,
    description: str,
    sample: object,
    expression: Callable[[Moment], pl.Expr],
    nullable: bool = False,
) -> Fact:
    return Fact(name, dtype, description, sample, expression, nullable, TABLES)


def _due(name: str, description: str, sample: datetime, expression: pl.Expr, nullable: bool = False) -> Fact:
    return _fact(name, UTC_TIME, description, sample, lambda _: expression, nullable)


def _words(name: str, description: str, sample: str, expression: Callable[[Moment], pl.Expr]) -> Fact:
    return _fact(name, pl.String(), description, sample, expression)


CHILD = FactTable(
    subject="missing_child",
    description="A child of whom the extract has a missing episode, or a rejected one, with its latest incident.",
    key=("child_ref",),
    of_incidents=False,
    facts=(
        _own("child_ref", "CH-1"),
        *_latest_incident(),
        _fact(
            "reported_at",
            UTC_TIME,
            "when the third episode within 90 days was reported; the latest episode where there is no third; where no"
            " episode could be read, the moment that the extract describes",
            SAMPLE_REPORTED_AT,
            lambda moment: pl.coalesce("third_at", "last_at", "latest_reported", pl.lit(moment.as_of, UTC_TIME)),
        ),
        _fact(
            "is_third_within_90_days",
            pl.Boolean(),
            "whether an episode was at least the third within 90 days, both ends included and cancelled ones left out;"
            " unknown where the extract and the store do not hold the 90 days before the latest",
            sample=True,
            expression=_is_third,
            nullable=True,
        ),
        _fact(
            "has_coordinator",
            pl.Boolean(),
            "whether one of the episodes within the 90 days up to the latest such third episode, or up to the latest"
            " episode, has a missing coordinator",
            sample=True,
            expression=_has_coordinator,
            nullable=True,
        ),
        _due(
            "coordinator_due_at",
            "when a missing coordinator is due: report of that third episode, or of the latest, + 24 hours, elapsed",
            SAMPLE_REPORTED_AT + ACT_WITHIN,
            pl.coalesce("third_at", "last_at") + ACT_WITHIN,
            nullable=True,
        ),
        _words(
            "episodes_in_words",
            "how many times the child was missing within the 90 days, and what is not known of it",
            "missing 3 times within 90 days, from 20/09/2026 to 16/11/2026",
            _episodes_in_words,
        ),
        _words(
            "coordinator_in_words",
            "when the first missing coordinator was allocated, or that none was",
            "no missing coordinator allocated",
            _coordinator_in_words,
        ),
    ),
)
EPISODE = FactTable(
    subject="missing_episode",
    description="An episode in which a child was missing, cancelled or not, with the latest incident of the child.",
    key=("episode_ref",),
    of_incidents=False,
    facts=(
        _own("episode_ref", "MIS-1"),
        _own("child_ref", "CH-1"),
        *_latest_incident(),
        _own("reported_at", SAMPLE_REPORTED_AT),
        _own("returned_at", SAMPLE_REPORTED_AT + timedelta(hours=10)),
        _own("status", "closed"),
        _own("cause_for_concern", sample=True),
        _own("return_interview_at", SAMPLE_REPORTED_AT + timedelta(hours=40)),
        _fact(
            "is_acted_on_in_time",
            pl.Boolean(),
            "whether a missing coordinator was allocated within 24 hours of the report, or a referral for the child"
            " was submitted in them",
            sample=True,
            expression=_is_acted_on,
            nullable=True,
        ),
        _due(
            "action_due_at",
            "when a coordinator or a referral is due: reported_at + 24 hours, elapsed",
            SAMPLE_REPORTED_AT + ACT_WITHIN,
            pl.col("reported_at") + ACT_WITHIN,
        ),
        _fact(
            "has_returned",
            pl.Boolean(),
            "whether the child has returned; unknown where the episode is closed and no time of return is recorded",
            sample=True,
            expression=_has_returned,
            nullable=True,
        ),
        _due(
            "interview_due_at",
            "when the return interview is due: returned_at + 72 hours, elapsed",
            SAMPLE_REPORTED_AT + timedelta(hours=10) + INTERVIEW_WITHIN,
            pl.col("returned_at") + INTERVIEW_WITHIN,
            nullable=True,
        ),
        _words(
            "episode_in_words",
            "which episode it is: its reference, when it was reported, its status",
            "episode MIS-1, reported 16/11/2026 09:00, closed",
            _episode_in_words,
        ),
        _words(
            "concern_in_words",
            "whether there is cause for concern, or that it is not known",
            "cause for concern",
            _concern_in_words,
        ),
        _words(
            "action_in_words",
            "how long after the report a coordinator was allocated and a referral submitted, or that none was",
            "no missing coordinator allocated; no referral submitted since",
            _action_in_words,
        ),
        _words(
            "return_in_words",
            "when the child returned and was interviewed, or that it is not recorded",
            "returned 16/11/2026 19:00; no return interview recorded",
            _return_in_words,
        ),
    ),
)
