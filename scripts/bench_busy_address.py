"""The facts of history at one busy address, written by hand beside the checker's; bench.py runs both.

INCIDENTS at one location, 40 minutes apart. By hand it is one pass in the order of time with two queues, as somebody
would write it who knows that there is one link only.
"""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime, timedelta
from pathlib import Path

INCIDENTS = 10_000
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
AS_OF = FIRST + timedelta(minutes=40 * INCIDENTS)
APART = timedelta(minutes=40)


def write_extract(folder: Path) -> None:
    """Write the extract, which covers all that its incidents look back on."""
    folder.mkdir(parents=True, exist_ok=True)
    header = "incident_ref,reported_at,domestic_abuse,risk_level,location_ref\n"
    rows = "".join(f"I{n},{(FIRST + n * APART).isoformat()},yes,standard,L1\n" for n in range(INCIDENTS))
    (folder / "incidents.csv").write_text(header + rows, "utf-8")
    (folder / "children.csv").write_text("incident_ref,child_ref\n", "utf-8")
    (folder / "referrals.csv").write_text("referral_ref,incident_ref,child_ref\n", "utf-8")
    (folder / "manifest.json").write_text('{"covers_from": "2020-01-01"}', "utf-8")


def by_hand(moments: list[datetime]) -> tuple[int, int]:
    """How many of these moments, in order, have one earlier in the 365 days before, and three in the 90 days before."""
    windows = {days: deque[datetime]() for days in (365, 90)}
    with_one = with_three = 0
    for moment in moments:
        for days, window in windows.items():
            while window and window[0] < moment - timedelta(days=days):
                window.popleft()
        with_one += len(windows[365]) >= 1
        with_three += len(windows[90]) >= 3
        for window in windows.values():
            window.append(moment)
    return with_one, with_three
