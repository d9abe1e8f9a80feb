"""The nouns of a run: the extract, the rules, the verdicts, and what was decided about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import polars as pl

MARKING = "OFFICIAL-SENSITIVE"
EARLIEST = date(1900, 1, 1)  # what lies before it the contract does not believe; a rule from then on counts for all

# In the order of the contract; the first three are required.
TABLES = (
    *("incidents", "children", "referrals", "plans", "flags", "notifications", "missing_episodes", "hub_receipts"),
    "code_history",
)
LOCAL_AUTHORITY_TABLES = ("plans", "hub_receipts")  # what does not come from the police
REQUIRED_TABLES = ("incidents", "children", "referrals")
AREA_COLUMNS = {"district": "district", "team": "team", "supervisor": "supervisor_id"}  # by what a list may be split


class Outcome(StrEnum):
    """The five verdicts of `rules.md`, in the order in which they are counted."""

    FINDING = "finding"
    PASS = "pass"  # noqa: S105 - a verdict, not a password
    NOT_DUE = "not_due"
    UNDETERMINED = "undetermined"
    OUT_OF_SCOPE = "out_of_scope"


class Severity(StrEnum):
    """How urgent a finding is, most urgent first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class RuleStatus(StrEnum):
    """Whether a rule gave verdicts: a rule that did not run never looks clean."""

    RUN = "run"
    NOT_RUN = "not_run"
    ERROR = "error"


class RunKind(StrEnum):
    """What a run is part of; a sweep is never run without a stated reason."""

    NIGHTLY = "nightly"
    ADHOC = "adhoc"
    SWEEP = "sweep"


class FindingStatus(StrEnum):
    """Where a finding stands after a run, by its life and by what a supervisor decided about it."""

    NEW = "new"
    STILL_OPEN = "still open"
    REOPENED = "reopened"
    UNDER_REVIEW = "under review"  # open, and somebody has said so
    EVIDENCE_CHANGED = "evidence changed"  # open: it was settled by a decision on evidence that is no longer the same
    DECISION_EXPIRED = "decision expired"  # open: it was settled by a decision whose time is over
    REFERRAL_NOT_FOUND = "referral not found"  # open: the referral that a decision named did not appear in time
    SETTLED = "settled"  # open, and off the worklist by a decision that holds
    RESOLVED = "resolved"
    SUPERSEDED = "superseded"  # the run is of an older extract: a newer one has told more of this finding
    SWEPT = "swept"  # a line of a sweep, which opens and resolves nothing


# What a run itself can tell of an open finding; a decision about it may put another word in its place.
OPEN = (FindingStatus.NEW, FindingStatus.STILL_OPEN, FindingStatus.REOPENED)
RETURNED = (FindingStatus.EVIDENCE_CHANGED, FindingStatus.DECISION_EXPIRED, FindingStatus.REFERRAL_NOT_FOUND)
TO_DO = (*OPEN, FindingStatus.UNDER_REVIEW, *RETURNED)  # what is on a worklist


class Decision(StrEnum):
    """What a supervisor may decide about a finding, in the words of the workbook's drop-down list."""

    REFERRAL_NOW_SUBMITTED = "referral now submitted"
    REFERRAL_ALREADY_MADE = "referral already made, reference given"
    NO_REFERRAL_REQUIRED = "no referral required, reason given"
    RECORD_CORRECTED = "record corrected"
    NOT_AN_EXCEPTION = "not an exception, data error"
    PASSED_TO_ANOTHER_TEAM = "passed to another team"
    UNDER_REVIEW = "under review"

    @property
    def key(self) -> str:
        """Its name in the policy, `review_after_days`."""
        return self.name.lower()


