"""The triage of the incidents of a sweep: what speaks for looking at an incident sooner, counted, weighed and added."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from checker.facts.accepted import Accepted
from checker.facts.fact import Fact, FactTable, carried
from checker.facts.missing import TABLES as EPISODES
from checker.facts.moment import Moment
from checker.facts.repeats import repeats, risk_number
from checker.facts.risk_and_children import has_risk_form
from checker.facts.since import PLANS
from checker.facts.told import is_such
from checker.models import PROTECTED, Since, TriagePart

NOT_REFERRED = (Since.ON_A_PLAN, Since.CANNOT_TELL, Since.MET_SINCE, Since.UNSEEN)
YOUNG = ("unborn", "0-4", "unknown")
UNNAMED = "unnamed"  # how the rest of the children is called in words


def facts(
    accepted: Accepted, supplied: frozenset[str], moment: Moment, swept: pl.Series, children: pl.DataFrame
) -> pl.LazyFrame:
    """One row for each swept incident, in the order of the extract.

    Args:
        accepted: The rows of the extract.
        supplied: The tables that it has.
        moment: The moment that it describes, and the policy with the weights.
        swept: The references of the incidents, each of which answers for itself.
        children: What has happened since to the children of these incidents (checker.facts.since).
    """
    columns = ("incident_ref", "reported_at", "victim_ref", "suspect_ref", "risk_level", "child_count")
    judged = accepted.incidents.select(*columns, is_such=is_such(moment), has_form=has_risk_form()).with_row_index(
        "row"
    )
    # Collected, so that in every branch of the plan an incident has the same number.
    incidents = judged.collect().lazy()
    subjects = incidents.join(
        swept.to_frame("incident_ref").lazy(), on="incident_ref", how="semi", maintain_order="left"
    )
    for found, on in ((_of_children(children.lazy()), "incident_ref"), (repeats(incidents, accepted), "row")):
        subjects = subjects.join(found, on=on, how="left", maintain_order="left")
    known = {f"has_{table}": pl.lit(table in supplied) for table in (*PLANS, *EPISODES)}
    return FACTS.plan(subjects.with_columns(**known), moment)


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
    words = pl.format("{}: {}", pl.col("child_ref").fill_null(UNNAMED), "since_in_words").str.join("\n")
    sums = {name: number.cast(pl.Int64).sum() for name, number in counted.items()}
    return children.group_by("incident_ref").agg(**sums, since_in_words=words)


def _is_one_of(since: pl.Expr, words: tuple[Since, ...]) -> pl.Expr:
    return since.is_in([word.value for word in words])


def _number(column: str) -> pl.Expr:
    return pl.col(column).fill_null(0)


def _children(_: Moment) -> pl.Expr:
    """Those with a name, and as many more as are counted; at least one more where there is an unnamed rest."""
    more_counted = pl.max_horizontal(pl.col("child_count") - pl.col("named"), pl.lit(1, pl.Int64))
    return _number("named") + pl.when(pl.col("rests") > 0).then(more_counted).otherwise(0)


def _to_be_referred(column: str) -> Callable[[Moment], pl.Expr]:
    """The number where children of such an incident are referred, which is so unless surely it is not of the kind."""
    return lambda _: pl.when(pl.col("is_such").fill_null(value=True)).then(_number(column)).otherwise(0)


def _is_risk_raised(_: Moment) -> pl.Expr:
    """A blank level of its own is raised by medium and high, as standard is."""
    own = pl.max_horizontal(risk_number(pl.col("risk_level")), pl.lit(1, pl.Int64))
    return _number("risk_later") > own


def _part(
    part: TriagePart, description: str, sample: int, expression: Callable[[Moment], pl.Expr], *tables: str
) -> Fact:
    """What is counted of a part; null where one of the tables was not supplied."""

    def counted(moment: Moment) -> pl.Expr:
        number = expression(moment).cast(pl.Int64)
        return pl.when(*(f"has_{table}" for table in tables)).then(number) if tables else number

    return Fact(part.value, pl.Int64(), description, sample, counted, nullable=bool(tables), tables=tables)


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
        *PLANS,
    ),
    _part(
        TriagePart.PREVIOUS_PLAN_CHILDREN,
        "children of whom a plan has ended and none is known to be current",
        1,
        lambda _: _number("off_plan"),
        *PLANS,
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
        *EPISODES,
    ),
    _part(TriagePart.NO_RISK_FORM, "1 where there is no risk form", 0, lambda _: ~pl.col("has_form")),
)


def _points(counted: Fact) -> Fact:
    part = TriagePart(counted.name)

    def expression(moment: Moment) -> pl.Expr:
        weights = moment.policy.triage
        return pl.col(part.value).clip(upper_bound=weights.most_counted) * int(getattr(weights, part.value))

    return Fact(
        part.points,
        pl.Int64(),
        f"weight of {part.value} x what it counts, up to most_counted",
        None,
        expression,
        nullable=counted.nullable,
        tables=counted.tables,
    )


POINTS = tuple(_points(part) for part in PARTS)
SCORE = Fact(
    "score",
    pl.Int64(),
    "the sum of all points; a part that is not known adds nothing",
    None,
    lambda _: pl.sum_horizontal(part.name for part in POINTS),
)
FACTS = FactTable(
    subject="swept_incident",
    description="An incident of a sweep.",
    key=("incident_ref",),
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
