"""The plans, flags and missing episodes of children, by hand: see bench_by_hand_all.py."""

from datetime import timedelta

import polars as pl
from bench_by_hand import AS_OF, CHILD, DAY, KINDS, TODAY, Rule, Table, day_after, flag_rules, known
from bench_by_hand_children import PAIR, Subjects, is_sent
from bench_by_hand_incidents import COVERED_FROM, QUARTER

FLAG_ENDS_AFTER = 28  # days


def latest_incidents(people: pl.Series, listed: pl.DataFrame, met: pl.DataFrame) -> pl.DataFrame:
    """The latest incident of each of these people who has one."""
    seen = listed.select("child_ref", "incident_ref").filter(CHILD.is_in(people.implode()))
    seen = seen.join(met, on="incident_ref", how="left")
    return seen.sort("reported_at", "incident_ref").unique("child_ref", keep="last", maintain_order=True)


def of_people(listed: pl.DataFrame, met: pl.DataFrame, tables: dict[str, Table]) -> Subjects:
    """Each child_ref that a plan or a flag bears, with its latest incident."""
    begun, end = pl.col("started_on") <= TODAY, pl.col("ended_on")
    current = begun & (end.is_null() | (end >= TODAY))
    plans, flags = (tables[name].accepted for name in ("plans", "flags"))
    of_kind = {kind: pl.col("plan") == kind for kind in KINDS}
    from_ = (
        pl.col("started_on").filter(current & own).min().alias(f"{kind} plan from") for kind, own in of_kind.items()
    )
    to = (end.filter((end < TODAY) & own).max().alias(f"{kind} plan to") for kind, own in of_kind.items())
    flagged = ((current & (pl.col("flag") == kind)).any().alias(f"{kind} flag") for kind in KINDS)
    ever = (begun & (pl.col("flag") == "CP")).any().alias("CP flag ever")
    frames = [plans.group_by("child_ref").agg(*from_, *to), flags.group_by("child_ref").agg(*flagged, ever)]
    frames += [
        tables[name].rejected.lazy().select("child_ref", pl.lit(value=True).alias(f"unread {name}")).unique()
        for name in ("plans", "flags")
    ]
    told = pl.collect_all(frames)
    people = latest_incidents(pl.concat([frame["child_ref"] for frame in told]).unique(), listed, met)
    for frame in told:
        people = people.join(frame, on="child_ref", how="left")
    return Subjects(people, flag_rules() | flag_end_rule(), listed["child_ref"].n_unique() - people.height)


def flag_end_rule() -> dict[str, Rule]:
    """The rule about a flag that outlives its plan."""
    flag = {kind: known(pl.col(f"{kind} flag"), "flags") for kind in KINDS}
    plan = {kind: known(pl.col(f"{kind} plan from").is_not_null(), "plans") for kind in KINDS}
    gone = TODAY - timedelta(days=FLAG_ENDS_AFTER)
    outlived = {
        kind: flag[kind]
        & pl.when(plan[kind].is_not_null()).then(
            ~plan[kind] & (pl.col(f"{kind} plan to") < gone).fill_null(value=False)
        )
        for kind in KINDS
    }
    last_days = (pl.when(outlived[kind]).then(f"{kind} plan to") for kind in KINDS)
    due = day_after(pl.min_horizontal(last_days) + timedelta(days=FLAG_ENDS_AFTER - 1))
    return {"FLG004": Rule("low", pl.any_horizontal(flag.values()), pl.any_horizontal(outlived.values()), due)}


def of_episodes(latest: pl.DataFrame, own: dict[str, pl.DataFrame], unread: pl.DataFrame, episodes: Table) -> Subjects:
    """The missing episodes: whether somebody acted on a cause for concern, and heard the child on its return."""
    rows = episodes.accepted.collect()
    allocated = (pl.col("coordinator_allocated_at") <= pl.col("reported_at") + DAY).fill_null(value=False)
    people = rows.filter(pl.col("cause_for_concern") & ~allocated)["child_ref"].unique()
    sent = of_each(own["referrals"].filter(is_sent()), own["children"], people, "submitted_at")
    unsure = of_each(unread, own["children"], people)
    rows = rows.sort("reported_at").join_asof(
        sent.sort("submitted_at"),
        left_on="reported_at",
        right_on="submitted_at",
        by="child_ref",
        strategy="forward",
        check_sortedness=False,
    )
    acted = allocated | (pl.col("submitted_at") <= pl.col("reported_at") + DAY).fill_null(value=False)
    acted = pl.when(acted).then(statement=True).when(~CHILD.is_in(unsure["child_ref"].implode())).then(statement=False)
    is_back = pl.when(pl.col("returned_at").is_not_null()).then(statement=True)
    returned = is_back.when(pl.col("status").ne_missing("closed")).then(statement=False)
    rules = {
        "MIS002": Rule("high", pl.col("cause_for_concern"), ~acted, pl.col("reported_at") + DAY),
        "MIS003": Rule("medium", returned, pl.col("return_interview_at").is_null(), pl.col("returned_at") + 3 * DAY),
    }
    return Subjects(rows.join(latest.drop("reported_at"), on="child_ref", how="left"), rules)