ABOUT_REFERRALS = (Decision.REFERRAL_NOW_SUBMITTED, Decision.REFERRAL_ALREADY_MADE, Decision.NO_REFERRAL_REQUIRED)
NEEDS_REASON = (Decision.NO_REFERRAL_REQUIRED, Decision.NOT_AN_EXCEPTION, Decision.PASSED_TO_ANOTHER_TEAM)
NEEDS_REFERENCE = (Decision.REFERRAL_ALREADY_MADE,)


@dataclass(frozen=True)
class Disposition:
    """A decision as a line of a returned workbook states it, and where it stands there.

    `run` is the number of the run in whose list it was made. `rule_id`, `incident_ref` and `child_ref` are as the line
    has them, to compare: a line whose cells were moved speaks of another finding than its id. `row` is Excel's.
    """

    finding_id: str
    run: int
    decision: Decision
    reason: str | None
    reference: str | None
    decided_by: str
    rule_id: str | None
    incident_ref: str | None
    child_ref: str | None
    file: str
    file_sha256: str
    sheet: str
    row: int


@dataclass(frozen=True)
class Problem:
    """A line of a returned workbook from which no decision was taken, or only with a warning: what, and what to do.

    `sheet` and `row` are None where it is about the whole workbook. `finding_id` is that of the line, in one of a
    sample its line id; None where it has none.
    """

    file: str
    sheet: str | None
    row: int | None
    finding_id: str | None
    fault: str
    remedy: str


@dataclass(frozen=True)
class ReturnedWorkbook:
    """What came of one returned workbook.

    `sha256` is None where it could not be read, `lines` how many findings, or incidents of a sample, it lists, `taken`
    how many decisions and reviews were taken from it, `repeated` how many the store had already, `problems` how many
    lines a person should look at. `reviews` is how many of those taken are what a reviewer says of an incident.
    """

    file: str
    sha256: str | None
    lines: int
    taken: int
    repeated: int
    problems: int
    reviews: int = 0


