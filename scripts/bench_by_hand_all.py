"""The whole work by hand, as bench_by_hand.py does a part of it: `bench_by_hand_all.py EXTRACT FOLDER`.

All nine tables of an extract of bench_extract.py, split, and the verdicts of all 21 rules: for speed alone, too. Only
what can be in the scope of a rule is judged at all, the rest is counted. It shares no line with the checker.
"""

import sys
from pathlib import Path

import polars as pl
from bench_by_hand import (
    CARRIED,
    CHILD,
    OUTCOMES,
    REF,
    Table,
    by_then,
    domestic_abuse,
    not_among,
    read,
    split,
    time,
    too_old,
    write,
    yes_no,
)
from bench_by_hand_children import (
    Subjects,
    expected_children,
    is_draft,
    is_sent,
    may_have_a_rest,
    of_incident_children,
    of_referrals,
    of_sent_forms,
    with_forms,
)
from bench_by_hand_incidents import of_incidents
from bench_by_hand_people import latest_incidents, of_episodes, of_missing_children, of_people

RANKS = {"critical": 0, "high": 1, "medium": 2, "low": 3}
CONCERN = r"(?:^|;)(?:neglect|physical|sexual|emotional|exploitation)(?:;|$)"


def read_all(extract: Path) -> dict[str, Table]:
    """The nine tables of the extract, split."""
    tables = read(extract)
    incidents = tables["incidents"].accepted.select("incident_ref").collect().to_series()
    tables["notifications"] = split(
        extract / "notifications.csv",
        key=["notification_ref"],
        needed=["notification_ref", "incident_ref", "outcome"],
        cells={"notified_at": time("notified_at")},
        faults=too_old("notified_at") | not_among("outcome", ["sent", "failed", "not-applicable"]),
        incidents=incidents,
    )
    episode_times = ("reported_at", "returned_at", "coordinator_allocated_at", "return_interview_at")
    tables["missing_episodes"] = split(
        extract / "missing_episodes.csv",
        key=["episode_ref"],
        needed=["episode_ref", "child_ref", "reported_at"],
        cells={name: time(name) for name in episode_times} | {"cause_for_concern": yes_no("cause_for_concern")},
        faults=by_then("reported_at") | too_old(*episode_times) | not_among("status", ["open", "closed", "cancelled"]),
    )
    for table, reference, moment in (
        ("hub_receipts", "referral_ref", "received_at"),
        ("code_history", "incident_ref", "changed_at"),
    ):
        latest = by_then(moment) if table == "code_history" else {}
        tables[table] = split(
            extract / f"{table}.csv", [], [reference, moment], {moment: time(moment)}, latest | too_old(moment)
        )
    return tables


def judge_all(tables: dict[str, Table]) -> tuple[pl.DataFrame, dict[str, dict[str, int]]]:
    """The listed verdicts in the contract's order, and for each rule how many there are of each outcome."""
    counts, lines = {}, []
    for subjects in all_subjects(tables):
        of_rules = {rule_id: rule.outcome() for rule_id, rule in subjects.rules.items()}
        of_rules |= {f"{rule_id} due_at": rule.due_at for rule_id, rule in subjects.rules.items()}
        judged = subjects.frame.select("incident_ref", "child_ref", *CARRIED, **of_rules)
        lines += [rule.lines(judged, rule_id) for rule_id, rule in subjects.rules.items()]
        for rule_id in subjects.rules:
            found = dict(judged.group_by(rule_id).len().iter_rows())
            counts[rule_id] = {outcome: found.get(outcome, 0) for outcome in OUTCOMES}
            counts[rule_id]["out_of_scope"] += subjects.outside
            counts[rule_id]["pass"] += subjects.passed
    rank = pl.col("severity").replace_strict(RANKS)
    return pl.concat(lines).sort(rank, "rule_id", "incident_ref", CHILD.fill_null(""), "reported_at"), counts


def all_subjects(tables: dict[str, Table]) -> list[Subjects]:
    """The subjects of every rule."""
    closed = pl.when(pl.col("closed_at").is_not_null()).then(pl.lit("closed")).otherwise(pl.lit("open"))
    every = tables["incidents"].accepted.collect()
    every = every.with_columns(
        pl.coalesce("status", closed),
        abuse=domestic_abuse(),
        concern=pl.col("concern_types").str.contains(CONCERN).fill_null(value=False),
    )
    is_duplicate = pl.col("status") == "duplicate"
    duplicates = every.lazy().filter(is_duplicate).select("incident_ref", answered_by="duplicate_of").collect()
    named = every.lazy().filter(REF.is_in(duplicates["answered_by"].unique().implode()) & ~is_duplicate)
    answered = duplicates.join(named.select(answered_by="incident_ref").collect(), on="answered_by", how="semi")

    def owned(rows: pl.LazyFrame) -> pl.DataFrame:
        """The rows with the incident that answers for theirs."""
        rows = rows.join(answered.lazy(), on="incident_ref", how="left")
        return rows.with_columns(pl.coalesce("answered_by", REF)).collect()

    with_incident = ("children", "referrals", "notifications")
    own = {name: owned(tables[name].accepted) for name in with_incident}
    unread = {name: owned(tables[name].rejected.lazy()) for name in (*with_incident, "incidents")}
    # Few of all incidents are looked up by a row of another table: each table is joined to these alone.
    met = pl.concat([rows[column] for rows in own.values() for column in ("incident_ref", "answered_by")]).unique()
    met_ones = every.lazy().filter(REF.is_in(met.implode())).select("incident_ref", *CARRIED).collect()

    drafts = own["referrals"].filter(is_draft())
    to_judge = (pl.col("abuse") | pl.col("concern")).ne_missing(other=False) | may_have_a_rest()
    to_judge |= REF.is_in(drafts.filter(CHILD.is_null())["answered_by"].implode())
    incidents = every.filter(to_judge & ~REF.is_in(answered["incident_ref"].implode()))
    children, others = expected_children(own["children"], unread["children"], met_ones, incidents)
    covering = (
        own["referrals"].filter(is_sent()).join(met_ones.select(answered_by=REF, since="reported_at"), on="answered_by")
    )
    covering = covering.filter(pl.col("submitted_at") >= pl.col("since"))
    forms = with_forms(children, covering, unread["referrals"])
    episodes = tables["missing_episodes"]
    missing = pl.concat([episodes.accepted.collect()["child_ref"], episodes.rejected["child_ref"]]).unique()
    latest = latest_incidents(missing, own["children"], met_ones).with_columns(officer_id=pl.lit(None, pl.String))
    return [
        of_incidents(
            incidents, every.height - answered.height, children, own["children"], unread, tables["code_history"]
        ),
        of_incident_children(forms, others, own["notifications"], unread["notifications"]),
        of_people(own["children"], met_ones, tables),
        of_referrals(forms, drafts, own["referrals"].height, covering, unread["referrals"], met_ones),
        of_sent_forms(own["referrals"], met_ones, tables["hub_receipts"]),
        of_episodes(latest, own, unread["referrals"], episodes),
        of_missing_children(latest, episodes),
    ]


def main(extract: Path, folder: Path) -> None:
    """Write the rejected rows, the listed verdicts and all counts into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = read_all(extract)
    write(tables, *judge_all(tables), folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
