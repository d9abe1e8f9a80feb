"""The data contract in code: one pandera model a table; nothing about the tables is said anywhere else.

A field's type says how a cell is read (checker.validation.parsing), `nullable=False` is the contract's **M**, `isin`,
`ge` and `le` are its choices and ranges, the `dataframe_check`s of a model are its cross-column rules, each named after
the column at fault. `Config.metadata["key"]` is the key of a table, `["incident"]` says that its rows belong to one.
A field's metadata may say further

- `not_after_as_of`: an extract cannot know a later time;
- `blank`: the expression that stands for a blank cell;
- `column_needed`: a blank cell has a meaning of its own, so a file without the column cannot be read.

Times are instants in UTC, dates are local dates.
"""

import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import pandera.polars as pa
import polars as pl
from pandera.api.polars.types import PolarsData

from checker.config import LONDON
from checker.models import EARLIEST

PLAN_KINDS = ["CP", "CIN", "LAC"]
RISK_LEVELS = ["standard", "medium", "high"]  # from the lowest to the highest
CONCERN_TYPES = (
    *("neglect", "physical", "sexual", "emotional", "exploitation", "missing"),
    *("concern-for-safety", "other"),
)

Codes = Annotated[pl.List, pl.String]
Time = Annotated[pl.Datetime, "us", "UTC"]

KNOWN_BY_THEN = {"not_after_as_of": True}
NEEDED = {"column_needed": True}


def required(description: str, **limits: Any) -> Any:
    """A field that must be filled in every row: the contract's M."""
    return pa.Field(nullable=False, description=description, **limits)


def optional(description: str, **limits: Any) -> Any:
    """A field that may be blank."""
    return pa.Field(nullable=True, description=description, **limits)


def blank_means(otherwise: str, known_by: str, then: str) -> dict[str, Any]:
    """Metadata of a status field: blank means `then` where the `known_by` column is set, else `otherwise`."""
    return {"blank": pl.when(pl.col(known_by).is_not_null()).then(pl.lit(then)).otherwise(pl.lit(otherwise))}


class Incidents(pa.DataFrameModel):
    """One row per control-room incident."""

    incident_ref: str = required("log or occurrence reference")
    reported_at: Time = required("when the incident was reported", metadata=KNOWN_BY_THEN)
    closed_at: Time = optional("when the incident was closed", metadata=KNOWN_BY_THEN)
    closure_codes: Codes = required("closing category and qualifiers, each as written")
    incident_type: str = optional("opening code")
    domestic_abuse: bool = optional("the record system's own marker")
    concern_types: Codes = required(", ".join(CONCERN_TYPES))
    status: str = required(
        "state of the incident; blank is closed where closed_at is set, else open",
        isin=["open", "closed", "cancelled", "duplicate", "transferred"],
        metadata=blank_means("open", known_by="closed_at", then="closed"),
    )
    duplicate_of: str = optional("reference of the master incident")
    risk_form_ref: str = optional("reference of the DASH or DARA form")
    risk_form_at: Time = optional("when the risk form was completed")
    risk_level: str = optional("risk grade", isin=RISK_LEVELS)
    reassessed_at: Time = optional("when the risk was assessed a second time")
    children_in_household: str = optional("the answer on the risk form", isin=["yes", "no", "unknown"])
    child_count: int = optional("children that the risk form counts", ge=0, le=30)
    officer_id: str = optional("officer in the case")
    supervisor_id: str = optional("the officer's supervisor")
    team: str = optional("team of the officer")
    district: str = optional("district of the incident")
    victim_ref: str = optional("record-system reference of the victim, never a name")
    suspect_ref: str = optional("record-system reference of the suspect, never a name")
    location_ref: str = optional("record-system reference of the place, never an address")
    history_checked_at: Time = optional("when earlier history was researched")

    class Config:
        """What pandera has no word for."""

        metadata = {"key": ("incident_ref",), "incident": False}

    @pa.dataframe_check(name="closed_at", error="closed_at is before reported_at", ignore_na=False)
    def closed_after_reported(cls, data: PolarsData) -> pl.LazyFrame:  # noqa: N805 - pandera makes it a class method
        """An incident cannot close before it was reported."""
        return _holds(data, pl.col("closed_at") >= pl.col("reported_at"))


