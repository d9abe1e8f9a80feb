"""The findings in the store: what a run makes of their life, and what was known of them after any run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, Select, and_, bindparam, func, select, update
from sqlalchemy.orm import aliased

from checker.evaluation import FINDING_SCHEMA, Judged, subject_ids
from checker.facts.fact import UTC_TIME
from checker.models import OPEN, FindingStatus, Outcome, RuleResult, RuleStatus, Run, Severity
from checker.store.frames import insert_frame, read_frame, unpacked
from checker.store.life import KNOWN_SCHEMA, RESOLVED, days_between, life_after
from checker.store.tables import EventRow, ExaminedRow, FindingRow, RuleResultRow, RunRow, VerdictRow

CARRIED_SCHEMA = pl.Schema({**FINDING_SCHEMA, "last_examined": UTC_TIME, "why": pl.String()})

_PRESENT = ("finding_id", "rule_id", "state", "outcome", "first_seen", "opened_at", "last_examined", "resolved_at")
_DESCRIBED = ("severity", "incident_ref", "child_ref", "district", "team", "officer_id", "supervisor_id", "message")
_SELECTED = {
    **{name: UTC_TIME if name in KNOWN_SCHEMA and KNOWN_SCHEMA[name] == UTC_TIME else pl.String() for name in _PRESENT},
    **dict.fromkeys(_DESCRIBED, pl.String()),
}
PRESENT_SCHEMA = pl.Schema(
    {
        **dict.fromkeys(("finding_id", "rule_id", "severity", "outcome", "status"), pl.String()),
        "days_open": pl.Int64(),
        **dict.fromkeys(("incident_ref", "child_ref", "district", "team", "officer_id", "supervisor_id"), pl.String()),
        **dict.fromkeys(("first_seen", "last_examined", "resolved_at"), UTC_TIME),
        "message": pl.String(),
    }
)

_LINE = [getattr(VerdictRow, name) for name in FINDING_SCHEMA.names()]


def remember(connection: Connection, sequence: int, run: Run, judged: Sequence[Judged]) -> None:
    """Put down the lines of a run, and take each finding that it judged one step on in its life."""
    as_of = run.record.as_of
    known = read_frame(connection, select(*(getattr(FindingRow, name) for name in KNOWN_SCHEMA)), KNOWN_SCHEMA)
    listed = run.findings.select("finding_id", "outcome")
    others = [listed, *_verdicts_on(known.join(listed, on="finding_id", how="anti"), judged)]
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
    stands = ("finding_id", "state", "first_seen", "opened_at", "last_examined", "resolved_at", "outcome")
    first = news.join(known, on="finding_id", how="anti").select(
        *stands, rule_id=pl.col("finding_id").str.split("-").list.first(), listed_in=pl.lit(sequence)
    )
    insert_frame(connection, FindingRow, first)
    changed = news.join(known, on="finding_id", how="semi").select(*stands)
    for part, also in (
        (changed.join(listed, on="finding_id", how="semi"), {"listed_in": sequence}),
        (changed.join(listed, on="finding_id", how="anti"), {}),
    ):
        values: dict[str, Any] = {name: bindparam(name) for name in stands[1:]} | also
        statement = update(FindingRow).where(FindingRow.finding_id == bindparam("key")).values(values)
        rows = part.rename({"finding_id": "key"}).to_dicts()
        if rows:
            connection.execute(statement, rows)


def _verdicts_on(known: pl.DataFrame, judged: Sequence[Judged]) -> list[pl.DataFrame]:
    """The verdicts that were given on the known findings; a finding whose subject was not judged has none."""
    verdicts = []
    for part in judged:
        ids = subject_ids(part.keys)
        for rule_id in part.outcomes.columns:
            all_of_it = pl.DataFrame({"finding_id": rule_id + "-" + ids, "outcome": part.outcomes[rule_id]})
            verdicts.append(all_of_it.join(known, on="finding_id", how="semi"))
    return verdicts


def _seen_since(connection: Connection, unknown: pl.DataFrame, as_of: datetime) -> pl.Series:
    """Those of the ids whose rule has run over their subject in a run of a newer extract."""
    newer = and_(RunRow.sequence.is_not(None), RunRow.as_of > as_of)
    seen = [pl.DataFrame(schema={"finding_id": pl.String})]
    parts = unknown.select(
        "finding_id",
        rule_id=pl.col("finding_id").str.split("-").list.first(),
        id=pl.col("finding_id").str.split("-").list.last().str.to_integer(base=16, dtype=pl.UInt64),
    )
    if unknown.height:
        for number in connection.execute(select(RunRow.id).where(newer)).scalars().all():
            ran = select(RuleResultRow.rule_id).where(
                RuleResultRow.run == number, RuleResultRow.status == RuleStatus.RUN.value
            )
            rules = connection.execute(ran).scalars().all()
            blobs = connection.execute(select(ExaminedRow.ids).where(ExaminedRow.run == number)).scalars().all()
            for blob in blobs:
                judged_then = pl.col("rule_id").is_in(rules) & pl.col("id").is_in(unpacked(blob).implode())
                seen.append(parts.filter(judged_then).select("finding_id"))
    return pl.concat(seen).get_column("finding_id").unique()


def listed(connection: Connection, sequence: int) -> pl.DataFrame:
    """The lines of the run of that sequence, in the contract's order (FINDING_SCHEMA)."""
    chosen = select(*_LINE).where(VerdictRow.sequence == sequence).order_by(VerdictRow.position)
    return read_frame(connection, chosen, FINDING_SCHEMA)


