"""nightly/: the week before 22 November 2026, 02:00, of a force of 812 incidents."""

from datetime import date, datetime, timedelta

from sample_data import closures, duplicates, everyday, flags, referrals
from sample_data.extract import FINDING, UNDETERMINED, Extract, Row
from sample_data.force import Force

AS_OF = datetime(2026, 11, 22, 2)


def build() -> Extract:
    """The nightly extract, with its manifest."""
    force = Force(20261122, covers_from=AS_OF - timedelta(days=7), covers_to=AS_OF, as_of=AS_OF)
    plant_closures(force)
    plant_referrals(force)
    plant_duplicates(force)
    plant_flags(force)
    plant_unreadable_rows(force)
    everyday.fill(force, 812, domestic_in_ten=2)
    return force.extract()


def plant_closures(force: Force) -> None:
    """What CLO001 and CLO002 are about."""
    closures.closed_with_a_look_alike(force, "QL 23", "ql23", "QL-23", "XQL23", "QL231", "DOM;QL 23")
    closures.closed_with_other_codes(force, "DOM", "DOM;NFA", "", "")
    closures.closed_with_the_code_among_several(force)
    closures.domestic_by_one_sign_only(force)
    closures.perhaps_domestic_abuse(force)
    closures.closed_about_the_24th_hour(force)
    closures.closed_late(force, 3)
    closures.still_open_after_a_day(force, 3)
    closures.still_open_today(force, 12)
    closures.still_open_at_the_24th_hour(force)
    closures.closed_at_the_moment_of_the_extract(force)
    closures.closed_without_saying_when(force)
    closures.closed_with_a_blank_status(force)
    closures.cancelled_and_transferred(force)


def plant_referrals(force: Force) -> None:
    """What REF001 is about."""
    referrals.never_referred(force, 2)
    referrals.one_form_for_three_children(force)
    referrals.one_form_for_all_children(force)
    referrals.one_sibling_left_out(force)
    referrals.form_never_submitted(force)
    referrals.form_from_before_the_incident(force)
    referrals.form_submitted_late(force)
    referrals.form_for_the_earlier_incident_only(force)
    referrals.more_children_counted_than_named(force)
    referrals.children_in_the_household_but_none_named(force)
    referrals.unborn(force)
    referrals.of_unknown_age(force)
    referrals.eighteenth_birthday(force, date(2026, 11, 18))
    referrals.no_form_yet_today(force)
    referrals.no_form_at_the_24th_hour(force)
    referrals.not_domestic_abuse(force)


def plant_duplicates(force: Force) -> None:
    """Who answers for an incident that was logged twice."""
    duplicates.duplicate_with_a_master(force)
    duplicates.duplicate_without_a_master(force)
    duplicates.duplicate_of_a_duplicate(force)


def plant_flags(force: Force) -> None:
    """What FLG001, FLG002 and FLG003 are about."""
    flags.on_a_plan_and_flagged(force, 25)
    flags.on_a_plan_unflagged(force, "LAC", "CIN")
    flags.flag_of_another_kind(force)
    flags.child_protection_and_child_in_need(force)
    flags.flag_that_ended(force)
    flags.plan_that_starts_about_today(force)
    flags.plan_that_ends_about_today(force)
    flags.previous_plan_never_flagged(force, 1)
    flags.previous_plan_with_a_history(force)
    flags.adult_now(force)
    flags.met_more_than_once(force)
    flags.met_last_in_a_duplicate(force)
    flags.never_met(force, 40)


def plant_unreadable_rows(force: Force) -> None:
    """Four rows that are rejected and what they leave unknown, and two that repeat another row."""
    without_time = force.handled_well()
    child = force.child(without_time)
    form = force.refer(without_time, child, submitted_at=None)
    form[0].rejected = ("submitted without submitted_at",)
    force.expect("REF001", UNDETERMINED, without_time, child)

    born_tomorrow = force.handled_well()
    force.child(born_tomorrow, born=force.today + timedelta(days=1))
    force.rows["children"][-1].rejected = ("after as_of",)
    force.expect("REF001", UNDETERMINED, born_tomorrow)  # a child is counted, and the row that may be it is rejected

    elsewhere = {"incident_ref": "INC-26-47002", "child_ref": force.number("CH"), "date_of_birth": "2019-06-03"}
    force.rows["children"].append(Row(dict(elsewhere), rejected=("no accepted incident INC-26-47002",)))

    incident, child = flags.met(force)
    force.plan(child, "CP", force.days_ago(60, 90))
    unreadable = force.flag(child, "CP", force.today)
    unreadable.cells["started_on"] = "14/13/2026"
    unreadable.rejected = ("not a date",)
    force.expect("FLG001", UNDETERMINED, incident, child)

    sent_twice = force.handled_well()
    form = force.refer(sent_twice, force.child(sent_twice))
    force.rows["referrals"].append(Row(form[0].cells, repeats=True))
    incident, child = flags.met(force)
    force.plan(child, "CIN", force.days_ago(60, 90))
    flag = force.flag(child, "LAC", force.days_ago(50, 60))
    force.rows["flags"].append(Row(flag.cells, repeats=True))
    force.expect("FLG002", FINDING, incident, child)
