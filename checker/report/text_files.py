"""The files for machines: `findings.csv`, `rejected.csv` and `run.json`, as contract section 3 fixes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from checker.config import LONDON
from checker.evaluation import FINDING_SCHEMA
from checker.models import HubReconciliation, Outcome, RuleResult, Run
from checker.report.coverage import CHILD_COVERAGE, OFFICER_COMPLIANCE, coverage
from checker.report.london import iso
from checker.report.tally import Tally
from checker.report.words import life_counts

_OF_THE_STORE = ("days_open", "evidence_digest")
COLUMNS = tuple(
    name for name in FINDING_SCHEMA if name not in _OF_THE_STORE
)  # of findings.csv, as the contract has them


def write_findings(run: Run, file: Path) -> None:
    """Write every finding, undetermined and not_due, in the order of the run; a value is never altered."""
    times = [iso("reported_at"), iso("due_at"), iso("first_seen")]
    run.findings.with_columns(times).select(COLUMNS).write_csv(file, float_precision=1)


def write_rejected(run: Run, file: Path) -> None:
    """Write every rejected record, in the order of the run."""
    rejected_rows(run).write_csv(file)


def rejected_rows(run: Run) -> pl.DataFrame:
    """The rejected records with their reasons joined by `; `."""
    return run.rejected.with_columns(pl.col("reasons").list.join("; "))


def write_record(run: Run, file: Path) -> None:
    """Write the run record."""
    write_json(run_record(run), file)


def write_json(value: Mapping[str, Any], file: Path) -> None:
    """Write a record; a lone surrogate in a path is escaped as JSON does it, so that UTF-8 can hold it."""
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    file.write_bytes(text.encode("utf-8", "backslashreplace"))


def run_record(run: Run) -> dict[str, Any]:
    """The run record in the order of the contract; a rule that did not run has null counts, never zero."""
    record, covered = run.record, {rule.id: _covered(tally) for rule, tally in coverage(run)}
    return {
        "run_id": record.run_id,
        "kind": record.kind,
        "as_of": _london(record.as_of),
        "started_at": _london(record.started_at),
        "finished_at": _london(record.finished_at),
        "extract": record.extract,
        "config_file": record.config_file,
        "tool_version": record.tool_version,
        "rule_pack_version": record.rule_pack_version,
        "rule_pack_digest": record.rule_pack_digest,
        "policy_digest": record.policy_digest,
        "policy": record.policy,
        "covers_from": record.covers_from and _london(record.covers_from),
        "covers_to": record.covers_to and _london(record.covers_to),
        "school_calendar": record.school_calendar,
        "daily_search": record.daily_search and asdict(record.daily_search),
        "hub": record.hub and _hub_record(record.hub),
        "tables": {name: asdict(counts) for name, counts in record.tables.items()},
        "missing_tables": record.missing_tables,
        "ignored_columns": record.ignored_columns,
        "rules": {rule_id: _rule_record(result) | covered.get(rule_id, {}) for rule_id, result in record.rules.items()},
        "warnings": record.warnings,
        "marking": record.marking,
        "number": record.number,
        "reason": record.reason,
        "alarms": record.alarms,
        "life": life_counts(run),
    }


def _rule_record(result: RuleResult) -> dict[str, Any]:
    counts = {outcome.value: None if result.counts is None else result.counts[outcome] for outcome in Outcome}
    return {"status": result.status.value, "reason": result.reason, "subjects": result.subjects, **counts}


def _hub_record(hub: HubReconciliation) -> dict[str, Any]:
    lines = []
    for line in hub.mismatches:
        times = {"submitted_at": line.submitted_at, "received_at": line.received_at}
        lines.append(asdict(line) | {name: at and _london(at) for name, at in times.items()})
    return asdict(hub) | {"mismatches": lines}


def _covered(tally: Tally | None) -> dict[str, Any]:
    """Both numbers of a rule about referrals, of the whole extract; null where the rule did not run."""
    if tally is None:
        return {"child_coverage": None, "officer_compliance": None}
    by_officer = (tally.officer_in_time, tally.officer_known, tally.officer_unknown)
    return {
        "child_coverage": _share(CHILD_COVERAGE, tally.passed, tally.judged, tally.undetermined),
        "officer_compliance": _share(OFFICER_COMPLIANCE, *by_officer),
    }


def _share(what: str, part: int, of: int, not_known: int) -> dict[str, Any]:
    return {"what": what, "part": part, "of": of, "not_known": not_known}


def _london(moment: datetime) -> str:
    return moment.astimezone(ZoneInfo(LONDON)).isoformat()
