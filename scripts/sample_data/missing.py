"""Scenarios of MIS001 (no coordinator by the third episode), MIS002 (concern not acted on), MIS003 (no interview)."""

from datetime import datetime, timedelta

from sample_data.closures import DAY, SECOND
from sample_data.extract import FINDING, NOT_DUE, UNDETERMINED, Cell, Child, Incident, Row
from sample_data.force import Force

UNALLOCATED: dict[str, Cell] = {"coordinator_allocated_at": None}
CONCERN: dict[str, Cell] = {"cause_for_concern": "yes"}
SHORT = timedelta(hours=2)


def known(force: Force) -> tuple[Incident, Child]:
    """A child who was met in an incident that is no domestic abuse."""
    incident = force.not_domestic(force.moment(3 * DAY), incident_type="MISSING", concern_types="missing")
    return incident, force.child(incident, born=force.days_ago(11 * 365, 16 * 365))


def episode(force: Force, child: Child, reported_at: datetime, **spoilt: Cell) -> datetime:
    """The child is missing for some hours: a coordinator takes it on, and somebody talks to the child afterwards."""
    returned_at = force.after(reported_at, 2, 20)
    sound: dict[str, Cell] = {
        "episode_ref": force.number("MIS"),
        "child_ref": child,
        "reported_at": reported_at,
        "returned_at": returned_at,
        "status": "closed",
        "cause_for_concern": force.random.choice(("yes", "no", None)),
        "coordinator_allocated_at": force.after(reported_at, 0.5, 20),
        "return_interview_at": force.after(returned_at, 5, 60),
    }
    force.rows["missing_episodes"].append(Row(sound | spoilt))
    return reported_at


def everyday(force: Force, how_many: int) -> None:
    """Episodes handled as they should be, some of them of a child who was missing before."""
    for _ in range(how_many):
        _, child = known(force)
        reported_at = force.moment(5 * DAY)
        for _ in range(force.random.choice((1, 1, 2, 3))):
            reported_at = episode(force, child, reported_at) + force.hours(21, 30)


def three(force: Force, third_at: datetime, **spoilt: Cell) -> tuple[Incident, Child]:
    """Three episodes within two days, none of them with a cause for concern or a coordinator; the second is spoilt."""
    incident, child = known(force)
    plain: dict[str, Cell] = {"cause_for_concern": "no", "coordinator_allocated_at": None}
    for number in (2, 1, 0):
        episode(force, child, third_at - number * DAY, **(plain | spoilt if number == 1 else plain))
    return incident, child


def third_without_a_coordinator(force: Force) -> None:
    """None on any of the three; one on any of them is enough, however late; a blank status counts."""
    third_at = force.moment(5 * DAY) + 2 * DAY
    incident, child = three(force, third_at, status=None)
    force.expect("MIS001", FINDING, incident, child)

    incident, child = three(force, third_at)
    episode(force, child, third_at + DAY / 4, cause_for_concern="no", **UNALLOCATED)
    force.expect("MIS001", FINDING, incident, child)

    three(force, third_at, coordinator_allocated_at=third_at + 2 * DAY)


def third_at_the_24th_hour(force: Force) -> None:
    """A coordinator may be found until exactly 24 hours after the third report."""
    for ago, outcome in ((DAY, NOT_DUE), (DAY + SECOND, FINDING)):
        incident, child = three(force, force.as_of - ago)
        force.expect("MIS001", outcome, incident, child)


def fewer_than_three(force: Force) -> None:
    """A cancelled episode does not count, but before the extract's one week there may have been another."""
    incident, child = three(force, force.moment(5 * DAY) + 2 * DAY, status="cancelled")
    force.expect("MIS001", UNDETERMINED, incident, child)

    incident, child = known(force)
    episode(force, child, force.as_of - DAY / 2, cause_for_concern="no", **UNALLOCATED)
    force.expect("MIS001", NOT_DUE, incident, child)

    _, child = known(force)
    never_happened: dict[str, Cell] = {"status": "cancelled", "returned_at": None, "return_interview_at": None}
    episode(force, child, force.moment(3 * DAY), cause_for_concern="no", **never_happened, **UNALLOCATED)


