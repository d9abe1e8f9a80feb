"""What a run makes of the life of the findings: its lines are put down, and each takes one step on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import polars as pl
from sqlalchemy import Connection, and_, select

from checker.evaluation import Judged
from checker.finding_ids import finding_ids, rule_ids_in, subject_ids_in
from checker.london_time import UTC_TIME
from checker.models import Outcome, RuleStatus, Run
from checker.store.frames import insert_frame, read_frame, unpacked, update_frame
from checker.store.life import KNOWN_SCHEMA, RESOLVED, life_after
from checker.store.tables import EventRow, ExaminedRow, FindingRow, RuleResultRow, RunRow, VerdictRow

LISTED_IN = and_(VerdictRow.finding_id == FindingRow.finding_id, VerdictRow.sequence == FindingRow.listed_in)


def remember(
    connection: Connection, sequence: int, run: Run, judged: Sequence[Judged], fully_named: Collection[str]
) -> None:
    """Put down the lines of a run, and take each finding that it judged one step on in its life.

    `fully_named` are the incidents of which the run has seen that every child has a name, unless it judged a rest.
    """
    as_of = run.record.as_of
    known = read_frame(connection, select(*(getattr(FindingRow, name) for name in KNOWN_SCHEMA)), KNOWN_SCHEMA)
    listed = run.findings.select("finding_id", "outcome")
    others = [listed, *_verdicts_on(known.join(listed, on="finding_id", how="anti"), judged)]
    others.append(_named_by_now(connection, judged, fully_named).join(pl.concat(others), on="finding_id", how="anti"))
    unknown = listed.join(known, on="finding_id", how="anti")
    life = life_after(known, pl.concat(others), as_of, _seen_since(connection, unknown, as_of))
    lines = run.findings.drop("first_seen", "status", "days_open").join(
        life.select(
            "finding_id",
            pl.when(pl.col("status").is_not_null()).then("first_seen").alias("first_seen"),
            "status",
            "days_open",
        ),
        on="finding_id",
        how="left",
        maintain_order="left",
    )
    insert_frame(connection, VerdictRow, lines.with_columns(sequence=sequence).with_row_index("position"))
    life = life.sort("finding_id")  # the database is faster at keys in their order
    steps = life.filter(pl.col("event").is_not_null())
    insert_frame(
        connection,
        EventRow,
        steps.select("finding_id", "event", "outcome", sequence=pl.lit(sequence), as_of=pl.lit(as_of, UTC_TIME)),
    )
    _update(connection, sequence, life.filter("is_news"), known, listed)


def _update(
    connection: Connection, sequence: int, news: pl.DataFrame, known: pl.DataFrame, listed: pl.DataFrame
) -> None:
    begins = ("state", "first_seen", "opened_at", "resolved_at")
    first = news.join(known, on="finding_id", how="anti").select(
        *("finding_id", *begins, "last_examined", "outcome"),
        rule_id=rule_ids_in(pl.col("finding_id")),
        listed_in=pl.lit(sequence),
    )
    insert_frame(connection, FindingRow, first)
    changed = news.join(known, on="finding_id", how="semi")
    as_before = changed.join(known, on=["finding_id", *begins], how="semi", nulls_equal=True).select("finding_id")
    for is_listed in ("semi", "anti"):
        part = changed.join(listed, on="finding_id", how=is_listed).with_columns(listed_in=pl.lit(sequence))
        moved = ["finding_id", "last_examined", "outcome", *(["listed_in"] if is_listed == "semi" else [])]
        # Nearly all go on as they were: of these no index has to be touched.
        update_frame(
            connection, FindingRow, "finding_id", part.join(as_before, on="finding_id", how="semi").select(moved)
        )
        others = part.join(as_before, on="finding_id", how="anti")
        update_frame(connection, FindingRow, "finding_id", others.select(*moved, *begins))


def _verdicts_on(known: pl.DataFrame, judged: Sequence[Judged]) -> list[pl.DataFrame]:
    """The verdicts that were given on the known findings; a finding whose subject was not judged has none."""
    if known.is_empty():
        return []
    verdicts = []
    for part in judged:
        for rule_id in part.outcomes.columns:
            all_of_it = pl.select(finding_ids(pl.lit(rule_id), pl.lit(part.ids)), outcome=part.outcomes[rule_id])
            of_known = all_of_it.join(known, on="finding_id", how="semi")
            verdicts.append(of_known.with_columns(pl.col("outcome").cast(pl.String)))
    return verdicts


def _named_by_now(connection: Connection, judged: Sequence[Judged], fully_named: Collection[str]) -> pl.DataFrame:
    """The open findings on an unnamed rest of children whose incident has none if it was not judged one.

    They leave the scope of their rule: whoever was unnamed has a name and a verdict now, or is counted no more.
    """
    rules = [rule_id for part in judged if part.subject == "incident_child" for rule_id in part.outcomes.columns]
    chosen = (
        select(FindingRow.finding_id, VerdictRow.incident_ref)
        .join(VerdictRow, LISTED_IN)
        .where(FindingRow.state != RESOLVED, FindingRow.rule_id.in_(rules), VerdictRow.child_ref.is_(None))
    )
    gone = [finding_id for finding_id, ref in connection.execute(chosen) if ref in fully_named]
    return pl.DataFrame({"finding_id": gone}, schema={"finding_id": pl.String}).with_columns(
        outcome=pl.lit(Outcome.OUT_OF_SCOPE.value)
    )


def _seen_since(connection: Connection, unknown: pl.DataFrame, as_of: datetime) -> pl.Series:
    """Those of the ids on whose subject a run of a newer extract has given a verdict that would resolve a finding.

    Where it has listed one it was not yet due, for with another verdict the finding would be known.
    """
    newer = and_(RunRow.sequence.is_not(None), RunRow.as_of > as_of)
    seen = [pl.DataFrame(schema={"finding_id": pl.String})]
    parts = unknown.select(
        "finding_id",
        rule_id=rule_ids_in(pl.col("finding_id")),
        id=subject_ids_in(pl.col("finding_id")).str.to_integer(base=16, dtype=pl.UInt64),
    )
    if unknown.height:
        for number in connection.execute(select(RunRow.id).where(newer)).scalars().all():
            ran = select(RuleResultRow.rule_id).where(
                RuleResultRow.run == number, RuleResultRow.status == RuleStatus.RUN.value
            )
            rules = connection.execute(ran).scalars().all()
            of_run = select(VerdictRow.finding_id).join(RunRow, RunRow.sequence == VerdictRow.sequence)
            listed_then = connection.execute(of_run.where(RunRow.id == number)).scalars().all()
            asked = parts.filter(pl.col("rule_id").is_in(rules) & ~pl.col("finding_id").is_in(listed_then))
            blobs = connection.execute(select(ExaminedRow.ids).where(ExaminedRow.run == number)).scalars().all()
            seen += [asked.filter(pl.col("id").is_in(unpacked(blob).implode())).select("finding_id") for blob in blobs]
    return pl.concat(seen).get_column("finding_id").unique()
