"""Scenarios of RSK001 (no risk form) and CHD001 (the risk form does not say which children there are)."""

from datetime import timedelta

from sample_data.closures import DAY, SECOND
from sample_data.extract import FINDING, NOT_DUE, Cell
from sample_data.force import Force

NO_FORM: dict[str, Cell] = {
    "risk_form_ref": None,
    "risk_form_at": None,
    "children_in_household": None,
    "child_count": None,
}


def without_a_risk_form(force: Force, how_many: int) -> None:
    """No form at all: that its questions were not answered is then no exception of its own."""
    for _ in range(how_many):
        force.expect("RSK001", FINDING, force.handled_well(**NO_FORM))


def with_part_of_a_risk_form(force: Force) -> None:
    """The reference or the time alone shows that there is a form, be it a late one."""
    force.handled_well(risk_form_at=None)
    force.handled_well(risk_form_ref=None)
    reported_at = force.moment(3 * DAY)
    force.handled_well(reported_at, risk_form_at=reported_at + 2 * DAY)


def risk_form_at_the_24th_hour(force: Force) -> None:
    """No form exactly 24 hours after the report is not yet due; a second later it is an exception."""
    force.expect("RSK001", NOT_DUE, force.handled_well(force.as_of - DAY, **NO_FORM))
    force.expect("RSK001", FINDING, force.handled_well(force.as_of - DAY - SECOND, **NO_FORM))


def children_not_asked_about(force: Force) -> None:
    """The question of children is unanswered or answered with unknown; that there are none is an answer."""
    for answer in (None, "unknown"):
        force.expect("CHD001", FINDING, force.handled_well(children_in_household=answer, child_count=None))

    referred_all_the_same = force.handled_well(children_in_household=None, child_count=None)
    force.refer(referred_all_the_same, force.child(referred_all_the_same))
    force.expect("CHD001", FINDING, referred_all_the_same)

    force.handled_well(children_in_household="no", child_count=None)


def children_asked_about_at_the_24th_hour(force: Force) -> None:
    """An answer may still come until 24 hours after the report."""
    unanswered: dict[str, Cell] = {"children_in_household": None, "child_count": None}
    force.expect("CHD001", NOT_DUE, force.handled_well(force.as_of - DAY, **unanswered))
    force.expect("CHD001", FINDING, force.handled_well(force.as_of - DAY - timedelta(seconds=1), **unanswered))
