"""What has happened since to each child of the incidents of a sweep: referrals, later incidents, plans, episodes."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from checker.facts import words
from checker.facts.accepted import Accepted
from checker.facts.child import in_words, is_current, unread_rows
from checker.facts.expected_children import expected_children
from checker.facts.fact import Fact, FactTable, carried
from checker.facts.incident_child import age_band
from checker.facts.later import later_incidents, with_later_referral
from checker.facts.missing import TABLES as EPISODES
from checker.facts.missing import is_countable
from checker.facts.moment import UTC_TIME, Moment
from checker.facts.referral_forms import children_of_unread_forms, has_form, with_referrals
from checker.facts.since_in_words import since_in_words
from checker.models import Since

PLANS = ("plans",)

# What each word means, in the order in which they are tried.
MEANINGS = {
    Since.REFERRED: "a form for the child, or for every child of this incident, was submitted once it was reported",
    Since.REFERRED_SINCE: "a form for the child was submitted under another incident since this one was reported",
    Since.ON_A_PLAN: "neither is there, and a plan (CP, CIN or LAC) is current",
    Since.CANNOT_TELL: "a form that could not be read may be one of these, or the child has no name to be known by",
    Since.MET_SINCE: "none of these, and a later incident has the child",
    Since.UNSEEN: "none of these: nothing in the extract says that anybody has seen the child since",
}


def facts(accepted: Accepted, supplied: frozenset[str], moment: Moment, swept: pl.Series) -> pl.LazyFrame:
    """One row for each expected child that is or may be a child of each swept incident, by incident and by child.

    Args:
        accepted: The rows of the extract.
        supplied: The tables that it has.
        moment: The moment that it describes.
        swept: The references of the incidents, each of which answers for itself.
    """
    of_sweep = accepted.incidents.select("incident_ref", "reported_at").join(
        swept.to_frame("incident_ref").lazy(), on="incident_ref", how="semi"
    )
    expected = expected_children(accepted)
    children = pl.concat([expected, _unread_children(accepted, expected)], how="diagonal").filter(
        pl.col("child").fill_null(value=True)
    )
    subjects = with_referrals(children.join(of_sweep, on="incident_ref"), accepted, moment)
    subjects = with_later_referral(subjects, accepted)
    for frame, on in (
        (later_incidents(accepted), ["incident_ref", "child_ref"]),
        (children_of_unread_forms(accepted), ["child_ref"]),
        (_plans(accepted, moment), ["child_ref"]),
        (unread_rows(accepted.rejected_plans, "unread_plans"), ["child_ref"]),
        (_episodes(accepted), ["child_ref"]),
        (unread_rows(_other_unread_episodes(accepted), "unread_episodes"), ["child_ref"]),
    ):
        subjects = subjects.join(frame, on=on, how="left")
    known = {f"has_{table}": pl.lit(table in supplied) for table in (*PLANS, *EPISODES)}
    return FACTS.plan(subjects.with_columns(**known), moment).sort("incident_ref", "child_ref", nulls_last=True)


def _unread_children(accepted: Accepted, expected: pl.LazyFrame) -> pl.LazyFrame:
    """One row without a name for each incident without an unnamed rest of which a children row could not be read."""
    unread = accepted.rejected_children.select(incident_ref="answered_by").drop_nulls().unique()
    rests = expected.filter(pl.col("child_ref").is_null())
    return unread.join(rests, on="incident_ref", how="anti").with_columns(
        pl.lit(None, pl.Boolean).alias("child"), rest=pl.lit(value=True)
    )


def _plans(accepted: Accepted, moment: Moment) -> pl.LazyFrame:
    """For each child whether a plan is current, whether one has ended, and its `plans` in words."""
    current, ended = is_current(moment.today).any(), (pl.col("ended_on") < moment.today).any()
    return accepted.plans.group_by("child_ref").agg(on_plan=current, off_plan=ended, plans=in_words("plan"))


def _episodes(accepted: Accepted) -> pl.LazyFrame:
    """For each child how many missing episodes count."""
    return accepted.missing_episodes.filter(is_countable()).group_by("child_ref").agg(episodes=pl.len())


def _other_unread_episodes(accepted: Accepted) -> pl.LazyFrame:
    """The rejected rows of episodes but those of an episode of which another row was accepted."""
    return accepted.rejected_missing_episodes.join(accepted.missing_episodes, on="episode_ref", how="anti")


def _known(table: str) -> pl.Expr:
    """Whether the child has a name and the table was supplied, so that its rows can tell of the child."""
    return pl.col("child_ref").is_not_null() & pl.col(f"has_{table}")


def _is_on_plan(_: Moment) -> pl.Expr:
    proved = pl.when(pl.col("on_plan").fill_null(value=False)).then(statement=True)
    return proved.when(_known("plans") & pl.col("unread_plans").is_null()).then(statement=False)


def _was_on_plan(_: Moment) -> pl.Expr:
    on_plan = pl.col("current_plan").fill_null(value=False)
    return (
        pl.when(on_plan)
        .then(statement=False)
        .when(pl.col("off_plan").fill_null(value=False))
        .then(statement=True)
        .when(_known("plans") & pl.col("unread_plans").is_null())
        .then(statement=False)
    )


def _later_incidents(_: Moment) -> pl.Expr:
    return pl.when(pl.col("child_ref").is_not_null()).then(pl.col("later_incidents").fill_null(0))


def _missing_episodes(_: Moment) -> pl.Expr:
    none = pl.when(_known("missing_episodes") & pl.col("unread_episodes").is_null()).then(0)
    return pl.coalesce("episodes", none)


def _since(_: Moment) -> pl.Expr:
    cannot_tell = pl.col("is_referred").is_null() | pl.col("unread_form").is_not_null() | pl.col("child_ref").is_null()
    conditions = {
        Since.REFERRED: pl.col("is_referred"),
        Since.REFERRED_SINCE: pl.col("later_referral_ref").is_not_null(),
        Since.ON_A_PLAN: pl.col("on_plan"),
        Since.CANNOT_TELL: cannot_tell,
        Since.MET_SINCE: pl.col("later_incidents") > 0,
    }
    since = (words.when(condition, word.value) for word, condition in conditions.items())
    return pl.coalesce(*since, pl.lit(Since.UNSEEN.value))


def _later(name: str, dtype: pl.DataType, description: str, sample: object = None) -> Fact:
    """A fact that was found for the child, null where nothing was."""
    return Fact(name, dtype, description, sample, lambda _: pl.col(name), nullable=True)


FACTS = FactTable(
    subject="swept_child",
    description="An expected child, named or not, of an incident of a sweep; also whoever may be a child, or stands in"
    " a children row that could not be read.",
    key=("incident_ref", "child_ref"),
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
            "whether a plan (CP, CIN or LAC) is current on the local date of as_of",
            sample=False,
            expression=_is_on_plan,
            nullable=True,
            tables=PLANS,
        ),
        Fact(
            "previous_plan",
            pl.Boolean(),
            "whether such a plan has ended, where none is known to be current",
            sample=True,
            expression=_was_on_plan,
            nullable=True,
            tables=PLANS,
        ),
        Fact(
            "missing_episodes",
            pl.Int64(),
            "how many missing episodes of the child there are, before or since, cancelled ones left out",
            sample=0,
            expression=_missing_episodes,
            nullable=True,
            tables=EPISODES,
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