@dataclass(frozen=True)
class Collected:
    """What came of the returned workbooks that were read together, at an instant in UTC."""

    at: datetime
    workbooks: tuple[ReturnedWorkbook, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class SourceTable:
    """One table as it was read: text columns named as in the contract, plus `source_file` and `source_row`.

    `rows` holds every record of the file with as many cells as the header; `ragged` those with more or fewer, their
    cells put under the headers by position as far as they reach, plus `cells` and `expected_cells`.
    `source_row` is the row as a person counts it in the file, the header being row 1.
    """

    name: str
    file: str
    sha256: str
    rows: pl.DataFrame
    ragged: pl.DataFrame
    missing_columns: tuple[str, ...] = ()
    extra_columns: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    time_zone: str = "Europe/London"

    @property
    def rows_read(self) -> int:
        """The number of records that the file holds for this table."""
        return self.rows.height + self.ragged.height


@dataclass(frozen=True)
class Extract:
    """A folder of exported tables, read and not yet believed."""

    folder: Path
    tables: dict[str, SourceTable]
    extracted_at: str | None = None
    covers_from: str | None = None
    covers_to: str | None = None
    unused_files: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableCounts:
    """What became of the rows of a table: `rows_read = accepted + rejected + collapsed`, the orphans being rejected."""

    file: str
    sha256: str
    rows_read: int
    accepted: int
    rejected: int
    collapsed: int
    orphaned: int


class About(StrEnum):
    """What the findings of a rule are about, where a decision is held against it."""

    REFERRAL = "referral"


class ReportPart(StrEnum):
    """A part of the report that counts a rule's verdicts once more, beside its line among the rules."""

    COVERAGE = "child coverage"
    DAILY_SEARCH = "daily search"
    HUB = "hub reconciliation"


@dataclass(frozen=True)
class Example:
    """A worked case inside a rule file: the facts that matter and the outcome that they must give."""

    name: str
    facts: dict[str, Any]
    outcome: Outcome
    as_of: datetime | None = None


@dataclass(frozen=True)
class Rule:
    """One rule of the pack, as its TOML file states it.

    `applies` and `violation` are SQL predicates over the facts of `subject`; `due_at` is the name of one of its
    date-time facts. `message` has one sentence for each outcome that reaches a person. It counts for what was reported
    from `effective_from` to `effective_to`, London dates; `earlier` are the versions that counted before, oldest first,
    each without earlier ones of its own. A rule whose newest version has an end is retired, and says why. Only a rule
    that is `about` referrals can be answered by a decision that names one. `tables` are the tables and columns of the
    extract without which it is not run.
    """

    id: str
    name: str
    area: str
    severity: Severity
    owner: str
    basis: str
    source: str
    subject: str
    summary: str
    applies: str
    violation: str
    due_at: str
    message: dict[Outcome, str]
    evidence: tuple[str, ...]
    guidance: str
    known_limits: str
    effective_from: date
    effective_to: date | None
    examples: tuple[Example, ...]
    file: str
    tables: tuple[str, ...] = ()
    likely_cause: str = ""
    retired_because: str = ""
    about: About | None = None
    counted_in: ReportPart | None = None
    earlier: tuple[Rule, ...] = ()

    @property
    def versions(self) -> tuple[Rule, ...]:
        """All versions of the rule, the oldest first; itself is the newest."""
        return (*self.earlier, self)

    @property
    def why_out_of_force(self) -> str:
        """Why it was not run where no incident is of its days."""
        return f"it is in force {' and '.join(version.in_force for version in self.versions)}"

    @property
    def in_force(self) -> str:
        """In words, from when to when this version counts, and why it does not any more where that is said."""
        start = f"from {self.effective_from:%d/%m/%Y}" if self.effective_from > EARLIEST else ""
        until = f"to {self.effective_to:%d/%m/%Y}" if self.effective_to else ""
        why = f"; retired after that: {self.retired_because.rstrip('.')}" if self.retired_because else ""
        return (f"{start} {until}".strip() or "for incidents of any date") + why


@dataclass(frozen=True)
class RuleResult:
    """How one rule fared: its counts where it ran, else the reason why there are none."""

    rule_id: str
    status: RuleStatus
    reason: str | None = None
    counts: dict[Outcome, int] | None = None

    @property
    def subjects(self) -> int | None:
        """How many subjects the rule judged, or None where it did not run."""
        return None if self.counts is None else sum(self.counts.values())


@dataclass(frozen=True)
class SearchReplay:
    """What the force's daily search would have returned of the incidents that its rule is about.

    `seen` and `missed` (by reason, the most frequent first) count those that were due, `not_due` those that a run of
    the search may still return, `cannot_tell` the rest. `with_code_history` says whether codes amended later were
    known.
    """

    run_time: str
    keyed_on: str
    window_hours: float
    search_code: str
    with_code_history: bool
    seen: int
    missed: dict[str, int]
    not_due: int
    cannot_tell: int


@dataclass(frozen=True)
class HubMismatch:
    """A form on which police and children's hub do not agree; `what` says how. Times are UTC, None where not known."""

    what: str
    referral_ref: str
    incident_ref: str | None
    submitted_at: datetime | None
    received_at: datetime | None


@dataclass(frozen=True)
class HubReconciliation:
    """The forms that were sent held against those that the children's hub received; each count is of forms.

    `sent = in_time + late + never_received + not_due + cannot_tell`. Of the forms that were received and that the
    extract does not have as submitted, `unsure` are those of which a row was rejected, and `never_sent` the others.
    `mismatches` lists the late, the never received, the never sent and the unsure.
    """

    sources: tuple[str, ...]
    sent: int
    in_time: int
    late: int
    never_received: int
    not_due: int
    cannot_tell: int
    never_sent: int
    unsure: int
    mismatches: tuple[HubMismatch, ...]


@dataclass(frozen=True)
class RunRecord:
    """What was checked, as of when, from which files, by which rules: everything that an inspector may ask.

    `number` is the run's number in the store, None where it was not recorded in one; `alarms` says in a sentence each
    what about the extract as a whole looks wrong. `areas` has every district, team and supervisor of its incidents.
    `covers_from` and `covers_to` are the moments (UTC) between which the extract says that it covers everything, None
    where it does not say. `daily_search` and `hub` are None where the rule that is counted in them did not run.
    `school_calendar` is the name and the SHA-256 of the file of school days, None where they were assumed.
    """

    run_id: str
    kind: RunKind
    as_of: datetime
    started_at: datetime
    finished_at: datetime
    extract: str
    config_file: str | None
    tool_version: str
    rule_pack_version: str
    rule_pack_digest: str
    policy_digest: str
    policy: dict[str, Any]
    tables: dict[str, TableCounts]
    missing_tables: tuple[str, ...]
    ignored_columns: dict[str, tuple[str, ...]]
    rules: dict[str, RuleResult]
    warnings: tuple[str, ...] = ()
    marking: str = MARKING
    number: int | None = None
    reason: str | None = None
    alarms: tuple[str, ...] = ()
    areas: dict[str, tuple[str, ...]] = field(default_factory=dict)
    covers_from: datetime | None = None
    covers_to: datetime | None = None
    daily_search: SearchReplay | None = None
    hub: HubReconciliation | None = None
    school_calendar: str | None = None


@dataclass(frozen=True)
class Run:
    """A finished run as the reports read it: the record, the rules, and the rows that need a person.

    `findings` has the columns of `findings.csv` (checker.evaluation.FINDING_SCHEMA) with real types: times are UTC
    date-times, `hours_overdue` a float; in the contract's order. `rejected` has table, file, row, key, reasons.

    What only the store knows is blank, and the last two None, in a run that was not recorded in one: in `findings`
    `first_seen`, `status` (FindingStatus) and `days_open` (whole London days since it was opened last). `resolved` has
    the same columns, one line for each finding that this run saw pass or leave scope: that is its `outcome`.
    `carried_over` has them too, and `last_examined` and `why`, one line for each open finding that this run neither
    confirmed nor resolved: `outcome`, `message` and what else may change are as they were when it was last listed.

    `decisions` has a line for each finding of `findings` and `carried_over` about which somebody has decided, the last
    decision that the run knew of: `finding_id`, `decision` (Decision), `reason`, `reference`, `decided_by`, as London
    dates `decided_on` and `settled_until` (null: as long as the evidence stays the same, or not settled at all), and
    the evidence that it was decided upon, `evidence_then`. `due_by_old_policy` is when the finding was due (UTC) where
    nothing but that has changed since, by another policy. What a decision makes of a finding is its `status`.

    `swept` says of findings what was decided about them in a sweep: `finding_id` and `told`, a sentence each. It
    settles nothing here.

    `measures` counts verdicts by rule, district, team, week and concern type (checker.measures.MEASURES). `weeks` has
    the same of each of the last 13 weeks (checker.measures.MEASURED_WEEKS); a nightly run that was recorded has each
    from the nightly run known to it whose extract holds the most of the week, the newest of these.

    Where it is the part of one area (checker.report.areas), `area` says which, and `force` has the counts of each rule
    over the whole force.
    """

    record: RunRecord
    rules: tuple[Rule, ...]
    findings: pl.DataFrame
    rejected: pl.DataFrame
    resolved: pl.DataFrame | None = None
    carried_over: pl.DataFrame | None = None
    decisions: pl.DataFrame | None = None
    swept: pl.DataFrame | None = None
    measures: pl.DataFrame | None = None
    weeks: pl.DataFrame | None = None
    area: str | None = None
    force: dict[str, dict[Outcome, int] | None] = field(default_factory=dict)

    def rule_counted_in(self, part: ReportPart) -> Rule | None:
        """The rule that a part of the report is counted by, None where the pack has none."""
        return next((rule for rule in self.rules if rule.counted_in == part), None)
