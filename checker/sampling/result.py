"""What came of a sample: whether the reviewers agree, and what their answers say of the whole backlog."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from checker.models import AGREED, Answer, Sample
from checker.sampling.interval import interval

_CONFIDENCE = 0.95


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
    sample. `strata` is empty too where the sample is a simple one.
    """

    reviewed: int
    agreed: int
    kappa: float | None
    whole: Estimate | None
    strata: tuple[Estimate, ...]
    why_none: str | None


def answered(sample: Sample) -> pl.DataFrame:
    """What was said of each incident of a sample, side by side, in the order of the sample.

    To the columns of the sample (SAMPLED) come `answer_`, `remark_` and `reviewed_by_` with 1, 2 and 3 (AGREED), and
    `final`: what both have answered, or where they differ or cannot tell what they have agreed on. It is null where
    they differ and have agreed on nothing, or one has not answered.
    """
    rows = sample.rows.sort("place")
    for reviewer in (1, 2, AGREED):
        said = sample.reviews.filter(reviewer=reviewer).drop("reviewer")
        names = {name: f"{name}_{reviewer}" for name in ("answer", "remark", "reviewed_by")}
        rows = rows.join(said.rename(names), on="incident_ref", how="left", maintain_order="left")
    both = pl.col("answer_1").is_not_null() & pl.col("answer_2").is_not_null()
    same = pl.when(pl.col("answer_1") == pl.col("answer_2")).then(pl.col("answer_1"))
    told = pl.when(same != Answer.CANNOT_TELL.value).then(same)
    return rows.with_columns(final=pl.when(both).then(pl.coalesce(told, f"answer_{AGREED}", same)))


def result(sample: Sample) -> SampleResult:
    """What came of a sample so far.

    The interval of a simple sample, and of each stratum, is the exact one at 95% (`checker.sampling.interval`). That of
    the whole backlog from H strata is the sum of their limits at 1 - 0.05 / H each: in at least 95% of samples all of
    them hold at once (Bonferroni), and then so does their sum. It is wider than it need be, and never too narrow.

    Whatever is unresolved may be either: the lower limit counts none of it as found, the upper one all of it.
    """
    answers = answered(sample)
    both = answers.filter(pl.col("answer_1").is_not_null(), pl.col("answer_2").is_not_null())
    first, second = both["answer_1"].to_list(), both["answer_2"].to_list()
    agreed = sum(one == other for one, other in zip(first, second, strict=True))
    kappa, missing = _kappa(agreed, first, second), answers.height - both.height
    if missing:
        return SampleResult(both.height, agreed, kappa, None, (), _why_none(missing, answers.height))
    tallies = [_tally(stratum, rows) for (stratum,), rows in answers.group_by("stratum", maintain_order=True)]
    tallies.sort(key=lambda each: each.stratum)
    if not sample.stratified_by:
        return SampleResult(both.height, agreed, kappa, _estimate(tallies[0], _CONFIDENCE), (), None)
    strata = tuple(_estimate(tally, _CONFIDENCE) for tally in tallies)
    return SampleResult(both.height, agreed, kappa, whole_of(tallies), strata, None)


def _kappa(agreed: int, first: Sequence[str], second: Sequence[str]) -> float | None:
    """Cohen's kappa, unweighted; None where nothing was answered, or one and the same answer throughout.

    J. Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20, 1960.
    """
    times, pairs = Counter(second), len(first) ** 2
    by_chance = sum(times[answer] for answer in first)  # of all pairs of an answer of one with an answer of the other
    return None if by_chance == pairs else (agreed * len(first) - by_chance) / (pairs - by_chance)


def _why_none(missing: int, sampled: int) -> str:
    are = "is" if missing == 1 else "are"
    return (
        f"{missing:,} of the {sampled:,} incidents of the sample {are} not yet answered for by both reviewers. There "
        "is no estimate before that: what was done first is no random sample."
    )


def _tally(stratum: str, rows: pl.DataFrame) -> Estimate:
    """What was found in a stratum, before anything is said of those of its incidents that nobody has looked at."""
    final = rows["final"].to_list()
    found = final.count(Answer.NOT_ACCOUNTED_FOR.value)
    unresolved = len(final) - found - final.count(Answer.ACCOUNTED_FOR.value)
    of = rows.item(0, "of")
    point = None if unresolved else found / len(final) * of
    return Estimate(stratum, of, len(final), found, unresolved, point, found, of)


def _estimate(tally: Estimate, confidence: float) -> Estimate:
    low, _ = interval(tally.sampled, tally.found, tally.of, confidence)
    _, high = interval(tally.sampled, tally.found + tally.unresolved, tally.of, confidence)
    return replace(tally, low=low, high=high)


def whole_of(tallies: Sequence[Estimate]) -> Estimate:
    """The whole backlog from its strata; of these it is read how many there are, sampled, found and unresolved."""
    parts = [_estimate(tally, 1 - (1 - _CONFIDENCE) / len(tallies)) for tally in tallies]
    of, sampled, found, unresolved, low, high = (
        sum(getattr(part, name) for part in parts) for name in ("of", "sampled", "found", "unresolved", "low", "high")
    )
    points = [part.point for part in parts if part.point is not None]
    return Estimate("all", of, sampled, found, unresolved, None if unresolved else sum(points), low, high)
