"""Text stays what it was, whatever Excel would rather make of it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.report.styles import Look
from checker.report.text import CUT_MARK, MAX_CELL_LENGTH, clean, lines_needed, needs_quote, pixels, width_needed

PLAIN = Look()


@pytest.mark.parametrize("text", ["=1+1", "#N/A", "00123", "  in  ", "a\tb\nc\r\nd", "é😀", "", "\x7f\x85"])
def test_what_a_cell_can_hold_is_not_altered(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize("code", [0x0, 0x8, 0xB, 0xC, 0xE, 0x1F, 0xD800, 0xDFFF, 0xFFFE, 0xFFFF])
def test_what_no_cell_can_hold_becomes_a_replacement_character(code: int) -> None:
    assert clean(f"a{chr(code)}b") == "a\N{REPLACEMENT CHARACTER}b"


def test_what_excel_would_read_as_an_escape_is_escaped() -> None:
    assert clean("_x0041_ _x00e9_x0042_ _x41_ _xyz_") == "_x005F_x0041_ _x005F_x00e9_x005F_x0042_ _x41_ _xyz_"


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("_x0049AF\ud800\uffff"))))
def test_escapes_decode_to_the_text_that_went_in(text: str) -> None:
    decoded = re.sub("_x([0-9A-Fa-f]{4})_", lambda escape: chr(int(escape[1], 16)), clean(text))
    assert decoded == re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "\ufffd", text)
    clean(text).encode("utf-8")


@pytest.mark.parametrize("letter", ["a", "é", "😀"])
def test_a_cell_that_is_full_is_whole_and_one_letter_more_is_cut_with_a_mark(letter: str) -> None:
    units = len(letter.encode("utf-16-le")) // 2
    full = letter * (MAX_CELL_LENGTH // units)
    assert clean(full) == full
    cut = clean(full + letter)
    assert cut.endswith(CUT_MARK)
    assert MAX_CELL_LENGTH - units < len(cut.encode("utf-16-le")) // 2 <= MAX_CELL_LENGTH
    assert set(cut.removesuffix(CUT_MARK)) == {letter}


@pytest.mark.parametrize("text", ["=1", "+44", "-1", "@SUM", "'a", "00123", "1/2", "\t=1", "#N/A", " 7"])
def test_what_excel_would_compute_is_quoted(text: str) -> None:
    assert needs_quote(text)


@pytest.mark.parametrize("text", ["INC-26-48280", "not named", "PC-4170", "", "é"])
def test_plain_words_are_not_quoted(text: str) -> None:
    assert not needs_quote(text)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", 1),
        ("one", 1),
        ("one\ntwo\n", 3),
        # 9 points are 12 pixels; W is 0.944 of that, so 12 pixels with the margin: ten of them fill 120 pixels.
        ("W" * 10, 1),
        ("W" * 11, 2),
        ("W" * 31, 4),
        ("WWWW WWWW WWWW", 2),
        ("WWWWWW WWWWWW WWWWWW", 3),
    ],
)
def test_lines_are_counted_as_they_wrap(text: str, lines: int) -> None:
    assert lines_needed(text, 120, PLAIN) == lines


def test_text_that_does_not_wrap_takes_one_line() -> None:
    assert lines_needed("W" * 1000, 120, PLAIN.but(wrap=False)) == 1


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\n"), min_size=1, max_size=60))
def test_a_column_of_the_width_needed_holds_its_text_on_one_line(text: str) -> None:
    for look in (PLAIN, PLAIN.but(bold=True, indent=1, size=10)):
        assert lines_needed(text, pixels(width_needed(text, look)), look) == 1
