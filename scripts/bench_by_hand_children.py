"""The children of each incident, and the forms and notifications for them, by hand: see bench_by_hand_all.py."""

from dataclasses import dataclass
from datetime import date
from datetime import time as clock

import polars as pl
from bench_by_hand import CARRIED, CHILD, DAY, REF, Rule, Table, digits, referral_rules

HOLIDAYS = [
    *(date(2025, 12, 25), date(2025, 12, 26), date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 4)),
    *(date(2026, 5, 25), date(2026, 8, 31), date(2026, 12, 25), date(2026, 12, 28), date(2027, 1, 1)),
]
PAIR = ["answered_by", "child_ref"]
FIRST = {"first": pl.col("submitted_at").min()}
UNREAD = {"unread": pl.lit(value=True).first()}
IS_UNREAD = pl.any_horizontal("unread", "unread all").fill_null(value=False)
COVERED = (
    pl.when(pl.col("first").is_not_null() | pl.col("first all").is_not_null())
    .then(statement=True)
    .when(~IS_UNREAD)
    .then(statement=False)
)


@dataclass(frozen=True)
class Subjects:
    """Those of one kind that may be in the scope of one of the rules; how many others are outside of all, or pass."""

    frame: pl.DataFrame
    rules: dict[str, Rule]
    outside: int = 0
    passed: int = 0


def may_have_a_rest() -> pl.Expr:
    """Whether more children of an incident may be counted than listed."""
    return (pl.col("child_count") > 0) | (pl.col("children_in_household") == "yes") & pl.col("child_count").is_null()


def expected_children(
    own: pl.DataFrame, unread: pl.DataFrame, met: pl.DataFrame, incidents: pl.DataFrame
) -> tuple[pl.DataFrame, int]:
    """The expected children of these incidents, with whether each is a `child`, its `years` and whether it is `unborn`.

    Of other incidents it says how many there are.
    """
    is_own = pl.col("answered_by") == REF
    others = own.filter(~is_own).join(own.filter(is_own), on=PAIR, how="anti")
    others = others.join(met.select("incident_ref", "reported_at"), on="incident_ref", how="left")
    first = others.sort("reported_at", "incident_ref").unique(PAIR, keep="first", maintain_order=True)
    columns = [*PAIR, "date_of_birth", "unborn"]
    of_incident = incidents.select("abuse", "concern", "risk_level", "reassessed_at", *CARRIED, answered_by=REF)
    every = pl.concat([own.filter(is_own).select(columns), first.select(columns)])
    reported_on = pl.col("reported_at").dt.convert_time_zone("Europe/London").dt.date()
    years = (digits(reported_on) - digits(pl.col("date_of_birth"))) // 10_000
    named = (
        every.join(of_incident, on="answered_by")
        .with_columns(years=years)
        .with_columns(child=pl.when("unborn").then(statement=True).otherwise(pl.col("years") < 18))
        .drop("date_of_birth")
    )
    may_be = named.filter(pl.col("child").fill_null(value=True)).group_by("answered_by").agg(rows=pl.len())
    counted, rows = pl.col("child_count"), pl.col("rows").fill_null(0)
    rests = (
        incidents.filter(may_have_a_rest())
        .rename({"incident_ref": "answered_by"})
        .join(may_be, on="answered_by", how="left")
        .filter((counted > rows) | counted.is_null() & (rows == 0))
        .with_columns(
            child_ref=pl.lit(None, pl.String),
            unborn=pl.lit(None, pl.Boolean),
            years=pl.lit(None, pl.Int32),
            child=pl.when(~pl.col("answered_by").is_in(unread["answered_by"].implode())).then(statement=True),
        )
    )
    return pl.concat([named, rests.select(named.columns)]), every.height - named.height


def with_forms(children: pl.DataFrame, covering: pl.DataFrame, unread: pl.DataFrame) -> pl.DataFrame:
    """The children with the `first` form that covers each, who submitted one, and whether one could not be read."""
    by = pl.col("submitted_by")
    who = {"officer": (by == "officer").any(), "cpso": (by == "cpso").any(), "unsigned": by.is_null().any()}
    everyone = both_ways(both_ways(children, covering, FIRST | who), unread, UNREAD)
    return everyone.with_columns(
        pl.min_horizontal("first", "first all").alias("first"),
        *(pl.any_horizontal(name, f"{name} all").fill_null(value=False).alias(name) for name in who),
        covered=COVERED,
    )


def both_ways(children: pl.DataFrame, rows: pl.DataFrame, found: dict[str, pl.Expr]) -> pl.DataFrame:
    """The children with what is found in the rows of each, and, with ` all` behind its name, in those for every one."""
    of_child = rows.filter(CHILD.is_not_null()).group_by(PAIR).agg(**found)
    for_all = (
        rows.filter(CHILD.is_null()).group_by("answered_by").agg(**{f"{name} all": e for name, e in found.items()})
    )
    return children.join(of_child, on=PAIR, how="left").join(for_all, on="answered_by", how="left")


def is_sent() -> pl.Expr:
    """Whether a form was submitted."""
    return (pl.col("status") == "submitted") | pl.col("status").is_null() & pl.col("submitted_at").is_not_null()


def is_draft() -> pl.Expr:
    """Whether a form is a draft, or rejected."""
    return ~is_sent() & (pl.col("status") != "withdrawn").fill_null(value=True)


