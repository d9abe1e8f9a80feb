"""The referrals that decisions name are looked for in every extract that comes after."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from sqlalchemy import ColumnElement, Connection, and_, func, select
from sqlalchemy.orm import aliased

from checker.london_time import UTC_TIME
from checker.models import Decision, Rule
from checker.store.frames import insert_frame, read_frame
from checker.store.runs import SWEEPS
from checker.store.tables import ConfirmationRow, DispositionRow, FindingRow, VerdictRow

_NAMED = pl.Schema(
    {
        "disposition": pl.Int64(),
        **dict.fromkeys(("reference", "rule_id", "incident_ref", "child_ref"), pl.String()),
        "reported_at": UTC_TIME,
        "was_submitted": pl.Boolean(),
    }
)


def confirm(connection: Connection, sequence: int, referrals: pl.DataFrame, rules: Sequence[Rule]) -> None:
    """Put down what the run of that sequence has seen of the referrals that decisions name, where that is news.

    A referral confirms a decision where it is submitted and is for the same child. As where a rule looks for one
    (rules.md, "covered"), one that was submitted before the incident was reported belongs to something earlier, and
    only one for every child of the incident speaks for those of whom none is named. One that is there and no longer
    submitted confirms nothing any more; one that has left the extract was seen.

    Args:
        connection: Where it is put down.
        sequence: That of the run.
        referrals: Those of the extract; see checker.facts.referrals.
        rules: Those of the run.
    """
    last = select(func.max(DispositionRow.id)).where(
        DispositionRow.known_to < sequence, DispositionRow.run.not_in(SWEEPS)
    )
    line = (getattr(VerdictRow, name) for name in ("rule_id", "incident_ref", "child_ref", "reported_at"))
    chosen = (
        select(DispositionRow.id, DispositionRow.reference, *line, ConfirmationRow.is_submitted)
        .select_from(DispositionRow)
        .join(FindingRow, FindingRow.finding_id == DispositionRow.finding_id)
        .join(
            VerdictRow,
            and_(VerdictRow.finding_id == FindingRow.finding_id, VerdictRow.sequence == FindingRow.listed_in),
        )
        .outerjoin(ConfirmationRow, last_step(sequence))
        .where(
            DispositionRow.id.in_(last.group_by(DispositionRow.finding_id)),
            DispositionRow.decision == Decision.REFERRAL_ALREADY_MADE.value,
        )
    )
    named = read_frame(connection, chosen, _NAMED)
    if named.is_empty():
        return
    same_incident = pl.col("incident_ref") == pl.col("incident_ref_right")
    same_child = pl.col("child_ref") == pl.col("child_ref_right")
    for_all = pl.col("child_ref_right").is_null() & same_incident
    is_of_incident = pl.col("rule_id").is_in([rule.id for rule in rules if rule.subject == "incident"])
    of_incident = is_of_incident & pl.col("child_ref").is_null() & same_incident
    in_time = (pl.col("submitted_at") >= pl.col("reported_at")).fill_null(value=False)
    seen = (
        named.join(referrals, left_on=_alike("reference"), right_on=_alike("referral_ref"), how="inner")
        .filter(same_child | for_all | of_incident)
        .group_by("disposition", "was_submitted")
        .agg((pl.col("is_submitted") & in_time).any().alias("is_submitted"))
        .filter(pl.col("is_submitted") != pl.col("was_submitted").fill_null(value=False))
    )
    steps = seen.select("disposition", "is_submitted", sequence=pl.lit(sequence)).sort("disposition")
    insert_frame(connection, ConfirmationRow, steps)


def last_step(sequence: int) -> ColumnElement[bool]:
    """Of the confirmations of a decision, the last one up to the run of a sequence."""
    step = aliased(ConfirmationRow)
    newest = select(func.max(step.sequence)).where(step.disposition == DispositionRow.id, step.sequence <= sequence)
    return and_(
        ConfirmationRow.disposition == DispositionRow.id,
        ConfirmationRow.sequence == newest.correlate(DispositionRow).scalar_subquery(),
    )


def _alike(column: str) -> pl.Expr:
    return pl.col(column).str.strip_chars().str.to_lowercase()
