"""The forms that the children's hub received, compared with those that were sent."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from checker.facts.context import Context, Span
from checker.facts.joins.hub_receipts import HUB_RECEIPTS, RECEIPTS, first_receipts
from checker.facts.subjects.referral import RECEIPT_HOURS
from checker.facts.tables import Tables
from checker.models import HubMismatch, HubReconciliation

LATE, NEVER_RECEIVED, NEVER_SENT = "received late", "sent and never received", "received and never sent"
UNSURE = "received, not known whether sent"
_NO_ROW = "no such form"


def reconcile(tables: Tables, context: Context, covered: Span | None) -> HubReconciliation:
    """The forms that were sent compared with those that the children's hub received, as of the moment of the run.

    A form may have a row for each child, sent at a time of its own: the worst of them counts. A form received before
    the time that the extract covers is not reported as never sent: its row may have left the extract.

    Args:
        tables: The rows of the extract.
        context: The context of the run.
        covered: The time that the extract says it covers, None where it does not say.
    """
    sources = tuple(name for name in RECEIPTS.split("|") if name in tables.supplied)
    columns = ("referral_ref", "status", "submitted_at")
    rows = tables.referrals.select(*columns, incident_ref="primary_ref")
    submitted = HUB_RECEIPTS.attach(rows.filter(pl.col("status") == "submitted"), tables, context)
    sent = _sent(submitted, context.as_of).collect()
    not_sent = _not_sent(rows, tables, covered).collect()
    unsure = int(not_sent.get_column("unsure").sum())
    states = dict(sent.group_by("state").len().iter_rows())
    mismatches = pl.concat([sent.filter(pl.col("what").is_not_null()), not_sent], how="diagonal")
    fields = ("what", "referral_ref", "incident_ref", "submitted_at", "received_at")
    return HubReconciliation(
        sources=sources,
        sent=sent.height,
        in_time=states.get("in_time", 0),
        late=states.get("late", 0),
        never_received=states.get("never_received", 0),
        not_due=states.get("not_due", 0),
        cannot_tell=states.get("cannot_tell", 0),
        never_sent=not_sent.height - unsure,
        unsure=unsure,
        mismatches=tuple(HubMismatch(*row) for row in mismatches.select(fields).iter_rows()),
    )


def _sent(rows: pl.LazyFrame, as_of: datetime) -> pl.LazyFrame:
    """One row for each form with its `state`, by reference; `what` is null where there is nothing to say of it."""
    due = pl.col("submitted_at") + timedelta(hours=RECEIPT_HOURS)
    received = pl.col("first_received_at")
    states = ("never_received", "cannot_tell", "not_due", "late", "in_time")  # the worst first
    state = (
        pl.when(received <= due)
        .then(pl.lit("in_time"))
        .when(received.is_not_null())
        .then(pl.lit("late"))
        .when(due >= pl.lit(as_of))
        .then(pl.lit("not_due"))
        .when(pl.col("unreadable_receipts") > 0)
        .then(pl.lit("cannot_tell"))
        .otherwise(pl.lit("never_received"))
        .cast(pl.Enum(states))
    )
    what = (
        pl.col("state").cast(pl.String).replace_strict({"late": LATE, "never_received": NEVER_RECEIVED}, default=None)
    )
    worst = rows.with_columns(state.alias("state")).sort("referral_ref", "state", "submitted_at", "incident_ref")
    forms = worst.unique("referral_ref", keep="first", maintain_order=True)
    return forms.with_columns(what.alias("what"), received.alias("received_at")).with_columns(
        pl.col("state").cast(pl.String)
    )


def _not_sent(rows: pl.LazyFrame, tables: Tables, covered: Span | None) -> pl.LazyFrame:
    """One row for each form that the hub received and that the extract does not have as submitted, by reference.

    `unsure` says that a row of it was rejected: that may be the one that says when it was sent.
    """
    submitted = rows.filter(pl.col("status") == "submitted")
    receipts = first_receipts(tables)
    if covered is not None:
        receipts = receipts.filter(pl.col("received_at") >= covered.start)
    first = ("incident_ref", "status")
    known = rows.sort("status", "incident_ref").group_by("referral_ref").agg(pl.col(first).first())
    form = pl.col("status").replace({"draft": "a draft"})
    what = pl.when(form.is_not_null()).then(pl.format("form is {}", form)).otherwise(pl.lit(_NO_ROW))
    return (
        receipts.join(submitted, on="referral_ref", how="anti")
        .join(known, on="referral_ref", how="left")
        .join(_rejected(tables), on="referral_ref", how="left")
        .with_columns(
            pl.coalesce("incident_ref", "rejected_incident").alias("incident_ref"),
            unsure=pl.col("why").is_not_null(),
            what=pl.coalesce(pl.format(f"{UNSURE}: {{}}", "why"), pl.format(f"{NEVER_SENT}: {{}}", what)),
        )
        .sort("referral_ref")
    )


def _rejected(tables: Tables) -> pl.LazyFrame:
    """For each form with a rejected row the incident on the first such row, and why the row was rejected."""
    row = ["referral_ref", "incident_ref"]
    orphaned = tables.orphaned_referrals.select(*row, orphaned=pl.lit(value=True)).unique()
    unread = tables.rejected_incidents.select("incident_ref", incident_unread=pl.lit(value=True)).unique()
    why = (
        pl.when(pl.col("orphaned").is_null())
        .then(pl.lit("its row could not be read"))
        .when(pl.col("incident_unread"))
        .then(pl.lit("its incident could not be read"))
        .otherwise(pl.lit("its incident is not in the extract"))
    )
    return (
        tables.rejected_referrals.select(row)
        .join(orphaned, on=row, how="left")
        .join(unread, on="incident_ref", how="left")
        .select("referral_ref", rejected_incident="incident_ref", why=why)
        .sort("referral_ref", "rejected_incident", "why")
        .unique("referral_ref", keep="first", maintain_order=True)
    )
