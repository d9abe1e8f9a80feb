"""The faults of a configuration in words: a line for each key that is wrong, with the place and what to write."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from checker.config.parts import Config, Policy, SourceConfig, TableSource
from checker.models import TABLES

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


def faults_of(model: type[BaseModel], content: Mapping[str, Any]) -> list[ErrorDetails]:
    """What is wrong with the content of a model, without the values themselves."""
    try:
        model.model_validate(content)
    except ValidationError as fault:
        return fault.errors(include_url=False, include_input=False)
    return []


def in_words(
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
    for name, field in model.model_fields.items():
        yield before + name
        part = Policy if model is Config and name == "policy" else field.annotation
        if isinstance(part, type) and issubclass(part, BaseModel):
            yield from _keys(part, f"{before}{name}.")
        elif model is SourceConfig and name == "tables":
            for table in TABLES:
                yield f"{before}tables.{table}"
                yield from _keys(TableSource, f"{before}tables.{table}.")
