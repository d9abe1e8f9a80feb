"""What a sample says of the whole backlog: the exact interval of a finite population."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

_TIE = 1e-8  # how far, relatively, a chance may lie below the limit and count as at it: more than floats are wrong by


@lru_cache(maxsize=4096)
def interval(sampled: int, found: int, population: int, confidence: float = 0.95) -> tuple[int, int]:
    """The fewest and the most incidents of the population that may be such as `found` of the `sampled` are.

    It inverts the two one-sided tests of the hypergeometric distribution, as Clopper and Pearson ("The use of
    confidence or fiducial limits", Biometrika 26, 1934) did those of the binomial, and as J. P. Buonaccorsi ("A note on
    confidence intervals for proportions in finite populations", The American Statistician 41, 1987) compares for finite
    populations. Let X be how many would be found if M of the population were such, and a = (1 - confidence) / 2:

        low  = the smallest M for which P(X >= found) is at least a
        high = the largest M for which P(X <= found) is at least a

    A true number outside has less than `a` of a chance on its side to give what was found, so that the interval holds
    it with at least the confidence, whatever it is; with the whole population sampled both limits are what was found.

    Args:
        sampled: How many were drawn, each set of so many being as likely as any other.
        found: How many of them are such.
        population: How many there are.
        confidence: Between 0 and 1.
    """
    from scipy.stats import hypergeom

    limit = tail(confidence)
    least, most = found, population - (sampled - found)  # what was seen rules out any other
    low = _first(lambda count: hypergeom.sf(found - 1, population, count, sampled) >= limit, least, most)
    beyond = _first(lambda count: hypergeom.cdf(found, population, count, sampled) < limit, least, most + 1)
    return low, beyond - 1


def tail(confidence: float) -> float:
    """The least chance, on one side, with which what was found may come from a number that is not ruled out."""
    return (1 - confidence) / 2 * (1 - _TIE)


def _first(holds: Callable[[int], bool], least: int, most: int) -> int:
    """The smallest number from `least` to `most` that holds, where all above it do; `most` is known to."""
    while least < most:
        middle = (least + most) // 2
        if holds(middle):
            most = middle
        else:
            least = middle + 1
    return least
