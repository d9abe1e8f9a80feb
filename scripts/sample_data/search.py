"""Scenarios of CLO003: the daily search at 06:00, over what was closed in the 24 hours before, misses the incident."""

from datetime import date, datetime, time, timedelta

from sample_data.closures import DAY, OPEN, SECOND
from sample_data.extract import FINDING, NOT_DUE, UNDETERMINED, Cell, Incident, Row
from sample_data.force import Force

SIX = time(6)


def household(force: Force, reported_at: datetime | None = None, /, **spoilt: Cell) -> Incident:
    """A domestic abuse incident with a child, who was referred: only whether the search saw it is in question."""
    incident = force.handled_well(reported_at, **spoilt)
    force.refer(incident, force.child(incident))
    return incident


def amended(force: Force, incident: Incident, changed_at: datetime, old: str, new: str) -> Row:
    """A line of the history of closure codes."""
    cells: dict[str, Cell] = {"incident_ref": incident, "changed_at": changed_at, "old_codes": old, "new_codes": new}
    force.rows["code_history"].append(Row(cells))
    return force.rows["code_history"][-1]


def codes_put_in_at_closure(force: Force, how_many: int) -> None:
    """The history of incidents that were closed with QL23 at once: it changes nothing."""
    told = {row.cells["incident_ref"] for row in force.rows["code_history"]}
    sound = [each for each in force.incidents if each not in told and each.cells.get("closure_codes") == "DOM;QL23"]
    for incident in sound[:how_many]:
        if isinstance(closed_at := incident.cells["closed_at"], datetime):
            amended(force, incident, closed_at, "", "DOM;QL23")


def closed_under_other_codes(force: Force, *codes: str | None) -> None:
    """A look-alike, another code or none at all: the search for QL23 does not return the incident."""
    for other in codes:
        incident = household(force, force.moment(3 * DAY), closure_codes=other)
        force.expect("CLO001", FINDING, incident)
        force.expect("CLO003", FINDING, incident)


def closed_under_another_code_with_someone_of_unknown_age(force: Force) -> None:
    """Nobody can tell whether a child was in it; without any, the search has nobody to miss."""
    incident = force.handled_well(force.moment(3 * DAY), closure_codes="DOM")
    force.refer(incident, force.child_of_unknown_age(incident))
    force.expect("CLO001", FINDING, incident)
    force.expect("CLO003", UNDETERMINED, incident)


def never_closed(force: Force) -> None:
    """The search sees closed incidents only; exactly 24 hours after the report that is not yet due."""
    for reported_at, outcome in (
        (force.as_of - DAY - SECOND, FINDING),
        (force.as_of - DAY, NOT_DUE),
    ):
        incident = household(force, reported_at, **OPEN)
        force.expect("CLO002", outcome, incident)
        force.expect("CLO003", outcome, incident)


def closed_late_but_seen(force: Force) -> None:
    """Closed after the 24 hours, with the code: the search over what was closed returns it a day later."""
    reported_at = force.moment(3 * DAY)
    force.expect("CLO002", FINDING, household(force, reported_at, closed_at=reported_at + 1.5 * DAY))


def closed_without_saying_when(force: Force) -> None:
    """Nobody can tell which search should have seen it; without the code none did."""
    with_code = household(force, closed_at=None)
    force.expect("CLO002", UNDETERMINED, with_code)
    force.expect("CLO003", UNDETERMINED, with_code)

    without_code = household(force, closed_at=None, closure_codes="DOM")
    force.expect("CLO001", FINDING, without_code)
    force.expect("CLO002", UNDETERMINED, without_code)
    force.expect("CLO003", FINDING, without_code)

    today = household(force, force.as_of - 3 * DAY / 8, closed_at=None)
    force.expect("CLO002", NOT_DUE, today)
    force.expect("CLO003", NOT_DUE, today)


def closed_about_the_last_search(force: Force) -> None:
    """Closed at six o'clock itself, an incident is for the search of the next day, which is yet to come."""
    six = datetime.combine(force.today - DAY, SIX)
    for closed_at, outcome in ((six - SECOND, FINDING), (six, NOT_DUE)):
        incident = household(force, six - DAY / 3, closed_at=closed_at, closure_codes="DOM;QL-23")
        force.expect("CLO001", FINDING, incident)
        force.expect("CLO003", outcome, incident)


def amended_after_closure(force: Force, day: date) -> None:
    """The search of the day sees the codes as they stood a moment before six o'clock."""
    six = datetime.combine(day, SIX)
    closed: dict[str, Cell] = {"closed_at": six - DAY / 8}

    for changed_at in (six, six + DAY / 6):
        too_late = household(force, six - DAY / 3, **closed)
        amended(force, too_late, changed_at, "DOM", "DOM;QL23")
        force.expect("CLO003", FINDING, too_late)

    in_time = household(force, six - DAY / 3, **closed)
    amended(force, in_time, six - SECOND, "DOM", "DOM;QL23")

    taken_away_after_the_search = household(force, six - DAY / 3, **closed, closure_codes="DOM")
    amended(force, taken_away_after_the_search, six + DAY / 6, "DOM;QL23", "DOM")
    force.expect("CLO001", FINDING, taken_away_after_the_search)

    taken_away_over_the_search = household(force, six - DAY / 3, **closed)
    amended(force, taken_away_over_the_search, six - DAY / 12, "QL23", "NFA")
    amended(force, taken_away_over_the_search, six + DAY / 12, "NFA", "DOM;QL23")
    force.expect("CLO003", FINDING, taken_away_over_the_search)

    without_children = force.handled_well(six - DAY / 3, **closed)
    amended(force, without_children, six + DAY / 12, "NFA", "QL23")


def history_unreadable(force: Force) -> None:
    """A change whose time cannot be read may lie on either side of the search."""
    incident = household(force, force.moment(3 * DAY))
    line = amended(force, incident, force.as_of, "DOM", "DOM;QL23")
    line.cells["changed_at"] = "yesterday"
    line.rejected = ("not a date-time",)
    force.expect("CLO003", UNDETERMINED, incident)


def closed_between_two_searches(force: Force, day: date) -> None:
    """On the day before the clocks go back, what is closed from six to seven falls between two searches.

    Six o'clock of the next day is 25 hours later, and the search looks back only 24.
    """
    six = datetime.combine(day, SIX)
    for closed_at, is_seen in (
        (six - SECOND, True),
        (six, False),
        (six + timedelta(hours=1) - SECOND, False),
        (six + timedelta(hours=1), True),
    ):
        incident = household(force, six - DAY / 4, closed_at=closed_at)
        if not is_seen:
            force.expect("CLO003", FINDING, incident)
