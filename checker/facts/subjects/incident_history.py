"""The facts of an incident's history: earlier incidents that share its victim, suspect, location or a child."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import polars as pl

from checker.facts import evidence_text as text
from checker.facts.context import Context, Span
from checker.facts.engine import SAMPLE_REPORTED_AT, Fact
from checker.facts.joins.prior_incidents import ENOUGH, LINKS
from checker.facts.observations import QUARTER, YEAR
from checker.london_time import UTC_TIME


def is_covered(covered: Sequence[Span], start: pl.Expr, end: pl.Expr) -> pl.Expr:
    """Whether all from `start` to `end` lies in one of the spans, which neither overlap nor touch."""
    within = [(start >= pl.lit(span.start, UTC_TIME)) & (end <= pl.lit(span.end, UTC_TIME)) for span in covered]
    return pl.any_horizontal(*within, pl.lit(value=False))


def not_covered_in_words(covered: Sequence[Span], end: pl.Expr) -> pl.Expr:
    """From when on all is known up to `end`: what was before is not."""
    begins = [
        pl.when(end.is_between(pl.lit(span.start, UTC_TIME), pl.lit(span.end, UTC_TIME))).then(
            pl.lit(span.start, UTC_TIME)
        )
        for span in covered
    ]
    known_from = pl.coalesce(*begins, pl.lit(None, UTC_TIME))
    since = pl.format(
        "what was before {} is known from neither the extract nor the store", text.london_time(known_from)
    )
    return since.fill_null("neither the extract nor the store says that it holds all that was before")


def _has_earlier(context: Context) -> pl.Expr:
    sure, possible = (pl.max_horizontal(f"{link}_{sort}_{YEAR}" for link in LINKS) for sort in ("sure", "possible"))
    unreadable = pl.max_horizontal(f"{link}_unreadable" for link in LINKS)
    return _known(sure, pl.max_horizontal(possible, unreadable), 1, YEAR, context)


def _has_three_earlier(context: Context) -> pl.Expr:
    return _known(pl.col("different_sure"), pl.col("different_possible"), ENOUGH, QUARTER, context)


def _known(sure: pl.Expr, possible: pl.Expr, least: int, days: int, context: Context) -> pl.Expr:
    """True where so many that count are known, null where there may be so many, else false."""
    reached, perhaps = ((number >= least).fill_null(value=False) for number in (sure, possible))
    unsure = perhaps | ~_covers(days, context)
    return pl.when(reached).then(statement=True).when(~unsure).then(statement=False)


def _covers(days: int, context: Context) -> pl.Expr:
    reported = pl.col("reported_at")
    return is_covered(context.history.covered, reported - timedelta(days=days), reported)


def _earlier_in_words(days: int, fact: str) -> Callable[[Context], pl.Expr]:
    """How many earlier incidents share what, exactly; how many may; and what makes that there may be more."""

    def expression(context: Context) -> pl.Expr:
        numbers = {link: [pl.col(f"{link}_{sort}_{days}") for sort in ("sure", "possible")] for link in LINKS}
        sure = [text.count_of(sure, f"same {link}") for link, (sure, _) in numbers.items()]
        more = [text.count_of(possible - sure, f"same {link}") for link, (sure, possible) in numbers.items()]
        unreadable = [text.when(pl.col(f"{link}_unreadable") > 0, f"same {link}") for link in LINKS]
        found = pl.format(
            f"earlier incidents within {days} days: {{}}; the latest {{}} of {{}}",
            text.listed(*sure),
            pl.col(f"latest_{days}_ref"),
            text.london_day(pl.col(f"latest_{days}_at")),
        )
        unsure = pl.col(fact).is_null()
        return text.sentence(
            found.fill_null(f"no earlier incident within {days} days is known"),
            pl.format("not known whether domestic abuse: {}", text.listed(*more)),
            text.when(unsure, pl.format("rows that could not be read: {}", text.listed(*unreadable))),
            text.when(
                unsure & ~_covers(days, context), not_covered_in_words(context.history.covered, pl.col("reported_at"))
            ),
        )

    return expression


def _researched_in_words(_: Context) -> pl.Expr:
    researched = pl.format("history researched {}", text.london_time(pl.col("history_checked_at")))
    return researched.fill_null("no research of its history recorded")


_SHARING = "such incident (domestic abuse or a referable concern) that shares its victim, suspect, location or a child"
HISTORY = (
    Fact(
        "earlier_incident_within_365_days",
        pl.Boolean(),
        f"whether an earlier {_SHARING} was reported within {YEAR} days before it; unknown where the extract and the"
        " store do not hold all of that time",
        sample=True,
        expression=_has_earlier,
        nullable=True,
    ),
    Fact(
        "three_earlier_incidents_within_90_days",
        pl.Boolean(),
        f"whether {ENOUGH} or more earlier incidents of that kind, each counted once, were reported within {QUARTER}"
        " days before it; unknown where the extract and the store do not hold all of that time",
        sample=True,
        expression=_has_three_earlier,
        nullable=True,
    ),
    Fact(
        "history_due_at",
        UTC_TIME,
        "when the research of its history is due: reported_at + 24 hours, elapsed",
        sample=SAMPLE_REPORTED_AT + timedelta(hours=24),
        expression=lambda _: pl.col("reported_at") + timedelta(hours=24),
    ),
    Fact(
        "earlier_in_words",
        pl.String(),
        f"how many earlier incidents within {YEAR} days share what, and what is not known of them",
        sample="earlier incidents within 365 days: same victim 1; the latest INC-0 of 03/11/2026",
        expression=_earlier_in_words(YEAR, "earlier_incident_within_365_days"),
    ),
    Fact(
        "escalation_in_words",
        pl.String(),
        f"how many earlier incidents within {QUARTER} days share what, and what is not known of them",
        sample="earlier incidents within 90 days: same victim 3; the latest INC-0 of 03/11/2026",
        expression=_earlier_in_words(QUARTER, "three_earlier_incidents_within_90_days"),
    ),
    Fact(
        "research_in_words",
        pl.String(),
        "when its history was researched, or that it was not",
        sample="no research of its history recorded",
        expression=_researched_in_words,
    ),
)
