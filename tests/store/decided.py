"""Decisions about findings of rule REF001, as a returned workbook states them."""

from __future__ import annotations

from typing import Any

import polars as pl

from checker.models import Decision, Disposition, Run
from tests.store.told import RULE


def disposition(done: Run, story: str, decision: Decision, rule: str = RULE, **values: Any) -> Disposition:
    """A decision made in the list of a run, about the finding of a story's child (of its incident for CLO rules)."""
    assert done.carried_over is not None
    lines = pl.concat([done.findings, done.carried_over.select(done.findings.columns)])
    who = pl.col("child_ref") == f"C{story}" if rule == RULE else pl.col("incident_ref") == f"I{story}"
    (line,) = lines.filter(pl.col("rule_id") == rule).filter(who).to_dicts()
    stated = {
        "finding_id": line["finding_id"],
        "run": done.record.number,
        "decision": decision,
        "reason": None,
        "reference": None,
        "decided_by": "DS Example",
        "rule_id": line["rule_id"],
        "incident_ref": line["incident_ref"],
        "child_ref": line["child_ref"],
        "file": "exceptions.xlsx",
        "file_sha256": "ab" * 32,
        "sheet": "Exceptions",
        "row": 6,
    }
    return Disposition(**(stated | values))
