"""Scenarios of rows that are rejected or collapse, arranged so that they leave nothing unknown."""

from sample_data.cells import DIFFERS, NO_31ST, NO_MONTH_13, QUIET, Messy
from sample_data.extract import FINDING


def repeated_incidents(messy: Messy) -> None:
    """Rows that say the same collapse, whatever their notation; rows that differ under one key are all rejected."""
    same = {"incident_ref": "INC-M-201", "reported_at": "2026-10-08T18:00:00", "domestic_abuse": "no"}
    messy.add("incidents", export_line="17", **same)
    messy.repeat("incidents", export_line="17", **same)
    messy.repeat("incidents", export_line="64", **same)  # the column is not of the contract
    messy.repeat("incidents", incident_ref="INC-M-201 ", reported_at="08/10/2026 18:00", domestic_abuse="N")

    messy.other("INC-M-202", DIFFERS, officer_id="PC-4101")
    messy.other("INC-M-202", DIFFERS, officer_id="PC-4102")

    messy.other("INC-M-203", officer_id="PC-4101")  # stands, for the other is rejected by itself
    messy.other("INC-M-203", "not from 0 to 30", officer_id="PC-4102", child_count="31")


def unreadable_incidents(messy: Messy) -> None:
    """A value that cannot be read, or is missing where it must be there, rejects its row; every reason is listed."""
    messy.other("", "missing")
    messy.other("INC-M-211", "missing", reported_at="")
    messy.other("INC-M-212", "not a date-time", reported_at="yesterday evening")
    messy.other("INC-M-213", "not a date-time", reported_at="10/25/2026 14:00")
    messy.other("INC-M-214", "not a date-time", closed_at=f"{NO_MONTH_13} 10:00")
    messy.other("INC-M-215", "year before 1900", reported_at="1899-12-31T23:59:00")
    messy.other("INC-M-216", "not yes/no", domestic_abuse="maybe")
    messy.other("INC-M-217", "not a choice", status="finished")
    messy.other("INC-M-218", "not a choice", children_in_household="perhaps")
    messy.other("INC-M-219", "not an integer", child_count="two")
    messy.other("INC-M-220", "not an integer", child_count="2.5")
    messy.other("INC-M-221", "not from 0 to 30", child_count="31")
    messy.other("INC-M-222", "not from 0 to 30", child_count="-1")
    messy.other("INC-M-223", "not yes/no", "not an integer", domestic_abuse="maybe", child_count="two")


def impossible_incidents(messy: Messy) -> None:
    """Times that cannot be: closed before reported, or after the moment of the extract; at that moment they can."""
    messy.other("INC-M-231", "before reported_at", closed_at="2026-10-06T19:59:59")
    messy.other("INC-M-232", "after as_of", reported_at="2026-11-02T00:00:01")
    messy.other("INC-M-233", "after as_of", closed_at="2026-11-02T00:00:01")
    messy.other("INC-M-234", reported_at="2026-11-02T00:00:00", closed_at="2026-11-02T00:00:00")
    without_master = {"status": "duplicate", "duplicate_of": "INC-M-212"}  # which is rejected
    messy.domestic("INC-M-235", closure_codes="DUP", **without_master)
    messy.expect("CLO001", FINDING, "INC-M-235")


def incident_lines_of_a_wrong_length(messy: Messy) -> None:
    """A line with fewer or more cells than the header is rejected, never padded or cut."""
    messy.line("incidents", "9 cells for 21 columns", "81,INC-M-241,2026-10-09T10:00:00,,,no,,,")
    messy.line("incidents", "22 cells for 21 columns", "82,INC-M-242,2026-10-09T10:00:00" + 19 * ",")


def unreadable_children(messy: Messy) -> None:
    """The rejections of children rows, all of an incident where they leave nothing unknown."""
    messy.child(QUIET, "", "missing")
    messy.child(QUIET, "CH-M-301", "not a date", date_of_birth=NO_31ST)
    messy.child(QUIET, "CH-M-302", "not a date", date_of_birth="02/25/2015")
    messy.child(QUIET, "CH-M-303", "year before 1900", date_of_birth="1890-05-01")
    messy.child(QUIET, "CH-M-304", "after as_of", date_of_birth="2026-11-03")
    messy.child(QUIET, "CH-M-305", "not yes/no", date_of_birth="", unborn="expected")
    messy.child(QUIET, "CH-M-306", "not yes/no", present="asleep")
    messy.line("children", "5 cells for 7 columns", f"{QUIET},CH-M-307,2015-04-09,,")
    messy.line("children", "8 cells for 7 columns", f"{QUIET},CH-M-308,2015-04-09,,,yes,,")


def repeated_children(messy: Messy) -> None:
    """A child listed twice alike is one child; listed twice with different days of birth, both rows are rejected."""
    messy.child(QUIET, "CH-M-311")
    messy.repeat("children", incident_ref=QUIET, child_ref="CH-M-311", date_of_birth="09/04/2015")
    messy.child(QUIET, "CH-M-312", DIFFERS)
    messy.child(QUIET, "CH-M-312", DIFFERS, date_of_birth="2016-04-09")


