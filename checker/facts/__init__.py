"""Facts: what the rules may ask, one lazy plan a subject and no Python function in it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from checker.facts import (
    child,
    expected_children,
    history,
    hub,
    incident,
    incident_child,
    look_back,
    missing_child,
    missing_episode,
    referral,
    since,
)
from checker.facts.accepted import Accepted, accepted_rows, has_code_history, part_of
from checker.facts.fact import Fact, FactTable, needed_in_words
from checker.facts.moment import PAST_EPISODES, Moment, Past, Span, merged
from checker.facts.told import incidents_told, unread_told
from checker.facts.triage import facts as triage_facts
from checker.models import HubReconciliation
from checker.validation import Validated

__all__ = [
    "FACT_TABLES",
    "LOOKS_BACK",
    "Fact",
    "FactTable",
    "Moment",
    "Part",
    "Past",
    "Span",
    "build_facts",
    "facts_in_parts",
    "facts_without_history",
    "fully_named",
    "has_code_history",
    "incident_facts",
    "looks_back_from",
    "merged",
    "needed_in_words",
    "reconciled_with_hub",
    "referrals",
    "swept_children",
    "told",
    "triage",
    "understated_masters",
]

FACT_TABLES: dict[str, FactTable] = {
    facts.subject: facts
    for facts in (
        history.FACTS,
        incident_child.FACTS,
        child.FACTS,
        referral.FACTS,
        missing_child.FACTS,
        missing_episode.FACTS,
    )
}


_ON_THE_ROW = ("incident_ref", "reported_at", "district", "team", "risk_level")

# What a run with a store knows by what earlier runs have put down there.
LOOKS_BACK = frozenset(
    {
        *("earlier_incident_within_365_days", "three_earlier_incidents_within_90_days"),
        *("is_third_within_90_days", "has_coordinator", "coordinator_due_at"),
    }
)


def build_facts(validated: Validated, moment: Moment) -> dict[str, pl.LazyFrame]:
    """A lazy plan for each subject: one row a subject, the columns of its FactTable, times in UTC."""
    accepted = accepted_rows(validated)
    return {
        **_of_incidents(accepted, look_back.earlier(accepted, moment), moment),
        **_of_children(accepted, moment),
    }


THEIR_CHILDREN = "their children"


@dataclass(frozen=True)
class Part:
    """Some of the subjects of a sweep: `name` says which, `before` how many of its incidents come before them."""

    name: str
    before: int
    plans: dict[str, pl.LazyFrame]


def facts_in_parts(
    validated: Validated, moment: Moment, swept: pl.Series, size: int, done: Collection[str] = ()
) -> Iterator[Part]:
    """The plans of `build_facts` for some incidents, part by part, so that no more is in memory than a part needs.

    First comes a part without plans, in which it is found what all the incidents look back on; then the subjects of
    `size` incidents each, in the order of `swept`; then those about their children, whose plans are not parted.

    Args:
        validated: The whole extract.
        moment: When, under which policy and with which knowledge of the past.
        swept: The references of incidents that answer for themselves.
        size: How many of them are in a part.
        done: The names of parts that are wanted no more.
    """
    accepted = accepted_rows(validated)
    starts = {
        f"incidents {start + 1:,} to {min(start + size, swept.len()):,}": start for start in range(0, swept.len(), size)
    }
    if wanted := {name: start for name, start in starts.items() if name not in done}:
        yield Part("their history", 0, {})
        some = pl.LazyFrame({"incident_ref": swept})
        found = look_back.earlier(accepted, moment)
        looked_back = [each.join(some, on="incident_ref", how="semi").collect().lazy() for each in found]
    for name, start in wanted.items():
        yield Part(name, start, _of_incidents(part_of(accepted, swept.slice(start, size)), looked_back, moment))
    if THEIR_CHILDREN not in done:
        children = accepted.children.filter(pl.col("answered_by").is_in(swept.implode())).select("child_ref").unique()
        met = children.collect().lazy()
        plans = _of_children(accepted, moment)
        of_them = {name: plan.join(met, on="child_ref", how="semi") for name, plan in plans.items()}
        yield Part(THEIR_CHILDREN, swept.len(), of_them)


def _of_incidents(accepted: Accepted, looked_back: Iterable[pl.LazyFrame], moment: Moment) -> dict[str, pl.LazyFrame]:
    return {
        history.FACTS.subject: history.facts(incident.facts(accepted, moment), looked_back, moment),
        incident_child.FACTS.subject: incident_child.facts(accepted, moment),
        referral.FACTS.subject: referral.facts(accepted, moment),
    }


def _of_children(accepted: Accepted, moment: Moment) -> dict[str, pl.LazyFrame]:
    return {
        child.FACTS.subject: child.facts(accepted, moment),
        missing_child.FACTS.subject: missing_child.facts(accepted, moment),
        missing_episode.FACTS.subject: missing_episode.facts(accepted, moment),
    }


def facts_without_history(validated: Validated, moment: Moment) -> pl.LazyFrame:
    """The facts of each incident but those of its history, which cost the most."""
    return incident.facts(accepted_rows(validated), moment)


def incident_facts(validated: Validated, moment: Moment, names: Collection[str]) -> pl.LazyFrame:
    """The facts of each incident, those of its own row and some others; what else there is may not be planned."""
    own = {fact.name for fact in incident.FACTS.facts}
    if names and not own.issuperset(names):
        return build_facts(validated, moment)[history.FACTS.subject]
    accepted = accepted_rows(validated)
    return incident.facts(accepted, moment) if names else incident.some_facts(accepted, moment, _ON_THE_ROW)


def looks_back_from(validated: Validated) -> datetime | None:
    """From when on earlier incidents matter to those of the extract; None where it has none."""
    first: datetime | None = accepted_rows(validated).incidents.select(pl.col("reported_at").min()).collect().item()
    return first and first - timedelta(days=look_back.YEAR)


def fully_named(validated: Validated) -> frozenset[str]:
    """The incidents of which the extract proves that every child has a name, unless they have an unnamed rest."""
    return frozenset(expected_children.fully_named(accepted_rows(validated)).collect().get_column("incident_ref"))


def referrals(validated: Validated) -> pl.DataFrame:
    """Every accepted referral, under the incident that answers for it.

    The columns are `referral_ref`, `child_ref` (blank: every child of the incident), `is_submitted`, `submitted_at` and
    `incident_ref`.
    """
    is_submitted = (pl.col("status") == "submitted").fill_null(value=False).alias("is_submitted")
    columns = ("referral_ref", "child_ref", is_submitted, "submitted_at")
    return accepted_rows(validated).referrals.select(*columns, incident_ref="answered_by").collect()


def swept_children(validated: Validated, moment: Moment, swept: pl.Series) -> pl.LazyFrame:
    """What has happened since to each child of the swept incidents (SWEPT_CHILDREN), by incident and by child.

    Args:
        validated: The extract.
        moment: The moment that it describes.
        swept: The references of the incidents, each of which answers for itself.
    """
    return since.facts(accepted_rows(validated), validated.supplied, moment, swept)


def triage(validated: Validated, moment: Moment, swept: pl.Series, children: pl.DataFrame) -> pl.LazyFrame:
    """What is counted of each swept incident, and its score (TRIAGE), in the order of the extract.

    Args:
        validated: The extract.
        moment: The moment that it describes, and the policy that weighs.
        swept: The references of the incidents, each of which answers for itself.
        children: What has happened since to all children of these, as `swept_children` gives it.
    """
    return triage_facts(accepted_rows(validated), validated.supplied, moment, swept, children)


def told(validated: Validated) -> Past:
    """The incidents and the missing episodes of the extract, and what it could not read, as later runs look back."""
    accepted = accepted_rows(validated)
    episodes = accepted.missing_episodes.select(PAST_EPISODES.names())
    return Past(incidents_told(accepted).collect(), episodes.collect(), unread_told(accepted).collect())


def reconciled_with_hub(validated: Validated, moment: Moment, covered: Span | None) -> HubReconciliation:
    """The forms that were sent held against those that the children's hub received; see `hub.reconcile`."""
    sources = tuple(name for name in hub.RECEIPTS.split("|") if name in validated.supplied)
    return hub.reconcile(accepted_rows(validated), sources, moment, covered)


def understated_masters(validated: Validated, moment: Moment) -> list[int]:
    """The rows of the incidents in which a duplicate is domestic abuse and its master, so far as known, is not."""
    rows = incident.understated_masters(accepted_rows(validated), moment).collect()
    return rows.get_column("source_row").to_list()