class Children(pa.DataFrameModel):
    """One row per child per incident."""

    incident_ref: str = required("the incident")
    child_ref: str = required("record-system reference of the person, never a name")
    date_of_birth: pl.Date = optional("date of birth; leaves the checker only as an age band", metadata=KNOWN_BY_THEN)
    unborn: bool = optional("whether the child is not yet born")
    role: str = optional("role in the incident")
    present: bool = optional("whether the child was there")
    school_ref: str = optional("reference of the school; never leaves the checker")

    class Config:
        """What pandera has no word for."""

        metadata = {"key": ("incident_ref", "child_ref"), "incident": True}


class Referrals(pa.DataFrameModel):
    """One row per referral form per child."""

    referral_ref: str = required("reference of the form")
    incident_ref: str = required("the incident")
    child_ref: str = optional("the child; blank is every child of the incident", metadata=NEEDED)
    status: str = required(
        "state of the form; blank is submitted where submitted_at is set, else draft",
        isin=["draft", "submitted", "rejected", "withdrawn"],
        metadata=blank_means("draft", known_by="submitted_at", then="submitted"),
    )
    submitted_at: Time = optional("when the form was submitted", metadata=KNOWN_BY_THEN)
    submitted_by: str = optional(
        "who submitted it; cpso is the gatekeeper in the PVP hub", isin=["officer", "cpso", "other"]
    )
    hub_received_at: Time = optional("when the children's hub received it")

    class Config:
        """What pandera has no word for."""

        metadata = {"key": ("referral_ref", "child_ref"), "incident": True}

    @pa.dataframe_check(name="submitted_at", error="submitted_at is blank on a submitted referral", ignore_na=False)
    def submitted_has_time(cls, data: PolarsData) -> pl.LazyFrame:  # noqa: N805
        """A submitted form says when."""
        return _holds(data, (pl.col("status") != "submitted") | pl.col("submitted_at").is_not_null())


class Plans(pa.DataFrameModel):
    """The local authority's list of plans."""

    child_ref: str = required("the child")
    plan: str = required("child protection, child in need, looked after", isin=PLAN_KINDS)
    category: str = optional("category of the plan")
    started_on: pl.Date = required("first day of the plan")
    ended_on: pl.Date = optional("last day of the plan")

    class Config:
        """What pandera has no word for."""

        metadata = {"key": (), "incident": False}

    @pa.dataframe_check(name="ended_on", error="ended_on is before started_on", ignore_na=False)
    def ended_after_started(cls, data: PolarsData) -> pl.LazyFrame:  # noqa: N805
        """A plan cannot end before it starts."""
        return _holds(data, pl.col("ended_on") >= pl.col("started_on"))


class Flags(pa.DataFrameModel):
    """Flags on the police record."""

    child_ref: str = required("the child")
    flag: str = required("child protection, child in need, looked after", isin=PLAN_KINDS)
    started_on: pl.Date = required("first day of the flag")
    ended_on: pl.Date = optional("last day of the flag")

    class Config:
        """What pandera has no word for."""

        metadata = {"key": (), "incident": False}

    @pa.dataframe_check(name="ended_on", error="ended_on is before started_on", ignore_na=False)
    def ended_after_started(cls, data: PolarsData) -> pl.LazyFrame:  # noqa: N805
        """A flag cannot end before it starts."""
        return _holds(data, pl.col("ended_on") >= pl.col("started_on"))


class Notifications(pa.DataFrameModel):
    """Operation Encompass notifications to schools."""

    notification_ref: str = required("reference of the notification")
    incident_ref: str = required("the incident")
    child_ref: str = optional("the child; blank is every child of the incident", metadata=NEEDED)
    notified_at: Time = optional("when the school was told")
    outcome: str = required("what became of it", isin=["sent", "failed", "not-applicable"])

    class Config:
        """What pandera has no word for."""

        metadata = {"key": ("notification_ref",), "incident": True}


class MissingEpisodes(pa.DataFrameModel):
    """One row per episode in which a child was missing."""

    episode_ref: str = required("reference of the episode")
    child_ref: str = required("the child")
    reported_at: Time = required("when the child was reported missing", metadata=KNOWN_BY_THEN)
    returned_at: Time = optional("when the child returned")
    status: str = optional("state of the episode", isin=["open", "closed", "cancelled"])
    cause_for_concern: bool = optional("whether the episode gives cause for concern")
    coordinator_allocated_at: Time = optional("when a missing coordinator took it on")
    return_interview_at: Time = optional("when the return interview was held")

    class Config:
        """What pandera has no word for."""

        metadata = {"key": ("episode_ref",), "incident": False}


