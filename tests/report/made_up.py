"""Invented runs: no incident, child, officer or place in them exists."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from checker.models import (
    About,
    Decision,
    Outcome,
    Rule,
    RuleResult,
    RuleStatus,
    Run,
    RunKind,
    RunRecord,
    Severity,
    TableCounts,
)

AS_OF = datetime(2026, 11, 22, 2, tzinfo=UTC)
FINDINGS_SCHEMA: dict[str, Any] = {
    **dict.fromkeys(("finding_id", "rule_id", "severity", "outcome", "incident_ref", "child_ref"), pl.String),
    **dict.fromkeys(("district", "team", "officer_id", "supervisor_id"), pl.String),
    **dict.fromkeys(("reported_at", "due_at"), pl.Datetime("us", "UTC")),
    "hours_overdue": pl.Float64,
    **dict.fromkeys(("message", "evidence"), pl.String),
    "first_seen": pl.Datetime("us", "UTC"),
    "status": pl.String,
    "days_open": pl.Int64,
}
REJECTED_SCHEMA: dict[str, Any] = {
    **dict.fromkeys(("table", "file"), pl.String),
    "row": pl.Int64,
    "key": pl.String,
    "reasons": pl.List(pl.String),
}
DISTRICTS = ("Harbour", "Moorland", "City Centre", "Riverside", "Northgate")
OUT_OF_SCOPE = 400
PASSED = 210


def rule(rule_id: str, severity: Severity, subject: str, name: str, summary: str) -> Rule:
    """An invented rule in the words of the real ones."""
    return Rule(
        id=rule_id,
        name=name,
        area="referral",
        severity=severity,
        owner="PVP unit",
        basis='"officers had completed a risk assessment form but not a referral form in relation to children"',
        source="Joint targeted area inspection, Stockton-on-Tees, January 2018",
        subject=subject,
        summary=summary,
        applies="is_domestic_abuse AND is_child",
        violation="(cp_plan_current AND NOT cp_flag_current)\nOR (lac_plan_current AND NOT lac_flag_current)",
        due_at="referral_due_at",
        message={
            Outcome.FINDING: f"{name}: nothing of the kind was found in the extract supplied.",
            Outcome.UNDETERMINED: "It cannot be told from the extract supplied whether this child needs a form.",
            Outcome.NOT_DUE: "Not yet due.",
        },
        evidence=("referral_in_words",),
        guidance="\nLook for a form under another incident or person reference.\n"
        "If there is none, have one submitted to the children's hub today.",
        known_limits="A form that is recorded under another incident\nis not seen.",
        effective_from=date(2017, 1, 1),
        effective_to=None,
        examples=(),
        file=f"referral/{rule_id}.toml",
        about=About.REFERRAL if subject == "incident_child" else None,
    )


RULES = (
    rule("CLO001", Severity.HIGH, "incident", "closed-without-search-code", "Every closed incident bears the code."),
    rule(
        "CLO002", Severity.HIGH, "incident", "not-closed-within-window", "Every incident is closed within the window."
    ),
    rule(
        "FLG001",
        Severity.HIGH,
        "child",
        "current-plan-unflagged",
        "Every child with a current child protection or looked after plan has a current flag of that kind.",
    ),
    rule("FLG002", Severity.HIGH, "child", "child-in-need-unflagged", "Every child in need has a current flag."),
    rule("FLG003", Severity.MEDIUM, "child", "previous-plan-unflagged", "Every child once on a plan has had a flag."),
    rule(
        "REF001",
        Severity.CRITICAL,
        "incident_child",
        "da-child-without-referral",
        "Every child of a domestic abuse incident has a submitted referral form.",
    ),
)


def finding(rule_id: str = "REF001", incident_ref: str = "INC-2026-000001", **values: Any) -> dict[str, Any]:
    """One line of `findings`; what is not given is as an ordinary finding has it."""
    its_rule = next(each for each in RULES if each.id == rule_id)
    row = {
        "finding_id": f"{rule_id}-{hash_of(rule_id, incident_ref):064x}"[:23],
        "rule_id": rule_id,
        "severity": its_rule.severity.value,
        "outcome": "finding",
        "incident_ref": incident_ref,
        "child_ref": None,
        "district": "Harbour",
        "team": "Response 1",
        "officer_id": "PC-6506",
        "supervisor_id": "PS-244",
        "reported_at": datetime(2026, 11, 18, 9, 30, tzinfo=UTC),
        "due_at": datetime(2026, 11, 19, 9, 30, tzinfo=UTC),
        "hours_overdue": 64.5,
        "evidence": "domestic abuse (risk form); aged 5-11; no referral form found for this child",
        "first_seen": None,
        "status": None,
        "days_open": None,
    } | values
    return {"message": its_rule.message[Outcome(row["outcome"])], **row}


def hash_of(*words: str) -> int:
    """A number that is the same on every machine."""
    return int.from_bytes(hashlib.sha256("|".join(words).encode()).digest())


def findings_of(rows: Iterable[dict[str, Any]]) -> pl.DataFrame:
    """The frame of findings, in the contract's order."""
    rank = {severity.value: place for place, severity in enumerate(Severity)}
    frame = pl.DataFrame(list(rows), schema=FINDINGS_SCHEMA, orient="row")
    by = pl.col("severity").replace_strict(rank, return_dtype=pl.Int8)
    return frame.sort(by, "rule_id", "incident_ref", "child_ref")


