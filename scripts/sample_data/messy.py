"""messy/: every kind of rejection and repetition of contract section 2, in a few rows, as of 2 November 2026, 00:00."""

from datetime import datetime
from typing import Any

from sample_data import notations, rejections, unknowns
from sample_data.cells import QUIET, Messy
from sample_data.extract import COLUMNS, Extract, Table

AS_OF = datetime(2026, 11, 2)

TABLES: dict[str, dict[str, Any]] = {
    "incidents": {
        "columns": (
            "export_line", "incident_ref", "reported_at", "closed_at", "closure_codes", "domestic_abuse", "status",
            "duplicate_of", "children_in_household", "child_count", "officer_id", "team", "district",
        ),
        "encoding": "utf-8-sig",
    },
    "children": {"columns": COLUMNS["children"], "encoding": "windows-1252"},
    "referrals": {"columns": COLUMNS["referrals"], "delimiter": ";"},
    "plans": {"columns": COLUMNS["plans"], "delimiter": "\t"},
    "flags": {"columns": COLUMNS["flags"], "line_end": "\r\n"},
    "notifications": {"columns": ("notification_ref", "incident_ref", "child_ref", "notified_at", "outcome")},
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
    unknowns.a_rejected_form_is_no_proof_of_a_missing_one,
    unknowns.a_rejected_form_proves_nothing_more,
    unknowns.a_rejected_child_may_be_the_unnamed_one,
    unknowns.a_master_takes_over_rejected_rows,
    unknowns.a_rejected_plan_leaves_plans_unknown,
    unknowns.a_rejected_flag_leaves_flags_unknown,
    notations.a_line_break_in_a_cell,
)


def build() -> Extract:
    """The messy extract, with its manifest."""
    messy = Messy(TABLES)
    messy.other(QUIET)
    for scenario in SCENARIOS:
        scenario(messy)
    tables = [Table(name, rows=messy.rows[name], **form) for name, form in TABLES.items()]
    return Extract(AS_OF, datetime(2026, 2, 28), AS_OF, tables, messy.verdicts)
