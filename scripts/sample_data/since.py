"""Scenarios of what happened to a missed child since: referred later, on a plan, met again and missed again."""

from __future__ import annotations

from datetime import timedelta

from sample_data.closures import DAY
from sample_data.force import Force


def referred_when_met_again(force: Force, how_many: int) -> None:
    """Missed at first, and referred some weeks later under another incident."""
    for _ in range(how_many):
        first = force.handled_well(force.moment(50 * DAY))
        child = force.child(first)
        force.missed(first, child)
        later = force.handled_well(first.reported_at + force.hours(15 * 24, 30 * 24))
        force.meet_again(later, child)
        force.refer(later, child)
        force.since[first, child] = "referred since"


def on_a_plan(force: Force) -> None:
    """Missed, and on a child protection plan that began a month later, with its flag."""
    incident = force.handled_well(force.moment(60 * DAY))
    child = force.child(incident)
    force.missed(incident, child)
    started_on = incident.reported_at.date() + timedelta(days=30)
    force.plan(child, "CP", started_on)
    force.flag(child, "CP", started_on)
    force.since[incident, child] = "on a plan, no referral"


def met_again_and_missed_again(force: Force) -> None:
    """Missed twice; of the later incident nobody is known to have seen the child since."""
    first = force.handled_well(force.moment(50 * DAY))
    child = force.child(first)
    later = force.handled_well(first.reported_at + force.hours(15 * 24, 30 * 24))
    force.meet_again(later, child)
    for incident in (first, later):
        force.missed(incident, child)
    force.since[first, child] = "met again, no referral"
