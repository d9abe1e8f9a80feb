"""Prior incidents: how many earlier incidents share a victim, suspect, location or child with an incident.

What counts is a safeguarding incident (domestic abuse, or with a referable concern), or one that may be, that answers
for itself; also one that only an earlier extract held (KnownHistory). Those that share a reference lie side by side in
the order of their time. Two places in that order, found by binary search, say how many lie between two moments: no
incident is ever compared with all others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from checker.facts.context import Context
from checker.facts.engine import Shared, left_join
from checker.facts.observations import CHILD, QUARTER, SHARED, YEAR, earlier_incidents, earlier_unreadable
from checker.facts.safeguarding import is_safeguarding
from checker.facts.tables import Tables

ENOUGH = 3  # earlier incidents that make an escalation (rules.md, HIS002)
LINKS = {link: column for column, link in SHARED.items()} | {CHILD: "child_ref"}
DAYS = (YEAR, QUARTER)
SORTS = ("sure", "possible")  # those that count surely, and those that count or may count

_COUNTS = tuple(f"{link}_{sort}_{days}" for link in LINKS for sort in SORTS for days in DAYS)
_UNREADABLE = tuple(f"{link}_unreadable" for link in LINKS)
_PLACES = ("end", *(f"begin_{days}" for days in DAYS))  # of the look-backs, in time
_NOBODY = "\x00"  # no reference begins with a NUL


@dataclass(frozen=True)
class _Groups:
    """The incidents that count and have a reference of one kind, side by side in groups that share the reference.

    `of_ref` has the number of the `group` of each `ref`; `own` that of the same group without one incident
    (`group`, `duplicate_of`, `own`). `keys` are ascending, one for each incident, made from its group and its place in
    time. `sure_before` says how many up to it count surely; `order` which incidents they are, for each of SORTS.
    """

    of_ref: pl.DataFrame
    own: pl.DataFrame
    keys: pl.Series
    sure_before: pl.Series
    order: Mapping[str, pl.Series]


@dataclass(frozen=True)
class _Pool:
    """All incidents that count: `incident_ref`, `reported_at` and `order`, their place by time and then by reference.

    `times` are their different times of report (UTC microseconds), ascending; `groups` are by kind of reference.
    """

    incidents: pl.DataFrame
    times: pl.Series
    groups: Mapping[str, _Groups]


def _incidents(incidents: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    """What a look-back reads of incidents; `duplicate_of` is that of a duplicate that no incident answers for."""
    duplicate_of = pl.when(pl.col("status") == "duplicate").then("duplicate_of").alias("duplicate_of")
    columns = ("incident_ref", "reported_at", *SHARED)
    return incidents.select(*columns, duplicate_of, is_safeguarding=is_safeguarding(context))


def _children(children: pl.LazyFrame) -> pl.LazyFrame:
    return children.select("child_ref", incident_ref="primary_ref").unique()


def _named(incidents: pl.LazyFrame, children: pl.LazyFrame, link: str) -> pl.LazyFrame:
    """The incidents under each reference of a kind that they have, as `ref`."""
    rows = children.join(incidents, on="incident_ref") if link == CHILD else incidents
    return rows.rename({LINKS[link]: "ref"}).drop_nulls("ref")


def _key(group: pl.Expr, place: pl.Expr, times: pl.Series) -> pl.Expr:
    """A group and a place in time as one number, the group first."""
    return group * (times.len() + 1) + place


def _place(instant: pl.Expr, times: pl.Series) -> pl.Expr:
    """How many of the times lie before the instant."""
    return pl.lit(times).search_sorted(instant.cast(pl.Int64), side="left").cast(pl.Int64)


def _find_pool(tables: Tables, context: Context) -> _Pool:
    every = _incidents(tables.all_incidents, context)
    children = _children(tables.all_children).collect()
    counting = every.filter(pl.col("is_safeguarding").fill_null(value=True)).drop("duplicate_of").collect()
    if not context.history.incidents.is_empty():
        past = earlier_incidents(tables, context).collect()
        counting = pl.concat([counting, past.select(counting.columns)])
        of_past = past.select(child_ref="child_refs", incident_ref="incident_ref").explode("child_ref").drop_nulls()
        children = pl.concat([children, of_past])
    times = counting.get_column("reported_at").cast(pl.Int64).unique().sort()
    ordered = (
        counting.sort("reported_at", "incident_ref")
        .with_columns(pl.col("is_safeguarding").fill_null(value=False), order=pl.int_range(pl.len()))
        .with_columns(at=_place(pl.col("reported_at"), times))
    )
    duplicates = every.filter(pl.col("duplicate_of").is_not_null()).collect()
    groups = {}
    for link in LINKS:
        members, asking = (_named(rows.lazy(), children.lazy(), link).collect() for rows in (ordered, duplicates))
        groups[link] = _grouped(members, asking, times)
    return _Pool(ordered.select("order", "incident_ref", "reported_at"), times, groups)


def _grouped(members: pl.DataFrame, duplicates: pl.DataFrame, times: pl.Series) -> _Groups:
    """The groups of one kind of reference.

    A duplicate that no incident answers for asks a group of its own, without its master: that is not an earlier
    incident. Such groups are few: the store holds the master, the extract does not.
    """
    of_ref = members.select("ref").unique().with_columns(group=pl.int_range(pl.len()))
    members = members.join(of_ref, on="ref").select("group", "at", "order", "is_safeguarding", master="incident_ref")
    own = (
        duplicates.join(of_ref, on="ref")
        .select("group", "duplicate_of")
        .unique()
        .join(members, left_on=["group", "duplicate_of"], right_on=["group", "master"], how="semi")
        .with_columns(own=of_ref.height + pl.int_range(pl.len()))
    )
    others = members.join(own, on="group").filter(pl.col("master") != pl.col("duplicate_of"))
    rows = pl.concat([members, others.with_columns(group="own").select(members.columns)])
    rows = rows.select("order", "is_safeguarding", key=_key(pl.col("group"), pl.col("at"), times)).sort("key", "order")
    counted = rows.get_column("is_safeguarding").cast(pl.Int64).cum_sum()
    return _Groups(
        of_ref,
        own,
        keys=rows.get_column("key"),
        sure_before=pl.concat([pl.Series([0], dtype=pl.Int64), counted]),
        order={"sure": rows.filter("is_safeguarding").get_column("order"), "possible": rows.get_column("order")},
    )


POOL = Shared("pool of prior incidents", _find_pool)


def prior_incidents(tables: Tables, context: Context) -> pl.LazyFrame:
    """What was before each incident that shares a reference with an earlier one, or with a row that cannot be read.

    By `incident_ref`: for each of LINKS how many earlier incidents count surely (`victim_sure_365`), how many may
    (`victim_possible_365`), within 365 and within 90 days, and how many rows that cannot be read name the reference
    (`victim_unreadable`); the latest that counts surely within so many days (`latest_365_ref`, `latest_365_at`); and
    how many different ones there are within 90 days over all links (`different_sure`, `different_possible`), exact up
    to three and blank where the links together have not so many. Other blanks are 0.
    """
    pool, reported = POOL.of(tables), pl.col("reported_at")
    starts = {"end": reported} | {f"begin_{days}": reported - timedelta(days=days) for days in DAYS}
    places = {name: _place(instant, pool.times) for name, instant in starts.items()}
    # What several branches build on is cached, for each asks for other columns of it.
    asking = _incidents(tables.incidents, context).with_row_index("row").with_columns(**places).cache()
    unreadable, children = _unreadable(tables, context), _children(tables.children)
    counted, others = [], []
    for link in LINKS:
        named = _named(asking, children, link).select("row", "incident_ref", "duplicate_of", "ref", *_PLACES)
        counted.append(_counted(named, pool, link).cache())
        others.append(_unreadable_of_others(named, unreadable, link))
    found, unread = pl.concat(counted, how="diagonal"), pl.concat(others).cache()
    numbers = found.group_by("row").agg(pl.col(*_COUNTS, *(f"latest_{days}" for days in DAYS)).max())
    of_links = unread.group_by("row").agg(
        (pl.col("link") == link).sum().cast(pl.Int64).alias(name) for link, name in zip(LINKS, _UNREADABLE, strict=True)
    )
    rows = numbers.join(of_links, on="row", how="full", coalesce=True)
    rows = rows.join(_different(counted, unread, pool), on="row", how="left")
    for days in DAYS:
        latest = {"incident_ref": f"latest_{days}_ref", "reported_at": f"latest_{days}_at", "order": f"latest_{days}"}
        rows = rows.join(pool.incidents.lazy().rename(latest), on=f"latest_{days}", how="left").drop(f"latest_{days}")
    return rows.join(asking.select("row", "incident_ref"), on="row").drop("row")


def _counted(named: pl.LazyFrame, pool: _Pool, link: str) -> pl.LazyFrame:
    """For each row (`row`) that names a reference how many that count are before it.

    `latest_365` and `latest_90` are the newest of them that counts surely, by `order`; `sure_end` and `possible_end`
    are the places in that of the groups at which those before it end.
    """
    groups = pool.groups[link]
    rows = named.join(groups.of_ref.lazy(), on="ref")
    if groups.own.height:
        rows = rows.join(groups.own.lazy(), on=["group", "duplicate_of"], how="left")
        rows = rows.with_columns(group=pl.coalesce("own", "group"))
    rows = rows.select(
        "row",
        *(
            pl.lit(groups.keys)
            .search_sorted(_key(pl.col("group"), pl.col(place), pool.times), side="left")
            .cast(pl.Int64)
            .alias(f"possible_{place}")
            for place in _PLACES
        ),
    ).filter(pl.col("possible_end") > pl.col(f"possible_begin_{YEAR}"))
    surely = {f"sure_{place}": pl.lit(groups.sure_before).gather(f"possible_{place}") for place in _PLACES}
    within = {
        f"{link}_{sort}_{days}": pl.col(f"{sort}_end") - pl.col(f"{sort}_begin_{days}")
        for sort in SORTS
        for days in DAYS
    }
    rows = rows.with_columns(**surely).with_columns(**within)
    latest = _order_at(groups.order["sure"], "sure_end", 1)
    return rows.select(
        "row",
        *within,
        *(pl.when(pl.col(f"{link}_sure_{days}") > 0).then(latest).alias(f"latest_{days}") for days in DAYS),
        *(f"{sort}_end" for sort in SORTS),
    )


def _order_at(order: pl.Series, end: str, back: int) -> pl.Expr:
    """Which incident stands so many places before the end; any one before the beginning of all."""
    return pl.lit(order).gather((pl.col(end) - back).clip(0)) if order.len() else pl.lit(None, pl.Int64)


def _unreadable(tables: Tables, context: Context) -> pl.LazyFrame:
    """For each reference (`link`, `ref`) the incidents (`of`) that rows which cannot be read name with it.

    Each may be an earlier incident, whenever it was. Rows that name the same incident count once, by the one that
    answers for it. So many for a reference are enough, with the two that are the incident's own.
    """
    incidents = tables.rejected_incidents.with_row_index("number").rename(SHARED)
    of_incident = pl.coalesce("primary_ref", pl.format(f"{_NOBODY}{{}}", "number"))
    of_incidents = incidents.with_columns(of=of_incident).unpivot(
        list(SHARED.values()), index="of", variable_name="link", value_name="ref"
    )
    of_child = pl.coalesce("primary_ref", pl.format(f"{_NOBODY}child {{}}", "number"))
    children = tables.rejected_children.with_row_index("number")
    of_children = children.select(link=pl.lit(CHILD), ref="child_ref", of=of_child)
    earlier = [] if context.history.unreadable.is_empty() else [earlier_unreadable(tables, context)]
    parts = [rows.select("link", "ref", "of") for rows in (of_incidents, of_children, *earlier)]
    rows = pl.concat(parts).drop_nulls("ref").unique().sort("link", "ref", "of")
    return rows.group_by("link", "ref", maintain_order=True).head(ENOUGH + 2)


def _unreadable_of_others(named: pl.LazyFrame, unreadable: pl.LazyFrame, link: str) -> pl.LazyFrame:
    """The rows with each unreadable row that may be an earlier incident: neither itself nor the one it duplicates."""
    others = named.join(unreadable.filter(link=link), on="ref").filter(
        (pl.col("of") != pl.col("incident_ref")) & pl.col("of").ne_missing(pl.col("duplicate_of"))
    )
    return others.select("row", "of", "link")


def _different(counted: Sequence[pl.LazyFrame], unreadable: pl.LazyFrame, pool: _Pool) -> pl.LazyFrame:
    """For each row whose links found three or more within 90 days how many different ones these are, up to three.

    Three newest for each link are enough: a link that has more is enough by itself.
    """
    numbers = [
        rows.select("row", number=pl.col(f"{link}_possible_{QUARTER}"))
        for link, rows in zip(LINKS, counted, strict=True)
    ]
    numbers.append(unreadable.select("row", number=pl.lit(1, pl.Int64)))
    together = pl.concat(numbers).group_by("row").agg(pl.col("number").sum())
    many = together.filter(pl.col("number") >= ENOUGH).select("row")
    # An unreadable row of an incident that counts is that incident; another has a number of its own, below 0.
    orders = pool.incidents.lazy().select("order", of="incident_ref")
    named = unreadable.select("of").unique().join(orders, on="of", how="left")
    named = named.with_columns(order=pl.coalesce("order", -1 - pl.int_range(pl.len())))
    parts = [
        _newest(rows.join(many, on="row", how="semi"), pool.groups[link].order[sort], link, sort)
        for link, rows in zip(LINKS, counted, strict=True)
        for sort in SORTS
    ]
    of_unreadable = unreadable.join(many, on="row", how="semi").join(named, on="of")
    parts.append(of_unreadable.select("row", "order", is_sure=pl.lit(value=False)))
    each = pl.concat(parts).group_by("row", "order").agg(pl.col("is_sure").any())
    return each.group_by("row").agg(
        different_sure=pl.col("is_sure").sum().cast(pl.Int64), different_possible=pl.len().cast(pl.Int64)
    )


def _newest(rows: pl.LazyFrame, order: pl.Series, link: str, sort: str) -> pl.LazyFrame:
    """The three newest within 90 days of one link of each row, by `order`."""
    newest = pl.concat_list(
        pl.when(pl.col(f"{link}_{sort}_{QUARTER}") >= back).then(_order_at(order, f"{sort}_end", back))
        for back in range(1, ENOUGH + 1)
    )
    exploded = rows.select("row", order=newest).explode("order").drop_nulls()
    return exploded.with_columns(is_sure=pl.lit(sort == "sure"))


PRIOR_INCIDENTS = left_join(
    "prior incidents",
    "incident_ref",
    [
        *(*_COUNTS, *_UNREADABLE, "different_sure", "different_possible"),
        *(f"latest_{days}_{what}" for days in DAYS for what in ("ref", "at")),
    ],
    prior_incidents,
    reads_history=True,
    shared=(POOL,),
)
