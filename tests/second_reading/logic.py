"""Three-valued logic, what a rule says of a subject, and the outcome of that."""

from datetime import datetime
from typing import NamedTuple

Truth = bool | None  # "Logic is three-valued": null is None


def all_of(*truths: Truth) -> Truth:
    """AND: "false AND unknown is false"."""
    return False if False in truths else None if None in truths else True


def any_of(*truths: Truth) -> Truth:
    """OR: true OR unknown is true."""
    return True if True in truths else None if None in truths else False


def negate(truth: Truth) -> Truth:
    """NOT: the negation of an unknown is unknown."""
    return None if truth is None else not truth


def found(proved: bool, might_have_been: bool) -> Truth:
    """True where accepted rows prove it, else null where "a rejected row's readable key says that it might have"."""
    return True if proved else None if might_have_been else False


def is_equal(value: str | None, word: str) -> Truth:
    """Whether a cell says this word; a blank one says nothing either way."""
    return None if value is None else value == word


class Judged(NamedTuple):
    """One subject of one rule, before its outcome."""

    rule: str
    incident_ref: str
    child_ref: str
    applies: Truth
    violation: Truth
    due_at: datetime | None


class Verdict(NamedTuple):
    """An outcome, and the time by which it was due, in UTC, where that is known."""

    outcome: str
    due_at: datetime | None


def verdict(judged: Judged, as_of: datetime) -> Verdict:
    """The verdict, "Judged in this order"."""
    applies, violation, due_at = judged.applies, judged.violation, judged.due_at
    if applies is False or (violation is False and applies is None):
        return Verdict("out_of_scope", due_at)
    if violation is False:
        return Verdict("pass", due_at)
    if due_at is None:
        return Verdict("undetermined", due_at)
    if as_of <= due_at:
        return Verdict("not_due", due_at)
    return Verdict("finding" if applies and violation else "undetermined", due_at)
