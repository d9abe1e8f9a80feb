"""The runs in the store: the record of each, to and from its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import polars as pl
from sqlalchemy import Connection, Row, Select, and_, func, insert, select, update

from checker.alarms import Earlier
from checker.errors import ConfigError
from checker.evaluation import Judged
from checker.models import (
    HubMismatch,
    HubReconciliation,
    Outcome,
    Rule,
    RuleResult,
    RuleStatus,
    Run,
    RunKind,
    RunRecord,
    SearchReplay,
    Severity,
    TableCounts,
)
from checker.store.frames import insert_frame, packed, read_frame
from checker.store.old_packs import special_keys
from checker.store.tables import ExaminedRow, InputRow, RejectionRow, RulePackRow, RuleResultRow, RunRow


class RunStatus(StrEnum):
    """How far a run came; only a finished one has both its results in the store and its files in their folder."""

    RUNNING = "running"
    STORED = "stored"
    FINISHED = "finished"
    FAILED = "failed"
    ABANDONED = "abandoned"


@dataclass(frozen=True)
class StoredRun:
    """One run as a list of runs shows it; times are UTC, `report` is the folder of its files."""

    number: int
    kind: RunKind
    status: RunStatus
    actor: str
    reason: str | None
    extract: str
    digest: str
    settings_digest: str
    as_of: datetime | None
    begun_at: datetime
    ended_at: datetime | None
    report: str | None
    error: str | None
    exit_code: int | None
    retry_at: datetime | None
    purged_at: datetime | None
    alarms: tuple[str, ...]


# The columns of `runs` that a record fills by a field of its own name.
_SAME = (
    *("run_id", "as_of", "started_at", "finished_at", "extract", "config_file", "tool_version", "rule_pack_digest"),
    *("policy_digest", "policy", "marking", "reason", "covers_from", "covers_to", "school_calendar"),
)
_REJECTED_SCHEMA = pl.Schema(
    {
        **dict.fromkeys(("table", "file"), pl.String()),
        "row": pl.Int64(),
        "key": pl.String(),
        "reasons": pl.List(pl.String()),
    }
)
_LISTS = ("missing_tables", "warnings", "alarms")
# A sweep tells nothing of the nightly life of findings: whoever asks after that leaves these runs out.
SWEEPS = select(RunRow.id).where(RunRow.kind == RunKind.SWEEP.value)


def select_runs(*, kind: RunKind | None = None, status: RunStatus | None = None) -> Select[Any]:
    """The runs, oldest number first."""
    chosen = select(RunRow.__table__).order_by(RunRow.id)
    if kind is not None:
        chosen = chosen.where(RunRow.kind == kind.value)
    return chosen if status is None else chosen.where(RunRow.status == status.value)


def stored_run(row: Row[Any]) -> StoredRun:
    """A row of `runs` as a list of runs shows it."""
    same = {field.name: getattr(row, field.name) for field in fields(StoredRun) if hasattr(row, field.name)}
    typed = {"kind": RunKind(row.kind), "status": RunStatus(row.status), "alarms": tuple(row.alarms or ())}
    return StoredRun(**(same | typed | {"number": row.id}))


def row_of(connection: Connection, number: int) -> Row[Any]:
    """The row of one run.

    Raises:
        ConfigError: there is no such run.
    """
    row = connection.execute(select(RunRow.__table__).where(RunRow.id == number)).one_or_none()
    if row is None:
        newest = connection.execute(select(func.max(RunRow.id))).scalar_one()
        known = f"the runs are 1 to {newest}" if newest else "there is none yet"
        raise ConfigError(f"run {number}: no such run in the store; {known}, see `checker runs`")
    return row


def insert_run(connection: Connection, number: int, sequence: int, run: Run, judged: Sequence[Judged]) -> None:
    """Put down all of a run but its findings."""
    record = run.record
    packs = select(RulePackRow.digest).where(RulePackRow.digest == record.rule_pack_digest)
    if connection.execute(packs).first() is None:
        rules = [_rule_in_json(rule) for rule in run.rules]
        pack = {"digest": record.rule_pack_digest, "version": record.rule_pack_version, "rules": rules}
        connection.execute(insert(RulePackRow), pack)
    values = {name: getattr(record, name) for name in _SAME} | {name: list(getattr(record, name)) for name in _LISTS}
    ignored = {name: list(columns) for name, columns in record.ignored_columns.items()}
    areas = {kind: [printable(name) for name in names] for kind, names in record.areas.items()}
    values |= {"sequence": sequence, "status": RunStatus.STORED.value, "ignored_columns": ignored, "areas": areas}
    values |= {"daily_search": record.daily_search and asdict(record.daily_search), "hub": _hub_in_json(record.hub)}
    connection.execute(update(RunRow).where(RunRow.id == number).values(all_printable(values)))
    for position, (name, counts) in enumerate(record.tables.items()):
        line = {"run": number, "position": position, "name": name} | asdict(counts)
        connection.execute(insert(InputRow), all_printable(line))
    for position, result in enumerate(record.rules.values()):
        connection.execute(insert(RuleResultRow), {"run": number, "position": position} | result_in_json(result))
    rejected = run.rejected.rename({"table": "name"}).with_columns(run=number)
    insert_frame(connection, RejectionRow, rejected.with_row_index("position"))
    for subject, part in {each.subject: each for each in judged}.items():
        line = {"run": number, "subject": subject, "ids": packed(part.ids)}
        connection.execute(insert(ExaminedRow), line)


def read_record(connection: Connection, row: Row[Any]) -> tuple[RunRecord, tuple[Rule, ...]]:
    """The record of a stored run, and its rules, with no examples."""
    pack = connection.execute(select(RulePackRow.__table__).where(RulePackRow.digest == row.rule_pack_digest)).one()
    inputs = connection.execute(select(InputRow.__table__).where(InputRow.run == row.id).order_by(InputRow.position))
    counts = [field.name for field in fields(TableCounts)]
    own: dict[str, Any] = {name: getattr(row, name) for name in _SAME}
    own |= {name: tuple(getattr(row, name)) for name in _LISTS}
    record = RunRecord(
        **own,
        kind=RunKind(row.kind),
        rule_pack_version=pack.version,
        tables={line.name: TableCounts(**{name: getattr(line, name) for name in counts}) for line in inputs},
        ignored_columns={name: tuple(columns) for name, columns in row.ignored_columns.items()},
        areas={kind: tuple(names) for kind, names in (row.areas or {}).items()},
        rules={result.rule_id: result for result in read_results(connection, row.id)},
        daily_search=SearchReplay(**row.daily_search) if row.daily_search else None,
        hub=_hub_from_json(row.hub),
        number=row.id,
    )
    return record, tuple(_rule_from_json(rule) for rule in pack.rules)


def read_rules(connection: Connection) -> list[Rule]:
    """Every rule by which a stored run has judged, each as the newest such run has it."""
    judged = RunRow.sequence.is_not(None)
    last = select(RunRow.rule_pack_digest.label("digest"), func.max(RunRow.sequence).label("last")).where(judged)
    last_used = last.group_by(RunRow.rule_pack_digest).subquery()
    packs = (
        select(RulePackRow.rules).join(last_used, last_used.c.digest == RulePackRow.digest).order_by(last_used.c.last)
    )
    rules = (_rule_from_json(rule) for pack in connection.execute(packs).scalars() for rule in pack)
    return list({rule.id: rule for rule in rules}.values())


def read_results(connection: Connection, number: int) -> list[RuleResult]:
    """How each rule fared in a run, in the order of the pack."""
    rows = connection.execute(
        select(RuleResultRow.__table__).where(RuleResultRow.run == number).order_by(RuleResultRow.position)
    )
    return [result_from_json(row._asdict()) for row in rows]


def read_earlier(connection: Connection, kind: RunKind, as_of: datetime, most: int) -> Earlier:
    """What the last runs of one kind over older extracts counted: of each rule the last `most` in which it ran."""
    newest_first = (RunRow.as_of.desc(), RunRow.sequence.desc())
    older = and_(RunRow.kind == kind.value, RunRow.sequence.is_not(None), RunRow.as_of < as_of)
    last = select(RunRow.id).where(older).order_by(*newest_first).limit(1).scalar_subquery()
    rows = connection.execute(select(InputRow.name, InputRow.rows_read).where(InputRow.run == last))
    place = func.row_number().over(partition_by=RuleResultRow.rule_id, order_by=newest_first).label("place")
    ran = (
        select(RuleResultRow.rule_id, RuleResultRow.findings, place)
        .join(RunRow, RunRow.id == RuleResultRow.run)
        .where(older, RuleResultRow.findings.is_not(None))
        .subquery()
    )
    found: dict[str, list[int]] = {}
    for rule_id, findings in connection.execute(select(ran.c.rule_id, ran.c.findings).where(ran.c.place <= most)):
        found.setdefault(rule_id, []).append(findings)
    return Earlier({row.name: row.rows_read for row in rows}, found)


def read_rejected(connection: Connection, number: int) -> pl.DataFrame:
    """The rejected rows of a run in their order: table, file, row, key, reasons."""
    columns = (RejectionRow.name.label("table"), RejectionRow.file, RejectionRow.row, RejectionRow.key)
    chosen = select(*columns, RejectionRow.reasons).where(RejectionRow.run == number).order_by(RejectionRow.position)
    return read_frame(connection, chosen, _REJECTED_SCHEMA)


def result_in_json(result: RuleResult) -> dict[str, Any]:
    """How a rule fared, as the store keeps it."""
    counts = None if result.counts is None else {outcome.value: result.counts[outcome] for outcome in Outcome}
    found = None if counts is None else counts[Outcome.FINDING.value]
    status = result.status.value
    return {"rule_id": result.rule_id, "status": status, "reason": result.reason, "counts": counts, "findings": found}


def result_from_json(stored: dict[str, Any]) -> RuleResult:
    """How a rule fared, as the store has kept it."""
    counts = stored["counts"]
    by_outcome = None if counts is None else {outcome: counts[outcome.value] for outcome in Outcome}
    return RuleResult(stored["rule_id"], RuleStatus(stored["status"]), stored["reason"], by_outcome)


def _hub_in_json(hub: HubReconciliation | None) -> dict[str, Any] | None:
    if hub is None:
        return None
    lines = [
        asdict(line)
        | {name: at.isoformat() if (at := getattr(line, name)) else None for name in ("submitted_at", "received_at")}
        for line in hub.mismatches
    ]
    return asdict(hub) | {"mismatches": lines}


def _hub_from_json(stored: dict[str, Any] | None) -> HubReconciliation | None:
    if stored is None:
        return None
    lines = [
        HubMismatch(
            **line
            | {
                name: datetime.fromisoformat(line[name]) if line[name] else None
                for name in ("submitted_at", "received_at")
            }
        )
        for line in stored["mismatches"]
    ]
    return HubReconciliation(**stored | {"sources": tuple(stored["sources"]), "mismatches": tuple(lines)})


def _rule_in_json(rule: Rule) -> dict[str, Any]:
    return asdict(rule) | {
        "effective_from": rule.effective_from.isoformat(),
        "effective_to": rule.effective_to.isoformat() if rule.effective_to else None,
        "examples": [],
        "earlier": [_rule_in_json(version) for version in rule.earlier],
    }


def _rule_from_json(stored: dict[str, Any]) -> Rule:
    return Rule(
        **stored
        | {
            "severity": Severity(stored["severity"]),
            "message": {Outcome(outcome): sentence for outcome, sentence in stored["message"].items()},
            "evidence": tuple(stored["evidence"]),
            "effective_from": date.fromisoformat(stored["effective_from"]),
            "effective_to": date.fromisoformat(stored["effective_to"]) if stored["effective_to"] else None,
            "examples": (),
            "tables": tuple(stored["tables"]),
            "earlier": tuple(_rule_from_json(version) for version in stored.get("earlier", ())),
            **special_keys(stored),
        }
    )


def printable(text: str) -> str:
    """The text with what no database can hold, half a surrogate pair of a file's name, written as an escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def all_printable(values: dict[str, Any]) -> dict[str, Any]:
    """The values, each text of them printable."""
    return {name: printable(value) if isinstance(value, str) else value for name, value in values.items()}
