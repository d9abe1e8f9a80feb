"""What was decided about the referral of each child of a sweep, so that every child without one is accounted for."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import polars as pl

from checker.models import About, Decision, Rule, Since, Sweep

_OF_FORMS, _OF_CHILDREN = "referral", "incident_child"  # the subjects that are about a child of an incident


class Now(StrEnum):
    """How it stands with the referral of a child by what was decided, the first that is so."""

    NEWLY = "Referral now submitted"
    ALREADY = "Referral already made"
    OPEN = "No decision"
    NOT_REQUIRED = "No referral required"
    OTHERWISE = "Decided otherwise"
    NO_LINE = "No line asks for one"


def asking_for_referrals(rules: Iterable[Rule]) -> list[str]:
    """The ids of the rules of which a line is about the referral of one child, or each child, of an incident."""
    of_a_child = (_OF_FORMS, _OF_CHILDREN)
    return [rule.id for rule in rules if rule.about == About.REFERRAL and rule.subject in of_a_child]


def children_now(sweep: Sweep, lines: pl.DataFrame) -> pl.DataFrame:
    """The children of the selected incidents (SWEPT_CHILDREN) with the `place` of the incident, `now` and `line`.

    `now` is a Now, by the last decisions on those lines of rules about referrals that speak of the child in that
    incident; a form without a child speaks of every child of its incident. `line` is the finding id of the first line
    that says so, null where there is none.

    Args:
        sweep: The sweep.
        lines: Its `lines_to_decide`.
    """
    children = sweep.children.join(sweep.order.select("incident_ref", "place"), on="incident_ref", how="left")
    of_forms = [rule.id for rule in sweep.run.rules if rule.subject == _OF_FORMS]
    is_for_all = pl.col("rule_id").is_in(of_forms) & pl.col("child_ref").is_null()
    is_asking = pl.col("rule_id").is_in(asking_for_referrals(sweep.run.rules))
    asked = lines.filter(is_asking, pl.col("place").is_not_null())
    asked = asked.select("place", "child_ref", "finding_id", is_for_all.alias("is_for_all"), _stands().alias("now"))
    keys = children.select("place", "child_ref").unique()
    own = asked.filter(~pl.col("is_for_all")).join(keys, on=["place", "child_ref"], how="semi", nulls_equal=True)
    for_all = asked.filter("is_for_all").drop("child_ref").join(keys, on="place")
    ranks = {now.value: rank for rank, now in enumerate(Now)}
    first = (
        pl.concat([own, for_all], how="diagonal")
        .sort(pl.col("now").replace_strict(ranks, return_dtype=pl.Int8), maintain_order=True)
        .unique(["place", "child_ref"], keep="first", maintain_order=True)
        .select("place", "child_ref", "now", line="finding_id")
    )
    joined = children.join(first, on=["place", "child_ref"], how="left", nulls_equal=True, maintain_order="left")
    return joined.with_columns(pl.col("now").fill_null(Now.NO_LINE.value))


def newly_referred(children: pl.DataFrame) -> pl.DataFrame:
    """The first line of each child of `children_now` who had no referral, then or since, and has one by a decision."""
    without = ~pl.col("since").is_in([Since.REFERRED.value, Since.REFERRED_SINCE.value])
    return _distinct(children.filter(pl.col("now") == Now.NEWLY.value, without))


def already_referred(children: pl.DataFrame) -> pl.DataFrame:
    """The first line of each child of `children_now` of whom somebody has decided that the referral was made before."""
    return _distinct(children.filter(pl.col("now") == Now.ALREADY.value))


def without_referral(children: pl.DataFrame) -> list[tuple[str, int]]:
    """How it stands with those children of `children_now` for whom there was no form for the incident."""
    missed = children.filter(pl.col("since") != Since.REFERRED.value)
    counts = dict(missed.group_by("now").len().iter_rows())
    return [(now.value, counts.get(now.value, 0)) for now in Now]


def _stands() -> pl.Expr:
    decision = pl.col("decision")
    return (
        pl.when(~pl.col("is_decided"))
        .then(pl.lit(Now.OPEN.value))
        .when(decision == Decision.REFERRAL_NOW_SUBMITTED.value)
        .then(pl.lit(Now.NEWLY.value))
        .when(decision == Decision.REFERRAL_ALREADY_MADE.value)
        .then(pl.lit(Now.ALREADY.value))
        .when(decision == Decision.NO_REFERRAL_REQUIRED.value)
        .then(pl.lit(Now.NOT_REQUIRED.value))
        .otherwise(pl.lit(Now.OTHERWISE.value))
    )


def _distinct(children: pl.DataFrame) -> pl.DataFrame:
    """One line a child, the first; the unnamed rest of an incident is one."""
    of_the_rest = pl.when(pl.col("child_ref").is_null()).then("incident_ref")
    return children.sort("place", maintain_order=True).unique(
        ["child_ref", of_the_rest], keep="first", maintain_order=True
    )
