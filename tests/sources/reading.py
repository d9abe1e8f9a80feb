"""What the tests of the sources share: the columns, the cells of a workbook, the message of a fault."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook

from checker.errors import SourceError
from checker.models import Extract

Read = Callable[..., Extract]

COLUMNS = {
    "incidents": [
        "incident_ref", "reported_at", "closed_at", "closure_codes", "incident_type", "concern_types", "status", "team",
    ],
    "children": ["incident_ref", "child_ref", "date_of_birth", "role"],
    "referrals": ["referral_ref", "incident_ref", "child_ref", "status", "submitted_at"],
    "plans": ["child_ref", "plan", "category", "started_on", "ended_on"],
    "flags": ["child_ref", "flag", "started_on", "ended_on"],
    "notifications": ["notification_ref", "incident_ref", "child_ref", "outcome"],
    "missing_episodes": ["episode_ref", "child_ref", "reported_at"],
    "hub_receipts": ["referral_ref", "received_at", "outcome"],
}  # fmt: skip
REQUIRED = {
    "incidents": ["incident_ref", "reported_at"],
    "children": ["incident_ref", "child_ref"],
    "referrals": ["referral_ref", "incident_ref"],
    "plans": ["child_ref", "plan", "started_on"],
    "flags": ["child_ref", "flag", "started_on"],
    "notifications": ["notification_ref", "incident_ref", "outcome"],
    "missing_episodes": ["episode_ref", "child_ref", "reported_at"],
    "hub_receipts": ["referral_ref", "received_at"],
}


def save_book(file: Path, **sheets: Sequence[Sequence[object]]) -> None:
    """A workbook with these sheets, each a list of rows."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(file)


def fault_of(read: Read, **profile: object) -> str:
    """The one line with which the reading of the extract stops."""
    with pytest.raises(SourceError) as fault:
        read(**profile)
    assert "\n" not in str(fault.value)
    return str(fault.value)
