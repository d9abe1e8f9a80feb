"""The command about the size of a sample."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from checker.errors import ConfigError

sample_app = typer.Typer()
_SHARE = re.compile(r"(\d{0,4}\.?\d{0,8})\s*(%?)")


@sample_app.command("sample-size")
def sample_size(
    population: Annotated[str, typer.Argument(metavar="INCIDENTS", help="How many there are, for example 580.")],
    margin: Annotated[
        str, typer.Option("--margin", metavar="SHARE", help="How far off the share found may be, for example 5%.")
    ],
    confidence: Annotated[
        str, typer.Option("--confidence", metavar="SHARE", help="In how many samples of all it is not further off.")
    ] = "95%",
) -> None:
    """Say how many incidents to dip-sample.

    The number of incidents to draw at random so that the share with a fault is known to a wanted precision, whatever is
    found. It is exact for a backlog of that size; the figure of the textbooks is given beside it.

    Example: checker sample-size 580 --margin 5%
    """
    from checker.console.sample import print_sample_size
    from checker.sampling import sample_size

    digits = population.replace(",", "").strip()
    if not digits.isdecimal():
        raise ConfigError(f"INCIDENTS: {population!r} is no whole number; give how many incidents there are, as 580")
    least, most = share_of("--confidence", confidence, "95%"), share_of("--margin", margin, "5%")
    if least < 0.5:
        raise ConfigError("--confidence: less than 50% is no confidence; give 95%, or another share of at least 50%")
    print_sample_size(sample_size(int(digits), most, least))


def share_of(option: str, text: str, example: str) -> float:
    """The share that a text states, as `5%`, `5 %` or `0.05`: a number between 0 and 1.

    Args:
        option: The option that it is given to.
        text: What was given.
        example: What might have been given.

    Raises:
        ConfigError: it states no such share.
    """
    found = _SHARE.fullmatch(text.strip())
    share = None
    if found and any(map(str.isdecimal, found[1])):
        share = float(f"{found[1]}e-2") if found[2] else float(found[1])
    if share is None or not 0.001 <= share <= 0.999:
        as_share = f"{float(example.removesuffix('%')) / 100:g}"
        raise ConfigError(
            f"{option}: {text!r} is no share from 0.1% to 99.9%; give {example} or {as_share}, for example"
        )
    return share
