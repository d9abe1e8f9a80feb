"""What the commands that ask the store say, in tables for people and in JSON or CSV for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import typer

from checker.config import LONDON
from checker.console.terminal import moment, table, terminal
from checker.models import Outcome, RuleStatus, RunRecord
from checker.report.london import iso
from checker.report.words import NO_VALUE, counted, in_digits
from checker.store import Entry, Purged, Step, StoredRun


def print_runs(runs: Sequence[StoredRun], as_json: bool) -> None:
    """A line a run, the oldest number first."""
    if as_json:
        print_json([asdict(run) for run in runs])
        return
    lines = table("#Run", "Kind", "As of (London)", "Status", "Begun (London)", "Extract", "What is wrong")
    for run in runs:
        as_of = moment(run.as_of) if run.as_of else NO_VALUE
        extract, wrong = Path(run.extract).name, "; ".join(filter(None, (run.error, *run.alarms)))
        status = f"{run.status}, purged" if run.purged_at else run.status
        lines.add_row(str(run.number), run.kind, as_of, status, moment(run.begun_at), extract, wrong)
    terminal().print(lines if runs else "No run in the store yet.")


def print_stored_run(run: StoredRun, record: RunRecord | None, as_json: bool) -> None:
    """One run in full: how it went, and where it has results what it read and what each rule found."""
    if as_json:
        print_json(asdict(run) | {"record": asdict(record) if record else None})
        return
    console, head = terminal(), table("Run", str(run.number))
    for label, value in {
        "kind": run.kind,
        "status": run.status,
        "extract": run.extract,
        "as of": run.as_of,
        "by": run.actor,
        "reason": run.reason,
        "begun": run.begun_at,
        "ended": run.ended_at,
        "report": run.report,
        "fault": run.error,
        "exit code": run.exit_code,
        "again at": run.retry_at,
        "purged": run.purged_at,
        "check first": "; ".join(run.alarms) or None,
    }.items():
        if value is not None:
            head.add_row(label, moment(value) if isinstance(value, datetime) else str(value))
    if record is None:
        console.print(head)
        return
    head.add_row("rule pack", f"version {record.rule_pack_version}, digest {record.rule_pack_digest}")
    head.add_row("policy", f"digest {record.policy_digest}")
    head.add_row("tool", f"version {record.tool_version}")
    console.print(head)
    files = table("Table", "File", "#Read", "#Accepted", "#Rejected", "#Collapsed", "#Orphaned", "SHA-256")
    for name, counts in record.tables.items():
        figures = (counts.rows_read, counts.accepted, counts.rejected, counts.collapsed, counts.orphaned)
        files.add_row(name, counts.file, *map(in_digits, figures), counts.sha256[:12])
    rules = table("Rule", "Status", *(f"#{outcome.value.replace('_', ' ').capitalize()}" for outcome in Outcome))
    for rule_id, result in record.rules.items():
        counts_by = result.counts
        shown = [NO_VALUE if counts_by is None else in_digits(counts_by[outcome]) for outcome in Outcome]
        status = (
            "run" if result.status is RuleStatus.RUN else f"{result.status.value.replace('_', ' ')}: {result.reason}"
        )
        rules.add_row(rule_id, status, *shown)
    for part in (files, rules):
        console.print()
        console.print(part)


def print_findings(findings: pl.DataFrame, form: str) -> None:
    """The findings as CSV, as JSON with a line's columns by name, or as a table of the columns there is room for."""
    times = ("first_seen", "last_examined", "resolved_at")
    if form != "table":
        rows = findings.with_columns(iso(name) for name in times)
        typer.echo(rows.write_csv().rstrip() if form == "csv" else json.dumps(rows.to_dicts(), indent=2))
        return
    lines = table("Finding", "Severity", "Status", "#Days", "Incident", "Child", "Examined", "What is missing")
    for column in (0, 4):
        lines.columns[column].no_wrap = True  # to be copied, for `checker explain` and the record system
    for row in findings.iter_rows(named=True):
        told = "cannot tell: " if row["outcome"] == Outcome.UNDETERMINED else ""
        place = (row["incident_ref"] or "", row["child_ref"] or "")
        days, examined = str(row["days_open"]), f"{row['last_examined'].astimezone(ZoneInfo(LONDON)):%d/%m/%Y}"
        lines.add_row(row["finding_id"], row["severity"], row["status"], days, *place, examined, told + row["message"])
    terminal().print(lines)
    undecided = findings.filter(pl.col("outcome") == Outcome.UNDETERMINED.value).height
    told = f", of which {in_digits(undecided)} cannot be told" if undecided else ""
    terminal().print(f"{counted(findings.height, 'finding')}{told}.")


def print_history(finding_id: str, steps: Sequence[Step], as_json: bool) -> None:
    """A line a step, the first one first."""
    if as_json:
        print_json([asdict(step) for step in steps])
        return
    lines = table("At (London)", finding_id, "#Run", "By", "Reason", "Reference", "Read in")
    for step in steps:
        told = (each or "" for each in (step.decided_by, step.reason, step.reference, step.place))
        lines.add_row(moment(step.at), step.what, str(step.run), *told)
    terminal().print(lines)


def print_audit(entries: Sequence[Entry], as_json: bool) -> None:
    """A line an act, the oldest first."""
    if as_json:
        print_json([asdict(entry) for entry in entries])
        return
    lines = table("#Line", "At (London)", "Who", "What", "#Run", "Reason", "Details")
    for entry in entries:
        details = "; ".join(f"{name}: {_told(value)}" for name, value in entry.details.items())
        run = "" if entry.run is None else str(entry.run)
        lines.add_row(str(entry.number), moment(entry.at), entry.actor, entry.act, run, entry.reason or "", details)
    terminal().print(lines)


def print_purged(purged: Purged, asked: datetime) -> None:
    """What was removed, and from before when, where that is not what was asked for."""
    if purged.before < asked:
        kept = "the newest list, and what is still to be written, are kept"
        terminal().print(f"Gone by what is before {moment(purged.before)}: {kept}.")
    terminal().print(
        f"Removed for ever: {counted(purged.findings, 'closed finding')}, "
        f"{counted(purged.lines, 'line')} of past lists, "
        f"{counted(purged.rejected_rows, 'rejected row')}, {counted(purged.decisions, 'decision')}, of "
        f"{counted(purged.runs, 'run')}, and {counted(purged.history, 'line')} of what later runs look back on. "
        "Counts and the audit log are kept."
    )


def print_json(value: object) -> None:
    """A value as JSON, its times as ISO 8601 with London's offset."""
    typer.echo(json.dumps(value, indent=2, default=_in_json, ensure_ascii=False))


def _in_json(value: object) -> Any:
    return value.astimezone(ZoneInfo(LONDON)).isoformat() if isinstance(value, datetime) else str(value)


def _told(value: object) -> str:
    """The value of a detail: of files their names and the beginning of their digests."""
    if isinstance(value, dict):
        return ", ".join(f"{each['file']} {each['sha256'][:12]}" for each in value.values())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
