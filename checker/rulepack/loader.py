"""Reads a folder of rule files into a rule pack; whatever is wrong anywhere in it is reported at once."""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from checker.config import merge_policy, nearest
from checker.errors import ConfigError, RulePackError
from checker.facts.context import Context
from checker.facts.engine import Subject
from checker.rulepack.examples import EXAMPLE_AS_OF
from checker.rulepack.keys import AREAS, OF_ONE_RULE
from checker.rulepack.pack import CompiledRule, RulePack
from checker.rulepack.rule_file import read_rule
from checker.rulepack.versions import check_versions, home_of, with_earlier

POLICY_FILE = "policy.toml"
_RULE_FILE = rf"(?:{'|'.join(AREAS.values())})/[^/]+\.toml"


def load_rules(folder: Path, fact_tables: Mapping[str, Subject]) -> RulePack:
    """The compiled rule pack of `folder`: its `policy.toml`, one `<area>/<ID>.toml` a rule, and earlier versions.

    Raises:
        RulePackError: with a line for each fault of the whole pack: file, key, fault, and the nearest known name.
    """
    if not folder.is_dir():
        raise RulePackError(f"{folder}: no such folder; name the folder of the rule pack under `rules` in checker.toml")
    texts, faults = _read_texts(folder)
    pack, more = _compiled(tuple(texts.items()), tuple((name, _Same(table)) for name, table in fact_tables.items()))
    if faults := sorted([*faults, *more]):
        raise RulePackError("\n".join(f"{folder / file}: {fault}" for file, fault in faults))
    assert pack is not None  # noqa: S101 - it has no fault
    return pack


class _Same:
    """A fact table that equals itself alone: what was compiled for it may be used again."""

    def __init__(self, table: Subject) -> None:
        self.table = table

    def __hash__(self) -> int:
        return id(self.table)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.table is other.table


@lru_cache(maxsize=4)  # a pass of the service asks for the same pack several times an extract
def _compiled(
    files: tuple[tuple[str, str], ...], subjects: tuple[tuple[str, _Same], ...]
) -> tuple[RulePack | None, tuple[tuple[str, str], ...]]:
    """The pack of these texts by the names of their files, None where there is a fault in it; and its faults."""
    texts, fact_tables = dict(files), {name: same.table for name, same in subjects}
    faults: list[tuple[str, str]] = []
    contents: dict[str, dict[str, Any]] = {}
    for file, text in files:
        try:
            contents[file] = tomllib.loads(text)
        except (ValueError, RecursionError) as fault:
            faults.append((file, f"is no TOML ({fault}); mend that line"))
    stated = contents.pop(POLICY_FILE, {})
    if POLICY_FILE in texts:
        faults += [(POLICY_FILE, fault) for fault in _check_policy(stated)]
    context = _sample_context(stated)
    rules: list[CompiledRule] = []
    for file, content in contents.items():
        rule, rule_faults = read_rule(file, content, fact_tables, context)
        faults += [(file, fault) for fault in rule_faults]
        rules += [] if rule is None else [rule]
    faults += _repeats(contents) + _counted_twice(contents) + check_versions(contents, texts)
    if faults or POLICY_FILE not in texts:
        return None, tuple(faults)
    return RulePack(with_earlier(rules), stated["version"], _digest(texts), stated["policy"]), ()


def _sample_context(stated: Mapping[str, Any]) -> Context | None:
    """A context with the policy of the pack, by which the facts say what they read; None where the policy is wrong."""
    policy = stated.get("policy")
    try:
        return Context(EXAMPLE_AS_OF, merge_policy(policy, {}, "policy")) if isinstance(policy, dict) else None
    except ConfigError:
        return None


def _read_texts(folder: Path) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """The text of every file of the pack by its name, in the order of the names; and what cannot be read, with why."""
    texts: dict[str, str] = {}
    unread: list[OSError] = []
    faults: list[tuple[str, str]] = []
    # Walked by os.walk, for Path.rglob passes over a folder that it may not open, and with it over rules.
    paths = [Path(place, name) for place, _, names in os.walk(folder, onerror=unread.append) for name in names]
    for path in sorted(path for path in paths if path.name.lower().endswith((".toml", ".toml.txt"))):
        file = path.relative_to(folder).as_posix()
        if file != POLICY_FILE and not re.fullmatch(_RULE_FILE, file):
            areas = ", ".join(AREAS.values())
            faults.append((file, f"is not where a rule belongs; call it <area>/<ID>.toml (areas: {areas})"))
            continue
        try:
            texts[file] = path.read_text(encoding="utf-8-sig")  # line ends become those of Linux
        except (OSError, UnicodeDecodeError):
            faults.append((file, "cannot be read; save it as text in UTF-8 that the checker may open"))
    faults += [(Path(fault.filename).relative_to(folder).as_posix(), "cannot be opened; allow it") for fault in unread]
    files = {path.relative_to(folder).as_posix() for path in paths}
    if POLICY_FILE not in files:
        faults.append((POLICY_FILE, "no such file; it states the version of the pack and its policy"))
    if not any(re.fullmatch(_RULE_FILE, file) for file in files):
        faults.append(("referral", "no rule file here or in any other area; a pack without rules finds nothing"))
    return {file: texts[file] for file in sorted(texts)}, faults


def _digest(texts: Mapping[str, str]) -> str:
    """The SHA-256 of all texts one after the other, in the order of the names of their files."""
    return hashlib.sha256("".join(texts.values()).encode()).hexdigest()


def _check_policy(content: Mapping[str, Any]) -> list[str]:
    known = ("version", "policy")
    faults = [f"unknown key {key!r}{nearest(key, known)}" for key in content if key not in known]
    version, policy = content.get("version"), content.get("policy")
    if not isinstance(version, str) or not version.strip():
        faults.append('version: is missing or no text; write the version of the pack, for example "1.0.0"')
    if not isinstance(policy, dict):
        return [*faults, "policy: is missing or no table; write the values under a heading [policy]"]
    try:
        merge_policy(policy, {}, "policy")
    except ConfigError as fault:
        faults += str(fault).splitlines()
    return faults


def _repeats(contents: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str]]:
    """A fault for each rule whose id or name is already that of another rule in a file before it."""
    faults = []
    for key in ("id", "name"):
        first: dict[str, str] = {}
        for file, content in contents.items():
            value = content.get(key)
            if isinstance(value, str) and home_of(first.setdefault(value, file)) != home_of(file):
                faults.append((file, f"{key}: {value!r} is that of {first[value]} too; give each rule its own"))
    return faults


def _counted_twice(contents: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str]]:
    """A fault for each rule that is counted in a part of the report which a rule in a file before it has to itself."""
    faults = []
    first: dict[str, str] = {}
    for file, content in contents.items():
        part = content.get("counted_in")
        if part in OF_ONE_RULE and home_of(first.setdefault(part, file)) != home_of(file):
            faults.append((file, f"counted_in: {part} counts {first[part]} already; take the key out of one of them"))
    return faults
