"""Writes a large invented extract for the benchmark: `bench_extract.py INCIDENTS FOLDER`.

`FOLDER/extract` has the five tables of the six first rules, `FOLDER/whole` these and the others. The same number of
incidents gives the same rows every time: chance is a hash of the row's number and of the question. Most records are in
order: about one row in a hundred cannot be accepted, and of a hundred incidents a few need a line. From 100,000
incidents on every rule comes to each outcome that it can come to. No cell holds a quote character, so that the checker
can take its fast path.
"""

import json
import os
import sys
from datetime import timedelta
from pathlib import Path

import polars as pl
from bench_extract_chance import (
    AS_OF,
    YEAR_MINUTES,
    chance,
    day,
    is_of_last_hours,
    known,
    minutes,
    numbered,
    one_of,
    some,
    wall,
)
from bench_extract_others import code_history, hub_receipts, missing_episodes, notifications

OTHER_KINDS = (
    ("ASB02;NFA", "ANTI-SOCIAL BEHAVIOUR"),
    ("CRM02;SOCO", "BURGLARY"),
    ("CRM04", "THEFT"),
    ("RTC03", "ROAD COLLISION"),
    ("CFS01", "CONCERN FOR SAFETY"),
    ("MIS01;CFS01", "MISSING"),
    ("PUB05;CRM09", "PUBLIC ORDER"),
)
CHILDREN = ("ref", "child_ref", "date_of_birth", "unborn", "role", "present", "school_ref")
DISTRICTS = ("Exampleshire Central", "Exampleshire North", "Exampleshire South", "Exampleshire Coast")
TEAMS = ("Central Response A", "Central Response B", "North Response A", "South Response B", "Coast Response")


def events(count: int) -> pl.DataFrame:
    """What truly happened in a year: `count` incidents in order of time, a fifth of them domestic abuse.

    A duplicate (1 in 200) tells of the same household and hour as the incident before it.
    """
    frame = pl.DataFrame({"number": pl.int_range(count, eager=True)}).with_columns(
        again=(chance("recorded twice") < 0.005) & (pl.col("number") > 0)
    )
    frame = frame.with_columns(event=pl.col("number") - pl.col("again").cast(pl.Int64))
    progress = (pl.col("event") + chance("when", "event")) / count
    frame = frame.with_columns(
        ref=pl.format("INC-26-{}", pl.col("number") + 1_000_000),
        reported=pl.lit(AS_OF) - minutes(YEAR_MINUTES * (1 - progress)),
        abuse=chance("domestic abuse", "event") < 0.2,
        household=(chance("household", "event") * count * 0.12).cast(pl.Int64),
    )
    abuse = pl.col("abuse")
    hours_open = pl.when(abuse & (chance("closed late") < 0.01)).then(24 + chance("how late") * 200)
    in_time = pl.when(abuse).then(0.5 + 22 * chance("in time")).otherwise(0.2 + 60 * chance("in its time") ** 3)
    has_children = chance("children", "household") < pl.when(abuse).then(0.45).otherwise(0.03)
    return frame.with_columns(
        closed=known(pl.col("reported") + minutes(60 * pl.coalesce(hours_open, in_time))),
        children=pl.when(has_children).then(1 + 3 * chance("how many", "household")).otherwise(0).cast(pl.Int64),
        form=abuse & (chance("risk form") < 0.97),
    ).with_columns(
        closed=pl.when(chance("closed too early") < 0.003)
        .then(pl.col("reported") - minutes(pl.lit(180)))
        .when(is_of_last_hours(6) & (chance("closed at that moment") < 0.3))
        .then(pl.lit(AS_OF))
        .when(~abuse | (chance("never closed") > 0.002))
        .then("closed")
    )


