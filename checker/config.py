"""The configuration: what `checker.toml` states, with the `CHECKER_*` variables on top."""

from __future__ import annotations

import difflib
import json
import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from checker.errors import ConfigError
from checker.models import MARKING, TABLES

CONFIG_FILE = "checker.toml"
LONDON = "Europe/London"
VARIABLE = "CHECKER_"
FLAGS = ("AS_OF", "CONFIG")  # of these variables each stands for a flag: the command line reads them

UNKNOWN = "extra_forbidden"  # pydantic's word for a key that no model has
# What to write instead, where pydantic's own words are those of a programmer.
_REMEDIES = {
    "dict_type": "has keys of its own; state them one by one",
    "model_type": "has keys of its own; state them one by one",
    "path_type": "write it in quotation marks",
    "string_type": "write it in quotation marks",
    "tuple_type": 'write a list, for example ["QL23"]',
}


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


TimeZone = Annotated[str, AfterValidator(_known_time_zone)]
TableName = Annotated[str, AfterValidator(_known_table)]
Words = Annotated[tuple[str, ...], BeforeValidator(_from_json)]
Code = Annotated[str, AfterValidator(_is_one_code)]
Codes = Annotated[tuple[Code, ...], BeforeValidator(_from_json)]
# Up to a leap year: a time beyond the calendar wraps in silence.
Hours = Annotated[float, Field(gt=0, le=8784, allow_inf_nan=False)]
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
    """Where the reports go and how they are marked."""

    folder: Path = Path("out")
    marking: str = Field(MARKING, min_length=1)


class Policy(_Part):
    """What a force may decide for itself: `rules/policy.toml` states each value, checker.toml overrides it."""

    domestic_abuse_codes: Codes = Field(description="closure codes that make an incident domestic abuse")
    domestic_abuse_types: Words = Field(description="incident types that do, compared without case")
    blank_domestic_abuse: Literal["unknown", "no"] = Field(description="what a blank domestic_abuse marker means")
    search_code: Code = Field(description="the closure code that the daily search looks for")
    referral_due_hours: Hours = Field(description="elapsed hours from report to referral")
    closure_window_hours: Hours = Field(description="elapsed hours from report to closure")
    flag_due_days: int = Field(ge=0, le=366, description="days from the start (or end) of a plan to its flag")
    previous_plan_years: Annotated[int, Field(gt=0, le=100)] | Literal["unlimited"] = Field(
        description="how many years back an ended child protection plan still counts"
    )


class Config(_Part):
    """Everything that a run may be told; an empty one serves an extract that follows the contract."""

    source: SourceConfig = SourceConfig()
    report: ReportConfig = ReportConfig()
    policy: dict[str, Any] = Field({}, description="what a force decides otherwise than the rule pack; see Policy")
    rules: Path | None = Field(None, description="folder of the rule pack; default: the one that came with the tool")


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint that names the nearest known word, `"; did you mean 'x'?"`, or nothing where none is near."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""


def find_config(extract: Path | None) -> Path | None:
    """The `checker.toml` of the working folder, else the one that lies beside the extract's files, else None."""
    folders = [Path()] if extract is None else [Path(), extract]
    # Not Path.is_file, which raises where a name is too long; what is wrong with the folder, its reader says.
    return next((folder / CONFIG_FILE for folder in folders if os.path.isfile(folder / CONFIG_FILE)), None)  # noqa: PTH113


def load_config(file: Path | None) -> Config:
    """The configuration of `file` (none: the defaults), overlaid by `CHECKER_*`; its paths are relative to the file.

    Raises:
        ConfigError: the file cannot be read; or, a line for each fault, a key or a variable is unknown (the nearest
            known one is named) or its value is wrong.
    """
    content = {} if file is None else _relative_to(file.parent, _read(file))
    variables = _overlay(content)
    faults = _faults(Config, content)
    if not faults:  # what a force does not override, the rule pack states
        overrides = _faults(Policy, content.get("policy", {}))
        faults = [{**fault, "loc": ("policy", *fault["loc"])} for fault in overrides if fault["type"] != "missing"]
    if faults:
        raise ConfigError("\n".join(_in_words(faults, Config, content, str(file), variables)))
    return Config.model_validate(content)


def merge_policy(stated: Mapping[str, Any], overrides: Mapping[str, Any], place: str) -> Policy:
    """The pack's policy with a force's overrides on top; `place` is named where a value is wrong.

    Raises:
        ConfigError: a key is unknown (the nearest known is named), missing, or its value is not allowed.
    """
    content = {**stated, **overrides}
    if faults := _faults(Policy, content):
        raise ConfigError("\n".join(_in_words(faults, Policy, content, place)))
    return Policy.model_validate(content)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(f"{file}: no such file; leave --config out to run with the defaults") from None
    except OSError as fault:
        raise ConfigError(f"{file}: cannot be read ({fault.strerror}); name a checker.toml that can") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{file}: is no text in UTF-8; save it as UTF-8") from None
    except (tomllib.TOMLDecodeError, RecursionError) as fault:
        raise ConfigError(f"{file}: is no TOML ({fault}); mend that line") from None


