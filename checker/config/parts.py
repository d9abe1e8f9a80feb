"""The parts of the configuration: what may be stated, what it means, and what stands where nothing is stated."""

from __future__ import annotations

import json
import re
from datetime import datetime
from email.headerregistry import Address as EmailAddress
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from checker.config.hints import nearest
from checker.models import MARKING, TABLES

LONDON = "Europe/London"
STORE_FILE = "checker.db"


def _known_time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"is no known time zone; write it as {LONDON!r}") from None
    return name


def _known_table(name: str) -> str:
    if name not in TABLES:
        raise ValueError(f"is no table of the contract{nearest(name, TABLES)}")
    return name


def _from_json(value: object) -> object:
    """The list that the text of a variable states; anything else as it is."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _is_one_code(text: str) -> str:
    if not text or text != text.strip() or any(separator in text for separator in ";,|"):
        raise ValueError("is no closure code; write one, without blanks around it and without ; , or |")
    return text


def _is_store(url: SecretStr) -> SecretStr:
    """The URL with the driver that we use; the message never shows it, for it may hold a password."""
    scheme, _, rest = url.get_secret_value().partition("://")
    if scheme in {"postgres", "postgresql", "postgresql+psycopg"} and rest:
        return SecretStr(f"postgresql+psycopg://{rest}")
    if scheme != "sqlite" or len(rest) < 2 or not rest.startswith("/"):
        raise ValueError("is no store; write sqlite:///checker.db, or postgresql://USER@HOST/DATABASE")
    return url


def _is_night(cron: str) -> str:
    """Five fields that name days by name and never fire in the hour that a clock change skips or repeats."""
    from apscheduler.triggers.cron import CronTrigger

    fields = cron.split()
    if len(fields) != 5:
        raise ValueError('has five fields: minute, hour, day, month, day of the week, for example "15 3 * * *"')
    if any(letter.isdigit() for letter in fields[4].partition("/")[0]):
        raise ValueError("names the days of the week, mon to sun: their numbers mean other days in other programs")
    try:
        trigger = CronTrigger.from_crontab(cron, ZoneInfo(LONDON))
    except ValueError:
        raise ValueError('cannot be read; write it like "15 3 * * *"') from None
    # 7 January 2026 is far from any clock change: the first firing from 01:00 on shows whether that hour is meant.
    hours = next(field for field in trigger.fields if field.name == "hour")
    hour_one = datetime(2026, 1, 7, 1)
    if any(expression.get_next_value(hour_one, hours) == 1 for expression in hours.expressions):
        raise ValueError(
            "fires between 01:00 and 01:59, which on the nights of the clock changes comes twice or not at all; "
            'take another hour, for example "15 3 * * *"'
        )
    return cron


def _is_time_of_day(text: str) -> str:
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", text, re.ASCII):
        raise ValueError('is no time of day; write hours and minutes, for example "06:00"')
    return text


def _is_address(text: str) -> str:
    local, _, domain = text.partition("@")
    is_one = local and domain and not any(letter.isspace() or not letter.isprintable() for letter in text)
    try:
        is_one = is_one and EmailAddress(addr_spec=text).addr_spec == text
    except Exception:  # noqa: BLE001 - of some texts it is an IndexError, of others an AttributeError
        is_one = False
    if not is_one:
        raise ValueError("is no e-mail address; write one like pvp@example.org")
    return text


TimeZone = Annotated[str, AfterValidator(_known_time_zone)]
TableName = Annotated[str, AfterValidator(_known_table)]
Words = Annotated[tuple[str, ...], BeforeValidator(_from_json)]
Code = Annotated[str, AfterValidator(_is_one_code)]
Codes = Annotated[tuple[Code, ...], BeforeValidator(_from_json)]
# Up to a leap year: a time beyond the calendar wraps in silence.
Hours = Annotated[float, Field(gt=0, le=8784, allow_inf_nan=False)]
Days = Annotated[int, Field(ge=0, le=3660)]
Points = Annotated[int, Field(ge=0, le=1000)]
StoreUrl = Annotated[SecretStr, AfterValidator(_is_store)]
TimeOfDay = Annotated[str, AfterValidator(_is_time_of_day)]
Cron = Annotated[str, AfterValidator(_is_night)]
Address = Annotated[str, AfterValidator(_is_address)]
Addresses = Annotated[tuple[Address, ...], BeforeValidator(_from_json)]
Delimiter = Literal[",", ";", "\t"]
Encoding = Literal["utf-8", "utf-16", "windows-1252"]


class _Part(BaseModel):
    """A part of the configuration: frozen, and strict about keys that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TableSource(_Part):
    """How one table is found in a force's own export; what is left out is as the contract has it."""

    file: str | None = Field(None, description="file in the extract folder; default: the table's name")
    sheet: str | None = Field(None, description="sheet of a workbook; default: the table's name, else the first")
    delimiter: Delimiter | None = None
    encoding: Encoding | None = None
    time_zone: TimeZone | None = None
    columns: dict[str, str] = Field({}, description="contract column = the force's header")
    values: dict[str, dict[str, str]] = Field({}, description="contract column: the force's code = contract word")
    row_when: Words = Field((), description="a line is a row of this table where one of these is filled")


