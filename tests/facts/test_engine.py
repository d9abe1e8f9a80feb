"""The facts engine plans what is asked and nothing else, and what a cell cannot tell no fact knows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from checker.config import Config
from checker.evaluation import evaluate, explain
from checker.facts import SUBJECTS, Fact, Source, Subject, Tables, prepare_tables
from checker.facts.engine import known
from checker.facts.subjects.swept_child import SWEPT_CHILD
from checker.pipeline.order import Order, Prepared, prepare
from tests.facts.small import AS_OF, Row, child, incident, write

NIGHTLY = Path(__file__).parents[2] / "sample_data" / "nightly"
VIRTUAL = " is unread"  # columns that the engine adds itself where a fact asks for them


@pytest.fixture(scope="module")
def nightly() -> Prepared:
    return prepare(Order(NIGHTLY, None, Config(), None))


def prepared_small(folder: Path, *incidents: Row, children: tuple[Row, ...] = ()) -> Prepared:
    return prepare(Order(write(folder, incidents=incidents, children=children), AS_OF, Config(), None))


# --- what is planned


@pytest.mark.parametrize("subject", [*SUBJECTS.values(), SWEPT_CHILD], ids=lambda subject: subject.name)
def test_every_root_is_a_column_of_the_base_an_earlier_fact_or_given_by_exactly_one_source(
    subject: Subject, nightly: Prepared
) -> None:
    base = set(subject.base(nightly.tables, nightly.context).collect_schema().names())
    earlier: set[str] = set()
    for fact in subject.facts:
        for root in fact.expression(nightly.context).meta.root_names():
            sources = [source.name for source in subject.sources if root in source.provides]
            places = [*(["base"] if root in base else []), *sources]
            assert root in earlier or root.endswith(VIRTUAL) or len(places) == 1, (fact.name, root, places)
        earlier.add(fact.name)


@pytest.mark.parametrize("subject", [*SUBJECTS.values(), SWEPT_CHILD], ids=lambda subject: subject.name)
def test_a_source_adds_what_it_provides_and_no_row(subject: Subject, nightly: Prepared) -> None:
    tables = subject.share(nightly.tables, nightly.context, subject.by_name)
    rows = subject.base(tables, nightly.context)
    for source in subject.sources:
        attached = source.attach(rows, tables, nightly.context)
        added = set(attached.collect_schema().names()) - set(rows.collect_schema().names())
        assert source.provides <= added, source.name
        number = pl.len()
        assert attached.select(number).collect().item() == rows.select(number).collect().item(), source.name


@pytest.mark.parametrize(
    ("rule_id", "joins"),
    [
        ("CLO001", set()),
        ("RSK001", set()),
        ("CHD001", {"listed children", "unreadable children rows"}),
        ("HIS001", {"prior incidents"}),
        ("REF001", {"referral forms"}),
        ("ENC001", {"next school day", "notifications"}),
        ("FLG003", {"plans", "flags", "unreadable rows of plans", "unreadable rows of flags"}),
    ],
)
def test_the_verdict_of_a_rule_needs_these_joins(rule_id: str, joins: set[str], nightly: Prepared) -> None:
    rule = nightly.pack.rule(rule_id)
    sources = SUBJECTS[rule.rule.subject].sources_of(nightly.context, rule.verdict_facts)
    assert {source.name for source in sources} == joins


def test_a_plan_without_joins_has_none(nightly: Prepared) -> None:
    wanted = ("incident_ref", *nightly.pack.rule("CLO001").verdict_facts)
    plan = SUBJECTS["incident"].plan(nightly.tables, nightly.context, wanted).explain()
    assert "JOIN" not in plan
    assert "JOIN" in SUBJECTS["incident"].plan(nightly.tables, nightly.context, ("children_not_captured",)).explain()


def test_an_unknown_fact_is_refused_by_name(nightly: Prepared) -> None:
    with pytest.raises(ValueError, match="incident has no fact is_closd"):
        SUBJECTS["incident"].plan(nightly.tables, nightly.context, ("is_closd",))


def test_facts_on_other_rows_are_those_that_need_no_join(nightly: Prepared) -> None:
    with pytest.raises(ValueError, match="children_not_captured need listed children"):
        SUBJECTS["incident"].facts_on(
            nightly.tables.incidents, nightly.tables, nightly.context, ("children_not_captured",)
        )


# --- cells that could not be read


def _fact(name: str, expression: pl.Expr, dtype: pl.DataType | None = None) -> Fact:
    return Fact(name, dtype or pl.Boolean(), name, None, lambda _: expression, nullable=True)


def _twice(rows: pl.LazyFrame, *_: object) -> pl.LazyFrame:
    return rows.with_columns(twice=pl.col("child_count") * 2)


INVENTED = Subject(
    name="invented",
    description="An incident with a few facts of its own.",
    key=("incident_ref",),
    table="incidents",
    base=lambda tables, _: tables.incidents,
    sources=(Source("twice", frozenset({"twice"}), _twice),),
    facts=(
        _fact("incident_ref", pl.col("incident_ref"), pl.String()),
        _fact("is_closed", pl.col("closed_at").is_not_null()),
        _fact("is_ended", known("closed_at") | (pl.col("status") == "closed")),
        _fact("is_open", ~pl.col("is_closed")),
        _fact("is_open_for_sure", ~pl.col("is_closed").fill_null(value=False)),
        _fact("is_not_ended", ~pl.col("is_ended").fill_null(value=False)),
        _fact("has_team", pl.col("team").is_not_null()),
        _fact("team", pl.col("team"), pl.String()),
    ),
)


def with_unread(prepared: Prepared, unread: dict[str, list[str]]) -> Tables:
    """The tables of the extract, in which cells of these incidents could not be read."""
    incidents = prepared.validated.tables["incidents"]
    column = [unread.get(ref, []) for ref in incidents.accepted.get_column("incident_ref")]
    accepted = incidents.accepted.with_columns(pl.Series("unread", column, dtype=pl.List(pl.String)))
    tables = {**prepared.validated.tables, "incidents": replace(incidents, accepted=accepted)}
    return prepare_tables(replace(prepared.validated, tables=tables))


def invented(prepared: Prepared, tables: Tables, *names: str) -> dict[str, tuple[object, ...]]:
    rows = INVENTED.plan(tables, prepared.context, ("incident_ref", *names)).select("incident_ref", *names).collect()
    return {ref: tuple(values) for ref, *values in rows.iter_rows()}


CLOSED = {"closed_at": "2026-11-19T12:00", "status": "closed", "team": "A"}


def test_a_fact_that_reads_an_unread_cell_is_unknown_for_that_row_alone(tmp_path: Path) -> None:
    rows = [incident("read", **CLOSED), incident("unread", status="open", team="A"), incident("blank", status="open")]
    prepared = prepared_small(tmp_path, *rows)
    tables = with_unread(prepared, {"unread": ["closed_at"]})
    assert invented(prepared, tables, "is_closed", "has_team", "team") == {
        "read": (True, True, "A"),
        "unread": (None, True, "A"),
        "blank": (False, False, None),
    }


def test_a_carried_column_and_what_builds_on_a_fact_are_unknown_too(tmp_path: Path) -> None:
    prepared = prepared_small(tmp_path, incident("unread", status="open", team="A"), incident("blank", status="open"))
    tables = with_unread(prepared, {"unread": ["closed_at", "team"]})
    names = ("is_open", "is_open_for_sure", "has_team", "team")
    assert invented(prepared, tables, *names) == {
        "unread": (None, None, None, None),
        "blank": (True, True, False, None),
    }


def test_what_else_is_known_decides_where_the_fact_says_so(tmp_path: Path) -> None:
    rows = [incident("closed", status="closed"), incident("open", status="open"), incident("read", **CLOSED)]
    prepared = prepared_small(tmp_path, *rows, incident("blank", status="open"))
    tables = with_unread(prepared, {"closed": ["closed_at"], "open": ["closed_at"]})
    assert invented(prepared, tables, "is_ended", "is_not_ended") == {
        "closed": (True, False),
        "open": (None, True),  # the second decides for itself what unknown means
        "read": (True, False),
        "blank": (False, True),
    }


def test_where_nothing_is_unread_the_plan_does_not_ask(tmp_path: Path) -> None:
    prepared = prepared_small(tmp_path, incident("read", **CLOSED))
    assert "unread" not in INVENTED.plan(prepared.tables, prepared.context, ("is_closed", "is_open")).explain()
    tables = with_unread(prepared, {})
    assert "unread" not in INVENTED.plan(tables, prepared.context, ("is_closed", "is_open")).explain()
    assert invented(prepared, tables, "is_ended") == {"read": (True,)}


def test_an_unread_closing_time_makes_the_incident_undetermined_not_clean(tmp_path: Path) -> None:
    """An incident of three days ago whose closing time cannot be read is neither closed late nor still open."""
    prepared = prepared_small(tmp_path, incident("unread", status="open"), incident("open", status="open"))
    rule = prepared.pack.rule("CLO002")
    tables = with_unread(prepared, {"unread": ["closed_at"]})
    evaluation = evaluate(replace(prepared.pack, rules=(rule,)), tables, prepared.context)
    (judged,) = evaluation.judged
    verdicts = dict(zip(judged.keys.to_series(), judged.outcomes.get_column("CLO002"), strict=True))
    assert verdicts == {"unread": "undetermined", "open": "finding"}
    explained = {
        ref: explain(prepared.pack, tables, prepared.context, finding_id)
        for ref, finding_id in evaluation.findings.select("incident_ref", "finding_id").iter_rows()
    }
    asked = "closed_at IS NULL"
    values = {ref: {clause.text: clause.value for clause in each.clauses}[asked] for ref, each in explained.items()}
    assert values == {"unread": None, "open": True}


def test_the_facts_of_its_incident_are_unknown_for_a_child_too(tmp_path: Path) -> None:
    rows = [incident("unread", risk_level="standard"), incident("read", risk_level="high")]
    prepared = prepared_small(tmp_path, *rows, children=(child("C1", "unread"), child("C2", "read")))
    tables = with_unread(prepared, {"unread": ["risk_level", "domestic_abuse"]})
    wanted = ("child_ref", "risk_level", "is_domestic_abuse", "is_child")
    found = SUBJECTS["incident_child"].plan(tables, prepared.context, wanted).select(wanted).collect()
    assert sorted(found.rows()) == [("C1", None, None, True), ("C2", "high", True, True)]


def test_an_unread_reassessment_of_the_incident_leaves_the_gatekeeper_undetermined(tmp_path: Path) -> None:
    """The rule asks for a fact of the incident to be blank, about a child of it."""
    rows = [incident("unread", risk_level="standard"), incident("blank", risk_level="standard")]
    prepared = prepared_small(tmp_path, *rows, children=(child("C1", "unread"), child("C2", "blank")))
    tables = with_unread(prepared, {"unread": ["reassessed_at"]})
    pack = replace(prepared.pack, rules=(prepared.pack.rule("REF005"),))
    found = evaluate(pack, tables, prepared.context).findings.select("incident_ref", "outcome")
    assert dict(found.iter_rows()) == {"unread": "undetermined", "blank": "finding"}
