"""backlog-580/: 580 standard-risk domestic abuse incidents of August to November 2017, none of them reassessed.

The number and the season are those of the backlog that inspectors found (the joint targeted area inspection letter
on Stockton-on-Tees, January 2018); every record is invented.
"""

from datetime import date, datetime, timedelta

from sample_data import (
    assessment,
    closures,
    duplicates,
    everyday,
    flags,
    forms,
    gatekeeper,
    history,
    hub,
    referrals,
    search,
    since,
)
from sample_data.extract import FINDING, Extract
from sample_data.force import Force


def build() -> Extract:
    """The backlog extract, with its manifest, which says that nothing of the year before was left out."""
    force = Force(
        580,
        covers_from=datetime(2017, 8, 1),
        covers_to=datetime(2017, 12, 1),
        as_of=datetime(2017, 12, 15, 9),
        log_number="INC-17-{:05d}",
        first_log_number=31_006,
    )
    force.all_standard = True
    plant_missed_children(force)
    plant_forms(force)
    plant_closures(force)
    plant_clock_change(force)
    plant_assessments_and_history(force)
    plant_plans(force)
    everyday.fill(force, 580, domestic_in_ten=10)
    for incident in force.incidents:
        incident.cells |= {"risk_level": "standard", "reassessed_at": None}  # the duplicates too
    return force.extract(covers_from=datetime(2016, 8, 1))


def plant_missed_children(force: Force) -> None:
    """A few dozen children of REF001, to whom the gatekeeper of REF005 owed a form as well."""
    referrals.never_referred(force, 1, 1, 1, 1, 2, 2, 3)
    referrals.one_sibling_left_out(force, 4)
    referrals.one_form_for_three_children(force)
    referrals.one_form_for_all_children(force)
    referrals.form_never_submitted(force)
    referrals.form_from_before_the_incident(force)
    referrals.form_submitted_late(force)
    referrals.more_children_counted_than_named(force)
    referrals.children_in_the_household_but_none_named(force)
    referrals.unborn(force)
    referrals.of_unknown_age(force)
    referrals.eighteenth_birthday(force, date(2017, 9, 14))
    referrals.the_same_family_again(force, incidents=4, missed=1)
    referrals.the_same_family_again(force, incidents=3, missed=2)
    referrals.the_same_family_again(force, incidents=3, missed=0)
    duplicates.duplicate_with_a_master(force)
    since.referred_when_met_again(force, 3)
    since.on_a_plan(force)
    since.met_again_and_missed_again(force)


def plant_forms(force: Force) -> None:
    """Who sent a form, when, and whether it arrived: REF003 to REF006."""
    gatekeeper.sent_by_someone_else(force)
    gatekeeper.sent_by_nobody_knows_whom(force)
    gatekeeper.sent_by_an_officer_for_one_of_two(force)
    gatekeeper.sent_by_the_gatekeeper(force)
    forms.sent_about_the_24th_hour(force)
    forms.left_in_draft(force)
    hub.never_received(force)


def plant_closures(force: Force) -> None:
    """Some closed with another code, some late; in some of them was a child whom the daily search then missed."""
    search.closed_under_other_codes(force, "QL-23", "DOM")
    closures.closed_with_a_look_alike(force, "QL 23", "ql23", "DOM;QL231")
    closures.closed_with_other_codes(force, "DOM", "DOM;NFA", "")
    closures.closed_with_the_code_among_several(force)
    closures.closed_about_the_24th_hour(force)
    closures.closed_late(force, 6)
    closures.still_open_after_a_day(force, 2)


def plant_clock_change(force: Force) -> None:
    """24 hours are 24 elapsed hours through the night of 29 October 2017, in which 01:00 to 01:59 came twice."""
    the_afternoon_before = datetime(2017, 10, 28, 14)
    force.handled_well(the_afternoon_before, closed_at=datetime(2017, 10, 29, 13))  # 24 h, though the clock shows 23
    for late in (datetime(2017, 10, 29, 13, 0, 1), datetime(2017, 10, 29, 14)):
        force.expect("CLO002", FINDING, force.handled_well(the_afternoon_before, closed_at=late))

    first_half_past_one = datetime(2017, 10, 29, 1, 30)  # an ambiguous time is read as its first occurrence
    force.handled_well(first_half_past_one, closed_at=datetime(2017, 10, 30, 0, 30))
    late = datetime(2017, 10, 30, 0, 30, 1)
    force.expect("CLO002", FINDING, force.handled_well(first_half_past_one, closed_at=late))

    search.closed_between_two_searches(force, date(2017, 10, 28))


def plant_assessments_and_history(force: Force) -> None:
    """What the risk form left open, and which incidents were considered in isolation."""
    assessment.without_a_risk_form(force, 2)
    assessment.children_not_asked_about(force)
    history.unchecked_though_something_was_earlier(force)
    history.unchecked_and_nothing_earlier(force)
    history.fourth_graded_standard(force)
    history.third_graded_standard(force)


def plant_plans(force: Force) -> None:
    """Children of households already referred, some of them on a plan."""
    kinds = ("CP", "CP", "CP", "CIN", "CIN", "CIN", "LAC")
    for number, kind in enumerate(kinds * 4):
        incident, child = flags.met_and_referred(force)
        force.plan(child, kind, force.days_ago(150, 400))
        if number < len(kinds):
            force.expect("FLG002" if kind == "CIN" else "FLG001", FINDING, incident, child)
        else:
            force.flag(child, kind, force.days_ago(20, 150))
    for _ in range(5):
        incident, child = flags.met_and_referred(force)
        force.plan(child, "CP", force.days_ago(900, 2000), ended_on=force.days_ago(100, 800))
        force.expect("FLG003", FINDING, incident, child)
    flags.met_last_in_a_duplicate(force)
    for days, is_over in ((28, False), (29, True)):  # until when a flag may outlive its plan
        incident, child = flags.met_and_referred(force)
        force.plan(child, "CP", force.days_ago(150, 400), ended_on=force.today - timedelta(days=days))
        force.flag(child, "CP", force.days_ago(20, 150))
        if is_over:
            force.expect("FLG004", FINDING, incident, child)
    flags.never_met(force, 30)
