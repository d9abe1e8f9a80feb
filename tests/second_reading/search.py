"""CLO003: the daily search of the force, replayed."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from tests.second_reading.cases import Case
from tests.second_reading.days import at_wall_time, local_date
from tests.second_reading.logic import Truth, all_of, any_of
from tests.second_reading.policy import DailySearch, Policy

DAY = timedelta(days=1)


def runs_after(instant: datetime, search: DailySearch) -> Iterator[datetime]:
    """The runs strictly after the instant, one a day, without end."""
    day = local_date(instant)
    while True:
        run = at_wall_time(day, time.fromisoformat(search.run_time))
        if run > instant:
            yield run
        day += DAY


def runs_that_look_at(key: datetime, search: DailySearch) -> list[datetime]:
    """The runs whose window, "half-open", holds the key: that is [run - window, run)."""
    window = timedelta(hours=search.window_hours)
    runs: list[datetime] = []
    for run in runs_after(key, search):
        if run - window > key:
            return runs
        runs.append(run)
    raise AssertionError("runs_after never ends")


def has_code_at(case: Case, run: datetime, policy: Policy) -> Truth:
    """Whether a code equals the search code at that run.

    Reading: of two changes at one moment that differ in this, nobody can say which was the last.
    """
    if case.rejected_history:
        return None
    if not case.history:
        return policy.search_code in case.incident["closure_codes"]
    before = [change["changed_at"] for change in case.history if change["changed_at"] < run]
    moment = max(before) if before else min(change["changed_at"] for change in case.history)
    column = "new_codes" if before else "old_codes"
    found = {policy.search_code in change[column] for change in case.history if change["changed_at"] == moment}
    return found.pop() if len(found) == 1 else None


def had_code_ever(case: Case, policy: Policy) -> bool:
    """Whether the search code is among the incident's codes now or among those that it had before."""
    codes = set(case.incident["closure_codes"])
    return policy.search_code in codes.union(*(row["old_codes"] + row["new_codes"] for row in case.history))


def is_returned(case: Case, policy: Policy) -> Truth:
    """Whether the daily search ever returns the incident."""
    search, closed_at = policy.daily_search, case.incident["closed_at"]
    if closed_at is None and case.incident["status"] != "closed":
        return False
    key = closed_at if search.keyed_on == "closed" else case.incident["reported_at"]
    if key is None:  # closed at some time: any run might have looked at it
        return None if case.rejected_history or had_code_ever(case, policy) else False
    return any_of(
        *(
            all_of(closed_at < run if closed_at else None, has_code_at(case, run, policy))
            for run in runs_that_look_at(key, search)
        )
    )


def search_due_at(case: Case, policy: Policy) -> datetime:
    """When the search is judged: "at the first run after closure, or after 24 h where open"."""
    closed_at = case.incident["closed_at"]
    return next(runs_after(closed_at, policy.daily_search)) if closed_at else case.incident["reported_at"] + DAY