def incidents(events: pl.DataFrame) -> pl.DataFrame:
    """The incidents table, before its faults."""
    abuse, form, is_closed = pl.col("abuse"), pl.col("form"), pl.col("closed").is_not_null()
    wrong_code = one_of("which wrong code", ["DOM;QL 23", "DOM;VIC", "DOM;ql23", None])
    right_code = one_of("which codes", ["DOM;QL23", "DOM;QL23", "DOM;QL23;VIC", "QL23;DOM;CHI"])
    not_coded_yet = (pl.col("closed") == AS_OF) & (chance("not coded yet") < 0.5)
    abuse_code = pl.when(chance("wrong code") < 0.008).then(wrong_code).when(~not_coded_yet).then(right_code)
    other_code = one_of("kind", [code for code, _ in OTHER_KINDS])
    marker = pl.when(abuse).then(one_of("marked", ["yes"] * 9 + [None]))
    unmarked = pl.when(chance("unmarked") > 0.003).then(pl.lit("no"))
    count = pl.col("children") + (chance("one more") < 0.003).cast(pl.Int64)
    counted = pl.when(chance("not counted") > 0.004).then(count.cast(pl.String))
    living_there = pl.when(pl.col("children") > 0).then(pl.lit("yes"))
    answered = ~is_of_last_hours(24) | (chance("not answered yet") > 0.1)
    return events.select(
        incident_ref="ref",
        reported_at=wall(pl.col("reported")),
        closed_at=wall(pl.col("closed")),
        closure_codes=pl.when(is_closed).then(pl.when(abuse).then(abuse_code).otherwise(other_code)),
        incident_type=pl.when(abuse)
        .then(one_of("opened as", ["DOMESTIC"] * 9 + ["PUBLIC ORDER"]))
        .otherwise(one_of("kind", [kind for _, kind in OTHER_KINDS])),
        domestic_abuse=pl.when(abuse).then(marker).otherwise(unmarked),
        concern_types=some("concern", 0.04, one_of("which concern", ["neglect", "missing;exploitation", "physical"])),
        status=pl.when("again")
        .then(pl.lit("duplicate"))
        .when(chance("cancelled") < 0.003)
        .then(pl.lit("cancelled"))
        .when(is_closed)
        .then(one_of("status written", ["closed"] * 9 + [None]))
        .otherwise(pl.lit("open")),
        duplicate_of=pl.when("again").then(pl.format("INC-26-{}", pl.col("event") + 1_000_000)),
        risk_form_ref=pl.when(form).then(numbered("DASH-", "form", 10_000_000)),
        risk_form_at=wall(pl.when(form).then(known(pl.col("reported") + minutes(400 * chance("form at"))))),
        risk_level=pl.when(form).then(one_of("grade", ["standard"] * 6 + ["medium"] * 3 + ["high"])),
        reassessed_at=wall(
            pl.when(form & (chance("reassessed") < 0.1)).then(known(pl.col("reported") + minutes(pl.lit(900))))
        ),
        children_in_household=pl.when(form & answered).then(
            living_there.otherwise(one_of("none", ["no"] * 98 + ["unknown", None]))
        ),
        child_count=pl.when(form).then(counted),
        officer_id=numbered("PC-", "officer", 4_000),
        supervisor_id=numbered("SGT-", "supervisor", 400),
        team=one_of("team", TEAMS),
        district=one_of("district", DISTRICTS),
        victim_ref=some("victim", 0.8, numbered("PER-", "victim", 500_000, "household")),
        suspect_ref=some("suspect", 0.5, numbered("PER-", "suspect", 500_000, "household")),
        location_ref=numbered("LOC-", "place", 300_000, "household"),
        history_checked_at=wall(
            pl.when(chance("no history") > 0.01).then(known(pl.col("reported") + minutes(120 * chance("history"))))
        ),
    )


