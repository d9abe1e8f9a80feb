"""Scenarios of REF003 (sent late) and REF004 (never sent): what becomes of a referral form."""

from sample_data.closures import DAY, SECOND
from sample_data.duplicates import duplicate_of
from sample_data.extract import FINDING, NOT_DUE, UNDETERMINED
from sample_data.force import Force

DRAFT = {"status": "draft", "submitted_at": None}


def sent_about_the_24th_hour(force: Force) -> None:
    """Sent exactly 24 hours after the report is in time; a second later is late."""
    on_time = force.handled_well(force.moment(2 * DAY))
    force.refer(on_time, force.child(on_time), submitted_at=on_time.reported_at + DAY)

    late = force.handled_well(force.moment(2 * DAY))
    child = force.child(late)
    force.refer(late, child, submitted_at=late.reported_at + DAY + SECOND)
    force.expect("REF003", FINDING, late, child)


def sent_twice(force: Force) -> None:
    """The first form that covers the child says whether it was late, whoever is named on it."""
    in_time_for_all = force.handled_well(force.moment(3 * DAY))
    child = force.child(in_time_for_all)
    force.refer(in_time_for_all)
    force.refer(in_time_for_all, child, submitted_at=in_time_for_all.reported_at + 2 * DAY)

    late_for_the_sibling = force.handled_well(force.moment(3 * DAY))
    child, sibling = force.child(late_for_the_sibling), force.child(late_for_the_sibling)
    force.refer(late_for_the_sibling, child)
    force.refer(late_for_the_sibling, submitted_at=late_for_the_sibling.reported_at + 2 * DAY)
    force.expect("REF003", FINDING, late_for_the_sibling, sibling)


def sent_late_for_a_concern(force: Force) -> None:
    """A referable concern without domestic abuse counts too; another incident does not."""
    concern = force.concern(force.moment(3 * DAY))
    child = force.child(concern)
    force.refer(concern, child, submitted_at=concern.reported_at + 2 * DAY)
    force.expect("REF003", FINDING, concern, child)

    other = force.not_domestic(force.moment(3 * DAY))
    force.refer(other, force.child(other), submitted_at=other.reported_at + 2 * DAY)


def sent_late_for_someone_of_unknown_age(force: Force) -> None:
    """Late, if it was for a child."""
    incident = force.handled_well(force.moment(3 * DAY))
    person = force.child_of_unknown_age(incident)
    force.refer(incident, person, submitted_at=incident.reported_at + 2 * DAY)
    force.expect("REF003", UNDETERMINED, incident, person)


def left_in_draft(force: Force) -> None:
    """A form that names no child waits to be sent, unless each child of the incident was referred otherwise."""
    for_all = force.handled_well()
    force.missed(for_all, force.child(for_all))
    force.refer(for_all, **DRAFT)
    force.expect("REF004", FINDING, for_all)

    one_of_two_referred = force.handled_well()
    child, sibling = force.child(one_of_two_referred), force.child(one_of_two_referred)
    force.refer(one_of_two_referred, child)
    force.refer(one_of_two_referred, **DRAFT)
    force.missed(one_of_two_referred, sibling)
    force.expect("REF004", FINDING, one_of_two_referred)

    both_referred = force.handled_well()
    force.refer(both_referred, force.child(both_referred), force.child(both_referred))
    force.refer(both_referred, **DRAFT)

    without_children = force.handled_well()
    force.refer(without_children, **DRAFT)
    force.expect("REF004", FINDING, without_children)


def left_in_draft_elsewhere(force: Force) -> None:
    """Somebody began a form where no rule asks for one; and one that was begun on a duplicate is the master's."""
    incident = force.not_domestic(force.moment())
    child = force.child(incident)
    force.refer(incident, child, **DRAFT)
    force.expect("REF004", FINDING, incident, child)

    master = force.handled_well()
    duplicate = duplicate_of(force, master)
    child = force.child(duplicate)
    force.refer(duplicate, child, **DRAFT)
    force.missed(master, child)
    force.expect("REF004", FINDING, master, child)


def in_draft_at_the_24th_hour(force: Force) -> None:
    """Still in draft exactly 24 hours after the report is not yet due; a second later it is an exception."""
    for ago, outcome in ((DAY, NOT_DUE), (DAY + SECOND, FINDING)):
        incident = force.not_domestic(force.as_of - ago)
        child = force.child(incident)
        force.refer(incident, child, **DRAFT)
        force.expect("REF004", outcome, incident, child)
