"""What a stored rule is about and counted in: up to rule pack 2.1.0 the code knew it, and no rule said it itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from checker.models import About, ReportPart

_ASKING_FOR_NO_REFERRAL = ("RSK", "CHD", "HIS", "ENC", "FLG", "MIS001", "MIS003")
_COUNTED_IN = {"CLO003": ReportPart.DAILY_SEARCH, "REF006": ReportPart.HUB}


def special_keys(stored: Mapping[str, Any]) -> dict[str, About | ReportPart | None]:
    """`about` and `counted_in` of a rule as the store has kept it, so that old runs show what they always showed."""
    if "about" in stored:
        about, part = stored["about"], stored["counted_in"]
        return {"about": About(about) if about else None, "counted_in": ReportPart(part) if part else None}
    asks = not stored["id"].startswith(_ASKING_FOR_NO_REFERRAL)
    return {"about": About.REFERRAL if asks else None, "counted_in": _part_that_counted(stored)}


def _part_that_counted(stored: Mapping[str, Any]) -> ReportPart | None:
    versions = (*stored.get("earlier", ()), stored)
    told_coverage = all(re.search(r"\bis_covered\b", version["violation"]) for version in versions)
    if stored["subject"] == "incident_child" and told_coverage:
        return ReportPart.COVERAGE
    return _COUNTED_IN.get(stored["id"])
