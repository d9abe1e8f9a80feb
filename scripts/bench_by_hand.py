"""The checker's work as one plain Polars script, to measure the checker against: `bench_by_hand.py EXTRACT FOLDER`.

It splits the rows of an extract of bench_extract.py as contract section 2 says and gives the verdicts of the six rules.
It is written for speed alone: it knows only the forms that occur there, tells nobody why it judged so and proves
nothing of its own. It shares no line with the checker.
"""

import json
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

AS_OF = datetime(2026, 11, 22, 2, tzinfo=UTC)
TODAY = date(2026, 11, 22)
DAY = timedelta(hours=24)
KINDS = ["CP", "CIN", "LAC"]
OUTCOMES = ("finding", "pass", "not_due", "undetermined", "out_of_scope")
LISTED = ["finding", "not_due", "undetermined"]
CARRIED = ("reported_at", "district", "team", "officer_id", "supervisor_id")

REF, CHILD = pl.col("incident_ref"), pl.col("child_ref")

Exprs = dict[str, pl.Expr]


@dataclass(frozen=True)
class Table:
    """The accepted rows, typed; the rejected ones with their reasons; and how many of each."""

    accepted: pl.LazyFrame
    rejected: pl.DataFrame
    counts: dict[str, int]


def time(name: str) -> pl.Expr:
    """The instants in UTC of London wall times."""
    wall = pl.col(name).str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="us", strict=False)
    london = wall.dt.replace_time_zone("Europe/London", ambiguous="earliest", non_existent="null")
    return london.dt.convert_time_zone("UTC")


def day(name: str) -> pl.Expr:
    """The dates of ISO dates."""
    return pl.col(name).str.to_date("%Y-%m-%d", strict=False)


def yes_no(name: str) -> pl.Expr:
    """True for yes, false for no."""
    return pl.when(pl.col(name) == "yes").then(statement=True).when(pl.col(name) == "no").then(statement=False)


def by_then(*names: str) -> Exprs:
    """The fault of a time (its name ends in `_at`) or a date later than the extract, in each of the columns."""
    return {f"{name} is after as_of": pl.col(name) > (AS_OF if name.endswith("_at") else TODAY) for name in names}


def too_old(*names: str) -> Exprs:
    """The fault of a year before 1900, in each of the columns."""
    return {f"{name} is before 1900": pl.col(name).dt.year() < 1900 for name in names}


def not_among(name: str, words: list[str]) -> Exprs:
    """The fault of a word that the contract does not list."""
    return {f"{name} is none of {words}": ~pl.col(name).is_in(words)}


def read(extract: Path) -> dict[str, Table]:
    """The five tables of the extract, split."""
    incident_times = ("reported_at", "closed_at", "risk_form_at", "reassessed_at", "history_checked_at")
    incidents = split(
        extract / "incidents.csv",
        key=["incident_ref"],
        needed=["incident_ref", "reported_at"],
        cells={name: time(name) for name in incident_times}
        | {
            "domestic_abuse": yes_no("domestic_abuse"),
            "child_count": pl.col("child_count").cast(pl.Int64, strict=False),
        },
        faults=by_then("reported_at", "closed_at")
        | too_old(*incident_times)
        | not_among("status", ["open", "closed", "cancelled", "duplicate", "transferred"])
        | not_among("risk_level", ["standard", "medium", "high"])
        | not_among("children_in_household", ["yes", "no", "unknown"])
        | {"child_count is not 0 to 30": ~pl.col("child_count").is_between(0, 30)}
        | {"closed_at is before reported_at": pl.col("closed_at") < pl.col("reported_at")},
    )
    known = incidents.accepted.select("incident_ref").collect().to_series()
    children = split(
        extract / "children.csv",
        key=["incident_ref", "child_ref"],
        needed=["incident_ref", "child_ref"],
        cells={"date_of_birth": day("date_of_birth"), "unborn": yes_no("unborn"), "present": yes_no("present")},
        faults=by_then("date_of_birth") | too_old("date_of_birth"),
        incidents=known,
    )
    unsent = (pl.col("status") == "submitted") & pl.col("submitted_at").is_null()
    referrals = split(
        extract / "referrals.csv",
        key=["referral_ref", "child_ref"],
        needed=["referral_ref", "incident_ref"],
        cells={name: time(name) for name in ("submitted_at", "hub_received_at")},
        faults=by_then("submitted_at")
        | too_old("submitted_at", "hub_received_at")
        | not_among("status", ["draft", "submitted", "rejected", "withdrawn"])
        | not_among("submitted_by", ["officer", "cpso", "other"])
        | {"submitted_at is blank on a submitted referral": unsent},
        incidents=known,
    )
    lists = {
        table: split(
            extract / f"{table}.csv",
            key=[],
            needed=["child_ref", kind, "started_on"],
            cells={name: day(name) for name in ("started_on", "ended_on")},
            faults=too_old("started_on", "ended_on")
            | not_among(kind, KINDS)
            | {"ended_on is before started_on": pl.col("ended_on") < pl.col("started_on")},
        )
        for table, kind in (("plans", "plan"), ("flags", "flag"))
    }
    return {"incidents": incidents, "children": children, "referrals": referrals, **lists}


