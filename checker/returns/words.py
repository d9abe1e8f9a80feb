"""What people type, as it is compared and kept."""

from __future__ import annotations

import re
import unicodedata

from checker.models import Answer, Decision

_UNSEEN = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"  # comes along when text is copied from a web page or mail
_BLANKS = "".join(filter(str.isspace, map(chr, range(0x3001)))) + _UNSEEN
_MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d) 00:00:00")
_TIME_OF_DAY = re.compile(r"1899-12-3[01] (\d\d:\d\d:\d\d)")
# By its name in full and by the part of it before the comma.
DECISIONS = {name: decision for decision in Decision for name in (decision.value, decision.value.partition(",")[0])}

ANSWERS = {answer.value: answer for answer in Answer}

_COMMA = re.compile(" ?[,;:] ?| [-\u2010-\u2015\u2212] ")
_WHOLE_NUMBER = re.compile(r"0*([1-9][0-9]{0,8})(?:\.0+)?")
_QUOTES_AND_STOPS = " .\"'`\u2018\u2019\u201c\u201d"


def trimmed(cell: str | None) -> str | None:
    """The text of a cell without the blanks around it, None where there is no other; a day without its midnight."""
    text = (cell or "").strip(_BLANKS)
    if found := _MIDNIGHT.fullmatch(text) or _TIME_OF_DAY.fullmatch(text):
        return found[1]
    return text or None


def folded(text: str) -> str:
    """A text as it is compared: one kind of letter, of blank and of case."""
    seen = unicodedata.normalize("NFKC", text).translate(dict.fromkeys(map(ord, _UNSEEN)))
    return " ".join(seen.casefold().split())


def decision_of(text: str) -> Decision | None:
    """The decision that a text names in full or up to its comma, None where it names no one."""
    return DECISIONS.get(_COMMA.sub(", ", folded(text).strip(_QUOTES_AND_STOPS)))


def answer_of(text: str) -> Answer | None:
    """The answer of a reviewer that a text names, None where it names no one."""
    return ANSWERS.get(folded(text).strip(_QUOTES_AND_STOPS))


def whole_number(text: str | None) -> int | None:
    """The number from 1 on that a text states, None where it states no one."""
    found = _WHOLE_NUMBER.fullmatch(text or "")
    return int(found[1]) if found else None
