"""The front sheet says what the daily search missed and what the children's hub did not receive, or why it does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from checker.config import ReportConfig
from checker.models import (
    HubMismatch,
    HubReconciliation,
    Outcome,
    ReportPart,
    RuleResult,
    RuleStatus,
    Run,
    SearchReplay,
)
from checker.report.files import write_report
from tests.report.made_up import RULES, finding, run_of
from tests.report.test_workbook import book_of, lines, words

SEARCH = SearchReplay(
    run_time="06:00",
    keyed_on="closed",
    window_hours=24.0,
    search_code="QL23",
    with_code_history=True,
    seen=1240,
    missed={"another code": 31, "never closed": 4, "between two runs": 1},
    not_due=6,
    cannot_tell=2,
)
PARTS = {"CLO003": ReportPart.DAILY_SEARCH, "REF006": ReportPart.HUB}
SENT = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
MISMATCHES = (
    HubMismatch("received late", "R1", "INC-1", SENT, SENT + timedelta(hours=30)),
    HubMismatch("sent and never received", "R2", "INC-2", SENT, None),
    HubMismatch("received and never sent", "=R3", None, None, SENT),
)
HUB = HubReconciliation(
    sources=("hub_receipts", "referrals.hub_received_at"),
    sent=210,
    in_time=203,
    late=1,
    never_received=1,
    not_due=3,
    cannot_tell=2,
    never_sent=1,
    unsure=4,
    mismatches=MISMATCHES,
)


def counted(status: RuleStatus = RuleStatus.RUN, **record: Any) -> Run:
    """A run with the rules that the daily search and the hub are counted by, and how these two fared."""
    run = run_of([finding(district="Harbour")], **record)
    counts = dict.fromkeys(Outcome, 0) if status == RuleStatus.RUN else None
    results = {rule_id: RuleResult(rule_id, status, "the extract has no table for it", counts) for rule_id in PARTS}
    return replace(
        run,
        record=replace(run.record, rules=run.record.rules | results),
        rules=(*run.rules, *(replace(RULES[0], id=rule_id, counted_in=part) for rule_id, part in PARTS.items())),
    )


def below(run: Run, folder: Path, heading: str) -> list[list[Any]]:
    """The lines of the front sheet from one heading to the next."""
    told = lines(book_of(run, folder)["Summary"])
    after = told[told.index([heading]) + 1 :]
    headings = (["Referrals and the children's hub"], ["Files that were read"])
    return after[: next(place for place, line in enumerate(after) if line in headings)]


def test_the_replayed_search_is_told_with_its_reasons_and_what_they_mean(tmp_path: Path) -> None:
    told = below(counted(daily_search=SEARCH), tmp_path, "The daily search, replayed")
    assert told == [
        [
            "Runs every day at 06:00 (London time) and returns what was closed in the 24 hours before, is closed, and "
            "bears the code QL23. Codes as they were at each run."
        ],
        ["Domestic abuse incidents with a child", "Incidents", "What it means"],
        ["returned", 1240, "by a run that has been, or by one to come as things stand"],
        ["missed", 36, "never returned by any run; each is an exception of CLO003"],
        ["another code", 31, "it bore other closure codes only"],
        ["never closed", 4, "it is open still, and a run returns only what is closed"],
        ["between two runs", 1, "it falls between two runs, into a time that neither looks back to"],
        ["not yet decided", 6, "the run that decides is still to come"],
        ["cannot tell", 2, "the extract does not say enough; see the sheet Cannot tell"],
    ]


def test_without_a_code_history_the_codes_are_the_current_ones_only(tmp_path: Path) -> None:
    search = replace(SEARCH, with_code_history=False, keyed_on="created", window_hours=12.5)
    (said,) = below(counted(daily_search=search), tmp_path, "The daily search, replayed")[0]
    assert said == (
        "Runs every day at 06:00 (London time) and returns what was reported in the 12.5 hours before, is closed, and "
        "bears the code QL23. Current codes only: without the table code_history a code that was put right later "
        "counts as if it had been there."
    )


def test_the_forms_of_police_and_hub_are_held_against_each_other(tmp_path: Path) -> None:
    assert below(counted(hub=HUB), tmp_path, "Referrals and the children's hub") == [
        ["Receipts by the table hub_receipts and the column hub_received_at of referrals."],
        ["Referral forms", "Forms", "What it means"],
        ["sent", 210, "submitted by the police"],
        ["received in time", 203, "within 24 hours"],
        ["received late", 1, "later than that"],
        ["sent and never received", 1, "each is an exception of REF006"],
        ["not yet due", 3, "sent within the last 24 hours and not received yet"],
        ["cannot tell", 2, "a receipt of it could not be read"],
        ["received and never sent", 1, "the hub has it, the extract has no form that was sent"],
        ["received, not known whether sent", 4, "the hub has it, a row of its form was rejected"],
        ["What differs", "Form", "Incident", "Sent", "Received"],
        ["received late", "R1", "INC-1", "18 Nov 2026 09:30 GMT", "19 Nov 2026 15:30 GMT"],
        ["sent and never received", "R2", "INC-2", "18 Nov 2026 09:30 GMT", "–"],
        ["received and never sent", "=R3", "–", "–", "18 Nov 2026 09:30 GMT"],
    ]


def test_a_long_list_of_mismatches_is_cut_and_says_so(tmp_path: Path) -> None:
    many = tuple(replace(MISMATCHES[1], referral_ref=f"R{number}") for number in range(1234))
    told = below(counted(hub=replace(HUB, mismatches=many)), tmp_path, "Referrals and the children's hub")
    assert [line[1] for line in told if line[0] == "sent and never received"][1:] == [f"R{n}" for n in range(20)]
    assert told[-1] == ["The first 20 of 1,234 forms; the other 1,214 are in run.json."]


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (RuleStatus.NOT_RUN, "not run: the extract has no table for it"),
        (RuleStatus.ERROR, "error: the extract has no table for it"),
    ],
)
def test_what_did_not_run_is_said_and_never_nought(tmp_path: Path, result: RuleStatus, said: str) -> None:
    run = counted(result)
    assert below(run, tmp_path, "The daily search, replayed") == [[said]]
    assert below(run, tmp_path, "Referrals and the children's hub") == [[said]]


def test_a_part_for_which_the_pack_has_no_rule_says_so(tmp_path: Path) -> None:
    said = [["not run: the rule pack of this run has no rule for it"]]
    assert below(run_of(), tmp_path, "The daily search, replayed") == said
    assert below(run_of(), tmp_path, "Referrals and the children's hub") == said


def test_the_workbook_of_an_area_says_where_they_are(tmp_path: Path) -> None:
    run = counted(daily_search=SEARCH, hub=HUB)
    write_report(run, tmp_path, settings=ReportConfig(split_by="district"))
    (file,) = (tmp_path / "exceptions_by_area").glob("*Harbour*.xlsx")
    told = words(load_workbook(file)["Summary"])
    assert told.count("It is about the whole force: see the front sheet of the whole workbook, exceptions.xlsx.") == 2
    assert not any("QL23" in word for word in told)
    assert "Referral forms" not in told
