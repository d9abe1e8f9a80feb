"""MIS001 to MIS003: children who go missing, and each time that they do."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from tests.second_reading.cases import Case, latest_incidents
from tests.second_reading.cells import Row, Unreadable
from tests.second_reading.history import Span, child_refs, covers
from tests.second_reading.logic import Judged, Truth, found, negate
from tests.second_reading.rows import Extract, Line

LOOK_BACK = timedelta(days=90)


def judge_missing(extract: Extract, every: list[Case], span: Span | None, as_of: datetime) -> Iterator[Judged]:
    """MIS001 for each child with an episode, MIS002 and MIS003 for each episode.

    Reading: a child all of whose episodes were rejected is a subject of MIS001 too.
    """
    latest = latest_incidents(extract)
    episodes = extract.accepted["missing_episodes"]
    rejected = extract.rejected["missing_episodes"]
    borne = {line.values["child_ref"] for line in rejected if isinstance(line.values["child_ref"], str)}
    for child_ref in borne | {episode["child_ref"] for episode in episodes}:
        key = (latest.get(child_ref, ""), child_ref)
        own = [episode for episode in episodes if episode["child_ref"] == child_ref]
        lost = [line for line in rejected if line.values["child_ref"] == child_ref]
        yield judge_child_missing(key, own, bool(lost), might_be_others(lost, episodes), span, as_of)
        for episode in own:
            reported_at, returned_at = episode["reported_at"], episode["returned_at"]
            due_at, acted = reported_at + timedelta(hours=24), is_acted_on(episode, extract, every)
            yield Judged("MIS002", *key, episode["cause_for_concern"], negate(acted), due_at)
            returned = True if returned_at else None if episode["status"] == "closed" else False
            interview_at = returned_at and returned_at + timedelta(hours=72)
            yield Judged("MIS003", *key, returned, episode["return_interview_at"] is None, interview_at)


def might_be_others(lost: list[Line], accepted: list[Row]) -> int:
    """How many episodes the rejected rows may be.

    Reading: rows of one readable episode_ref are one episode, and none more where one of that reference is accepted.
    """
    refs = [(line.values["episode_ref"], line.row) for line in lost]
    keys = {row if ref is None or isinstance(ref, Unreadable) else ref for ref, row in refs}
    return len(keys - {episode["episode_ref"] for episode in accepted})


def judge_child_missing(
    key: tuple[str, str], episodes: list[Row], is_lost: bool, lost: int, span: Span | None, as_of: datetime
) -> Judged:
    """MIS001 for one child, some row of which was rejected or not, and of whom they may be so many more episodes.

    Reading: where no episode is there to count and some may be, the look-back is that from as_of, and nothing is due.
    """
    countable = sorted(
        (episode for episode in episodes if episode["status"] != "cancelled"),
        key=lambda episode: (episode["reported_at"], episode["episode_ref"]),
    )
    if not countable:
        unsure = lost >= 3 or not covers(span, as_of - LOOK_BACK, as_of, as_of)
        return Judged("MIS001", *key, found(False, lost > 0 and unsure), negate(found(False, is_lost)), None)

    def up_to(place: int) -> list[Row]:
        first = countable[place]["reported_at"] - LOOK_BACK
        return [episode for episode in countable[: place + 1] if episode["reported_at"] >= first]

    last = countable[-1]["reported_at"]
    thirds = [place for place in range(len(countable)) if len(up_to(place)) >= 3]
    window = up_to(thirds[-1] if thirds else len(countable) - 1)
    allocated = found(any(episode["coordinator_allocated_at"] for episode in window), is_lost)
    unsure = (lost > 0 and len(countable) + lost >= 3) or not covers(span, last - LOOK_BACK, last, as_of)
    due_at = (window[2]["reported_at"] if thirds else last) + timedelta(hours=24)
    return Judged("MIS001", *key, found(bool(thirds), unsure), negate(allocated), due_at)


def is_acted_on(episode: Row, extract: Extract, every: list[Case]) -> Truth:
    """Whether a coordinator was allocated, or a referral made for the child, within 24 h of the report."""
    reported_at, child_ref = episode["reported_at"], episode["child_ref"]
    due_at = reported_at + timedelta(hours=24)
    if episode["coordinator_allocated_at"] and episode["coordinator_allocated_at"] <= due_at:
        return True
    # A form without a child_ref is for "every child of the incident" that answers for its own
    of_child = {ref for case in every if child_ref in child_refs(case) for ref in case.refs}

    def is_for_child(values: Row) -> bool:
        named = values["child_ref"]
        open_to_all = named is None or isinstance(named, Unreadable)
        return bool(named == child_ref or (open_to_all and values["incident_ref"] in of_child))

    def is_in_time(referral: Row) -> bool:
        return referral["status"] == "submitted" and bool(reported_at <= referral["submitted_at"] <= due_at)

    lost: list[Line] = extract.rejected["referrals"]
    return found(
        any(is_in_time(referral) and is_for_child(referral) for referral in extract.accepted["referrals"]),
        any(is_for_child(line.values) for line in lost),
    )
