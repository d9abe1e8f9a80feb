"""What a replay of the daily search says on the terminal."""

from __future__ import annotations

from checker.console.terminal import london, print_line, table, terminal
from checker.models import SearchReplay
from checker.pipeline.replay import Replayed
from checker.report.daily_search import WHY_MISSED, codes_known, figures
from checker.report.words import counted, in_digits

_KEYS = {"closed": "when it was closed", "created": "when it was reported"}


def print_replay(replayed: Replayed) -> None:
    """The search as the policy has it beside the one that was asked for, and which incidents only one would return."""
    console, searches = terminal(), (replayed.in_policy, replayed.asked)
    console.print(f"The daily search replayed as of {london(replayed.as_of)}. Nothing was stored, nothing was written.")
    for warning in replayed.warnings:
        print_line(console, f"Note: {warning}")
    lines = table("Domestic abuse incidents with a child", "#As the policy has it", "#As asked")
    for told in zip(*map(_described, searches), strict=True):
        lines.add_row(told[0][0], *(value for _, value in told))
    lines.add_row()
    found = {reason for search in searches for reason in search.missed}
    reasons = [reason for reason in WHY_MISSED if reason in found] + sorted(found - WHY_MISSED.keys())
    for label_and_numbers in zip(*(figures(search, reasons, replayed.rule_id) for search in searches), strict=True):
        label = label_and_numbers[0][0]
        numbers = (in_digits(number) for _, number, _ in label_and_numbers)
        lines.add_row(f"  {label}" if label in reasons else label, *numbers)
    console.print(lines)
    console.print(codes_known(replayed.in_policy))
    console.print(
        f"{counted(replayed.only_policy, 'incident')} returned only as the policy has it, "
        f"{in_digits(replayed.only_asked)} only as asked."
    )


def _described(search: SearchReplay) -> list[tuple[str, str]]:
    return [
        ("runs every day at (London time)", search.run_time),
        ("looks for an incident by", _KEYS[search.keyed_on]),
        ("looks back, in hours", f"{search.window_hours:g}"),
        ("looks for the code", search.search_code),
    ]
