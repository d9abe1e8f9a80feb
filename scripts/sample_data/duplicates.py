"""Scenarios of duplicate incidents: the master answers, unless there is none."""

from datetime import timedelta

from sample_data.extract import FINDING, Incident
from sample_data.force import Force


def duplicate_of(force: Force, master: Incident) -> Incident:
    """A second log of the master's incident some minutes later, never closed: no subject of any rule itself."""
    reported_at = master.reported_at + timedelta(minutes=7)
    duplicate = force.handled_well(reported_at, status="duplicate", duplicate_of=master)
    for left_to_the_master in ("closed_at", "closure_codes", "risk_form_ref", "risk_form_at", "risk_level"):
        del duplicate.cells[left_to_the_master]
    return duplicate


def duplicate_with_a_master(force: Force) -> None:
    """The master takes over the duplicate's children and forms."""
    missed = force.handled_well()
    force.missed(missed, force.child(duplicate_of(force, missed)))

    form_on_the_duplicate = force.handled_well()
    duplicate = duplicate_of(force, form_on_the_duplicate)
    force.refer(duplicate, force.child(duplicate))

    form_on_the_master = force.handled_well()
    force.refer(form_on_the_master, force.child(duplicate_of(force, form_on_the_master)))

    child_on_both = force.handled_well()
    child = force.child(child_on_both)
    duplicate = duplicate_of(force, child_on_both)
    force.meet_again(duplicate, child)
    force.refer(duplicate, child)

    missed_on_both = force.handled_well()
    child = force.child(missed_on_both)
    force.meet_again(duplicate_of(force, missed_on_both), child)
    force.missed(missed_on_both, child)

    counted_on_the_master = force.handled_well(children_in_household="yes", child_count=1)
    duplicate = duplicate_of(force, counted_on_the_master)
    force.refer(duplicate, force.child(duplicate))


def duplicate_without_a_master(force: Force) -> None:
    """A duplicate of nothing, or of a log that is not in the extract, is judged like the rest."""
    for master in (None, "INC-26-00017"):
        stray = force.handled_well(status="duplicate", duplicate_of=master, closure_codes="DUP")
        force.expect("CLO001", FINDING, stray)
    force.expect("CLO002", FINDING, force.handled_well(status="duplicate", closed_at=None, closure_codes=None))


def duplicate_of_a_duplicate(force: Force) -> None:
    """Its master is a duplicate itself, so it is judged like the rest."""
    master = force.handled_well()
    first = duplicate_of(force, master)
    second = force.handled_well(first.reported_at, status="duplicate", duplicate_of=first, closure_codes="DUP")
    force.expect("CLO001", FINDING, second)
    force.expect("CLO003", FINDING, second)
    force.missed(second, force.child(second))
