"""What the row of an incident says by itself: is it domestic abuse, has it a risk form or a referable concern?

These expressions read the columns of the contract, before any of them becomes a fact of the same name.
"""

from __future__ import annotations

import polars as pl

from checker.facts.context import Context
from checker.facts.tables import Tables


def is_safeguarding(context: Context) -> pl.Expr:
    """Whether it is domestic abuse or has a referable concern (rules.md, HIS001); null is not known."""
    return is_domestic_abuse(context) | has_referable_concern(context)


def is_domestic_abuse(context: Context) -> pl.Expr:
    """True where a sign of it is there, else false where the marker says no, else unknown (rules.md)."""
    shown = has_risk_form() | has_abuse_code(context) | has_abuse_type(context)
    marker = pl.col("domestic_abuse")
    unmarked = pl.lit(value=False) if context.policy.blank_domestic_abuse == "no" else pl.lit(None, pl.Boolean)
    return (
        pl.when(shown | marker.fill_null(value=False))
        .then(statement=True)
        .when(marker.is_not_null())
        .then(statement=False)
        .otherwise(unmarked)
    )


def has_abuse_code(context: Context) -> pl.Expr:
    """Whether one of its closure codes is in policy.domestic_abuse_codes."""
    codes = [pl.col("closure_codes").list.contains(code) for code in context.policy.domestic_abuse_codes]
    return pl.any_horizontal(*codes, pl.lit(value=False))


def has_abuse_type(context: Context) -> pl.Expr:
    """Whether its opening code is in policy.domestic_abuse_types, compared without case."""
    types = [name.strip().lower() for name in context.policy.domestic_abuse_types]
    return pl.col("incident_type").str.to_lowercase().is_in(types).fill_null(value=False)


def has_risk_form() -> pl.Expr:
    """Whether a risk form is there (rules.md, "domestic abuse"): its reference, or when it was completed."""
    return pl.col("risk_form_ref").is_not_null() | pl.col("risk_form_at").is_not_null()


def has_referable_concern(context: Context) -> pl.Expr:
    """Whether a token of `concern_types`, in any case, is in policy.referable_concerns (rules.md, REF002)."""
    referable = [name.strip().lower() for name in context.policy.referable_concerns]
    return pl.col("concern_types").list.eval(pl.element().str.to_lowercase().is_in(referable)).list.any()


def understated_masters(tables: Tables, context: Context) -> list[int]:
    """The rows of the duplicates that are domestic abuse where the master that answers for them may not be.

    rules.md lets a master take over children and referrals, but not what makes a duplicate domestic abuse. So the
    children of both are judged by the master alone, and a person should look at the pair.
    """
    if not tables.has_duplicates:
        return []
    abuse = is_domestic_abuse(context).fill_null(value=False).alias("abuse")
    duplicates = tables.every_incident.filter(pl.col("status") == "duplicate").with_columns(abuse).filter("abuse")
    answered_for = duplicates.join(tables.incidents, on="incident_ref", how="anti")
    masters = tables.every_incident.join(answered_for, left_on="incident_ref", right_on="duplicate_of", how="semi")
    in_doubt = masters.with_columns(abuse).filter(~pl.col("abuse")).select(duplicate_of="incident_ref")
    rows = answered_for.join(in_doubt, on="duplicate_of", how="semi").select("source_row").collect()
    return rows.get_column("source_row").sort().to_list()
