"""Prior incidents: how many earlier incidents share a victim, suspect, location or child with an incident.

What counts is a safeguarding incident (domestic abuse, or with a referable concern), or one that may be, that answers
for itself; also one that only an earlier extract held (KnownHistory). Those that share a reference lie side by side in
the order of their time. Two places in that order, found by binary search, say how many lie between two moments: no
incident is ever compared with all others.
"""

from __future__ import annotations

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

_COUNTS = tuple(f"{link}_{sort}_{days}" for link in LINKS for sort in ("sure", "possible") for days in DAYS)
_UNREADABLE = tuple(f"{link}_unreadable" for link in LINKS)
_LATEST = tuple(f"latest_{days}" for days in DAYS)  # by `order`
_NOBODY = "\x00"  # no reference begins with a NUL


@dataclass(frozen=True)
class _Pool:
    """The incidents that count.

    `incidents` has `incident_ref`, `reported_at`, the references of an incident, `is_sure`, and `order`, its place by
    time and then by reference; `children` has `order` and `child_ref`. `times` are the different times of report,
    ascending, and `members` of a link are `order` and `ref`.
    """

    incidents: pl.DataFrame
    children: pl.DataFrame
    times: pl.Series

    def places(self, instants: pl.Series) -> pl.Series:
        """How many of the times lie before each instant."""
        return self.times.search_sorted(instants.cast(pl.Int64), side="left").cast(pl.Int64)

    def members(self, link: str) -> pl.DataFrame:
        """The incidents that have a reference of this kind: `order`, `ref`, `incident_ref`, `is_sure`, `at`."""
        at = self.places(self.incidents.get_column("reported_at")).alias("at")
        incidents = self.incidents.with_columns(at)
        rows = self.children.join(incidents, on="order") if link == CHILD else incidents
        return rows.select("order", "incident_ref", "is_sure", "at", ref=LINKS[link]).drop_nulls("ref")


def find_prior_incidents(tables: Tables, context: Context) -> pl.DataFrame:
    """What was before each incident that shares a reference with an earlier one, or with a row that cannot be read.

    By `incident_ref`: for each of LINKS how many earlier incidents count surely (`victim_sure_365`), how many may
    (`victim_possible_365`), within 365 and within 90 days, and how many rows that cannot be read name the reference
    (`victim_unreadable`); the latest that counts surely within so many days (`latest_365_ref`, `latest_365_at`); and
    how many different ones there are within 90 days over all links (`different_sure`, `different_possible`), exact up
    to three. Blank is 0.
    """
    asking, children = _asking(tables, context)
    pool = _pool(asking, children, tables, context)
    unreadable = _unreadable(tables, context)
    reported = asking.get_column("reported_at")
    times = {"end": reported} | {f"begin_{days}": reported - timedelta(days=days) for days in DAYS}
    asking = asking.with_columns(pool.places(instants).alias(name) for name, instants in times.items())
    counted, others = [], []
    for link, column in LINKS.items():
        rows = children.join(asking, on="row") if link == CHILD else asking
        named = rows.select("row", "incident_ref", "duplicate_of", *times, ref=column).drop_nulls("ref")
        counted.append(_counted(named, pool, link))
        others.append(_unreadable_of_others(named, unreadable.filter(link=link).drop("link"), link))
    return _put_together(asking, pool, pl.concat(counted, how="diagonal"), pl.concat(others, how="diagonal"))