def split(
    file: Path, key: list[str], needed: list[str], cells: Exprs, faults: Exprs, incidents: pl.Series | None = None
) -> Table:
    """A table split; no `key`: the whole row is one. Where `incidents` are given, every row must be of one of them."""
    rows = pl.read_csv(file, infer_schema=False, row_index_name="row", row_index_offset=2)
    read = rows.height
    same = pl.struct(key) if len(key) > 1 else pl.col(key[0]) if key else pl.struct(pl.exclude("row"))
    alike = rows.filter(same.is_duplicated())
    repeats = alike.filter(~pl.struct(pl.exclude("row")).is_first_distinct())["row"]
    rows = rows.filter(~pl.col("row").is_in(repeats.implode()))
    typed = rows.with_columns(**cells)

    lost = [name for name in cells if typed[name].null_count() > rows[name].null_count()]
    wrong = {f"{name} is unreadable": rows[name].is_not_null() & typed[name].is_null() for name in lost}
    wrong |= {f"{name} is blank": rows[name].is_null() for name in needed if rows[name].null_count()}
    masks = typed.select(**faults).with_columns(**wrong)
    if incidents is not None:
        masks = masks.with_columns(typed.select(orphan=~REF.is_in(incidents.implode())))
    failed = masks.select(pl.any_horizontal(pl.all()).fill_null(value=False)).to_series()
    if key:
        rivals = typed.filter(~failed & pl.col("row").is_in(alike["row"].implode())).filter(same.is_duplicated())["row"]
        masks = masks.with_columns(typed.select(rival=pl.col("row").is_in(rivals.implode())))
        failed = failed | masks["rival"]

    why = masks.filter(failed)
    reasons = pl.concat_list(pl.when(pl.col(reason)).then(pl.lit(reason)) for reason in why.columns).list.drop_nulls()
    written = pl.concat_str(key or needed[:1], separator="/", ignore_nulls=True)
    rejected = rows.filter(failed).with_columns(why.select(reasons=reasons.list.join("; ")), key=written)
    accepted = typed.filter(~failed)
    counts = {"rows_read": read, "accepted": accepted.height, "rejected": rejected.height, "collapsed": repeats.len()}
    counts["orphaned"] = int(why["orphan"].sum()) if incidents is not None else 0
    return Table(accepted.lazy(), rejected, counts)


