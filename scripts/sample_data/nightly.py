"""nightly/: the week before 22 November 2026, 02:00, of a force of 812 incidents."""

from datetime import date, datetime, time, timedelta

from sample_data import (
    assessment,
    closures,
    concerns,
    duplicates,
    encompass,
    everyday,
    flags,
    forms,
    gatekeeper,
    history,
    hub,
    missing,
    referrals,
    search,
)
from sample_data.extract import COLUMNS, FINDING, UNDETERMINED, Extract, Row
from sample_data.force import Force

AS_OF = datetime(2026, 11, 22, 2)  # a Sunday
TUESDAY, WEDNESDAY, FRIDAY = date(2026, 11, 17), date(2026, 11, 18), date(2026, 11, 20)


def build() -> Extract:
    """The nightly extract, with its manifest: every table, but one week, so that it does not cover what was before."""
    week_ago = AS_OF - timedelta(days=7)
    force = Force(20261122, covers_from=week_ago, covers_to=AS_OF, as_of=AS_OF, tables=tuple(COLUMNS))
    plant_closures(force)
    plant_the_daily_search(force)
    plant_referrals(force)
    plant_forms(force)
    plant_duplicates(force)
    plant_assessments(force)
    plant_history(force)
    plant_schools(force)
    plant_missing_children(force)
    plant_flags(force)
    plant_unreadable_rows(force)
    everyday.fill(force, 812, domestic_in_ten=2)
    search.codes_put_in_at_closure(force, 30)
    return force.extract()


def plant_closures(force: Force) -> None:
    """What CLO001 and CLO002 are about."""
    closures.closed_with_a_look_alike(force, "QL 23", "ql23", "XQL23", "QL231")
    closures.closed_with_other_codes(force, "DOM;NFA", "")
    closures.closed_with_the_code_among_several(force)
    closures.domestic_by_one_sign_only(force)
    closures.perhaps_domestic_abuse(force)
    closures.closed_about_the_24th_hour(force)
    closures.closed_late(force, 1)
    closures.still_open_after_a_day(force, 1)
    closures.still_open_today(force, 4)
    closures.still_open_at_the_24th_hour(force)
    closures.closed_at_the_moment_of_the_extract(force)
    closures.closed_with_a_blank_status(force)
    closures.cancelled_and_transferred(force)


def plant_the_daily_search(force: Force) -> None:
    """What CLO003 is about."""
    search.closed_under_other_codes(force, "DOM;QL-23", None)
    search.closed_under_another_code_with_someone_of_unknown_age(force)
    search.never_closed(force)
    search.closed_late_but_seen(force)
    search.closed_without_saying_when(force)
    search.closed_about_the_last_search(force)
    search.amended_after_closure(force, WEDNESDAY)
    search.history_unreadable(force)


def plant_referrals(force: Force) -> None:
    """What REF001 and REF002 are about."""
    referrals.never_referred(force, 1)
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
    concerns.referable_concern_without_a_form(force, "neglect", "other;Exploitation")
    concerns.referable_concern_referred(force)
    concerns.concern_of_another_kind(force)
    concerns.concern_for_someone_of_unknown_age(force)
    concerns.concern_at_the_24th_hour(force)


def plant_forms(force: Force) -> None:
    """What REF003 to REF006 are about: what became of a form, and who was to send one."""
    forms.sent_about_the_24th_hour(force)
    forms.sent_twice(force)
    forms.sent_late_for_a_concern(force)
    forms.sent_late_for_someone_of_unknown_age(force)
    forms.left_in_draft_elsewhere(force)
    forms.in_draft_at_the_24th_hour(force)
    gatekeeper.sent_by_nobody_knows_whom(force, datetime.combine(TUESDAY, time(14, 20)))
    gatekeeper.by_the_end_of_the_next_working_day(
        force, over=datetime(2026, 11, 19, 23, 50), weekend=datetime(2026, 11, 20, 0, 10)
    )
    hub.never_received(force)
    hub.never_received_of_another_incident(force)
    hub.received_late(force)
    hub.received_by_the_hubs_own_list(force)
    hub.receipt_unreadable(force)
    hub.receipt_about_the_24th_hour(force)


