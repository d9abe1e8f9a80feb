"""The manifest: what the force says that it exported must be what was read."""

import hashlib
import json
from pathlib import Path

import pytest

from tests.sources.reading import Read, fault_of


def write_manifest(folder: Path, content: object) -> None:
    (folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8-sig")


def digest_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_manifest_that_matches_is_passed_on(folder: Path, read: Read) -> None:
    listed = {"incidents": {"rows": 2, "sha256": digest_of(folder / "incidents.csv").upper()}, "children": {"rows": 1}}
    write_manifest(
        folder,
        {
            "extracted_at": "2026-11-22T02:00:00",
            "covers_from": "2026-11-15",
            "covers_to": "2026-11-22",
            "tables": listed,
        },
    )
    extract = read()
    assert (extract.extracted_at, extract.covers_from, extract.covers_to) == (
        "2026-11-22T02:00:00", "2026-11-15", "2026-11-22",
    )  # fmt: skip
    assert extract.unused_files == ()


def test_without_a_manifest_nothing_is_claimed(read: Read) -> None:
    extract = read()
    assert (extract.extracted_at, extract.covers_from, extract.covers_to) == (None, None, None)


def test_the_name_of_the_manifest_is_matched_without_case(folder: Path, read: Read) -> None:
    (folder / "Manifest.JSON").write_text('{"tables": {"incidents": {"rows": 3}}}', encoding="utf-8")
    assert "incidents.csv: has 2 rows" in fault_of(read)


def test_ragged_lines_are_counted_and_blank_ones_are_not(folder: Path, read: Read) -> None:
    (folder / "incidents.csv").write_bytes(b"incident_ref,reported_at\nI1,x\n\nI2\n")
    write_manifest(folder, {"tables": {"incidents": {"rows": 2}}})
    assert read().tables["incidents"].rows_read == 2


@pytest.mark.parametrize("rows", [1, 3, 0])
def test_another_number_of_rows_is_refused_with_both_numbers(folder: Path, read: Read, rows: int) -> None:
    write_manifest(folder, {"tables": {"incidents": {"rows": rows}}})
    assert fault_of(read) == f"incidents.csv: has 2 rows, manifest.json says {rows}; export the extract again"


def test_another_digest_is_refused_with_both_shortened(folder: Path, read: Read) -> None:
    write_manifest(folder, {"tables": {"children": {"sha256": "0123456789abcdef" * 4}}})
    found = digest_of(folder / "children.csv")[:12]
    assert fault_of(read) == (
        f"children.csv: has the digest {found}…, manifest.json says 0123456789ab…; export the extract again"
    )


@pytest.mark.parametrize("name", ["plans", "planes"])
def test_a_listed_table_without_a_file_is_refused(folder: Path, read: Read, name: str) -> None:
    write_manifest(folder, {"tables": {name: {"rows": 0}}})
    assert fault_of(read) == f"manifest.json: lists table '{name}', which has no file; export the extract again"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe{}",
        b'{"tables": {"incidents": {"rows": "2"}}}',
        b'{"tables": {"incidents": {"rows": -1}}}',
        b'{"extracted_at": 20261122}',
        b'{"tables": [1]}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_manifest_is_refused(folder: Path, read: Read, content: bytes) -> None:
    (folder / "manifest.json").write_bytes(content)
    message = fault_of(read)
    assert message.startswith("manifest.json: ")
    assert message.endswith("; export the extract again")
