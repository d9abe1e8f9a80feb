"""How many incidents to dip-sample, as it is asked and answered on the command line."""

from __future__ import annotations

import pytest

from tests.command import Done, checker

OF_580 = """\
Look at 242 of the 580 incidents, drawn at random.
Whatever share of them is found to have a fault, the interval at 95% confidence then reaches at most 5% of the backlog \
below and above it.
Should none be found, at most 6 of the 580 incidents have one.
The textbook figure is 232: an approximation, which may fall short of that.
"""


@pytest.mark.parametrize("margin", ["5%", "5 %", " 5.0% ", "0.05", ".05"])
def test_it_says_how_many_to_look_at_and_what_that_promises(margin: str) -> None:
    assert checker("sample-size", "580", "--margin", margin) == Done(0, OF_580, "")


def test_another_confidence_takes_others() -> None:
    done = checker("sample-size", "1,000,000", "--margin", "2.5%", "--confidence", "99%")
    assert done.code == 0
    assert done.out.startswith("Look at 2,687 of the 1,000,000 incidents, drawn at random.\n")
    assert "at 99% confidence then reaches at most 2.5% of" in done.out


def test_where_no_sample_will_do_it_says_so() -> None:
    done = checker("sample-size", "20", "--margin", "1%")
    first, textbook = done.out.splitlines()
    assert first == "Look at all of the 20 incidents: no smaller sample stays within 1% whatever is found."
    assert textbook.startswith("The textbook figure is 20: ")


SHARE = "is no share from 0.1% to 99.9%; give"


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("580", "--margin", "5"), f"--margin: '5' {SHARE} 5% or 0.05, for example"),
        (("580", "--margin", "0%"), f"--margin: '0%' {SHARE} 5% or 0.05, for example"),
        (("580", "--margin", "100%"), f"--margin: '100%' {SHARE} 5% or 0.05, for example"),
        (("580", "--margin", "five"), f"--margin: 'five' {SHARE} 5% or 0.05, for example"),
        (("580", "--margin", "."), f"--margin: '.' {SHARE} 5% or 0.05, for example"),
        (("580", "--margin", "0.05", "--confidence", "1"), f"--confidence: '1' {SHARE} 95% or 0.95, for example"),
        (
            ("580", "--margin", "5%", "--confidence", "5%"),
            "--confidence: less than 50% is no confidence; give 95%, or another share of at least 50%",
        ),
        (
            ("many", "--margin", "5%"),
            "INCIDENTS: 'many' is no whole number; give how many incidents there are, as 580",
        ),
        (
            ("0", "--margin", "5%"),
            "sample size: no population has 0 incidents; give 1 to 1,000,000,000",
        ),
    ],
)
def test_nonsense_is_refused_in_one_line(arguments: tuple[str, ...], fault: str) -> None:
    assert checker("sample-size", *arguments) == Done(2, "", f"checker: {fault}\n")