def _relative_to(folder: Path, content: dict[str, Any]) -> dict[str, Any]:
    """The content of a file in `folder`, its paths put after that folder."""
    for part, key in ((content, "rules"), (content.get("report"), "folder")):
        if isinstance(part, dict) and isinstance(part.get(key), str):
            part[key] = folder / part[key]
    return content


def _overlay(content: dict[str, Any]) -> dict[tuple[str, ...], str]:
    """Put every `CHECKER_*` variable into the content; the variable behind each key that one of them set."""
    variables = {}
    for name, text in sorted(os.environ.items()):
        stated = name.removeprefix(VARIABLE)
        if text and stated not in (name, *FLAGS):
            *headings, key = path = tuple(stated.lower().split("__"))
            part = content
            for heading in headings:
                part = part.setdefault(heading, {})
                if not isinstance(part, dict):
                    raise ConfigError(f"{name}: {heading!r} is already given a value of its own; leave out one of them")
            part[key] = text
            variables[path] = name
    return variables


def _faults(model: type[BaseModel], content: Mapping[str, Any]) -> list[ErrorDetails]:
    try:
        model.model_validate(content)
    except ValidationError as fault:
        return fault.errors(include_url=False, include_input=False)
    return []


def _in_words(
    faults: list[ErrorDetails],
    model: type[BaseModel],
    content: Mapping[str, Any],
    place: str,
    variables: Mapping[tuple[str, ...], str] = MappingProxyType({}),
) -> list[str]:
    """A line for each key that is wrong: the place (the variable, where one set the key), the key and what to write."""
    said: dict[tuple[str, ...], list[str]] = {}
    for fault in faults:
        said.setdefault(_path_in(content, fault), []).append(_message(fault))
    lines = []
    for path, messages in said.items():
        variable = next((name for set_, name in variables.items() if set_[: len(path)] == path[: len(set_)]), None)
        key = ".".join(path)
        if messages != [UNKNOWN]:
            wanted = " or ".join(dict.fromkeys(messages)).replace(" or Input should be ", " or ")
            lines.append(f"{variable or place}: {key}: {wanted}")
        else:
            lines.append(_unknown_variable(variable, key) if variable else f"{place}: {_unknown_key(key, model)}")
    return lines


def _unknown_key(key: str, model: type[BaseModel]) -> str:
    known = list(_keys(model))
    near = _nearest_key(key, known)
    beside = [name.rpartition(".")[2] for name in known if name.rpartition(".")[0] == key.rpartition(".")[0]]
    return f"unknown key {key!r}{f'; did you mean {near!r}?' if near else ''} (known: {', '.join(beside)})"


def _unknown_variable(variable: str, key: str) -> str:
    known = list(_keys(Config))
    single = [name for name in known if not any(other.startswith(f"{name}.") for other in known)]  # a heading has none
    near = _nearest_key(key, [*single, *(flag.lower() for flag in FLAGS)])
    hint = f"; did you mean '{VARIABLE}{near.upper().replace('.', '__')}'?" if near else ""
    return f"{variable}: is no variable of the checker{hint}"


def _nearest_key(key: str, known: Sequence[str]) -> str | None:
    """The known key that is named most alike: one beside it, else one under another heading."""
    heading, _, name = key.rpartition(".")
    beside = [other for other in known if other.rpartition(".")[0] == heading]
    for others in (beside, known):
        by_name = {other.rpartition(".")[2]: other for other in others}
        if close := difflib.get_close_matches(name, by_name, n=1, cutoff=0.5):
            return by_name[close[0]]
    return None


def _path_in(content: Mapping[str, Any], fault: ErrorDetails) -> tuple[str, ...]:
    """The key that a fault speaks of, without the steps of pydantic's own that stand in no file."""
    path: list[str] = []
    here: object = content
    for step in map(str, fault["loc"]):
        if not isinstance(here, Mapping) or (step not in here and fault["type"] != "missing"):
            break
        path.append(step)
        here = here.get(step)
    return tuple(path)


def _message(fault: ErrorDetails) -> str:
    if fault["type"] == UNKNOWN:
        return UNKNOWN
    return _REMEDIES.get(fault["type"]) or fault["msg"].removeprefix("Value error, ")


def _keys(model: type[BaseModel], before: str = "") -> Iterator[str]:
    """Every key that the model knows, as it is written with the headings above it: `report.folder`."""
    parts: dict[str, type[BaseModel]] = {"source": SourceConfig, "report": ReportConfig, "policy": Policy}
    for name in model.model_fields:
        yield before + name
        if model is Config and name in parts:
            yield from _keys(parts[name], f"{name}.")
        elif model is SourceConfig and name == "tables":
            for table in TABLES:
                yield f"{before}tables.{table}"
                yield from _keys(TableSource, f"{before}tables.{table}.")