def of_each(forms: pl.DataFrame, listed: pl.DataFrame, people: pl.Series, *columns: str) -> pl.DataFrame:
    """The forms for some people: one without a child_ref is for each child of its incident."""
    own = forms.filter(CHILD.is_in(people.implode())).select("child_ref", *columns)
    theirs = listed.filter(CHILD.is_in(people.implode())).select(PAIR).unique()
    for_all = forms.filter(CHILD.is_null() & pl.col("answered_by").is_in(theirs["answered_by"].implode()))
    return pl.concat([own, for_all.drop("child_ref").join(theirs, on="answered_by").select("child_ref", *columns)])


def of_missing_children(latest: pl.DataFrame, episodes: Table) -> Subjects:
    """The children of the missing episodes: whether one was the third in 90 days, and was met with a coordinator."""
    back, at, place = QUARTER, pl.col("reported_at"), pl.int_range(pl.len())
    rows, unread = episodes.accepted.collect(), episodes.rejected.filter(CHILD.is_not_null())
    counted = rows.filter(pl.col("status").ne_missing("cancelled")).sort("child_ref", "reported_at", "episode_ref")
    third = (CHILD.shift(2) == CHILD) & (at.shift(2) >= at - back)
    counted = counted.with_columns(third=third.fill_null(value=False), place=place)
    ends = counted.group_by("child_ref").agg(
        episodes=pl.len(),
        last=at.max(),
        third=pl.col("third").any(),
        end=pl.coalesce(pl.col("place").filter("third").max(), pl.col("place").max()),
    )
    ends = ends.with_columns(end_at=counted["reported_at"].gather(ends["end"]))
    within = counted.drop("third").join(ends, on="child_ref", how="left", maintain_order="left")
    within = within.filter((pl.col("place") <= pl.col("end")) & (at >= pl.col("end_at") - back))
    windows = within.group_by("child_ref", maintain_order=True).agg(
        third_at=pl.when(pl.col("third").first()).then(at.get(2, null_on_oob=True)),
        allocated=pl.col("coordinator_allocated_at").min().is_not_null(),
    )
    is_other = ~pl.col("episode_ref").is_in(rows["episode_ref"].implode())
    unknown = unread.group_by("child_ref").agg(
        unread=pl.len(), others=pl.col("episode_ref").filter(is_other).n_unique()
    )
    every = pl.concat(
        [rows.select("child_ref", "reported_at"), unread.select("child_ref", reported_at=None)], how="vertical_relaxed"
    )
    children = every.group_by("child_ref").agg(latest=at.max())
    for frame in (ends, windows, unknown, latest.drop("reported_at")):
        children = children.join(frame, on="child_ref", how="left")
    others, number = pl.col("others").fill_null(0), pl.col("episodes").fill_null(0)
    perhaps = (others > 0) & (number + others >= 3)
    covered = pl.col("last").fill_null(AS_OF) - back >= COVERED_FROM
    is_third = (
        pl.when((number == 0) & (others == 0))
        .then(statement=False)
        .when("third")
        .then(statement=True)
        .when(~perhaps & covered)
        .then(statement=False)
    )
    allocated = pl.when(pl.col("allocated")).then(statement=True).when(pl.col("unread").is_null()).then(statement=False)
    due = pl.coalesce("third_at", "last") + DAY
    reported = pl.coalesce("third_at", "last", "latest", pl.lit(AS_OF))
    return Subjects(children.with_columns(reported_at=reported), {"MIS001": Rule("high", is_third, ~allocated, due)})
