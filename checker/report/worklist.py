"""The rows of the lists as people work through them: one incident together, the most urgent incident first."""

from __future__ import annotations

import polars as pl

from checker.models import RETURNED, Decision, FindingStatus, Outcome, Run, Severity
from checker.report.london import excel_day, excel_serial, to_the_minute
from checker.report.words import shortened, to_do

SETTLED = FindingStatus.SETTLED.value
DECIDED = (
    "decision",
    "reference",
    "reason",
    "decided_by",
)  # of run.decisions; what people fill in bears the same names
COMPLETE_IT = "Find out what is unknown and record it. Only if that shows a fault: {}"
_DECIDED_BEFORE = [FindingStatus.UNDER_REVIEW.value, *(status.value for status in RETURNED)]
_RANKS = {severity.value: rank for rank, severity in enumerate(Severity)}


def worklist(run: Run, outcome: Outcome) -> pl.DataFrame:
    """The verdicts of one outcome that no decision settles; see `in_order`."""
    return in_order(run, run.findings.filter(pl.col("outcome") == outcome.value, ~is_settled()))


def carried_over(run: Run) -> pl.DataFrame:
    """What this run neither confirmed nor resolved, and no decision settles; see `in_order`."""
    assert run.carried_over is not None  # noqa: S101 - whoever has no store has no such list
    return in_order(run, run.carried_over.filter(~is_settled()))


def settled(run: Run) -> pl.DataFrame:
    """What a decision keeps off the lists, with that decision: what may be dip-sampled first, then as in `in_order`."""
    assert run.decisions is not None  # noqa: S101 - as above
    listed = run.findings.filter(pl.col("outcome") != Outcome.NOT_DUE.value)  # what is not due is carried over
    parts = [part.filter(is_settled()) for part in (listed, run.carried_over) if part is not None]
    rows = in_order(run, pl.concat(parts, how="diagonal"))
    named = pl.concat_str(pl.col("decision").pipe(capital), "reference", separator=": ", ignore_nulls=True)
    decisions = run.decisions.select(
        "finding_id",
        pl.when(pl.col("decision") == Decision.NO_REFERRAL_REQUIRED.value).then(pl.lit("Dip-sample")).alias("dip"),
        named.alias("was_decided"),
        pl.col("reason").alias("why_decided"),
        pl.col("decided_by").alias("was_decided_by"),
        *(excel_day(name) for name in ("decided_on", "settled_until")),
    )
    return rows.join(decisions, on="finding_id", how="left", maintain_order="left").sort(
        pl.col("dip").is_null(), maintain_order=True
    )


def sizes(run: Run) -> list[tuple[str, int, str]]:
    """The lists of the workbook: each one's sheet, how many rows it has, and where all are should it be cut."""
    lists = [
        ("Exceptions", to_do(run, Outcome.FINDING), "findings.csv"),
        ("Cannot tell", to_do(run, Outcome.UNDETERMINED), "findings.csv"),
    ]
    if run.carried_over is not None:
        lists.append(("Carried over", carried_over(run).height, "the store"))
    if run.decisions is not None:
        lists.append(("Settled", settled(run).height, "the store"))
    if run.resolved is not None:
        lists.append(("Resolved", run.resolved.height, "the store"))
    return [*lists, ("Rejected records", run.rejected.height, "rejected.csv")]


def is_settled() -> pl.Expr:
    """Whether a decision that holds keeps a finding off the lists."""
    return pl.col("status").eq_missing(SETTLED)


def in_order(run: Run, findings: pl.DataFrame) -> pl.DataFrame:
    """Findings as people work through them, the cells in which they write being blank.

    The findings of one incident, or of one child who has none, stand together: by severity, then by rule and child. The
    incident whose most urgent finding is the most severe comes first; then the longest open, the most hours overdue,
    and the lowest reference.
    """
    return (
        findings.with_columns(
            urgency().alias("rank"), pl.coalesce("incident_ref", "child_ref", "finding_id").alias("group")
        )
        .sort(
            pl.col("rank").min().over("group"),
            -pl.col("days_open").max().over("group"),
            -pl.col("hours_overdue").max().over("group"),
            *("group", "rank", "rule_id", "child_ref", "finding_id"),
            nulls_last=True,
        )
        .pipe(_with_earlier_decisions, run.decisions)
        .pipe(_with_sweeps, run.swept)
        .pipe(in_words, run)
    )


def urgency() -> pl.Expr:
    """The rank of a line by its severity, the most urgent being 0."""
    return pl.col("severity").replace_strict(_RANKS, return_dtype=pl.Int8)