def judge(tables: dict[str, Table]) -> tuple[pl.DataFrame, dict[str, dict[str, int]]]:
    """The listed verdicts in the contract's order, and for each rule how many there are of each outcome."""
    closed = pl.when(pl.col("closed_at").is_not_null()).then(pl.lit("closed")).otherwise(pl.lit("open"))
    every = tables["incidents"].accepted.with_columns(pl.coalesce("status", closed))
    duplicates = every.filter(pl.col("status") == "duplicate").select("incident_ref", answered_by="duplicate_of")
    masters = every.filter(pl.col("status") != "duplicate").select(answered_by="incident_ref")
    answered = duplicates.join(masters, on="answered_by", how="semi").collect().lazy()
    incidents = every.join(answered, on="incident_ref", how="anti").with_columns(abuse=domestic_abuse())
    subjects = [
        (incidents.with_columns(child_ref=pl.lit(None, pl.String)), incident_rules()),
        (incident_children(tables, every, incidents, answered), referral_rules()),
        (people(tables, every), flag_rules()),
    ]
    counts, lines = {}, []
    for frame, rules in subjects:
        of_rules = {rule_id: rule.outcome() for rule_id, rule in rules.items()}
        of_rules |= {f"{rule_id} due_at": rule.due_at for rule_id, rule in rules.items()}
        judged = frame.select("incident_ref", "child_ref", *CARRIED, **of_rules).collect()
        lines += [rule.lines(judged, rule_id) for rule_id, rule in rules.items()]
        for rule_id in rules:
            found = dict(judged.group_by(rule_id).len().iter_rows())
            counts[rule_id] = {outcome: found.get(outcome, 0) for outcome in OUTCOMES}
    rank = pl.col("severity").replace_strict({"critical": 0, "high": 1, "medium": 2})
    return pl.concat(lines).sort(rank, "rule_id", "incident_ref", CHILD.fill_null("")), counts


@dataclass(frozen=True)
class Rule:
    """One rule as expressions over its subjects."""

    severity: str
    applies: pl.Expr
    violation: pl.Expr
    due_at: pl.Expr

    def outcome(self) -> pl.Expr:
        """The outcome of each subject, in the order of the rule specification."""
        return (
            pl.when(~self.applies | (~self.violation & self.applies.is_null()))
            .then(pl.lit("out_of_scope"))
            .when(self.applies & ~self.violation)
            .then(pl.lit("pass"))
            .when(self.due_at.is_null())
            .then(pl.lit("undetermined"))
            .when(self.due_at >= AS_OF)
            .then(pl.lit("not_due"))
            .when(self.applies & self.violation)
            .then(pl.lit("finding"))
            .otherwise(pl.lit("undetermined"))
        )

    def lines(self, judged: pl.DataFrame, rule_id: str) -> pl.DataFrame:
        """The verdicts that need a line."""
        due_at = pl.col(f"{rule_id} due_at")
        hours = (AS_OF - due_at).dt.total_microseconds() / 3_600_000_000
        return judged.filter(pl.col(rule_id).is_in(LISTED)).select(
            pl.lit(rule_id).alias("rule_id"),
            pl.lit(self.severity).alias("severity"),
            pl.col(rule_id).alias("outcome"),
            "incident_ref",
            "child_ref",
            *CARRIED,
            due_at.alias("due_at"),
            pl.when(hours > 0).then(hours.round(1)).alias("hours_overdue"),
        )


def domestic_abuse() -> pl.Expr:
    """Whether an incident is domestic abuse (rule specification, "shared facts")."""
    form = pl.col("risk_form_ref").is_not_null() | pl.col("risk_form_at").is_not_null()
    shown = form | has_search_code() | (pl.col("incident_type") == "DOMESTIC").fill_null(value=False)
    return pl.when(shown).then(statement=True).otherwise("domestic_abuse")


def has_search_code(codes: str = "closure_codes") -> pl.Expr:
    """Whether one of the closure codes is QL23."""
    return pl.col(codes).str.contains(r"(?:^|;)QL23(?:;|$)").fill_null(value=False)


def incident_rules() -> dict[str, Rule]:
    """The rules of an incident."""
    reported, closed = pl.col("reported_at"), pl.col("closed_at")
    is_closed = closed.is_not_null() | (pl.col("status") == "closed")
    late = pl.when(closed.is_not_null()).then(closed - reported > DAY).when(~is_closed).then(statement=True)
    return {
        "CLO001": Rule("high", pl.col("abuse") & is_closed, ~has_search_code(), pl.coalesce(closed, reported)),
        "CLO002": Rule("high", pl.col("abuse"), late, reported + DAY),
    }


def referral_rules() -> dict[str, Rule]:
    """The rule of a child in an incident."""
    due_at = pl.col("reported_at") + DAY
    return {"REF001": Rule("critical", pl.col("abuse") & pl.col("child"), ~pl.col("covered"), due_at)}


