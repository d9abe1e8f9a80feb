"""A changed pack or policy is tried before anyone adopts it: which findings would appear, disappear or change."""

from pathlib import Path
from shutil import copytree

import polars as pl
import pytest

from checker.config import Config
from checker.errors import ConfigError, ReportError
from checker.pipeline.difference import Difference, run_difference, write_difference
from checker.pipeline.order import Order
from tests.command import AS_OF, ROOT, checker, small_extract

RULES = ROOT / "rules"


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    """I2 has no search code (CLO001) and no form for its child C2 (REF001); all else passes."""
    return small_extract(tmp_path / "extract")


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return copytree(RULES, tmp_path / "rules")


def compared(old: Path, new: Path, extract: Path, config: Config | None = None) -> Difference:
    return run_difference(old, new, Order(extract, AS_OF, config or Config(), None))


def told(difference: Difference) -> list[tuple[str, ...]]:
    """What differs of the two rules that these tests are about."""
    of_them = difference.lines.filter(pl.col("rule_id").is_in(["CLO001", "REF001"]))
    return of_them.select("kind", "rule_id", "incident_ref", "child_ref", "was", "now").rows()


def settings(tmp_path: Path, name: str, text: str) -> Path:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return file


def test_the_same_rules_make_no_difference(extract: Path, pack: Path) -> None:
    difference = compared(RULES, pack, extract)
    assert difference.lines.is_empty()
    assert {name: difference.old.lines(name) for name in ("CLO001", "REF001", "CLO002")} == {
        "CLO001": 1,
        "REF001": 1,
        "CLO002": 0,
    }


def test_another_policy_shows_what_appears_and_what_comes_out_otherwise(extract: Path, tmp_path: Path) -> None:
    old = settings(tmp_path, "old.toml", "")
    new = settings(tmp_path, "new.toml", '[policy]\nsearch_code = "QL24"\nreferral_due_hours = 72\n')
    difference = compared(old, new, extract)
    assert told(difference) == [
        ("appears", "CLO001", "I1", None, "pass", "finding"),
        ("changes", "REF001", "I2", "C2", "finding", "not_due"),
    ]
    kinds = ("appears", "disappears", "changes")
    assert [difference.count(kind, "CLO001") for kind in kinds] == [1, 0, 0]
    assert [difference.count(kind, "REF001") for kind in kinds] == [0, 0, 1]
    assert told(compared(new, old, extract)) == [
        ("disappears", "CLO001", "I1", None, "finding", "pass"),
        ("changes", "REF001", "I2", "C2", "not_due", "finding"),
    ]


def test_a_rule_that_is_gone_or_not_in_force_is_not_taken_for_one_that_passes(extract: Path, pack: Path) -> None:
    (pack / "closure" / "CLO001.toml").unlink()
    file = pack / "referral" / "REF001.toml"
    text = file.read_text("utf-8")
    assert text.count("effective_from = 1900-01-01") == 1
    file.write_text(text.replace("effective_from = 1900-01-01", "effective_from = 2026-11-23"), "utf-8")
    difference = compared(RULES, pack, extract)
    assert told(difference) == [
        ("disappears", "CLO001", "I2", None, "finding", "no such rule"),
        ("disappears", "REF001", "I2", "C2", "finding", "not run"),
    ]
    assert (difference.new.lines("CLO001"), difference.new.lines("REF001")) == (None, None)
    assert "CLO001" in difference.rule_ids


def test_a_folder_of_rules_counts_with_the_policy_of_the_force(extract: Path, tmp_path: Path) -> None:
    new = settings(tmp_path, "new.toml", "")
    difference = compared(RULES, new, extract, Config(policy={"search_code": "DOM"}))
    assert told(difference) == [  # under the force's own policy I2 passes and I1 does not
        ("disappears", "CLO001", "I1", None, "finding", "pass"),
        ("appears", "CLO001", "I2", None, "pass", "finding"),
    ]


def test_the_lines_are_written_as_csv(extract: Path, tmp_path: Path) -> None:
    new = settings(tmp_path, "new.toml", "policy.referral_due_hours = 72\n")
    difference = compared(RULES, new, extract)
    write_difference(difference, tmp_path / "lines.csv")
    header, line = (tmp_path / "lines.csv").read_text("utf-8").splitlines()
    assert header == "rule_id,incident_ref,child_ref,was,is,finding_id"
    assert line.startswith("REF001,I2,C2,finding,not_due,REF001-")
    with pytest.raises(ReportError, match=r"nowhere.lines\.csv: cannot be written"):
        write_difference(difference, tmp_path / "nowhere" / "lines.csv")


def test_a_place_that_holds_no_rules_is_named(extract: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere: no such folder of rules and no such checker\.toml"):
        compared(RULES, tmp_path / "nowhere", extract)


def test_the_command_shows_counts_by_rule_and_the_lines_and_stores_nothing(extract: Path, tmp_path: Path) -> None:
    old = settings(tmp_path, "old.toml", 'store.url = "sqlite:///old.db"\n')
    new = settings(tmp_path, "new.toml", "policy.referral_due_hours = 72\n")
    asked = ("rules", "diff", old, new, extract, "--as-of", AS_OF)
    before = sorted(tmp_path.rglob("*"))
    done = checker(*asked, folder=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert sorted(tmp_path.rglob("*")) == before
    said = [line.split() for line in done.out.splitlines()]
    assert ["REF001", "da", "child", "without", "referral", "1", "0", "0", "1", "1"] in said
    assert ["REF001", "I2", "C2", "finding", "not_due"] in said
    assert "Policy referral_due_hours: was 24.0, is 72.0" in done.out.splitlines()

    written = checker(*asked, "--out", tmp_path / "lines.csv", folder=tmp_path)
    assert written.out.splitlines()[-1] == f"All of them: {tmp_path / 'lines.csv'}"
    assert len((tmp_path / "lines.csv").read_text("utf-8").splitlines()) == 2


def test_only_the_first_lines_are_shown_and_the_rest_counted(tmp_path: Path) -> None:
    incidents = "incident_ref,reported_at,closed_at,closure_codes,domestic_abuse\n" + "".join(
        f"I{number:02},2026-11-20T10:00,2026-11-20T12:00,QL23,yes\n" for number in range(23)
    )
    extract = small_extract(tmp_path / "extract", incidents=incidents)
    new = settings(tmp_path, "new.toml", 'policy.search_code = "QL24"\n')
    out = checker("rules", "diff", RULES, new, extract, "--as-of", AS_OF, folder=tmp_path).out
    shown = [line.split()[1] for line in out.splitlines() if line.endswith("finding")]
    assert shown == [f"I{number:02}" for number in range(20)]
    assert out.endswith("and 3 more; give --out FILE.csv for all\n")
