"""What a supervisor's decision makes of an open finding: off the worklist while it holds, and why it comes back.

From the issue that asked for it: a settled finding comes back when the facts behind it change, or when its decision
expires (policy `review_after_days`); a referral that a decision names must appear in an extract within that time. The
facts are compared by their digest (checker.evidence_digest), of a line that was listed before there were digests by
the sentence that told them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, and_, case, func, select, update
from sqlalchemy.orm import aliased

from checker.config import LONDON
from checker.facts.evidence_text import ABOUT_OTHERS
from checker.london_time import UTC_TIME
from checker.models import OPEN, Decision, FindingStatus, Outcome
from checker.store.confirmations import last_step
from checker.store.frames import read_frame
from checker.store.life import RESOLVED
from checker.store.runs import SWEEPS
from checker.store.tables import ConfirmationRow, DispositionRow, EventRow, FindingRow, RunRow, VerdictRow

_STATED = ("decision", "reason", "reference", "decided_by")
_SHOWN = ("outcome", "evidence", "due_at")  # what the supervisor saw of the facts
_DECIDED_SCHEMA = pl.Schema(
    {
        **dict.fromkeys(("finding_id", *_STATED), pl.String()),
        "recorded_at": UTC_TIME,
        "is_confirmed": pl.Boolean(),
        "decided_in": pl.Int64(),
        "opened_in": pl.Int64(),
        "outcome_then": pl.String(),
        "evidence_then": pl.String(),
        "due_at_then": UTC_TIME,
        "digest_then": pl.String(),
        "policy_then": pl.String(),
    }
)
_WITHOUT_DIGEST = pl.Schema(
    {
        "finding_id": pl.String(),
        "sequence": pl.Int64(),
        **{name: UTC_TIME if name == "due_at" else pl.String() for name in _SHOWN},
        **{f"{name}_then": UTC_TIME if name == "due_at" else pl.String() for name in _SHOWN},
        "evidence_digest": pl.String(),
    }
)
DECISIONS_SCHEMA = pl.Schema(
    {
        **dict.fromkeys(("finding_id", *_STATED), pl.String()),
        **dict.fromkeys(("decided_on", "settled_until"), pl.Date()),
        "evidence_then": pl.String(),
        "due_by_old_policy": UTC_TIME,
    }
)
_DECIDED_IN = pl.Schema(
    {
        **dict.fromkeys(("finding_id", *_STATED), pl.String()),
        "recorded_at": UTC_TIME,
        "evidence_then": pl.String(),
    }
)
_LISTED_FOR_A_PERSON = and_(
    VerdictRow.status.in_([status.value for status in OPEN]), VerdictRow.outcome != Outcome.NOT_DUE.value
)


def decided(connection: Connection, sequence: int) -> pl.DataFrame:
    """The last decision about each finding that the run of that sequence knew of, and what was decided upon.

    That is the line of the finding in the list in which the decision was made: `outcome_then` and so on, null where it
    was purged. `digest_then` is as that run knew it; `policy_then` is the digest of the policy that the line was judged
    by. `opened_in` is the sequence of the run that opened the finding last; `is_confirmed` whether the referral which
    the decision names was there, submitted, when it was last seen.
    """
    last = select(func.max(DispositionRow.id)).where(
        DispositionRow.known_to < sequence, DispositionRow.run.not_in(SWEEPS)
    )
    opened = (
        select(func.max(EventRow.sequence))
        .where(EventRow.finding_id == DispositionRow.finding_id, EventRow.event != RESOLVED)
        .where(EventRow.sequence <= sequence)
        .scalar_subquery()
    )
    then, judged_in = aliased(VerdictRow), aliased(RunRow)
    statement = (
        select(
            DispositionRow.finding_id,
            *(getattr(DispositionRow, name) for name in _STATED),
            DispositionRow.recorded_at,
            ConfirmationRow.is_submitted,
            RunRow.sequence,
            opened,
            *(getattr(then, name) for name in _SHOWN),
            case((func.coalesce(then.digest_since, 0) <= sequence, then.evidence_digest)),
            judged_in.policy_digest,
        )
        .select_from(DispositionRow)
        .join(RunRow, RunRow.id == DispositionRow.run)
        .outerjoin(ConfirmationRow, last_step(sequence))
        .outerjoin(
            then,
            and_(
                then.finding_id == DispositionRow.finding_id,
                then.sequence == line_known_to(DispositionRow.finding_id, RunRow.sequence),
            ),
        )
        .outerjoin(judged_in, judged_in.sequence == then.sequence)
        .where(DispositionRow.id.in_(last.group_by(DispositionRow.finding_id)))
        .order_by(DispositionRow.id)
    )
    return read_frame(connection, statement, _DECIDED_SCHEMA)


def give_digests(connection: Connection) -> None:
    """Give each line that was decided upon and has no digest that of the newest line, where this says the same.

    It was listed before there were digests. From the last run on its facts are compared and no longer its sentence; how
    the runs before that stand to it stays as it was.
    """
    last = select(func.max(DispositionRow.id)).where(DispositionRow.run.not_in(SWEEPS))
    then, now = aliased(VerdictRow), aliased(VerdictRow)
    statement = (
        select(
            then.finding_id,
            then.sequence,
            *(getattr(line, name) for line in (now, then) for name in _SHOWN),
            now.evidence_digest,
        )
        .select_from(DispositionRow)
        .join(RunRow, RunRow.id == DispositionRow.run)
        .join(FindingRow, FindingRow.finding_id == DispositionRow.finding_id)
        .join(now, and_(now.finding_id == FindingRow.finding_id, now.sequence == FindingRow.listed_in))
        .join(
            then,
            and_(
                then.finding_id == FindingRow.finding_id,
                then.sequence == line_known_to(DispositionRow.finding_id, RunRow.sequence),
            ),
        )
        .where(DispositionRow.id.in_(last.group_by(DispositionRow.finding_id)))
        .where(then.evidence_digest.is_(None), now.evidence_digest.is_not(None))
    )
    lines = read_frame(connection, statement, _WITHOUT_DIGEST)
    alike = lines.filter(_is_same("outcome"), _is_same("due_at"), _says_the_same())
    since = connection.execute(select(func.max(RunRow.sequence))).scalar_one()
    for finding_id, sequence, digest in alike.select("finding_id", "sequence", "evidence_digest").iter_rows():
        line = update(VerdictRow).where(VerdictRow.finding_id == finding_id, VerdictRow.sequence == sequence)
        connection.execute(line.values(evidence_digest=digest, digest_since=since))


def decided_in(connection: Connection, number: int) -> pl.DataFrame:
    """The last decision about each line of one sweep (DECISIONS_SCHEMA); it settles nothing but that line."""
    last = select(func.max(DispositionRow.id)).where(DispositionRow.run == number).group_by(DispositionRow.finding_id)
    stated = (getattr(DispositionRow, name) for name in ("finding_id", *_STATED, "recorded_at"))
    chosen = (
        select(*stated, VerdictRow.evidence)
        .join(RunRow, RunRow.id == DispositionRow.run)
        .outerjoin(
            VerdictRow,
            and_(VerdictRow.finding_id == DispositionRow.finding_id, VerdictRow.sequence == RunRow.sequence),
        )
        .where(DispositionRow.id.in_(last))
        .order_by(DispositionRow.id)
    )
    rows = read_frame(connection, chosen, _DECIDED_IN)
    decided_on = pl.col("recorded_at").dt.convert_time_zone(LONDON).dt.date().alias("decided_on")
    unknown = (pl.lit(None, DECISIONS_SCHEMA[name]).alias(name) for name in ("settled_until", "due_by_old_policy"))
    return rows.with_columns(decided_on, *unknown).select(DECISIONS_SCHEMA.names())


def line_known_to(finding_id: Any, sequence: Any) -> Any:
    """The sequence of the run that listed a finding for a person last, up to the run of a sequence; a subquery."""
    newest = select(func.max(VerdictRow.sequence)).where(_LISTED_FOR_A_PERSON)
    return (
        newest.where(VerdictRow.finding_id == finding_id, VerdictRow.sequence <= sequence)
        .correlate_except(VerdictRow)
        .scalar_subquery()
    )


def with_standing(
    lines: pl.DataFrame, known: pl.DataFrame, days: Mapping[str, int], policy_digest: str, as_of: datetime
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The lines with a `status` that heeds what was decided, and the decisions about them (DECISIONS_SCHEMA).

    Args:
        lines: Findings with `finding_id`, `status`, `outcome`, `evidence`, `due_at`, `evidence_digest`; one not open
            stays as it is.
        known: See `decided`.
        days: The policy's `review_after_days`.
        policy_digest: That of the policy.
        as_of: The moment of the extract, at which a decision may have expired.
    """
    joined = lines.lazy().join(known.lazy(), on="finding_id", how="left", maintain_order="left")
    by_decision = {decision.value: days.get(decision.key, 0) for decision in Decision}
    lasts = pl.col("decision").replace_strict(by_decision, default=0, return_dtype=pl.Int64)
    decided_on = pl.col("recorded_at").dt.convert_time_zone(LONDON).dt.date()
    until = decided_on + pl.duration(days=lasts)
    today = pl.lit(as_of, UTC_TIME).dt.convert_time_zone(LONDON).dt.date()
    reopened = (pl.col("opened_in") > pl.col("decided_in")).fill_null(value=False)
    rests_on_the_same = (
        pl.when(pl.col("evidence_digest").is_not_null() & pl.col("digest_then").is_not_null())
        .then(pl.col("evidence_digest") == pl.col("digest_then"))
        .otherwise(_says_the_same())
    )
    is_changed = reopened | ~rests_on_the_same | ~_is_same("outcome") | ~_is_same("due_at")
    is_due_otherwise = ~reopened & rests_on_the_same & ~_is_same("due_at") & (pl.col("policy_then") != policy_digest)
    is_confirmed = pl.col("is_confirmed").fill_null(value=False)
    names_referral = pl.col("decision") == Decision.REFERRAL_ALREADY_MADE.value
    is_review = pl.col("decision") == Decision.UNDER_REVIEW.value
    stays = pl.when(is_review).then(pl.lit(FindingStatus.UNDER_REVIEW.value)).otherwise("status")
    expired = (
        pl.when(names_referral)
        .then(pl.lit(FindingStatus.REFERRAL_NOT_FOUND.value))
        .otherwise(pl.lit(FindingStatus.DECISION_EXPIRED.value))
    )
    is_open = pl.col("status").is_in([status.value for status in OPEN])
    standing = (
        pl.when(~is_open | pl.col("decision").is_null())
        .then("status")
        .when(lasts == 0)
        .then(stays)
        .when(is_changed)
        .then(pl.lit(FindingStatus.EVIDENCE_CHANGED.value))
        .when(is_confirmed)
        .then(pl.lit(FindingStatus.SETTLED.value))
        .when(until < today)
        .then(expired)
        .otherwise(pl.lit(FindingStatus.SETTLED.value))
    )
    after = joined.with_columns(status=standing, is_open=is_open).collect()
    holds = (pl.col("status") == FindingStatus.SETTLED.value) & ~is_confirmed
    decisions = after.filter(pl.col("decision").is_not_null() & pl.col("is_open")).select(
        "finding_id",
        *_STATED,
        decided_on.alias("decided_on"),
        pl.when(holds).then(until).alias("settled_until"),
        "evidence_then",
        pl.when(is_due_otherwise).then("due_at_then").alias("due_by_old_policy"),
    )
    return after.select(lines.columns), decisions


def _says_the_same() -> pl.Expr:
    return _of_itself("evidence").eq_missing(_of_itself("evidence_then"))


def _of_itself(evidence: str) -> pl.Expr:
    """The evidence without what it says of other children: a form for a sibling changes nothing for this child."""
    return pl.col(evidence).str.replace_all(ABOUT_OTHERS, "")


def _is_same(name: str) -> pl.Expr:
    return pl.col(name).eq_missing(pl.col(f"{name}_then"))