def flag_rules() -> dict[str, Rule]:
    """The rules of a child."""
    plan = {kind: known(pl.col(f"{kind} plan from").is_not_null(), "plans") for kind in KINDS}
    flag = {kind: known(pl.col(f"{kind} flag"), "flags") for kind in KINDS}
    start = {kind: pl.when(~flag[kind].fill_null(value=False)).then(f"{kind} plan from") for kind in KINDS}
    unflagged = plan["CP"] & ~flag["CP"] | plan["LAC"] & ~flag["LAC"]
    first_start = pl.min_horizontal(start["CP"], start["LAC"])
    ended, ever = known(pl.col("CP plan to").is_not_null(), "plans"), known(pl.col("CP flag ever"), "flags")
    return {
        "FLG001": Rule("high", plan["CP"] | plan["LAC"], unflagged, day_after(first_start)),
        "FLG002": Rule("high", plan["CIN"], ~flag["CIN"], day_after(start["CIN"])),
        "FLG003": Rule("medium", ~plan["CP"] & ended, ~ever, day_after(pl.col("CP plan to"))),
    }


def known(proved: pl.Expr, table: str) -> pl.Expr:
    """True where rows prove it, null where an unread row of the table might, else false."""
    unproved = pl.when(pl.col(f"unread {table}").is_null()).then(statement=False)
    return pl.when(proved.fill_null(value=False)).then(statement=True).otherwise(unproved)


def day_after(date_: pl.Expr) -> pl.Expr:
    """The instant at which the next day begins in London."""
    start = (date_ + timedelta(days=1)).cast(pl.Datetime("us"))
    return start.dt.replace_time_zone("Europe/London").dt.convert_time_zone("UTC")


def incident_children(
    tables: dict[str, Table], every: pl.LazyFrame, incidents: pl.LazyFrame, answered: pl.LazyFrame
) -> pl.LazyFrame:
    """The expected children of each incident, with whether each is a `child` and is `covered` by a referral."""

    def owned(rows: pl.LazyFrame) -> pl.LazyFrame:
        """The rows with the incident that answers for theirs."""
        return rows.join(answered, on="incident_ref", how="left").with_columns(pl.coalesce("answered_by", REF))

    pair = ["answered_by", "child_ref"]
    children = owned(tables["children"].accepted)
    own = children.filter(pl.col("answered_by") == REF)
    others = children.filter(pl.col("answered_by") != REF).join(own, on=pair, how="anti")
    others = others.join(every.select("incident_ref", "reported_at"), on="incident_ref", how="left")
    first = others.sort("reported_at", "incident_ref").unique(pair, keep="first", maintain_order=True)
    columns = ["answered_by", "child_ref", "date_of_birth", "unborn"]
    of_incident = incidents.rename({"incident_ref": "answered_by"}).select("answered_by", *CARRIED, "abuse")
    named = pl.concat([own.select(columns), first.select(columns)]).join(of_incident, on="answered_by", how="left")
    reported_on = pl.col("reported_at").dt.convert_time_zone("Europe/London").dt.date()
    years = (digits(reported_on) - digits(pl.col("date_of_birth"))) // 10_000
    named = named.with_columns(child=pl.when("unborn").then(statement=True).otherwise(years < 18))
    named = named.select("answered_by", "child_ref", *CARRIED, "abuse", "child")

    may_be = named.filter(pl.col("child").fill_null(value=True)).group_by("answered_by").agg(rows=pl.len())
    counted, there = pl.col("child_count"), pl.col("children_in_household") == "yes"
    rows = pl.col("rows").fill_null(0)
    unread = owned(tables["children"].rejected.lazy()).select("answered_by", unread=pl.lit(value=True)).unique()
    rests = (
        incidents.filter((counted > 0) | there & counted.is_null())
        .rename({"incident_ref": "answered_by"})
        .join(may_be, on="answered_by", how="left")
        .filter((counted > rows) | counted.is_null() & (rows == 0))
        .join(unread, on="answered_by", how="left")
        .with_columns(child_ref=pl.lit(None, pl.String), child=pl.when(pl.col("unread").is_null()).then(statement=True))
        .select(named.collect_schema().names())
    )
    forms = owned(tables["referrals"].accepted).join(
        incidents.select(answered_by="incident_ref", since="reported_at"), on="answered_by"
    )
    sent = pl.coalesce("status", pl.when(pl.col("submitted_at").is_not_null()).then(pl.lit("submitted"))) == "submitted"
    covering = forms.filter(sent & (pl.col("submitted_at") >= pl.col("since")))
    everyone = pl.concat([named, rests])
    for name, found in (("covering", covering), ("unread", owned(tables["referrals"].rejected.lazy()))):
        own_form = found.filter(CHILD.is_not_null()).select(pair).unique().with_columns(pl.lit(value=True).alias(name))
        for_all = found.filter(CHILD.is_null()).select("answered_by").unique()
        everyone = everyone.join(own_form, on=pair, how="left")
        everyone = everyone.join(
            for_all.with_columns(pl.lit(value=True).alias(f"{name} all")), on="answered_by", how="left"
        )
    covered = pl.when(pl.any_horizontal("covering", "covering all").fill_null(value=False)).then(statement=True)
    unknown = pl.any_horizontal("unread", "unread all").fill_null(value=False)
    return everyone.with_columns(covered=covered.when(~unknown).then(statement=False)).rename(
        {"answered_by": "incident_ref"}
    )


