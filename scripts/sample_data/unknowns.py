"""Scenarios of what a rejected row leaves unknown: a rejected row never turns into a false no."""

from sample_data.cells import DIFFERS, NO_31ST, NO_MONTH_13, QUIET, Messy
from sample_data.extract import FINDING, NOT_DUE, UNDETERMINED


def may_be_referred(messy: Messy, incident: str, child: str = "", *, outcome: str = UNDETERMINED) -> None:
    """State that there may be a form for the child, and that it may have been late."""
    for rule in ("REF001", "REF003"):
        messy.expect(rule, outcome, incident, child)


def a_rejected_form_is_no_proof_of_a_missing_one(messy: Messy) -> None:
    """A child whose only form was rejected may have been referred, and late: cannot tell."""
    messy.domestic("INC-M-431", child_count="1")
    messy.child("INC-M-431", "CH-M-431")
    messy.form("INC-M-431", "REF-M-431", "CH-M-431", "submitted without submitted_at", submitted_at="")
    may_be_referred(messy, "INC-M-431", "CH-M-431")

    messy.domestic("INC-M-432", child_count="3")  # a form for all, unreadable: two named and the unnamed rest
    messy.form("INC-M-432", "REF-M-432", "", "not a choice", status="sent")
    for child in ("CH-M-432", "CH-M-433"):
        messy.child("INC-M-432", child)
        may_be_referred(messy, "INC-M-432", child)
    may_be_referred(messy, "INC-M-432")
    messy.expect("CHD001", FINDING, "INC-M-432")

    messy.domestic("INC-M-434", child_count="1")  # two versions of one form
    messy.child("INC-M-434", "CH-M-434")
    for submitted_by in ("officer", "cpso"):
        messy.form("INC-M-434", "REF-M-434", "CH-M-434", DIFFERS, submitted_by=submitted_by)
    may_be_referred(messy, "INC-M-434", "CH-M-434")

    messy.domestic("INC-M-435", "2026-11-01T06:00:00", "2026-11-01T09:00:00", child_count="1")  # not yet due
    messy.child("INC-M-435", "CH-M-435")
    messy.form("INC-M-435", "REF-M-435", "CH-M-435", "not a date-time", submitted_at=f"{NO_MONTH_13} 09:00")
    may_be_referred(messy, "INC-M-435", "CH-M-435", outcome=NOT_DUE)


def a_rejected_form_proves_nothing_more(messy: Messy) -> None:
    """It says nothing of a sibling whom it does not name, of another incident, or against a form that was accepted."""
    messy.domestic("INC-M-441", child_count="3")
    messy.form("INC-M-441", "REF-M-441", "CH-M-441", "after as_of", submitted_at="2026-12-07T09:00:00")
    for child in ("CH-M-441", "CH-M-442"):
        messy.child("INC-M-441", child)
    may_be_referred(messy, "INC-M-441", "CH-M-441")
    messy.expect("REF001", FINDING, "INC-M-441", "CH-M-442")
    messy.expect("CHD001", FINDING, "INC-M-441")
    messy.expect("REF001", FINDING, "INC-M-441")  # the unnamed third: only a form for all would cover it

    messy.domestic("INC-M-443", child_count="1")
    messy.child("INC-M-443", "CH-M-443")
    messy.form("INC-M-999", "REF-M-443", "CH-M-443", "no accepted incident INC-M-999")
    messy.expect("REF001", FINDING, "INC-M-443", "CH-M-443")

    messy.domestic("INC-M-444", child_count="1")
    messy.child("INC-M-444", "CH-M-444")
    messy.form("INC-M-444", "REF-M-444", "CH-M-444", "not a choice", status="sent")
    messy.form("INC-M-444", "REF-M-445", "CH-M-444")