def plant_duplicates(force: Force) -> None:
    """Who answers for an incident that was logged twice."""
    duplicates.duplicate_with_a_master(force)
    duplicates.duplicate_without_a_master(force)
    duplicates.duplicate_of_a_duplicate(force)


def plant_assessments(force: Force) -> None:
    """What RSK001 and CHD001 are about."""
    assessment.without_a_risk_form(force, 1)
    assessment.with_part_of_a_risk_form(force)
    assessment.risk_form_at_the_24th_hour(force)
    assessment.children_asked_about_at_the_24th_hour(force)


def plant_history(force: Force) -> None:
    """What HIS001 and HIS002 are about: within the week it is known, before it nobody can tell."""
    history.unchecked_though_something_was_earlier(force)
    history.unchecked_concern(force)
    history.unchecked_and_not_covered(force)
    history.unchecked_at_the_24th_hour(force)
    history.checked_late(force)
    history.third_graded_standard(force)
    history.fourth_reassessed(force)
    history.standard_at_the_24th_hour(force)


def plant_schools(force: Force) -> None:
    """What ENC001 is about."""
    encompass.never_told(force, TUESDAY)
    encompass.told_otherwise(force, TUESDAY)
    encompass.told_about_nine(force, WEDNESDAY)
    encompass.over_the_weekend(force, FRIDAY)
    encompass.of_school_age(force, WEDNESDAY)
    encompass.of_unknown_age(force, WEDNESDAY)
    encompass.notification_unreadable(force, TUESDAY)


def plant_missing_children(force: Force) -> None:
    """What MIS001 to MIS003 are about."""
    missing.everyday(force, 14)
    missing.third_without_a_coordinator(force)
    missing.third_at_the_24th_hour(force)
    missing.fewer_than_three(force)
    missing.concern_acted_on_about_the_24th_hour(force)
    missing.concern_not_acted_on(force)
    missing.concern_referred(force)
    missing.concern_unsaid(force)
    missing.not_interviewed(force)
    missing.interviewed_late(force)


def plant_flags(force: Force) -> None:
    """What FLG001 to FLG004 are about."""
    flags.on_a_plan_and_flagged(force, 25)
    flags.on_a_plan_unflagged(force, "LAC", "CIN")
    flags.flag_of_another_kind(force)
    flags.child_protection_and_child_in_need(force)
    flags.flag_that_ended(force)
    flags.plan_that_starts_about_today(force)
    flags.plan_that_ends_about_today(force)
    flags.previous_plan_never_flagged(force, 1)
    flags.previous_plan_with_a_history(force)
    flags.flag_outlives_its_plan(force)
    flags.adult_now(force)
    flags.met_more_than_once(force)
    flags.met_last_in_a_duplicate(force)
    flags.never_met(force, 40)


def plant_unreadable_rows(force: Force) -> None:
    """Rows of the first tables that are rejected, what they leave unknown, and two rows that repeat another."""
    without_time = force.handled_well()
    child = force.child(without_time)
    form = force.refer(without_time, child, submitted_at=None)
    form[0].rejected = ("submitted without submitted_at",)
    for rule in ("REF001", "REF003"):  # there may be a form, and it may have been late
        force.expect(rule, UNDETERMINED, without_time, child)

    born_tomorrow = force.handled_well()
    force.child(born_tomorrow, born=force.today + timedelta(days=1))
    force.rows["children"][-1].rejected = ("after as_of",)
    force.tell(born_tomorrow)
    force.expect("REF001", UNDETERMINED, born_tomorrow)  # a child is counted, and the row that may be it is rejected
    force.expect("CHD001", UNDETERMINED, born_tomorrow)

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
