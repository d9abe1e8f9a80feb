"""What was known of the findings after any run, and how they stand now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from sqlalchemy import Connection, Select, and_, func, select
from sqlalchemy.orm import aliased

from checker.config import nearest
from checker.errors import ConfigError
from checker.evaluation import FINDING_SCHEMA
from checker.london_time import UTC_TIME
from checker.models import OPEN, TO_DO, FindingStatus, Outcome, Rule, RuleResult, RuleStatus, Severity
from checker.store.findings import LISTED_IN
from checker.store.frames import read_frame
from checker.store.life import KNOWN_SCHEMA, RESOLVED, days_between
from checker.store.runs import SWEEPS
from checker.store.standing import decided, with_standing
from checker.store.tables import EventRow, FindingRow, RuleResultRow, RunRow, VerdictRow

CARRIED_SCHEMA = pl.Schema({**FINDING_SCHEMA, "last_examined": UTC_TIME, "why": pl.String()})

_PRESENT = ("finding_id", "rule_id", "state", "outcome", "first_seen", "opened_at", "last_examined", "resolved_at")
_DESCRIBED = ("severity", "incident_ref", "child_ref", "district", "team", "officer_id", "supervisor_id", "message")
_SELECTED = {
    **{name: UTC_TIME if name in KNOWN_SCHEMA and KNOWN_SCHEMA[name] == UTC_TIME else pl.String() for name in _PRESENT},
    **dict.fromkeys(_DESCRIBED, pl.String()),
    "evidence": pl.String(),
    "due_at": UTC_TIME,
    "evidence_digest": pl.String(),
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

_NOT_THERE = "not in this extract: no accepted record of it, or one that another incident answers for"
_NOT_SAID = "not in this extract: no accepted record of it, or one that does not say whether every child is named"
_OF_THE_LIFE = and_(RunRow.sequence.is_not(None), RunRow.id.not_in(SWEEPS))
_LINE = [getattr(VerdictRow, name) for name in FINDING_SCHEMA.names()]


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
    connection: Connection, sequence: int, as_of: datetime, results: Mapping[str, RuleResult], rules: Sequence[Rule]
) -> pl.DataFrame:
    """The open findings that the run of that sequence neither confirmed nor resolved (CARRIED_SCHEMA).

    `results` and `rules` are those of the run.
    """
    newest = select(EventRow.finding_id, func.max(EventRow.sequence).label("sequence"))
    newest_step = newest.where(EventRow.sequence <= sequence).group_by(EventRow.finding_id).subquery()
    still = select(EventRow.finding_id, EventRow.outcome).join(
        newest_step,
        and_(EventRow.finding_id == newest_step.c.finding_id, EventRow.sequence == newest_step.c.sequence),
    )
    lines = _last_lines(connection, still.where(EventRow.event != RESOLVED), sequence, as_of)
    not_due = listed(connection, sequence).filter(outcome=Outcome.NOT_DUE.value).get_column("finding_id")
    why = {rule_id: _why(rule_id, results.get(rule_id)) for rule_id in lines["rule_id"].unique()}
    of_children = [rule.id for rule in rules if rule.subject == "incident_child"]
    is_rest = pl.col("rule_id").is_in(of_children) & pl.col("child_ref").is_null() & (pl.col("why") == _NOT_THERE)
    return (
        lines.filter((pl.col("sequence") != sequence) & (pl.col("last_examined") <= as_of))
        .with_columns(
            status=pl.lit(FindingStatus.STILL_OPEN.value),
            why=pl.when(pl.col("finding_id").is_in(not_due.implode()))
            .then(pl.lit("by what its record now says it is not yet due"))
            .otherwise(pl.col("rule_id").replace_strict(why, return_dtype=pl.String)),
        )
        .with_columns(why=pl.when(is_rest).then(pl.lit(_NOT_SAID)).otherwise("why"))
        .select(CARRIED_SCHEMA.names())
    )


def _why(rule_id: str, result: RuleResult | None) -> str:
    """Why a rule says nothing of a finding that is open."""
    if result is None:
        return f"{rule_id} is no longer in the rule pack"
    if result.status is RuleStatus.RUN:
        return _NOT_THERE
    return f"{rule_id} gave no verdicts: {result.reason}"


def _last_lines(connection: Connection, chosen: Select[str, str], sequence: int, as_of: datetime) -> pl.DataFrame:
    """The line in which each chosen finding was listed for a person for the last time up to the run of that sequence.

    `chosen` gives `finding_id` and `outcome`. The columns are FINDING_SCHEMA, with the days open until `as_of`, and
    `sequence` and `last_examined` of the run that listed it, and the chosen outcome as `outcome_then`.
    """
    ids, line = chosen.subquery(), aliased(VerdictRow)
    newest = select(func.max(line.sequence)).where(
        line.finding_id == ids.c.finding_id,
        line.sequence <= sequence,
        line.status.in_([status.value for status in OPEN]),
        line.outcome != Outcome.NOT_DUE.value,
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
    """Which findings to list, None being any; `days` is the least days open.

    `status` is open (to be worked) or a FindingStatus.
    """

    rule: str | None = None
    district: str | None = None
    status: str | None = None
    days: int | None = None


def present(connection: Connection, wanted: Wanted) -> pl.DataFrame:
    """The findings as they stand after the newest extract and every decision, the oldest first within a severity.

    The columns are PRESENT_SCHEMA.

    Raises:
        ConfigError: no run has had the wanted rule, or no line the wanted district: a slip of the pen must not look as
            if nothing were open.
    """
    _known_wishes(connection, wanted)
    newest = connection.execute(select(func.max(RunRow.as_of)).where(_OF_THE_LIFE)).scalar_one()
    columns = [getattr(FindingRow if name in _PRESENT else VerdictRow, name) for name in _SELECTED]
    statement = select(*columns).select_from(FindingRow).join(VerdictRow, LISTED_IN).order_by(FindingRow.finding_id)
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
    rows = rows.with_columns(status=status, days_open=days_between("opened_at", pl.coalesce("resolved_at", moment)))
    if newest is not None:
        rows, _ = with_standing(rows, *_decided_by_now(connection), newest)
    rows = rows.select(PRESENT_SCHEMA.names())
    if wanted.status is not None:
        any_open = [status.value for status in TO_DO]
        rows = rows.filter(pl.col("status").is_in(any_open if wanted.status == "open" else [wanted.status]))
    if wanted.days is not None:
        rows = rows.filter(pl.col("days_open") >= wanted.days)
    rank = pl.col("severity").replace_strict({each.value: place for place, each in enumerate(Severity)})
    return rows.sort(rank, -pl.col("days_open"), "rule_id", "incident_ref", "child_ref", nulls_last=True)


def _decided_by_now(connection: Connection) -> tuple[pl.DataFrame, dict[str, int], str]:
    """Every decision, how long each kind holds by the policy of the run of the newest extract, and its digest."""
    stored = select(RunRow.policy, RunRow.policy_digest).where(_OF_THE_LIFE)
    newest_first = stored.order_by(RunRow.as_of.desc(), RunRow.sequence.desc())
    policy, digest = connection.execute(newest_first.limit(1)).one()
    last = connection.execute(select(func.max(RunRow.sequence))).scalar_one() or 0
    return decided(connection, last + 1), (policy or {}).get("review_after_days", {}), digest


def _known_wishes(connection: Connection, wanted: Wanted) -> None:
    rules = connection.execute(select(RuleResultRow.rule_id).distinct()).scalars().all()
    if wanted.rule is not None and rules and wanted.rule not in rules:
        raise ConfigError(
            f"--rule: no run has had {wanted.rule!r}{nearest(wanted.rule, rules)}; see `checker rules list`"
        )
    if wanted.district is not None:
        line = select(VerdictRow.finding_id).where(VerdictRow.district == wanted.district).limit(1)
        if connection.execute(line).first() is None:
            raise ConfigError("--district: no finding is of that district; see `checker findings --format csv`")
