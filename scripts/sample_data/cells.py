"""Rows written out cell by cell, where the notation itself is the point."""

from collections.abc import Iterable

from sample_data.extract import Row, Verdict

QUIET = "INC-M-900"  # an incident without domestic abuse, where a child without a form is no verdict
NO_MONTH_13, NO_31ST = "05/13/2026", "31/02/2015"
EVENING, MORNING = "2026-10-06T20:00:00", "2026-10-07T08:00:00"
THE_DAY_AFTER = "2026-10-07T20:00:00"
DIFFERS = "duplicate key, rows differ"


class Messy:
    """The rows of the extract in the order in which they were added, and their verdicts."""

    def __init__(self, tables: Iterable[str]) -> None:
        self.rows: dict[str, list[Row]] = {name: [] for name in tables}
        self.verdicts: list[Verdict] = []

    def add(self, table: str, *reasons: str, **cells: str) -> None:
        """Add a row; with reasons it must be rejected for all of them."""
        self.rows[table].append(Row(dict(cells), rejected=reasons))

    def repeat(self, table: str, **cells: str) -> None:
        """Add a row that says the same as an earlier one and must collapse into it."""
        self.rows[table].append(Row(dict(cells), repeats=True))

    def line(self, table: str, reason: str, line: str) -> None:
        """Add a line of the file just as it stands, which must be rejected."""
        self.rows[table].append(Row({}, rejected=(reason,), line=line))

    def domestic(self, ref: str, reported_at: str = EVENING, closed_at: str = MORNING, /, **spoilt: str) -> None:
        """Add a domestic abuse incident that is closed with QL23 in time, unless a cell is spoilt.

        Where children are counted, the schools of all of them are told at once.
        """
        sound = {
            "incident_ref": ref,
            "reported_at": reported_at,
            "closed_at": closed_at,
            "closure_codes": "DOM;QL23",
            "domestic_abuse": "yes",
            "risk_form_ref": f"DASH-M-{len(self.rows['incidents'])}",
            "risk_level": "medium",
            "children_in_household": "yes" if "child_count" in spoilt else "no",
            "history_checked_at": "2026-11-01T23:00:00",
            "district": "Exampleshire North",
        }
        self.add("incidents", **(sound | spoilt))
        if "child_count" in spoilt:
            self.told(ref, notified_at=reported_at)

    def told(self, incident: str, *reasons: str, child_ref: str = "", **spoilt: str) -> None:
        """Add a notification to the schools of all children of an incident, rejected where reasons are given."""
        key = {"notification_ref": f"ENC-M-{100 + len(self.rows['notifications'])}", "incident_ref": incident}
        sound = {"child_ref": child_ref, "notified_at": MORNING, "outcome": "sent"}
        self.add("notifications", *reasons, **(key | sound | spoilt))

    def other(self, ref: str, *reasons: str, **spoilt: str) -> None:
        """Add an incident without domestic abuse, rejected where reasons are given."""
        sound = {"reported_at": EVENING, "domestic_abuse": "no", "district": "Exampleshire South"}
        self.add("incidents", *reasons, **({"incident_ref": ref} | sound | spoilt))

    def child(self, incident: str, ref: str, *reasons: str, **spoilt: str) -> None:
        """Add a child of eleven, rejected where reasons are given."""
        sound = {"incident_ref": incident, "child_ref": ref, "date_of_birth": "2015-04-09"}
        self.add("children", *reasons, **(sound | spoilt))

    def form(self, incident: str, ref: str, child: str, *reasons: str, **spoilt: str) -> None:
        """Add a form submitted the morning after, rejected where reasons are given."""
        key = {"referral_ref": ref, "incident_ref": incident, "child_ref": child}
        sound = {"status": "submitted", "submitted_at": "2026-10-07T09:00:00", "submitted_by": "officer"}
        received = {"hub_received_at": "2026-10-07T10:00:00"}
        self.add("referrals", *reasons, **(key | sound | received | spoilt))

    def episode(self, child: str, ref: str, reported_at: str, *reasons: str, **spoilt: str) -> None:
        """Add an episode of a missing child without cause for concern, rejected where reasons are given."""
        key = {"episode_ref": ref, "child_ref": child, "reported_at": reported_at}
        sound = {"returned_at": reported_at, "status": "closed", "cause_for_concern": "no"}
        found = {"coordinator_allocated_at": reported_at, "return_interview_at": reported_at}
        self.add("missing_episodes", *reasons, **(key | sound | found | spoilt))

    def expect(self, rule_id: str, outcome: str, incident: str, child: str = "") -> None:
        """State a verdict."""
        self.verdicts.append(Verdict(rule_id, outcome, incident, child))
