"""Nights that are checked into a store, and what it tells of rule REF001."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import polars as pl

from checker.config import Config
from checker.models import Run
from checker.pipeline.order import Order
from checker.pipeline.run import Reported, run_report
from checker.store import Store, Wanted
from tests.first_rules import first_rules
from tests.nights import as_of, write_night

RULE = "REF001"
DEFAULTS = Config(rules=first_rules())


def run(
    store: Store, folder: Path, night: int, name: str | None = None, config: Config = DEFAULTS, **stories: str
) -> Reported:
    """Check the extract of a night with these stories; it is named after the night unless another name is given."""
    name = name or f"night{night}"
    extract = folder / "extracts" / name
    if not extract.exists():
        write_night(folder / "extracts", as_of(night), stories, name)
    return run_report(Order(extract, None, config, None), folder / "reports" / name, store)


def statuses(done: Run) -> dict[str, str | None]:
    """The status of each line of the rule, by the story."""
    lines = done.findings.filter(pl.col("rule_id") == RULE).to_dicts()
    return {line["child_ref"][1:]: line["status"] for line in lines}


def of_rule(lines: pl.DataFrame | None) -> set[str]:
    assert lines is not None
    return {line["child_ref"][1:] for line in lines.to_dicts() if line["rule_id"] == RULE}


def now(store: Store) -> dict[str, tuple[str, datetime, datetime]]:
    """Status, first seen and last examined of each finding of the rule."""
    lines = store.findings(Wanted(rule=RULE)).to_dicts()
    return {line["child_ref"][1:]: (line["status"], line["first_seen"], line["last_examined"]) for line in lines}
