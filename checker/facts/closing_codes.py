"""Closure codes as the daily search reads them: as whole tokens, exactly as written; and those that only look alike."""

from __future__ import annotations

import polars as pl

from checker.facts.context import Context


def has_search_code(codes: pl.Expr, context: Context) -> pl.Expr:
    """Whether one of the codes is the code that the daily search looks for."""
    return codes.list.contains(context.policy.search_code)


def has_lookalike(codes: pl.Expr, context: Context) -> pl.Expr:
    """Whether one of the codes differs from the search code only in case, spaces or punctuation."""
    return codes.list.eval(_looks_like_search_code(context)).list.any()


def in_words(codes: pl.Expr, context: Context) -> pl.Expr:
    """The codes as written, look-alikes of the search code named; null where there is none."""
    token = pl.element()
    alike = pl.concat_str(token, pl.lit(f" (looks like {context.policy.search_code})"))
    marked = codes.list.eval(pl.when(_looks_like_search_code(context)).then(alike).otherwise(token))
    return pl.when(codes.list.len() > 0).then(marked.list.join(", "))


def _looks_like_search_code(context: Context) -> pl.Expr:
    code = context.policy.search_code
    bare = "".join(character for character in code.upper() if character.isalnum())
    token = pl.element()
    return (token.str.to_uppercase().str.replace_all(r"[^\p{L}\p{N}]", "") == bare) & (token != code)
