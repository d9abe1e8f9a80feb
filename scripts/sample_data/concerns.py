"""Scenarios of REF002: a concern for a child that is no domestic abuse, without a referral form."""

from datetime import timedelta

from sample_data.closures import DAY, SECOND
from sample_data.extract import FINDING, NOT_DUE, UNDETERMINED
from sample_data.force import Force


def referable_concern_without_a_form(force: Force, *concerns: str) -> None:
    """No form, though one of the concerns asks for it, in capitals or not."""
    for concern in concerns:
        incident = force.concern(concern_types=concern)
        force.expect("REF002", FINDING, incident, force.child(incident))


def referable_concern_referred(force: Force) -> None:
    """A form for each child, and nothing is asked for someone who is of age."""
    incident = force.concern(concern_types="sexual")
    force.refer(incident, force.child(incident), force.child_of_unknown_age(incident))
    force.adult(incident, born=force.today - 20 * 365 * timedelta(days=1))


def concern_of_another_kind(force: Force) -> None:
    """A child who was missing, or met for another reason, needs no form under this rule."""
    for concern in ("missing", "concern-for-safety;other", None):
        incident = force.not_domestic(concern_types=concern)
        force.child(incident)
        force.child_of_unknown_age(incident)


def concern_for_someone_of_unknown_age(force: Force) -> None:
    """Without a date of birth nobody can tell whether a child was missed."""
    incident = force.concern()
    force.expect("REF002", UNDETERMINED, incident, force.child_of_unknown_age(incident))


def concern_at_the_24th_hour(force: Force) -> None:
    """No form exactly 24 hours after the report is not yet due; a second later it is an exception."""
    on_time = force.concern(force.as_of - DAY)
    force.expect("REF002", NOT_DUE, on_time, force.child(on_time))

    overdue = force.concern(force.as_of - DAY - SECOND)
    force.expect("REF002", FINDING, overdue, force.child(overdue))
