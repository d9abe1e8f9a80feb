"""How large a sample must be, on the terminal."""

from __future__ import annotations

from checker.console.terminal import print_line, terminal
from checker.report.words import counted, in_digits
from checker.sampling import SampleSize, interval


def print_sample_size(size: SampleSize) -> None:
    """How many to look at, what that promises, and what the textbooks say."""
    console, backlog = terminal(), counted(size.population, "incident")
    margin, confidence = f"{100 * size.margin:.6g}%", f"{100 * size.confidence:.6g}%"
    if size.exact == size.population:
        lines = [f"Look at all of the {backlog}: no smaller sample stays within {margin} whatever is found."]
    else:
        _, most = interval(size.exact, 0, size.population, size.confidence)
        lines = [
            f"Look at {in_digits(size.exact)} of the {backlog}, drawn at random.",
            f"Whatever share of them is found to have a fault, the interval at {confidence} confidence then reaches at "
            f"most {margin} of the backlog below and above it.",
            f"Should none be found, at most {in_digits(most)} of the {backlog} have one.",
        ]
    lines.append(f"The textbook figure is {in_digits(size.textbook)}: an approximation, which may fall short of that.")
    for line in lines:
        print_line(console, line)
