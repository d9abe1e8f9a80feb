"""Scenarios of REF001: a child in a domestic abuse incident without a referral form."""

from datetime import date, datetime, time, timedelta

from sample_data.closures import DAY, OPEN, SECOND
from sample_data.extract import FINDING, NOT_DUE, UNDETERMINED
from sample_data.force import Force


def never_referred(force: Force, *households: int) -> None:
    """No form for any child of the household; a household is its number of children."""
    for children in households:
        incident = force.handled_well()
        for _ in range(children):
            force.missed(incident, force.child(incident))


def one_form_for_three_children(force: Force) -> None:
    """One form that lists each of three children covers all three."""
    incident = force.handled_well()
    force.refer(incident, force.child(incident), force.child(incident), force.child(incident))


def one_form_for_all_children(force: Force) -> None:
    """A form that names no child covers every child of the incident, the unnamed rest too."""
    incident = force.handled_well()
    for _ in range(3):
        force.child(incident)
    force.refer(incident)

    two_named_of_four = force.handled_well()
    force.child(two_named_of_four)
    force.child(two_named_of_four)
    two_named_of_four.cells["child_count"] = 4
    force.refer(two_named_of_four)
    force.tell(two_named_of_four)
    force.expect("CHD001", FINDING, two_named_of_four)


def one_sibling_left_out(force: Force, how_many: int = 1) -> None:
    """A form lists two of three children: the third was missed."""
    for _ in range(how_many):
        incident = force.handled_well()
        first, second, left_out = force.child(incident), force.child(incident), force.child(incident)
        force.refer(incident, first, second)
        force.missed(incident, left_out)


def form_never_submitted(force: Force) -> None:
    """A draft, a rejected, a withdrawn form and one with neither status nor time do not cover.

    All but the withdrawn one wait to be sent.
    """
    for status in ("draft", "rejected", "withdrawn", None):
        incident = force.handled_well()
        child = force.child(incident)
        force.refer(incident, child, status=status, submitted_at=None)
        force.missed(incident, child)
        if status != "withdrawn":
            force.expect("REF004", FINDING, incident, child)

    rejected_then_mended = force.handled_well()
    child = force.child(rejected_then_mended)
    force.refer(rejected_then_mended, child, status="rejected")
    force.refer(rejected_then_mended, child)

    status_left_blank = force.handled_well()
    force.refer(status_left_blank, force.child(status_left_blank), status=None)


def form_from_before_the_incident(force: Force) -> None:
    """A form submitted a second before the report belongs to something earlier; one at that very second covers."""
    too_early = force.handled_well()
    child = force.child(too_early)
    force.refer(too_early, child, submitted_at=too_early.reported_at - SECOND)
    force.missed(too_early, child)

    at_once = force.handled_well()
    force.refer(at_once, force.child(at_once), submitted_at=at_once.reported_at)


def form_submitted_late(force: Force) -> None:
    """A late form covers: that it was late is for a rule of its own."""
    incident = force.handled_well(force.moment(2 * DAY))
    child = force.child(incident)
    force.refer(incident, child, submitted_at=incident.reported_at + 1.5 * DAY)
    force.expect("REF003", FINDING, incident, child)


def form_for_the_earlier_incident_only(force: Force) -> None:
    """The same child twice in the period, with a form for the first incident: the second has none."""
    first = force.handled_well(force.moment(3 * DAY))
    child = force.child(first)
    force.refer(first, child)
    second = force.handled_well(first.reported_at + force.hours(20, 40))
    force.meet_again(second, child)
    force.missed(second, child)


def more_children_counted_than_named(force: Force) -> None:
    """The risk form counts more children than are named: the unnamed rest needs a form for all."""
    one_of_three = force.handled_well()
    force.refer(one_of_three, force.child(one_of_three))
    one_of_three.cells["child_count"] = 3
    force.tell(one_of_three)
    force.missed(one_of_three)
    force.expect("CHD001", FINDING, one_of_three)

    only_an_adult_is_named = force.handled_well()
    force.adult(only_an_adult_is_named, born=date(force.today.year - 20, 3, 9))
    only_an_adult_is_named.cells |= {"children_in_household": "yes", "child_count": 1}
    force.tell(only_an_adult_is_named)
    force.missed(only_an_adult_is_named)

    may_be_the_one_counted = force.handled_well()  # so that there is no rest
    may_be_a_child = force.child_of_unknown_age(may_be_the_one_counted)
    force.missed(may_be_the_one_counted, may_be_a_child, UNDETERMINED)


