"""What the children's hub received of each form."""

from __future__ import annotations

import polars as pl

from checker.facts.context import Context
from checker.facts.engine import Source
from checker.facts.tables import Tables

RECEIPTS = "hub_receipts|referrals.hub_received_at"  # where a receipt may be recorded: see Source.needs


def first_receipts(tables: Tables) -> pl.LazyFrame:
    """The first receipt, `received_at` (UTC), of each form that the hub or the police record as received."""
    recorded = [
        tables.hub_receipts.select("referral_ref", "received_at"),
        tables.referrals.select("referral_ref", received_at="hub_received_at").drop_nulls(),
    ]
    return pl.concat(recorded).group_by("referral_ref").agg(pl.col("received_at").min())


def _with_receipts(forms: pl.LazyFrame, tables: Tables, _: Context) -> pl.LazyFrame:
    """The referrals rows with `first_received_at`, the first receipt of their form, and how many could not be read.

    A receipt is for the form, whether its `hub_received_at` stands on this row or on another, or in hub_receipts.
    """
    receipts = first_receipts(tables).rename({"received_at": "first_received_at"})
    unreadable = tables.rejected_hub_receipts.group_by("referral_ref").agg(pl.len().alias("unreadable_receipts"))
    joined = forms.join(receipts, on="referral_ref", how="left").join(unreadable, on="referral_ref", how="left")
    return joined.with_columns(pl.col("unreadable_receipts").fill_null(0).cast(pl.Int64))


HUB_RECEIPTS = Source(
    "hub receipts", frozenset({"first_received_at", "unreadable_receipts"}), _with_receipts, needs=(RECEIPTS,)
)
