"""Samples of a backlog: how they are drawn, how large they must be, and what they say of the whole backlog."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from checker.models import Sample


@dataclass(frozen=True)
class Estimate:
    """How many incidents of a stratum (`all`: of the whole backlog) have a child who is not accounted for.

    `found` of the `sampled` incidents have one, `unresolved` are those of which the reviewers cannot tell, or on which
    they do not agree. `low` and `high` are the bounds of the interval, in incidents of the `of` that there are; `point`
    is the likeliest number, None where anything is unresolved.
    """

    stratum: str
    of: int
    sampled: int
    found: int
    unresolved: int
    point: float | None
    low: int
    high: int


@dataclass(frozen=True)
class SampleResult:
    """What came of a sample so far.

    `reviewed` counts the incidents that both reviewers have answered for, `agreed` those of them on which both gave one
    answer, `kappa` is Cohen's (None where it is not defined). `whole` and `strata` are None and empty, and `why_none`
    says why, as long as not every incident of the sample has been answered for: what was done first is no random
    sample.
    """

    reviewed: int
    agreed: int
    kappa: float | None
    whole: Estimate | None
    strata: tuple[Estimate, ...]
    why_none: str | None


def draw(order: pl.DataFrame, size: int, seed: int, stratified_by: Sequence[str]) -> pl.DataFrame:
    """The drawn sample (SAMPLED) of the incidents of a sweep (ORDER)."""
    raise NotImplementedError


def result(sample: Sample) -> SampleResult:
    """What came of a sample so far."""
    raise NotImplementedError