def children_in_the_household_but_none_named(force: Force) -> None:
    """The risk form says that there are children, not how many, and no child is recorded."""
    incident = force.handled_well(children_in_household="yes", child_count=None)
    force.tell(incident)
    force.missed(incident)

    with_a_form_for_all = force.handled_well(children_in_household="yes", child_count=None)
    force.tell(with_a_form_for_all)
    force.refer(with_a_form_for_all)

    one_named = force.handled_well(children_in_household="yes", child_count=None)
    force.refer(one_named, force.child(one_named))

    force.expect("CHD001", FINDING, force.handled_well(children_in_household="unknown", child_count=None))


def unborn(force: Force) -> None:
    """An unborn child counts as a child."""
    without_form = force.handled_well()
    force.missed(without_form, force.unborn_child(without_form))

    with_form = force.handled_well()
    force.refer(with_form, force.unborn_child(with_form))


def of_unknown_age(force: Force) -> None:
    """Without a date of birth nobody can tell whether a child was missed; a form settles it either way."""
    without_form = force.handled_well()
    force.missed(without_form, force.child_of_unknown_age(without_form), UNDETERMINED)

    with_form = force.handled_well()
    force.refer(with_form, force.child_of_unknown_age(with_form))


def eighteenth_birthday(force: Force, day: date) -> None:
    """Someone is 18 from the start of the birthday, a child until the midnight before."""
    eighteen_years_before = day.replace(year=day.year - 18)
    on_the_day = force.handled_well(datetime.combine(day, time(0, 0, 30)))
    force.adult(on_the_day, born=eighteen_years_before)

    the_evening_before = force.handled_well(datetime.combine(day, time(23, 59, 30)) - DAY)
    still_a_child = force.child(the_evening_before, born=eighteen_years_before)
    force.missed(the_evening_before, still_a_child)


def no_form_yet_today(force: Force) -> None:
    """Reported in the last 24 hours: a form may still come, and one that came already is a pass."""
    for hours in (5, 11, 22):
        incident = force.handled_well(force.as_of - timedelta(hours=hours, minutes=17), closed_at=force.as_of - DAY / 6)
        force.expect("REF001", NOT_DUE, incident, force.child(incident))
        force.refer(incident, force.child(incident))

    still_open = force.handled_well(force.as_of - timedelta(hours=3), **OPEN)
    force.expect("CLO002", NOT_DUE, still_open)
    force.expect("CLO003", NOT_DUE, still_open)
    force.expect("REF001", NOT_DUE, still_open, force.child(still_open))
    force.expect("REF001", NOT_DUE, still_open, force.child_of_unknown_age(still_open))

    perhaps = force.perhaps_domestic(force.as_of - timedelta(hours=2), **OPEN)
    for rule in ("CLO002", "CLO003", "RSK001"):
        force.expect(rule, NOT_DUE, perhaps)
    force.expect("REF001", NOT_DUE, perhaps, force.child(perhaps))


def no_form_at_the_24th_hour(force: Force) -> None:
    """No form exactly 24 hours after the report is not yet due; a second later it is an exception."""
    on_time = force.handled_well(force.as_of - DAY)
    force.expect("REF001", NOT_DUE, on_time, force.child(on_time))

    overdue = force.handled_well(force.as_of - DAY - SECOND)
    force.expect("REF001", FINDING, overdue, force.child(overdue))


def the_same_family_again(force: Force, *, incidents: int, missed: int) -> None:
    """Two children of one household in several incidents, all graded standard: no form for the last so many.

    The fourth within three weeks was graded standard like the three before it.
    """
    reported_at = force.moment(40 * DAY)
    first = force.handled_well(reported_at)
    children = [force.child(first), force.child(first)]
    force.refer(first)
    for number in range(1, incidents):
        incident = force.handled_well(reported_at + number * 5 * DAY + force.hours(1, 90))
        for child in children:
            force.meet_again(incident, child)
            if number >= incidents - missed:
                force.missed(incident, child)
                if force.all_standard and number < incidents - 1:
                    force.since[incident, child] = "met again, no referral"
        if number < incidents - missed:
            force.refer(incident)
        if number == 3:
            force.expect("HIS002", FINDING, incident)