def digits(date_: pl.Expr) -> pl.Expr:
    """The date as the number yyyymmdd."""
    return date_.dt.year() * 10_000 + date_.dt.month().cast(pl.Int32) * 100 + date_.dt.day().cast(pl.Int32)


def people(tables: dict[str, Table], every: pl.LazyFrame) -> pl.LazyFrame:
    """Each child_ref with its latest incident, its plans and its flags."""
    seen = tables["children"].accepted.select("child_ref", "incident_ref")
    seen = seen.join(every.select("incident_ref", *CARRIED), on="incident_ref", how="left")
    seen = seen.sort("reported_at", "incident_ref").unique("child_ref", keep="last", maintain_order=True)
    begun, end = pl.col("started_on") <= TODAY, pl.col("ended_on")
    current = begun & (end.is_null() | (end >= TODAY))
    from_ = (
        pl.col("started_on").filter(current & (pl.col("plan") == kind)).min().alias(f"{kind} plan from")
        for kind in KINDS
    )
    to = end.filter((end < TODAY) & (pl.col("plan") == "CP")).max().alias("CP plan to")
    flagged = ((current & (pl.col("flag") == kind)).any().alias(f"{kind} flag") for kind in KINDS)
    ever = (begun & (pl.col("flag") == "CP")).any().alias("CP flag ever")
    plans, flags = (tables[name].accepted.group_by("child_ref") for name in ("plans", "flags"))
    seen = seen.join(plans.agg(*from_, to), on="child_ref", how="left")
    seen = seen.join(flags.agg(*flagged, ever), on="child_ref", how="left")
    for name in ("plans", "flags"):
        unread = tables[name].rejected.lazy().select("child_ref", pl.lit(value=True).alias(f"unread {name}")).unique()
        seen = seen.join(unread, on="child_ref", how="left")
    return seen


def write(tables: dict[str, Table], verdicts: pl.DataFrame, rules: dict[str, dict[str, int]], folder: Path) -> None:
    """Write the rejected rows, the listed verdicts and all counts into the folder."""
    verdicts.write_csv(folder / "findings.csv", float_precision=1)
    rejected = [
        table.rejected.select(pl.lit(name).alias("table"), "row", "key", "reasons") for name, table in tables.items()
    ]
    pl.concat(rejected).write_csv(folder / "rejected.csv")
    counts = {"tables": {name: table.counts for name, table in tables.items()}, "rules": rules}
    (folder / "counts.json").write_text(json.dumps(counts, indent=2), "utf-8")


def main(extract: Path, folder: Path) -> None:
    """Split and judge the extract, and write what came of it into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = read(extract)
    write(tables, *judge(tables), folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
