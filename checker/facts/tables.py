"""The tables as facts read them: accepted rows, duplicates under their masters, and references of rejected rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from checker.schemas import empty_table
from checker.validation import ORPHAN, REFERENCES, Validated

UNREAD = "unread"  # on an accepted row: the names of its columns whose cells could not be read
_CODES = frozenset({"code_history.old_codes", "code_history.new_codes"})


@dataclass(frozen=True)
class Tables:
    """What the facts are built from: one lazy frame for each table; a table that was not supplied is an empty one.

    `incidents` are those that are a subject of their own. An incident with status duplicate whose `duplicate_of` names
    an accepted incident that is not a duplicate is not among them: its master answers for it. `children`, `referrals`,
    `notifications`, the rejected rows of these and of `incidents` have a column `primary_ref`, the incident that
    answers for them. `every_incident` has the duplicates too. Where only a part is judged (`part_of`), `incidents` and
    `children` are of that part; `all_incidents` and `all_children` are always of the whole extract. Rejected rows are
    known by the references on them; `orphaned_referrals` are those whose only fault is that their incident is not
    accepted.

    `supplied` has the tables of the extract and their columns (`table.column`). `has_code_history` says whether that
    table was supplied with both of its columns of codes; without one of them it counts as not supplied. `unread` names
    the columns of each table in which some accepted row has a cell that could not be read.
    `shared` is what several plans look into, by the name under which it was found (checker.facts.engine).
    """

    supplied: frozenset[str]
    unread: Mapping[str, frozenset[str]]
    has_duplicates: bool
    has_code_history: bool
    every_incident: pl.LazyFrame
    all_incidents: pl.LazyFrame
    incidents: pl.LazyFrame
    all_children: pl.LazyFrame
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
    shared: Mapping[str, Any] = field(default_factory=dict)

    def unread_columns(self, table: str | None) -> frozenset[str]:
        """The columns of the table with a cell that could not be read; none where there is no table."""
        return self.unread.get(table, frozenset()) if table else frozenset()


def prepare_tables(validated: Validated) -> Tables:
    """The tables of the extract as the facts need them, prepared once for all that a run asks."""
    with_codes = validated.supplied >= _CODES
    if not with_codes:  # codes that nobody exported would read as if there had been none
        kept = {name: table for name, table in validated.tables.items() if name != "code_history"}
        validated = replace(validated, tables=kept)
    incidents = _accepted(validated, "incidents")
    is_duplicate = pl.col("status") == "duplicate"
    masters = incidents.filter(pl.col("status") != "duplicate").select(primary_ref="incident_ref")
    duplicates = incidents.filter(is_duplicate).select("incident_ref", primary_ref="duplicate_of")
    masters_of = duplicates.join(masters, on="primary_ref", how="semi")
    answers_for_itself = ~is_duplicate.fill_null(value=False)
    if masters_of.height < duplicates.height:
        alone = duplicates.join(masters_of, on="incident_ref", how="anti").get_column("incident_ref")
        answers_for_itself |= pl.col("incident_ref").is_in(alone.implode())

    def under_master(rows: pl.DataFrame) -> pl.LazyFrame:
        own = rows.get_column("incident_ref").alias("primary_ref")
        if masters_of.height:
            found = rows.select("incident_ref").join(masters_of, on="incident_ref", how="left", maintain_order="left")
            own = found.get_column("primary_ref").fill_null(own)
        return rows.with_columns(own).lazy()

    for_themselves = incidents.lazy().filter(answers_for_itself) if masters_of.height else incidents.lazy()
    children = under_master(_accepted(validated, "children"))
    return Tables(
        supplied=validated.supplied,
        unread={name: _unread_columns(table.accepted) for name, table in validated.tables.items()},
        has_duplicates=duplicates.height > 0,
        has_code_history=with_codes,
        every_incident=incidents.lazy(),
        all_incidents=for_themselves,
        incidents=for_themselves,
        all_children=children,
        children=children,
        referrals=under_master(_accepted(validated, "referrals")),
        plans=_accepted(validated, "plans").lazy(),
        flags=_accepted(validated, "flags").lazy(),
        notifications=under_master(_accepted(validated, "notifications")),
        missing_episodes=_accepted(validated, "missing_episodes").lazy(),
        hub_receipts=_accepted(validated, "hub_receipts").lazy(),
        code_history=_accepted(validated, "code_history").lazy(),
        rejected_incidents=under_master(_rejected(validated, "incidents")),
        rejected_children=under_master(_rejected(validated, "children")),
        rejected_referrals=under_master(_rejected(validated, "referrals")),
        orphaned_referrals=_orphaned_referrals(validated),
        rejected_plans=_rejected(validated, "plans").lazy(),
        rejected_flags=_rejected(validated, "flags").lazy(),
        rejected_notifications=under_master(_rejected(validated, "notifications")),
        rejected_missing_episodes=_rejected(validated, "missing_episodes").lazy(),
        rejected_hub_receipts=_rejected(validated, "hub_receipts").lazy(),
        rejected_code_history=_rejected(validated, "code_history").lazy(),
    )


def part_of(tables: Tables, incidents: pl.Series) -> Tables:
    """The same for some of the incidents that answer for themselves, with all that their facts are read from.

    References of rejected rows, the duplicates, and the tables about a child alone stay as they are.
    """
    some = incidents.alias("of").to_frame()

    def theirs(rows: pl.LazyFrame, by: str = "primary_ref") -> pl.LazyFrame:
        return rows.join(some.lazy(), left_on=by, right_on="of", how="semi", maintain_order="left").collect().lazy()

    # A form may have rows under several incidents, and a receipt on one of them counts for the form.
    receipts = tables.referrals.select("referral_ref", received_at="hub_received_at").drop_nulls()
    return replace(
        tables,
        incidents=theirs(tables.incidents, "incident_ref"),
        children=theirs(tables.children),
        referrals=theirs(tables.referrals),
        notifications=theirs(tables.notifications),
        code_history=theirs(tables.code_history, "incident_ref"),
        hub_receipts=pl.concat([tables.hub_receipts.select("referral_ref", "received_at"), receipts]),
    )


def _unread_columns(accepted: pl.DataFrame) -> frozenset[str]:
    if UNREAD not in accepted.columns:
        return frozenset()
    return frozenset(accepted.get_column(UNREAD).explode().drop_nulls().unique())


def _accepted(validated: Validated, table: str) -> pl.DataFrame:
    supplied = validated.tables.get(table)
    return empty_table(table) if supplied is None else supplied.accepted


def _rejected(validated: Validated, table: str) -> pl.DataFrame:
    """The references on the rejected rows of the table, as far as they can be read."""
    references = [name for name in REFERENCES if name in empty_table(table).columns]
    supplied = validated.tables.get(table)
    if supplied is None:
        return pl.DataFrame(schema=dict.fromkeys(references, pl.String))
    return supplied.rejected.select(references)


def _orphaned_referrals(validated: Validated) -> pl.LazyFrame:
    reasons = pl.col("reasons")
    only_that = (reasons.list.len() == 1) & reasons.list.first().str.starts_with(ORPHAN)
    rows = validated.tables["referrals"].rejected.lazy().filter(only_that)
    return rows.select("referral_ref", "incident_ref")
