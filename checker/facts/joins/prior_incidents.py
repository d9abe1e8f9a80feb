"""The look-back: which earlier incidents share a victim, suspect, location or child with an incident, and how many.

What counts is an incident of the kind, domestic abuse or with a referable concern, that answers for itself; also one
that only an earlier extract held (KnownHistory). Each is in line with the others that share a reference,
by time: a place in that line says how many are before it, so that no incident is ever compared with all others.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from checker.facts.context import Context
from checker.facts.engine import Shared, left_join
from checker.facts.observations import CHILD, QUARTER, SHARED, YEAR, earlier_incidents, earlier_unreadable
from checker.facts.safeguarding import is_safeguarding
from checker.facts.tables import Tables

ENOUGH = 3  # earlier incidents that make an escalation (rules.md, HIS002)
LINKS = (*SHARED.values(), CHILD)
COUNTED, DIFFERENT = "prior incidents by link", "different prior incidents"

# The incidents that share one reference; `without` one of them, for a duplicate of it that nobody answers for, or "".
_LINE = ["link", "ref", "without"]
_SHOWN = ["incident_ref", "reported_at", "is_safeguarding"]
_NEWEST = range(ENOUGH)
IN_ORDER, LENGTH = "%Y%m%d%H%M%S%6f", 20  # a time as text that sorts as the time does


def find_prior_incidents(tables: Tables, context: Context) -> dict[str, pl.LazyFrame]:
    """What is found before each incident that has a reference, by the name of the source that looks it up."""
    links = _links(tables, context)
    counting = links.filter(pl.col("is_safeguarding").fill_null(value=True)).drop("duplicate_of")
    # What is not there is left out of the plan: so many joins build on these that it would be planned many times over.
    pool = counting if context.history.incidents.is_empty() else pl.concat([counting, _past_links(tables, context)])
    nobody = pl.lit("").alias("without")
    links, pool = (
        _without_masters(links, pool)
        if tables.has_duplicates
        else (links.with_columns(nobody), pool.with_columns(nobody))
    )
    looked_back = _looked_back(links, _in_line(pool)).join(_unreadable(tables, context), on=["link", "ref"], how="left")
    looked_back = looked_back.with_columns(_unreadable_of_others())
    return {COUNTED: _counted(looked_back), DIFFERENT: _different(looked_back)}


def _links(tables: Tables, context: Context) -> pl.LazyFrame:
    """One row for each reference that an incident may share: `link` and `ref`, with the columns of _SHOWN.

    `duplicate_of` is that of a duplicate that nobody answers for.
    """
    # Not from the facts of the incidents: what so many joins build on must be a short plan.
    duplicate_of = pl.when(pl.col("status") == "duplicate").then("duplicate_of").alias("duplicate_of")
    incidents = tables.incidents.select(
        "incident_ref", "reported_at", *SHARED, duplicate_of, is_safeguarding=is_safeguarding(context)
    )
    children = tables.children.select("child_ref", incident_ref="primary_ref").unique()
    return _long(incidents, incidents.join(children, on="incident_ref"), [*_SHOWN, "duplicate_of"])


def _past_links(tables: Tables, context: Context) -> pl.LazyFrame:
    """The same of the incidents of the kind, or that may be, that only an earlier extract held."""
    rows = earlier_incidents(tables, context)
    return _long(rows, rows.explode("child_refs").rename({"child_refs": "child_ref"}), _SHOWN)


def _long(references: pl.LazyFrame, children: pl.LazyFrame, shown: list[str]) -> pl.LazyFrame:
    shared = references.rename(SHARED).unpivot(
        list(SHARED.values()), index=shown, variable_name="link", value_name="ref"
    )
    of_children = children.select(*shown, link=pl.lit(CHILD), ref="child_ref")
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
    counts = pl.col("is_safeguarding").fill_null(value=False)
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
    return placed.drop("incident_ref", "is_safeguarding")


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


def _unreadable(tables: Tables, context: Context) -> pl.LazyFrame:
    """Of each reference the rejected rows that bear it: each may be an earlier incident, whenever it was.

    Rows that say of which incident they are count once an incident, by the one that answers for it; it is told apart
    by the hash by which it is known in its line. So many of a reference are enough, with the two that are its own.
    """
    incidents = tables.rejected_incidents.with_row_index("row").rename(SHARED)
    which = pl.coalesce("primary_ref", pl.format("\x00{}", "row"))  # no reference has a NUL in front
    of_incidents = incidents.with_columns(of=which).unpivot(
        list(SHARED.values()), index="of", variable_name="link", value_name="ref"
    )
    children = tables.rejected_children.with_row_index("row")
    of_child = pl.coalesce("primary_ref", pl.format("\x00child {}", "row"))
    of_children = children.select(link=pl.lit(CHILD), ref="child_ref", of=of_child)
    earlier = [] if context.history.unreadable.is_empty() else [earlier_unreadable(tables, context)]
    parts = [rows.select("link", "ref", "of") for rows in (of_incidents, of_children, *earlier)]
    rows = pl.concat(parts).filter(pl.col("ref").is_not_null())
    known = pl.col("of").hash().unique().head(ENOUGH + 2)
    return rows.group_by("link", "ref").agg(known.alias("unreadable"))


def _unreadable_of_others() -> pl.Expr:
    """Those that are neither the incident itself nor the one that it is told to duplicate."""
    own = pl.concat_list(pl.col("incident_ref").hash(), pl.col("duplicate_of").fill_null("").hash())
    return pl.col("unreadable").list.set_difference(own)


def _counted(links: pl.LazyFrame) -> pl.LazyFrame:
    """For each incident with a reference how many its links found: by link, and the most that one of them did."""
    within, columns = {}, {}
    for days in (YEAR, QUARTER):
        for sort in ("sure", "possible"):
            within[f"{sort}_{days}"] = pl.col(sort) - pl.col(f"{sort}_{days}")
        # The time in front, so that the greatest is the latest; it is taken off where it is told.
        told = pl.concat_str(pl.col("sure_at").dt.to_string(IN_ORDER), "sure_ref")
        columns[f"latest_{days}"] = pl.when(pl.col("sure") > pl.col(f"sure_{days}")).then(told)
    for link in LINKS:
        is_of_it = pl.col("link") == link
        columns |= {f"{link}_{name}": pl.when(is_of_it).then(number) for name, number in within.items()}
        columns[f"{link}_unreadable"] = pl.when(is_of_it).then(pl.col("unreadable").list.len())
    return links.select("incident_ref", **columns).group_by("incident_ref").agg(pl.col(columns).max())


def _different(links: pl.LazyFrame) -> pl.LazyFrame:
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
            (pl.col("unreadable").alias("id"), False),
        )
    ]
    each = pl.concat(parts).group_by("incident_ref", "id").agg(pl.col("is_sure").any())
    return each.group_by("incident_ref").agg(different_sure=pl.col("is_sure").sum(), different_possible=pl.len())


SHARED_COUNTS = Shared(COUNTED, lambda tables, context: find_prior_incidents(tables, context)[COUNTED].collect())
SHARED_DIFFERENT = Shared(DIFFERENT, lambda tables, context: find_prior_incidents(tables, context)[DIFFERENT].collect())
PRIOR_INCIDENTS = left_join(
    COUNTED,
    "incident_ref",
    [
        *(f"{link}_{sort}_{days}" for link in LINKS for sort in ("sure", "possible") for days in (YEAR, QUARTER)),
        *(f"{link}_unreadable" for link in LINKS),
        *(f"latest_{days}" for days in (YEAR, QUARTER)),
    ],
    lambda tables, _: SHARED_COUNTS.rows(tables),
    reads_history=True,
    shared=(SHARED_COUNTS,),
)
DIFFERENT_PRIOR_INCIDENTS = left_join(
    DIFFERENT,
    "incident_ref",
    ["different_sure", "different_possible"],
    lambda tables, _: SHARED_DIFFERENT.rows(tables),
    reads_history=True,
    shared=(SHARED_DIFFERENT,),
)
