"""force_export/: one force's own export, in its own headers, codes and dates, with the source profile that reads it.

The profile is the only place where the force's words are kept: the export is written by reading it backwards.
"""

import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sample_data import closures, concerns, duplicates, everyday, flags, history, hub, referrals, search
from sample_data.extract import UNDETERMINED, Row, Table, renew, text, write_csv, write_expectations
from sample_data.force import Force
from sample_data.records import BASIC

AS_OF = datetime(2026, 11, 22, 2)

PROFILE = """\
# How the export of an invented force is read. It does not say when it was made: --as-of 2026-11-22T02:00.

[source]
delimiter = ";"
encoding = "windows-1252"
time_zone = "Europe/London"

# One flat file holds two tables: a line for each child of an incident, or one line where there is no child.
[source.tables.incidents]
file = "Incident_Log.csv"

[source.tables.incidents.columns]
incident_ref = "Log No"
reported_at = "Reported"
closed_at = "Log Closed"
closure_codes = "Result Codes"
incident_type = "Opening Code"
domestic_abuse = "DA Marker"
concern_types = "Vulnerability"
status = "Log Status"
duplicate_of = "Linked Log"
risk_form_ref = "DASH No"
risk_level = "DASH Grade"
reassessed_at = "DASH Reviewed"
children_in_household = "Children in House?"
child_count = "No. of Children"
officer_id = "OIC"
supervisor_id = "Supervisor"
team = "Team"
district = "Area"
victim_ref = "Aggrieved URN"
suspect_ref = "Suspect URN"
location_ref = "Premises No"
history_checked_at = "Intel Checked"

[source.tables.incidents.values.incident_type]
"DV" = "DOMESTIC"

[source.tables.incidents.values.domestic_abuse]
"Y" = "yes"
"N" = "no"

[source.tables.incidents.values.concern_types]
"NEG" = "neglect"
"CSE" = "exploitation"
"MISPER" = "missing"
"CFS" = "concern-for-safety"

[source.tables.incidents.values.status]
"Live" = "open"
"Finalised" = "closed"
"Dup" = "duplicate"

[source.tables.incidents.values.risk_level]
"DV - Standard" = "standard"
"DV - Medium" = "medium"
"DV - High" = "high"

[source.tables.incidents.values.children_in_household]
"Y" = "yes"
"N" = "no"
"NK" = "unknown"

[source.tables.children]
file = "Incident_Log.csv"
row_when = ["child_ref", "date_of_birth"]

[source.tables.children.columns]
incident_ref = "Log No"
child_ref = "Child URN"
date_of_birth = "Child’s DOB"
unborn = "Unborn?"

[source.tables.children.values.unborn]
"Y" = "yes"

[source.tables.referrals]
file = "Referral_Forms.csv"

[source.tables.referrals.columns]
referral_ref = "Form No"
incident_ref = "Log No"
child_ref = "Child URN"
status = "Form Status"
submitted_at = "Sent"
submitted_by = "Sent By"

[source.tables.referrals.values.status]
"In Draft" = "draft"
"Sent to Hub" = "submitted"
"Returned" = "rejected"
"Withdrawn" = "withdrawn"

[source.tables.referrals.values.submitted_by]
"OIC" = "officer"
"CPSO" = "cpso"

[source.tables.plans]
file = "LA_Plan_List.csv"

[source.tables.plans.columns]
child_ref = "Child URN"
plan = "Plan"
category = "Category"
started_on = "Start"
ended_on = "End"

[source.tables.plans.values.plan]
"CPP" = "CP"
"CiN" = "CIN"
"CLA" = "LAC"

[source.tables.flags]
file = "Warning_Markers.csv"

[source.tables.flags.columns]
child_ref = "Child URN"
flag = "Marker"
started_on = "Set"
ended_on = "Removed"

[source.tables.flags.values.flag]
"PROT" = "CP"
"NEED" = "CIN"
"LOOKED AFTER" = "LAC"

# What the children's hub says that it received: their own list, for the forms have no column for it.
[source.tables.hub_receipts]
file = "Hub_Log.csv"

[source.tables.hub_receipts.columns]
referral_ref = "Form No"
received_at = "Received"
outcome = "Result"
"""


