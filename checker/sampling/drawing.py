"""How a sample is drawn: by the lowest hashes, so that anybody who has the list of incidents can draw it again."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from heapq import nsmallest

import polars as pl

from checker.errors import ConfigError
from checker.models import SAMPLED, STRATIFY_BY

_ALL = "all"
_NOT_RECORDED = "not recorded"
_WORDS = {"risk_level": "risk"}  # of the columns that are not called what people call them


def draw(order: pl.DataFrame, size: int, seed: int, stratified_by: Sequence[str]) -> pl.DataFrame:
    """The drawn sample (SAMPLED) of the incidents of a sweep (ORDER).

    The incidents are lined up by the SHA-256 of `seed:incident_ref` (UTF-8, compared as hexadecimal text). A simple
    sample is the first `size` of them. A stratified one is the first of each stratum, as many as `shares` gives it. The
    whole of it is in the order of the hashes too, which tells a reviewer nothing of the strata.

    Args:
        order: The incidents, each once, in any order.
        size: How many are drawn.
        seed: Any whole number.
        stratified_by: Some of STRATIFY_BY: each combination of their values is a stratum. None: a simple sample.

    Raises:
        ConfigError: so many cannot be drawn, or there are more strata than that, or it is no column to stratify by.
    """
    if unknown := [name for name in stratified_by if name not in STRATIFY_BY]:
        known = ", ".join(STRATIFY_BY)
        raise ConfigError(f"sample: {unknown[0]!r} is nothing to stratify by; choose among {known}")
    if not 1 <= size <= order.height:
        fault = f"{size:,} of {order.height:,} incidents cannot be drawn"
        raise ConfigError(f"sample: {fault}; draw at least 1 and at most as many as there are")
    strata: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for incident_ref, stratum in order.select("incident_ref", _stratum(stratified_by)).iter_rows():
        strata[stratum].append((hashlib.sha256(f"{seed}:{incident_ref}".encode()).hexdigest(), incident_ref))
    incidents = {stratum: len(lined_up) for stratum, lined_up in strata.items()}
    drawn = sorted(
        (digest, incident_ref, stratum)
        for stratum, share in shares(incidents, size).items()
        for digest, incident_ref in nsmallest(share, strata[stratum])
    )
    rows = [
        (place, incident, stratum, incidents[stratum]) for place, (_, incident, stratum) in enumerate(drawn, start=1)
    ]
    return pl.DataFrame(rows, schema=SAMPLED, orient="row")


def shares(strata: Mapping[str, int], size: int) -> dict[str, int]:
    """How many of a sample of `size` fall to each stratum, by its name.

    In proportion to its incidents by the largest remainder, of equal ones to the first by name, but at least one: a
    stratum to which less than one would fall has one, and the others share the rest in proportion to theirs.

    Args:
        strata: The number of incidents of each stratum, by its name.
        size: At most as many as there are incidents.

    Raises:
        ConfigError: there are more strata than incidents to draw.
    """
    if len(strata) > size:
        fault = f"{size:,} incidents cannot hold one of each of the {len(strata):,} strata"
        raise ConfigError(f"sample: {fault}; draw at least {len(strata):,}, or stratify by less")
    share: dict[str, int] = {}
    others = dict(strata)
    while small := [name for name, of in others.items() if of * (size - len(share)) < sum(others.values())]:
        share |= dict.fromkeys(small, 1)
        others = {name: of for name, of in strata.items() if name not in share}
    left, incidents = size - len(share), sum(others.values())
    share |= {name: of * left // incidents for name, of in others.items()}
    by_remainder = sorted(others, key=lambda name: (-(others[name] * left % incidents), name))
    for name in by_remainder[: size - sum(share.values())]:
        share[name] += 1
    return share


def _stratum(stratified_by: Sequence[str]) -> pl.Expr:
    """The name of the stratum of an incident, as `district North, verdict pass`."""
    chosen = [name for name in STRATIFY_BY if name in stratified_by]
    if not chosen:
        return pl.lit(_ALL).alias("stratum")
    parts = []
    for name in chosen:
        value = pl.col(name).str.strip_chars()
        value = value.str.replace_all("_", " ", literal=True) if name == "verdict" else value
        said = pl.when(value != "").then(value).otherwise(pl.lit(_NOT_RECORDED))
        parts.append(pl.format("{} {}", pl.lit(_WORDS.get(name, name)), said))
    return pl.concat_str(parts, separator=", ").alias("stratum")
