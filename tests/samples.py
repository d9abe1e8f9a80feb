"""An invented sweep and samples of it: no incident, child or place in them exists."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import polars as pl

from checker.models import (
    EXCLUDED,
    ORDER,
    REVIEWS,
    SWEPT_CHILDREN,
    Answer,
    Outcome,
    RunKind,
    Sample,
    Selection,
    Sweep,
)
from checker.sampling import draw
from tests.report.made_up import AS_OF, recorded, run_of

YES, NO, CANNOT_TELL = Answer.ACCOUNTED_FOR, Answer.NOT_ACCOUNTED_FOR, Answer.CANNOT_TELL
DRAWN_AT = AS_OF + timedelta(hours=9)
NAMES = {1: "DS Hall", 2: "DI Okafor", 3: "DS Hall and DI Okafor"}
VERDICTS = (*[Outcome.FINDING] * 12, *[Outcome.PASS] * 5, *[Outcome.UNDETERMINED] * 2, Outcome.OUT_OF_SCOPE)
DISTRICTS = ("Harbour", "Moorland", "Riverside", None)


def order_of(count: int) -> pl.DataFrame:
    """The order of a sweep of so many incidents."""
    rows = [
        {
            "place": number + 1,
            "incident_ref": f"INC-2017-{number:06}",
            "reported_at": AS_OF - timedelta(days=3000, hours=7 * number),
            "district": DISTRICTS[number * 7 % 11 % 4],
            "team": f"Response {number % 5 + 1}",
            "risk_level": "standard" if number % 9 else None,
            "verdict": VERDICTS[number * 13 % 20].value,
        }
        for number in range(count)
    ]
    return pl.DataFrame(rows, schema={name: ORDER[name] for name in rows[0]}).match_to_schema(
        ORDER, missing_columns="insert"
    )


def children_of(order: pl.DataFrame) -> pl.DataFrame:
    """None to three children of each incident, the last of some without a name."""
    rows = [
        {
            "incident_ref": incident,
            "child_ref": None if number % 5 == 2 and child == 2 else f"P{number * 10 + child:07}",
            "age_band": ("under 5", "5-11", "unborn", None)[(number + child) % 4],
            "is_referred": False,
        }
        for number, incident in enumerate(order["incident_ref"])
        for child in range(number % 4)
    ]
    return pl.DataFrame(rows, schema={name: SWEPT_CHILDREN[name] for name in rows[0]}).match_to_schema(
        SWEPT_CHILDREN, missing_columns="insert"
    )


def sweep_of(count: int, name: str = "Backlog 2017") -> Sweep:
    """A sweep of so many incidents."""
    order = order_of(count)
    run = recorded(run_of(kind=RunKind.SWEEP, reason="580 incidents of 2017", policy={"workbook_retention_days": 90}))
    nothing = pl.DataFrame(schema={"finding_id": pl.String, "standing": pl.String})
    return Sweep(name, Selection(), run, order, children_of(order), pl.DataFrame(schema=EXCLUDED), nothing)


def sample_of(
    order: pl.DataFrame, size: int, *stratified_by: str, answers: Mapping[int, Mapping[str, Answer]] | None = None
) -> Sample:
    """A sample that was drawn from the incidents of a sweep, and by reviewer what was answered for each incident."""
    rows = draw(order, size, 7, stratified_by)
    said = [
        (incident, reviewer, answer.value, None, NAMES[reviewer])
        for reviewer, of in (answers or {}).items()
        for incident, answer in of.items()
    ]
    reviews = pl.DataFrame(said, schema=REVIEWS, orient="row")
    return Sample(1, size, 7, stratified_by, DRAWN_AT, rows, reviews)
