"""The accepted rows, duplicates answered for by their masters, and what the rejected rows leave unknown."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from checker.schemas import empty_table
from checker.validation import ORPHAN, REFERENCES, Validated

_CODES = frozenset({"code_history.old_codes", "code_history.new_codes"})


@dataclass(frozen=True)
class Accepted:
    """What the facts are built from, as lazy frames; a table that was not supplied is an empty one.

    `incidents` are those that are a subject of their own. An incident with status duplicate whose `duplicate_of` names
    an accepted incident that is no duplicate itself is not among them: its master answers for it, and `children`,
    `referrals`, `notifications` and the rejected rows of these bear in `answered_by` the incident that answers for
    them, as do the rejected rows of `incidents`. `every_incident` has the duplicates too. Of the rejected rows there
    are the references that they bear; `orphaned_referrals` are those with which nothing else is wrong but that their
    incident is not accepted. `has_code_history` says whether that table was supplied with both of its columns of codes;
    without one of them it is as good as not supplied. `has_duplicates` says whether any incident is told as one.
    """

    has_duplicates: bool
    every_incident: pl.LazyFrame
    incidents: pl.LazyFrame
    children: pl.LazyFrame
    referrals: pl.LazyFrame
    plans: pl.LazyFrame
    flags: pl.LazyFrame
    notifications: pl.LazyFrame
    missing_episodes: pl.LazyFrame
    hub_receipts: pl.LazyFrame
    code_history: pl.LazyFrame
    rejected_incidents: pl.LazyFrame
    rejected_children: pl.LazyFrame
    rejected_referrals: pl.LazyFrame
    orphaned_referrals: pl.LazyFrame
    rejected_plans: pl.LazyFrame
    rejected_flags: pl.LazyFrame
    rejected_notifications: pl.LazyFrame
    rejected_missing_episodes: pl.LazyFrame
    rejected_hub_receipts: pl.LazyFrame
    rejected_code_history: pl.LazyFrame
    has_code_history: bool


def accepted_rows(validated: Validated) -> Accepted:
    """The tables of the extract as the facts need them."""
    if not has_code_history(validated):  # codes that nobody exported would read as if there had been none
        tables = {name: table for name, table in validated.tables.items() if name != "code_history"}
        validated = replace(validated, tables=tables)
    incidents = _accepted(validated, "incidents")
    masters = incidents.filter(pl.col("status") != "duplicate").select(master=pl.col("incident_ref"))
    duplicates = incidents.filter(pl.col("status") == "duplicate").select("incident_ref", "duplicate_of")
    answered_for = duplicates.join(masters, left_on="duplicate_of", right_on="master", how="inner")

    def answered(rows: pl.LazyFrame) -> pl.LazyFrame:
        answered_by = pl.coalesce("duplicate_of", "incident_ref").alias("answered_by")
        return rows.join(answered_for, on="incident_ref", how="left").with_columns(answered_by).drop("duplicate_of")

    return Accepted(
        has_duplicates=_has_duplicates(validated),
        every_incident=incidents,
        incidents=incidents.join(answered_for, on="incident_ref", how="anti"),
        children=answered(_accepted(validated, "children")),
        referrals=answered(_accepted(validated, "referrals")),
        plans=_accepted(validated, "plans"),
        flags=_accepted(validated, "flags"),
        notifications=answered(_accepted(validated, "notifications")),
        missing_episodes=_accepted(validated, "missing_episodes"),
        hub_receipts=_accepted(validated, "hub_receipts"),
        code_history=_accepted(validated, "code_history"),
        rejected_incidents=answered(_rejected(validated, "incidents")),
        rejected_children=answered(_rejected(validated, "children")),
        rejected_referrals=answered(_rejected(validated, "referrals")),
        orphaned_referrals=_orphaned_referrals(validated),
        rejected_plans=_rejected(validated, "plans"),
        rejected_flags=_rejected(validated, "flags"),
        rejected_notifications=answered(_rejected(validated, "notifications")),
        rejected_missing_episodes=_rejected(validated, "missing_episodes"),
        rejected_hub_receipts=_rejected(validated, "hub_receipts"),
        rejected_code_history=_rejected(validated, "code_history"),
        has_code_history=has_code_history(validated),
    )


def part_of(accepted: Accepted, incidents: pl.Series) -> Accepted:
    """The same for some of the incidents that answer for themselves, with all that the facts of these are read from.

    What rejected rows leave unknown, the duplicates and what is told of a child alone are there as before.
    """
    some = pl.LazyFrame({"of": incidents})

    def theirs(rows: pl.LazyFrame, by: str = "answered_by") -> pl.LazyFrame:
        return rows.join(some, left_on=by, right_on="of", how="semi")

    # A form may have rows under several incidents, and a receipt on one of them is one for the form.
    told = accepted.referrals.select("referral_ref", received_at="hub_received_at").drop_nulls()
    return replace(
        accepted,
        incidents=theirs(accepted.incidents, "incident_ref"),
        children=theirs(accepted.children),
        referrals=theirs(accepted.referrals),
        notifications=theirs(accepted.notifications),
        code_history=theirs(accepted.code_history, "incident_ref"),
        hub_receipts=pl.concat([accepted.hub_receipts.select("referral_ref", "received_at"), told]),
    )


def has_code_history(validated: Validated) -> bool:
    """Whether the extract says which closure codes the incidents bore before and after each change."""
    return validated.supplied >= _CODES


def _has_duplicates(validated: Validated) -> bool:
    supplied = validated.tables.get("incidents")
    return supplied is not None and "duplicate" in supplied.accepted.get_column("status")


def _accepted(validated: Validated, table: str) -> pl.LazyFrame:
    supplied = validated.tables.get(table)
    return empty_table(table).lazy() if supplied is None else supplied.accepted.lazy()


def _rejected(validated: Validated, table: str) -> pl.LazyFrame:
    """The references that the rejected rows of the table bear, as far as they can be read."""
    references = [name for name in REFERENCES if name in empty_table(table).columns]
    supplied = validated.tables.get(table)
    if supplied is None:
        return pl.LazyFrame(schema=dict.fromkeys(references, pl.String))
    return supplied.rejected.lazy().select(references)


def _orphaned_referrals(validated: Validated) -> pl.LazyFrame:
    reasons = pl.col("reasons")
    only_that = (reasons.list.len() == 1) & reasons.list.first().str.starts_with(ORPHAN)
    rows = validated.tables["referrals"].rejected.lazy().filter(only_that)
    return rows.select("referral_ref", "incident_ref")
