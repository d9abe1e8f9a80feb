"""The sheet of the samples of a sweep: how each was drawn, how far reviewers agree, and what it says of the backlog."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from checker.models import Sample
from checker.report import lists
from checker.report.cells import A4, Book, Page
from checker.report.london import day_in_words, london_day
from checker.report.sample import agreement_in_words, estimate_in_words
from checker.report.styles import NUMBER, SET_IN, TEXT
from checker.report.words import in_digits
from checker.sampling import Estimate, SampleResult

NAME = "Samples"
NOTE = (
    "A sample is drawn at random from all incidents of the sweep, those that passed included; two people review each "
    "incident without seeing what the other says. Found: a child is not accounted for. Lowest and highest are the "
    "limits (95%) of how many such incidents the whole backlog, or the stratum, has. As long as not all of a sample is "
    "reviewed there is no estimate: what is done first is no random sample."
)
NONE = "No sample was drawn, so that there is no estimate of what nobody has looked at."
_COUNT = NUMBER.but(indent=0)
COLUMNS = (
    lists.Column("Sample", "number", 7.5, 7.5, NUMBER.but(bold=True), parts=True),
    lists.Column("Drawn on", "drawn", 11.5, 11.5, SET_IN),
    lists.Column("Seed", "seed", 8, 8, _COUNT.but(number_format="0")),
    lists.Column("Stratified by", "by", 14, 18, SET_IN),
    lists.Column("Of", "stratum", 16, 30, SET_IN.but(bold=True)),
    lists.Column("Incidents", "of", 9.5, 9.5, _COUNT),
    lists.Column("Sampled", "sampled", 9, 9, _COUNT),
    lists.Column("Reviewed by both", "reviewed", 10, 10, _COUNT),
    lists.Column("Agreed", "agreed", 8, 8, _COUNT),
    lists.Column("Cohen's kappa", "kappa", 9, 9, _COUNT.but(number_format="0.00"), blank="none"),
    lists.Column("Found", "found", 8, 8, _COUNT),
    lists.Column("Unresolved", "unresolved", 10.5, 10.5, _COUNT),
    lists.Column("Likeliest", "point", 9, 9, _COUNT.but(bold=True, number_format="#,##0.0")),
    lists.Column("Lowest", "low", 8, 8, _COUNT),
    lists.Column("Highest", "high", 8, 8, _COUNT),
    lists.Column("Why there is none", "why_none", 24, 30, TEXT.but(indent=1)),
)
_TEXTS = ("drawn", "by", "stratum", "why_none")
_FIGURES = ("kappa", "point")

Result = tuple[Sample, SampleResult]


def write(book: Book, results: Sequence[Result], population: int) -> None:
    """Write the sheet: of each sample of so many incidents a line, and one for each of its strata."""
    lists.write_list(
        book,
        NAME,
        COLUMNS,
        rows(results, population),
        Page(A4),
        lists.untold,
        note=NOTE,
        warning=None,
        when_empty=NONE,
        all_in="the store",
    )


def rows(results: Iterable[Result], population: int) -> pl.DataFrame:
    """A line for each sample, and one below it for each of its strata."""
    schema = {
        column.source: pl.String if column.source in _TEXTS else pl.Float64 if column.source in _FIGURES else pl.Int64
        for column in COLUMNS
    }
    lines = (line for sample, result in results for line in _lines(sample, result, population))
    return pl.DataFrame(list(lines), schema=schema, orient="row")


def _lines(sample: Sample, result: SampleResult, population: int) -> list[dict[str, Any]]:
    whole = {
        "number": sample.number,
        "drawn": day_in_words(london_day(sample.drawn_at)),
        "seed": sample.seed,
        "by": ", ".join(name.replace("_", " ") for name in sample.stratified_by) or "not stratified",
        "stratum": "the whole backlog",
        "of": population,
        "sampled": sample.size,
        "reviewed": result.reviewed,
        "agreed": result.agreed,
        "kappa": result.kappa,
        "why_none": result.why_none,
    }
    strata = [{"number": sample.number, "stratum": each.stratum, **_figures(each)} for each in result.strata]
    return [whole | (_figures(result.whole) if result.whole else {}), *strata]


def _figures(estimate: Estimate) -> dict[str, Any]:
    names = ("of", "sampled", "found", "unresolved", "point", "low", "high")
    return {name: getattr(estimate, name) for name in names}


def in_a_sentence(sample: Sample, result: SampleResult) -> str:
    """What a sample says of the whole backlog, or why it says nothing."""
    drawn = f"{in_digits(sample.size)} drawn at random, seed {sample.seed}"
    if result.whole is None:
        return f"{drawn}: no estimate. {result.why_none or ''}".rstrip()
    return f"{drawn}: {estimate_in_words(result.whole)} {agreement_in_words(result)}"