def many_findings(count: int, seed: int = 7) -> list[dict[str, Any]]:
    """`count` findings over all rules, with half as many undetermined and not due."""
    dice = random.Random(seed)
    rows = []
    for number in range(2 * count):
        outcome = "finding" if number < count else dice.choice(("undetermined", "not_due"))
        its_rule = dice.choice(RULES)
        overdue = round(dice.expovariate(1 / 90), 1) if outcome == "finding" else None
        due = AS_OF - timedelta(hours=overdue or -dice.random() * 20)
        child = f"P{dice.randrange(10**7):07}" if its_rule.subject != "incident" and dice.random() < 0.9 else None
        rows.append(
            finding(
                its_rule.id,
                f"INC-2026-{number:06}",
                outcome=outcome,
                child_ref=child,
                district=dice.choice(DISTRICTS),
                team=f"Response {dice.randrange(1, 9)}",
                officer_id=f"PC-{dice.randrange(2000, 9999)}",
                supervisor_id=f"PS-{dice.randrange(200, 900)}" if dice.random() < 0.95 else None,
                reported_at=due - timedelta(hours=24),
                due_at=None if outcome == "undetermined" and dice.random() < 0.2 else due,
                hours_overdue=overdue,
                evidence="domestic abuse (marked as such, risk form); closed 26.4 h after it was reported; codes: "
                + dice.choice(("DOM", "DOM, QL 23 (looks like QL23), NFA, SAFEGUARDING-CONSIDERED", "no closure code")),
            )
        )
    return rows


def rejected_of(rows: Iterable[tuple[str, str, int, str | None, list[str]]]) -> pl.DataFrame:
    """The frame of rejected records."""
    return pl.DataFrame(list(rows), schema=REJECTED_SCHEMA, orient="row")


REJECTED = rejected_of(
    (
        ("incidents", "incidents.csv", 17, "INC-2026-000017", ["reported_at: 13/25/2026 00:10 is no date-time"]),
        ("children", "children.csv", 4, None, ["7 cells for 9 columns"]),
        (
            "referrals",
            "referrals.csv",
            210,
            "REF-000210, P0000012",
            ["submitted_at is blank though status is submitted", "no accepted incident INC-2026-000017"],
        ),
    )
)


def results_of(findings: pl.DataFrame, rules: Iterable[Rule] = RULES) -> dict[str, RuleResult]:
    """A result for each rule that agrees with the findings listed."""
    listed = {
        (rule_id, outcome): count for rule_id, outcome, count in findings.group_by("rule_id", "outcome").len().rows()
    }
    unlisted = {"pass": PASSED, "out_of_scope": OUT_OF_SCOPE}
    return {
        each.id: RuleResult(
            each.id,
            RuleStatus.RUN,
            counts={outcome: unlisted.get(outcome, listed.get((each.id, outcome), 0)) for outcome in Outcome},
        )
        for each in rules
    }


NO_PLANS = "the extract has no plans and flags tables"
BROKEN = "the rule could not be evaluated (ComputeError); see its applies and violation"


