"""The tables of the store: what was run, over which files, what came of it, and the life of each finding.

They hold references of the record system and never a name, a date of birth or an address. Every time is UTC.
A change here needs a migration in `migrations/versions`; a test compares the two.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    TypeDecorator,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Instant(TypeDecorator[datetime]):
    """An instant in UTC; SQLite keeps no offset and would drop any other without converting it."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The instant as the database keeps it."""
        if value is None:
            return None
        instant = value.astimezone(UTC)
        return instant.replace(tzinfo=None) if dialect.name == "sqlite" else instant

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The instant in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Table(DeclarativeBase):
    """The base of all tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        str: Text,
        float: Double,
        datetime: Instant,
        dict[str, Any]: JSON(none_as_null=True),
        list[Any]: JSON(none_as_null=True),
    }


# On PostgreSQL too a number that grows for years; SQLite counts up by itself only in an INTEGER.
Number = BigInteger().with_variant(Integer, "sqlite")


class RunRow(Table):
    """One attempt to check an extract, whatever came of it; `id` is the number that people call it by.

    `status` is a checker.store.RunStatus. `sequence` counts the runs in the order in which they were stored: what is
    known after a run is what the runs up to its sequence have told.
    """

    __tablename__ = "runs"
    __table_args__ = (Index(None, "kind", "as_of"), Index(None, "digest"))

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    run_id: Mapped[str | None] = mapped_column(unique=True)
    sequence: Mapped[int | None] = mapped_column(Number, unique=True)
    kind: Mapped[str]
    status: Mapped[str]
    actor: Mapped[str]
    owner: Mapped[str | None]
    reason: Mapped[str | None]
    extract: Mapped[str]
    digest: Mapped[str]
    settings_digest: Mapped[str]
    as_of: Mapped[datetime | None]
    begun_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    report: Mapped[str | None]
    error: Mapped[str | None]
    exit_code: Mapped[int | None]
    retry_at: Mapped[datetime | None]
    purged_at: Mapped[datetime | None]
    config_file: Mapped[str | None]
    tool_version: Mapped[str | None]
    rule_pack_digest: Mapped[str | None] = mapped_column(ForeignKey("rule_packs.digest"))
    policy_digest: Mapped[str | None]
    policy: Mapped[dict[str, Any] | None]
    missing_tables: Mapped[list[Any] | None]
    ignored_columns: Mapped[dict[str, Any] | None]
    warnings: Mapped[list[Any] | None]
    alarms: Mapped[list[Any] | None]
    marking: Mapped[str | None]
    areas: Mapped[dict[str, Any] | None]
    covers_from: Mapped[datetime | None]
    covers_to: Mapped[datetime | None]
    daily_search: Mapped[dict[str, Any] | None]
    hub: Mapped[dict[str, Any] | None]
    school_calendar: Mapped[str | None]


class RulePackRow(Table):
    """A rule pack as it was when a run used it, so that any past report can be rebuilt in its words."""

    __tablename__ = "rule_packs"

    digest: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str]
    rules: Mapped[list[Any]]


class InputRow(Table):
    """One table of a run's extract: its file, the SHA-256 of that file, and what became of its rows."""

    __tablename__ = "inputs"

    run: Mapped[int] = mapped_column(Number, ForeignKey("runs.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    file: Mapped[str]
    sha256: Mapped[str]
    rows_read: Mapped[int]
    accepted: Mapped[int]
    rejected: Mapped[int]
    collapsed: Mapped[int]
    orphaned: Mapped[int]


class RuleResultRow(Table):
    """How one rule fared in a run; the counts are null where it did not run, never zero."""

    __tablename__ = "rule_results"

    run: Mapped[int] = mapped_column(Number, ForeignKey("runs.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    rule_id: Mapped[str]
    status: Mapped[str]
    reason: Mapped[str | None]
    counts: Mapped[dict[str, Any] | None]
    findings: Mapped[int | None]


class ExaminedRow(Table):
    """Which subjects of one kind a run judged: their ids, eight bytes each, in ascending order."""

    __tablename__ = "examined"

    run: Mapped[int] = mapped_column(Number, ForeignKey("runs.id"), primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    ids: Mapped[bytes] = mapped_column(LargeBinary)


class FindingRow(Table):
    """A finding as it stands after the newest knowledge of it; `state` is open or resolved.

    `first_seen`, `opened_at` (for the last time), `last_examined` and `resolved_at` are moments that extracts describe,
    never the clock's. `listed_in` is the sequence of the run that listed it last.
    """

    __tablename__ = "findings"
    __table_args__ = (Index(None, "state", "rule_id"),)

    finding_id: Mapped[str] = mapped_column(primary_key=True)
    rule_id: Mapped[str]
    state: Mapped[str]
    first_seen: Mapped[datetime]
    opened_at: Mapped[datetime]
    last_examined: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    outcome: Mapped[str]
    listed_in: Mapped[int] = mapped_column(Number)


class EventRow(Table):
    """A step in the life of a finding, taken in the run of that sequence: opened, reopened or resolved."""

    __tablename__ = "events"
    __table_args__ = (Index(None, "finding_id", "sequence"),)

    sequence: Mapped[int] = mapped_column(Number, primary_key=True)
    finding_id: Mapped[str] = mapped_column(primary_key=True)
    event: Mapped[str]
    outcome: Mapped[str]
    as_of: Mapped[datetime]


class VerdictRow(Table):
    """One line that the run of that sequence listed, as its report gives it; the columns of `findings.csv`.

    `evidence_digest` is of what its verdict rests on (checker.evidence_digest). A line that was listed before there
    were digests may have that of a later run which found the same: the runs from the sequence `digest_since` on use it.
    """

    __tablename__ = "verdicts"
    __table_args__ = (Index(None, "finding_id", "sequence"),)

    sequence: Mapped[int] = mapped_column(Number, primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    finding_id: Mapped[str]
    rule_id: Mapped[str]
    severity: Mapped[str]
    outcome: Mapped[str]
    incident_ref: Mapped[str | None]
    child_ref: Mapped[str | None]
    district: Mapped[str | None]
    team: Mapped[str | None]
    officer_id: Mapped[str | None]
    supervisor_id: Mapped[str | None]
    reported_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    hours_overdue: Mapped[float | None]
    message: Mapped[str]
    evidence: Mapped[str | None]
    first_seen: Mapped[datetime | None]
    status: Mapped[str | None]
    days_open: Mapped[int | None]
    evidence_digest: Mapped[str | None]
    digest_since: Mapped[int | None] = mapped_column(Number)


class RejectionRow(Table):
    """A row of an extract that could not be read or believed, with every reason."""

    __tablename__ = "rejections"

    run: Mapped[int] = mapped_column(Number, ForeignKey("runs.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    file: Mapped[str]
    row: Mapped[int]
    key: Mapped[str | None]
    reasons: Mapped[list[Any]]


class DispositionRow(Table):
    """What a supervisor decided about a finding; a later decision is a later row, and none is ever overwritten.

    `run` is the run whose workbook it was made in. The runs with a sequence above `known_to` know of it; its days are
    counted from `recorded_at`, when it was read.
    """

    __tablename__ = "dispositions"
    __table_args__ = (Index(None, "finding_id"),)

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    finding_id: Mapped[str]
    decision: Mapped[str]
    reason: Mapped[str | None]
    reference: Mapped[str | None]
    decided_by: Mapped[str]
    run: Mapped[int] = mapped_column(Number, ForeignKey("runs.id"))
    known_to: Mapped[int] = mapped_column(Number)
    recorded_at: Mapped[datetime]
    file: Mapped[str]
    file_sha256: Mapped[str]
    sheet: Mapped[str]
    row: Mapped[int]


class ConfirmationRow(Table):
    """What the run of that sequence saw of the referral that a decision names: submitted for the child, or no more."""

    __tablename__ = "confirmations"

    disposition: Mapped[int] = mapped_column(Number, ForeignKey("dispositions.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(Number, primary_key=True)
    is_submitted: Mapped[bool]


class ReturnRow(Table):
    """A workbook that came back and was read: how many decisions were taken from it, and how many lines were not."""

    __tablename__ = "returns"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    file: Mapped[str]
    read_at: Mapped[datetime]
    taken: Mapped[int]
    problems: Mapped[int]


class MeasureRow(Table):
    """What a run counted by rule, district, team, week and concern type, as a Parquet file (checker.measures).

    `first_reported` is the earliest report among its incidents, or what its extract says that it covers where that
    begins earlier: from then on its weeks are whole.
    """

    __tablename__ = "measures"

    run: Mapped[int] = mapped_column(Number, ForeignKey("runs.id"), primary_key=True)
    first_reported: Mapped[datetime | None]
    counts: Mapped[bytes] = mapped_column(LargeBinary)


class PastIncidentRow(Table):
    """An incident as the run of that sequence told it, where that was news: what later runs look back on.

    The columns are those of checker.facts.context.PAST_INCIDENTS.
    """

    __tablename__ = "past_incidents"
    __table_args__ = (Index(None, "incident_ref", "sequence"), Index(None, "reported_at"))

    sequence: Mapped[int] = mapped_column(Number, primary_key=True)
    incident_ref: Mapped[str] = mapped_column(primary_key=True)
    reported_at: Mapped[datetime]
    is_subject: Mapped[bool]
    duplicate_of: Mapped[str | None]
    domestic_abuse: Mapped[bool | None]
    has_risk_form: Mapped[bool]
    closure_codes: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    incident_type: Mapped[str | None]
    concern_types: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    victim_ref: Mapped[str | None]
    suspect_ref: Mapped[str | None]
    location_ref: Mapped[str | None]
    child_refs: Mapped[list[Any]]


class PastEpisodeRow(Table):
    """A missing episode as the run of that sequence told it, where that was news: see PastIncidentRow.

    The columns are those of checker.facts.context.PAST_EPISODES.
    """

    __tablename__ = "past_episodes"
    __table_args__ = (Index(None, "episode_ref", "sequence"), Index(None, "reported_at"))

    sequence: Mapped[int] = mapped_column(Number, primary_key=True)
    episode_ref: Mapped[str] = mapped_column(primary_key=True)
    child_ref: Mapped[str]
    reported_at: Mapped[datetime]
    status: Mapped[str | None]
    coordinator_allocated_at: Mapped[datetime | None]


class PastUnreadRow(Table):
    """What the extract of the run of that sequence could not read of an incident or an episode, where that was news.

    The columns are those of checker.facts.context.PAST_UNREADABLE.
    """

    __tablename__ = "past_unread"

    link: Mapped[str] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(primary_key=True)
    of: Mapped[str] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(Number)
    told_as_of: Mapped[datetime]


class PastHeldRow(Table):
    """Of which incidents or episodes the run of that sequence told without a verdict: their ids as in ExaminedRow.

    `kind` is that of the subject. They are the duplicates that another incident answers for.
    """

    __tablename__ = "past_held"

    sequence: Mapped[int] = mapped_column(Number, primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    ids: Mapped[bytes] = mapped_column(LargeBinary)


class AuditRow(Table):
    """One act, for ever: the database itself refuses to change or delete a line of this table."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    run: Mapped[int | None] = mapped_column(Number)
    reason: Mapped[str | None]
    details: Mapped[dict[str, Any]]


class LeaseRow(Table):
    """Who alone may run nightly extracts, and until when unless the holder says that it lives."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    host: Mapped[str]
    pid: Mapped[int]
    machine: Mapped[str | None]
    process: Mapped[str | None]
    taken_at: Mapped[datetime]
    valid_until: Mapped[datetime]


class SweepRow(Table):
    """A sweep: the run that it is, under the name that people call it by, and who signed it off.

    It looks back on what the runs up to the sequence `known_to` have told, however often it has to go on. `incidents`,
    `children` and `excluded` are Parquet files (checker.models: ORDER, SWEPT_CHILDREN, EXCLUDED), null until all parts
    are judged. `holder` is a word that only the process knows which began or went on with it last.
    """

    __tablename__ = "sweeps"

    run: Mapped[int] = mapped_column(Number, ForeignKey("runs.id"), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    selection: Mapped[dict[str, Any]]
    known_to: Mapped[int] = mapped_column(Number)
    holder: Mapped[str]
    incidents: Mapped[bytes | None] = mapped_column(LargeBinary)
    children: Mapped[bytes | None] = mapped_column(LargeBinary)
    excluded: Mapped[bytes | None] = mapped_column(LargeBinary)
    signed_off_by: Mapped[str | None]
    signed_off_at: Mapped[datetime | None]
    sign_off_reason: Mapped[str | None]


class SweepPartRow(Table):
    """What came of one part of a sweep that is not finished: kept so that it need not be judged again.

    `passed` are the references of the incidents of which some verdict is a pass. All but `results` are Parquet files.
    """

    __tablename__ = "sweep_parts"

    run: Mapped[int] = mapped_column(Number, ForeignKey("runs.id"), primary_key=True)
    part: Mapped[str] = mapped_column(primary_key=True)
    results: Mapped[dict[str, Any]]
    findings: Mapped[bytes] = mapped_column(LargeBinary)
    measures: Mapped[bytes] = mapped_column(LargeBinary)
    passed: Mapped[bytes] = mapped_column(LargeBinary)


class SampleRow(Table):
    """A sample that was drawn from the incidents of a sweep; `rows` is a Parquet file (checker.models.SAMPLED)."""

    __tablename__ = "samples"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    run: Mapped[int] = mapped_column(Number, ForeignKey("runs.id"))
    size: Mapped[int]
    seed: Mapped[int] = mapped_column(BigInteger)
    stratified_by: Mapped[list[Any]]
    drawn_at: Mapped[datetime]
    rows: Mapped[bytes] = mapped_column(LargeBinary)


class ReviewRow(Table):
    """What a reviewer said of an incident of a sample; a later word is a later row, and none is ever overwritten.

    `reviewer` is 1 or 2, or 3 for what both agreed on (checker.models.AGREED).
    """

    __tablename__ = "reviews"
    __table_args__ = (Index(None, "sample", "incident_ref"),)

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    sample: Mapped[int] = mapped_column(Number, ForeignKey("samples.id"))
    incident_ref: Mapped[str]
    reviewer: Mapped[int]
    answer: Mapped[str]
    remark: Mapped[str | None]
    reviewed_by: Mapped[str]
    recorded_at: Mapped[datetime]
    file: Mapped[str]
    file_sha256: Mapped[str]
    sheet: Mapped[str]
    row: Mapped[int]