class SourceConfig(_Part):
    """The source profile: defaults for every table, and each table's own differences."""

    delimiter: Delimiter | None = Field(None, description="default: found out from the header")
    encoding: Encoding | None = Field(None, description="default: found out from the bytes")
    time_zone: TimeZone = LONDON
    tables: dict[TableName, TableSource] = {}

    def table(self, name: str) -> TableSource:
        """The profile of one table with the defaults for every table filled in."""
        own = self.tables.get(name, TableSource())
        defaults = {"delimiter": self.delimiter, "encoding": self.encoding, "time_zone": self.time_zone}
        return own.model_copy(update={key: value for key, value in defaults.items() if getattr(own, key) is None})


class ReportConfig(_Part):
    """Where the reports go, how they are marked and encrypted, and for whom there is a workbook of its own."""

    folder: Path = Path("out")
    marking: str = Field(MARKING, min_length=1)
    split_by: Literal["district", "team", "supervisor"] | None = Field(
        None, description="a workbook for each besides the whole; default: none"
    )
    empty_areas: bool = Field(False, description="whether one is written too where there is nothing to do")
    password: SecretStr | None = Field(
        None, min_length=1, description="encrypts the workbooks; only from the variable CHECKER_REPORT__PASSWORD"
    )
    password_file: Path | None = Field(None, description="file whose first line is that password")


class StoreConfig(_Part):
    """Where runs and findings are kept: a SQLite file, or a PostgreSQL database that several machines may share."""

    url: StoreUrl = Field(SecretStr(f"sqlite:///{STORE_FILE}"), description="sqlite:///FILE or postgresql://…")


class ScheduleConfig(_Part):
    """When the nightly service runs what arrives in its inbox."""

    inbox: Path | None = Field(None, description="folder in which each extract arrives as a folder of its own")
    returns: Path | None = Field(None, description="folder into which supervisors put their workbooks back")
    cron: Cron = Field("15 3 * * *", description="when `serve` looks into the inbox, London time")
    settle_minutes: float = Field(
        10, ge=0, le=1440, description="an extract without a matching manifest is whole when unchanged for so long"
    )
    retry_minutes: float = Field(
        15, gt=0, le=720, description="wait before a failed extract is tried again; doubles up to 12 hours"
    )
    stale_after_hours: Hours = Field(30.0, description="`status` warns when the newest extract that was run is older")


class EmailConfig(_Part):
    """Who is told of a pass, by SMTP with STARTTLS; off where no host is named."""

    host: str | None = Field(None, min_length=1, description="mail server; default: no mail")
    port: int = Field(587, ge=1, le=65535)
    sender: Address | None = None
    recipients: Addresses = ()
    user: str | None = Field(None, min_length=1, description="account at the mail server; default: none is needed")
    password: SecretStr | None = Field(None, description="only from the variable CHECKER_EMAIL__PASSWORD")

    @property
    def is_on(self) -> bool:
        """Whether anybody is told."""
        return self.host is not None

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.host is not None and (self.sender is None or not self.recipients):
            raise ValueError('host needs sender = "…" and recipients = ["…"] beside it')
        if self.user is not None and self.password is None:
            raise ValueError("user needs its password in the variable CHECKER_EMAIL__PASSWORD")
        return self


class ReviewAfterDays(_Part):
    """For how many days each decision settles a finding; 0: not at all, the finding stays on the list."""

    referral_now_submitted: Days
    referral_already_made: Days
    no_referral_required: Days
    record_corrected: Days
    not_an_exception: Days
    passed_to_another_team: Days
    under_review: Days


