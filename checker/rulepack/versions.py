"""The versions of a rule: `<area>/<ID>.toml` is the newest, `<area>/<ID>.until-<its last day>.toml` an earlier one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Any

from checker.rulepack.pack import CompiledRule

# What is decided about a finding, and what the report counts, outlives the versions of its rule.
_SAME_IN_ALL = ("name", "subject", "about", "counted_in")
_MAY_BE_LEFT_OUT = ("about", "counted_in")
_UNTIL = re.compile(r"\.until-[^/]*(?=\.toml$)")


def home_of(file: str) -> str:
    """The file of the newest version of the rule that a file of the pack is about."""
    return _UNTIL.sub("", file)


def earlier_file(file: str, last: date) -> str:
    """The file of the version of the same rule that counted until `last`."""
    return f"{home_of(file).removesuffix('.toml')}.until-{last}.toml"


def check_versions(contents: Mapping[str, Mapping[str, Any]], files: Collection[str]) -> list[tuple[str, str]]:
    """Every file whose version does not go with the others of its rule, and why.

    Args:
        contents: The parsed TOML of each file.
        files: Every file of the pack, read or not.
    """
    faults = []
    for home in dict.fromkeys(map(home_of, contents)):
        versions = {file: content for file, content in contents.items() if home_of(file) == home}
        if home not in files:
            remedy = f"call the file of the newest version {PurePosixPath(home).name}"
            faults.append((max(versions), f"is an earlier version of a rule that has no newer one; {remedy}"))
        faults += [(file, fault) for file in versions if file != home for fault in _differs(versions, file, home)]
        faults += _overlaps(versions, home)
    return faults


def with_earlier(rules: Iterable[CompiledRule]) -> tuple[CompiledRule, ...]:
    """The rules in the order of their ids, each the newest version with the earlier ones in it."""
    by_home: dict[str, list[CompiledRule]] = {}
    for rule in sorted(rules, key=lambda rule: (rule.rule.id, rule.rule.effective_from)):
        by_home.setdefault(home_of(rule.rule.file), []).append(rule)
    return tuple(
        replace(newest, rule=replace(newest.rule, earlier=tuple(each.rule for each in earlier)), earlier=tuple(earlier))
        for *earlier, newest in by_home.values()
    )


def _differs(versions: Mapping[str, Mapping[str, Any]], file: str, home: str) -> list[str]:
    """A fault for each key that is to be the same in all versions and is not."""
    own, newest = versions[file], versions.get(home)
    if newest is None:
        return []
    faults = []
    for key in _SAME_IN_ALL:
        if key in own and key in newest and own[key] != newest[key]:
            faults.append(f"{key}: {own[key]!r} is not that of {home}, {newest[key]!r}")
        elif key in _MAY_BE_LEFT_OUT and key in newest and key not in own:
            faults.append(f"{key}: is missing, and {home} has {newest[key]!r}")
        elif key in _MAY_BE_LEFT_OUT and key in own and key not in newest:
            faults.append(f"{key}: {own[key]!r} is missing in {home}")
    return [f"{fault}; a rule has one in all its versions" for fault in faults]


def _overlaps(versions: Mapping[str, Mapping[str, Any]], home: str) -> list[tuple[str, str]]:
    spans = []
    for file, content in versions.items():
        first, last = content.get("effective_from"), content.get("effective_to", date.max)
        if type(first) is date and type(last) is date:
            spans.append((first, last, file))
    faults = []
    for (_, last, before), (first, _, file) in pairwise(sorted(spans)):
        if first <= last:
            faults.append((file, f"effective_from: {first} lies within the days of {before}; end that the day before"))
        elif before == home:
            faults.append((file, f"effective_from: {first} lies after the days of {home}; swap the names of the files"))
    return faults