def resolved(connection: Connection, sequence: int, as_of: datetime) -> pl.DataFrame:
    """The findings that the run of that sequence resolved, as they were last listed (FINDING_SCHEMA)."""
    ended = select(EventRow.finding_id, EventRow.outcome).where(
        EventRow.sequence == sequence, EventRow.event == RESOLVED
    )
    lines = _last_lines(connection, ended, sequence, as_of)
    return lines.with_columns(
        outcome=pl.col("outcome_then"),
        status=pl.lit(FindingStatus.RESOLVED.value),
        hours_overdue=pl.lit(None, pl.Float64),
    ).select(FINDING_SCHEMA.names())


def carried_over(
    connection: Connection, sequence: int, as_of: datetime, results: Mapping[str, RuleResult]
) -> pl.DataFrame:
    """The open findings that the run of that sequence neither confirmed nor resolved (CARRIED_SCHEMA)."""
    newest = select(EventRow.finding_id, func.max(EventRow.sequence).label("sequence"))
    newest_step = newest.where(EventRow.sequence <= sequence).group_by(EventRow.finding_id).subquery()
    still = select(EventRow.finding_id, EventRow.outcome).join(
        newest_step,
        and_(EventRow.finding_id == newest_step.c.finding_id, EventRow.sequence == newest_step.c.sequence),
    )
    lines = _last_lines(connection, still.where(EventRow.event != RESOLVED), sequence, as_of)
    is_listed = (pl.col("sequence") == sequence) & (pl.col("outcome") != Outcome.NOT_DUE.value)
    why = {rule_id: _why(rule_id, results.get(rule_id)) for rule_id in lines["rule_id"].unique()}
    return (
        lines.filter(~is_listed & (pl.col("last_examined") <= as_of))
        .with_columns(
            status=pl.lit(FindingStatus.STILL_OPEN.value),
            why=pl.when(pl.col("sequence") == sequence)
            .then(pl.lit("by what its record now says it is not yet due"))
            .otherwise(pl.col("rule_id").replace_strict(why, return_dtype=pl.String)),
        )
        .select(CARRIED_SCHEMA.names())
    )


def _why(rule_id: str, result: RuleResult | None) -> str:
    """Why a rule says nothing of a finding that is open."""
    if result is None:
        return f"{rule_id} is no longer in the rule pack"
    if result.status is RuleStatus.RUN:
        return "not in this extract: no accepted record of it"
    return f"{rule_id} gave no verdicts: {result.reason}"


