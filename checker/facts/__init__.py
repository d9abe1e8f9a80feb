"""Facts: what the rules may ask, one lazy plan a subject and no Python function in it."""

from __future__ import annotations

import polars as pl

from checker.facts import child, incident, incident_child
from checker.facts.accepted import accepted_rows
from checker.facts.fact import Fact, FactTable, Moment
from checker.validation import Validated

__all__ = ["FACT_TABLES", "Fact", "FactTable", "Moment", "build_facts"]

FACT_TABLES: dict[str, FactTable] = {
    facts.subject: facts for facts in (incident.FACTS, incident_child.FACTS, child.FACTS)
}


def build_facts(validated: Validated, moment: Moment) -> dict[str, pl.LazyFrame]:
    """A lazy plan for each subject: one row a subject, the columns of its FactTable, times in UTC."""
    accepted = accepted_rows(validated)
    incidents = incident.facts(accepted, moment)
    return {
        incident.FACTS.subject: incidents,
        incident_child.FACTS.subject: incident_child.facts(accepted, incidents, moment),
        child.FACTS.subject: child.facts(accepted, moment),
    }
