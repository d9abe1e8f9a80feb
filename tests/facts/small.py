"""Small invented extracts, judged as `checker check` judges them: no incident and no child in them exists."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from checker.config import Config
from checker.evaluation import evaluate
from checker.facts import SUBJECTS
from checker.facts.subjects.swept_child import swept_child
from checker.facts.subjects.swept_incident import swept_incident
from checker.models import Run
from checker.pipeline.order import Order, Prepared, prepare
from checker.pipeline.run import run_check

AS_OF = "2026-11-22T02:00"
Row = Mapping[str, str]

# The columns without which a table cannot be read, and those that a rule needs that are often left out of a row.
COLUMNS = {
    "incidents": ("incident_ref", "reported_at", "domestic_abuse"),
    "children": ("incident_ref", "child_ref", "date_of_birth"),
    "referrals": ("referral_ref", "incident_ref", "child_ref"),
    "plans": ("child_ref", "plan", "started_on", "ended_on"),
    "flags": ("child_ref", "flag", "started_on", "ended_on"),
    "missing_episodes": ("episode_ref", "child_ref", "reported_at"),
    "code_history": ("incident_ref", "changed_at", "old_codes", "new_codes"),
}


@dataclass(frozen=True)
class Verdict:
    """What came of the only subject of a rule; due_at and evidence only of one that is listed."""

    outcome: str
    due_at: datetime | None = None
    evidence: str | None = None


@dataclass(frozen=True)
class Swept:
    """What a sweep knows of its incidents and of their children."""

    children: pl.DataFrame
    triage: pl.DataFrame

    def of_children(self, *columns: str) -> dict[tuple[str, str | None], Any]:
        """These columns of each child, by incident and child; of one column the value itself."""
        rows = self.children.select("incident_ref", "child_ref", *columns).iter_rows()
        return {(ref, child_ref): told[0] if len(told) == 1 else tuple(told) for ref, child_ref, *told in rows}

    def of_incidents(self, *columns: str) -> dict[str, Any]:
        """These columns of each incident; of one column the value itself."""
        rows = self.triage.select("incident_ref", *columns).iter_rows()
        return {ref: told[0] if len(told) == 1 else tuple(told) for ref, *told in rows}


def incident(ref: str = "I1", reported_at: str = "2026-11-19T10:00", **cells: str) -> dict[str, str]:
    """A domestic abuse incident, unless the cells say otherwise."""
    return {"incident_ref": ref, "reported_at": reported_at, "domestic_abuse": "yes"} | cells


def child(ref: str = "C1", incident_ref: str = "I1", **cells: str) -> dict[str, str]:
    """A child of eight, unless the cells say otherwise."""
    return {"incident_ref": incident_ref, "child_ref": ref, "date_of_birth": "2018-03-04"} | cells


def write(folder: Path, **tables: Sequence[Row]) -> Path:
    """The extract, a file a table; the tables that are required are there without a row where none is given."""
    folder.mkdir(parents=True, exist_ok=True)
    required: dict[str, Sequence[Row]] = {"incidents": (), "children": (), "referrals": ()}
    for name, rows in (required | tables).items():
        header = list(dict.fromkeys((*COLUMNS[name], *(column for row in rows for column in row))))
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, header, restval="")
            writer.writeheader()
            writer.writerows(rows)
    return folder


def covering(folder: Path, covers_from: str, covers_to: str | None = None) -> Path:
    """The folder, whose extract will say that it covers this time; without this it does not say."""
    (folder / "extract").mkdir(parents=True, exist_ok=True)
    stated = {"covers_from": covers_from} | ({"covers_to": covers_to} if covers_to else {})
    (folder / "extract" / "manifest.json").write_text(json.dumps(stated), encoding="utf-8")
    return folder


def checked(folder: Path, as_of: str = AS_OF, policy: Mapping[str, Any] | None = None, **tables: Sequence[Row]) -> Run:
    """The run over the extract."""
    return run_check(_order(folder, as_of, policy, tables))


def verdict_of(run: Run, rule_id: str) -> Verdict:
    """The verdict on the only subject of the rule."""
    counts = run.record.rules[rule_id].counts
    assert counts is not None
    (outcome,) = [outcome.value for outcome, count in counts.items() if count]
    assert sum(counts.values()) == 1
    for line in run.findings.filter(pl.col("rule_id") == rule_id).iter_rows(named=True):
        return Verdict(outcome, line["due_at"], line["evidence"])
    return Verdict(outcome)


def outcomes(
    folder: Path, rule_id: str, as_of: str = AS_OF, policy: Mapping[str, Any] | None = None, **tables: Sequence[Row]
) -> dict[str, str]:
    """What came of every subject of the rule, under its reference: many cases in one run."""
    prepared = prepare(_order(folder, as_of, policy, tables))
    evaluation = evaluate(prepared.pack, prepared.tables, prepared.context)
    (judged,) = [each for each in evaluation.judged if rule_id in each.outcomes.columns]
    return dict(zip(judged.keys.to_series(), judged.outcomes.get_column(rule_id), strict=True))


def facts_of(
    folder: Path, *names: str, as_of: str = AS_OF, policy: Mapping[str, Any] | None = None, **tables: Sequence[Row]
) -> dict[str, tuple[Any, ...]]:
    """These facts of every incident that is a subject, under its reference, in the order of the rows."""
    prepared = prepare(_order(folder, as_of, policy, tables))
    plan = SUBJECTS["incident"].plan(prepared.tables, prepared.context, ("incident_ref", *names))
    found = {ref: tuple(facts) for ref, *facts in plan.select("incident_ref", *names).collect().iter_rows()}
    return {ref: found[ref] for row in tables["incidents"] if (ref := row["incident_ref"]) in found}


def swept(
    folder: Path,
    *refs: str,
    as_of: str = AS_OF,
    policy: Mapping[str, Any] | None = None,
    **tables: Sequence[Row],
) -> Swept:
    """What a sweep of these incidents knows, of every incident that answers for itself where none is named."""
    return swept_of(prepare(_order(folder, as_of, policy, tables)), *refs)


def swept_of(prepared: Prepared, *refs: str) -> Swept:
    """The same of an extract that has been read."""
    every = prepared.tables.incidents.select("incident_ref").collect().to_series()
    selected = pl.Series(refs) if refs else every
    children = children_plan(prepared, selected).collect()
    return Swept(children, triage_plan(prepared, selected, children).collect())


def children_plan(prepared: Prepared, refs: pl.Series) -> pl.LazyFrame:
    """All facts of the children of these incidents, as a sweep asks for them."""
    subject = swept_child(refs)
    plan = subject.plan(prepared.tables, prepared.context, subject.by_name)
    return plan.sort("incident_ref", "child_ref", nulls_last=True)


def triage_plan(prepared: Prepared, refs: pl.Series, children: pl.DataFrame) -> pl.LazyFrame:
    """All that is counted for these incidents, as a sweep asks for it."""
    subject = swept_incident(prepared.tables, prepared.context, refs, children)
    return subject.plan(prepared.tables, prepared.context, subject.by_name)


def _order(folder: Path, as_of: str, policy: Mapping[str, Any] | None, tables: Mapping[str, Sequence[Row]]) -> Order:
    return Order(write(folder / "extract", **tables), as_of, Config(policy=dict(policy or {})), None)