def children_of_no_accepted_incident(messy: Messy) -> None:
    """Orphans: of an incident never sent, of an unreadable one, and of one that was sent twice with differences."""
    for number, incident in enumerate(("INC-M-999", "INC-M-212", "INC-M-202"), start=321):
        messy.child(incident, f"CH-M-{number}", f"no accepted incident {incident}")


def unreadable_referrals(messy: Messy) -> None:
    """The rejections of referrals rows, all of an incident without domestic abuse."""
    messy.form(QUIET, "", "CH-M-401", "missing")
    messy.form("", "REF-M-402", "CH-M-402", "missing")
    messy.form(QUIET, "REF-M-403", "CH-M-403", "not a choice", status="sent")
    messy.form(QUIET, "REF-M-404", "CH-M-404", "not a choice", submitted_by="clerk")
    messy.form(QUIET, "REF-M-405", "CH-M-405", "not a date-time", submitted_at="this morning")
    messy.form(QUIET, "REF-M-406", "CH-M-406", "not a date-time", hub_received_at="10/25/2026 09:00")
    messy.form(QUIET, "REF-M-407", "CH-M-407", "after as_of", submitted_at="2026-11-02T00:00:01")
    messy.form(QUIET, "REF-M-408", "CH-M-408", "submitted without submitted_at", submitted_at="")
    messy.form("INC-M-999", "REF-M-409", "", "no accepted incident INC-M-999")
    messy.line("referrals", "6 cells for 7 columns", f"REF-M-410;{QUIET};CH-M-410;submitted;2026-10-07T09:00;cpso")
    messy.line("referrals", "8 cells for 7 columns", f"REF-M-411;{QUIET};CH-M-411;draft;;;;")


def repeated_referrals(messy: Messy) -> None:
    """A form sent twice alike collapses and goes on covering."""
    messy.domestic("INC-M-421", child_count="1")
    messy.child("INC-M-421", "CH-M-421")
    messy.form("INC-M-421", "REF-M-421", "CH-M-421")
    again = {"referral_ref": "REF-M-421", "incident_ref": "INC-M-421", "child_ref": "CH-M-421", "status": "Submitted"}
    times = {"submitted_at": "07/10/2026 09:00", "hub_received_at": "2026-10-07T10:00+01:00"}
    messy.repeat("referrals", submitted_by="OFFICER", **again, **times)


def unreadable_plans(messy: Messy) -> None:
    """The rejections of plans rows, all of children who are in no incident."""
    messy.add("plans", "missing", child_ref="CH-M-501", started_on="2026-01-05")
    messy.add("plans", "missing", child_ref="CH-M-502", plan="CP")
    messy.add("plans", "not a choice", child_ref="CH-M-503", plan="child protection", started_on="2026-01-05")
    messy.add("plans", "not a date", child_ref="CH-M-504", plan="CP", started_on="01/25/2026")
    messy.add("plans", "year before 1900", child_ref="CH-M-505", plan="CP", started_on="0026-01-05")
    day = "2026-01-05"
    messy.add("plans", "before started_on", child_ref="CH-M-506", plan="CP", started_on=day, ended_on="2026-01-04")
    messy.add("plans", child_ref="CH-M-507", plan="CP", started_on=day, ended_on=day)
    messy.line("plans", "3 cells for 5 columns", "CH-M-508\tCP\tneglect")
    messy.line("plans", "6 cells for 5 columns", "CH-M-509\tCP\tneglect\t2026-01-05\t\t")
    messy.add("plans", child_ref="CH-M-510", plan="CIN", started_on="2026-01-05")
    messy.repeat("plans", child_ref="CH-M-510", plan="cin", started_on="05/01/2026")


def unreadable_flags(messy: Messy) -> None:
    """The rejections of flags rows, all of children who are in no incident; two flags of one kind are two flags."""
    messy.add("flags", "missing", child_ref="CH-M-521", started_on="2026-01-05")
    messy.add("flags", "missing", child_ref="CH-M-522", flag="CP")
    messy.add("flags", "not a choice", child_ref="CH-M-523", flag="CPP", started_on="2026-01-05")
    messy.add("flags", "not a date", child_ref="CH-M-524", flag="CP", started_on="in January")
    messy.add("flags", "not a date", child_ref="CH-M-525", flag="CP", started_on="2026-01-05", ended_on="2026-02-29")
    messy.line("flags", "2 cells for 4 columns", "CH-M-526,CP")
    messy.line("flags", "5 cells for 4 columns", "CH-M-527,CP,2026-01-05,,")
    messy.add("flags", child_ref="CH-M-528", flag="CIN", started_on="2026-01-05", ended_on="2026-02-05")
    messy.add("flags", child_ref="CH-M-528", flag="CIN", started_on="2026-03-05")
    messy.repeat("flags", child_ref="CH-M-528", flag="CIN", started_on="05/03/2026")


