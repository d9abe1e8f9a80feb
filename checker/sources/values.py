"""Cells made clean: white space, a force's own codes, and the lines that are no rows of a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

# Columns whose cells hold several codes; a code is matched exactly as written, for a look-alike is a fact (rules.md).
CODE_COLUMNS = ("closure_codes", "concern_types")


def tidy(frame: pl.DataFrame) -> pl.DataFrame:
    """The text columns without surrounding white space, empty cells null; columns that need nothing are not copied."""
    text = pl.col(pl.String)
    untidy = frame.select(((text == "") | text.str.contains(r"^\s|\s$")).any())
    columns = [name for name in untidy.columns if untidy[name].item()]
    return frame.with_columns(_blank_to_null(pl.col(name).str.strip_chars()) for name in columns)


def translate(frame: pl.DataFrame, values: Mapping[str, Mapping[str, str]]) -> pl.DataFrame:
    """The columns with the force's codes replaced by the contract's words; a code that is not listed stays.

    A code is matched without case against the whole cell; in a column of several codes exactly as written, first
    against the whole cell, then against each code in it.
    """
    return frame.with_columns(
        (_translate_codes if column in CODE_COLUMNS else _translate_cell)(pl.col(column), words)
        for column, words in values.items()
    )


def is_filled(columns: Iterable[str]) -> pl.Expr:
    """Whether at least one of the columns is filled."""
    return pl.any_horizontal(pl.col(column).is_not_null() for column in columns)


def _translate_cell(cell: pl.Expr, words: Mapping[str, str]) -> pl.Expr:
    known = {code.strip().lower(): word.strip() for code, word in words.items()}
    return _blank_to_null(cell.str.to_lowercase().replace_strict(known, default=cell))


def _translate_codes(cell: pl.Expr, words: Mapping[str, str]) -> pl.Expr:
    known = {code.strip(): word.strip() for code, word in words.items()}
    codes = cell.str.split(r"[;,|]", literal=False).list.eval(pl.element().str.strip_chars())
    translated = codes.list.eval(pl.element().replace(known)).list.eval(pl.element().filter(pl.element() != ""))
    named = codes.list.eval(pl.element().is_in(list(known))).list.any()
    whole = pl.when(cell.is_in(list(known))).then(cell.replace(known))
    return _blank_to_null(whole.when(named).then(translated.list.join(";")).otherwise(cell))


def _blank_to_null(cell: pl.Expr) -> pl.Expr:
    return pl.when(cell != "").then(cell)