def _asking(tables: Tables, context: Context) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The incidents that are asked about, by their number `row`, and their children under that number.

    `duplicate_of` is that of a duplicate that no incident answers for.
    """
    duplicate_of = pl.when(pl.col("status") == "duplicate").then("duplicate_of").alias("duplicate_of")
    columns = ("incident_ref", "reported_at", *SHARED)
    asked = tables.incidents.select(*columns, duplicate_of, is_safeguarding=is_safeguarding(context))
    asking = asked.with_row_index("row").collect()
    children = tables.children.select("child_ref", incident_ref="primary_ref").unique()
    theirs = children.join(asking.lazy().select("row", "incident_ref"), on="incident_ref").select("row", "child_ref")
    return asking, theirs.collect()


def _pool(asking: pl.DataFrame, children: pl.DataFrame, tables: Tables, context: Context) -> _Pool:
    counting = asking.filter(pl.col("is_safeguarding").fill_null(value=True))
    theirs = children.join(counting, on="row").select("incident_ref", "child_ref")
    columns = ("incident_ref", "reported_at", *SHARED, "is_safeguarding")
    counting = counting.select(columns)
    if not context.history.incidents.is_empty():
        past = earlier_incidents(tables, context).collect()
        counting = pl.concat([counting, past.select(columns)])
        of_past = past.select("incident_ref", child_ref="child_refs").explode("child_ref").drop_nulls()
        theirs = pl.concat([theirs, of_past])
    incidents = counting.sort("reported_at", "incident_ref").with_columns(
        order=pl.int_range(pl.len()), is_sure=pl.col("is_safeguarding").fill_null(value=False)
    )
    of_order = theirs.join(incidents.select("order", "incident_ref"), on="incident_ref").select("order", "child_ref")
    times = incidents.get_column("reported_at").cast(pl.Int64).unique(maintain_order=True)
    return _Pool(incidents, of_order, times)


def _counted(named: pl.DataFrame, pool: _Pool, link: str) -> pl.DataFrame:
    """For each row (`row`) that names a reference how many that count are before it, and which are the newest.

    `latest_365` and `latest_90` are the newest that counts surely, `newest_sure` and `newest_possible` lists of up to
    three within 90 days; all by `order`.
    """
    members = pool.members(link)
    groups = members.select("ref").unique().with_columns(group=pl.int_range(pl.len()))
    members, asked = members.join(groups, on="ref"), named.join(groups, on="ref")
    members, asked = _without_masters(members, asked, groups.height)
    width = pool.times.len() + 1  # so that a group and a place in time make one number
    key = pl.col("group") * width
    members = members.with_columns(key=key + pl.col("at")).sort("key", "order")
    keys, is_sure = members.get_column("key"), members.get_column("is_sure")
    sure_before = pl.concat([pl.Series([0], dtype=pl.Int64), is_sure.cast(pl.Int64).cum_sum()])
    found = {"row": asked.get_column("row")}
    for name in ("end", *(f"begin_{days}" for days in DAYS)):
        place = keys.search_sorted(asked.select(key + pl.col(name)).to_series(), side="left")
        found |= {f"possible_{name}": place.cast(pl.Int64), f"sure_{name}": sure_before.gather(place)}
    within = {
        f"{link}_{sort}_{days}": pl.col(f"{sort}_end") - pl.col(f"{sort}_begin_{days}")
        for sort in ("sure", "possible")
        for days in DAYS
    }
    counted = pl.DataFrame(found).with_columns(**within).filter(pl.col(f"{link}_possible_{YEAR}") > 0)
    orders = {"possible": members.get_column("order"), "sure": members.filter("is_sure").get_column("order")}
    newest = {
        sort: [_gathered(counted, orders[sort], f"{sort}_end", back) for back in range(ENOUGH)] for sort in orders
    }
    counted = counted.with_columns(
        *(each.alias(f"{sort}_{back}") for sort, of_sort in newest.items() for back, each in enumerate(of_sort))
    )
    return counted.select(
        "row",
        *within,
        *(
            pl.when(pl.col(f"{link}_sure_{days}") > 0).then("sure_0").alias(latest)
            for days, latest in zip(DAYS, _LATEST, strict=True)
        ),
        *(
            pl.concat_list(
                pl.when(pl.col(f"{link}_{sort}_{QUARTER}") > back).then(f"{sort}_{back}") for back in range(ENOUGH)
            )
            .list.drop_nulls()
            .alias(f"newest_{sort}")
            for sort in orders
        ),
    )


def _gathered(counted: pl.DataFrame, orders: pl.Series, end: str, back: int) -> pl.Series:
    """The `order` so many places before the end; blank before the beginning of all."""
    place = counted.get_column(end) - 1 - back
    return orders.gather(place.set((place < 0) | (place >= orders.len()), None))


def _without_masters(members: pl.DataFrame, asked: pl.DataFrame, groups: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Members and rows, where a duplicate that no incident answers for asks a group of its own without its master.

    The master is not an earlier incident of it. Such groups are few: the store holds the master, the extract does not.
    """
    masters = members.select("group", duplicate_of="incident_ref")
    own = asked.filter(pl.col("duplicate_of").is_not_null()).select("group", "duplicate_of").unique()
    own = own.join(masters, on=["group", "duplicate_of"], how="semi")
    if own.is_empty():
        return members, asked
    own = own.with_columns(own=groups + pl.int_range(pl.len()))
    others = members.join(own, on="group").filter(pl.col("incident_ref") != pl.col("duplicate_of"))
    copies = others.with_columns(group="own").select(members.columns)
    asked = asked.join(own, on=["group", "duplicate_of"], how="left").with_columns(group=pl.coalesce("own", "group"))
    return pl.concat([members, copies]), asked.drop("own")


