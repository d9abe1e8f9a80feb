"""The configuration: `checker.toml`, the `CHECKER_*` variables and the command line, in rising order of weight."""

from __future__ import annotations

import difflib
import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from checker.errors import ConfigError
from checker.models import MARKING, TABLES

CONFIG_FILE = "checker.toml"
LONDON = "Europe/London"


def _known_time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"is no known time zone; write it as {LONDON!r}") from None
    return name


TimeZone = Annotated[str, AfterValidator(_known_time_zone)]
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
    row_when: tuple[str, ...] = Field((), description="a line is a row of this table where one of these is filled")


class SourceConfig(_Part):
    """The source profile: defaults for every table, and each table's own differences."""

    delimiter: Delimiter | None = Field(None, description="default: found out from the header")
    encoding: Encoding | None = Field(None, description="default: found out from the bytes")
    time_zone: TimeZone = LONDON
    tables: dict[str, TableSource] = {}

    @model_validator(mode="after")
    def _only_known_tables(self) -> SourceConfig:
        for name in self.tables:
            if name not in TABLES:
                raise ValueError(f"table {name!r} is not known{nearest(name, TABLES)}")
        return self

    def table(self, name: str) -> TableSource:
        """The profile of one table with the defaults for every table filled in."""
        own = self.tables.get(name, TableSource())
        defaults = {"delimiter": self.delimiter, "encoding": self.encoding, "time_zone": self.time_zone}
        return own.model_copy(update={key: value for key, value in defaults.items() if getattr(own, key) is None})


class ReportConfig(_Part):
    """Where the reports go and how they are marked."""

    folder: Path = Path("out")
    marking: str = MARKING


class Policy(_Part):
    """What a force may decide for itself: `rules/policy.toml` states each value, checker.toml overrides it."""

    domestic_abuse_codes: tuple[str, ...] = Field(description="closure codes that make an incident domestic abuse")
    domestic_abuse_types: tuple[str, ...] = Field(description="incident types that do, compared without case")
    blank_domestic_abuse: Literal["unknown", "no"] = Field(description="what a blank domestic_abuse marker means")
    search_code: str = Field(min_length=1, description="the closure code that the daily search looks for")
    referral_due_hours: float = Field(gt=0, description="elapsed hours from report to referral")
    closure_window_hours: float = Field(gt=0, description="elapsed hours from report to closure")
    flag_due_days: int = Field(ge=0, description="days from the start (or end) of a plan to its flag")
    previous_plan_years: Annotated[int, Field(gt=0)] | Literal["unlimited"] = Field(
        description="how many years back an ended child protection plan still counts"
    )


class Config(BaseSettings):
    """Everything that a run may be told; an empty one serves an extract that follows the contract."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix="CHECKER_", env_nested_delimiter="__", env_ignore_empty=True
    )

    source: SourceConfig = SourceConfig()
    report: ReportConfig = ReportConfig()
    policy: dict[str, Any] = {}
    rules: Path | None = Field(None, description="folder of the rule pack; default: the one that came with the tool")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file, whose content is what the constructor is given."""
        return env_settings, init_settings


def nearest(name: str, known: list[str] | tuple[str, ...]) -> str:
    """A hint that names the nearest known word, `"; did you mean 'x'?"`, or nothing where none is near."""
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""


def find_config(extract: Path | None) -> Path | None:
    """The `checker.toml` of the working folder, else the one that lies beside the extract's files, else None."""
    folders = [Path()] if extract is None else [Path(), extract]
    return next((folder / CONFIG_FILE for folder in folders if (folder / CONFIG_FILE).is_file()), None)


def load_config(file: Path | None) -> Config:
    """The configuration of `file` (none: the defaults), overlaid by `CHECKER_*`; its paths are relative to the file.

    Raises:
        ConfigError: the file is missing or no TOML, a key is unknown (the nearest known is named), a value is wrong.
    """
    content: dict[str, Any] = {}
    if file is not None:
        try:
            content = tomllib.loads(file.read_text(encoding="utf-8-sig"))
        except FileNotFoundError:
            raise ConfigError(f"{file}: no such file; leave --config out to run with the defaults") from None
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
            raise ConfigError(f"{file}: cannot be read as TOML ({fault}); mend that line") from None
    try:
        config = Config(**content)
    except ValidationError as fault:
        raise ConfigError("\n".join(_faults(fault, Config, str(file or "CHECKER_* variables")))) from None
    return config if file is None else _relative_to(config, file.parent)


def merge_policy(stated: dict[str, Any], overrides: dict[str, Any], place: str) -> Policy:
    """The pack's policy with a force's overrides on top; `place` is named where a value is wrong.

    Raises:
        ConfigError: a key is unknown (the nearest known is named) or a value is not allowed.
    """
    try:
        return Policy(**{**stated, **overrides})
    except ValidationError as fault:
        raise ConfigError("\n".join(_faults(fault, Policy, place))) from None


def _relative_to(config: Config, folder: Path) -> Config:
    report = config.report
    if "CHECKER_REPORT__FOLDER" not in os.environ:
        report = report.model_copy(update={"folder": folder / report.folder}) if _stated(report, "folder") else report
    rules = folder / config.rules if config.rules is not None and "CHECKER_RULES" not in os.environ else config.rules
    return config.model_copy(update={"report": report, "rules": rules})


def _stated(part: BaseModel, key: str) -> bool:
    return key in part.model_fields_set


def _faults(fault: ValidationError, model: type[BaseModel], place: str) -> list[str]:
    lines = []
    for error in fault.errors(include_url=False, include_input=False):
        path = [str(step) for step in error["loc"]]
        if error["type"] == "extra_forbidden":
            known = _keys_at(model, path[:-1])
            lines.append(
                f"{place}: unknown key {'.'.join(path)!r}{nearest(path[-1], known)} (known: {', '.join(known)})"
            )
        else:
            lines.append(f"{place}: {'.'.join(path)}: {error['msg'].removeprefix('Value error, ')}")
    return lines


def _keys_at(model: type[BaseModel], path: list[str]) -> list[str]:
    for step in path:
        field = model.model_fields.get(step)
        if field is not None and isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            model = field.annotation
        elif step in TABLES:
            model = TableSource
    return list(model.model_fields)
