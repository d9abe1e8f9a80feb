"""The records of an invented force over a period: its times and references, and the way to contract tables."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from sample_data.extract import COLUMNS, Child, Extract, Incident, Row, Table, Verdict, text

BUSY = (5, 4, 3, 2, 2, 2, 3, 4, 5, 5, 5, 6, 6, 6, 6, 7, 8, 8, 9, 10, 10, 9, 8, 7)  # calls by hour of the day, of 10
BASIC = ("incidents", "children", "referrals", "plans", "flags")


def by(column: str) -> Callable[[Row], str]:
    """The order of rows by a column."""
    return lambda row: text(row.cells[column])


class Records:
    """Rows and verdicts, as of a moment; all times are wall times, Europe/London."""

    def __init__(
        self,
        seed: int,
        *,
        covers_from: datetime,
        covers_to: datetime,
        as_of: datetime,
        tables: Sequence[str] = BASIC,
        log_number: str = "INC-26-{:05d}",
        first_log_number: int = 48_211,
    ) -> None:
        self.random = random.Random(seed)
        self.covers_from, self.covers_to, self.as_of = covers_from, covers_to, as_of
        self.today = as_of.date()
        self.incidents: list[Incident] = []
        self.rows: dict[str, list[Row]] = {table: [] for table in tables if table != "incidents"}
        self.verdicts: list[Verdict] = []
        self.since: dict[tuple[Incident, Child | None], str] = {}
        self._log_number, self._first_log_number = log_number, first_log_number
        self._numbers = iter(self.random.sample(range(100_000, 1_000_000), 9_000))

    # --- times

    def moment(self, ago: timedelta = timedelta(hours=30)) -> datetime:
        """A moment of the period, likelier in the evening, at least so long before as_of."""
        seconds = int((min(self.covers_to, self.as_of - ago) - self.covers_from).total_seconds())
        while True:
            at = self.covers_from + timedelta(seconds=self.random.randrange(seconds))
            if self.random.randrange(10) < BUSY[at.hour]:
                return at

    def hours(self, least: float, most: float) -> timedelta:
        """A stretch of time between so many hours, in whole seconds."""
        return timedelta(seconds=self.random.randrange(int(least * 3600), int(most * 3600)))

    def after(self, moment: datetime, least: float, most: float) -> datetime:
        """Between so many hours after the moment, or as_of where that comes first: an extract knows nothing later."""
        return min(moment + self.hours(least, most), self.as_of)

    def days_ago(self, least: int, most: int) -> date:
        """A day that lies between so many days before as_of."""
        return self.today - timedelta(days=self.random.randrange(least, most))

    # --- verdicts and references

    def expect(self, rule_id: str, outcome: str, incident: Incident | str, child: Child | None = None) -> None:
        """State a verdict; without a child it speaks of the incident or of the unnamed rest of its children."""
        self.verdicts.append(Verdict(rule_id, outcome, incident, child))

    def number(self, kind: str) -> str:
        """A reference that no other record bears."""
        return f"{kind}-{next(self._numbers)}"

    # --- the extract

    def extract(self, covers_from: datetime | None = None) -> Extract:
        """The records as contract tables: incidents numbered and listed by time, all else by its reference.

        Args:
            covers_from: what the manifest says, where it reaches back further than the incidents.
        """
        self.incidents.sort(key=lambda incident: incident.reported_at)
        for number, incident in enumerate(self.incidents, start=self._first_log_number):
            incident.ref = self._log_number.format(number)
        tables = [Table("incidents", COLUMNS["incidents"], [Row(incident.cells) for incident in self.incidents])]
        for name, rows in self.rows.items():
            about = next(column for column in ("incident_ref", "child_ref", "referral_ref") if column in COLUMNS[name])
            tables.append(Table(name, COLUMNS[name], sorted(rows, key=by(about))))
        return Extract(self.as_of, covers_from or self.covers_from, self.covers_to, tables, self.verdicts, self.since)
