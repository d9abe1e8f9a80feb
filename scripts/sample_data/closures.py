"""Scenarios of CLO001 (closed with the search code) and CLO002 (closed within 24 hours)."""

from datetime import timedelta

from sample_data.extract import FINDING, NOT_DUE, UNDETERMINED
from sample_data.force import Force

DAY, SECOND = timedelta(hours=24), timedelta(seconds=1)
OPEN = {"status": "open", "closed_at": None, "closure_codes": None}


def closed_with_a_look_alike(force: Force, *codes: str) -> None:
    """The daily search for QL23 does not see a token that only resembles it."""
    for look_alike in codes:
        force.expect("CLO001", FINDING, force.handled_well(closure_codes=look_alike))


def closed_with_other_codes(force: Force, *codes: str) -> None:
    """Closed with another qualifying code, or with none, where QL23 was owed."""
    for other in codes:
        force.expect("CLO001", FINDING, force.handled_well(closure_codes=other))


def closed_with_the_code_among_several(force: Force) -> None:
    """QL23 counts wherever it stands among the codes, with whatever separator."""
    for codes in ("QL23", "QL23;DOM", "DOM|QL23|NFA", "NFA, QL23", "DOM ; QL23 ; QL 23"):
        force.handled_well(closure_codes=codes)


def domestic_by_one_sign_only(force: Force) -> None:
    """Domestic abuse by a risk form, by the opening code or by the closure code alone, the marker blank or even no."""
    by_code = {"domestic_abuse": None, "incident_type": "DISTURBANCE", "risk_form_ref": None, "risk_form_at": None}
    by_form = by_code | {"risk_form_ref": force.number("DARA")}
    by_form_against_the_marker = by_form | {"domestic_abuse": "no", "risk_form_ref": force.number("DASH")}
    for sign in (by_form, by_form_against_the_marker):
        force.expect("CLO001", FINDING, force.handled_well(**sign, closure_codes="DST01"))

    typed = force.handled_well(**(by_code | {"incident_type": "Domestic"}), closure_codes="DST01")
    force.expect("CLO001", FINDING, typed)
    force.expect("RSK001", FINDING, typed)

    by_form_time = {"domestic_abuse": None, "incident_type": "DISTURBANCE", "risk_form_ref": None}
    force.expect("CLO001", FINDING, force.handled_well(**by_form_time, closure_codes="DST01"))

    coded = force.handled_well(**by_code, closure_codes="DST01;QL23")
    force.expect("REF001", FINDING, coded, force.child(coded))
    force.expect("RSK001", FINDING, coded)


def perhaps_domestic_abuse(force: Force) -> None:
    """Nothing says whether it was domestic abuse: cannot tell, where it would be an exception if it was."""
    closed_late = force.perhaps_domestic(reported_at := force.moment(2 * DAY), closed_at=reported_at + 1.5 * DAY)
    still_open = force.perhaps_domestic(**OPEN)
    with_child = force.perhaps_domestic()
    referred_all_the_same = force.perhaps_domestic()
    for incident, *rules in (
        (closed_late, "CLO001", "CLO002"),
        (still_open, "CLO002"),
        (with_child, "CLO001", "CLO003"),
        (referred_all_the_same, "CLO001", "CLO003"),
    ):
        for rule in (*rules, "RSK001"):
            force.expect(rule, UNDETERMINED, incident)

    force.expect("REF001", UNDETERMINED, with_child, force.child(with_child))
    force.refer(referred_all_the_same, force.child(referred_all_the_same))


def closed_about_the_24th_hour(force: Force) -> None:
    """Exactly 24:00:00 and one second less are within the window; one second more is not."""
    for early in (timedelta(0), SECOND):
        reported_at = force.moment(2 * DAY)
        force.handled_well(reported_at, closed_at=reported_at + DAY - early)
    reported_at = force.moment(2 * DAY)
    force.expect("CLO002", FINDING, force.handled_well(reported_at, closed_at=reported_at + DAY + SECOND))


def closed_late(force: Force, how_many: int) -> None:
    """Closed with QL23, but a day or two after the window."""
    for _ in range(how_many):
        reported_at = force.moment(3 * DAY)
        force.expect("CLO002", FINDING, force.handled_well(reported_at, closed_at=reported_at + force.hours(25, 70)))


def still_open_after_a_day(force: Force, how_many: int) -> None:
    """Not closed at all, and the 24 hours are over."""
    for _ in range(how_many):
        force.expect("CLO002", FINDING, force.handled_well(**OPEN))


def still_open_today(force: Force, how_many: int) -> None:
    """Not closed, but reported in the last 24 hours: not yet due."""
    for _ in range(how_many):
        force.expect("CLO002", NOT_DUE, force.handled_well(force.as_of - force.hours(0.2, 23.5), **OPEN))


def still_open_at_the_24th_hour(force: Force) -> None:
    """Open for exactly 24 hours at the moment of the extract is on time; open one second longer is not."""
    force.expect("CLO002", NOT_DUE, force.handled_well(force.as_of - DAY, **OPEN))
    force.expect("CLO002", FINDING, force.handled_well(force.as_of - DAY - SECOND, **OPEN))


def closed_at_the_moment_of_the_extract(force: Force) -> None:
    """Closed without QL23 at as_of itself: the code is due at closure, so not yet late."""
    reported_at = force.as_of - timedelta(hours=7)
    force.expect("CLO001", NOT_DUE, force.handled_well(reported_at, closed_at=force.as_of, closure_codes="DOM"))


def closed_with_a_blank_status(force: Force) -> None:
    """A blank status is closed where there is a time of closure, else open."""
    force.handled_well(status=None)
    force.expect("CLO001", FINDING, force.handled_well(status=None, closure_codes=None))
    force.expect("CLO002", FINDING, force.handled_well(status=None, closed_at=None, closure_codes=None))


def cancelled_and_transferred(force: Force) -> None:
    """Both stay in scope: closed properly they pass, else they are exceptions like any other."""
    force.handled_well(status="cancelled")
    force.handled_well(status="transferred")
    force.expect("CLO001", FINDING, force.handled_well(status="cancelled", closure_codes="CANC"))
    force.expect("CLO002", FINDING, force.handled_well(status="transferred", closed_at=None, closure_codes=None))