def concern_acted_on_about_the_24th_hour(force: Force) -> None:
    """A coordinator after exactly 24 hours is in time; a second later is not."""
    for after, is_late in ((DAY, False), (DAY + SECOND, True)):
        incident, child = known(force)
        reported_at = force.moment(3 * DAY)
        episode(force, child, reported_at, coordinator_allocated_at=reported_at + after, **CONCERN)
        if is_late:
            force.expect("MIS002", FINDING, incident, child)


def concern_not_acted_on(force: Force) -> None:
    """Neither a coordinator nor a form; exactly 24 hours after the report that is not yet due."""
    incident, child = known(force)
    episode(force, child, force.as_of - DAY - SECOND, **CONCERN, **UNALLOCATED)
    unknown = Child(force.number("CH"))  # who was met in no incident
    episode(force, unknown, force.moment(2 * DAY), **CONCERN, **UNALLOCATED)
    on_time, child_on_time = known(force)
    still_missing: dict[str, Cell] = {"status": "open", "returned_at": None, "return_interview_at": None}
    episode(force, child_on_time, force.as_of - DAY, **still_missing, **CONCERN, **UNALLOCATED)
    for rule, outcome in (("MIS002", FINDING), ("MIS001", UNDETERMINED)):  # nobody can tell whether it is the third
        force.expect(rule, outcome, incident, child)
        force.expect(rule, outcome, "", unknown)
        force.expect(rule, NOT_DUE, on_time, child_on_time)


def concern_referred(force: Force) -> None:
    """A form for the child, or for every child of an incident of theirs, from the report on and within 24 hours."""
    for after, names_the_child, is_in_time in (
        (timedelta(0), True, True),
        (DAY, False, True),
        (-SECOND, True, False),
        (DAY + SECOND, False, False),
    ):
        incident, child = known(force)
        reported_at = incident.reported_at + SHORT
        episode(force, child, reported_at, coordinator_allocated_at=reported_at + DAY + SHORT, **CONCERN)
        force.refer(incident, *([child] if names_the_child else []), submitted_at=reported_at + after)
        if not is_in_time:
            force.expect("MIS002", FINDING, incident, child)


def concern_unsaid(force: Force) -> None:
    """Whether there was a cause for concern is blank, and a coordinator came after a day."""
    incident, child = known(force)
    reported_at = force.moment(3 * DAY)
    late = reported_at + DAY + SHORT
    episode(force, child, reported_at, cause_for_concern=None, coordinator_allocated_at=late)
    force.expect("MIS002", UNDETERMINED, incident, child)


def not_interviewed(force: Force) -> None:
    """Nobody talked to the child in the 72 hours after the return; at exactly 72 that is not yet due."""
    for ago, outcome in ((4 * DAY, FINDING), (3 * DAY + SECOND, FINDING), (3 * DAY, NOT_DUE), (DAY, NOT_DUE)):
        incident, child = known(force)
        returned_at = force.as_of - ago
        episode(force, child, returned_at - 3 * SHORT, returned_at=returned_at, return_interview_at=None)
        force.expect("MIS003", outcome, incident, child)

    incident, child = known(force)
    episode(force, child, force.moment(3 * DAY), returned_at=None, return_interview_at=None)
    force.expect("MIS003", UNDETERMINED, incident, child)  # closed without saying when the child came back


def interviewed_late(force: Force) -> None:
    """An interview after the 72 hours is an interview; one is not asked for while the child is still missing."""
    _, child = known(force)
    returned_at = force.as_of - 4 * DAY
    episode(
        force, child, returned_at - SHORT, returned_at=returned_at, return_interview_at=returned_at + 3 * DAY + SHORT
    )

    _, child = known(force)
    still_missing: dict[str, Cell] = {"status": "open", "returned_at": None, "return_interview_at": None}
    episode(force, child, force.moment(3 * DAY), **still_missing)
