"""Scenarios of FLG001 to FLG004: the local authority's plans against the flags on the police record."""

from datetime import date, timedelta

from sample_data.closures import OPEN
from sample_data.duplicates import duplicate_of
from sample_data.extract import FINDING, NOT_DUE, Child, Incident
from sample_data.force import Force

DAY = timedelta(days=1)


def met(force: Force) -> tuple[Incident, Child]:
    """A child met in an incident that asks for no referral, so that plans and flags alone are in question."""
    incident = force.not_domestic(force.moment())
    return incident, force.child(incident, born=force.days_ago(6 * 365, 15 * 365))


def met_and_referred(force: Force) -> tuple[Incident, Child]:
    """A child met in a domestic abuse incident, with a form: again plans and flags alone are in question."""
    incident = force.handled_well()
    child = force.child(incident, born=force.days_ago(6 * 365, 15 * 365))
    force.refer(incident, child)
    return incident, child


def on_a_plan_and_flagged(force: Force, how_many: int) -> None:
    """A flag for each current plan, set within a day or two: nothing to find."""
    for _ in range(how_many):
        _, child = met(force)
        kind = force.random.choice(("CP", "CIN", "CIN", "LAC"))
        started_on = force.days_ago(30, 500)
        force.plan(child, kind, started_on)
        force.flag(child, kind, started_on + force.random.randrange(3) * DAY)


def on_a_plan_unflagged(force: Force, *kinds: str) -> None:
    """A current plan and no flag at all."""
    for kind in kinds:
        incident, child = met(force)
        force.plan(child, kind, force.days_ago(20, 400))
        force.expect("FLG002" if kind == "CIN" else "FLG001", FINDING, incident, child)


def flag_of_another_kind(force: Force) -> None:
    """A flag answers only for a plan of its own kind."""
    incident, child = met(force)
    force.plan(child, "CP", force.days_ago(60, 90))
    force.flag(child, "CIN", force.days_ago(200, 300))
    force.expect("FLG001", FINDING, incident, child)

    incident, child = met(force)
    force.plan(child, "CP", force.days_ago(60, 90))
    force.plan(child, "LAC", force.days_ago(30, 60))
    force.flag(child, "CP", force.days_ago(20, 30))
    force.expect("FLG001", FINDING, incident, child)

    incident, child = met(force)
    force.plan(child, "CIN", force.days_ago(60, 90))
    force.flag(child, "CP", force.days_ago(20, 30))
    force.expect("FLG002", FINDING, incident, child)


def child_protection_and_child_in_need(force: Force) -> None:
    """Two current plans and no flag: one exception of each rule."""
    incident, child = met(force)
    force.plan(child, "CP", force.days_ago(60, 90))
    force.plan(child, "CIN", force.days_ago(200, 300))
    force.expect("FLG001", FINDING, incident, child)
    force.expect("FLG002", FINDING, incident, child)


def flag_that_ended(force: Force) -> None:
    """A flag that ended yesterday does not answer for a plan that goes on; one that ends today still does."""
    incident, child = met(force)
    force.plan(child, "CP", force.days_ago(300, 400))
    force.flag(child, "CP", force.days_ago(290, 300), ended_on=force.today - DAY)
    force.expect("FLG001", FINDING, incident, child)

    _, child = met(force)
    force.plan(child, "CP", force.days_ago(300, 400))
    force.flag(child, "CP", force.days_ago(290, 300), ended_on=force.today)


def plan_that_starts_about_today(force: Force) -> None:
    """The flag is due by the start of the day after; a plan of tomorrow asks for nothing yet."""
    for kind, rule in (("CP", "FLG001"), ("CIN", "FLG002")):
        incident, child = met(force)
        force.plan(child, kind, force.today)
        force.expect(rule, NOT_DUE, incident, child)

        incident, child = met(force)
        force.plan(child, kind, force.today - DAY)
        force.expect(rule, FINDING, incident, child)

    _, child = met(force)
    force.plan(child, "CP", force.today + DAY)


def plan_that_ends_about_today(force: Force) -> None:
    """A plan is current on its last day, and has ended the day after."""
    incident, child = met(force)
    force.plan(child, "LAC", force.days_ago(300, 400), ended_on=force.today)
    force.expect("FLG001", FINDING, incident, child)

    incident, child = met(force)
    force.plan(child, "CP", force.days_ago(300, 400), ended_on=force.today - DAY)
    force.expect("FLG003", FINDING, incident, child)


def previous_plan_never_flagged(force: Force, how_many: int) -> None:
    """Once on a child protection plan, and no flag ever said so."""
    for _ in range(how_many):
        incident, child = met(force)
        force.plan(child, "CP", force.days_ago(900, 2000), ended_on=force.days_ago(100, 800))
        force.expect("FLG003", FINDING, incident, child)


