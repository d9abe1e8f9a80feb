"""What was sent and what the children's hub received, worked out by hand on small extracts."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from checker.config import Config
from checker.models import HubMismatch, HubReconciliation, RuleStatus, Run
from checker.pipeline.order import Order
from checker.pipeline.run import run_check
from tests.agreement import check_tables
from tests.second_reading import Row

AS_OF = datetime(2026, 11, 22, 2, tzinfo=UTC)
INCIDENT: Row = {"incident_ref": "I1", "reported_at": "2026-11-18T10:00:00Z", "domestic_abuse": "yes"}
CHILD: Row = {"incident_ref": "I1", "child_ref": "C1", "date_of_birth": "2018-03-04"}
SENT = datetime(2026, 11, 18, 12, tzinfo=UTC)
COUNTS = ("sent", "in_time", "late", "never_received", "not_due", "cannot_tell", "never_sent", "unsure")


def form(ref: str = "F1", **cells: str) -> Row:
    sent = {"incident_ref": "I1", "child_ref": "C1", "status": "submitted", "submitted_at": "2026-11-18T12:00:00Z"}
    return {"referral_ref": ref} | sent | cells


def receipt(ref: str = "F1", received_at: str = "2026-11-18T15:00:00Z") -> Row:
    return {"referral_ref": ref, "received_at": received_at, "outcome": "accepted"}


def check(*forms: Row, receipts: list[Row] | None = None) -> Run:
    tables: dict[str, list[Row]] = {"incidents": [INCIDENT], "children": [CHILD], "referrals": list(forms)}
    return check_tables(tables | ({} if receipts is None else {"hub_receipts": receipts}), AS_OF)


def hub(run: Run) -> HubReconciliation:
    assert run.record.hub is not None
    return run.record.hub


def counted(run: Run) -> dict[str, int]:
    """The counts of the reconciliation that are not zero."""
    return {name: count for name in COUNTS if (count := getattr(hub(run), name))}


def outcomes(run: Run) -> dict[str, int]:
    counts = run.record.rules["REF006"].counts
    assert counts is not None
    return {str(name): count for name, count in counts.items() if count}


# name of the form: (its own cells, when the hub says that it received it, outcome of REF006, its state)
FORMS: dict[str, tuple[Row, list[str], str, str]] = {
    "quickly": ({}, ["2026-11-18T15:00:00Z"], "pass", "in_time"),
    "exactly in time": ({}, ["2026-11-19T12:00:00Z"], "pass", "in_time"),
    "a second late": ({}, ["2026-11-19T12:00:01Z"], "pass", "late"),
    "twice": ({}, ["2026-11-20T12:00:00Z", "2026-11-18T15:00:00Z"], "pass", "in_time"),
    "never": ({}, [], "finding", "never_received"),
    "unreadable": ({}, ["soon"], "undetermined", "cannot_tell"),
    "unreadable, then in time": ({}, ["soon", "2026-11-19T12:00:00Z"], "pass", "in_time"),
    "due now": ({"submitted_at": "2026-11-21T02:00:00Z"}, [], "not_due", "not_due"),
    "due a second ago": ({"submitted_at": "2026-11-21T01:59:59Z"}, [], "finding", "never_received"),
    "due now, unreadable": ({"submitted_at": "2026-11-21T02:00:00Z"}, ["soon"], "not_due", "not_due"),
    "by its own row": ({"hub_received_at": "2026-11-18T12:30:00Z"}, [], "pass", "in_time"),
    "by its own row, late": ({"hub_received_at": "2026-11-20T12:30:00Z"}, [], "pass", "late"),
    "by both": ({"hub_received_at": "2026-11-20T12:30:00Z"}, ["2026-11-18T15:00:00Z"], "pass", "in_time"),
}


def test_a_form_that_was_sent_is_received_in_time_or_late_or_never() -> None:
    receipts = [receipt(name, at) for name, (_, times, *_) in FORMS.items() for at in times]
    run = check(*(form(name, **cells) for name, (cells, *_) in FORMS.items()), receipts=receipts)
    told = {
        str(row["evidence"]).split(":")[0]: row["outcome"] for row in run.findings.filter(rule_id="REF006").to_dicts()
    }
    assert told == {f"form {name}": outcome for name, (*_, outcome, _) in FORMS.items() if outcome != "pass"}
    assert outcomes(run) == Counter(outcome for *_, outcome, _ in FORMS.values())
    assert counted(run) == Counter(state for *_, state in FORMS.values()) | {"sent": len(FORMS)}
    assert {line.referral_ref: line.what for line in hub(run).mismatches} == {
        name: {"late": "received late", "never_received": "sent and never received"}[state]
        for name, (*_, state) in FORMS.items()
        if state in {"late", "never_received"}
    }


def test_a_missing_receipt_says_which_form_it_is() -> None:
    (found,) = check(form(submitted_by="officer"), receipts=[]).findings.filter(rule_id="REF006").to_dicts()
    assert found["due_at"] == datetime(2026, 11, 19, 12, tzinfo=UTC)
    assert found["evidence"] == "form F1: submitted by officer on 18/11/2026 12:00; no receipt of the children's hub"
    (unclear,) = check(form(), receipts=[receipt(received_at="x")]).findings.filter(rule_id="REF006").to_dicts()
    assert unclear["evidence"] == (
        "form F1: submitted on 18/11/2026 12:00; no receipt of the children's hub; 1 receipt could not be read"
    )


def test_a_receipt_on_one_row_of_a_form_is_one_for_every_child_that_it_is_about() -> None:
    rows = [form(hub_received_at="2026-11-18T12:30:00Z"), form(child_ref="C2"), form(child_ref="C3")]
    run = check(*rows, form("F2"), receipts=[])
    assert outcomes(run) == {"pass": 3, "finding": 1}
    assert counted(run) == {"sent": 2, "in_time": 1, "never_received": 1}
    assert hub(run).mismatches == (HubMismatch("sent and never received", "F2", "I1", SENT, None),)


def test_the_form_of_several_children_counts_once_as_the_worst_of_its_rows() -> None:
    earlier = {"child_ref": "C2", "submitted_at": "2026-11-18T10:00:00Z"}
    run = check(form(hub_received_at="2026-11-19T11:00:00Z"), form("F1", **earlier), receipts=[])
    assert outcomes(run) == {"pass": 2}
    assert counted(run) == {"sent": 1, "late": 1}
    received = datetime(2026, 11, 19, 11, tzinfo=UTC)
    sent = datetime(2026, 11, 18, 10, tzinfo=UTC)
    assert hub(run).mismatches == (HubMismatch("received late", "F1", "I1", sent, received),)


def test_what_does_not_agree_is_listed() -> None:
    late = datetime(2026, 11, 20, 12, tzinfo=UTC)
    received = datetime(2026, 11, 18, 15, tzinfo=UTC)
    forms = [
        *(form("F2"), form("F1"), form("F3"), form("F4", status="draft", submitted_at="")),
        *(form("F5", status="withdrawn"), form("F6", submitted_at="soon")),
        form("F7", status="draft", submitted_at="", hub_received_at="2026-11-18T15:00:00Z"),
    ]
    receipts = [receipt("F1", "2026-11-20T12:00:00Z"), *(receipt(f"F{number}") for number in (3, 4, 5, 6, 8))]
    run = check(*forms, receipts=receipts)
    assert counted(run) == {"sent": 3, "in_time": 1, "late": 1, "never_received": 1, "never_sent": 4, "unsure": 1}
    assert hub(run).sources == ("hub_receipts", "referrals.hub_received_at")
    assert hub(run).mismatches == (
        HubMismatch("received late", "F1", "I1", SENT, late),
        HubMismatch("sent and never received", "F2", "I1", SENT, None),
        HubMismatch("received and never sent: form is a draft", "F4", "I1", None, received),
        HubMismatch("received and never sent: form is withdrawn", "F5", "I1", None, received),
        HubMismatch("received, not known whether sent: its row could not be read", "F6", "I1", None, received),
        HubMismatch("received and never sent: form is a draft", "F7", "I1", None, received),
        HubMismatch("received and never sent: no such form", "F8", None, None, received),
    )


def test_a_form_whose_row_was_rejected_is_not_said_to_have_never_been_sent() -> None:
    forms = [
        form("of another time", incident_ref="I9"),
        form("of a rejected incident", incident_ref="I2"),
        form("unreadable", submitted_by="PC Plod"),
        form("unreadable and of another time", incident_ref="I9", submitted_by="PC Plod"),
        *(form("in part", status="draft", submitted_at=""), form("in part", child_ref="C2", submitted_at="soon")),
    ]
    tables: dict[str, list[Row]] = {
        "incidents": [INCIDENT, INCIDENT | {"incident_ref": "I2", "reported_at": "soon"}],
        "children": [CHILD],
        "referrals": forms,
        "hub_receipts": [receipt(each) for each in dict.fromkeys(row["referral_ref"] for row in forms)],
    }
    told = hub(check_tables(tables, AS_OF))
    assert (told.sent, told.never_sent, told.unsure) == (0, 0, 5)
    unsure, unread = "received, not known whether sent", "its row could not be read"
    assert {line.referral_ref: (line.what, line.incident_ref) for line in told.mismatches} == {
        "of another time": (f"{unsure}: its incident is not in the extract", "I9"),
        "of a rejected incident": (f"{unsure}: its incident could not be read", "I2"),
        "unreadable": (f"{unsure}: {unread}", "I1"),
        "unreadable and of another time": (f"{unsure}: {unread}", "I9"),
        "in part": (f"{unsure}: {unread}", "I1"),
    }


def written(folder: Path, columns: list[str], receipts: list[Row] | None, manifest: dict[str, str]) -> Run:
    """The run over files with these columns alone."""
    tables: dict[str, list[Row]] = {"incidents": [INCIDENT], "children": [CHILD], "referrals": [form()]}
    for table, rows in (tables | ({} if receipts is None else {"hub_receipts": receipts})).items():
        header = columns if table == "referrals" else list(rows[0])
        lines = [header, *([row[name] for name in header] for row in rows)]
        (folder / f"{table}.csv").write_text("".join(f"{','.join(line)}\n" for line in lines), "utf-8")
    (folder / "manifest.json").write_text(json.dumps({"extracted_at": "2026-11-22T02:00:00Z"} | manifest), "utf-8")
    return run_check(Order(folder, None, Config(), None))


PLAIN = ["referral_ref", "incident_ref", "child_ref", "status", "submitted_at"]


def test_without_a_source_of_receipts_nothing_is_reconciled(tmp_path: Path) -> None:
    run = written(tmp_path, PLAIN, None, {})
    result = run.record.rules["REF006"]
    assert result.status == RuleStatus.NOT_RUN
    assert result.reason == "the extract has no hub_receipts table and no hub_received_at column in referrals"
    assert run.record.hub is None


def test_the_hubs_list_alone_is_enough(tmp_path: Path) -> None:
    run = written(tmp_path, PLAIN, [receipt()], {})
    assert (hub(run).sources, counted(run)) == (("hub_receipts",), {"sent": 1, "in_time": 1})


def test_a_form_received_before_the_extract_begins_may_have_left_it(tmp_path: Path) -> None:
    begins = {"covers_from": "2026-11-01T00:00:00Z"}
    receipts = [
        receipt("F7", "2026-10-31T23:59:59Z"),
        receipt("F8", "2026-11-01T00:00:00Z"),
        receipt("F9", "2026-10-20T10:00:00Z"),
        receipt("F9", "2026-11-20T10:00:00Z"),  # received again
    ]
    run = written(tmp_path, PLAIN, [receipt(), *receipts], begins)
    assert counted(run) == {"sent": 1, "in_time": 1, "never_sent": 1}
    assert [line.referral_ref for line in hub(run).mismatches] == ["F8"]