def in_words(lines: pl.DataFrame, run: Run) -> pl.DataFrame:
    """Ordered findings in the words of the lists, the cells in which people write being blank.

    The lines that `group` has under one name stand together, and are to be worked one after the other.
    """
    moments = [excel_serial(name) for name, dtype in lines.schema.items() if isinstance(dtype, pl.Datetime)]
    return (
        lines.join(_rules(run), on="rule_id", how="left", maintain_order="left")
        .with_columns(_what_is_missing(), _what_to_do(), _child(), *moments, pl.col("status").pipe(capital))
        .with_columns(
            pl.lit(run.record.number, pl.Int64).alias("run"), *(pl.lit(None, pl.String).alias(name) for name in DECIDED)
        )
    )


def _rules(run: Run) -> pl.DataFrame:
    return pl.DataFrame(
        [(rule.id, shortened(rule.guidance), rule.subject == "incident_child") for rule in run.rules],
        schema={"rule_id": pl.String, "what_to_do": pl.String, "of_a_child": pl.Boolean},
        orient="row",
    )


def _child() -> pl.Expr:
    child = pl.when("of_a_child").then(pl.col("child_ref").fill_null("not named")).otherwise("child_ref")
    return child.alias("child")


def _what_is_missing() -> pl.Expr:
    """One sentence: what was not found, and since when it has been due."""
    since = pl.format("{}; due since {}.", pl.col("message").str.strip_suffix("."), to_the_minute("due_at"))
    is_due = (pl.col("outcome") == Outcome.FINDING.value) & pl.col("due_at").is_not_null()
    return pl.when(is_due).then(since).otherwise("message").alias("message")


def _what_to_do() -> pl.Expr:
    """What to do now: where an incident has several lines, the first says so and leads, the others follow.

    What cannot be told wants its record completed before anything else.
    """
    is_untold = pl.col("outcome") == Outcome.UNDETERMINED.value
    do = pl.when(is_untold).then(pl.format(COMPLETE_IT, "what_to_do")).otherwise("what_to_do")
    place, of = pl.int_range(pl.len()).over("group"), pl.len().over("group")
    first, then = pl.format("First of {}: {}", of, do), pl.format("Then: {}", do)
    return pl.when(of == 1).then(do).when(place == 0).then(first).otherwise(then).alias("what_to_do")


def _with_earlier_decisions(findings: pl.DataFrame, decisions: pl.DataFrame | None) -> pl.DataFrame:
    """Findings whose evidence begins with what was decided before, where that no longer or not yet settles them."""
    if decisions is None:
        return findings
    decided = decisions.select(
        "finding_id",
        decision_in_words("Earlier decision, {}, by {}: {}{}").alias("earlier"),
        pl.format("Decided upon: {}", "evidence_then").alias("then"),
        pl.format("Since then the policy changed: it was due {}.", to_the_minute("due_by_old_policy")).alias("policy"),
    )
    changed = pl.when(pl.col("status") == FindingStatus.EVIDENCE_CHANGED.value)
    now = changed.then(pl.format("Now: {}", "evidence")).otherwise("evidence")
    both = pl.concat_str(
        "earlier", changed.then("policy"), changed.then("then"), now, separator="\n", ignore_nulls=True
    )
    told = pl.when(pl.col("status").is_in(_DECIDED_BEFORE)).then(both).otherwise("evidence")
    return findings.join(decided, on="finding_id", how="left", maintain_order="left").with_columns(
        told.alias("evidence")
    )


def _with_sweeps(findings: pl.DataFrame, swept: pl.DataFrame | None) -> pl.DataFrame:
    """Findings whose evidence ends with what was decided about them in a sweep, which settles nothing here."""
    if swept is None or swept.is_empty():
        return findings
    told = swept.group_by("finding_id", maintain_order=True).agg(pl.col("told").str.join("\n"))
    joined = findings.join(told, on="finding_id", how="left", maintain_order="left")
    return joined.with_columns(pl.concat_str("evidence", "told", separator="\n", ignore_nulls=True).alias("evidence"))


def decision_in_words(words: str) -> pl.Expr:
    """A decision in these words: where they have {} stand its day, by whom it is, what it is, and why."""
    reference = pl.format("reference {}", "reference")
    why = pl.concat_str("reason", reference, separator="; ", ignore_nulls=True)
    return pl.format(
        words,
        pl.col("decided_on").dt.strftime("%-d %b %Y"),
        "decided_by",
        "decision",
        pl.when(why == "").then(pl.lit("")).otherwise(pl.format(" ({})", why)),
    )


def capital(text: pl.Expr) -> pl.Expr:
    """A text with a capital letter at its beginning."""
    return text.str.head(1).str.to_uppercase() + text.str.slice(1)
