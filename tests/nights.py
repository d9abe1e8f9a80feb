"""Invented nights: extracts of a few incidents that appear, are referred, are corrected, disappear and come back."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.first_rules import first_rules

LONDON = ZoneInfo("Europe/London")
REPORTED = "2026-09-01T10:00"

# What an extract says of a story's incident and its one child, a letter a night:
#   .  it is not in the extract            F  no referral form is there
#   P  a form was submitted                U  whether it is domestic abuse is blank, and no form is there
#   O  it is corrected to no domestic abuse    D  it was reported an hour before, so the form is not due
#   X  its row cannot be read: it has a second cell too many
HEADERS = {
    "incidents": "incident_ref,reported_at,closed_at,closure_codes,domestic_abuse,status,district",
    "children": "incident_ref,child_ref,date_of_birth",
    "referrals": "referral_ref,incident_ref,child_ref,submitted_at",
}


def as_of(night: int, first: date = date(2026, 10, 10)) -> datetime:
    """The moment of a night's extract, the first being night 1: 02:00 in London, in UTC once it is an instant."""
    day = first + timedelta(days=night - 1)
    return datetime(day.year, day.month, day.day, 2, 0, tzinfo=LONDON)


def write_night(inbox: Path, moment: datetime, stories: Mapping[str, str], name: str | None = None) -> Path:
    """Write the extract of one night into the inbox, its manifest last; `stories` has the letter of each."""
    folder = inbox / (name or f"{moment:%Y-%m-%dT%H%M}")
    folder.mkdir(parents=True)
    lines: dict[str, list[str]] = {table: [header] for table, header in HEADERS.items()}
    for number, (ref, letter) in enumerate(stories.items(), start=1):
        if letter == ".":
            continue
        reported = f"{moment - timedelta(hours=1):%Y-%m-%dT%H:%M}" if letter == "D" else REPORTED
        domestic_abuse = {"U": "", "O": "no"}.get(letter, "yes")
        codes = "" if letter == "U" else "QL23"
        more = ",," if letter == "X" else ""
        lines["incidents"].append(
            f"I{ref},{reported},,{codes if letter != 'O' else 'NFA'},{domestic_abuse},,North{more}"
        )
        lines["children"].append(f"I{ref},C{ref},2018-03-04")
        if letter == "P":
            lines["referrals"].append(f"R{number},I{ref},C{ref},2026-09-01T12:00")
    tables = {}
    for table, rows in lines.items():
        content = ("\n".join(rows) + "\n").encode()
        (folder / f"{table}.csv").write_bytes(content)
        tables[table] = {"rows": len(rows) - 1, "sha256": hashlib.sha256(content).hexdigest()}
    manifest = {"extracted_at": moment.isoformat(), "tables": tables}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def write_config(folder: Path, store_url: str, more: str = "") -> Path:
    """Write a `checker.toml` with the first rules, an inbox, a report folder and this store."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "inbox").mkdir(exist_ok=True)
    file = folder / "checker.toml"
    file.write_text(
        f"rules = '{first_rules()}'\n[store]\nurl = '{store_url}'\n[schedule]\ninbox = 'inbox'\n{more}\n"
        "[report]\nfolder = 'reports'\n",
        encoding="utf-8",
    )
    return file


def lines_of(report: Path) -> dict[str, dict[str, str]]:
    """The lines of rule REF001 in a report's findings.csv, by the story."""
    with (report / "findings.csv").open(encoding="utf-8", newline="") as file:
        return {row["child_ref"].removeprefix("C"): row for row in csv.DictReader(file) if row["rule_id"] == "REF001"}
