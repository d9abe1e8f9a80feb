"""Rows written out cell by cell, where the notation itself is the point."""

from collections.abc import Iterable

from sample_data.extract import Row, Verdict

QUIET = "INC-M-900"  # an incident without domestic abuse, where a child without a form is no verdict
NO_MONTH_13, NO_31ST = "05/13/2026", "31/02/2015"
EVENING, MORNING = "2026-10-06T20:00:00", "2026-10-07T08:00:00"


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
        """Add a domestic abuse incident that is closed with QL23 in time, unless a cell is spoilt."""
        times = {"reported_at": reported_at, "closed_at": closed_at}
        sound = {"closure_codes": "DOM;QL23", "domestic_abuse": "yes", "district": "Exampleshire North"}
        self.add("incidents", **({"incident_ref": ref} | times | sound | spoilt))

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
        self.add("referrals", *reasons, **(key | sound | spoilt))

    def expect(self, rule_id: str, outcome: str, incident: str, child: str = "") -> None:
        """State a verdict."""
        self.verdicts.append(Verdict(rule_id, outcome, incident, child))
