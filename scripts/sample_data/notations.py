"""Scenarios of cells that are read, whatever their notation, at the edges of time."""

from sample_data.cells import EVENING, QUIET, Messy
from sample_data.extract import FINDING, NOT_DUE


def mixed_notations(messy: Messy) -> None:
    """The same kinds of value in every notation that the contract accepts."""
    messy.domestic("INC-M-101", "2026-10-05T21:10:00+01:00", "2026-10-05T23:40:00+01:00")
    messy.domestic("INC-M-102", "05/10/2026 21:10", "06/10/2026 08:15:30", domestic_abuse="Y", closure_codes="DOM|QL23")
    messy.domestic(
        "INC-M-103", "2026-10-06 07:05", "2026-10-06T09:00:00Z", domestic_abuse="TRUE", closure_codes="A, QL23"
    )
    messy.domestic(" INC-M-104 ", EVENING, " 2026-10-07T08:00 ", domestic_abuse="1", status="CLOSED", child_count="+0")
    messy.domestic("INC-M-105", "2026-10-06T21:10:00+01:00", "2026-10-07T20:10:00Z")  # 24 hours
    messy.domestic("INC-M-106", "2026-10-06T21:10:00+01:00", "2026-10-07T20:10:01Z")
    messy.expect("CLO002", FINDING, "INC-M-106")

    messy.domestic("0412", closure_codes="DOM")  # a leading zero is part of the reference
    messy.domestic("412")
    messy.expect("CLO001", FINDING, "0412")

    role = "stepfather’s child"  # the apostrophe is one byte of Windows-1252 that UTF-8 does not allow
    messy.child("INC-M-104", "CH-M-101", date_of_birth="09/04/2015", unborn="N", role=role, present="No")
    messy.form("INC-M-104", "REF-M-101", "CH-M-101", status="", submitted_at="07/10/2026 09:15")
    for plan, flag in (("CIN", "Cin"), ("lac", "LAC")):
        messy.add("plans", child_ref="CH-M-101", plan=plan, started_on="2026-01-05")
        messy.add("flags", child_ref="CH-M-101", flag=flag, started_on="05/01/2026")


def clock_changes(messy: Messy) -> None:
    """24 elapsed hours across both clock changes of 2026, and wall times that come twice or never."""
    for ref, reported_at, closed_at in (
        ("INC-M-111", "24/10/2026 12:00", "25/10/2026 11:00"),
        ("INC-M-112", "28/03/2026 12:00", "29/03/2026 13:00"),
        ("INC-M-113", "2026-10-25T01:30:00", "2026-10-26T00:30"),  # comes twice: the first is meant
        ("INC-M-114", "2026-03-29T01:30:00", "2026-03-30T02:30"),  # never comes: moved on to 02:30
    ):
        messy.domestic(ref, reported_at, f"{closed_at}:00")
        messy.domestic(f"{ref}-LATE", reported_at, f"{closed_at}:01")
        messy.expect("CLO002", FINDING, f"{ref}-LATE")


def leap_day_birthday(messy: Messy) -> None:
    """Born on 29 February 2008, someone is a child until the end of 28 February 2026."""
    messy.domestic("INC-M-121", "28/02/2026 23:50", "01/03/2026 04:00", child_count="1")
    messy.child("INC-M-121", "CH-M-121", date_of_birth="29/02/2008")
    messy.expect("REF001", FINDING, "INC-M-121", "CH-M-121")
    messy.domestic("INC-M-122", "01/03/2026 00:10", "01/03/2026 04:00")
    messy.child("INC-M-122", "CH-M-122", date_of_birth="29/02/2008")


def exactly_due_at_midnight(messy: Messy) -> None:
    """What is due at as_of itself is on time."""
    messy.domestic("INC-M-131", "2026-11-01T00:00:00", "", closure_codes="", status="open")
    messy.expect("CLO002", NOT_DUE, "INC-M-131")
    messy.child("INC-M-131", "CH-M-131")
    for rule in ("ENC001", "REF001"):  # the school is to know by Monday, nine o'clock
        messy.expect(rule, NOT_DUE, "INC-M-131", "CH-M-131")
    messy.expect("CLO003", NOT_DUE, "INC-M-131")
    messy.domestic("INC-M-132", "2026-10-31T23:59:59", "", closure_codes="", status="open")
    messy.expect("CLO002", FINDING, "INC-M-132")

    for child, plan, rule in (("CH-M-132", "CP", "FLG001"), ("CH-M-133", "CIN", "FLG002")):
        messy.child(QUIET, child)
        messy.add("plans", child_ref=child, plan=plan, started_on="01/11/2026")
        messy.expect(rule, NOT_DUE, QUIET, child)
    messy.child(QUIET, "CH-M-134")
    messy.add("plans", child_ref="CH-M-134", plan="cp", started_on="2024-05-13", ended_on="2026-11-01")
    messy.expect("FLG003", NOT_DUE, QUIET, "CH-M-134")
    messy.child(QUIET, "CH-M-135")
    messy.add("plans", child_ref="CH-M-135", plan="LAC", started_on="31/10/2026")
    messy.expect("FLG001", FINDING, QUIET, "CH-M-135")


def a_line_break_in_a_cell(messy: Messy) -> None:
    """A quoted line break is part of its cell; it is the last row of the file, so that no row number hangs on it."""
    messy.domestic("INC-M-991", team="Response A\n(nights)", closure_codes="DOM,QL23")
