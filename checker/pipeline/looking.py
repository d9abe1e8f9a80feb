"""The order in which the incidents of a sweep are looked at, each with what came of it."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from checker.london_time import UTC_TIME
from checker.models import ORDER, Outcome


def order_of_looking(
    incidents: pl.DataFrame,
    scored: pl.DataFrame,
    lines: pl.DataFrame,
    passed: pl.Series,
    as_of: datetime,
) -> pl.DataFrame:
    """The selected incidents in the order of looking (ORDER).

    That is by score, the highest first; of equal scores the earlier reported comes first, then the lower reference.

    Args:
        incidents: `incident_ref`, `reported_at`, `district`, `team`, `risk_level`, `not_known` of each.
        scored: What the triage says of each (TRIAGE).
        lines: The verdicts that are listed, each with the incident that it belongs to, `of`.
        passed: The references of those of which some verdict is a pass.
        as_of: The moment at which they were judged.
    """
    outcome, late = pl.col("outcome"), (pl.lit(as_of, UTC_TIME) - pl.col("due_at")).dt.total_days()
    counts = lines.group_by(incident_ref="of").agg(
        (outcome == Outcome.FINDING.value).sum().cast(pl.Int64).alias("findings"),
        (outcome == Outcome.UNDETERMINED.value).sum().cast(pl.Int64).alias("undetermined"),
        (outcome == Outcome.NOT_DUE.value).sum().cast(pl.Int64).alias("not_due"),
        late.filter(outcome == Outcome.FINDING.value).max().alias("exposure_days"),
    )
    verdict = (
        pl.when(pl.col("findings") > 0)
        .then(pl.lit(Outcome.FINDING.value))
        .when(pl.col("undetermined") > 0)
        .then(pl.lit(Outcome.UNDETERMINED.value))
        .when(pl.col("not_due") > 0)
        .then(pl.lit(Outcome.NOT_DUE.value))
        .when(pl.col("incident_ref").is_in(passed.implode()))
        .then(pl.lit(Outcome.PASS.value))
        .otherwise(pl.lit(Outcome.OUT_OF_SCOPE.value))
    )
    return (
        incidents.join(scored, on="incident_ref", how="left")
        .join(counts, on="incident_ref", how="left")
        .with_columns(pl.col("findings", "undetermined").fill_null(0), verdict=verdict)
        .sort(-pl.col("score"), "reported_at", "incident_ref")
        .with_columns(place=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
        .select(pl.col(name).cast(dtype) for name, dtype in ORDER.items())
    )
