"""What the children's hub received, held against what was sent."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from checker.facts.accepted import Accepted
from checker.facts.moment import Moment, Span
from checker.models import HubMismatch, HubReconciliation

RECEIPT_HOURS = 24  # from submission (rules.md, REF006)
RECEIPTS = "hub_receipts|referrals.hub_received_at"  # where a receipt may be told: Fact.tables

LATE, NEVER_RECEIVED, NEVER_SENT = "received late", "sent and never received", "received and never sent"
UNSURE = "received, not known whether sent"
_NO_ROW = "no such form"


def with_receipts(forms: pl.LazyFrame, accepted: Accepted) -> pl.LazyFrame:
    """The referrals rows with `first_received_at`, the first receipt of their form, and how many could not be read.

    A receipt is for the form: whichever of its rows bears the `hub_received_at`, or a hub_receipts row.
    """
    receipts = _receipts(accepted).rename({"received_at": "first_received_at"})
    unread = accepted.rejected_hub_receipts.group_by("referral_ref").agg(pl.len().alias("unread_receipts"))
    joined = forms.join(receipts, on="referral_ref", how="left").join(unread, on="referral_ref", how="left")
    return joined.with_columns(pl.col("unread_receipts").fill_null(0).cast(pl.Int64))


def _receipts(accepted: Accepted) -> pl.LazyFrame:
    """The first receipt, `received_at`, of each form of which the hub or the police say that it was received."""
    told = [
        accepted.hub_receipts.select("referral_ref", "received_at"),
        accepted.referrals.select("referral_ref", received_at="hub_received_at").drop_nulls(),
    ]
    return pl.concat(told).group_by("referral_ref").agg(pl.col("received_at").min())


def reconcile(accepted: Accepted, sources: tuple[str, ...], moment: Moment, covered: Span | None) -> HubReconciliation:
    """The forms that were sent held against those that the children's hub received, as of the moment.

    A form may have a row for each child, sent at a time of its own: it stands as the worst of them does. A form that
    was received before what the extract covers begins is none that was never sent: it may have left the extract.

    Args:
        accepted: The rows of the extract.
        sources: Which of those that tell of a receipt (RECEIPTS) the extract has.
        moment: The moment that it describes.
        covered: The stretch of time of which it says that it holds everything, None where it does not say.
    """
    columns = ("referral_ref", "status", "submitted_at")
    rows = accepted.referrals.select(*columns, incident_ref="answered_by")
    sent = _sent(with_receipts(rows.filter(pl.col("status") == "submitted"), accepted), moment.as_of).collect()
    not_sent = _not_sent(rows, accepted, covered).collect()
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
        .when(pl.col("unread_receipts") > 0)
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


def _not_sent(rows: pl.LazyFrame, accepted: Accepted, covered: Span | None) -> pl.LazyFrame:
    """One row for each form that the hub received and that the extract does not have as submitted, by reference.

    `unsure` says that a row of it was rejected: that may be the one that says when it was sent.
    """
    submitted = rows.filter(pl.col("status") == "submitted")
    receipts = _receipts(accepted)
    if covered is not None:
        receipts = receipts.filter(pl.col("received_at") >= covered.start)
    first = ("incident_ref", "status")
    known = rows.sort("status", "incident_ref").group_by("referral_ref").agg(pl.col(first).first())
    form = pl.col("status").replace({"draft": "a draft"})
    what = pl.when(form.is_not_null()).then(pl.format("form is {}", form)).otherwise(pl.lit(_NO_ROW))
    return (
        receipts.join(submitted, on="referral_ref", how="anti")
        .join(known, on="referral_ref", how="left")
        .join(_rejected(accepted), on="referral_ref", how="left")
        .with_columns(
            pl.coalesce("incident_ref", "rejected_incident").alias("incident_ref"),
            unsure=pl.col("why").is_not_null(),
            what=pl.coalesce(pl.format(f"{UNSURE}: {{}}", "why"), pl.format(f"{NEVER_SENT}: {{}}", what)),
        )
        .sort("referral_ref")
    )


def _rejected(accepted: Accepted) -> pl.LazyFrame:
    """For each form of which a row was rejected the incident that the first of them bears, and why that is."""
    row = ["referral_ref", "incident_ref"]
    orphaned = accepted.orphaned_referrals.select(*row, orphaned=pl.lit(value=True)).unique()
    unread = accepted.rejected_incidents.select("incident_ref", incident_unread=pl.lit(value=True)).unique()
    why = (
        pl.when(pl.col("orphaned").is_null())
        .then(pl.lit("its row could not be read"))
        .when(pl.col("incident_unread"))
        .then(pl.lit("its incident could not be read"))
        .otherwise(pl.lit("its incident is not in the extract"))
    )
    return (
        accepted.rejected_referrals.select(row)
        .join(orphaned, on=row, how="left")
        .join(unread, on="incident_ref", how="left")
        .select("referral_ref", rejected_incident="incident_ref", why=why)
        .sort("referral_ref", "rejected_incident", "why")
        .unique("referral_ref", keep="first", maintain_order=True)
    )