def run_of(
    rows: Iterable[dict[str, Any]] = (),
    rejected: pl.DataFrame = REJECTED,
    idle: dict[str, RuleStatus] | None = None,
    **record: Any,
) -> Run:
    """A finished run with these findings; the rules in `idle` gave no verdicts."""
    findings = findings_of(rows)
    results = results_of(findings)
    for rule_id, status in (idle or {}).items():
        reason = NO_PLANS if status is RuleStatus.NOT_RUN else BROKEN
        results[rule_id] = RuleResult(rule_id, status, reason)
    counts = {name: int((rejected["table"] == name).sum()) for name in ("incidents", "children", "referrals")}
    tables = {
        name: TableCounts(
            file=f"{name}.csv",
            sha256=f"{hash_of(name):064x}",
            rows_read=812 + counts[name] + 2,
            accepted=812,
            rejected=counts[name],
            collapsed=2,
            orphaned=int(name == "referrals" and counts[name] > 0),
        )
        for name in counts
    }
    whole = RunRecord(
        run_id="20261122T020412Z-5f0c1a2b",
        kind=RunKind.NIGHTLY,
        as_of=AS_OF,
        started_at=AS_OF + timedelta(minutes=4, seconds=12),
        finished_at=AS_OF + timedelta(minutes=4, seconds=19),
        extract="sample_data/nightly",
        config_file=None,
        tool_version="0.1.0",
        rule_pack_version="1.0.0",
        rule_pack_digest=f"{hash_of('pack'):064x}",
        policy_digest=f"{hash_of('policy'):064x}",
        policy={"domestic_abuse_codes": ["QL23"], "search_code": "QL23", "referral_due_hours": 24.0},
        tables=tables,
        missing_tables=("plans", "flags"),
        ignored_columns={"incidents": ("Call Handler",)},
        rules=results,
        warnings=(
            "incidents.csv: read as Windows-1252, for it is not UTF-8",
            "incidents.csv row 91: reported_at is a wall time that happened twice; read as its first occurrence",
        ),
    )
    return Run(replace(whole, **record), RULES, findings, rejected)


def recorded(run: Run, resolved: Iterable[dict[str, Any]] = (), carried: Iterable[dict[str, Any]] = ()) -> Run:
    """The run as a store gives it back, its twelfth; `carried` has `last_examined` and `why` too."""
    schema = FINDINGS_SCHEMA | {"last_examined": pl.Datetime("us", "UTC"), "why": pl.String}
    return replace(
        run,
        record=replace(run.record, number=12),
        resolved=findings_of(resolved),
        carried_over=pl.DataFrame(list(carried), schema=schema, orient="row"),
    )


def opened(days: int, status: str = "still open") -> dict[str, Any]:
    """What a store knows of a finding that was opened so many days ago."""
    return {"first_seen": AS_OF - timedelta(days=days), "status": status, "days_open": days}


