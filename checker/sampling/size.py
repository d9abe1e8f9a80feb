"""How large a sample must be for a wanted precision."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from checker.errors import ConfigError
from checker.sampling.interval import tail

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

LARGEST = 1_000_000_000  # a population; beyond it 64 bits do not hold the products
_AT_FIRST, _AT_ONCE = 256, 4_096


@dataclass(frozen=True)
class SampleSize:
    """How many of a population to draw at random so that a share is known within `margin` either way.

    `exact` keeps the promise whatever is found; `textbook` is what most handbooks give, for comparison.
    """

    population: int
    margin: float
    confidence: float
    exact: int
    textbook: int


def sample_size(population: int, margin: float, confidence: float = 0.95) -> SampleSize:
    """The smallest sample of which, whatever is found, the exact interval reaches no further than the margin.

    Either limit of the interval, as a share of the population, lies at most `margin` from the share found. As counts
    are whole, one more incident now and then reaches a hair further than one less; so every size is tried, from 1 on.

    `textbook` is the normal approximation at one half with the correction for a finite population (W. G. Cochran,
    "Sampling Techniques", 3rd edition, 1977, section 4.4): n0 = z² / (4 margin²), n = n0 / (1 + (n0 - 1) / population).

    Args:
        population: How many there are.
        margin: As a share, between 0 and 1.
        confidence: Between 0 and 1.

    Raises:
        ConfigError: a population of that size is none, or too large.
    """
    if not 1 <= population <= LARGEST:
        raise ConfigError(f"sample size: no population has {population:,} incidents; give 1 to {LARGEST:,}")
    share = Fraction(margin).limit_denominator(1_000_000)  # 0.05 is then 1/20
    promising = _promising(population, share, confidence)
    exact = next(size for size in promising if _holds(size, population, share, confidence))
    return SampleSize(population, margin, confidence, exact, _textbook(population, margin, confidence))


def _textbook(population: int, margin: float, confidence: float) -> int:
    z = NormalDist().inv_cdf(1 - (1 - confidence) / 2)
    unlimited = z * z / (4 * margin * margin)
    return math.ceil(unlimited / (1 + (unlimited - 1) / population))


def _promising(population: int, margin: Fraction, confidence: float) -> Iterator[int]:
    """The sizes, in ascending order, that keep the promise where half of the sample is found: nowhere is it harder."""
    import numpy as np

    for start in range(1, population + 1, _AT_ONCE):
        sizes = np.arange(start, min(start + _AT_ONCE, population + 1), dtype=np.int64)
        yield from map(int, sizes[_is_within(sizes // 2, sizes, population, margin, confidence)])


def _holds(size: int, population: int, margin: Fraction, confidence: float) -> bool:
    """Whether a size keeps the promise for each number found; those about one half break it first, and come first."""
    import numpy as np

    found = np.arange(size + 1, dtype=np.int64)
    found = found[np.argsort(np.abs(2 * found - size), kind="stable")]
    parts = (found[:_AT_FIRST], found[_AT_FIRST:_AT_ONCE], found[_AT_ONCE:])
    return all(_is_within(part, np.full_like(part, size), population, margin, confidence).all() for part in parts)


def _is_within(found: Numbers, sizes: Numbers, population: int, margin: Fraction, confidence: float) -> Numbers:
    """Whether the upper limit reaches no further than the margin, for each number found in a sample of each size.

    It does where the next number beyond the margin is ruled out, by what was seen or by its chance. Nothing is to be
    said of the lower limit: that of `found` lies as far below as the upper one of `size - found`, the others, above.
    """
    import numpy as np
    from scipy.stats import hypergeom

    whole, rest = divmod(population * margin, 1)
    share, left = np.divmod(population * found, sizes)
    carry = left * rest.denominator >= sizes * (rest.denominator - rest.numerator)
    beyond = share + whole + carry + 1
    most = population - (sizes - found)
    possible = np.minimum(beyond, most)
    is_within: Numbers = (beyond > most) | (hypergeom.cdf(found, population, possible, sizes) < tail(confidence))
    return is_within
