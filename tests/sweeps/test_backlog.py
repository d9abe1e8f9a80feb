"""The sweep of the sample's backlog, as in the README, held against what its scenarios have planted."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from tests.command import ROOT, Done, checker

BACKLOG = ROOT / "sample_data" / "backlog-580"
NAME = "backlog 2017"
COMMAND = ["--reported", "2017-08-01..2017-11-30", "--risk", "standard", "--sample", "65", "--seed", "7"]


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    """The folder in which the commands are typed, with the sweep in its folder `out`, and what it said."""
    folder = tmp_path_factory.mktemp("sweep")
    done = checker(
        "sweep", BACKLOG, "--name", NAME, "--reason", "an inspection", *COMMAND, "--out", "out", folder=folder
    )
    assert (done.code, done.err) == (0, "")
    return folder, done


def planted(file: str) -> list[dict[str, str]]:
    return list(csv.DictReader((BACKLOG / file).read_text("utf-8").splitlines()))


def read(folder: Path, file: str) -> pl.DataFrame:
    return pl.read_parquet(folder / "out" / f"{file}.parquet")


def test_the_verdicts_are_those_planted(swept: tuple[Path, Done]) -> None:
    listed = read(swept[0], "findings").select("rule_id", "outcome", "incident_ref", "child_ref").fill_null("").rows()
    assert Counter(listed) == Counter(tuple(row.values()) for row in planted("expected.csv"))


def test_what_has_happened_since_is_as_planted(swept: tuple[Path, Done]) -> None:
    """Of each child without a form for the incident: referred later, on a plan, met again, or still unseen."""
    children = read(swept[0], "children").filter(pl.col("since") != "referred for this incident")
    told = children.select("incident_ref", pl.col("child_ref").fill_null(""), "since").rows()
    assert sorted(told) == sorted(tuple(row.values()) for row in planted("expected_since.csv"))


def test_every_incident_of_the_extract_is_selected_or_left_out_for_a_reason(swept: tuple[Path, Done]) -> None:
    folder, done = swept
    incidents = {row["incident_ref"]: row for row in planted("incidents.csv")}
    excluded = dict(pl.read_csv(folder / "out" / "excluded.csv").iter_rows())
    chosen = read(folder, "order").get_column("incident_ref").to_list()
    assert sorted([*chosen, *excluded]) == sorted(incidents)
    masters = {ref for ref, row in incidents.items() if row["status"] != "duplicate"}
    answered_for = {ref for ref, row in incidents.items() if ref not in masters and row["duplicate_of"] in masters}
    assert excluded == dict.fromkeys(answered_for, "a duplicate: another incident answers for it")
    assert f"Swept {len(chosen)} incidents as of 15/12/2017 09:00 GMT" in done.out
    record = json.loads((folder / "out" / "run.json").read_text("utf-8"))
    assert (record["kind"], record["reason"], record["sweep"]["population"]) == ("sweep", "an inspection", len(chosen))


def test_a_score_is_the_sum_of_its_parts_and_sets_the_order(swept: tuple[Path, Done]) -> None:
    """Each part is its count, five at most, times its weight in rules/policy.toml: worked out from the row alone."""
    weights = {
        "unreferred_children": 30,
        "referred_later_children": 10,
        "current_plan_children": 15,
        "previous_plan_children": 8,
        "several_children": 5,
        "young_children": 10,
        "incidents_before": 3,
        "incidents_since": 5,
        "risk_raised_later": 20,
        "missing_episodes": 5,
        "no_risk_form": 10,
    }
    rows = read(swept[0], "order").to_dicts()
    for row in rows:
        points = {part: min(row[part] or 0, 5) * weight for part, weight in weights.items()}
        assert {part: row[f"{part}_points"] or 0 for part in weights} == points
        assert row["score"] == sum(points.values())
    assert [row["place"] for row in rows] == list(range(1, len(rows) + 1))
    in_order = sorted(rows, key=lambda row: (-row["score"], row["reported_at"], row["incident_ref"]))
    assert [row["incident_ref"] for row in in_order] == [row["incident_ref"] for row in rows]
    assert {row["missing_episodes"] for row in rows} == {None}  # that table is not in the extract


def test_the_verdict_of_an_incident_is_the_gravest_of_its_lines(swept: tuple[Path, Done]) -> None:
    """A child who was met last in a duplicate has the line of a flag there: it belongs to the master."""
    masters = {row["incident_ref"]: row["duplicate_of"] or row["incident_ref"] for row in planted("incidents.csv")}
    lines = Counter((masters[row["incident_ref"]], row["outcome"]) for row in planted("expected.csv"))
    for row in read(swept[0], "order").to_dicts():
        ref = row["incident_ref"]
        counts = lines[ref, "finding"], lines[ref, "undetermined"]
        assert (row["findings"], row["undetermined"]) == counts
        assert row["verdict"] == ("finding" if counts[0] else "undetermined" if counts[1] else "pass")


def test_exposure_is_in_whole_days_since_the_first_finding_was_due(swept: tuple[Path, Done]) -> None:
    """A form was due 24 hours after the report; as of 15 December 2017, 09:00 that many days have gone by."""
    missed = [row for row in planted("expected.csv") if (row["rule_id"], row["outcome"]) == ("REF001", "finding")]
    order = {row["incident_ref"]: row for row in read(swept[0], "order").to_dicts()}
    as_of = pl.Series(["2017-12-15T09:00:00Z"]).str.to_datetime(time_zone="UTC").item()
    assert missed
    for row in missed:
        of = order[row["incident_ref"]]
        assert of["exposure_days"] >= (as_of - of["reported_at"]).days - 1


def test_the_sample_holds_incidents_that_passed_and_its_workbooks_say_nothing_of_it(swept: tuple[Path, Done]) -> None:
    folder, _ = swept
    order = read(folder, "order")
    again = checker("sweep", "status", NAME, "--json", folder=folder)
    (sample,) = json.loads(again.out)["samples"]
    assert (sample["reviewed"], sample["whole"]) == (0, None)
    for reviewer in (1, 2):
        cells = pl.read_excel(
            folder / "out" / f"sample_1_reviewer_{reviewer}.xlsx", sheet_id=2, has_header=False, drop_empty_rows=False
        )
        texts = {text for column in cells for text in column.cast(pl.String).drop_nulls()}
        there = order.filter(pl.col("incident_ref").is_in(list(texts)))
        assert there.height == 65
        assert "pass" in there.get_column("verdict").to_list()
        assert not texts & {"pass", "finding", "undetermined", "Pass", "Finding"}


def test_a_district_that_nobody_has_heard_of_is_refused_in_one_line(tmp_path: Path) -> None:
    arguments = ["sweep", BACKLOG, "--name", "x", "--reason", "y", "--district", "Exampleshire Nroth"]
    done = checker(*arguments, folder=tmp_path)
    hint = "did you mean 'Exampleshire North'?"
    assert (done.code, done.out) == (2, "")
    assert done.err == f"checker: --district: no incident of the extract is of 'Exampleshire Nroth'; {hint}\n"
