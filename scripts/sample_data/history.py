"""Scenarios of HIS001 (history not researched) and HIS002 (graded standard after three earlier incidents)."""

from datetime import timedelta

from sample_data.closures import DAY, SECOND
from sample_data.extract import FINDING, NOT_DUE, UNDETERMINED, Cell, Incident
from sample_data.force import Force
from sample_data.gatekeeper import STANDARD

UNCHECKED: dict[str, Cell] = {"history_checked_at": None}


def again(force: Force, earlier: Incident, *shared: str, **spoilt: Cell) -> Incident:
    """A later incident of the same victim, suspect or place, less than a day after."""
    same = {column: earlier.cells[column] for column in shared}
    return force.handled_well(earlier.reported_at + force.hours(12, 23), **(same | spoilt))


def unchecked_though_something_was_earlier(force: Force) -> None:
    """The same victim, suspect, place or child a day before, and nobody looked."""
    for shared in ("victim_ref", "suspect_ref", "location_ref"):
        earlier = force.handled_well(force.moment(3 * DAY))
        force.expect("HIS001", FINDING, again(force, earlier, shared, **UNCHECKED))

    earlier = force.handled_well(force.moment(3 * DAY))
    child = force.child(earlier)
    force.refer(earlier, child)
    later = again(force, earlier, **UNCHECKED)
    force.meet_again(later, child)
    force.refer(later, child)
    force.expect("HIS001", FINDING, later)


def unchecked_concern(force: Force) -> None:
    """A concern for a child at a place of domestic abuse, and the other way round; elsewhere nothing is asked."""
    earlier = force.handled_well(force.moment(3 * DAY))
    at = {"location_ref": earlier.cells["location_ref"]}
    force.expect("HIS001", FINDING, force.concern(earlier.reported_at + force.hours(1, 20), **at, **UNCHECKED))

    earlier = force.concern(force.moment(3 * DAY))
    force.expect("HIS001", FINDING, again(force, earlier, "victim_ref", **UNCHECKED))

    earlier = force.handled_well(force.moment(3 * DAY))
    force.not_domestic(earlier.reported_at + DAY, victim_ref=earlier.cells["victim_ref"])


def unchecked_and_not_covered(force: Force) -> None:
    """Nothing was earlier within the extract's one week, but what was before it nobody can tell."""
    force.expect("HIS001", UNDETERMINED, force.handled_well(**UNCHECKED))

    earlier = force.handled_well(force.moment(3 * DAY))  # the victim of the one is the suspect of the other
    swapped = {"victim_ref": earlier.cells["suspect_ref"], "suspect_ref": earlier.cells["victim_ref"]}
    force.expect("HIS001", UNDETERMINED, again(force, earlier, **swapped, **UNCHECKED))


def unchecked_and_nothing_earlier(force: Force) -> None:
    """The extract reaches back far enough to tell: another role, and the same second."""
    force.handled_well(**UNCHECKED)

    earlier = force.handled_well(force.moment(3 * DAY))
    again(force, earlier, suspect_ref=earlier.cells["victim_ref"], **UNCHECKED)

    first = force.handled_well(force.moment(3 * DAY))
    force.handled_well(first.reported_at, victim_ref=first.cells["victim_ref"], **UNCHECKED)


def unchecked_at_the_24th_hour(force: Force) -> None:
    """History may still be researched until exactly 24 hours after the report."""
    force.expect("HIS001", NOT_DUE, force.handled_well(force.as_of - DAY, **UNCHECKED))
    earlier = force.handled_well(force.as_of - 2 * DAY)
    overdue = force.handled_well(force.as_of - DAY - SECOND, victim_ref=earlier.cells["victim_ref"], **UNCHECKED)
    force.expect("HIS001", FINDING, overdue)


def checked_late(force: Force) -> None:
    """History that was researched after two days was researched."""
    earlier = force.handled_well(force.moment(5 * DAY))
    again(force, earlier, "victim_ref", history_checked_at=earlier.reported_at + 3 * DAY)


def fourth_graded_standard(force: Force) -> None:
    """Three earlier incidents of one victim, or one each of victim, place and child: not a standard risk."""
    incident = force.handled_well(force.moment(5 * DAY))
    for _ in range(2):
        incident = again(force, incident, "victim_ref")
    force.expect("HIS002", FINDING, again(force, incident, "victim_ref", **STANDARD))

    by_victim = force.handled_well(force.moment(5 * DAY))
    by_place = force.handled_well(by_victim.reported_at + timedelta(hours=5))
    by_child = force.handled_well(by_victim.reported_at + timedelta(hours=9))
    child = force.child(by_child)
    force.refer(by_child, child, submitted_by="officer")
    shared = {"victim_ref": by_victim.cells["victim_ref"], "location_ref": by_place.cells["location_ref"]}
    fourth = force.handled_well(by_child.reported_at + force.hours(5, 20), **shared, **STANDARD)
    force.meet_again(fourth, child)
    force.refer(fourth, child, submitted_by="officer")
    force.expect("HIS002", FINDING, fourth)


def third_graded_standard(force: Force) -> None:
    """Two earlier incidents, however much they share with it, are not three; of one unseen nobody can tell."""
    incident = force.handled_well(force.moment(5 * DAY))
    everything = ("victim_ref", "suspect_ref", "location_ref")
    incident = again(force, incident, *everything)
    third = again(force, incident, *everything, **STANDARD)
    if not force.all_standard:
        force.expect("HIS002", UNDETERMINED, third)


def fourth_reassessed(force: Force) -> None:
    """Graded standard at first and assessed a second time, or graded higher at once."""
    incident = force.handled_well(force.moment(5 * DAY))
    for _ in range(2):
        incident = again(force, incident, "victim_ref")
    again(force, incident, "victim_ref", risk_level="standard", reassessed_at=incident.reported_at + 2 * DAY)
    again(force, incident, "victim_ref", risk_level="high", reassessed_at=None)


def standard_at_the_24th_hour(force: Force) -> None:
    """The grade may still be raised until exactly 24 hours after the report."""
    incident = force.handled_well(force.as_of - 4 * DAY)
    same = {"victim_ref": incident.cells["victim_ref"]}
    for days in (3, 2):
        force.handled_well(force.as_of - days * DAY, **same)
    for ago, outcome in ((DAY + SECOND, FINDING), (DAY, NOT_DUE)):
        force.expect("HIS002", outcome, force.handled_well(force.as_of - ago, **same, **STANDARD))
