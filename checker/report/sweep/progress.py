"""How far a sweep is: which incidents are looked at, by whom, what was decided, and how long a hundred of them take."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import polars as pl

from checker.models import Decision, Outcome, Rule, Sweep
from checker.report.london import london_day
from checker.report.sweep.children import already_referred, children_now, newly_referred, without_referral
from checker.report.worklist import urgency

OF_A_CHILD = ("child", "missing_child", "missing_episode")  # the subjects of rules whose lines are about a child alone
FOR_A_PERSON = (Outcome.FINDING.value, Outcome.UNDETERMINED.value)
_STATED = ("decision", "reason", "reference", "decided_by", "decided_on", "evidence_then")


class Looked(StrEnum):
    """Whether an incident has been looked at: it has where each of its lines has a decision, "under review" being none.

    It is begun where a line has a decision of any kind, and left where none has.
    """

    LOOKED_AT = "looked at"
    BEGUN = "begun"
    LEFT = "left"
    NOTHING_TO_DECIDE = "nothing to decide"


@dataclass(frozen=True)
class Progress:
    """How far a sweep is; `population = looked_at + begun + left + nothing_to_decide`, each counting incidents.

    `lines` are those that a person decides, `decided` those that have a decision other than "under review", and
    `unplaced` those that belong to no incident of the sweep, which are counted in both. `decisions` has the lines of
    each decision, "under review" too. `by_whom` has for each name the incidents looked at in which it stands beside a
    decision: one that two people decided counts for both. `newly_referred` and `already_referred` are distinct
    children, the unnamed rest of an incident counting as one, by the decisions on lines of rules about referrals; newly
    referred is who had no referral before, then or since. `without_referral` says how it stands with each child for
    whom there was no form for the incident.
    `days_per_hundred` is how many calendar days (London) went by for each hundred incidents looked at, from the day on
    which the sweep ran to that of the newest decision, at least one; None where none was looked at.
    """

    population: int
    looked_at: int
    begun: int
    left: int
    nothing_to_decide: int
    lines: int
    decided: int
    unplaced: int
    decisions: Mapping[Decision, int]
    by_whom: Mapping[str, int]
    newly_referred: int
    already_referred: int
    without_referral: Sequence[tuple[str, int]]
    days_per_hundred: float | None

    @property
    def to_decide(self) -> int:
        """How many incidents have a line that a person decides."""
        return self.looked_at + self.begun + self.left

    @property
    def open_lines(self) -> int:
        """How many lines are not decided."""
        return self.lines - self.decided


def placed(sweep: Sweep) -> pl.DataFrame:
    """The lines of a sweep with the `place` of the incident that each belongs to, in that order; none is left out.

    One that belongs to no selected incident has no place and stands at the end. In one place the most severe comes
    first, then they are in order of rule and child.
    """
    lines = with_incident(sweep.run.findings, sweep.run.rules, sweep.children, sweep.order)
    places = sweep.order.select(of="incident_ref", place="place")
    return (
        lines.join(places, on="of", how="left", maintain_order="left")
        .sort("place", urgency(), "rule_id", "child_ref", "finding_id", nulls_last=True)
        .select(*sweep.run.findings.columns, "place")
    )


def with_incident(
    lines: pl.DataFrame, rules: Collection[Rule], children: pl.DataFrame, incidents: pl.DataFrame
) -> pl.DataFrame:
    """The lines with `of`, the reference of the incident that each belongs to.

    A line about a child belongs to the latest selected incident of the child, by report and then by reference; any
    other to its own incident, as does that about somebody who is no child any more.

    Args:
        lines: Verdicts of the rules.
        rules: All of them.
        children: Those of the selected incidents (SWEPT_CHILDREN).
        incidents: `incident_ref` and `reported_at` of the selected ones.
    """
    about_a_child = pl.col("rule_id").is_in([rule.id for rule in rules if rule.subject in OF_A_CHILD])
    latest = (
        children.select("child_ref", "incident_ref")
        .join(lines.filter(about_a_child).select("child_ref").unique(), on="child_ref", how="semi")
        .join(incidents.select("incident_ref", "reported_at"), on="incident_ref")
        .sort("child_ref", "reported_at", "incident_ref")
        .unique("child_ref", keep="last", maintain_order=True)
        .select("child_ref", latest="incident_ref")
    )
    own = pl.coalesce(pl.when(about_a_child).then("latest"), "incident_ref").alias("of")
    return lines.join(latest, on="child_ref", how="left", maintain_order="left").with_columns(own).drop("latest")


def lines_to_decide(sweep: Sweep) -> pl.DataFrame:
    """The lines that a person decides, as they are placed, with what was decided last about each.

    That is `decision`, `reason`, `reference`, `decided_by`, `decided_on`, `evidence_then`, null where nothing was;
    `is_decided` says whether there is a decision other than "under review".
    """
    lines = placed(sweep).filter(pl.col("outcome").is_in(FOR_A_PERSON))
    decisions = sweep.run.decisions
    if decisions is None:
        known = lines.with_columns(pl.lit(None, pl.String).alias(name) for name in _STATED)
        known = known.with_columns(pl.col("decided_on").cast(pl.Date))
    else:
        known = lines.join(decisions.select("finding_id", *_STATED), on="finding_id", how="left", maintain_order="left")
    is_decided = pl.col("decision").is_not_null() & (pl.col("decision") != Decision.UNDER_REVIEW.value)
    return known.with_columns(is_decided.fill_null(value=False).alias("is_decided"))


def looked_into(lines: pl.DataFrame) -> pl.DataFrame:
    """The `place` of each incident that has `lines` to decide, in order, with whether it is `looked` at (Looked)."""
    looked = (
        pl.when("every").then(pl.lit(Looked.LOOKED_AT.value)).when("any").then(pl.lit(Looked.BEGUN.value))
    ).otherwise(pl.lit(Looked.LEFT.value))
    return (
        lines.filter(pl.col("place").is_not_null())
        .group_by("place")
        .agg(pl.col("is_decided").all().alias("every"), pl.col("decision").is_not_null().any().alias("any"))
        .select("place", looked.alias("looked"))
        .sort("place")
    )


def progress(sweep: Sweep) -> Progress:
    """How far the sweep is, by the last decision on each of its lines."""
    return progress_by(sweep, lines_to_decide(sweep))


def progress_by(sweep: Sweep, lines: pl.DataFrame) -> Progress:
    """How far the sweep is by its `lines_to_decide`, for whoever has them already."""
    incidents, children = looked_into(lines), children_now(sweep, lines)
    counts = dict(incidents.group_by("looked").len().iter_rows())
    looked_at = counts.get(Looked.LOOKED_AT.value, 0)
    by_decision = dict(lines.drop_nulls("decision").group_by("decision").len().iter_rows())
    return Progress(
        population=sweep.order.height,
        looked_at=looked_at,
        begun=counts.get(Looked.BEGUN.value, 0),
        left=counts.get(Looked.LEFT.value, 0),
        nothing_to_decide=sweep.order.height - incidents.height,
        lines=lines.height,
        decided=int(lines.get_column("is_decided").sum()),
        unplaced=lines.get_column("place").null_count(),
        decisions={decision: by_decision.get(decision.value, 0) for decision in Decision},
        by_whom=_by_whom(lines, incidents),
        newly_referred=newly_referred(children).height,
        already_referred=already_referred(children).height,
        without_referral=without_referral(children),
        days_per_hundred=_days_per_hundred(sweep, lines, looked_at),
    )


def _by_whom(lines: pl.DataFrame, incidents: pl.DataFrame) -> dict[str, int]:
    """The incidents looked at of each name, the most first."""
    done = incidents.filter(looked=Looked.LOOKED_AT.value)
    names = lines.join(done, on="place", how="semi").select("place", "decided_by").unique().drop_nulls()
    counted = names.group_by("decided_by").len().sort(-pl.col("len").cast(pl.Int64), "decided_by")
    return dict(counted.iter_rows())


def _days_per_hundred(sweep: Sweep, lines: pl.DataFrame, looked_at: int) -> float | None:
    newest: date | None = lines.select(pl.col("decided_on").max()).item()
    if not looked_at or newest is None:
        return None
    days = max((newest - london_day(sweep.run.record.finished_at)).days, 1)
    return 100 * days / looked_at
