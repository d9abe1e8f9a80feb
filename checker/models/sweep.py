"""The nouns of a sweep: what was selected, in which order it is looked at, what has happened since, its samples."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import polars as pl

from checker.models.run import Run

_UTC_TIME = pl.Datetime("us", "UTC")


class Since(StrEnum):
    """What has become of a child since an incident: the first of these that is so."""

    REFERRED = "referred for this incident"
    REFERRED_SINCE = "referred since"
    ON_A_PLAN = "on a plan, no referral"
    CANNOT_TELL = "cannot tell"
    MET_SINCE = "met again, no referral"
    UNSEEN = "not seen since"


PROTECTED = (Since.REFERRED, Since.REFERRED_SINCE, Since.ON_A_PLAN)  # a form was sent, or a plan is there


class TriagePart(StrEnum):
    """The parts of the triage score, as the columns that count them are named; the policy gives each its weight."""

    UNREFERRED_CHILDREN = "unreferred_children"
    REFERRED_LATER_CHILDREN = "referred_later_children"
    CURRENT_PLAN_CHILDREN = "current_plan_children"
    PREVIOUS_PLAN_CHILDREN = "previous_plan_children"
    SEVERAL_CHILDREN = "several_children"
    YOUNG_CHILDREN = "young_children"
    INCIDENTS_BEFORE = "incidents_before"
    INCIDENTS_SINCE = "incidents_since"
    RISK_RAISED_LATER = "risk_raised_later"
    MISSING_EPISODES = "missing_episodes"
    NO_RISK_FORM = "no_risk_form"

    @property
    def points(self) -> str:
        """The column of its points."""
        return f"{self.value}_points"


# One line for each expected child, named or not, of each selected incident; whoever is surely no child has none.
SWEPT_CHILDREN = pl.Schema(
    {
        "incident_ref": pl.String(),
        "child_ref": pl.String(),  # null: the unnamed rest of the children
        "age_band": pl.String(),
        "is_referred": pl.Boolean(),  # for this incident; null: not known
        "since": pl.String(),  # Since
        "later_referral_ref": pl.String(),  # the first submitted since for the child under another incident
        "later_referral_at": _UTC_TIME,
        "later_incidents": pl.Int64(),
        "latest_incident_ref": pl.String(),  # of those
        "latest_incident_at": _UTC_TIME,
        "current_plan": pl.Boolean(),  # null: not known
        "previous_plan": pl.Boolean(),
        "missing_episodes": pl.Int64(),  # null: not known
        "since_in_words": pl.String(),
    }
)
# What the triage counts of each selected incident; a part is null where its table is not in the extract.
TRIAGE = pl.Schema(
    {
        "incident_ref": pl.String(),
        "children": pl.Int64(),
        **{part.value: pl.Int64() for part in TriagePart},
        **{part.points: pl.Int64() for part in TriagePart},
        "score": pl.Int64(),
        "protected_children": pl.Int64(),
        "unseen_children": pl.Int64(),
        "since_in_words": pl.String(),
    }
)
# One line for each selected incident, in the order of looking. `not_known` names what leaves open whether it belongs to
# the selection at all. `verdict` is the gravest Outcome of its lines, a line about a child being of its latest selected
# incident; `exposure_days` the whole days since the first of its findings was due.
ORDER = pl.Schema(
    {
        "place": pl.Int64(),
        "incident_ref": pl.String(),
        "reported_at": _UTC_TIME,
        "district": pl.String(),
        "team": pl.String(),
        "risk_level": pl.String(),
        "not_known": pl.String(),
        "verdict": pl.String(),
        "findings": pl.Int64(),
        "undetermined": pl.Int64(),
        "exposure_days": pl.Int64(),
        **{name: dtype for name, dtype in TRIAGE.items() if name != "incident_ref"},
    }
)
# One line for each accepted incident that was not selected, with the first reason that applies.
EXCLUDED = pl.Schema({"incident_ref": pl.String(), "reason": pl.String()})

# A drawn sample in the order in which it is looked at; `stratum` is "all" in a simple one, `of` how many incidents of
# the backlog are in the stratum.
SAMPLED = pl.Schema({"place": pl.Int64(), "incident_ref": pl.String(), "stratum": pl.String(), "of": pl.Int64()})
# What was last said of each incident of a sample, by each reviewer (1, 2) and where these disagree together (AGREED).
REVIEWS = pl.Schema(
    {
        "incident_ref": pl.String(),
        "reviewer": pl.Int64(),
        "answer": pl.String(),  # Answer
        "remark": pl.String(),
        "reviewed_by": pl.String(),
    }
)
AGREED = 3
STRATIFY_BY = ("district", "risk_level", "verdict")


class Answer(StrEnum):
    """What a reviewer says of a sampled incident, in the words of the drop-down list."""

    ACCOUNTED_FOR = "every child accounted for"
    NOT_ACCOUNTED_FOR = "a child not accounted for"
    CANNOT_TELL = "cannot tell from the records"


@dataclass(frozen=True)
class Review:
    """What a reviewer says of an incident of a sample, as a line of a returned workbook states it, and where it stands.

    `reviewer` is 1 or 2, or AGREED for what both settled on. `sweep` is the name of the sweep as the line has it, to
    compare: sample 1 of another store is another sample. `row` is Excel's.
    """

    sample: int
    reviewer: int
    sweep: str
    incident_ref: str
    answer: Answer
    remark: str | None
    reviewed_by: str
    file: str
    file_sha256: str
    sheet: str
    row: int


@dataclass(frozen=True)
class Selection:
    """Which incidents a sweep is about; what is blank leaves none out.

    The days are London's, both included; `rules` are those that are judged, all where there are none; `where` is a
    predicate over the facts of an incident, as in a rule.
    """

    reported_from: date | None = None
    reported_to: date | None = None
    risk: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    where: str | None = None


@dataclass(frozen=True)
class Sample:
    """A sample that was drawn from the selected incidents of a sweep (SAMPLED), and what came back of it (REVIEWS).

    The order of a draw is that of the SHA-256 of `seed:incident_ref`: whoever has the list can draw it again.
    `stratified_by` has the columns by which it is stratified, none where it is a simple one.
    """

    number: int
    size: int
    seed: int
    stratified_by: tuple[str, ...]
    drawn_at: datetime
    rows: pl.DataFrame
    reviews: pl.DataFrame


@dataclass(frozen=True)
class Sweep:
    """A sweep as its workbooks and its closing report read it.

    `run` has its lines and the last decision on each; `order` (ORDER), `children` (SWEPT_CHILDREN) and `excluded`
    (EXCLUDED) are those of the day on which it ran. `nightly` says of its lines how the nightly lists have them:
    `finding_id` and `standing`. The last three are None until somebody has signed it off; `sign_off_reason` says why
    that was done where something was not looked at.
    """

    name: str
    selection: Selection
    run: Run
    order: pl.DataFrame
    children: pl.DataFrame
    excluded: pl.DataFrame
    nightly: pl.DataFrame
    samples: tuple[Sample, ...] = ()
    signed_off_by: str | None = None
    signed_off_at: datetime | None = None
    sign_off_reason: str | None = None
