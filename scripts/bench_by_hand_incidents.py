"""The incidents, their earlier ones, and the runs of the daily search, by hand: see bench_by_hand_all.py."""

from datetime import time as clock
from datetime import timedelta

import polars as pl
from bench_by_hand import AS_OF, CHILD, DAY, REF, Rule, Table, has_search_code, incident_rules
from bench_by_hand_children import Subjects

COVERED_FROM = AS_OF - timedelta(days=366)  # as the manifest of the extract says
YEAR, QUARTER = timedelta(days=365), timedelta(days=90)
LINKS = ("victim_ref", "suspect_ref", "location_ref", "child_ref")
NEWEST = 4  # three are enough, and one of them may be the incident's own master

_AT, _CLOSED = pl.col("reported_at"), pl.col("closed_at")

# Whether the daily search missed an incident of `replayed`.
_IN_REACH = (pl.col("first run") <= _CLOSED + DAY).fill_null(value=True)
_RETURNED = pl.when("changed").then("returned").otherwise(has_search_code())
MISSED = (
    pl.when(_CLOSED.is_null() & (pl.col("status") != "closed") | ~_IN_REACH)
    .then(statement=True)
    .when(pl.col("codes unread").is_null() & (_CLOSED.is_not_null() | ~_RETURNED))
    .then(~_RETURNED)
)


def of_incidents(
    incidents: pl.DataFrame,
    every: int,
    children: pl.DataFrame,
    listed: pl.DataFrame,
    unread: dict[str, pl.DataFrame],
    codes: Table,
) -> Subjects:
    """The incidents that are or may be domestic abuse or of a referable concern, and their rules."""
    such = incidents.with_columns(such=pl.col("abuse") | pl.col("concern")).filter(
        pl.col("such").ne_missing(other=False)
    )
    child = pl.col("child")
    frames = (
        children.group_by(incident_ref="answered_by").agg(some=child.any(), maybe=child.is_null().any()),
        listed.group_by(incident_ref="answered_by").agg(listed=CHILD.n_unique()),
        unread["children"].group_by(incident_ref="answered_by").agg(unread=pl.len()),
    )
    subjects = such
    for frame in frames:
        subjects = subjects.join(frame, on="incident_ref", how="left")
    maybe = pl.col("maybe").fill_null(value=False) | pl.col("unread").is_not_null()
    subjects = subjects.with_columns(
        expected=pl.when("some").then(statement=True).when(~maybe).then(statement=False),
        child_ref=pl.lit(None, pl.String),
    )
    subjects = replayed(subjects, codes)
    subjects = history(subjects, listed, unread)
    abuse, due = pl.col("abuse"), pl.col("reported_at") + DAY
    form = pl.col("risk_form_ref").is_not_null() | pl.col("risk_form_at").is_not_null()
    unanswered = (pl.col("children_in_household") == "unknown").fill_null(value=True)
    more = (pl.col("child_count") > pl.col("listed").fill_null(0)).fill_null(value=False)
    is_open = pl.when(unanswered | more & pl.col("unread").is_null()).then(statement=True)
    uncaptured = is_open.when(~more).then(statement=False)
    unnoticed = (pl.col("risk_level") == "standard") & pl.col("reassessed_at").is_null()
    rules = incident_rules() | {
        "CLO003": Rule(
            "high",
            abuse & pl.col("expected"),
            MISSED,
            pl.when(pl.col("closed_at").is_not_null()).then("first run").otherwise(due),
        ),
        "RSK001": Rule("high", abuse, ~form, due),
        "CHD001": Rule("high", abuse & form, uncaptured, due),
        "HIS001": Rule("high", pl.col("such") & pl.col("earlier"), pl.col("history_checked_at").is_null(), due),
        "HIS002": Rule("critical", pl.col("such") & pl.col("three earlier"), unnoticed, due),
    }
    return Subjects(subjects, rules, every - subjects.height)


def first_run_after(instant: pl.Expr) -> pl.Expr:
    """The first 06:00 in London after the instant."""
    at = instant.dt.convert_time_zone("Europe/London")
    day = at.dt.date() + pl.duration(days=(at.dt.hour() >= 6).cast(pl.Int64))
    return day.dt.combine(clock(6)).dt.replace_time_zone("Europe/London").dt.convert_time_zone("UTC")


def replayed(incidents: pl.DataFrame, codes: Table) -> pl.DataFrame:
    """The incidents with the first run of the daily search after each, and what came of the codes that it bore."""
    coded = {kind: has_search_code(f"{kind}_codes") for kind in ("old", "new")}
    agreed = {kind: pl.when(each.any() == each.all()).then(each.any()) for kind, each in coded.items()}
    changes = codes.accepted.filter(REF.is_in(incidents["incident_ref"].implode()))
    changes = changes.group_by("incident_ref", "changed_at").agg(**agreed).sort("incident_ref", "changed_at")
    next_change = pl.col("changed_at").shift(-1).over("incident_ref")
    after = changes.select("incident_ref", coded="new", since="changed_at", until=next_change)
    before = changes.unique("incident_ref", keep="first", maintain_order=True)
    before = before.select(
        "incident_ref", coded="old", since=pl.lit(None, pl.Datetime("us", "UTC")), until="changed_at"
    )
    spells = pl.concat([before, after]).join(
        incidents.lazy().select("incident_ref", "reported_at", "closed_at"), on="incident_ref"
    )
    run = first_run_after(pl.max_horizontal(pl.coalesce(_CLOSED, _AT), "since"))
    returned = pl.col("coded") & (_CLOSED.is_null() | (run <= pl.min_horizontal("until", _CLOSED + DAY)))
    of_changed = spells.group_by("incident_ref").agg(changed=True, returned=returned.any(ignore_nulls=False)).collect()
    unread = codes.rejected.select("incident_ref").unique().with_columns(pl.lit(value=True).alias("codes unread"))
    incidents = incidents.join(of_changed, on="incident_ref", how="left").join(unread, on="incident_ref", how="left")
    return incidents.with_columns(first_run_after(pl.coalesce(_CLOSED, _AT)).alias("first run"))


