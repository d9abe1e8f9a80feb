"""What the front sheet says of the forms that were sent, held against those that the children's hub received."""

from __future__ import annotations

from datetime import datetime

from checker.models import HubMismatch, HubReconciliation, ReportPart, Run
from checker.report.cells import Sheet, Span
from checker.report.daily_search import not_counted
from checker.report.london import in_words
from checker.report.styles import HEADER, HEADING, NUMBER, STATEMENT, TEXT
from checker.report.words import NO_VALUE, counted, in_digits

HEADING_WORDS = "Referrals and the children's hub"
MOST_LISTED = 20
_LABELS, _FIGURE, _MEANING = 4, 5, 6  # columns: the last of the labels, the figure, the first of what it means
_HEADERS = ((1, 4, "What differs"), (5, 8, "Form"), (9, 12, "Incident"), (13, 16, "Sent"), (17, 20, "Received"))

_BODY = TEXT.but(size=10)
_COUNT = NUMBER.but(size=10, indent=0)


def write_hub(sheet: Sheet, run: Run, look_in: str | None = None) -> None:
    """Write the reconciliation of the whole force, or why there is none; `look_in` says where it stands if not here."""
    sheet.band(HEADING_WORDS, HEADING, 20)
    hub, rule = run.record.hub, run.rule_counted_in(ReportPart.HUB)
    if look_in or hub is None or rule is None:
        sheet.band(look_in or not_counted(run, rule), _BODY)
        return
    sheet.band(f"Receipts by {_sources(hub)}.", STATEMENT.but(size=10, indent=0))
    last = len(sheet.widths)
    sheet.line(
        Span(1, _LABELS, "Referral forms", HEADER),
        Span(_FIGURE, _FIGURE, "Forms", HEADER.but(across="right")),
        Span(_MEANING, last, "What it means", HEADER.but(indent=1)),
    )
    for label, number, meaning, is_part in _figures(hub, rule.id):
        sheet.line(
            Span(1, _LABELS, label, _BODY.but(indent=2) if is_part else _BODY.but(bold=True)),
            Span(_FIGURE, _FIGURE, number, _COUNT if is_part else _COUNT.but(bold=True)),
            Span(_MEANING, last, meaning, _BODY.but(indent=1)),
        )
    _write_mismatches(sheet, hub)


def _figures(hub: HubReconciliation, rule_id: str) -> list[tuple[str, int, str, bool]]:
    return [
        ("sent", hub.sent, "submitted by the police", False),
        ("received in time", hub.in_time, "within 24 hours", True),
        ("received late", hub.late, "later than that", True),
        ("sent and never received", hub.never_received, f"each is an exception of {rule_id}", True),
        ("not yet due", hub.not_due, "sent within the last 24 hours and not received yet", True),
        ("cannot tell", hub.cannot_tell, "a receipt of it could not be read", True),
        ("received and never sent", hub.never_sent, "the hub has it, the extract has no form that was sent", False),
        ("received, not known whether sent", hub.unsure, "the hub has it, a row of its form was rejected", False),
    ]


def _sources(hub: HubReconciliation) -> str:
    """`the table hub_receipts and the column hub_received_at of referrals`."""
    places = (source.partition(".") for source in hub.sources)
    return " and ".join(
        f"the column {column} of {table}" if column else f"the table {table}" for table, _, column in places
    )


def _write_mismatches(sheet: Sheet, hub: HubReconciliation) -> None:
    if not hub.mismatches:
        return
    sheet.gap(6)
    sheet.line(*(Span(first, last, header, HEADER) for first, last, header in _HEADERS))
    for mismatch in hub.mismatches[:MOST_LISTED]:
        values = zip(_HEADERS, _values(mismatch), strict=True)
        sheet.line(*(Span(first, last, value, _BODY) for (first, last, _), value in values))
    if len(hub.mismatches) > MOST_LISTED:
        shown = f"The first {MOST_LISTED} of {counted(len(hub.mismatches), 'form')}"
        sheet.band(f"{shown}; the other {in_digits(len(hub.mismatches) - MOST_LISTED)} are in run.json.", _BODY)


def _values(mismatch: HubMismatch) -> tuple[str, ...]:
    times = (_time(mismatch.submitted_at), _time(mismatch.received_at))
    return mismatch.what, mismatch.referral_ref, mismatch.incident_ref or NO_VALUE, *times


def _time(instant: datetime | None) -> str:
    return in_words(instant) if instant else NO_VALUE
