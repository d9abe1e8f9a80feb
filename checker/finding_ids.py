"""What a finding id is made of. It never changes: stores, workbooks and case records go by it.

A finding id is the id of the rule, a hyphen and the id of the subject: `REF001-999b44e5a2e2ce49`.

The id of a subject is the first 16 hexadecimal digits of the SHA-256 of its key, written as JSON in ASCII: the names
of its key columns, then its values in them, null where it has none. The subject of that finding is the unnamed rest of
the children of an incident, and its key is

    [["incident_ref", "child_ref"], ["INC-26-48482", null]]

The key columns of each kind of subject are, in this order:

    incident            incident_ref
    incident_child      incident_ref, child_ref
    child               child_ref
    referral            referral_ref, child_ref
    missing_child       child_ref
    missing_episode     episode_ref

Nothing else goes into an id: no wording, no version of the rule, no time. A child of several rules has one subject id.
"""

from __future__ import annotations

import json
from hashlib import sha256
from json.encoder import encode_basestring_ascii

import polars as pl

PATTERN = "^[A-Z]{3}[0-9]{3}-[0-9a-f]{16}$"
_DIGITS = 16


def subject_ids(keys: pl.DataFrame) -> pl.Series:
    """The id of each subject; the columns of `keys` are the key columns of its kind, all of them text."""
    head = f"[{json.dumps(keys.columns)}, ["
    columns = [_in_json(keys.get_column(name)) for name in keys.columns]
    ids = [
        sha256(f"{head}{', '.join(values)}]]".encode()).hexdigest()[:_DIGITS] for values in zip(*columns, strict=True)
    ]
    return pl.Series("subject_id", ids, dtype=pl.String)


def finding_ids(rule_id: pl.Expr, subject_id: pl.Expr) -> pl.Expr:
    """The finding id for each rule id and subject id."""
    return pl.concat_str(rule_id, pl.lit("-"), subject_id).alias("finding_id")


def split(finding_id: str) -> tuple[str, str]:
    """The rule id and the subject id; an incomplete id gives the parts that it has."""
    rule_id, _, subject_id = finding_id.partition("-")
    return rule_id, subject_id


def rule_ids_in(finding_id: pl.Expr) -> pl.Expr:
    """The rule id in each finding id."""
    return finding_id.str.split("-").list.first()


def subject_ids_in(finding_id: pl.Expr) -> pl.Expr:
    """The subject id in each finding id."""
    return finding_id.str.split("-").list.last()


def _in_json(values: pl.Series) -> list[str]:
    """Each text as json.dumps writes it, which called once a row takes three times as long."""
    return ["null" if value is None else encode_basestring_ascii(value) for value in values.to_list()]
