"""A finding id is the same for ever: the literal ids here stand in stores, in workbooks and in case records."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.config import Config
from checker.facts import SUBJECTS
from checker.finding_ids import finding_ids, rule_ids_in, split, subject_ids, subject_ids_in
from checker.models import Run
from checker.pipeline.order import Order
from checker.pipeline.run import run_check

SAMPLES = Path(__file__).parents[1] / "sample_data"

# Of findings of the sample extracts: the sample, the id, the kind of subject, its key, and whose line it is.
KNOWN = (
    ("nightly", "CLO001-2c1caa451d02131f", "incident", {"incident_ref": "INC-26-48262"}, ("INC-26-48262", None)),
    (
        *("nightly", "REF001-09592b0b51a0551c", "incident_child"),
        {"incident_ref": "INC-26-48212", "child_ref": "CH-525303"},
        ("INC-26-48212", "CH-525303"),
    ),
    (
        *("nightly", "REF001-999b44e5a2e2ce49", "incident_child"),  # the children of the incident without a name
        {"incident_ref": "INC-26-48482", "child_ref": None},
        ("INC-26-48482", None),
    ),
    ("nightly", "FLG001-cd16eedd9537dbcd", "child", {"child_ref": "CH-457209"}, ("INC-26-48264", "CH-457209")),
    (
        *("nightly", "REF004-61b1b598688af999", "referral"),
        {"referral_ref": "REF-865040", "child_ref": "CH-237723"},
        ("INC-26-48289", "CH-237723"),
    ),
    (
        *("backlog-580", "REF004-b83f4b901f266fbf", "referral"),  # a form that names no child
        {"referral_ref": "REF-482409", "child_ref": None},
        ("INC-17-31273", None),
    ),
    ("nightly", "MIS001-a457e08773dff31e", "missing_child", {"child_ref": "CH-340267"}, (None, "CH-340267")),
    ("nightly", "MIS002-62ecafb94d4e0574", "missing_episode", {"episode_ref": "MIS-516864"}, (None, "CH-340267")),
    ("messy", "CLO001-cf226c6a53e142e4", "incident", {"incident_ref": "0412"}, ("0412", None)),
)


@pytest.fixture(scope="module")
def runs() -> dict[str, Run]:
    """The run over each sample from which an id is known."""
    return {name: run_check(Order(SAMPLES / name, None, Config(), None)) for name in {known[0] for known in KNOWN}}


@pytest.mark.parametrize(("sample", "finding_id", "subject", "key", "line"), KNOWN)
def test_a_finding_of_a_sample_has_the_id_that_it_always_had(
    runs: dict[str, Run],
    sample: str,
    finding_id: str,
    subject: str,
    key: dict[str, str | None],
    line: tuple[str | None, str | None],
) -> None:
    found = runs[sample].findings.filter(finding_id=finding_id)
    assert found.select("rule_id", "incident_ref", "child_ref").rows() == [(finding_id[:6], *line)]
    assert SUBJECTS[subject].key == tuple(key)
    ids = subject_ids(pl.DataFrame(key, schema=dict.fromkeys(key, pl.String)))
    assert [f"{finding_id[:6]}-{each}" for each in ids] == [finding_id]


def test_an_id_is_known_for_every_kind_of_subject() -> None:
    assert {subject for _, _, subject, _, _ in KNOWN} == set(SUBJECTS)


def test_signs_that_json_escapes_give_the_id_that_they_always_gave() -> None:
    odd = 'Straße "7"\n\N{GRINNING FACE}\x7f\N{LINE SEPARATOR}\\/'
    assert subject_ids(pl.DataFrame({"incident_ref": [odd]})).to_list() == ["cf4b954dd61082f6"]


def test_a_blank_child_is_not_an_unnamed_one() -> None:
    keys = pl.DataFrame({"incident_ref": ["I1", "I1"], "child_ref": [None, ""]})
    assert subject_ids(keys).to_list() == ["0563c2da3b855f6d", "7e1a867b2cbf2228"]


@given(st.lists(st.tuples(st.text(), st.none() | st.text())))
def test_an_id_is_the_digest_of_names_and_values_in_json(rows: list[tuple[str, str | None]]) -> None:
    names = ["incident_ref", "child_ref"]
    written = [json.dumps([names, list(row)], ensure_ascii=True) for row in rows]
    ids = subject_ids(pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row"))
    assert (ids.name, ids.dtype) == ("subject_id", pl.String)
    assert ids.to_list() == [sha256(text.encode()).hexdigest()[:16] for text in written]


def test_an_id_is_put_together_and_taken_apart() -> None:
    parts = pl.DataFrame({"rule": ["REF001", "FLG004"], "subject": ["09592b0b51a0551c", "cd16eedd9537dbcd"]})
    ids = parts.select(finding_ids(pl.col("rule"), pl.col("subject")))
    assert ids.to_dict(as_series=False) == {"finding_id": ["REF001-09592b0b51a0551c", "FLG004-cd16eedd9537dbcd"]}
    apart = ids.select(rule=rule_ids_in(pl.col("finding_id")), subject=subject_ids_in(pl.col("finding_id")))
    assert apart.equals(parts)
    assert split("REF001-09592b0b51a0551c") == ("REF001", "09592b0b51a0551c")
    assert split("REF001") == ("REF001", "")
