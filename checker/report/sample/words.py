"""What came of a sample in plain words, so that each report says it the same way."""

from __future__ import annotations

from checker.models import STRATIFY_BY, Sample
from checker.report.words import counted, in_digits
from checker.sampling import Estimate, SampleResult

CONFIDENCE = "95%"
# Up to which kappa the agreement is called what: J. R. Landis and G. G. Koch, "The measurement of observer agreement
# for categorical data", Biometrics 33, 1977.
_READINGS = (
    (0.0, "no better than chance"),
    (0.2, "slight agreement"),
    (0.4, "fair agreement"),
    (0.6, "moderate agreement"),
    (0.8, "substantial agreement"),
    (1.0, "almost perfect agreement"),
)
_COLUMNS = dict(zip(STRATIFY_BY, ("district", "risk", "verdict"), strict=True))


def kappa_in_words(result: SampleResult) -> str:
    """How far the reviewers agree beyond chance, or why that is not defined."""
    if not result.reviewed:
        return "No incident has been answered for by both reviewers yet."
    if result.kappa is None:
        return "Cohen's kappa is not defined: both reviewers gave one and the same answer throughout."
    reading = next((words for most, words in _READINGS if result.kappa <= most), _READINGS[-1][1])
    reading = "perfect agreement" if result.agreed == result.reviewed else reading
    return f"Cohen's kappa {result.kappa:.2f}: {reading} (1 is perfect, 0 what chance alone would give)."


def agreement_in_words(result: SampleResult) -> str:
    """On how many incidents the reviewers gave one answer, and how far that is beyond chance."""
    if not result.reviewed:
        return kappa_in_words(result)
    both = f"{counted(result.reviewed, 'incident')} that both have answered for"
    return f"Of {both} they gave {in_digits(result.agreed)} the same answer. {kappa_in_words(result)}"


def estimate_in_words(estimate: Estimate) -> str:
    """How many incidents of the backlog, or of a stratum of it, have a child who is not accounted for."""
    whole = f"of the {counted(estimate.of, 'incident')}"
    have = "have a child who is not accounted for"
    if estimate.low == estimate.high and estimate.sampled == estimate.of:
        return f"{in_digits(estimate.low)} {whole} ({low_share(estimate)}) {have}: all were looked at."
    within = f"{in_digits(estimate.low)} to {in_digits(estimate.high)}"
    shares = f"{low_share(estimate)} to {high_share(estimate)}"
    point = "" if estimate.point is None else f"; the likeliest number is {in_digits(round(estimate.point))}"
    basis = f"{in_digits(estimate.found)} of {in_digits(estimate.sampled)} found"
    if estimate.unresolved:
        basis += f", {in_digits(estimate.unresolved)} not settled and counted both ways"
    return f"{within} {whole} ({shares}) {have}, with {CONFIDENCE} confidence: {basis}{point}."


def low_share(estimate: Estimate) -> str:
    """The lower limit as a share, never rounded up."""
    return f"{estimate.low * 1000 // estimate.of / 10:.1f}%"


def high_share(estimate: Estimate) -> str:
    """The upper limit as a share, never rounded down."""
    return f"{-(-estimate.high * 1000 // estimate.of) / 10:.1f}%"


def how_drawn(sample: Sample, population: int) -> str:
    """How a sample was drawn, and how anybody can draw it again."""
    by = [_COLUMNS[name] for name in STRATIFY_BY if name in sample.stratified_by]
    drawn = f"{in_digits(sample.size)} of {counted(population, 'incident')}, passed ones too"
    how = (
        f"For each incident of order.csv work out the SHA-256 of {sample.seed}:REFERENCE (UTF-8, as hexadecimal text), "
        "and sort by it."
    )
    if not by:
        return f"{drawn}. {how} The first {in_digits(sample.size)} are the sample."
    named = " and ".join(filter(None, (", ".join(by[:-1]), by[-1])))
    shares = "each has its share by the largest remainder, and one incident at least"
    return f"{drawn}, stratified by {named}. {how} The first of each stratum are the sample: {shares}."