def children(events: pl.DataFrame) -> pl.DataFrame:
    """The children table, before its faults, with what the referrals and plans need to know; a person has one birth."""
    born = pl.lit(AS_OF.date()) - pl.duration(days=(chance("born", "child_ref") * 365 * 18.3).cast(pl.Int64))
    unborn = chance("unborn", "child_ref") < 0.004
    birthday = pl.when(~unborn & (chance("birth unknown", "child_ref") > 0.004)).then(born)
    each = events.filter(pl.col("children") > 0).with_columns(place=pl.int_ranges("children")).explode("place")
    each = each.with_columns(
        child_ref=pl.format("CH-{}", pl.col("household") * 4 + pl.col("place") + 1_000_000), incident="number"
    ).with_columns(number=pl.int_range(pl.len()))
    return each.with_columns(
        date_of_birth=day(birthday),
        unborn=pl.when(unborn).then(pl.lit("yes")).otherwise(one_of("not unborn", ["no", None])),
        role=one_of("role", ["child of victim", "lives there", "witness", None]),
        present=one_of("present", ["yes", "yes", "no", None]),
        school_ref=some("school", 0.7, numbered("SCH-", "school", 300, "child_ref")),
    )


def referrals(children: pl.DataFrame) -> pl.DataFrame:
    """The referrals table, before its faults: one form for all children in a third of the incidents, else one each.

    Of some there is a draft too. `arrived` is when the hub truly received it; often its own column is blank.
    """
    referred = pl.when("abuse").then(0.99).otherwise(0.6)
    for_all = chance("one form", "incident") < 0.35
    first = pl.col("place") == 0
    due = children.filter(
        pl.when(for_all).then(first & (chance("form", "incident") < referred)).otherwise(chance("form") < referred)
    )
    hours_late = pl.when(chance("form late") < 0.008).then(24 + 100 * chance("form how late")).otherwise(0)
    submitted = known(pl.col("reported") + minutes(60 + 1_200 * chance("form at") + 60 * hours_late))
    received = known(pl.col("submitted") + minutes(10 + 300 * chance("receipt")))
    unfinished = chance("unfinished") < pl.when(is_of_last_hours(24)).then(0.1).otherwise(0.004)
    forms = due.with_columns(submitted=pl.when(~unfinished).then(submitted))
    forms = forms.filter(pl.col("submitted").is_not_null() | unfinished).with_columns(
        arrived=pl.when(chance("lost on its way") > 0.002).then(received)
    )
    written = forms.select(
        referral_ref=pl.format("REF-{}", pl.col("incident") + 1_000_000),
        incident_ref="ref",
        child_ref=pl.when(~for_all).then("child_ref"),
        status=pl.when(pl.col("submitted").is_not_null())
        .then(one_of("status written", ["submitted", "submitted", None]))
        .otherwise(one_of("how unfinished", ["draft", "draft", "rejected", "withdrawn"])),
        submitted_at=wall(pl.col("submitted")),
        submitted_by=one_of("by", ["officer"] * 8 + ["cpso", "other"]),
        hub_received_at=wall(pl.when(chance("receipt noted") < 0.7).then("arrived")),
        arrived=wall(pl.col("arrived")),
    )
    nothing = pl.lit(None, pl.String)
    drafts = forms.filter(chance("drafted") < 0.02).select(
        referral_ref=pl.format("DRAFT-{}", pl.col("number") + 1_000_000),
        incident_ref="ref",
        child_ref=pl.when(chance("draft for one") < 0.5).then("child_ref"),
        status=pl.lit("draft"),
        submitted_at=nothing,
        submitted_by=nothing,
        hub_received_at=nothing,
        arrived=nothing,
    )
    return pl.concat([written, drafts])


