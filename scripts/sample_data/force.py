"""An invented police force: scenarios add to its records and state the verdicts that these must come to."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

from sample_data.extract import COLUMNS, Cell, Child, Extract, Incident, Row, Table, Verdict, text

DISTRICTS = ("Exampleshire North", "Exampleshire Central", "Exampleshire South", "Exampleshire Coast")
SHIFTS = "ABC"
BUSY = (5, 4, 3, 2, 2, 2, 3, 4, 5, 5, 5, 6, 6, 6, 6, 7, 8, 8, 9, 10, 10, 9, 8, 7)  # calls by hour of the day, of 10
OTHER_WORK = {
    "THEFT": "CRM04",
    "BURGLARY": "CRM02;SOCO",
    "CRIMINAL DAMAGE": "CRM07",
    "ANTI-SOCIAL BEHAVIOUR": "ASB02;NFA",
    "ROAD COLLISION": "RTC03",
    "CONCERN FOR SAFETY": "CFS01",
    "MISSING": "MIS01;CFS01",
    "PUBLIC ORDER": "PUB05|CRM09",
}


class Force:
    """The records of an invented force over a period, as of a moment; all times are wall times, Europe/London."""

    def __init__(
        self,
        seed: int,
        *,
        covers_from: datetime,
        covers_to: datetime,
        as_of: datetime,
        log_number: str = "INC-26-{:05d}",
        first_log_number: int = 48_211,
    ) -> None:
        self.random = random.Random(seed)
        self.covers_from, self.covers_to, self.as_of = covers_from, covers_to, as_of
        self.today = as_of.date()
        self.incidents: list[Incident] = []
        self.rows: dict[str, list[Row]] = {"children": [], "referrals": [], "plans": [], "flags": []}
        self.verdicts: list[Verdict] = []
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

    def known(self, moment: datetime) -> datetime | None:
        """The moment, unless it is after as_of, where the extract cannot know it."""
        return moment if moment <= self.as_of else None

    def days_ago(self, least: int, most: int) -> date:
        """A day that lies between so many days before as_of."""
        return self.today - timedelta(days=self.random.randrange(least, most))

    # --- incidents

    def incident(self, reported_at: datetime, **cells: Cell) -> Incident:
        """An incident that the control room logs, with officers and people by their references."""
        district = self.random.choice(DISTRICTS)
        shift = self.random.choice(SHIFTS)
        crew = 10 * (len(SHIFTS) * DISTRICTS.index(district) + SHIFTS.index(shift))
        everywhere: dict[str, Cell] = {
            "reported_at": reported_at,
            "officer_id": f"PC-{4100 + crew + self.random.randrange(8)}",
            "supervisor_id": f"SGT-{400 + crew // 5 + self.random.randrange(2)}",
            "team": f"{district.removeprefix('Exampleshire ')} Response {shift}",
            "district": district,
            "victim_ref": self.number("PER"),
            "location_ref": self.number("LOC"),
        }
        incident = Incident(reported_at, everywhere | cells)
        incident.cells["incident_ref"] = incident
        self.incidents.append(incident)
        return incident

    def handled_well(self, reported_at: datetime | None = None, /, **spoilt: Cell) -> Incident:
        """A domestic abuse incident, risk assessed, without children, closed with QL23 within hours: no verdict.

        Where it is reported at a given moment less than 15 hours before as_of, the caller says how it stands.
        """
        reported_at = reported_at or self.moment()
        sound: dict[str, Cell] = {
            "closed_at": reported_at + self.hours(1.5, 14),
            "closure_codes": "DOM;QL23",
            "incident_type": "DOMESTIC",
            "domestic_abuse": "yes",
            "status": "closed",
            "risk_form_ref": self.number("DASH"),
            "risk_form_at": self.known(reported_at + self.hours(0.3, 1.4)),
            "risk_level": self.random.choices(("standard", "medium", "high"), (6, 3, 1))[0],
            "children_in_household": "no",
            "child_count": 0,
            "history_checked_at": self.known(reported_at + self.hours(0.2, 6)),
            "suspect_ref": self.number("PER"),
        }
        return self.incident(reported_at, **(sound | spoilt))

    def not_domestic(self, reported_at: datetime | None = None, /, **spoilt: Cell) -> Incident:
        """An incident marked as no domestic abuse, and nothing else says that it is: no verdict but on flags."""
        reported_at = reported_at or self.moment(timedelta(0))
        incident_type = self.random.choice(tuple(OTHER_WORK))
        closed_at = reported_at + self.hours(0.5, 50)
        is_closed = closed_at <= self.as_of
        sound: dict[str, Cell] = {
            "closed_at": closed_at if is_closed else None,
            "closure_codes": OTHER_WORK[incident_type] if is_closed else None,
            "incident_type": incident_type,
            "domestic_abuse": "no",
            "concern_types": {"CONCERN FOR SAFETY": "concern-for-safety", "MISSING": "missing"}.get(incident_type),
            "status": "closed" if is_closed else "open",
        }
        return self.incident(reported_at, **(sound | spoilt))

    def perhaps_domestic(self, reported_at: datetime | None = None, /, **spoilt: Cell) -> Incident:
        """A disturbance, closed within hours, of which nothing says whether it was domestic abuse."""
        unsaid: dict[str, Cell] = {
            "incident_type": "DISTURBANCE",
            "closure_codes": "DST01",
            "domestic_abuse": None,
            "risk_form_ref": None,
            "risk_form_at": None,
            "risk_level": None,
            "children_in_household": None,
            "child_count": None,
        }
        return self.handled_well(reported_at, **(unsaid | spoilt))

    # --- children and forms

    def child(self, incident: Incident, born: date | None = None) -> Child:
        """A child of the incident's household, under 16 unless the day of birth is given; counted on the risk form."""
        born = born or incident.reported_at.date() - timedelta(days=self.random.randrange(30, 15 * 365))
        return self._meet(incident, Child(self.number("CH")), date_of_birth=born)

    def unborn_child(self, incident: Incident) -> Child:
        """An unborn child of the incident's household, counted on the risk form."""
        return self._meet(incident, Child(self.number("CH")), unborn="yes")

    def child_of_unknown_age(self, incident: Incident) -> Child:
        """A person of the household whose date of birth is not recorded, counted on the risk form."""
        return self._meet(incident, Child(self.number("CH")))

    def adult(self, incident: Incident, born: date) -> Child:
        """A person among the incident's children who is 18 or over, not counted on the risk form."""
        return self._meet(incident, Child(self.number("CH")), counted=False, date_of_birth=born)

    def meet_again(self, incident: Incident, child: Child) -> None:
        """The child, already known, is met in this incident too."""
        known = next(row for row in self.rows["children"] if row.cells["child_ref"] is child)
        self._meet(incident, child, date_of_birth=known.cells.get("date_of_birth"), unborn=known.cells.get("unborn"))

    def _meet(self, incident: Incident, child: Child, *, counted: bool = True, **cells: Cell) -> Child:
        count = incident.cells.get("child_count")
        if counted and isinstance(count, int):
            incident.cells |= {"children_in_household": "yes", "child_count": count + 1}
        everywhere: dict[str, Cell] = {
            "incident_ref": incident,
            "child_ref": child,
            "role": self.random.choice(("child of victim", "child of suspect", "lives there", "visiting")),
            "present": self.random.choice(("yes", "yes", "no", None)),
            "school_ref": f"SCH-{self.random.randrange(20, 70)}" if self.random.randrange(2) else None,
        }
        self.rows["children"].append(Row(everywhere | cells))
        return child

    def refer(self, incident: Incident, *children: Child, **spoilt: Cell) -> list[Row]:
        """One submitted form: a line for each of the children, or where none is named a single line for them all."""
        submitted_at = min(incident.reported_at + self.hours(0.5, 20), self.as_of)
        sound: dict[str, Cell] = {
            "referral_ref": self.number("REF"),
            "incident_ref": incident,
            "status": "submitted",
            "submitted_at": submitted_at,
            "submitted_by": self.random.choice(("officer", "officer", "cpso")),
        }
        form = sound | spoilt
        if form["status"] == "submitted" and form["submitted_at"] == submitted_at:
            form["hub_received_at"] = self.known(submitted_at + self.hours(0.1, 5))
        lines = [Row({"child_ref": child} | form) for child in children or (None,)]
        self.rows["referrals"] += lines
        return lines

    # --- plans and flags

    def plan(self, child: Child, kind: str, started_on: date, ended_on: date | None = None) -> Row:
        """A line of the local authority's list: CP, CIN or LAC."""
        category = self.random.choice(("neglect", "emotional", "physical")) if kind == "CP" else None
        cells: dict[str, Cell] = {"child_ref": child, "plan": kind, "category": category}
        self.rows["plans"].append(Row(cells | {"started_on": started_on, "ended_on": ended_on}))
        return self.rows["plans"][-1]

    def flag(self, child: Child, kind: str, started_on: date, ended_on: date | None = None) -> Row:
        """A flag on the police record: CP, CIN or LAC."""
        cells: dict[str, Cell] = {"child_ref": child, "flag": kind, "started_on": started_on, "ended_on": ended_on}
        self.rows["flags"].append(Row(cells))
        return self.rows["flags"][-1]

    # --- the extract

    def expect(self, rule_id: str, outcome: str, incident: Incident, child: Child | None = None) -> None:
        """State a verdict; without a child it speaks of the incident or of the unnamed rest of its children."""
        self.verdicts.append(Verdict(rule_id, outcome, incident, child))

    def number(self, kind: str) -> str:
        """A reference that no other record bears."""
        return f"{kind}-{next(self._numbers)}"

    def extract(self) -> Extract:
        """The records as contract tables: incidents numbered and listed by time, all else by its reference."""
        self.incidents.sort(key=lambda incident: incident.reported_at)
        for number, incident in enumerate(self.incidents, start=self._first_log_number):
            incident.ref = self._log_number.format(number)
        rows = {"incidents": [Row(incident.cells) for incident in self.incidents]}
        for name, table in self.rows.items():
            about = "incident_ref" if "incident_ref" in COLUMNS[name] else "child_ref"
            rows[name] = sorted(table, key=lambda row: text(row.cells[about]))
        tables = [Table(name, columns, rows[name]) for name, columns in COLUMNS.items()]
        return Extract(self.as_of, self.covers_from, self.covers_to, tables, self.verdicts)
