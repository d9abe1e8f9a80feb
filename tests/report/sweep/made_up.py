"""Invented sweeps: no incident, child, officer or place in them exists."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from checker.models import (
    EXCLUDED,
    NEEDS_REASON,
    ORDER,
    PROTECTED,
    SWEPT_CHILDREN,
    Decision,
    Outcome,
    RunKind,
    Selection,
    Since,
    Sweep,
    TriagePart,
)
from tests.report import made_up
from tests.report.made_up import finding, hash_of, run_of

AS_OF = datetime(2017, 12, 15, 9, tzinfo=UTC)
SWEPT_ON = datetime(2026, 11, 2, 10, 30, tzinfo=UTC)  # a Monday
WEIGHTS = {
    TriagePart.UNREFERRED_CHILDREN: 30,
    TriagePart.REFERRED_LATER_CHILDREN: 10,
    TriagePart.CURRENT_PLAN_CHILDREN: 15,
    TriagePart.PREVIOUS_PLAN_CHILDREN: 8,
    TriagePart.SEVERAL_CHILDREN: 5,
    TriagePart.YOUNG_CHILDREN: 10,
    TriagePart.INCIDENTS_BEFORE: 3,
    TriagePart.INCIDENTS_SINCE: 5,
    TriagePart.RISK_RAISED_LATER: 20,
    TriagePart.MISSING_EPISODES: 5,
    TriagePart.NO_RISK_FORM: 10,
}
MOST_COUNTED = 5
NIGHTLY = {"finding_id": pl.String, "standing": pl.String}


def incident(
    place: int, reference: str | None = None, counts: Mapping[TriagePart, int | None] | None = None, **values: Any
) -> dict[str, Any]:
    """One row of ORDER; what is not given is as an ordinary incident has it."""
    counted = dict.fromkeys(TriagePart, 0) | dict(counts or {})
    points = {part: None if n is None else min(n, MOST_COUNTED) * WEIGHTS[part] for part, n in counted.items()}
    return {
        "place": place,
        "incident_ref": reference or f"INC-17-{place:05}",
        "reported_at": datetime(2017, 8, 1, 17, tzinfo=UTC),
        "district": "Harbour",
        "team": "Response 1",
        "risk_level": "standard",
        "not_known": None,
        "verdict": Outcome.FINDING.value,
        "findings": 1,
        "undetermined": 0,
        "exposure_days": 134,
        "children": 1,
        **{part.value: count for part, count in counted.items()},
        **{part.points: count for part, count in points.items()},
        "score": sum(filter(None, points.values())),
        "protected_children": 0,
        "unseen_children": 1,
        "since_in_words": "1 child: 1 not seen since",
    } | values


def child(incident_ref: str, child_ref: str | None, since: Since = Since.UNSEEN, **values: Any) -> dict[str, Any]:
    """One row of SWEPT_CHILDREN; what is not given is as an ordinary child has it."""
    return {
        "incident_ref": incident_ref,
        "child_ref": child_ref,
        "age_band": "5-11",
        "is_referred": since is Since.REFERRED,
        "since": since.value,
        "later_referral_ref": None,
        "later_referral_at": None,
        "later_incidents": 0,
        "latest_incident_ref": None,
        "latest_incident_at": None,
        "current_plan": False,
        "previous_plan": False,
        "missing_episodes": 0,
        "since_in_words": f"{since.value}: nothing of this child in the extract after the incident",
    } | values


def line(
    incident_ref: str | None, rule_id: str = "REF001", child_ref: str | None = None, **values: Any
) -> dict[str, Any]:
    """A line of a sweep, due since 2 August 2017, 17:00 in London."""
    told = {
        "finding_id": f"{rule_id}-{hash_of(rule_id, str(incident_ref), str(child_ref)):064x}"[:23],
        "reported_at": datetime(2017, 8, 1, 16, tzinfo=UTC),
        "due_at": datetime(2017, 8, 2, 16, tzinfo=UTC),
        "hours_overdue": 3233.0,
        "status": "swept",
        "first_seen": SWEPT_ON,
        "days_open": 0,
    }
    return finding(rule_id, child_ref=child_ref, **(told | values)) | {"incident_ref": incident_ref}


def decision(
    row: Mapping[str, Any], decided: Decision = Decision.REFERRAL_NOW_SUBMITTED, **values: Any
) -> dict[str, Any]:
    """What was decided about a line, the day after the sweep ran."""
    told = {"reason": None, "decided_on": date(2026, 11, 3), "settled_until": None}
    return made_up.decision(dict(row), decided, **(told | values))


def sweep_of(
    incidents: Sequence[Mapping[str, Any]] = (),
    lines: Iterable[Mapping[str, Any]] = (),
    children: Iterable[Mapping[str, Any]] = (),
    decisions: Iterable[Mapping[str, Any]] = (),
    excluded: Iterable[tuple[str, str]] = (),
    nightly: Iterable[tuple[str, str]] = (),
    record: Mapping[str, Any] | None = None,
    **values: Any,
) -> Sweep:
    """A finished sweep over these incidents, with what was decided since."""
    policy = made_up.POLICY | {
        "triage": {part.value: weight for part, weight in WEIGHTS.items()} | {"most_counted": MOST_COUNTED}
    }
    whole = run_of(
        map(dict, lines),
        **{
            "run_id": "20261102T103000Z-0a1b2c3d",
            "kind": RunKind.SWEEP,
            "as_of": AS_OF,
            "started_at": SWEPT_ON - timedelta(minutes=1),
            "finished_at": SWEPT_ON,
            "extract": "sample_data/backlog-580",
            "number": 31,
            "reason": "joint targeted area inspection: 580 standard-risk incidents were never re-assessed",
            "policy": policy,
        }
        | dict(record or {}),
    )
    run = replace(whole, decisions=pl.DataFrame(list(decisions), schema=made_up.DECISIONS_SCHEMA, orient="row"))
    return Sweep(
        **{
            "name": "Standard-risk backlog",
            "selection": Selection(date(2017, 8, 1), date(2017, 11, 30), risk=("standard",)),
            "run": run,
            "order": pl.DataFrame(list(incidents), schema=ORDER, orient="row"),
            "children": pl.DataFrame(list(children), schema=SWEPT_CHILDREN, orient="row"),
            "excluded": pl.DataFrame(list(excluded), schema=EXCLUDED, orient="row"),
            "nightly": pl.DataFrame(list(nightly), schema=NIGHTLY, orient="row"),
        }
        | values
    )


DISTRICTS = ("Exampleshire North", "Exampleshire Coast", "Harbour", None)
PEOPLE = ("DS Hall", "DI Okafor", "Sgt Ames")


def many(count: int, decided: float = 0.0, seed: int = 7) -> Sweep:
    """A sweep of `count` incidents, a third of them with lines, of which that share is decided."""
    dice = random.Random(seed)
    incidents, lines, children, decisions = [], [], [], []
    for number in range(1, count + 1):
        reference, reported = (
            f"INC-17-{31005 + number}",
            datetime(2017, 8, 1, 17, tzinfo=UTC) + timedelta(hours=5 * number),
        )
        has_lines = dice.random() < 1 / 3
        own, found = [], []
        for each in range(dice.choice((0, 1, 1, 2, 3)) or int(has_lines)):
            since = dice.choice(list(Since)[2:]) if has_lines else Since.REFERRED
            name = f"CH-{dice.randrange(10**5, 10**6)}" if dice.random() < 0.9 or each else None
            own.append(child(reference, name, since, **_since(since, dice, reported)))
            if has_lines:
                outcome = Outcome.UNDETERMINED.value if since is Since.CANNOT_TELL else Outcome.FINDING.value
                due = reported + timedelta(days=1)
                hours = round((AS_OF - due).total_seconds() / 3600, 1) if due < AS_OF else None
                at = {"reported_at": reported, "due_at": due, "hours_overdue": hours, "outcome": outcome}
                found.append(line(reference, "REF001", name, **at, evidence=EVIDENCE))
                if dice.random() < 0.3:
                    found.append(
                        line(reference, dice.choice(("CLO001", "CLO002")), None, **at | {"outcome": "finding"})
                    )
                if name and dice.random() < 0.2:
                    found.append(line(reference, dice.choice(("FLG001", "FLG003")), name, **at))
        found = list({each["finding_id"]: each for each in found}.values())
        for each in found if dice.random() < decided else ():
            decisions.append(_decision(each, dice))
        lines += found
        children += own
        unseen = sum(each["since"] == Since.UNSEEN.value for each in own)
        incidents.append(_counted(number, reference, reported, own, found, unseen, dice))
    incidents.sort(key=lambda row: (-row["score"], row["reported_at"], row["incident_ref"]))
    incidents = [row | {"place": place} for place, row in enumerate(incidents, start=1)]
    excluded = [
        (f"INC-17-{90000 + n}", dice.choice(("reported on another day", "risk is medium"))) for n in range(count // 2)
    ]
    nightly = [(each["finding_id"], dice.choice(("open since 3 Nov 2026", "settled"))) for each in lines[::5]]
    return sweep_of(incidents, lines, children, decisions, excluded, nightly)


EVIDENCE = (
    "domestic abuse (marked as such, risk form); risk standard, not assessed again; aged 5-11; no referral form found "
    "for this child; 1 other form for this incident: REF-291913 for CH-441477, submitted 2 Aug 2017, 01:37"
)


def _since(since: Since, dice: random.Random, reported: datetime) -> dict[str, Any]:
    later = reported + timedelta(days=dice.randrange(3, 90))
    told = {
        Since.REFERRED: "referred for this incident",
        Since.REFERRED_SINCE: f"referred since: REF-{dice.randrange(10**5, 10**6)} on {later:%-d %b %Y}, for "
        "INC-17-39007; 2 later incidents, the latest INC-17-39007",
        Since.ON_A_PLAN: f"on a child protection plan since {later:%-d %b %Y}; no referral since",
        Since.MET_SINCE: f"met again in 1 later incident, INC-17-39112 on {later:%-d %b %Y}; no referral since",
        Since.CANNOT_TELL: "cannot tell: a child without a name on the record",
        Since.UNSEEN: "not seen since: no later referral, incident or plan in the extract",
    }
    return {"since_in_words": told[since], "age_band": dice.choice(("unborn", "0-4", "5-11", "12-15", "unknown"))}


def _counted(
    place: int,
    reference: str,
    reported: datetime,
    own: Sequence[Mapping[str, Any]],
    found: Sequence[Mapping[str, Any]],
    unseen: int,
    dice: random.Random,
) -> dict[str, Any]:
    counts = {
        TriagePart.UNREFERRED_CHILDREN: sum(each["since"] in ("not seen since", "cannot tell") for each in own),
        TriagePart.REFERRED_LATER_CHILDREN: sum(each["since"] == "referred since" for each in own),
        TriagePart.SEVERAL_CHILDREN: int(len(own) > 1),
        TriagePart.YOUNG_CHILDREN: sum(each["age_band"] in ("unborn", "0-4", "unknown") for each in own),
        TriagePart.INCIDENTS_BEFORE: dice.randrange(8) if found else 0,
        TriagePart.INCIDENTS_SINCE: dice.randrange(3),
        TriagePart.RISK_RAISED_LATER: int(dice.random() < 0.1),
        TriagePart.MISSING_EPISODES: None,
        TriagePart.NO_RISK_FORM: int(dice.random() < 0.05),
    }
    outcomes = [each["outcome"] for each in found]
    verdict = next((each.value for each in (Outcome.FINDING, Outcome.UNDETERMINED) if each.value in outcomes), "pass")
    by_since = {each.value: sum(row["since"] == each.value for row in own) for each in Since}
    return incident(
        place,
        reference,
        counts,
        reported_at=reported,
        district=dice.choice(DISTRICTS),
        not_known="risk level" if dice.random() < 0.02 else None,
        verdict=verdict,
        findings=outcomes.count("finding"),
        undetermined=outcomes.count("undetermined"),
        exposure_days=max((AS_OF - reported).days - 1, 0) if "finding" in outcomes else None,
        children=len(own),
        protected_children=sum(by_since[each.value] for each in PROTECTED),
        unseen_children=unseen,
        since_in_words=f"{len(own)} children: " + ", ".join(f"{n} {what}" for what, n in by_since.items() if n)
        if own
        else "no child",
    )


def _decision(row: Mapping[str, Any], dice: random.Random) -> dict[str, Any]:
    made = dice.choice(list(Decision)) if row["rule_id"] == "REF001" else Decision.RECORD_CORRECTED
    reason = "seen by the school nurse on 4 Nov; no child lives there" if made in NEEDS_REASON else None
    reference = f"REF-26-{dice.randrange(10**5):05}" if made is Decision.REFERRAL_ALREADY_MADE else None
    on = date(2026, 11, dice.randrange(2, 28))
    return decision(row, made, reason=reason, reference=reference, decided_by=dice.choice(PEOPLE), decided_on=on)
