"""The facts of an incident's history: earlier incidents that share its victim, suspect, location or a child.

What counts is an incident of the kind, domestic abuse or with a referable concern, that answers for itself; also one
that only an earlier extract held (checker.facts.moment.Past). Each is in line with the others that share a reference,
by time: a place in that line says how many are before it, so that no incident is ever compared with all others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import polars as pl

from checker.facts import words
from checker.facts.accepted import Accepted
from checker.facts.fact import SAMPLE_REPORTED_AT, Fact, FactTable
from checker.facts.incident import FACTS as OF_INCIDENT
from checker.facts.moment import UTC_TIME, Moment, Span
from checker.facts.told import CHILD, SHARED, earlier_incidents, earlier_unread, is_such

YEAR, QUARTER = 365, 90  # days of a look-back (rules.md, HIS001 and HIS002), elapsed
ENOUGH = 3  # earlier incidents that make an escalation (rules.md, HIS002)
LINKS = (*SHARED.values(), CHILD)

# The incidents that share one reference; `without` one of them, for a duplicate of it that nobody answers for, or "".
_LINE = ["link", "ref", "without"]
_TOLD = ["incident_ref", "reported_at", "is_such"]
_NEWEST = range(ENOUGH)
_IN_ORDER, _LENGTH = "%Y%m%d%H%M%S%6f", 20  # a time as text that sorts as the time does


def facts(incidents: pl.LazyFrame, accepted: Accepted, moment: Moment) -> pl.LazyFrame:
    """The incidents with their facts of history.

    Args:
        incidents: Those that answer for themselves, with the facts of `incident`.
        accepted: The rows that they come from.
        moment: When, under which policy and with which knowledge of the past.
    """
    links = _links(accepted, moment)
    counting = links.filter(pl.col("is_such").fill_null(value=True)).drop("duplicate_of")
    # What is not there is left out of the plan: so many joins build on these that it would be planned many times over.
    pool = counting if moment.past.incidents.is_empty() else pl.concat([counting, _past_links(accepted, moment)])
    nobody = pl.lit("").alias("without")
    links, pool = (
        _without_masters(links, pool)
        if accepted.has_duplicates
        else (links.with_columns(nobody), pool.with_columns(nobody))
    )
    looked_back = _looked_back(links, _in_line(pool)).join(_unread(accepted, moment), on=["link", "ref"], how="left")
    looked_back = looked_back.with_columns(_unread_of_others())
    subjects = incidents
    for found in (
        accepted.incidents.select("incident_ref", "history_checked_at", "reassessed_at"),
        _counted(looked_back),
        _told_apart(looked_back),
    ):
        subjects = subjects.join(found, on="incident_ref", how="left")
    for fact in HISTORY:
        subjects = subjects.with_columns(fact.expression(moment).cast(fact.dtype).alias(fact.name))
    return subjects.select(fact.name for fact in FACTS.facts)


def _links(accepted: Accepted, moment: Moment) -> pl.LazyFrame:
    """One row for each reference that an incident may share: `link` and `ref`, with the columns of _TOLD.

    `duplicate_of` is that of a duplicate that nobody answers for.
    """
    # Not from the facts of the incidents: what so many joins build on must be a short plan.
    duplicate_of = pl.when(pl.col("status") == "duplicate").then("duplicate_of").alias("duplicate_of")
    incidents = accepted.incidents.select("incident_ref", "reported_at", *SHARED, duplicate_of, is_such=is_such(moment))
    children = accepted.children.select("child_ref", incident_ref="answered_by").unique()
    return _long(incidents, incidents.join(children, on="incident_ref"), [*_TOLD, "duplicate_of"])


def _past_links(accepted: Accepted, moment: Moment) -> pl.LazyFrame:
    """The same of the incidents of the kind, or that may be, that only an earlier extract held."""
    rows = earlier_incidents(accepted, moment)
    return _long(rows, rows.explode("child_refs").rename({"child_refs": "child_ref"}), _TOLD)


def _long(references: pl.LazyFrame, children: pl.LazyFrame, told: list[str]) -> pl.LazyFrame:
    shared = references.rename(SHARED).unpivot(
        list(SHARED.values()), index=told, variable_name="link", value_name="ref"
    )
    of_children = children.select(*told, link=pl.lit(CHILD), ref="child_ref")
    return pl.concat([shared, of_children]).filter(pl.col("ref").is_not_null())


def _without_masters(links: pl.LazyFrame, pool: pl.LazyFrame) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """Links and pool with `without`: a duplicate that nobody answers for has a line of its own without its master.

    The master is no earlier incident of it. Such lines are few: the extract does not hold the master, the store does.
    """
    shared = ["link", "ref"]
    masters = pool.select(*shared, without="incident_ref")
    own = links.select(*shared, without="duplicate_of").join(masters, on=[*shared, "without"], how="semi").unique()
    lines = own.select(*shared, pl.col("without"), duplicate_of="without")
    placed = links.join(lines, on=[*shared, "duplicate_of"], how="left").with_columns(pl.col("without").fill_null(""))
    others = pool.join(own, on=shared).filter(pl.col("incident_ref") != pl.col("without"))
    return placed, pl.concat([pool.with_columns(without=pl.lit("")), others])


def _in_line(pool: pl.LazyFrame) -> pl.LazyFrame:
    """Those that count or may count, line by line and by time; of each its place in its line.

    `possible` is its place among all, `sure` how many that count surely there are up to it, the newest of them being
    `sure_1` to `sure_3`, the first by its reference `sure_ref` and reported at `sure_at`; `possible_1` to `possible_3`
    are the newest of all, itself first. Where the reference itself is not needed an incident is known by a hash of it.
    """
    counts = pl.col("is_such").fill_null(value=False)
    row, so_far = pl.int_range(pl.len(), dtype=pl.Int64), counts.cast(pl.Int64).cum_sum()
    begins = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift(1)) for name in _LINE)
    before = (pl.when(begins).then(number).forward_fill() for number in (row, so_far - counts.cast(pl.Int64)))
    rows_before, sure_before = before
    own = pl.col("incident_ref").hash()
    placed = pool.sort(*_LINE, "reported_at", "incident_ref").with_columns(
        (row - rows_before + 1).alias("possible"),
        (so_far - sure_before).alias("sure"),
        pl.when(counts).then("reported_at").forward_fill().alias("sure_at"),
        pl.when(counts).then("incident_ref").forward_fill().alias("sure_ref"),
        pl.when(counts).then(own).forward_fill().alias("sure_1"),
        *(own.shift(back).alias(f"possible_{back + 1}") for back in _NEWEST),
    )
    for back in _NEWEST[1:]:  # the one before is what was the newest, up to the row before
        one_before = pl.when(counts).then(pl.col(f"sure_{back}").shift(1)).forward_fill()
        placed = placed.with_columns(one_before.alias(f"sure_{back + 1}"))
    # What lies before the beginning of the line is of another one: nobody looks at more than there are in a line.
    return placed.drop("incident_ref", "is_such")


def _looked_back(links: pl.LazyFrame, in_line: pl.LazyFrame) -> pl.LazyFrame:
    """The links with the place in line strictly before the report, and that before each look-back begins."""
    begins = {days: pl.col("reported_at") - timedelta(days=days) for days in (YEAR, QUARTER)}
    rows = links.sort("reported_at").with_columns(**{f"begins_{days}": begin for days, begin in begins.items()})
    rows = _joined(rows, in_line, "reported_at", "")
    for days in begins:
        rows = _joined(rows, in_line.select(*_LINE, "reported_at", "possible", "sure"), f"begins_{days}", f"_{days}")
    counts = (pl.col(f"{sort}{of}").fill_null(0) for sort in ("possible", "sure") for of in ("", *_suffixes(begins)))
    return rows.with_columns(counts)


def _suffixes(begins: dict[int, pl.Expr]) -> list[str]:
    return [f"_{days}" for days in begins]


def _joined(rows: pl.LazyFrame, in_line: pl.LazyFrame, moment: str, suffix: str) -> pl.LazyFrame:
    """The rows with the last of their line that is strictly before a moment."""
    found = in_line.rename({"possible": f"possible{suffix}", "sure": f"sure{suffix}", "reported_at": "at"})
    return rows.join_asof(
        found,
        left_on=moment,
        right_on="at",
        by=_LINE,
        allow_exact_matches=False,
        check_sortedness=False,  # both are sorted by time; by line it could not be checked
    ).drop("at", strict=False)


def _unread(accepted: Accepted, moment: Moment) -> pl.LazyFrame:
    """Of each reference the rejected rows that bear it: each may be an earlier incident, whenever it was.

    Rows that say of which incident they are count once an incident, by the one that answers for it; it is told apart
    by the hash by which it is known in its line. So many of a reference are enough, with the two that are its own.
    """
    incidents = accepted.rejected_incidents.with_row_index("row").rename(SHARED)
    which = pl.coalesce("answered_by", pl.format("\x00{}", "row"))  # no reference has a NUL in front
    of_incidents = incidents.with_columns(of=which).unpivot(
        list(SHARED.values()), index="of", variable_name="link", value_name="ref"
    )
    children = accepted.rejected_children.with_row_index("row")
    of_child = pl.coalesce("answered_by", pl.format("\x00child {}", "row"))
    of_children = children.select(link=pl.lit(CHILD), ref="child_ref", of=of_child)
    earlier = [] if moment.past.unread.is_empty() else [earlier_unread(accepted, moment)]
    parts = [rows.select("link", "ref", "of") for rows in (of_incidents, of_children, *earlier)]
    rows = pl.concat(parts).filter(pl.col("ref").is_not_null())
    known = pl.col("of").hash().unique().head(ENOUGH + 2)
    return rows.group_by("link", "ref").agg(known.alias("unread"))


def _unread_of_others() -> pl.Expr:
    """Those that are neither the incident itself nor the one that it is told to duplicate."""
    own = pl.concat_list(pl.col("incident_ref").hash(), pl.col("duplicate_of").fill_null("").hash())
    return pl.col("unread").list.set_difference(own)


def _counted(links: pl.LazyFrame) -> pl.LazyFrame:
    """For each incident with a reference how many its links found: by link, and the most that one of them did."""
    within, columns = {}, {}
    for days in (YEAR, QUARTER):
        for sort in ("sure", "possible"):
            within[f"{sort}_{days}"] = pl.col(sort) - pl.col(f"{sort}_{days}")
        # The time in front, so that the greatest is the latest; it is taken off where it is told.
        told = pl.concat_str(pl.col("sure_at").dt.to_string(_IN_ORDER), "sure_ref")
        columns[f"latest_{days}"] = pl.when(pl.col("sure") > pl.col(f"sure_{days}")).then(told)
    for link in LINKS:
        is_of_it = pl.col("link") == link
        columns |= {f"{link}_{name}": pl.when(is_of_it).then(number) for name, number in within.items()}
        columns[f"{link}_unread"] = pl.when(is_of_it).then(pl.col("unread").list.len())
    return links.select("incident_ref", **columns).group_by("incident_ref").agg(pl.col(columns).max())


def _told_apart(links: pl.LazyFrame) -> pl.LazyFrame:
    """For each incident how many different ones its links found within 90 days; exact up to three, for they are enough.

    Three newest of each link do: a link that has more is enough by itself.
    """
    newest = [
        pl.when(pl.col(sort) - pl.col(f"{sort}_{QUARTER}") > back).then(f"{sort}_{back + 1}")
        for sort in ("sure", "possible")
        for back in _NEWEST
    ]
    sure, possible = pl.concat_list(newest[:ENOUGH]), pl.concat_list(newest[ENOUGH:])
    parts = [
        links.select("incident_ref", ids, is_sure=pl.lit(is_sure)).explode("id").filter(pl.col("id").is_not_null())
        for ids, is_sure in (
            (sure.alias("id"), True),
            (possible.alias("id"), False),
            (pl.col("unread").alias("id"), False),
        )
    ]
    each = pl.concat(parts).group_by("incident_ref", "id").agg(pl.col("is_sure").any())
    return each.group_by("incident_ref").agg(sure=pl.col("is_sure").sum(), possible=pl.len())


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
    since = pl.format("what was before {} is known from neither the extract nor the store", words.moment(known_from))
    return since.fill_null("neither the extract nor the store says that it holds all that was before")


def _has_earlier(moment: Moment) -> pl.Expr:
    sure, possible = (pl.max_horizontal(f"{link}_{sort}_{YEAR}" for link in LINKS) for sort in ("sure", "possible"))
    unread = pl.max_horizontal(f"{link}_unread" for link in LINKS)
    return _known(sure, pl.max_horizontal(possible, unread), 1, YEAR, moment)


def _has_three_earlier(moment: Moment) -> pl.Expr:
    return _known(pl.col("sure"), pl.col("possible"), ENOUGH, QUARTER, moment)


def _known(sure: pl.Expr, possible: pl.Expr, least: int, days: int, moment: Moment) -> pl.Expr:
    """True where so many that count are known, null where there may be so many, else false."""
    reached, perhaps = ((number >= least).fill_null(value=False) for number in (sure, possible))
    unsure = perhaps | ~_covers(days, moment)
    return pl.when(reached).then(statement=True).when(~unsure).then(statement=False)


def _covers(days: int, moment: Moment) -> pl.Expr:
    reported = pl.col("reported_at")
    return is_covered(moment.past.covered, reported - timedelta(days=days), reported)


def _earlier_in_words(days: int, fact: str) -> Callable[[Moment], pl.Expr]:
    """How many earlier incidents share what, exactly; how many may; and what makes that there may be more."""

    def expression(moment: Moment) -> pl.Expr:
        numbers = {link: [pl.col(f"{link}_{sort}_{days}") for sort in ("sure", "possible")] for link in LINKS}
        sure = [words.count_of(sure, f"same {link}") for link, (sure, _) in numbers.items()]
        more = [words.count_of(possible - sure, f"same {link}") for link, (sure, possible) in numbers.items()]
        unread = [words.when(pl.col(f"{link}_unread") > 0, f"same {link}") for link in LINKS]
        found = pl.format(
            f"earlier incidents within {days} days: {{}}; the latest {{}} of {{}}",
            words.listed(*sure),
            pl.col(f"latest_{days}").str.slice(_LENGTH),
            words.london_day(pl.col(f"latest_{days}").str.head(_LENGTH).str.to_datetime(_IN_ORDER, time_zone="UTC")),
        )
        unsure = pl.col(fact).is_null()
        return words.sentence(
            found.fill_null(f"no earlier incident within {days} days is known"),
            pl.format("not known whether domestic abuse: {}", words.listed(*more)),
            words.when(unsure, pl.format("rows that could not be read: {}", words.listed(*unread))),
            words.when(
                unsure & ~_covers(days, moment), not_covered_in_words(moment.past.covered, pl.col("reported_at"))
            ),
        )

    return expression


def _researched_in_words(_: Moment) -> pl.Expr:
    researched = pl.format("history researched {}", words.moment(pl.col("history_checked_at")))
    return researched.fill_null("no research of its history recorded")


def _concerns_in_words(_: Moment) -> pl.Expr:
    listed = pl.format("concern types: {}", pl.col("concern_types").str.replace_all(";", ", ", literal=True))
    return listed.fill_null("no concern type recorded")


def _grading_in_words(_: Moment) -> pl.Expr:
    graded = pl.format("risk level {}", pl.col("risk_level")).fill_null("risk level not recorded")
    reassessed = pl.format("reassessed {}", words.moment(pl.col("reassessed_at")))
    return words.sentence(graded, reassessed.fill_null("no second assessment recorded"))


def _taken(name: str, description: str) -> Fact:
    return Fact(name, UTC_TIME, description, None, lambda _: pl.col(name), nullable=True)


_SHARING = "such incident (domestic abuse or a referable concern) that shares its victim, suspect, location or a child"
HISTORY = (
    _taken("history_checked_at", "when earlier history was researched"),
    _taken("reassessed_at", "when the risk was assessed a second time"),
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
        "concerns_in_words",
        pl.String(),
        "its concern types, or that none is recorded",
        sample="concern types: neglect",
        expression=_concerns_in_words,
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
    Fact(
        "grading_in_words",
        pl.String(),
        "its risk level, and whether it was reassessed",
        sample="risk level standard; no second assessment recorded",
        expression=_grading_in_words,
    ),
)
FACTS = FactTable(OF_INCIDENT.subject, OF_INCIDENT.description, OF_INCIDENT.key, (*OF_INCIDENT.facts, *HISTORY))
