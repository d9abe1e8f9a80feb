"""No bytes, however broken, end in anything but an error that a user can act on, and none is read as another table."""

import io
import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from checker.config import SourceConfig
from checker.errors import CheckerError
from checker.models import Extract
from checker.sources import read_extract
from tests.sources.reading import COLUMNS, REQUIRED

HEADER = b"incident_ref,reported_at,team\n"
BITS = st.sampled_from(
    [b'"', b",", b";", b"\r", b"\n", b"\t", b" ", b"x", b"\xe9", b"\xef\xbb\xbf", b"\xff\xfe", b"\0"]
)
BYTES = st.one_of(st.binary(max_size=60), st.lists(BITS, max_size=40).map(b"".join))


def book() -> bytes:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "incidents"
    sheet.append(["incident_ref", "reported_at"])
    for number in range(300):
        sheet.append([f"INC{number}", f"2026-11-{number % 28 + 1:02d}"])
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def parquet() -> bytes:
    out = io.BytesIO()
    pl.DataFrame({"incident_ref": ["I1", "I2"], "reported_at": ["x", "y"]}).write_parquet(out)
    return out.getvalue()


BOOK, PARQUET = book(), parquet()


def read_or_refuse(name: str, content: bytes) -> Extract | None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "children.csv").write_bytes(b"incident_ref,child_ref\n")
        (folder / "referrals.csv").write_bytes(b"referral_ref,incident_ref\n")
        if not name.startswith("incidents"):
            (folder / "incidents.csv").write_bytes(HEADER)
        (folder / name).write_bytes(content)
        try:
            return read_extract(folder, SourceConfig(), COLUMNS, REQUIRED)
        except CheckerError as refusal:
            message = str(refusal)
    assert "\n" not in message
    assert name in message
    return None


@settings(deadline=None)
@given(st.sampled_from(["incidents.csv", "incidents.xlsx", "incidents.parquet", "manifest.json"]), BYTES)
def test_garbage_is_read_or_refused_in_one_line(name: str, content: bytes) -> None:
    read_or_refuse(name, content)


@settings(deadline=None)
@given(BYTES)
def test_garbage_under_a_good_header_loses_no_line(content: bytes) -> None:
    extract = read_or_refuse("incidents.csv", HEADER + content)
    if extract is None or b'"' in content:
        return
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = content.decode("windows-1252")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert extract.tables["incidents"].rows_read == sum(1 for line in lines if "," in line or line.strip())


@settings(deadline=None)
@given(st.integers(0, len(BOOK) - 1), st.integers(0, 7))
def test_a_damaged_workbook_is_refused_or_reads_as_it_was(position: int, bit: int) -> None:
    damaged = bytearray(BOOK)
    damaged[position] ^= 1 << bit
    extract = read_or_refuse("incidents.xlsx", bytes(damaged))
    if extract is not None:
        assert extract.tables["incidents"].rows["incident_ref"].to_list() == [f"INC{number}" for number in range(300)]


@settings(deadline=None)
@given(st.data())
@pytest.mark.parametrize(("name", "whole"), [("incidents.xlsx", BOOK), ("incidents.parquet", PARQUET)])
def test_a_truncated_file_is_refused(name: str, whole: bytes, data: st.DataObject) -> None:
    assert read_or_refuse(name, whole[: data.draw(st.integers(0, len(whole) - 1))]) is None
