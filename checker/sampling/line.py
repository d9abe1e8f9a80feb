"""By what a line of a reviewer's workbook is known when it comes back."""

from __future__ import annotations

import hashlib


def line_id(sample: int, reviewer: int, sweep: str, incident_ref: str) -> str:
    """The id of a line, `S-` and 12 hexadecimal digits: cells of another line do not go with it.

    Args:
        sample: The number of the sample.
        reviewer: 1 or 2, or AGREED.
        sweep: The name of the sweep.
        incident_ref: The incident.
    """
    said = f"{sample}|{reviewer}|{letters(sweep)}|{letters(incident_ref)}"
    return f"S-{hashlib.sha256(said.encode()).hexdigest()[:12]}"


def letters(text: str) -> str:
    """What of a name or a reference survives a trip through a workbook: no blank and no unprintable character."""
    return "".join(letter for letter in text if letter.isprintable() and letter not in " \N{REPLACEMENT CHARACTER}")
