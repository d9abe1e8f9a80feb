"""An invented police force: scenarios add to its records and state the verdicts that these must come to."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from sample_data.extract import FINDING, Cell, Child, Incident, Row
from sample_data.records import Records

DISTRICTS = ("Exampleshire North", "Exampleshire Central", "Exampleshire South", "Exampleshire Coast")
SHIFTS = "ABC"
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
TOO_YOUNG_FOR_SCHOOL = timedelta(days=3 * 365)


class Force(Records):
    """The records of an invented force: incidents handled as they should be, of which a scenario spoils one thing."""

    receipts_listed_only = False  # whether the hub's list alone shows what it received, as where forms have no column
    all_standard = False  # whether every incident is graded standard and none reassessed, as in the backlog

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

        What is graded standard is assessed a second time, but in the backlog. Where it is reported at a given moment
        less than 15 hours before as_of, the caller says how it stands.
        """
        reported_at = reported_at or self.moment()
        level = "standard" if self.all_standard else self.random.choices(("standard", "medium", "high"), (6, 3, 1))[0]
        sound: dict[str, Cell] = {
            "closed_at": reported_at + self.hours(1.5, 14),
            "closure_codes": "DOM;QL23",
            "incident_type": "DOMESTIC",
            "domestic_abuse": "yes",
            "status": "closed",
            "risk_form_ref": self.number("DASH"),
            "risk_form_at": self.after(reported_at, 0.3, 1.4),
            "risk_level": level,
            "reassessed_at": self.after(reported_at, 3, 20) if level == "standard" and not self.all_standard else None,
            "children_in_household": "no",
            "child_count": 0,
            "history_checked_at": self.after(reported_at, 0.2, 6),
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

    def concern(self, reported_at: datetime | None = None, /, **spoilt: Cell) -> Incident:
        """A concern for a child's safety that is no domestic abuse but asks for a referral, its history researched."""
        reported_at = reported_at or self.moment()
        sound: dict[str, Cell] = {
            "incident_type": "CONCERN FOR SAFETY",
            "concern_types": "neglect",
            "closure_codes": "CFS01",
            "risk_level": "medium",
            "history_checked_at": self.after(reported_at, 0.2, 6),
        }
        return self.not_domestic(reported_at, **(sound | spoilt))

    def perhaps_domestic(self, reported_at: datetime | None = None, /, **spoilt: Cell) -> Incident:
        """A disturbance, closed within hours, of which nothing says whether it was domestic abuse.

        Nobody can tell whether a risk form is owed, so that after a day RSK001 cannot tell.
        """
        unsaid: dict[str, Cell] = {
            "incident_type": "DISTURBANCE",
            "closure_codes": "DST01",
            "domestic_abuse": None,
            "risk_form_ref": None,
            "risk_form_at": None,
            "risk_level": "medium",
            "reassessed_at": None,
            "children_in_household": None,
            "child_count": None,
        }
        return self.handled_well(reported_at, **(unsaid | spoilt))

    # --- children and forms

    def child(self, incident: Incident, born: date | None = None, *, told: bool = True) -> Child:
        """A child of the incident's household, under 16 unless the day of birth is given; counted on the risk form.

        Args:
            told: whether the school is told in time, where the child may go to one and domestic abuse is in question.
        """
        born = born or incident.reported_at.date() - timedelta(days=self.random.randrange(30, 15 * 365))
        return self._meet(incident, Child(self.number("CH")), told=told, date_of_birth=born)

    def unborn_child(self, incident: Incident) -> Child:
        """An unborn child of the incident's household, counted on the risk form."""
        return self._meet(incident, Child(self.number("CH")), told=False, unborn="yes")

    def child_of_unknown_age(self, incident: Incident, *, told: bool = True) -> Child:
        """A person of the household whose date of birth is not recorded, counted on the risk form."""
        return self._meet(incident, Child(self.number("CH")), told=told)

    def adult(self, incident: Incident, born: date) -> Child:
        """A person among the incident's children who is 18 or over, not counted on the risk form."""
        return self._meet(incident, Child(self.number("CH")), told=False, counted=False, date_of_birth=born)

    def meet_again(self, incident: Incident, child: Child, *, told: bool = True) -> None:
        """The child, already known, is met in this incident too."""
        known = next(row for row in self.rows["children"] if row.cells["child_ref"] is child)
        born, unborn = known.cells.get("date_of_birth"), known.cells.get("unborn")
        self._meet(incident, child, told=told, date_of_birth=born, unborn=unborn)

    def _meet(self, incident: Incident, child: Child, *, told: bool, counted: bool = True, **cells: Cell) -> Child:
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
        born = cells.get("date_of_birth")
        is_too_young = isinstance(born, date) and born > incident.reported_at.date() - TOO_YOUNG_FOR_SCHOOL
        if told and not is_too_young and incident.cells.get("domestic_abuse") != "no":
            self.tell(incident, child)
        return child

    def tell(self, incident: Incident, child: Child | None = None, **spoilt: Cell) -> None:
        """The school is told before the next nine o'clock; without a child, of every child of the incident."""
        if "notifications" not in self.rows:
            return
        nine = datetime.combine(incident.reported_at.date(), time(9))
        until = nine if nine > incident.reported_at else nine + timedelta(days=1)
        seconds = int((min(until, self.as_of) - incident.reported_at).total_seconds())
        sound: dict[str, Cell] = {
            "notification_ref": self.number("ENC"),
            "incident_ref": incident,
            "child_ref": child,
            "notified_at": incident.reported_at + timedelta(seconds=self.random.randrange(seconds + 1)),
            "outcome": "sent",
        }
        self.rows["notifications"].append(Row(sound | spoilt))

    def refer(self, incident: Incident, *children: Child, **spoilt: Cell) -> list[Row]:
        """One submitted form: a line for each of the children, or where none is named a single line for them all.

        The children's hub confirms it within hours: in the form's own column or, where the extract has its list, there.
        """
        sound: dict[str, Cell] = {
            "referral_ref": self.number("REF"),
            "incident_ref": incident,
            "status": "submitted",
            "submitted_at": self.after(incident.reported_at, 0.5, 20),
            "submitted_by": self.random.choice(("officer", "officer", "cpso")),
        }
        form = sound | spoilt
        submitted_at = form["submitted_at"]
        if isinstance(submitted_at, datetime) and form["status"] != "draft" and "hub_received_at" not in form:
            received_at = self.after(submitted_at, 0.1, 5)
            listed = self.receipts_listed_only or ("hub_receipts" in self.rows and self.random.randrange(3) > 0)
            if listed:
                self.receive(form["referral_ref"], received_at)
            if not listed or self.random.randrange(2):
                form["hub_received_at"] = received_at
        lines = [Row({"child_ref": child} | form) for child in children or (None,)]
        self.rows["referrals"] += lines
        return lines

    def receive(self, referral_ref: Cell, received_at: datetime) -> Row:
        """A line of the hub's list of what it received."""
        outcome = self.random.choice(("assessment", "advice given", None))
        row = Row({"referral_ref": referral_ref, "received_at": received_at, "outcome": outcome})
        self.rows["hub_receipts"].append(row)
        return row

    def missed(self, incident: Incident, child: Child | None = None, outcome: str = FINDING) -> None:
        """State that no form at all is there for the child: in the backlog the gatekeeper owed one too.

        There nobody is known to have seen the child since, unless a scenario says otherwise.
        """
        self.expect("REF001", outcome, incident, child)
        if self.all_standard:
            self.expect("REF005", outcome, incident, child)
            self.since[incident, child] = "cannot tell" if child is None else "not seen since"

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
