"""The expected children of an incident: those listed, and the unnamed rest where more are counted than listed."""

from __future__ import annotations

import polars as pl

from checker.facts.accepted import Accepted
from checker.facts.fact import anniversary, local_date

ADULT_AT = 18


def expected_children(accepted: Accepted) -> pl.LazyFrame:
    """One row for each expected child of each incident (rules.md, "expected children").

    `incident_ref` is the incident that answers for it; `child` says whether it is one, null where that is not known.
    A named child has `child_ref`, `unborn` and `years_old`; the unnamed `rest` has how many are `listed` and `counted`.
    """
    named = _named_children(accepted)
    return pl.concat([named, _unnamed_rests(accepted, named)], how="diagonal")


def _named_children(accepted: Accepted) -> pl.LazyFrame:
    """One row a child_ref of each incident and of the duplicates that it answers for, its own row first.

    Where only duplicates have the child and their rows differ, one that makes it a child comes first, then one that
    may: no child is lost to a second row about it. Then the earliest reported, then the first by reference.
    """
    dates = accepted.incidents.select(answered_by="incident_ref", reported_on=local_date(pl.col("reported_at")))
    rows = accepted.children

    def aged(children: pl.LazyFrame) -> pl.LazyFrame:
        return children.join(dates, on="answered_by", how="left").with_columns(
            _may_be_child().alias("child"), _years_old().alias("years_old")
        )

    own = pl.col("answered_by") == pl.col("incident_ref")
    pair = ["answered_by", "child_ref"]
    reported = accepted.every_incident.select("incident_ref", "reported_at")
    taken_over = aged(rows.filter(~own).join(rows.filter(own).select(pair), on=pair, how="anti"))
    certainty = pl.col("child").cast(pl.Float64).fill_null(0.5)
    in_order = taken_over.join(reported, on="incident_ref", how="left").sort(-certainty, "reported_at", "incident_ref")
    first_taken = in_order.unique(pair, keep="first", maintain_order=True)
    columns = [pl.col("answered_by").alias("incident_ref"), "child_ref", "unborn", "child", "years_old"]
    return pl.concat([aged(rows.filter(own)).select(columns), first_taken.select(columns)])


def _unnamed_rests(accepted: Accepted, named: pl.LazyFrame) -> pl.LazyFrame:
    """One row without a child_ref for each incident whose counted children are more than its children rows.

    It stands for children, unless a rejected children row of the incident might have been one of them: then whether
    there is a rest at all is unknown.
    """
    may_be = named.filter(pl.col("child").fill_null(value=True)).group_by("incident_ref").agg(pl.len().alias("rows"))
    counted = accepted.incidents.select("incident_ref", "child_count", "children_in_household").join(
        may_be, on="incident_ref", how="left"
    )
    rows = pl.col("rows").fill_null(0).cast(pl.Int64)
    more_counted = (pl.col("child_count") > rows).fill_null(value=False)
    none_listed = (pl.col("children_in_household") == "yes") & pl.col("child_count").is_null() & (rows == 0)
    unread = accepted.rejected_children.select(incident_ref="answered_by", unread_child=pl.lit(value=True)).unique()
    child = pl.when(pl.col("unread_child").is_null()).then(statement=True).alias("child")
    rests = counted.filter(more_counted | none_listed.fill_null(value=False)).join(
        unread, on="incident_ref", how="left"
    )
    return rests.select(
        "incident_ref",
        child,
        rows.alias("listed"),
        pl.col("child_count").alias("counted"),
        pl.lit(value=True).alias("rest"),
    )


def fully_named(accepted: Accepted) -> pl.LazyFrame:
    """The `incident_ref` of each incident whose record says how many children there are, so that a rest would show.

    Where `child_count` is blank only the answer that there are none says so. No incident of which a rejected children
    row bears the reference is among them, and none at all where a rejected children row bears no reference.
    """
    says = pl.col("child_count").is_not_null() | (pl.col("children_in_household") == "no").fill_null(value=False)
    unread = accepted.rejected_children.select(incident_ref="answered_by")
    nameless = unread.select(nameless=pl.col("incident_ref").is_null().any())
    return (
        accepted.incidents.filter(says)
        .join(unread, on="incident_ref", how="anti")
        .join(nameless, how="cross")
        .filter(~pl.col("nameless"))
        .select("incident_ref")
    )


def _may_be_child() -> pl.Expr:
    """True under 18 at the local date of the report, or unborn; null where the date of birth is unknown.

    Someone is 18 from the start of the 18th birthday (rules.md, "child").
    """
    birthday = anniversary(pl.col("date_of_birth"), ADULT_AT)
    return pl.when(pl.col("unborn")).then(statement=True).otherwise(pl.col("reported_on") < birthday)


def _years_old() -> pl.Expr:
    born, on = pl.col("date_of_birth"), pl.col("reported_on")
    # yyyymmdd numbers: their difference in whole ten thousands is the number of birthdays passed
    return (_day_number(on) - _day_number(born)) // 10_000


def _day_number(date: pl.Expr) -> pl.Expr:
    year, month, day = (part.cast(pl.Int32) for part in (date.dt.year(), date.dt.month(), date.dt.day()))
    return year * 10_000 + month * 100 + day
