"""The expected children of an incident: those listed, and the unnamed rest where more are counted than listed."""

from __future__ import annotations

import polars as pl

from checker.facts.context import Context
from checker.facts.engine import left_join
from checker.facts.tables import Tables
from checker.london_time import local_date

ADULT_AT = 18
CHILDREN_COLUMNS = ("incident_ref", "reported_at", "child_count", "children_in_household")  # of an incident, at least


def expected_children(tables: Tables, incidents: pl.LazyFrame | None = None) -> pl.LazyFrame:
    """One row for each expected child of each incident (rules.md, "expected children").

    `incident_ref` is the incident that answers for it; `child` says whether it is one, null where that is not known.
    A named child has `child_ref`, `unborn` and `years_old`; the unnamed `rest` has how many are `listed` and `counted`.

    Args:
        tables: The rows of the extract.
        incidents: Those whose children are asked for (default: all that answer for themselves), with CHILDREN_COLUMNS;
            each child has all columns that these have.
    """
    # Both parts build on these: cached, they are found once.
    incidents = (tables.incidents if incidents is None else incidents).cache()
    named = _named_children(tables, incidents).cache()
    return pl.concat([named, _unnamed_rests(tables, incidents, named)], how="diagonal")


def may_have_children(tables: Tables) -> pl.LazyFrame:
    """The incidents with a children row, or whose record counts children or says that there are some."""
    listed = tables.children.select(incident_ref="primary_ref", listed_at_all=pl.lit(value=True)).unique()
    joined = tables.incidents.join(listed, on="incident_ref", how="left")
    return joined.filter(pl.col("listed_at_all").is_not_null() | _may_have_rest()).drop("listed_at_all")


def _may_have_rest() -> pl.Expr:
    answer, number = pl.col("children_in_household"), pl.col("child_count")
    return ((number > 0) | ((answer == "yes") & number.is_null())).fill_null(value=False)


def _named_children(tables: Tables, incidents: pl.LazyFrame) -> pl.LazyFrame:
    """One row for each child_ref of each incident and of the duplicates that it answers for, its own row first.

    Where only duplicates have the child and their rows differ, one that makes it a child comes first, then one that
    may: no child is lost to a second row about it. Then the earliest reported, then the first by reference.
    """
    rows = tables.children.select("primary_ref", "child_ref", "date_of_birth", "unborn", of="incident_ref")
    of_incident = incidents.rename({"incident_ref": "primary_ref"})
    pair = ["primary_ref", "child_ref"]
    own = pl.col("primary_ref") == pl.col("of")

    def aged(children: pl.LazyFrame) -> pl.LazyFrame:
        joined = children.join(of_incident, on="primary_ref").with_columns(
            reported_on=local_date(pl.col("reported_at"))
        )
        return joined.with_columns(_is_child().alias("child"), _years_old().alias("years_old"))

    reported = tables.every_incident.select(of="incident_ref", duplicate_reported_at="reported_at")
    taken_over = aged(rows.filter(~own).join(rows.filter(own).select(pair), on=pair, how="anti"))
    certainty = pl.col("child").cast(pl.Float64).fill_null(0.5)
    in_order = taken_over.join(reported, on="of", how="left").sort(-certainty, "duplicate_reported_at", "of")
    first_taken = in_order.unique(pair, keep="first", maintain_order=True).drop("duplicate_reported_at")
    return pl.concat([aged(rows.filter(own)), first_taken]).drop("of").rename({"primary_ref": "incident_ref"})


def _unnamed_rests(tables: Tables, incidents: pl.LazyFrame, named: pl.LazyFrame) -> pl.LazyFrame:
    """One row without a child_ref for each incident whose counted children are more than its children rows.

    It stands for children, unless a rejected children row of the incident might have been one of them: then whether
    there is a rest at all is unknown.
    """
    may_be = named.filter(pl.col("child").fill_null(value=True)).group_by("incident_ref").agg(pl.len().alias("rows"))
    perhaps, number = incidents.filter(_may_have_rest()), pl.col("child_count")
    rows = pl.col("rows").fill_null(0).cast(pl.Int64)
    more_counted = (number > rows).fill_null(value=False)
    none_listed = number.is_null() & (rows == 0)
    rests = perhaps.join(may_be, on="incident_ref", how="left").filter(more_counted | none_listed)
    unreadable = tables.rejected_children.select(incident_ref="primary_ref", unreadable_child=pl.lit(value=True))
    return rests.join(unreadable.unique(), on="incident_ref", how="left").with_columns(
        child=pl.when(pl.col("unreadable_child").is_null()).then(statement=True),
        listed=rows,
        counted=number,
        rest=pl.lit(value=True),
    )


def fully_named(tables: Tables) -> frozenset[str]:
    """The reference of each incident whose record says how many children there are, so that a rest would show.

    Where `child_count` is blank only the answer that there are none says so. An incident named on a rejected children
    row is not among them, and none is where a rejected children row names no incident.
    """
    says = pl.col("child_count").is_not_null() | (pl.col("children_in_household") == "no").fill_null(value=False)
    unread = tables.rejected_children.select(incident_ref="primary_ref")
    nameless = unread.select(nameless=pl.col("incident_ref").is_null().any())
    named = (
        tables.incidents.filter(says)
        .join(unread, on="incident_ref", how="anti")
        .join(nameless, how="cross")
        .filter(~pl.col("nameless"))
        .select("incident_ref")
    )
    return frozenset(named.collect().get_column("incident_ref"))


def _is_child() -> pl.Expr:
    """True under 18 at the local date of the report, or unborn; null where the date of birth is unknown.

    Someone is 18 from the start of the 18th birthday (rules.md, "child").
    """
    return pl.when(pl.col("unborn")).then(statement=True).otherwise(_years_old() < ADULT_AT)


def _years_old() -> pl.Expr:
    """Birthdays passed at the local date of the report; a 29 February counts from 1 March in a year without one."""
    born, on = pl.col("date_of_birth"), pl.col("reported_on")
    # yyyymmdd numbers: their difference in whole ten thousands is the number of birthdays passed
    return (_day_number(on) - _day_number(born)) // 10_000


def _day_number(date: pl.Expr) -> pl.Expr:
    year, month, day = (part.cast(pl.Int32) for part in (date.dt.year(), date.dt.month(), date.dt.day()))
    return year * 10_000 + month * 100 + day


def _listed(tables: Tables, _: Context) -> pl.LazyFrame:
    return tables.children.group_by(incident_ref="primary_ref").agg(children_listed=pl.col("child_ref").n_unique())


def _unreadable(tables: Tables, _: Context) -> pl.LazyFrame:
    return tables.rejected_children.group_by(incident_ref="primary_ref").agg(unreadable_children=pl.len())


def _is_any_child(tables: Tables, _: Context) -> pl.LazyFrame:
    child = pl.col("child")
    return (
        expected_children(tables)
        .group_by("incident_ref")
        .agg(some_child=child.fill_null(value=False).any(), maybe_child=child.is_null().any())
    )


# What the children rows say about an incident, those of the duplicates that it answers for included: how many children
# are listed by reference, how many rows could not be read, and whether an expected child is, or may be, a child.
LISTED_CHILDREN = left_join("listed children", "incident_ref", ["children_listed"], _listed)
UNREADABLE_CHILDREN = left_join("unreadable children rows", "incident_ref", ["unreadable_children"], _unreadable)
EXPECTED_CHILDREN = left_join("expected children", "incident_ref", ["some_child", "maybe_child"], _is_any_child)
