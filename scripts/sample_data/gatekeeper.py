"""Scenarios of REF005: graded standard, never reassessed, and neither an officer nor the gatekeeper sent a form."""

from datetime import datetime

from sample_data.extract import FINDING, NOT_DUE, UNDETERMINED, Cell, Incident
from sample_data.force import Force

STANDARD: dict[str, Cell] = {"risk_level": "standard", "reassessed_at": None}


def graded_standard(force: Force, reported_at: datetime | None = None) -> Incident:
    """An incident that is graded standard and not reassessed, more than a day ago.

    Where the extract does not reach back 90 days nobody can tell whether the grade passes over an escalation.
    """
    incident = force.handled_well(reported_at, **STANDARD)
    if not force.all_standard:
        force.expect("HIS002", UNDETERMINED, incident)
    return incident


def sent_by_someone_else(force: Force, reported_at: datetime | None = None) -> None:
    """A form by neither an officer nor the gatekeeper covers the child, but the gatekeeper still owed one."""
    incident = graded_standard(force, reported_at)
    child = force.child(incident)
    force.refer(incident, child, submitted_by="other")
    force.expect("REF005", FINDING, incident, child)


def sent_by_nobody_knows_whom(force: Force, reported_at: datetime | None = None) -> None:
    """A form that does not say who sent it may be the officer's or the gatekeeper's."""
    incident = graded_standard(force, reported_at)
    child = force.child(incident)
    force.refer(incident, child, submitted_by=None)
    force.expect("REF005", UNDETERMINED, incident, child)


def sent_by_an_officer_for_one_of_two(force: Force) -> None:
    """The officer's form is for one child, the other's is by neither of the two; of unknown age, nobody can tell."""
    incident = graded_standard(force)
    child, sibling, person = force.child(incident), force.child(incident), force.child_of_unknown_age(incident)
    force.refer(incident, child, submitted_by="officer")
    force.refer(incident, sibling, person, submitted_by="other")
    force.expect("REF005", FINDING, incident, sibling)
    force.expect("REF005", UNDETERMINED, incident, person)


def sent_by_the_gatekeeper(force: Force) -> None:
    """The gatekeeper's own form, for the child or for every child, closes the gap that the officer left."""
    incident = graded_standard(force)
    force.refer(incident, force.child(incident), submitted_by="cpso")

    for_all = graded_standard(force)
    force.child(for_all)
    force.refer(for_all, submitted_by="other")
    force.refer(for_all, submitted_by="cpso")


def by_the_end_of_the_next_working_day(force: Force, *, over: datetime, weekend: datetime) -> None:
    """The gatekeeper has until 17:00 of the next working day, so over a weekend longer than the officer's 24 hours."""
    for reported_at, outcome in ((over, FINDING), (weekend, NOT_DUE)):
        incident = graded_standard(force, reported_at)
        child = force.child(incident)
        force.missed(incident, child)
        force.expect("REF005", outcome, incident, child)