class Triage(_Part):
    """What each part of the triage score of a sweep adds, for each that is counted, up to `most_counted` of them."""

    unreferred_children: Points
    referred_later_children: Points
    current_plan_children: Points
    previous_plan_children: Points
    several_children: Points
    young_children: Points
    incidents_before: Points
    incidents_since: Points
    risk_raised_later: Points
    missing_episodes: Points
    no_risk_form: Points
    most_counted: int = Field(ge=1, le=1000, description="what is counted above this adds nothing more")


class SchoolsConfig(_Part):
    """Which days are school days: without a calendar, Monday to Friday less bank holidays are assumed to be."""

    calendar: Path | None = Field(None, description="file of the terms and closed days of the local authorities")
    authorities: dict[str, str] = Field({}, description="district = its local authority, where there are several")

    @model_validator(mode="after")
    def _has_calendar(self) -> Self:
        if self.authorities and self.calendar is None:
            raise ValueError('authorities needs calendar = "school_calendar.csv" beside it')
        return self


class DailySearch(_Part):
    """The force's own daily search, as CLO003 replays it."""

    run_time: TimeOfDay = Field(description="when it runs every day, London time, as HH:MM")
    keyed_on: Literal["closed", "created"] = Field(description="by which time of an incident it looks")
    window_hours: Annotated[float, Field(gt=0, le=168, allow_inf_nan=False)] = Field(
        description="how far back it looks, elapsed hours; the moment of the run itself is outside"
    )


class Policy(_Part):
    """What a force may decide for itself: `rules/policy.toml` states each value, checker.toml overrides it."""

    domestic_abuse_codes: Codes = Field(description="closure codes that make an incident domestic abuse")
    domestic_abuse_types: Words = Field(description="incident types that do, compared without case")
    blank_domestic_abuse: Literal["unknown", "no"] = Field(description="what a blank domestic_abuse marker means")
    search_code: Code = Field(description="the closure code that the daily search looks for")
    daily_search: DailySearch = Field(description="when and over what the daily search runs")
    referable_concerns: Words = Field(description="concern types of which children are referred, compared without case")
    school_age_from: Annotated[int, Field(ge=0, le=18)] = Field(description="age in years at which school begins")
    school_age_to: Annotated[int, Field(ge=0, le=18)] = Field(description="age in years of the last school year")
    referral_due_hours: Hours = Field(description="elapsed hours from report to referral")
    closure_window_hours: Hours = Field(description="elapsed hours from report to closure")
    flag_due_days: int = Field(ge=0, le=366, description="days from the start (or end) of a plan to its flag")
    previous_plan_years: Annotated[int, Field(gt=0, le=100)] | Literal["unlimited"] = Field(
        description="how many years back an ended child protection plan still counts"
    )
    review_after_days: ReviewAfterDays = Field(description="for how many days each decision settles a finding")
    triage: Triage = Field(description="what makes an incident of a sweep be looked at sooner")
    systemic_share: float = Field(
        gt=0,
        le=1,
        allow_inf_nan=False,
        description="share of a rule's subjects in one area above which it is one fault",
    )
    systemic_least: int = Field(ge=1, description="findings that it takes at least to be called systemic")
    workbook_retention_days: Annotated[int, Field(ge=1, le=3660)] = Field(
        description="days after which a workbook is destroyed"
    )

    @field_validator("school_age_to")
    @classmethod
    def _follows_school_age_from(cls, last: int, info: ValidationInfo) -> int:
        if last < info.data.get("school_age_from", 0):
            raise ValueError("is below school_age_from, so that no child would be of school age; mend one of them")
        return last


class Config(_Part):
    """Everything that a run may be told; an empty one serves an extract that follows the contract."""

    source: SourceConfig = SourceConfig()
    report: ReportConfig = ReportConfig()
    store: StoreConfig = StoreConfig()
    schedule: ScheduleConfig = ScheduleConfig()
    email: EmailConfig = EmailConfig()
    schools: SchoolsConfig = SchoolsConfig()
    policy: dict[str, Any] = Field({}, description="what a force decides otherwise than the rule pack; see Policy")
    rules: Path | None = Field(None, description="folder of the rule pack; default: the one that came with the tool")

    @property
    def has_store(self) -> bool:
        """Whether somebody chose a store, so that a single check is recorded too."""
        return "url" in self.store.model_fields_set
