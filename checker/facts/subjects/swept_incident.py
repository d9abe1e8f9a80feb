"""The triage of the incidents of a sweep: what speaks for looking at an incident sooner, counted, weighed and added."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import polars as pl

from checker.facts.context import Context
from checker.facts.engine import Fact, Subject, carried, left_join
from checker.facts.joins.related_incidents import related_incidents, risk_number
from checker.facts.safeguarding import has_risk_form, is_safeguarding
from checker.facts.tables import Tables
from checker.models import PROTECTED, Since, TriagePart

NOT_REFERRED = (Since.ON_A_PLAN, Since.CANNOT_TELL, Since.MET_SINCE, Since.UNSEEN)
YOUNG = ("unborn", "0-4", "unknown")
COUNTED = (
    *("named", "rests", "not_referred", "referred_later", "on_plan", "off_plan", "young", "episodes", "protected"),
    *("unseen", "since_in_words"),
)
# The optional tables without which a part is not counted.
PART_NEEDS = {
    TriagePart.CURRENT_PLAN_CHILDREN: "plans",
    TriagePart.PREVIOUS_PLAN_CHILDREN: "plans",
    TriagePart.MISSING_EPISODES: "missing_episodes",
}
UNNAMED = "unnamed"  # how the rest of the children is called in words


def swept_incident(tables: Tables, context: Context, swept: pl.Series, children: pl.DataFrame) -> Subject:
    """The subject whose rows are these incidents, in the order of the extract, with a source for their children.

    Args:
        tables: The rows of the extract.
        context: The context of the run.
        swept: The references of the incidents, each of which answers for itself.
        children: What has happened since to the children of these incidents, all facts of a swept child.
    """
    columns = ("incident_ref", "reported_at", "victim_ref", "suspect_ref", "risk_level", "child_count")
    judged = tables.incidents.select(*columns, is_safeguarding=is_safeguarding(context), has_form=has_risk_form())
    # Collected, so that an incident has the same number in every branch of the plan.
    every = judged.with_row_index("row").collect().lazy()

    def base(tables: Tables, _: Context) -> pl.LazyFrame:
        known = {f"has_{table}": pl.lit(table in tables.supplied) for table in ("plans", "missing_episodes")}
        some = swept.to_frame("incident_ref").lazy()
        return every.join(some, on="incident_ref", how="semi", maintain_order="left").with_columns(**known)

    of_children = left_join(
        "children of the incident", "incident_ref", COUNTED, lambda _, __: _of_children(children.lazy())
    )
    related = left_join(
        "related incidents",
        "row",
        ["incidents_before", "incidents_since", "risk_later"],
        lambda tables, _: related_incidents(every, tables),
    )
    return replace(SWEPT_INCIDENT, base=base, sources=(of_children, related))


def _of_children(children: pl.LazyFrame) -> pl.LazyFrame:
    """What is counted of the children of each incident."""
    since, unnamed = pl.col("since"), pl.col("child_ref").is_null()
    counted = {
        "named": ~unnamed,
        "rests": unnamed,
        "not_referred": _is_one_of(since, NOT_REFERRED),
        "referred_later": since == Since.REFERRED_SINCE.value,
        "on_plan": pl.col("current_plan"),
        "off_plan": pl.col("previous_plan"),
        "young": pl.col("age_band").is_in(YOUNG),
        "episodes": pl.col("missing_episodes"),
        "protected": _is_one_of(since, PROTECTED),
        "unseen": since == Since.UNSEEN.value,
    }
    lines = pl.format("{}: {}", pl.col("child_ref").fill_null(UNNAMED), "since_in_words").str.join("\n")
    sums = {name: number.cast(pl.Int64).sum() for name, number in counted.items()}
    return children.group_by("incident_ref").agg(**sums, since_in_words=lines)


def _is_one_of(since: pl.Expr, words: tuple[Since, ...]) -> pl.Expr:
    return since.is_in([word.value for word in words])


def _number(column: str) -> pl.Expr:
    return pl.col(column).fill_null(0)


def _children(_: Context) -> pl.Expr:
    """Those with a name, and as many more as are counted; at least one more where there is an unnamed rest."""
    more_counted = pl.max_horizontal(pl.col("child_count") - pl.col("named"), pl.lit(1, pl.Int64))
    return _number("named") + pl.when(pl.col("rests") > 0).then(more_counted).otherwise(0)


def _to_be_referred(column: str) -> Callable[[Context], pl.Expr]:
    """The number where children of such an incident are referred, which is so unless surely it is not of the kind."""
    return lambda _: pl.when(pl.col("is_safeguarding").fill_null(value=True)).then(_number(column)).otherwise(0)


def _is_risk_raised(_: Context) -> pl.Expr:
    """A blank level of its own is raised by medium and high, as standard is."""
    own = pl.max_horizontal(risk_number(pl.col("risk_level")), pl.lit(1, pl.Int64))
    return _number("risk_later") > own


def _part(part: TriagePart, description: str, sample: int, expression: Callable[[Context], pl.Expr]) -> Fact:
    """What is counted of a part; null where its table (PART_NEEDS) was not supplied."""
    table = PART_NEEDS.get(part)

    def counted(context: Context) -> pl.Expr:
        number = expression(context).cast(pl.Int64)
        return number if table is None else pl.when(f"has_{table}").then(number)

    return Fact(part.value, pl.Int64(), description, sample, counted, nullable=table is not None)


PARTS = (
    _part(
        TriagePart.UNREFERRED_CHILDREN,
        "children with no submitted referral, for this incident or since, or of whom that is not known, where the"
        " incident is or may be domestic abuse or of a referable concern",
        1,
        _to_be_referred("not_referred"),
    ),
    _part(
        TriagePart.REFERRED_LATER_CHILDREN,
        "children with none for such an incident, but with one under another incident since",
        1,
        _to_be_referred("referred_later"),
    ),
    _part(
        TriagePart.CURRENT_PLAN_CHILDREN,
        "children with a current plan (CP, CIN or LAC)",
        0,
        lambda _: _number("on_plan"),
    ),
    _part(
        TriagePart.PREVIOUS_PLAN_CHILDREN,
        "children of whom a plan has ended and none is known to be current",
        1,
        lambda _: _number("off_plan"),
    ),
    _part(
        TriagePart.SEVERAL_CHILDREN,
        "1 where there are two children or more, all of an unnamed rest counted",
        1,
        lambda _: pl.col("children") >= 2,
    ),
    _part(
        TriagePart.YOUNG_CHILDREN,
        "children unborn, under 5 or of unknown age when it was reported; an unnamed rest counts as one",
        1,
        lambda _: _number("young"),
    ),
    _part(
        TriagePart.INCIDENTS_BEFORE,
        "incidents reported before it that are or may be domestic abuse or of a referable concern, and that share its"
        " victim, its suspect or a child: of that one of these which has the most",
        2,
        lambda _: _number("incidents_before"),
    ),
    _part(
        TriagePart.INCIDENTS_SINCE,
        "such incidents reported after it, counted likewise",
        7,
        lambda _: _number("incidents_since"),
    ),
    _part(
        TriagePart.RISK_RAISED_LATER,
        "1 where one of those after it has a higher risk level; a blank one of its own counts as standard",
        1,
        _is_risk_raised,
    ),
    _part(
        TriagePart.MISSING_EPISODES,
        "missing episodes of its children, before or since, cancelled ones left out",
        0,
        lambda _: _number("episodes"),
    ),
    _part(TriagePart.NO_RISK_FORM, "1 where there is no risk form", 0, lambda _: ~pl.col("has_form")),
)


def _points(counted: Fact) -> Fact:
    part = TriagePart(counted.name)

    def expression(context: Context) -> pl.Expr:
        weights = context.policy.triage
        return pl.col(part.value).clip(upper_bound=weights.most_counted) * int(getattr(weights, part.value))

    return Fact(
        part.points,
        pl.Int64(),
        f"weight of {part.value} x what it counts, up to most_counted",
        None,
        expression,
        nullable=counted.nullable,
    )


POINTS = tuple(_points(part) for part in PARTS)
SCORE = Fact(
    "score",
    pl.Int64(),
    "the sum of all points; a part that is not known adds nothing",
    None,
    lambda _: pl.sum_horizontal(part.name for part in POINTS),
)
SWEPT_INCIDENT = Subject(
    name="swept_incident",
    description="An incident of a sweep.",
    key=("incident_ref",),
    base=lambda tables, _: tables.incidents,  # see `swept_incident`
    facts=(
        carried("incidents", "incident_ref", "INC-1"),
        Fact("children", pl.Int64(), "children, all of an unnamed rest counted", sample=2, expression=_children),
        *PARTS,
        *POINTS,
        SCORE,
        Fact(
            "protected_children",
            pl.Int64(),
            "children referred for it or since, or on a plan; an unnamed rest counts as one",
            sample=1,
            expression=lambda _: _number("protected"),
        ),
        Fact(
            "unseen_children",
            pl.Int64(),
            "children of whom nothing in the extract says that anybody has seen them since",
            sample=0,
            expression=lambda _: _number("unseen"),
        ),
        Fact(
            "since_in_words",
            pl.String(),
            "what has happened since, a line for each child",
            sample="CH-1: no submitted referral found; no later incident found; no plan found",
            expression=lambda _: pl.col("since_in_words"),
            nullable=True,
        ),
    ),
)
