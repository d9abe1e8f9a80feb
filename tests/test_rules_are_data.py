"""No code knows a rule by its id or by the letters of its area: what is special about a rule stands in its file."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import checker
from checker.rulepack.keys import AREAS

ROOT = Path(checker.__file__).parent
LETTERS = "|".join(AREAS)
IN_TEXT = re.compile(rf"\b(?:{LETTERS})[0-9]{{3}}\b|^(?:{LETTERS})$")
IN_NAMES = re.compile(rf"(?:^|_)(?:{LETTERS})_?[0-9]{{3}}(?:_|$)", re.IGNORECASE)
ALLOWED = {
    "rulepack/keys.py",  # the letters of the areas
    "rulepack/template.py",  # names a good model to whoever writes a rule
    "store/old_packs.py",  # what the code knew of the rules of packs up to 2.1.0
}


def rules_known_to(source: str) -> list[str]:
    """Each text and each name of the code that is about one rule or one area; docstrings and help are not code."""
    tree = ast.parse(source)
    explained = {id(part) for node in ast.walk(tree) for text in _explanations(node) for part in ast.walk(text)}
    texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in explained)
    names = (name for node in ast.walk(tree) for name in _names(node))
    return [
        *(text for text in texts if isinstance(text, str) and IN_TEXT.search(text)),
        *(name for name in names if IN_NAMES.search(name)),
    ]


def _explanations(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        yield node.value
    if isinstance(node, ast.keyword) and node.arg == "help":
        yield node.value


def _names(node: ast.AST) -> Iterator[str]:
    for field in ("id", "attr", "name", "arg"):
        if isinstance(name := getattr(node, field, None), str):
            yield name


def test_no_code_knows_a_rule() -> None:
    files = {file.relative_to(ROOT).as_posix(): file for file in ROOT.rglob("*.py")}
    assert files.keys() >= ALLOWED
    known = {name: rules_known_to(file.read_text("utf-8")) for name, file in files.items() if name not in ALLOWED}
    assert {name: rules for name, rules in known.items() if rules} == {}


def test_a_rule_is_seen_wherever_code_may_know_it() -> None:
    source = '''
"""About REF001."""
RULE = "REF001"
OTHERS = ("RSK", "CHD002")
def of_clo003(rule, *, ref006=None):
    """As CLO003 has it."""
    # MIS001 too
    return f"each is an exception of ENC001: {rule.flg001}" if rule.startswith("MIS") else option(help="As REF007.")
WORDS = "REF-1", "REFERRAL", "prefer100", "XYZ001", "MISS", b"REF"
'''
    found = ["REF001", "RSK", "CHD002", "MIS", "each is an exception of ENC001: ", "of_clo003", "ref006", "flg001"]
    assert sorted(rules_known_to(source)) == sorted(found)