class HubReceipts(pa.DataFrameModel):
    """What the children's hub says that it received."""

    referral_ref: str = required("reference of the form")
    received_at: Time = required("when the hub received it")
    outcome: str = optional("what the hub did with it")

    class Config:
        """What pandera has no word for."""

        metadata = {"key": (), "incident": False}


class CodeHistory(pa.DataFrameModel):
    """One row per change of an incident's closure codes, for a replay of the daily search."""

    incident_ref: str = required("the incident")
    changed_at: Time = required("when the codes were changed", metadata=KNOWN_BY_THEN)
    old_codes: Codes = required("closure codes before the change, each as written")
    new_codes: Codes = required("closure codes after the change, each as written")

    class Config:
        """What pandera has no word for."""

        metadata = {"key": (), "incident": False}


MODELS: dict[str, type[pa.DataFrameModel]] = {
    "incidents": Incidents,
    "children": Children,
    "referrals": Referrals,
    "plans": Plans,
    "flags": Flags,
    "notifications": Notifications,
    "missing_episodes": MissingEpisodes,
    "hub_receipts": HubReceipts,
    "code_history": CodeHistory,
}


@dataclass(frozen=True)
class Schema:
    """The contract of one table for a run: its pandera schema, its key, whether its rows belong to an incident."""

    table: str
    pandera: pa.DataFrameSchema
    key: tuple[str, ...]
    of_incident: bool

    @property
    def columns(self) -> dict[str, pa.Column]:
        """The pandera columns under their names, in the contract's order."""
        return dict(self.pandera.columns)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in the contract's order."""
        return tuple(self.pandera.columns)

    def blank(self, column: str) -> pl.Expr | None:
        """What a blank cell of the column stands for, or None where blank is unknown."""
        return (self.columns[column].metadata or {}).get("blank")


def contract_columns() -> dict[str, tuple[str, ...]]:
    """The columns of every table, in the contract's order."""
    return {table: tuple(model.to_schema().columns) for table, model in MODELS.items()}


def needed_columns() -> dict[str, tuple[str, ...]]:
    """The columns without which a file of the table cannot be read: those that are M, or where blank means all."""
    return {
        table: tuple(
            name
            for name, column in model.to_schema().columns.items()
            if (not column.nullable and not _filled_by_checker(column)) or (column.metadata or {}).get("column_needed")
        )
        for table, model in MODELS.items()
    }


def empty_table(table: str) -> pl.DataFrame:
    """A frame with the columns and types of the table and no row: what a table not supplied is to the facts."""
    columns = MODELS[table].to_schema().columns
    return pl.DataFrame(schema={name: column.dtype.type for name, column in columns.items()})


def description(table: str, column: str) -> str:
    """What the column holds, in words."""
    words: str = MODELS[table].to_schema().columns[column].description
    return words


def schema_of(table: str, as_of: datetime) -> Schema:
    """The contract of one table for an extract that describes the moment `as_of`.

    To what the model says it adds, as contract section 2 asks of every table, that no time lies before 1900 and none
    that the extract must know lies after `as_of` (a date: after the local date of `as_of`).
    """
    model = MODELS[table]
    schema = copy.deepcopy(model.to_schema())  # to_schema() is cached: what is added here must not stay there
    for name, column in schema.columns.items():
        if column.dtype.type in (pl.Date, pl.Datetime):
            column.checks = [*column.checks, *_time_limits(name, column, as_of)]
    return Schema(table, schema, **_of_config(model))


def _time_limits(name: str, column: pa.Column, as_of: datetime) -> list[pa.Check]:
    is_date = column.dtype.type == pl.Date
    earliest = EARLIEST if is_date else datetime(1900, 1, 1, tzinfo=UTC)
    checks = [pa.Check.ge(earliest, error=f"{name} is before the year 1900")]
    if (column.metadata or {}).get("not_after_as_of"):
        latest = as_of.astimezone(ZoneInfo(LONDON)).date() if is_date else as_of
        checks.append(pa.Check.le(latest, error=f"{name} is after the moment that the extract describes"))
    return checks


def _filled_by_checker(column: pa.Column) -> bool:
    return "blank" in (column.metadata or {}) or column.dtype.type == pl.List


def _of_config(model: type[pa.DataFrameModel]) -> dict[str, Any]:
    metadata = model.Config.metadata or {}
    return {"key": metadata["key"], "of_incident": metadata["incident"]}


def _holds(data: PolarsData, expression: pl.Expr) -> pl.LazyFrame:
    # An unknown side is no fault of this check: whether a blank is allowed is the field's own business.
    return data.lazyframe.select(expression.fill_null(value=True))