def previous_plan_with_a_history(force: Force) -> None:
    """What a flag of the time, another flag, a new plan and another kind of plan make of an ended plan."""
    _, child = met(force)
    force.plan(child, "CP", force.days_ago(900, 1000), ended_on=force.days_ago(100, 800))
    force.flag(child, "CP", force.days_ago(890, 900), ended_on=force.days_ago(100, 800))

    incident, flagged_in_need = met(force)
    force.plan(flagged_in_need, "CP", force.days_ago(900, 1000), ended_on=force.days_ago(500, 800))
    force.plan(flagged_in_need, "CIN", force.days_ago(300, 400))
    force.flag(flagged_in_need, "CIN", force.days_ago(290, 300))
    force.expect("FLG003", FINDING, incident, flagged_in_need)

    incident, on_a_new_plan = met(force)
    force.plan(on_a_new_plan, "CP", force.days_ago(900, 1000), ended_on=force.days_ago(500, 800))
    force.plan(on_a_new_plan, "CP", force.days_ago(30, 60))
    force.expect("FLG001", FINDING, incident, on_a_new_plan)

    _, looked_after_once = met(force)
    force.plan(looked_after_once, "LAC", force.days_ago(900, 1000), ended_on=force.days_ago(500, 800))


def flag_outlives_its_plan(force: Force) -> None:
    """A flag may stay for 28 days after the last plan of its kind has ended, or as long as another one is current."""
    for days, is_over in ((28, False), (29, True)):
        incident, child = met(force)
        force.plan(child, "CP", force.days_ago(300, 400), ended_on=force.today - days * DAY)
        force.flag(child, "CP", force.days_ago(200, 300))
        if is_over:
            force.expect("FLG004", FINDING, incident, child)

    incident, looked_after_once = met(force)
    force.plan(looked_after_once, "LAC", force.days_ago(300, 400), ended_on=force.days_ago(60, 90))
    force.flag(looked_after_once, "LAC", force.days_ago(200, 300), ended_on=force.today)
    force.plan(looked_after_once, "CIN", force.days_ago(30, 60))
    force.flag(looked_after_once, "CIN", force.days_ago(20, 30))
    force.expect("FLG004", FINDING, incident, looked_after_once)

    _, on_a_new_plan = met(force)
    force.plan(on_a_new_plan, "CIN", force.days_ago(300, 400), ended_on=force.days_ago(60, 90))
    force.plan(on_a_new_plan, "CIN", force.days_ago(5, 30))
    force.flag(on_a_new_plan, "CIN", force.days_ago(200, 300))

    _, taken_down = met(force)
    force.plan(taken_down, "CIN", force.days_ago(300, 400), ended_on=force.days_ago(60, 90))
    force.flag(taken_down, "CIN", force.days_ago(200, 300), ended_on=force.today - DAY)

    _, ended_twice = met(force)
    force.plan(ended_twice, "LAC", force.days_ago(300, 400), ended_on=force.days_ago(100, 200))
    force.plan(ended_twice, "LAC", force.days_ago(60, 90), ended_on=force.days_ago(1, 20))
    force.flag(ended_twice, "LAC", force.days_ago(200, 300))

    _, never_on_a_plan = met(force)
    force.flag(never_on_a_plan, "CIN", force.days_ago(200, 300))


def adult_now(force: Force) -> None:
    """Flags are asked of everyone among the children rows, of any age."""
    incident = force.not_domestic()
    grown_up = force.adult(incident, born=date(force.today.year - 19, 1, 20))
    force.plan(grown_up, "CP", force.days_ago(900, 1000), ended_on=force.days_ago(500, 800))
    force.expect("FLG003", FINDING, incident, grown_up)


def met_more_than_once(force: Force) -> None:
    """The exception names the latest incident; of two in the same second, the one with the later reference."""
    earlier, child = met(force)
    later = force.not_domestic(earlier.reported_at + timedelta(minutes=40), **OPEN)
    force.meet_again(later, child)
    force.plan(child, "CP", force.days_ago(60, 90))
    force.expect("FLG001", FINDING, later, child)

    first, child = met(force)
    same_second = force.not_domestic(first.reported_at, **OPEN)
    force.meet_again(same_second, child)
    force.plan(child, "CIN", force.days_ago(60, 90))
    force.expect("FLG002", FINDING, same_second, child)


def met_last_in_a_duplicate(force: Force) -> None:
    """A duplicate is no subject itself, but it can be where a child was met last."""
    master, child = met_and_referred(force)
    duplicate = duplicate_of(force, master)
    force.meet_again(duplicate, child)
    force.plan(child, "LAC", force.days_ago(60, 90))
    force.expect("FLG001", FINDING, duplicate, child)


def never_met(force: Force, how_many: int) -> None:
    """Children on the local authority's list who are in no incident: nobody asks after their flags."""
    for _ in range(how_many):
        child = Child(force.number("CH"))
        kind = force.random.choice(("CP", "CIN", "CIN", "LAC"))
        started_on = force.days_ago(100, 900)
        force.plan(child, kind, started_on, force.random.choice((None, None, force.days_ago(5, 90))))
        if force.random.randrange(3):
            force.flag(child, kind, started_on + DAY)
