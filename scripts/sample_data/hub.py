"""Scenarios of REF006: a form was sent, but nothing shows that the children's hub received it."""

from sample_data.closures import DAY, SECOND
from sample_data.extract import FINDING, NOT_DUE, UNDETERMINED, Row
from sample_data.force import Force

UNCONFIRMED = {"hub_received_at": None}


def never_received(force: Force) -> None:
    """No receipt, neither of a form for a child nor of one for every child."""
    for_a_child = force.handled_well(force.moment(2 * DAY))
    child = force.child(for_a_child)
    force.refer(for_a_child, child, **UNCONFIRMED)
    force.expect("REF006", FINDING, for_a_child, child)

    for_all = force.handled_well(force.moment(2 * DAY))
    force.child(for_all)
    force.refer(for_all, **UNCONFIRMED)
    force.expect("REF006", FINDING, for_all)


def never_received_of_another_incident(force: Force) -> None:
    """What the hub did not receive is asked after, whatever the incident was."""
    incident = force.not_domestic(force.moment(2 * DAY))
    child = force.child(incident)
    force.refer(incident, child, **UNCONFIRMED)
    force.expect("REF006", FINDING, incident, child)


def received_late(force: Force) -> None:
    """A receipt after more than a day is a receipt."""
    incident = force.handled_well(force.moment(4 * DAY))
    submitted_at = incident.reported_at + force.hours(1, 20)
    force.refer(incident, force.child(incident), submitted_at=submitted_at, hub_received_at=submitted_at + 2 * DAY)


def received_by_the_hubs_own_list(force: Force) -> None:
    """The hub's list confirms every line of a form, and a form that the force only has in draft."""
    incident = force.handled_well()
    form = force.refer(incident, force.child(incident), force.child(incident), **UNCONFIRMED)
    force.receive(form[0].cells["referral_ref"], force.after(incident.reported_at, 21, 30))

    received_but_in_draft = force.handled_well()
    child = force.child(received_but_in_draft)
    form = force.refer(received_but_in_draft, child, status="draft", submitted_at=None)
    force.receive(form[0].cells["referral_ref"], force.after(received_but_in_draft.reported_at, 1, 20))
    force.missed(received_but_in_draft, child)
    force.expect("REF004", FINDING, received_but_in_draft, child)

    force.receive(force.number("REF"), force.moment())  # of a form that is not in the extract


def receipt_unreadable(force: Force) -> None:
    """A receipt whose time cannot be read may be the one that is missing."""
    incident = force.handled_well(force.moment(2 * DAY))
    child = force.child(incident)
    form = force.refer(incident, child, **UNCONFIRMED)
    cells = {"referral_ref": form[0].cells["referral_ref"], "received_at": "17/13/2026 10:00"}
    force.rows["hub_receipts"].append(Row(dict(cells), rejected=("not a date-time",)))
    force.expect("REF006", UNDETERMINED, incident, child)


def receipt_about_the_24th_hour(force: Force) -> None:
    """A form sent exactly 24 hours ago may still be confirmed; a second more and it is an exception."""
    for ago, outcome in ((DAY, NOT_DUE), (DAY + SECOND, FINDING)):
        incident = force.handled_well(force.as_of - ago - force.hours(2, 20))
        child = force.child(incident)
        force.refer(incident, child, submitted_at=force.as_of - ago, **UNCONFIRMED)
        force.expect("REF006", outcome, incident, child)