def _unreadable(tables: Tables, context: Context) -> pl.DataFrame:
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
    return rows.group_by("link", "ref", maintain_order=True).head(ENOUGH + 2).collect()


def _unreadable_of_others(named: pl.DataFrame, unreadable: pl.DataFrame, link: str) -> pl.DataFrame:
    """The rows with each unreadable row that may be an earlier incident: neither itself nor the one it duplicates."""
    others = named.join(unreadable, on="ref").filter(
        (pl.col("of") != pl.col("incident_ref")) & pl.col("of").ne_missing(pl.col("duplicate_of"))
    )
    return others.select("row", "of", link=pl.lit(link))


def _put_together(asking: pl.DataFrame, pool: _Pool, counted: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """One row for each incident with something before it; see `find_prior_incidents`."""
    numbers = counted.group_by("row").agg(pl.col(*_COUNTS, *_LATEST).max())
    unreadable = others.group_by("row").agg(
        pl.col("of").filter(pl.col("link") == link).len().cast(pl.Int64).alias(name)
        for link, name in zip(LINKS, _UNREADABLE, strict=True)
    )
    # An unreadable row of an incident that counts is that incident; else it has a number of its own, below 0.
    orders = pool.incidents.select("order", of="incident_ref")
    named = others.select("of").unique().join(orders, on="of", how="left")
    named = named.with_columns(order=pl.coalesce("order", -1 - pl.int_range(pl.len())))
    newest = {
        sort: counted.select("row", order=f"newest_{sort}").explode("order").drop_nulls()
        for sort in ("sure", "possible")
    }
    parts = [
        *(rows.with_columns(is_sure=pl.lit(sort == "sure")) for sort, rows in newest.items()),
        others.join(named, on="of").select("row", "order", is_sure=pl.lit(value=False)),
    ]
    each = pl.concat(parts).group_by("row", "order").agg(pl.col("is_sure").any())
    different = each.group_by("row").agg(
        different_sure=pl.col("is_sure").sum().cast(pl.Int64), different_possible=pl.len().cast(pl.Int64)
    )
    rows = numbers.join(unreadable, on="row", how="full", coalesce=True).join(different, on="row", how="left")
    for days, latest in zip(DAYS, _LATEST, strict=True):
        of_latest = pool.incidents.select(
            pl.col("order").alias(latest),
            pl.col("incident_ref").alias(f"latest_{days}_ref"),
            pl.col("reported_at").alias(f"latest_{days}_at"),
        )
        rows = rows.join(of_latest, on=latest, how="left").drop(latest)
    return asking.select("row", "incident_ref").join(rows, on="row").drop("row")


_FOUND = Shared("prior incidents", find_prior_incidents)
PRIOR_INCIDENTS = left_join(
    "prior incidents",
    "incident_ref",
    [
        *(*_COUNTS, *_UNREADABLE, "different_sure", "different_possible"),
        *(f"latest_{days}_{what}" for days in DAYS for what in ("ref", "at")),
    ],
    lambda tables, _: _FOUND.rows(tables),
    reads_history=True,
    shared=(_FOUND,),
)