def rejected_notifications(messy: Messy) -> None:
    """The rejections of notifications, of an incident without children, and a repetition."""
    sent = {"incident_ref": "INC-M-101", "notified_at": "2026-10-06T08:30:00", "outcome": "sent"}
    messy.add("notifications", notification_ref="ENC-M-1", **sent)
    messy.repeat("notifications", notification_ref="ENC-M-1", **(sent | {"outcome": "SENT"}))
    messy.add("notifications", "missing", notification_ref="ENC-M-2", **(sent | {"outcome": ""}))
    messy.add("notifications", "not a choice", notification_ref="ENC-M-3", **(sent | {"outcome": "by phone"}))
    messy.add("notifications", DIFFERS, notification_ref="ENC-M-4", **sent)
    messy.add("notifications", DIFFERS, notification_ref="ENC-M-4", **(sent | {"outcome": "failed"}))
    stray = sent | {"incident_ref": "INC-M-999"}
    messy.add("notifications", "no accepted incident INC-M-999", notification_ref="ENC-M-5", **stray)


def unreadable_episodes(messy: Messy) -> None:
    """The rejections of missing episodes, all of children of whom no episode can be read, and a repetition."""
    messy.episode("CH-M-561", "", "2026-10-06T20:00:00", "missing")
    messy.episode("", "MIS-M-562", "2026-10-06T20:00:00", "missing")
    messy.episode("CH-M-563", "MIS-M-563", "", "missing")
    nothing_else = dict.fromkeys(("returned_at", "coordinator_allocated_at", "return_interview_at"), "")
    messy.episode("CH-M-564", "MIS-M-564", "yesterday", "not a date-time", **nothing_else)
    messy.episode("CH-M-565", "MIS-M-565", "2026-11-02T00:00:01", "after as_of")
    messy.episode("CH-M-566", "MIS-M-566", "2026-10-06T20:00:00", "year before 1900", returned_at="0026-10-06T22:00")
    messy.episode("CH-M-567", "MIS-M-567", "2026-10-06T20:00:00", "not a choice", status="finished")
    messy.episode("CH-M-568", "MIS-M-568", "2026-10-06T20:00:00", "not yes/no", cause_for_concern="perhaps")
    for status in ("open", "closed"):
        messy.episode("CH-M-569", "MIS-M-569", "2026-10-06T20:00:00", DIFFERS, status=status)
    messy.line("missing_episodes", "3 cells for 8 columns", "MIS-M-570,CH-M-570,2026-10-06T20:00:00")
    messy.episode("CH-M-571", "MIS-M-571", "2026-10-06T20:00:00")
    same = {"returned_at": "06/10/2026 20:00", "cause_for_concern": "N", "status": "CLOSED"}
    times = ("reported_at", "coordinator_allocated_at", "return_interview_at")
    again = dict.fromkeys(times, "2026-10-06 20:00") | same
    messy.repeat("missing_episodes", episode_ref="MIS-M-571", child_ref="CH-M-571", **again)


def unreadable_receipts(messy: Messy) -> None:
    """The rejections of what the hub received, all of forms that are not in the extract, and a repetition."""
    messy.add("hub_receipts", "missing", received_at="2026-10-07T10:00:00")
    messy.add("hub_receipts", "missing", referral_ref="REF-M-581")
    messy.add("hub_receipts", "not a date-time", referral_ref="REF-M-582", received_at="this morning")
    messy.line("hub_receipts", "4 cells for 3 columns", "REF-M-583,2026-10-07T10:00:00,assessment,")
    messy.add("hub_receipts", referral_ref="REF-M-584", received_at="2026-10-07T10:00:00")
    messy.repeat("hub_receipts", referral_ref="REF-M-584", received_at="07/10/2026 10:00")


def unreadable_changes_of_codes(messy: Messy) -> None:
    """The rejections of the codes' history, of an incident that the search has no child to miss in.

    A change of an incident that is not in the extract is no orphan: it is read, and nothing asks for it.
    """
    change = {"incident_ref": "INC-M-101", "changed_at": "2026-10-06T08:00:00", "new_codes": "DOM;QL23"}
    messy.add("code_history", "missing", **(change | {"incident_ref": ""}))
    messy.add("code_history", "missing", **(change | {"changed_at": ""}))
    messy.add("code_history", "not a date-time", **(change | {"changed_at": f"{NO_MONTH_13} 08:00"}))
    messy.line("code_history", "3 cells for 4 columns", "INC-M-101,2026-10-06T08:00:00,DOM")
    messy.add("code_history", **(change | {"incident_ref": "INC-M-999"}))
    messy.add("code_history", **change)
    messy.repeat("code_history", **(change | {"changed_at": "06/10/2026 08:00", "new_codes": "DOM, QL23"}))
