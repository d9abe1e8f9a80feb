"""The banners that say where so many lines have one rule and one district in common that one cause is likely."""

from __future__ import annotations

import polars as pl

from checker.models import Rule, Run, Severity
from checker.report.words import in_digits, one_paragraph

_MOST = 5
_IN_SCOPE = ("finding", "pass", "not_due", "undetermined")
_NOUNS = {"incident": "incidents", "child": "children", "incident_child": "children", "referral": "referral forms"}


def banners(run: Run) -> list[str]:
    """A line for each rule and district in which most subjects have the fault, the most severe first; five at most.

    What counts as most is the force's own policy; without it, and without measures, there are none. What to look for
    is said in the first line of a rule.
    """
    share, least = (run.record.policy.get(key) for key in ("systemic_share", "systemic_least"))
    if run.measures is None or share is None or least is None:
        return []
    rules, ranks = {rule.id: rule for rule in run.rules}, {severity: rank for rank, severity in enumerate(Severity)}
    counts = (
        run.measures.group_by("rule_id", "district")
        .agg(pl.col(_IN_SCOPE).sum())
        .select("rule_id", "district", "finding", pl.sum_horizontal(_IN_SCOPE).alias("in_scope"))
        .filter(pl.col("finding") >= least, pl.col("finding") > share * pl.col("in_scope"))
    )
    found = [(rules[rule_id], district, finding, scope) for rule_id, district, finding, scope in counts.rows()]
    found.sort(key=lambda each: (ranks[each[0].severity], each[0].id, -each[2], each[1] or ""))
    lines, told = [], set[str]()
    for rule, district, finding, in_scope in found[:_MOST]:
        cause = "" if rule.id in told else one_paragraph(rule.likely_cause)
        told.add(rule.id)
        lines.append(f"{_where(rule, district, finding, in_scope)} {cause}".rstrip())
    return [*lines, f"and {in_digits(len(found) - _MOST)} more"] if len(found) > _MOST else lines


def _where(rule: Rule, district: str | None, finding: int, in_scope: int) -> str:
    where = f"in {district}" if district else "where no district is recorded"
    noun = _NOUNS.get(rule.subject, "cases")
    share = 100 * finding // in_scope  # never 100% where one is without the fault
    return f"LIKELY ONE CAUSE: {rule.id} {where}: {in_digits(finding)} of {in_digits(in_scope)} {noun} ({share}%)."
