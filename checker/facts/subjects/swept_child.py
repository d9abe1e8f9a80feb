"""What has happened since to each child of the incidents of a sweep: referrals, later incidents, plans, episodes."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from checker.facts import evidence_text as text
from checker.facts.context import Context
from checker.facts.engine import Fact, Source, Subject, carried, left_join
from checker.facts.joins.expected_children import CHILDREN_COLUMNS, expected_children
from checker.facts.joins.missing_windows import is_countable
from checker.facts.joins.plans_and_flags import is_current, rows_in_words, unreadable_child_rows, unreadable_rows
from checker.facts.joins.referral_forms import REFERRAL_FORMS, children_of_unreadable_forms, has_form
from checker.facts.joins.subsequent_events import later_incidents, with_later_referral
from checker.facts.subjects.incident_child import age_band
from checker.facts.subjects.swept_child_text import since_in_words
from checker.facts.tables import Tables
from checker.london_time import UTC_TIME
from checker.models import Since

# What each word means, in the order in which they are tried.
MEANINGS = {
    Since.REFERRED: "a form for the child, or for every child of this incident, was submitted once it was reported",
    Since.REFERRED_SINCE: "a form for the child was submitted under another incident since this one was reported",
    Since.ON_A_PLAN: "neither is there, and a plan (CP, CIN or LAC) is current",
    Since.CANNOT_TELL: "a form that could not be read may be one of these, or the child has no name to be known by",
    Since.MET_SINCE: "none of these, and a later incident has the child",
    Since.UNSEEN: "none of these: nothing in the extract says that anybody has seen the child since",
}


def swept_child(swept: pl.Series) -> Subject:
    """The subject whose rows are the children of these incidents, each of which answers for itself."""

    def base(tables: Tables, _: Context) -> pl.LazyFrame:
        incidents = tables.incidents.join(swept.to_frame("incident_ref").lazy(), on="incident_ref", how="semi")
        expected = expected_children(tables, incidents.select(CHILDREN_COLUMNS))
        children = pl.concat([expected, _unreadable_children(tables, incidents, expected)], how="diagonal")
        return children.filter(pl.col("child").fill_null(value=True))

    return SWEPT_CHILD.with_base(base)


def _unreadable_children(tables: Tables, incidents: pl.LazyFrame, expected: pl.LazyFrame) -> pl.LazyFrame:
    """One unnamed row for each incident that has an unreadable children row and no unnamed rest."""
    unreadable = tables.rejected_children.select(incident_ref="primary_ref").drop_nulls().unique()
    rests = expected.filter(pl.col("child_ref").is_null())
    reported = incidents.select("incident_ref", "reported_at")
    return (
        unreadable.join(reported, on="incident_ref")
        .join(rests, on="incident_ref", how="anti")
        .with_columns(pl.lit(None, pl.Boolean).alias("child"), rest=pl.lit(value=True))
    )


def _with_plans(children: pl.LazyFrame, tables: Tables, context: Context) -> pl.LazyFrame:
    """The children with whether a plan is current, whether one has ended, and their `plans` in words."""
    current, ended = is_current(context.today).any(), (pl.col("ended_on") < context.today).any()
    plans = tables.plans.group_by("child_ref").agg(on_plan=current, off_plan=ended, plans=rows_in_words("plan"))
    return children.join(plans, on="child_ref", how="left").with_columns(has_plans=pl.lit("plans" in tables.supplied))


def _with_episodes(children: pl.LazyFrame, tables: Tables, _: Context) -> pl.LazyFrame:
    """The children with how many missing episodes count."""
    episodes = tables.missing_episodes.filter(is_countable()).group_by("child_ref").agg(episodes=pl.len())
    is_supplied = pl.lit("missing_episodes" in tables.supplied)
    return children.join(episodes, on="child_ref", how="left").with_columns(has_missing_episodes=is_supplied)


def _unreadable_episodes(tables: Tables, _: Context) -> pl.LazyFrame:
    """For each child the rejected rows of episodes, except those of an episode that has an accepted row too."""
    others = tables.rejected_missing_episodes.join(tables.missing_episodes, on="episode_ref", how="anti")
    return unreadable_rows(others, "unreadable_episodes")


def _known(table: str) -> pl.Expr:
    """Whether the child has a reference and the table was supplied, so that its rows can be about the child."""
    return pl.col("child_ref").is_not_null() & pl.col(f"has_{table}")


def _is_on_plan(_: Context) -> pl.Expr:
    proved = pl.when(pl.col("on_plan").fill_null(value=False)).then(statement=True)
    return proved.when(_known("plans") & pl.col("unreadable_plans").is_null()).then(statement=False)


def _was_on_plan(_: Context) -> pl.Expr:
    on_plan = pl.col("current_plan").fill_null(value=False)
    return (
        pl.when(on_plan)
        .then(statement=False)
        .when(pl.col("off_plan").fill_null(value=False))
        .then(statement=True)
        .when(_known("plans") & pl.col("unreadable_plans").is_null())
        .then(statement=False)
    )


def _later_incidents(_: Context) -> pl.Expr:
    return pl.when(pl.col("child_ref").is_not_null()).then(pl.col("later_incidents").fill_null(0))


def _missing_episodes(_: Context) -> pl.Expr:
    none = pl.when(_known("missing_episodes") & pl.col("unreadable_episodes").is_null()).then(0)
    return pl.coalesce("episodes", none)


def _since(_: Context) -> pl.Expr:
    cannot_tell = (
        pl.col("is_referred").is_null() | pl.col("unreadable_form").is_not_null() | pl.col("child_ref").is_null()
    )
    conditions = {
        Since.REFERRED: pl.col("is_referred"),
        Since.REFERRED_SINCE: pl.col("later_referral_ref").is_not_null(),
        Since.ON_A_PLAN: pl.col("on_plan"),
        Since.CANNOT_TELL: cannot_tell,
        Since.MET_SINCE: pl.col("later_incidents") > 0,
    }
    since = (text.when(condition, word.value) for word, condition in conditions.items())
    return pl.coalesce(*since, pl.lit(Since.UNSEEN.value))


def _later(name: str, dtype: pl.DataType, description: str, sample: object = None) -> Fact:
    """A fact that was found for the child, null where nothing was."""
    return Fact(name, dtype, description, sample, lambda _: pl.col(name), nullable=True)


PLANS = Source("plans of the child", frozenset({"on_plan", "off_plan", "plans", "has_plans"}), _with_plans)
EPISODES = Source(
    "missing episodes of the child",
    frozenset({"episodes", "has_missing_episodes"}),
    _with_episodes,
)
LATER_REFERRAL = Source(
    "later referral",
    frozenset({"later_referral_ref", "later_referral_at", "later_referral_under"}),
    lambda children, tables, _: with_later_referral(children, tables),
)
LATER_INCIDENTS = left_join(
    "later incidents",
    ["incident_ref", "child_ref"],
    ["later_incidents", "latest_incident_ref", "latest_incident_at"],
    lambda tables, _: later_incidents(tables),
)
UNREADABLE_FORMS = left_join(
    "unreadable forms of the child",
    "child_ref",
    ["unreadable_form"],
    lambda tables, _: children_of_unreadable_forms(tables),
)
UNREADABLE_EPISODES = left_join(
    "unreadable missing episodes", "child_ref", ["unreadable_episodes"], _unreadable_episodes
)
SWEPT_CHILD = Subject(
    name="swept_child",
    description="An expected child, named or not, of an incident of a sweep; also whoever may be a child, or stands in"
    " a children row that could not be read.",
    key=("incident_ref", "child_ref"),
    base=lambda tables, _: expected_children(tables),  # see `swept_child`
    sources=(
        REFERRAL_FORMS,
        LATER_REFERRAL,
        LATER_INCIDENTS,
        UNREADABLE_FORMS,
        PLANS,
        unreadable_child_rows("plans"),
        EPISODES,
        UNREADABLE_EPISODES,
    ),
    facts=(
        carried("incidents", "incident_ref", "INC-1"),
        Fact(
            "child_ref",
            pl.String(),
            "the child; blank is the unnamed rest, or whoever stands in children rows that could not be read",
            sample="CH-1",
            expression=lambda _: pl.col("child_ref"),
            nullable=True,
        ),
        Fact(
            "age_band",
            pl.String(),
            "age when the incident was reported: unborn, 0-4, 5-11, 12-15, 16-17, unknown",
            sample="0-4",
            expression=age_band,
        ),
        Fact(
            "is_referred",
            pl.Boolean(),
            "whether a referral for the child, or for every child of the incident, was submitted once it was reported",
            sample=False,
            expression=has_form("covering"),
            nullable=True,
        ),
        Fact(
            "since",
            pl.String(),
            "what has become of the child since: the first of the words above that is so",
            sample=Since.MET_SINCE.value,
            expression=_since,
        ),
        _later(
            "later_referral_ref",
            pl.String(),
            "the first form for the child that was submitted under another incident since this one was reported",
        ),
        _later("later_referral_at", UTC_TIME, "when that form was submitted"),
        Fact(
            "later_incidents",
            pl.Int64(),
            "how many incidents of any kind that have the child were reported after this one; unknown without a name",
            sample=7,
            expression=_later_incidents,
            nullable=True,
        ),
        _later("latest_incident_ref", pl.String(), "the latest of them, by time and then by reference", "INC-9"),
        _later("latest_incident_at", UTC_TIME, "when that one was reported", datetime(2026, 11, 20, 9, 0, tzinfo=UTC)),
        Fact(
            "current_plan",
            pl.Boolean(),
            "whether a plan (CP, CIN or LAC) is current on the local date of as_of; unknown where plans are not"
            " supplied",
            sample=False,
            expression=_is_on_plan,
            nullable=True,
        ),
        Fact(
            "previous_plan",
            pl.Boolean(),
            "whether such a plan has ended, where none is known to be current; unknown where plans are not supplied",
            sample=True,
            expression=_was_on_plan,
            nullable=True,
        ),
        Fact(
            "missing_episodes",
            pl.Int64(),
            "how many missing episodes of the child there are, before or since, cancelled ones left out; unknown where"
            " missing_episodes are not supplied",
            sample=0,
            expression=_missing_episodes,
            nullable=True,
        ),
        Fact(
            "since_in_words",
            pl.String(),
            "all of it in words, with the days in London",
            sample="no submitted referral found; met again in 7 later incidents, the latest INC-9 of 20/11/2026;"
            " CIN plan from 01/03/2025 to 04/07/2026",
            expression=since_in_words,
        ),
    ),
)
