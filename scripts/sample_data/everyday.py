"""The everyday work around the planted faults: incidents handled as they should be, which bring no verdict."""

from datetime import timedelta

from sample_data.flags import met
from sample_data.force import Force


def household_referred(force: Force) -> None:
    """A domestic abuse incident closed with QL23 in time, a form for each child of the household where there is one."""
    incident = force.handled_well(force.moment(timedelta(hours=15)))
    children = [force.child(incident) for _ in range(force.random.choice((0, 0, 1, 1, 2, 2, 3)))]
    if not children:
        return
    match force.random.randrange(4):
        case 0:
            force.refer(incident)
        case 1:
            force.refer(incident, *children)
        case _:
            for child in children:
                force.refer(incident, child)


def other_work(force: Force) -> None:
    """An incident that is no domestic abuse; in some a child is met, and for a few of them a form is sent."""
    if force.random.randrange(10) < 8:
        force.not_domestic()
        return
    incident, child = met(force)
    if force.random.randrange(3) == 0:
        force.refer(incident, child)


def fill(force: Force, incidents: int, *, domestic_in_ten: int) -> None:
    """Add everyday incidents until there are so many, of every ten so many of domestic abuse."""
    while len(force.incidents) < incidents:
        if force.random.randrange(10) < domestic_in_ten:
            household_referred(force)
        else:
            other_work(force)