def many_recorded(count: int, seed: int = 8) -> Run:
    """A run of `count` findings as a store gives it back, with a fifth as many resolved and carried over."""
    dice = random.Random(seed)

    def aged(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        days = [dice.choice((0, 0, 1, 2, 3, 9, 24)) for _ in rows]
        return [row | opened(day, "still open" if day else "new") for row, day in zip(rows, days, strict=True)]

    reasons = ("not in this extract: no accepted record of it", "by what its record now says it is not yet due")
    gone = aged([row for row in many_findings(count // 5, seed=3) if row["outcome"] == "finding"])
    resolved = [row | {"status": "resolved", "outcome": dice.choice(("pass", "out_of_scope"))} for row in gone]
    carried = [row | {"last_examined": AS_OF - timedelta(days=2), "why": dice.choice(reasons)} for row in gone]
    return recorded(run_of(aged(many_findings(count))), resolved, carried)


DECISIONS_SCHEMA: dict[str, Any] = {
    **dict.fromkeys(("finding_id", "decision", "reason", "reference", "decided_by"), pl.String),
    **dict.fromkeys(("decided_on", "settled_until"), pl.Date),
    "evidence_then": pl.String,
    "due_by_old_policy": pl.Datetime("us", "UTC"),
}
MEASURES_SCHEMA: dict[str, Any] = {
    **dict.fromkeys(("rule_id", "district", "team"), pl.String),
    "week": pl.Date,
    "concern_type": pl.String,
    **dict.fromkeys(("finding", "pass", "not_due", "undetermined"), pl.Int64),
}
POLICY = {
    "systemic_share": 0.5,
    "systemic_least": 10,
    "workbook_retention_days": 90,
    "review_after_days": {
        "referral_now_submitted": 7,
        "referral_already_made": 7,
        "no_referral_required": 180,
        "record_corrected": 7,
        "not_an_exception": 90,
        "passed_to_another_team": 7,
        "under_review": 0,
    },
}


def decision(row: dict[str, Any], decided: Decision = Decision.NO_REFERRAL_REQUIRED, **values: Any) -> dict[str, Any]:
    """What was decided about a finding; what is not given is as an ordinary decision has it."""
    return {
        "finding_id": row["finding_id"],
        "decision": decided.value,
        "reason": "seen by the hub, no child lives there",
        "reference": None,
        "decided_by": "DS Hall",
        "decided_on": date(2026, 11, 20),
        "settled_until": date(2027, 5, 19),
        "evidence_then": row["evidence"],
        "due_by_old_policy": None,
    } | values


def decided(run: Run, decisions: Iterable[dict[str, Any]], measures: Iterable[dict[str, Any]] | None = None) -> Run:
    """The run as a store gives it back that knows what was decided, under a policy that says what that means."""
    return replace(
        run,
        record=replace(run.record, policy=run.record.policy | POLICY),
        decisions=pl.DataFrame(list(decisions), schema=DECISIONS_SCHEMA, orient="row"),
        measures=None if measures is None else pl.DataFrame(list(measures), schema=MEASURES_SCHEMA, orient="row"),
    )


def measure(rule_id: str, district: str | None, finding: int, passed: int, **values: Any) -> dict[str, Any]:
    """The verdicts of one rule in a district, team, week and concern type."""
    told = {"rule_id": rule_id, "district": district, "team": "Response 1", "week": date(2026, 11, 16)}
    counts = {"concern_type": None, "finding": finding, "pass": passed, "not_due": 0, "undetermined": 0}
    return told | counts | values


def many_decided(count: int, seed: int = 9) -> Run:
    """As `many_recorded`, several findings an incident, a tenth of them settled, and as many that have come back."""
    dice = random.Random(seed)
    whole = many_recorded(count)
    decisions: list[dict[str, Any]] = []

    def judged(row: dict[str, Any]) -> dict[str, Any]:
        row["incident_ref"] = f"INC-2026-{hash_of(row['finding_id']) % max(count * 2 // 3, 1):06}"
        chance = dice.random()
        if chance > 0.2 or row["outcome"] == "not_due":
            return row
        back = dice.choice(("under review", "evidence changed", "decision expired", "referral not found"))
        made = dice.choice(list(Decision)[:-1])
        reference = f"REF-26-{dice.randrange(10**5):05}" if made is Decision.REFERRAL_ALREADY_MADE else None
        by, on = dice.choice(("DS Hall", "DI Okafor", "Sgt Ames")), date(2026, 11, dice.randrange(1, 22))
        until = on + timedelta(days=90) if dice.random() < 0.8 else None
        decisions.append(decision(row, made, decided_by=by, decided_on=on, settled_until=until, reference=reference))
        return row | {"status": "settled" if chance < 0.1 else back}

    assert whole.resolved is not None
    assert whole.carried_over is not None
    findings = [judged(row) for row in whole.findings.to_dicts()]
    carried = [judged(row | {"finding_id": row["finding_id"][:-2] + "cc"}) for row in whole.carried_over.to_dicts()]
    run = recorded(run_of(findings), whole.resolved.to_dicts(), carried)
    rules = tuple(replace(each, likely_cause=LIKELY_CAUSE) for each in run.rules)
    return decided(replace(run, rules=rules), decisions, [measure("CLO001", "Harbour", 42, 8)] if count > 9 else [])


LIKELY_CAUSE = (
    "The closure code that the daily search looks for is not in use there, is written differently, or is lost in the\n"
    "export: ask whoever closes incidents there, and whoever made the extract, before working through the list."
)
