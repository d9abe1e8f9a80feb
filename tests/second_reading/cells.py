"""The contract's columns, and the reading of one cell."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
Row = dict[str, Any]


@dataclass(frozen=True)
class Unreadable:
    """A cell that holds something, but nothing of its column's type."""

    text: str


CONTRACT = {
    "incidents": """incident_ref text M; reported_at date-time M; closed_at date-time; closure_codes codes;
        incident_type text; domestic_abuse yes/no; concern_types codes;
        status choice open,closed,cancelled,duplicate,transferred; duplicate_of text; risk_form_ref text;
        risk_form_at date-time; risk_level choice standard,medium,high; reassessed_at date-time;
        children_in_household choice yes,no,unknown; child_count integer; officer_id text; supervisor_id text;
        team text; district text; victim_ref text; suspect_ref text; location_ref text; history_checked_at date-time""",
    "children": """incident_ref text M; child_ref text M; date_of_birth date; unborn yes/no; role text; present yes/no;
        school_ref text""",
    "referrals": """referral_ref text M; incident_ref text M; child_ref text;
        status choice draft,submitted,rejected,withdrawn; submitted_at date-time;
        submitted_by choice officer,cpso,other; hub_received_at date-time""",
    "plans": "child_ref text M; plan choice CP,CIN,LAC M; category text; started_on date M; ended_on date",
    "flags": "child_ref text M; flag choice CP,CIN,LAC M; started_on date M; ended_on date",
    "notifications": """notification_ref text M; incident_ref text M; child_ref text; notified_at date-time;
        outcome choice sent,failed,not-applicable M""",
    "missing_episodes": """episode_ref text M; child_ref text M; reported_at date-time M; returned_at date-time;
        status choice open,closed,cancelled; cause_for_concern yes/no; coordinator_allocated_at date-time;
        return_interview_at date-time""",
    "hub_receipts": "referral_ref text M; received_at date-time M; outcome text",
    "code_history": "incident_ref text M; changed_at date-time M; old_codes codes; new_codes codes",
}
COLUMNS = {table: {line.split()[0]: line.split()[1:] for line in text.split(";")} for table, text in CONTRACT.items()}
KEYS = {
    "incidents": ("incident_ref",),
    "children": ("incident_ref", "child_ref"),
    "referrals": ("referral_ref", "child_ref"),
    "notifications": ("notification_ref",),
    "missing_episodes": ("episode_ref",),
}
# "blank: closed where closed_at is set, else open"; "blank: submitted where submitted_at is set, else draft"
BLANK_STATUS = {
    "incidents": ("closed_at", "closed", "open"),
    "referrals": ("submitted_at", "submitted", "draft"),
}
REQUIRED_TABLES = {"incidents", "children", "referrals"}

DATE = re.compile(r"\d{4}-\d\d-\d\d|\d\d/\d\d/\d{4}", re.ASCII)
# Reading: a date alone is no date-time; ISO has `T` or a space; days and months have two digits; only ISO has offsets.
DATE_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d(:?[0-5]\d)?)?|\d\d/\d\d/\d{4} \d\d:\d\d(:\d\d)?",
    re.ASCII,
)
TRUTHS = {"y": True, "yes": True, "true": True, "1": True, "n": False, "no": False, "false": False, "0": False}


def read_moment(text: str, pattern: re.Pattern[str]) -> datetime:
    """The date or date-time as written, ISO or dd/mm/yyyy."""
    if not pattern.fullmatch(text):
        raise ValueError
    return datetime.fromisoformat(re.sub(r"^(\d\d)/(\d\d)/(\d{4})", r"\3-\2-\1", text))


def to_utc(moment: datetime, zone: ZoneInfo) -> datetime:
    """The instant: "A value without an offset is wall time in the source's time zone".

    An ambiguous one is "its **first** occurrence", one that does not exist "is moved on by one hour": fold=0 does both.
    """
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone, fold=0)).astimezone(UTC)


def read_cell(text: str, kind: list[str], zone: ZoneInfo) -> Any:
    """The cell's value; None where blank (no codes: an empty list), Unreadable where it is not of its type."""
    text = text.strip()  # Reading: said of text and codes, done for every type
    if kind[0] == "codes":  # "split at ; , or |, each trimmed; order and spelling kept". Reading: empty tokens go
        return tuple(token.strip() for token in re.split("[;,|]", text) if token.strip())
    if not text or kind[0] == "text":
        return text or None
    try:
        if kind[0] == "date":
            return read_moment(text, DATE).date()
        if kind[0] == "date-time":
            return to_utc(read_moment(text, DATE_TIME), zone)
        if kind[0] == "yes/no":
            return TRUTHS[text.lower()]
        if kind[0] == "choice":
            return {word.lower(): word for word in kind[1].split(",")}[text.lower()]
        if re.fullmatch("[+-]?[0-9]+", text) and 0 <= int(text) <= 30:  # child_count: "integer 0 to 30"
            return int(text)
    except (ValueError, KeyError, OverflowError):
        pass
    return Unreadable(text)
