"""Many small cases in one extract, each an incident of its own, judged by one rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from checker.config import Config
from checker.facts import SUBJECTS
from checker.pipeline.order import Order, prepare
from tests.second_reading import COLUMNS, Row
from tests.strategies import write_extract


@dataclass(frozen=True)
class Case:
    """What an extract tells of one incident, without its reference, and the outcome that this must give."""

    outcome: str
    incident: Row
    children: list[Row] = field(default_factory=list)
    referrals: list[Row] = field(default_factory=list)


def tables_of(cases: Mapping[str, Case]) -> dict[str, list[Row]]:
    """The tables of all cases; each incident bears the name of its case, as do its forms before their reference."""
    tables: dict[str, list[Row]] = {"incidents": [], "children": [], "referrals": []}
    for name, case in cases.items():
        of = {"incident_ref": name}
        tables["incidents"].append(of | case.incident)
        tables["children"] += [of | row for row in case.children]
        tables["referrals"] += [of | row | {"referral_ref": f"{name}/{row['referral_ref']}"} for row in case.referrals]
    return tables


def outcomes(rule_id: str, cases: Mapping[str, Case], as_of: datetime) -> dict[str, str]:
    """What came of the subject of each case; of a rule about forms, of that which bears the reference F0."""
    blank = {name: dict.fromkeys(columns, "") for name, columns in COLUMNS.items()}
    filled = {name: [blank[name] | row for row in rows] for name, rows in tables_of(cases).items()}
    with TemporaryDirectory() as folder:
        prepared = prepare(Order(write_extract(Path(folder), filled), as_of.isoformat(), Config(), None))
    rule = prepared.pack.rule(rule_id)
    subject = SUBJECTS[rule.rule.subject]
    judged = subject.plan(prepared.tables, prepared.context, subject.by_name)
    if rule.rule.subject == "referral":
        judged = judged.filter(pl.col("referral_ref").str.ends_with("/F0"))
    rows = judged.select("incident_ref", rule.outcome(as_of)).collect()
    assert rows.get_column("incident_ref").is_unique().all()
    return dict(rows.iter_rows())


def expected(cases: Mapping[str, Case]) -> dict[str, str]:
    """What must come of each case."""
    return {name: case.outcome for name, case in cases.items()}
