"""Of which rules a finding can be answered by naming a referral, as the rules of the store say."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from openpyxl import load_workbook

from checker.config import Config
from checker.pipeline.order import Order
from checker.pipeline.returns import collect
from checker.pipeline.run import run_report
from checker.store import Wanted, opened
from tests.command import NIGHTLY
from tests.returns.filled import fill

REFUSED = "'referral now submitted' does not answer a line of a rule that asks for no referral"
TYPED = {"Decision": "Referral now submitted", "Decided by": "DS Example"}


def test_only_a_rule_about_referrals_is_answered_by_one(tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path}/checker.db") as store:
        reported = run_report(Order(NIGHTLY, None, Config(), None), tmp_path / "out", store)
        found = reported.run.findings.filter(pl.col("outcome") != "not_due").unique("rule_id", keep="first")
        ids = dict(found.select("finding_id", "rule_id").iter_rows())
        back = fill(reported.workbook, tmp_path / "back.xlsx", dict.fromkeys(ids, TYPED))
        report = collect([back], Config(), store, tmp_path)
        decided = store.findings(Wanted(status="settled")).get_column("finding_id")
    assert {ids[finding_id] for finding_id in decided} == {
        *("REF001", "REF002", "REF003", "REF004", "REF005", "REF006"),
        *("CLO001", "CLO002", "CLO003", "MIS002"),
    }
    refused = {ids[problem.finding_id or ""] for problem in report.collected.problems if problem.fault == REFUSED}
    assert refused == {
        *("FLG001", "FLG002", "FLG003", "FLG004", "RSK001", "CHD001", "HIS001", "HIS002", "ENC001"),
        *("MIS001", "MIS003"),
    }
    assert len(report.collected.problems) == len(refused)
    assert report.file is not None
    assert "Problems" in load_workbook(report.file).sheetnames