def history(incidents: pl.DataFrame, listed: pl.DataFrame, unread: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """The incidents with whether an `earlier` one shares a reference, and whether three of the last 90 days do."""
    numbered = incidents.with_columns(id=REF.hash()).with_row_index("place")
    lines = in_lines(numbered, listed)
    earlier, unknown = earlier_ones(lines), unread_ones(lines, unread)
    recent = pl.concat([earlier.filter("recent").select(unknown.columns), unknown])
    many = recent.filter(pl.len().over("place") >= 3).group_by("place", "id").agg(pl.col("such").any())
    three = many.group_by("place").agg(sure=pl.col("such").sum(), possible=pl.len())
    one = pl.concat([earlier.select(unknown.columns), unknown]).group_by("place").agg(pl.col("such").any())
    covers = {days: _AT - days >= COVERED_FROM for days in (YEAR, QUARTER)}
    found = numbered.join(one, on="place", how="left", maintain_order="left", suffix=" earlier")
    found = found.join(three, on="place", how="left", maintain_order="left")
    has_one = pl.col("such earlier")
    return found.with_columns(
        pl.when(has_one)
        .then(statement=True)
        .when(has_one.is_null() & covers[YEAR])
        .then(statement=False)
        .alias("earlier"),
        pl.when(pl.col("sure") >= 3)
        .then(statement=True)
        .when((pl.col("possible").fill_null(0) < 3) & covers[QUARTER])
        .then(statement=False)
        .alias("three earlier"),
    )


def in_lines(incidents: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    """A row for each reference of an incident; those that share one stand together, by time."""
    columns = ("place", "id", "such", "reported_at")
    places = incidents.select(*columns, answered_by="incident_ref")
    children = listed.select("answered_by", "child_ref").unique().join(places, on="answered_by")
    rows = [
        (children if link == "child_ref" else incidents)
        .filter(pl.col(link).is_not_null())
        .select(*columns, ref=pl.col(link).hash(seed))
        for seed, link in enumerate(LINKS)
    ]
    masters = incidents.filter(pl.col("status") == "duplicate").select("place", master=pl.col("duplicate_of").hash())
    return pl.concat(rows).join(masters, on="place", how="left").sort("ref", "reported_at")


def earlier_ones(lines: pl.DataFrame) -> pl.DataFrame:
    """The newest incidents (`id`) strictly before each in its line, and the newest that surely count."""
    row = pl.int_range(pl.len(), dtype=pl.Int64)
    begins = (pl.col("ref") != pl.col("ref").shift()).fill_null(value=True)
    moment = begins | (_AT.shift() != _AT)
    lines = lines.with_columns(
        begin=pl.when(begins).then(row).forward_fill(),
        before=pl.when(moment).then(row).forward_fill() - 1,
        sure=pl.when(pl.col("such").fill_null(value=False)).then(row).forward_fill(),
    )
    columns = {name: lines[name] for name in ("id", "such", "reported_at", "sure")}
    behind = lines.filter(pl.col("before") >= pl.col("begin"))
    begin, any_, sure, found = behind["begin"], behind["before"], behind["before"] + 1, []
    for _ in range(NEWEST):
        sure = columns["sure"].gather((sure - 1).set(sure <= begin, None))
        sure = sure.set(sure < begin, None)
        # Mostly each is of the kind, and these are the same.
        for row_before in (any_, sure.set(sure == any_, None)):
            found.append(behind.select("place", "reported_at", "master", row=row_before).drop_nulls("row"))
        any_ = (any_ - 1).set(any_ <= begin, None)
    every = pl.concat(found)
    row_before = every["row"]
    since = every["reported_at"] - columns["reported_at"].gather(row_before)
    every = every.with_columns(
        id=columns["id"].gather(row_before),
        such=columns["such"].gather(row_before).fill_null(value=False),
        recent=since <= QUARTER,
    )
    return every.filter(pl.col("id").ne_missing(pl.col("master")) & (since <= YEAR))


def unread_ones(lines: pl.DataFrame, unread: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """The `id` of the incidents of which a row that could not be read shares a reference with each."""
    rows = [
        unread["children" if link == "child_ref" else "incidents"]
        .filter(pl.col(link).is_not_null())
        .select(ref=pl.col(link).hash(seed), of=pl.col("answered_by").hash())
        for seed, link in enumerate(LINKS)
    ]
    pairs = lines.select("place", "id", "master", "ref").join(pl.concat(rows), on="ref")
    others = pairs.filter((pl.col("of") != pl.col("id")) & pl.col("of").ne_missing(pl.col("master")))
    return others.select("place", id="of", such=False)