def of_incident_children(forms: pl.DataFrame, others: int, told: pl.DataFrame, unread: pl.DataFrame) -> Subjects:
    """The expected children of incidents that are or may be domestic abuse or of a referable concern."""
    such = (pl.col("abuse") | pl.col("concern")).ne_missing(other=False)
    pairs = forms.filter(such).with_columns(school_start=school_start(pl.col("reported_at")))
    told = told.filter(pl.col("outcome") == "sent")
    pairs = both_ways(
        pairs, told, {"told": pl.col("notified_at").min(), "undated": pl.col("notified_at").is_null().any()}
    )
    pairs = both_ways(pairs, unread, {"untold": pl.lit(value=True).first()})
    in_time = (pl.min_horizontal("told", "told all") <= pl.col("school_start")).fill_null(value=False)
    unsure = pl.any_horizontal("undated", "undated all", "untold", "untold all").fill_null(value=False)
    told_in_time = pl.when(in_time).then(statement=True).when(~unsure).then(statement=False)
    of_age = pl.when("unborn").then(statement=False).otherwise(pl.col("years").is_between(4, 17))
    abuse, concern, child, covered = (pl.col(name) for name in ("abuse", "concern", "child", "covered"))
    due, known_ = pl.col("reported_at") + DAY, ~IS_UNREAD
    form_in_time = pl.when(pl.col("first") <= due).then(statement=True).when(known_).then(statement=False)
    by = {
        who: pl.when(who).then(statement=True).when(known_ & ~pl.col("unsigned")).then(statement=False)
        for who in ("officer", "cpso")
    }
    ungraded = (pl.col("risk_level") == "standard") & pl.col("reassessed_at").is_null()
    gatekeeper = end_of_next_working_day(pl.col("reported_at"))
    rules = referral_rules() | {
        "REF002": Rule("critical", ~abuse & concern & child, ~covered, due),
        "REF003": Rule("medium", child & covered & (abuse | concern), ~form_in_time, due),
        "REF005": Rule("critical", abuse & ungraded & child & ~by["officer"], ~by["cpso"], gatekeeper),
        "ENC001": Rule("critical", abuse & of_age, ~told_in_time, pl.col("school_start")),
    }
    return Subjects(pairs.rename({"answered_by": "incident_ref"}), rules, others + forms.height - pairs.height)


def end_of_next_working_day(instant: pl.Expr) -> pl.Expr:
    """17:00 in London on the first working day after that of the instant."""
    day = instant.dt.convert_time_zone("Europe/London").dt.date()
    return on_working_day(day + pl.duration(days=1), clock(17))


def school_start(instant: pl.Expr) -> pl.Expr:
    """The first 09:00 in London of a working day after the instant."""
    at = instant.dt.convert_time_zone("Europe/London")
    return on_working_day(at.dt.date() + pl.duration(days=(at.dt.hour() >= 9).cast(pl.Int64)), clock(9))


def on_working_day(day: pl.Expr, at: clock) -> pl.Expr:
    """That time in London on the first working day from the date on."""
    day = day.dt.add_business_days(0, holidays=HOLIDAYS, roll="forward")
    return day.dt.combine(at).dt.replace_time_zone("Europe/London").dt.convert_time_zone("UTC")


def of_referrals(
    forms: pl.DataFrame,
    drafts: pl.DataFrame,
    every: int,
    covering: pl.DataFrame,
    unread: pl.DataFrame,
    met: pl.DataFrame,
) -> Subjects:
    """The forms that are drafts or rejected: whether another one stands in."""
    drafts = both_ways(both_ways(drafts, covering, FIRST), unread, UNREAD)
    of_all = forms.filter(
        pl.col("child").ne_missing(other=False) & pl.col("answered_by").is_in(drafts["answered_by"].implode())
    )
    of_all = of_all.group_by("answered_by").agg(
        children=pl.len(), with_one=pl.col("covered").sum(), without=(~pl.col("covered")).sum()
    )
    drafts = drafts.join(of_all, on="answered_by", how="left")
    drafts = drafts.join(met.rename({"incident_ref": "answered_by"}), on="answered_by", how="left")
    children = pl.col("children").fill_null(0)
    by_name = (
        pl.when(pl.col("without") > 0).then(statement=False).when(pl.col("with_one") == children).then(statement=True)
    )
    alone = CHILD.is_not_null() | pl.col("first all").is_not_null() | (children == 0)
    stands_in = pl.when(alone).then(COVERED).otherwise(by_name)
    rules = {"REF004": Rule("high", pl.lit(value=True), ~stands_in, pl.col("reported_at") + DAY)}
    frame = drafts.drop("incident_ref").rename({"answered_by": "incident_ref"})
    return Subjects(frame, rules, every - drafts.height)


def of_sent_forms(own: pl.DataFrame, met: pl.DataFrame, receipts: Table) -> Subjects:
    """The forms that were submitted and that do not themselves say that the hub received them."""
    sent = own.filter(is_sent())
    open_ = sent.filter(pl.col("hub_received_at").is_null())
    refs = open_["referral_ref"].implode()
    form = pl.col("referral_ref")
    told = [
        own.lazy().filter(pl.col("hub_received_at").is_not_null()).select(form),
        receipts.accepted.select(form),
    ]
    received = pl.concat(told).filter(form.is_in(refs)).collect().to_series()
    open_ = open_.with_columns(
        received=pl.when(form.is_in(received.implode()))
        .then(statement=True)
        .when(~form.is_in(receipts.rejected["referral_ref"].implode()))
        .then(statement=False)
    )
    passed = sent.height - open_.height
    open_ = open_.join(met.rename({"incident_ref": "answered_by"}), on="answered_by", how="left")
    rules = {"REF006": Rule("critical", pl.lit(value=True), ~pl.col("received"), pl.col("submitted_at") + DAY)}
    frame = open_.drop("incident_ref").rename({"answered_by": "incident_ref"})
    return Subjects(frame, rules, own.height - sent.height, passed)