def write(folder: Path) -> None:
    """Write the export, its profile and its expectations in place of whatever the folder held."""
    force = plant()
    extract = force.extract()
    incidents, children, *others = extract.tables
    profile = tomllib.loads(PROFILE)["source"]["tables"]
    for table in extract.tables:
        table.file = profile[table.name]["file"]

    renew(folder)
    (folder / "checker.toml").write_bytes(PROFILE.encode())
    write_flat_log(folder, incidents, children, profile)
    for table in others:
        words = profile[table.name]
        lines = [in_their_words(row, words) for row in table.rows]
        write_csv(folder / table.file, list(words["columns"].values()), lines, ";", "windows-1252")
    write_expectations(folder, extract.tables, extract.verdicts)


def write_flat_log(folder: Path, incidents: Table, children: Table, profile: dict[str, Any]) -> None:
    """Write a line for each child of each incident, or one without a child; the incidents table repeats itself so."""
    log, people = profile["incidents"], profile["children"]
    rows: list[Row] = []
    lines = []
    for incident in incidents.rows:
        reference = incident.cells["incident_ref"]
        met = [child for child in children.rows if child.cells["incident_ref"] is reference]
        for child in met or [Row({})]:
            rows.append(Row(incident.cells, repeats=bool(rows) and rows[-1].cells is incident.cells))
            lines.append(in_their_words(incident, log) + in_their_words(child, people)[1:])
    header = [*log["columns"].values(), *list(people["columns"].values())[1:]]  # both tables read the one log number
    write_csv(folder / incidents.file, header, lines, ";", "windows-1252")
    incidents.rows = rows


def plant() -> Force:
    """The records behind the export: some seventy incidents of a week."""
    force = Force(
        60,
        covers_from=AS_OF - timedelta(days=7),
        covers_to=AS_OF,
        as_of=AS_OF,
        tables=(*BASIC, "hub_receipts"),
        log_number="{:06d}/26",
        first_log_number=104_417,
    )
    force.receipts_listed_only = True
    closures.closed_with_a_look_alike(force, "QL 23", "DV7;ql23")
    closures.closed_with_other_codes(force, "DV7")
    search.closed_under_other_codes(force, "DV7;NFA")
    closures.closed_late(force, 1)
    closures.still_open_today(force, 2)
    closures.still_open_after_a_day(force, 1)
    referrals.never_referred(force, 1, 2)
    referrals.one_form_for_three_children(force)
    referrals.one_form_for_all_children(force)
    referrals.one_sibling_left_out(force)
    referrals.form_never_submitted(force)
    referrals.children_in_the_household_but_none_named(force)
    referrals.unborn(force)
    concerns.referable_concern_without_a_form(force, "exploitation")
    hub.never_received(force)
    history.unchecked_concern(force)
    duplicates.duplicate_with_a_master(force)
    flags.on_a_plan_and_flagged(force, 4)
    flags.on_a_plan_unflagged(force, "CP", "CIN", "LAC")
    flags.previous_plan_never_flagged(force, 1)
    flags.never_met(force, 8)
    american_date_on_a_form(force)
    everyday.fill(force, 74, domestic_in_ten=3)
    return force


def american_date_on_a_form(force: Force) -> None:
    """A form dated by month first is rejected, never guessed, and its child may have been referred, and late."""
    incident = force.handled_well()
    child = force.child(incident)
    form = force.refer(incident, child, submitted_at="11/19/2026 10:15:00")
    form[0].rejected = ("not a date-time",)
    for rule in ("REF001", "REF003"):
        force.expect(rule, UNDETERMINED, incident, child)


def in_their_words(row: Row, words: dict[str, Any]) -> list[str]:
    """The row's cells in the order of the force's headers: dd/mm/yyyy, its codes, and its areas with a dash."""
    cells = []
    for column in words["columns"]:
        codes = {word: code for code, word in words.get("values", {}).get(column, {}).items()}
        cell = text(row.cells.get(column), date_format="%d/%m/%Y", time_format="%d/%m/%Y %H:%M:%S")
        cells.append(codes.get(cell, cell).replace("Exampleshire ", "Exampleshire – "))
    return cells
