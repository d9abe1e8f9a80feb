"""messy/: every kind of rejection and repetition of contract section 2, in a few rows, as of 2 November 2026, 00:00."""

from datetime import datetime
from typing import Any

from sample_data import lookbacks, notations, rejections, unknowns, unsure
from sample_data.cells import QUIET, Messy
from sample_data.extract import COLUMNS, Extract, Table

AS_OF = datetime(2026, 11, 2)
COVERS_FROM = datetime(2025, 10, 1)

TABLES: dict[str, dict[str, Any]] = {
    "incidents": {
        "columns": (
            "export_line", "incident_ref", "reported_at", "closed_at", "closure_codes", "domestic_abuse", "status",
            "duplicate_of", "children_in_household", "child_count", "officer_id", "team", "district", "concern_types",
            "risk_form_ref", "risk_level", "reassessed_at", "victim_ref", "suspect_ref", "location_ref",
            "history_checked_at",
        ),
        "encoding": "utf-8-sig",
    },
    "children": {"columns": COLUMNS["children"], "encoding": "windows-1252"},
    "referrals": {"columns": COLUMNS["referrals"], "delimiter": ";"},
    "plans": {"columns": COLUMNS["plans"], "delimiter": "\t"},
    "flags": {"columns": COLUMNS["flags"], "line_end": "\r\n"},
    "notifications": {"columns": COLUMNS["notifications"]},
    "missing_episodes": {"columns": COLUMNS["missing_episodes"]},
    "hub_receipts": {"columns": COLUMNS["hub_receipts"]},
    "code_history": {"columns": COLUMNS["code_history"]},
}  # fmt: skip

SCENARIOS = (
    notations.mixed_notations,
    notations.clock_changes,
    notations.leap_day_birthday,
    notations.exactly_due_at_midnight,
    rejections.repeated_incidents,
    rejections.unreadable_incidents,
    rejections.impossible_incidents,
    rejections.incident_lines_of_a_wrong_length,
    rejections.unreadable_children,
    rejections.repeated_children,
    rejections.children_of_no_accepted_incident,
    rejections.unreadable_referrals,
    rejections.repeated_referrals,
    rejections.unreadable_plans,
    rejections.unreadable_flags,
    rejections.rejected_notifications,
    rejections.unreadable_episodes,
    rejections.unreadable_receipts,
    rejections.unreadable_changes_of_codes,
    unknowns.a_rejected_form_is_no_proof_of_a_missing_one,
    unknowns.a_rejected_form_proves_nothing_more,
    unknowns.a_rejected_child_may_be_the_unnamed_one,
    unknowns.a_master_takes_over_rejected_rows,
    unknowns.a_rejected_plan_leaves_plans_unknown,
    unknowns.a_rejected_flag_leaves_flags_unknown,
    unsure.a_rejected_form_beside_a_draft,
    unsure.a_concern_with_a_rejected_form,
    unsure.a_concern_that_may_be_domestic_abuse,
    unsure.a_rejected_receipt,
    unsure.a_rejected_notification,
    unsure.a_rejected_change_of_codes,
    unsure.a_missing_child_with_a_rejected_form,
    lookbacks.a_year_before,
    lookbacks.ninety_days_before,
    lookbacks.before_the_extract_begins,
    lookbacks.earlier_incidents_that_were_rejected,
    lookbacks.earlier_incidents_that_may_be_domestic_abuse,
    lookbacks.a_third_episode_in_ninety_days,
    lookbacks.episodes_that_were_rejected,
    notations.a_line_break_in_a_cell,
)


def build() -> Extract:
    """The messy extract, with its manifest."""
    messy = Messy(TABLES)
    messy.other(QUIET)
    for scenario in SCENARIOS:
        scenario(messy)
    tables = [Table(name, rows=messy.rows[name], **form) for name, form in TABLES.items()]
    return Extract(AS_OF, COVERS_FROM, AS_OF, tables, messy.verdicts)
