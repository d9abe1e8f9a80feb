"""Scenarios of what a rejected row leaves unknown under the rules on forms, receipts, schools and missing children."""

from sample_data.cells import EVENING, NO_MONTH_13, QUIET, THE_DAY_AFTER, Messy
from sample_data.extract import FINDING, UNDETERMINED
from sample_data.unknowns import may_be_referred


def a_rejected_form_beside_a_draft(messy: Messy) -> None:
    """A draft waits to be sent, unless the form that was rejected is the one that was sent in its place."""
    messy.domestic("INC-M-471", child_count="1")
    messy.child("INC-M-471", "CH-M-471")
    messy.form("INC-M-471", "REF-M-471", "CH-M-471", status="draft", submitted_at="", hub_received_at="")
    messy.form("INC-M-471", "REF-M-472", "CH-M-471", "not a choice", status="sent")
    may_be_referred(messy, "INC-M-471", "CH-M-471")
    messy.expect("REF004", UNDETERMINED, "INC-M-471", "CH-M-471")


def a_concern_with_a_rejected_form(messy: Messy) -> None:
    """As with domestic abuse: the form may be there, and it may have been late."""
    messy.other("INC-M-473", concern_types="Neglect", history_checked_at=EVENING, risk_level="medium")
    messy.child("INC-M-473", "CH-M-473")
    messy.form("INC-M-473", "REF-M-473", "CH-M-473", "not a date-time", submitted_at="this morning")
    for rule in ("REF002", "REF003"):
        messy.expect(rule, UNDETERMINED, "INC-M-473", "CH-M-473")


def a_concern_that_may_be_domestic_abuse(messy: Messy) -> None:
    """A form is missing either way, but nobody can tell under which rule."""
    nobody_says = {"domestic_abuse": "", "closure_codes": "DST01", "risk_form_ref": ""}
    messy.domestic("INC-M-474", concern_types="other;emotional", child_count="1", **nobody_says)
    messy.child("INC-M-474", "CH-M-474")
    for rule in ("REF001", "REF002"):
        messy.expect(rule, UNDETERMINED, "INC-M-474", "CH-M-474")
    for rule in ("CLO001", "CLO003", "RSK001"):
        messy.expect(rule, UNDETERMINED, "INC-M-474")


def a_rejected_receipt(messy: Messy) -> None:
    """It may be the receipt of the form that it names, and of no other."""
    for number, received, outcome in ((475, "REF-M-475", UNDETERMINED), (476, "REF-M-999", FINDING)):
        incident, child = f"INC-M-{number}", f"CH-M-{number}"
        messy.domestic(incident, child_count="1")
        messy.child(incident, child)
        messy.form(incident, f"REF-M-{number}", child, hub_received_at="")
        messy.add("hub_receipts", "not a date-time", referral_ref=received, received_at=f"{NO_MONTH_13} 10:00")
        messy.expect("REF006", outcome, incident, child)


def a_rejected_notification(messy: Messy) -> None:
    """It may be of the child whom it names, or of every child, but of no sibling."""
    for number, named, outcome in (
        (477, "CH-M-477", UNDETERMINED),
        (478, "", UNDETERMINED),
        (479, "CH-M-999", FINDING),
    ):
        incident, child = f"INC-M-{number}", f"CH-M-{number}"
        messy.domestic(incident, children_in_household="yes")
        messy.child(incident, child)
        messy.form(incident, f"REF-M-{number}", child)
        messy.told(incident, "not a date-time", child_ref=named, notified_at="yesterday")
        messy.expect("ENC001", outcome, incident, child)


def a_rejected_change_of_codes(messy: Messy) -> None:
    """What the codes were when the search ran nobody can tell, though they are the right ones now."""
    messy.domestic("INC-M-481", child_count="1")
    messy.child("INC-M-481", "CH-M-481")
    messy.form("INC-M-481", "REF-M-481", "CH-M-481")
    messy.add("code_history", "missing", incident_ref="INC-M-481", old_codes="DOM", new_codes="DOM;QL23")
    messy.expect("CLO003", UNDETERMINED, "INC-M-481")


def a_missing_child_with_a_rejected_form(messy: Messy) -> None:
    """Nothing was done within a day, unless the rejected form was sent then."""
    concern = {"cause_for_concern": "Yes", "coordinator_allocated_at": "2026-10-07T20:00:01"}
    messy.child(QUIET, "CH-M-482")
    messy.episode("CH-M-482", "MIS-M-482", EVENING, **concern)
    messy.form(QUIET, "REF-M-482", "CH-M-482", "not a choice", status="sent")
    messy.expect("MIS002", UNDETERMINED, QUIET, "CH-M-482")

    messy.child(QUIET, "CH-M-483")
    messy.episode("CH-M-483", "MIS-M-483", EVENING, **concern)
    messy.expect("MIS002", FINDING, QUIET, "CH-M-483")

    messy.child(QUIET, "CH-M-484")  # a coordinator came exactly in time
    messy.episode("CH-M-484", "MIS-M-484", EVENING, **(concern | {"coordinator_allocated_at": THE_DAY_AFTER}))