def a_rejected_child_may_be_the_unnamed_one(messy: Messy) -> None:
    """A child counted but not named, beside a rejected children row: the row may be that child, or someone of age."""
    messy.domestic("INC-M-451", child_count="2")
    messy.child("INC-M-451", "CH-M-451")
    messy.form("INC-M-451", "REF-M-451", "CH-M-451")
    messy.child("INC-M-451", "CH-M-452", "not a date", date_of_birth=NO_31ST)
    for rule in ("CHD001", "REF001"):
        messy.expect(rule, UNDETERMINED, "INC-M-451")

    messy.domestic("INC-M-453", child_count="1")  # a form for all settles whether anybody was referred
    messy.child("INC-M-453", "CH-M-453", "not a date", date_of_birth=NO_31ST)
    messy.form("INC-M-453", "REF-M-453", "")
    messy.expect("CHD001", UNDETERMINED, "INC-M-453")


def a_master_takes_over_rejected_rows(messy: Messy) -> None:
    """What was rejected under a duplicate leaves the same unknown under its master."""
    messy.domestic("INC-M-461", child_count="1")
    messy.domestic("INC-M-462", status="duplicate", duplicate_of="INC-M-461")
    messy.child("INC-M-462", "CH-M-461")
    messy.form("INC-M-462", "REF-M-461", "CH-M-461", "submitted without submitted_at", submitted_at="")
    may_be_referred(messy, "INC-M-461", "CH-M-461")

    messy.domestic("INC-M-463", child_count="1")
    messy.domestic("INC-M-464", status="Duplicate", duplicate_of="INC-M-463")
    messy.child("INC-M-464", "CH-M-463", "not a date", date_of_birth=NO_31ST)
    for rule in ("CHD001", "REF001"):
        messy.expect(rule, UNDETERMINED, "INC-M-463")


def a_rejected_plan_leaves_plans_unknown(messy: Messy) -> None:
    """Which plans the child has is unknown, save for what accepted rows prove."""
    messy.child(QUIET, "CH-M-531")
    messy.add("plans", "not a choice", child_ref="CH-M-531", plan="CHP", started_on="2026-01-05")
    for rule in ("FLG001", "FLG002", "FLG003"):
        messy.expect(rule, UNDETERMINED, QUIET, "CH-M-531")

    messy.child(QUIET, "CH-M-532")  # whatever the plan is, it is flagged; a flag may have outlived it
    messy.add("plans", "not a choice", child_ref="CH-M-532", plan="CHP", started_on="2026-01-05")
    for flag in ("CP", "CIN", "LAC"):
        messy.add("flags", child_ref="CH-M-532", flag=flag, started_on="2026-01-06")
    messy.expect("FLG004", UNDETERMINED, QUIET, "CH-M-532")

    messy.child(QUIET, "CH-M-533")  # surely on a child protection plan without a flag, perhaps a child in need
    messy.add("plans", child_ref="CH-M-533", plan="CP", started_on="2026-01-05")
    messy.add("plans", "missing", child_ref="CH-M-533", started_on="2026-01-05")
    messy.expect("FLG001", FINDING, QUIET, "CH-M-533")
    messy.expect("FLG002", UNDETERMINED, QUIET, "CH-M-533")


def a_rejected_flag_leaves_flags_unknown(messy: Messy) -> None:
    """Which flags the child has is unknown, save for what accepted rows prove."""
    for child, plan, ended_on, rule in (
        ("CH-M-541", "CP", "", "FLG001"),
        ("CH-M-542", "CIN", "", "FLG002"),
        ("CH-M-543", "CP", "2026-09-30", "FLG003"),
    ):
        messy.child(QUIET, child)
        messy.add("plans", child_ref=child, plan=plan, started_on="2026-01-05", ended_on=ended_on)
        messy.add("flags", "missing", child_ref=child, started_on="2026-01-06")
        messy.expect(rule, UNDETERMINED, QUIET, child)
    messy.expect("FLG004", UNDETERMINED, QUIET, "CH-M-543")

    messy.child(QUIET, "CH-M-544")
    messy.add("plans", child_ref="CH-M-544", plan="LAC", started_on="2026-01-05")
    messy.add("flags", child_ref="CH-M-544", flag="lac", started_on="06/01/2026")
    messy.add("flags", "not a date", child_ref="CH-M-544", flag="LAC", started_on="in October")
