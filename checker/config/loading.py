"""What `checker.toml` states, with the `CHECKER_*` variables on top."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from checker.config.faults import FLAGS, VARIABLE, faults_of, in_words
from checker.config.parts import STORE_FILE, Config, Policy, StoreConfig
from checker.config.password import PASSWORD_VARIABLE
from checker.errors import ConfigError

CONFIG_FILE = "checker.toml"
_FILE = "sqlite:///"


def find_config(extract: Path | None) -> Path | None:
    """The `checker.toml` of the working folder, else the one that lies beside the extract's files, else None."""
    folders = [Path()] if extract is None else [Path(), extract]
    # Not Path.is_file, which raises where a name is too long; what is wrong with the folder, its reader says.
    return next((folder / CONFIG_FILE for folder in folders if os.path.isfile(folder / CONFIG_FILE)), None)  # noqa: PTH113


def load_config(file: Path | None) -> Config:
    """The configuration of `file` (none: the defaults), overlaid by `CHECKER_*`; its paths are relative to the file.

    So is the store where no url is stated: `checker.db` beside the file.

    Raises:
        ConfigError: the file cannot be read; or, a line for each fault, a key or a variable is unknown (the nearest
            known one is named) or its value is wrong.
    """
    content = {} if file is None else _relative_to(file.parent, _read(file))
    for part in ("email", "report"):
        stated = content.get(part)
        if isinstance(stated, dict) and "password" in stated:
            variable = f"{VARIABLE}{part.upper()}__PASSWORD"
            raise ConfigError(f"{file}: {part}.password: belongs in no file; give it in {variable}")
    if os.environ.get(PASSWORD_VARIABLE) == "":  # not as if it were not there: whoever set it wants no plain workbook
        raise ConfigError(f"{PASSWORD_VARIABLE}: is empty; give the password in it, or take the variable away")
    variables = _overlay(content)
    faults = faults_of(Config, content)
    if not faults:  # what a force does not override, the rule pack states
        overrides = faults_of(Policy, content.get("policy", {}))
        faults = [{**fault, "loc": ("policy", *fault["loc"])} for fault in overrides if fault["type"] != "missing"]
    if faults:
        raise ConfigError("\n".join(in_words(faults, Config, content, str(file), variables)))
    config = Config.model_validate(content)
    if file is None or config.has_store:
        return config
    beside = SecretStr(f"{_FILE}{file.parent / STORE_FILE}")
    return config.model_copy(update={"store": StoreConfig.model_construct(set(), url=beside)})


def merge_policy(stated: Mapping[str, Any], overrides: Mapping[str, Any], place: str) -> Policy:
    """The pack's policy with a force's overrides on top; `place` is named where a value is wrong.

    Raises:
        ConfigError: a key is unknown (the nearest known is named), missing, or its value is not allowed.
    """
    content = {**stated, **overrides}
    for name, values in stated.items():  # of a table a force states what it decides otherwise
        if isinstance(values, Mapping) and isinstance(overrides.get(name), Mapping):
            content[name] = {**values, **overrides[name]}
    if faults := faults_of(Policy, content):
        raise ConfigError("\n".join(in_words(faults, Policy, content, place)))
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
    report, schedule, schools = content.get("report"), content.get("schedule"), content.get("schools")
    parts = (
        *((content, "rules"), (report, "folder"), (report, "password_file")),
        *((schedule, "inbox"), (schedule, "returns"), (schools, "calendar")),
    )
    for part, key in parts:
        if isinstance(part, dict) and isinstance(part.get(key), str):
            part[key] = folder / part[key]
    store = content.get("store")
    if isinstance(store, dict) and isinstance(store.get("url"), str) and store["url"].startswith(_FILE):
        store["url"] = f"{_FILE}{folder / store['url'].removeprefix(_FILE)}"
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
