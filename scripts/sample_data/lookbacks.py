"""Scenarios of what lies within a year or 90 days before, to the second, and of what may lie there."""

from sample_data.cells import EVENING, NO_31ST, QUIET, Messy
from sample_data.extract import FINDING, UNDETERMINED

UNCHECKED = {"history_checked_at": ""}
NINETY_DAYS_BEFORE, A_SECOND_MORE = "2026-07-08T20:00:00", "2026-07-08T19:59:59"  # before EVENING


def a_year_before(messy: Messy) -> None:
    """An incident of the same victim exactly 365 days before is history; one a second older is not."""
    messy.domestic("INC-M-601", "2025-10-06T20:00:00", "2025-10-07T08:00:00", victim_ref="PER-601")
    messy.domestic("INC-M-602", victim_ref="PER-601", **UNCHECKED)
    messy.expect("HIS001", FINDING, "INC-M-602")

    messy.domestic("INC-M-603", "2025-10-06T19:59:59", "2025-10-07T08:00:00", victim_ref="PER-603")
    messy.domestic("INC-M-604", victim_ref="PER-603", **UNCHECKED)


def ninety_days_before(messy: Messy) -> None:
    """The first of three earlier incidents is exactly 90 days before, or a second more."""
    for number, first in ((611, NINETY_DAYS_BEFORE), (615, A_SECOND_MORE)):
        at = {"location_ref": f"LOC-{number}"}
        messy.domestic(f"INC-M-{number}", first, "2026-07-09T08:00:00", **at)
        messy.domestic(f"INC-M-{number + 1}", "2026-08-01T20:00:00", "2026-08-02T08:00:00", **at)
        messy.domestic(f"INC-M-{number + 2}", "2026-09-01T20:00:00", "2026-09-02T08:00:00", **at)
        messy.domestic(f"INC-M-{number + 3}", risk_level="Standard", **at)
    messy.expect("HIS002", FINDING, "INC-M-614")


def before_the_extract_begins(messy: Messy) -> None:
    """Of the year before, a second is not covered by the extract; a moment later all of it is."""
    messy.domestic("INC-M-621", "2026-09-30T23:59:59", "2026-10-01T08:00:00", **UNCHECKED)
    messy.expect("HIS001", UNDETERMINED, "INC-M-621")
    messy.domestic("INC-M-622", "2026-10-01T00:00:00", "2026-10-01T08:00:00", **UNCHECKED)


def earlier_incidents_that_were_rejected(messy: Messy) -> None:
    """A rejected row that names the same person in the same role, or the same child, may be an earlier incident."""
    messy.other("INC-M-631", "not a choice", status="finished", victim_ref="PER-631")
    messy.domestic("INC-M-632", victim_ref="PER-631", **UNCHECKED)
    messy.expect("HIS001", UNDETERMINED, "INC-M-632")
    messy.domestic("INC-M-633", suspect_ref="PER-631", **UNCHECKED)

    messy.domestic("INC-M-634", "2026-09-01T20:00:00", "2026-09-02T08:00:00")
    messy.child("INC-M-634", "CH-M-635", "not a date", date_of_birth=NO_31ST)
    messy.domestic("INC-M-635", child_count="1", **UNCHECKED)
    messy.child("INC-M-635", "CH-M-635")
    messy.form("INC-M-635", "REF-M-635", "CH-M-635")
    messy.expect("HIS001", UNDETERMINED, "INC-M-635")

    for day in ("2026-09-01", "2026-09-08"):
        messy.domestic(f"INC-M-64{day[-1]}", f"{day}T20:00:00", f"{day}T23:00:00", victim_ref="PER-641")
    messy.other("INC-M-642", "not an integer", child_count="two", victim_ref="PER-641")
    messy.domestic("INC-M-643", victim_ref="PER-641", risk_level="standard")
    messy.expect("HIS002", UNDETERMINED, "INC-M-643")


def earlier_incidents_that_may_be_domestic_abuse(messy: Messy) -> None:
    """Nothing says whether the earlier incident at the place was domestic abuse; a theft there is no history."""
    nobody_says = {"domestic_abuse": "", "closure_codes": "DST01", "risk_form_ref": ""}
    at = {"location_ref": "LOC-651"}
    messy.domestic("INC-M-651", "2026-09-01T20:00:00", "2026-09-02T08:00:00", **nobody_says, **at)
    messy.domestic("INC-M-652", **at, **UNCHECKED)
    for rule, incident in (("CLO001", "INC-M-651"), ("RSK001", "INC-M-651"), ("HIS001", "INC-M-652")):
        messy.expect(rule, UNDETERMINED, incident)

    messy.other("INC-M-653", reported_at="2026-09-01T20:00:00", location_ref="LOC-653", closure_codes="CRM04")
    messy.domestic("INC-M-654", location_ref="LOC-653", **UNCHECKED)


def a_third_episode_in_ninety_days(messy: Messy) -> None:
    """The first of three episodes without a coordinator is exactly 90 days before the last, or a second more."""
    for number, first in ((661, NINETY_DAYS_BEFORE), (662, A_SECOND_MORE)):
        messy.child(QUIET, f"CH-M-{number}")
        for place, reported_at in enumerate((first, "2026-08-01T20:00:00", EVENING)):
            reference = f"MIS-M-{number}{place}"
            messy.episode(f"CH-M-{number}", reference, reported_at, coordinator_allocated_at="")
    messy.expect("MIS001", FINDING, QUIET, "CH-M-661")


def episodes_that_were_rejected(messy: Messy) -> None:
    """A rejected episode may make up the third, where two others are there, or may be the one with a coordinator."""
    for number, accepted in ((663, 1), (664, 2), (665, 3)):
        child = f"CH-M-{number}"
        messy.child(QUIET, child)
        for place in range(accepted):
            reference, reported_at = f"MIS-M-{number}{place}", f"2026-10-0{place + 1}T20:00:00"
            messy.episode(child, reference, reported_at, coordinator_allocated_at="")
        messy.episode(child, f"MIS-M-{number}9", EVENING, "not yes/no", cause_for_concern="maybe")
    for child in ("CH-M-664", "CH-M-665"):
        messy.expect("MIS001", UNDETERMINED, QUIET, child)
