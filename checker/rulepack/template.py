"""A new rule file, to be filled in: until that is done the loader names every line that is still empty."""

from __future__ import annotations

import re
from pathlib import Path

from checker.errors import ConfigError
from checker.rulepack.keys import AREAS, KEYS, RULE_ID, Key

_HEAD = """\
# A new rule. Fill in every line; `checker rules test {rule_id}` then lists what is still missing or wrong.
# REF001 is a good model. The subjects, their facts, and the SQL that a condition may use, are in rules/README.md.
"""
_MESSAGE = """
# A plain sentence for each outcome that reaches a person. Say what the extract shows, never what somebody failed to do.
[message]
finding = ""
undetermined = ""
not_due = ""
"""
_EXAMPLES = """
# Worked cases, which are the tests of the rule. Give only the facts that matter, and under `unknown` those that nobody
# knows: the others are as in the sample of rules/README.md. Where the moment of the extract matters, give as_of too.
# There must be a finding, a pass and, where the rule can come out so, an undetermined.
[[example]]
name = "what the rule is meant to find"
facts = {}
outcome = "finding"

[[example]]
name = "what is in order"
facts = {}
outcome = "pass"

[[example]]
name = "what cannot be told"
unknown = []
outcome = "undetermined"
"""


def new_rule(folder: Path, rule_id: str) -> Path:
    """The file of a new rule, just written into the pack's folder.

    Raises:
        ConfigError: the id is not of an area's letters and three digits, is taken, or its file cannot be written.
    """
    text = new_rule_text(rule_id)
    file = folder / AREAS[rule_id[:3]] / f"{rule_id}.toml"
    try:
        file.parent.mkdir(exist_ok=True)
        with file.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except FileExistsError:
        raise ConfigError(f"{file}: this rule is there already; take another number") from None
    except OSError as fault:
        raise ConfigError(f"{file}: cannot be written ({fault.strerror}); see to the folder of the rule pack") from None
    return file


def new_rule_text(rule_id: str) -> str:
    """A commented rule file in which everything is still to be said.

    Raises:
        ConfigError: the id is not of an area's letters and three digits.
    """
    if not re.fullmatch(RULE_ID, rule_id):
        areas = ", ".join(f"{letters} {area}" for letters, area in AREAS.items())
        raise ConfigError(f"{rule_id!r} is no rule id; write the letters of an area and three digits (areas: {areas})")
    lines = [_line(key, rule_id) for key in KEYS if key.name not in ("message", "example")]
    return _HEAD.format(rule_id=rule_id) + "".join(lines) + _MESSAGE + _EXAMPLES


def _line(key: Key, rule_id: str) -> str:
    value = {"text": '""', "date": "2026-01-01", "list of texts": "[]"}[key.kind]
    value = f'"{rule_id}"' if key.name == "id" else value
    return f"\n# {key.meaning[0].upper()}{key.meaning[1:]}.\n{'' if key.required else '# '}{key.name} = {value}\n"