def _last_lines(connection: Connection, chosen: Select[str, str], sequence: int, as_of: datetime) -> pl.DataFrame:
    """The line in which each chosen finding was listed as open for the last time up to the run of that sequence.

    `chosen` gives `finding_id` and `outcome`. The columns are FINDING_SCHEMA, with the days open until `as_of`, and
    `sequence` and `last_examined` of the run that listed it, and the chosen outcome as `outcome_then`.
    """
    ids, line = chosen.subquery(), aliased(VerdictRow)
    open_words = [status.value for status in OPEN]
    newest = select(func.max(line.sequence)).where(
        line.finding_id == ids.c.finding_id, line.sequence <= sequence, line.status.in_(open_words)
    )
    statement = (
        select(*_LINE, VerdictRow.sequence, RunRow.as_of.label("last_examined"), ids.c.outcome.label("outcome_then"))
        .select_from(VerdictRow)
        .join(ids, and_(VerdictRow.finding_id == ids.c.finding_id, VerdictRow.sequence == newest.scalar_subquery()))
        .join(RunRow, RunRow.sequence == VerdictRow.sequence)
        .order_by(VerdictRow.finding_id)
    )
    more = {"sequence": pl.Int64(), "last_examined": UTC_TIME, "outcome_then": pl.String()}
    lines = read_frame(connection, statement, pl.Schema({**FINDING_SCHEMA, **more}))
    since = days_between("last_examined", pl.lit(as_of, UTC_TIME))
    return lines.with_columns(days_open=pl.col("days_open") + since)


@dataclass(frozen=True)
class Wanted:
    """Which findings to list, None being any: `status` is open or a FindingStatus, `days` the least days open."""

    rule: str | None = None
    district: str | None = None
    status: str | None = None
    days: int | None = None


def present(connection: Connection, wanted: Wanted) -> pl.DataFrame:
    """The findings as they stand after the newest extract (PRESENT_SCHEMA), the oldest first within a severity."""
    newest = connection.execute(select(func.max(RunRow.as_of)).where(RunRow.sequence.is_not(None))).scalar_one()
    columns = [getattr(FindingRow if name in _PRESENT else VerdictRow, name) for name in _SELECTED]
    listed_in = and_(VerdictRow.finding_id == FindingRow.finding_id, VerdictRow.sequence == FindingRow.listed_in)
    statement = select(*columns).select_from(FindingRow).join(VerdictRow, listed_in).order_by(FindingRow.finding_id)
    if wanted.rule is not None:
        statement = statement.where(FindingRow.rule_id == wanted.rule)
    if wanted.district is not None:
        statement = statement.where(VerdictRow.district == wanted.district)
    rows = read_frame(connection, statement, pl.Schema(_SELECTED))
    moment = pl.lit(newest, UTC_TIME)
    status = (
        pl.when(state=RESOLVED)
        .then(pl.lit(FindingStatus.RESOLVED.value))
        .when(pl.col("first_seen") == moment)
        .then(pl.lit(FindingStatus.NEW.value))
        .when(pl.col("opened_at") == moment)
        .then(pl.lit(FindingStatus.REOPENED.value))
        .otherwise(pl.lit(FindingStatus.STILL_OPEN.value))
    )
    rows = rows.with_columns(
        status=status, days_open=days_between("opened_at", pl.coalesce("resolved_at", moment))
    ).select(PRESENT_SCHEMA.names())
    if wanted.status is not None:
        any_open = [status.value for status in OPEN]
        rows = rows.filter(pl.col("status").is_in(any_open if wanted.status == "open" else [wanted.status]))
    if wanted.days is not None:
        rows = rows.filter(pl.col("days_open") >= wanted.days)
    rank = pl.col("severity").replace_strict({each.value: place for place, each in enumerate(Severity)})
    return rows.sort(rank, -pl.col("days_open"), "rule_id", "incident_ref", "child_ref", nulls_last=True)
