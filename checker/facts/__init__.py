"""Facts: what the rules may ask, one lazy plan a subject and no Python function in it."""

from __future__ import annotations

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
)
from checker.facts.accepted import accepted_rows, has_code_history
from checker.facts.fact import Fact, FactTable, needed_in_words
from checker.facts.moment import PAST_EPISODES, Moment, Past, Span, merged
from checker.facts.told import incidents_told, unread_told
from checker.models import HubReconciliation
from checker.validation import Validated

__all__ = [
    "FACT_TABLES",
    "LOOKS_BACK",
    "Fact",
    "FactTable",
    "Moment",
    "Past",
    "Span",
    "build_facts",
    "facts_without_history",
    "fully_named",
    "has_code_history",
    "looks_back_from",
    "merged",
    "needed_in_words",
    "reconciled_with_hub",
    "referrals",
    "told",
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
        history.FACTS.subject: history.facts(incident.facts(accepted, moment), accepted, moment),
        incident_child.FACTS.subject: incident_child.facts(accepted, moment),
        child.FACTS.subject: child.facts(accepted, moment),
        referral.FACTS.subject: referral.facts(accepted, moment),
        missing_child.FACTS.subject: missing_child.facts(accepted, moment),
        missing_episode.FACTS.subject: missing_episode.facts(accepted, moment),
    }


def facts_without_history(validated: Validated, moment: Moment) -> pl.LazyFrame:
    """The facts of each incident but those of its history, which cost the most."""
    return incident.facts(accepted_rows(validated), moment)


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
