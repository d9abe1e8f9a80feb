"""Scenarios of ENC001: a school is to know before the start of its next day that a child lives with domestic abuse."""

from datetime import date, datetime, time, timedelta

from sample_data.closures import DAY, SECOND
from sample_data.duplicates import duplicate_of
from sample_data.extract import FINDING, NOT_DUE, UNDETERMINED, Child, Incident
from sample_data.force import Force

NINE, EVENING = time(9), time(20, 15)


def untold(force: Force, reported_at: datetime, born: date | None = None) -> tuple[Incident, Child]:
    """A child of ten unless the day of birth is given, who was referred, but of whom no school was told."""
    incident = force.handled_well(reported_at)
    child = force.child(incident, born or date(reported_at.year - 11, 12, 30), told=False)
    force.refer(incident, child)
    return incident, child


def never_told(force: Force, evening: date) -> None:
    """No notification, one that failed, one that nobody sent, or one for a sibling only."""
    reported_at = datetime.combine(evening, EVENING)
    incident, child = untold(force, reported_at)
    force.expect("ENC001", FINDING, incident, child)

    for outcome in ("failed", "not-applicable"):
        incident, child = untold(force, reported_at)
        force.tell(incident, child, outcome=outcome)
        force.expect("ENC001", FINDING, incident, child)

    incident, child = untold(force, reported_at)
    force.refer(incident, force.child(incident, born=date(evening.year - 8, 4, 9)))
    force.expect("ENC001", FINDING, incident, child)

    undated, child = untold(force, reported_at)
    force.tell(undated, child, notified_at=None)
    force.expect("ENC001", UNDETERMINED, undated, child)


def told_otherwise(force: Force, evening: date) -> None:
    """A notification for every child, one on a duplicate, and one that failed before it was sent."""
    reported_at = datetime.combine(evening, EVENING)
    incident, _ = untold(force, reported_at)
    force.tell(incident)

    incident, child = untold(force, reported_at)
    force.tell(duplicate_of(force, incident), child)

    incident, child = untold(force, reported_at)
    force.tell(incident, child, outcome="failed")
    force.tell(incident, child)


def told_about_nine(force: Force, day: date) -> None:
    """Told at nine o'clock of a school day is in time; what is reported at nine is for the next school day."""
    nine = datetime.combine(day, NINE)
    for notified_at, is_late in ((nine, False), (nine + SECOND, True)):
        incident, child = untold(force, nine - timedelta(minutes=70))
        force.tell(incident, child, notified_at=notified_at)
        if is_late:
            force.expect("ENC001", FINDING, incident, child)

    incident, child = untold(force, nine)
    force.tell(incident, child, notified_at=nine + DAY)


def over_the_weekend(force: Force, friday: date) -> None:
    """What is reported before nine on a Friday is due then; what is reported at nine, on Monday."""
    nine = datetime.combine(friday, NINE)
    incident, child = untold(force, nine - SECOND)
    force.expect("ENC001", FINDING, incident, child)
    incident, child = untold(force, nine)
    force.expect("ENC001", NOT_DUE, incident, child)


def of_school_age(force: Force, day: date) -> None:
    """From the fourth birthday to the day before the eighteenth, by the day of the report; nobody unborn."""
    reported_at = datetime.combine(day, EVENING)
    the_day_after = day + DAY
    untold(force, reported_at, the_day_after.replace(year=day.year - 4))
    incident, child = untold(force, reported_at, day.replace(year=day.year - 4))
    force.expect("ENC001", FINDING, incident, child)
    incident, child = untold(force, reported_at, the_day_after.replace(year=day.year - 18))
    force.expect("ENC001", FINDING, incident, child)

    incident = force.handled_well(reported_at)
    force.adult(incident, born=day.replace(year=day.year - 18))
    force.refer(incident, force.unborn_child(incident))


def of_unknown_age(force: Force, evening: date) -> None:
    """Without a date of birth, or a name, nobody can tell whether there is a school to be told."""
    reported_at = datetime.combine(evening, EVENING)
    incident = force.handled_well(reported_at)
    person = force.child_of_unknown_age(incident, told=False)
    force.refer(incident, person)
    force.expect("ENC001", UNDETERMINED, incident, person)

    one_of_two_named = force.handled_well(reported_at)
    force.child(one_of_two_named)
    one_of_two_named.cells["child_count"] = 2
    force.refer(one_of_two_named)
    force.expect("CHD001", FINDING, one_of_two_named)
    force.expect("ENC001", UNDETERMINED, one_of_two_named)


def notification_unreadable(force: Force, evening: date) -> None:
    """A notification that was rejected may be the one that is missing, of the child whom it names."""
    incident, child = untold(force, datetime.combine(evening, EVENING))
    force.tell(incident, child, outcome="by phone")
    force.rows["notifications"][-1].rejected = ("not a choice",)
    force.expect("ENC001", UNDETERMINED, incident, child)