def plans_and_flags(children: pl.DataFrame, count: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The local authority's list of about `count` plans, before its faults, and the flags put on the police record."""
    people = children.unique("child_ref", keep="first", maintain_order=True).select("child_ref")
    people = people.with_columns(number=pl.int_range(pl.len())).filter(chance("has a plan") < count / pl.len())
    days_ago = pl.when(chance("plan of today") < 0.02).then(0).otherwise(chance("plan from") * 700)
    started = pl.lit(AS_OF.date()) - pl.duration(days=days_ago.cast(pl.Int64))
    ended = pl.min_horizontal(started + pl.duration(days=30 + (chance("for") * 400).cast(pl.Int64)), AS_OF.date())
    plans = people.with_columns(
        plan=one_of("plan", ["CP", "CP", "CIN", "CIN", "CIN", "LAC"]),
        started=started,
        ended=pl.when(chance("plan ended") < 0.35).then(ended),
    )
    is_current, is_new = pl.col("ended").is_null(), pl.col("started") == AS_OF.date()
    of_current = pl.when(is_new).then(0.5).when(is_current).then(0.985)
    flagged = of_current.when(pl.col("plan") == "CP").then(0.95).otherwise(0.3)
    flags = plans.filter(chance("flagged") < flagged).with_columns(
        ended=pl.when(chance("flag outlives it") > 0.1).then("ended")
    )
    days = {"started_on": day(pl.col("started")), "ended_on": day(pl.col("ended"))}
    return (
        plans.select("child_ref", "plan", category=one_of("category", ["neglect", "emotional", None]), **days),
        flags.select("child_ref", flag="plan", **days),
    )


def with_faults(table: pl.DataFrame, rival: str, **faults: tuple[float | pl.Expr, str]) -> pl.DataFrame:
    """The table with wrong cells, with some rows repeated, and some repeated with another word in the column `rival`.

    `faults` says for a column in what share of its rows something else stands, and what.
    """
    table = table.with_columns(number=pl.int_range(pl.len()))
    repeats = table.filter(chance("repeated") < 0.0005)
    rivals = table.filter(chance("rival") < 0.0003).with_columns(pl.lit("other").alias(rival))
    wrong = {
        column: pl.when(chance(f"wrong {column}") < share).then(pl.lit(word)).otherwise(column)
        for column, (share, word) in faults.items()
    }
    return pl.concat([table.with_columns(**wrong), repeats, rivals]).drop("number")


def write(count: int, folder: Path) -> None:
    """Write both extracts of about `count` incidents into the folder."""
    happened = events(count)
    there = children(happened)
    plans, flags = plans_and_flags(there, count // 100)
    no_time, no_day = "25/13/2026 10:00", "2026-02-30"
    form_unread = pl.when(pl.col("submitted_at") > wall(pl.lit(AS_OF - timedelta(hours=24)))).then(0.1).otherwise(0.001)
    forms = with_faults(referrals(there), "submitted_by", submitted_at=(form_unread, no_time))
    tables = {
        "incidents": with_faults(
            incidents(happened),
            "team",
            reported_at=(0.005, no_time),
            closed_at=(0.001, no_time),
            child_count=(0.001, "two"),
        ),
        "children": with_faults(
            there.select(CHILDREN).rename({"ref": "incident_ref"}),
            "role",
            incident_ref=(0.001, "INC-25-7"),
            date_of_birth=(0.001, no_day),
        ),
        "referrals": forms.drop("arrived"),
        "plans": with_faults(plans, "category", started_on=(0.002, no_day)),
        "flags": with_faults(flags, "started_on", started_on=(0.002, no_day)),
    }
    others = {
        "notifications": with_faults(notifications(there), "outcome", notified_at=(0.001, no_time)),
        "missing_episodes": with_faults(missing_episodes(there, count // 50), "status", returned_at=(0.01, no_time)),
        "hub_receipts": with_faults(hub_receipts(forms), "outcome", received_at=(0.004, no_time)),
        "code_history": with_faults(code_history(tables["incidents"]), "old_codes", changed_at=(0.01, no_time)),
    }
    extract, whole = folder / "extract", folder / "whole"
    extract.mkdir(parents=True, exist_ok=True)
    whole.mkdir(exist_ok=True)
    for name, table in (tables | others).items():
        table.write_csv(whole / f"{name}.csv", quote_style="never")
        if name in tables:
            (extract / f"{name}.csv").unlink(missing_ok=True)
            os.link(whole / f"{name}.csv", extract / f"{name}.csv")
    covers = {"covers_from": (AS_OF - timedelta(days=366)).isoformat(), "extracted_at": AS_OF.isoformat()}
    (whole / "manifest.json").write_text(json.dumps(covers), "utf-8")


if __name__ == "__main__":
    write(int(sys.argv[1]), Path(sys.argv[2]))
