"""The facts of a missing episode: did somebody act on a cause for concern, was the child heard on its return?"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from checker.facts import evidence_text as text
from checker.facts.context import Context
from checker.facts.engine import SAMPLE_REPORTED_AT, Fact, Source, Subject, left_join
from checker.facts.joins.referral_forms import children_of_unreadable_forms, submitted_forms
from checker.facts.subjects.missing_common import (
    ACT_WITHIN,
    LATEST_INCIDENT,
    NEEDS,
    due,
    latest_incident_facts,
    missing_children,
    own,
)
from checker.facts.tables import Tables
from checker.london_time import elapsed_hours

INTERVIEW_WITHIN = timedelta(hours=72)  # rules.md, MIS003


def _with_first_form(episodes: pl.LazyFrame, tables: Tables, _: Context) -> pl.LazyFrame:
    """The episodes with `submitted_at` of the first form for the child that was submitted after the report."""
    return episodes.sort("reported_at").join_asof(
        submitted_forms(tables, missing_children(tables)).select("child_ref", "submitted_at").sort("submitted_at"),
        left_on="reported_at",
        right_on="submitted_at",
        by="child_ref",
        strategy="forward",
        check_sortedness=False,  # both are sorted by time; by child it could not be checked
    )


def _is_acted_on(_: Context) -> pl.Expr:
    due = pl.col("reported_at") + ACT_WITHIN
    in_time = (pl.col("coordinator_allocated_at") <= due) | (pl.col("submitted_at") <= due)
    acted = pl.when(in_time.fill_null(value=False)).then(statement=True)
    return acted.when(pl.col("unreadable_form").is_null()).then(statement=False)


def _episode_in_words(_: Context) -> pl.Expr:
    status = pl.col("status").fill_null("status blank")
    return pl.format("episode {}, reported {}, {}", "episode_ref", text.london_time(pl.col("reported_at")), status)


def _concern_in_words(_: Context) -> pl.Expr:
    concern = pl.col("cause_for_concern")
    return (
        pl.when(concern)
        .then(pl.lit("cause for concern"))
        .when(~concern)
        .then(pl.lit("no cause for concern"))
        .otherwise(pl.lit("not known whether there is cause for concern"))
    )


def _action_in_words(_: Context) -> pl.Expr:
    later = elapsed_hours(pl.col("reported_at"), pl.col("coordinator_allocated_at"))
    allocated = pl.format("missing coordinator allocated {} after the report", text.hours(later))
    sent = elapsed_hours(pl.col("reported_at"), pl.col("submitted_at"))
    referred = pl.format("referral submitted {} after the report", text.hours(sent))
    return text.sentence(
        allocated.fill_null("no missing coordinator recorded"),
        referred.fill_null("no referral found since"),
        text.when(pl.col("unreadable_form"), "a referral form could not be read"),
    )


def _return_in_words(_: Context) -> pl.Expr:
    returned = pl.format("returned {}", text.london_time(pl.col("returned_at")))
    unknown = text.when(pl.col("has_returned").is_null(), "closed, but no time of return is recorded")
    interview = pl.format("return interview {}", text.london_time(pl.col("return_interview_at")))
    return text.sentence(
        pl.coalesce(returned, unknown, pl.lit("not returned")), interview.fill_null("no return interview recorded")
    )


def _has_returned(_: Context) -> pl.Expr:
    returned = pl.when(pl.col("returned_at").is_not_null()).then(statement=True)
    return returned.when(pl.col("status").ne_missing(pl.lit("closed"))).then(statement=False)


FIRST_FORM = Source("first form after the report", frozenset({"submitted_at"}), _with_first_form)
UNREADABLE_FORMS = left_join(
    "unreadable forms of the child",
    "child_ref",
    ["unreadable_form"],
    lambda tables, _: children_of_unreadable_forms(tables, missing_children(tables)),
)
MISSING_EPISODE = Subject(
    name="missing_episode",
    description="An episode in which a child was missing, cancelled or not, with the latest incident of the child.",
    key=("episode_ref",),
    table="missing_episodes",
    base=lambda tables, _: tables.missing_episodes,
    sources=(FIRST_FORM, UNREADABLE_FORMS, LATEST_INCIDENT),
    needs=NEEDS,
    is_incident=False,
    facts=(
        own("episode_ref", "MIS-1"),
        own("child_ref", "CH-1"),
        *latest_incident_facts(),
        own("reported_at", SAMPLE_REPORTED_AT),
        own("returned_at", SAMPLE_REPORTED_AT + timedelta(hours=10)),
        own("status", "closed"),
        own("cause_for_concern", sample=True),
        own("return_interview_at", SAMPLE_REPORTED_AT + timedelta(hours=40)),
        Fact(
            "is_acted_on_in_time",
            pl.Boolean(),
            "whether a missing coordinator was allocated within 24 hours of the report, or a referral for the child"
            " was submitted in them",
            sample=True,
            expression=_is_acted_on,
            nullable=True,
        ),
        due(
            "action_due_at",
            "when a coordinator or a referral is due: reported_at + 24 hours, elapsed",
            SAMPLE_REPORTED_AT + ACT_WITHIN,
            pl.col("reported_at") + ACT_WITHIN,
        ),
        Fact(
            "has_returned",
            pl.Boolean(),
            "whether the child has returned; unknown where the episode is closed and no time of return is recorded",
            sample=True,
            expression=_has_returned,
            nullable=True,
        ),
        due(
            "interview_due_at",
            "when the return interview is due: returned_at + 72 hours, elapsed",
            SAMPLE_REPORTED_AT + timedelta(hours=10) + INTERVIEW_WITHIN,
            pl.col("returned_at") + INTERVIEW_WITHIN,
            nullable=True,
        ),
        Fact(
            "episode_in_words",
            pl.String(),
            "which episode it is: its reference, when it was reported, its status",
            "episode MIS-1, reported 16/11/2026 09:00, closed",
            _episode_in_words,
        ),
        Fact(
            "concern_in_words",
            pl.String(),
            "whether there is cause for concern, or that it is not known",
            "cause for concern",
            _concern_in_words,
        ),
        Fact(
            "action_in_words",
            pl.String(),
            "how long after the report a coordinator was allocated and a referral submitted, or that none was",
            "no missing coordinator recorded; no referral found since",
            _action_in_words,
        ),
        Fact(
            "return_in_words",
            pl.String(),
            "when the child returned and was interviewed, or that it is not recorded",
            "returned 16/11/2026 19:00; no return interview recorded",
            _return_in_words,
        ),
    ),
)
