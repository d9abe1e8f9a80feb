"""The tables of bench_extract.py that the six first rules do without."""

import polars as pl
from bench_extract_chance import AS_OF, YEAR_MINUTES, chance, known, minutes, one_of, wall


def notifications(children: pl.DataFrame) -> pl.DataFrame:
    """A notification to the schools for nearly every domestic abuse incident with children."""
    told = children.filter(pl.col("abuse") & (pl.col("place") == 0) & (chance("told", "incident") < 0.99))
    return told.select(
        notification_ref=pl.format("OE-{}", pl.col("incident") + 1_000_000),
        incident_ref="ref",
        child_ref=pl.lit(None, pl.String),
        notified_at=wall(known(pl.col("reported") + minutes(20 + 60 * chance("told at")))),
        outcome=one_of("how told", ["sent"] * 99 + ["failed"]),
    )


def missing_episodes(children: pl.DataFrame, count: int) -> pl.DataFrame:
    """About `count` episodes of a fourth as many children: of some there are many, of most there are few."""
    among = children.unique("child_ref", keep="first", maintain_order=True)["child_ref"].head(count // 4 + 1)
    episodes = pl.DataFrame({"number": pl.int_range(count, eager=True)}).with_columns(
        child_ref=pl.lit(among).gather((chance("which child") ** 2 * among.len()).cast(pl.UInt32))
    )
    began = pl.lit(AS_OF) - minutes(YEAR_MINUTES * chance("missing") ** 1.5)
    back = known(began + minutes(30 + 2_000 * chance("back")))
    noted = chance("return noted") > 0.005
    is_coordinated = (chance("coordinator") < 0.95) & (chance("coordinated", "child_ref") < 0.8)
    closed_or_not = one_of("episode", ["closed"] * 9 + ["cancelled"])
    return episodes.select(
        episode_ref=pl.format("MIS-{}", pl.col("number") + 1_000_000),
        child_ref="child_ref",
        reported_at=wall(began),
        returned_at=wall(pl.when(noted).then(back)),
        status=pl.when(back.is_not_null()).then(closed_or_not).otherwise(pl.lit("open")),
        cause_for_concern=one_of("concern for a child", ["yes", "no", "no"]),
        coordinator_allocated_at=wall(pl.when(is_coordinated).then(known(began + minutes(600 * chance("allocated"))))),
        return_interview_at=wall(
            pl.when(noted & (chance("interview") < 0.95)).then(known(back + minutes(3_000 * chance("interviewed"))))
        ),
    )


def hub_receipts(forms: pl.DataFrame) -> pl.DataFrame:
    """What the hub says that it received, before its faults: nearly every form that did arrive."""
    received = forms.filter(pl.col("arrived").is_not_null()).unique("referral_ref", maintain_order=True)
    return (
        received.select("referral_ref", received_at="arrived", outcome=pl.lit("accepted"))
        .with_columns(number=pl.int_range(pl.len()))
        .filter(chance("receipt lost") < 0.99)
        .drop("number")
    )


def code_history(rows: pl.DataFrame) -> pl.DataFrame:
    """The changes of the closure codes of every fiftieth closed incident, before their faults.

    Mostly it is coded as it is closed; some were closed with another code, which was put right later.
    """
    closed = rows.filter(pl.col("closed_at").is_not_null() & (pl.col("closed_at") >= pl.col("reported_at")))
    coded = closed.gather_every(50).with_columns(number=pl.int_range(pl.len()))
    in_two_steps = chance("coded twice") < 0.1
    first = coded.select(
        "incident_ref",
        changed_at="closed_at",
        old_codes=pl.lit(None, pl.String),
        new_codes=pl.when(in_two_steps).then(pl.lit("DOM")).otherwise("closure_codes"),
    )
    moment = pl.col("closed_at").str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="us", strict=False)
    again = coded.filter(in_two_steps).select(
        "incident_ref",
        changed_at=known(moment + minutes(2_400 * chance("coded later"))).dt.to_string("%Y-%m-%dT%H:%M:%S"),
        old_codes=pl.lit("DOM"),
        new_codes="closure_codes",
    )
    return pl.concat([first, again])
