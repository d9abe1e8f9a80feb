"""What a sample is, how many it takes, and what it says of the backlog; each figure is worked out by hand beside it."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from fractions import Fraction
from math import comb

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.errors import ConfigError
from checker.models import ORDER, SAMPLED, Answer, Sample
from checker.sampling import Estimate, answered, draw, interval, line_id, result, sample_size
from checker.sampling.drawing import shares
from checker.sampling.result import whole_of
from tests.samples import CANNOT_TELL, NO, YES, order_of, sample_of

ALPHA_HALF = Fraction(1, 40)  # half of what 95% leaves


def chance(found: int, sampled: int, such: int, population: int) -> Fraction:
    """That so many are found, exactly, where so many of the population are such."""
    return Fraction(comb(such, found) * comb(population - such, sampled - found), comb(population, sampled))


def by_brute_force(sampled: int, found: int, population: int) -> tuple[int, int]:
    """The interval by trying every number, in fractions."""
    numbers = range(found, population - (sampled - found) + 1)
    from_below = [
        such
        for such in numbers
        if sum(chance(count, sampled, such, population) for count in range(found, sampled + 1)) >= ALPHA_HALF
    ]
    from_above = [
        such
        for such in numbers
        if sum(chance(count, sampled, such, population) for count in range(found + 1)) >= ALPHA_HALF
    ]
    return min(from_below), max(from_above)


# --- the interval


def test_an_interval_is_that_of_a_calculation_by_hand() -> None:
    """2 found in 6 of 20.

    With 2 such in all, both must be drawn: C(18, 4) of C(20, 6) ways, 3060 / 38760 = 0.0789, at least 0.025: low = 2.
    With 14, at most 2 are found in C(6, 6) + 14 C(6, 5) + C(14, 2) C(6, 4) = 1 + 84 + 1365 = 1450 ways, 0.0374; with 15
    in none + 15 C(5, 5) + C(15, 2) C(5, 4) = 15 + 525 = 540 ways, 0.0139, less than 0.025: high = 14.
    """
    assert (comb(18, 4), comb(20, 6)) == (3060, 38760)
    assert comb(6, 6) + 14 * comb(6, 5) + comb(14, 2) * comb(6, 4) == 1450
    assert 15 * comb(5, 5) + comb(15, 2) * comb(5, 4) == 540
    assert (1450 / 38760 >= 0.025, 540 / 38760 < 0.025) == (True, True)
    assert interval(6, 2, 20) == (2, 14)


def test_every_interval_of_a_small_population_is_that_of_brute_force() -> None:
    cases = [
        (sampled, found, population)
        for population in range(1, 13)
        for sampled in range(population + 1)
        for found in range(sampled + 1)
    ]
    assert {case: interval(*case) for case in cases} == {case: by_brute_force(*case) for case in cases}
    assert len(cases) == 454


def test_a_number_that_is_exactly_at_the_limit_is_not_ruled_out() -> None:
    """With 1 such among 40, the one that is drawn is it with a chance of 1 in 40, which is half of 5%."""
    assert interval(1, 1, 40) == (1, 40)
    assert interval(1, 0, 40) == (0, 39)


def test_the_ends_are_exact() -> None:
    """None found in 65 of 580: with 30 such there is still a chance of C(550, 65) in C(580, 65) of that."""
    assert interval(65, 0, 580) == (0, 30)
    assert interval(65, 65, 580) == (550, 580)
    none_found = [Fraction(comb(580 - such, 65), comb(580, 65)) for such in (30, 31)]
    assert none_found[0] >= ALPHA_HALF > none_found[1]
    assert interval(580, 87, 580) == (87, 87)
    assert interval(0, 0, 580) == (0, 580)


def test_a_higher_confidence_is_a_wider_interval() -> None:
    """The lower limit at 50%: with 4 such 2 or more are found in 13,280 of 38,760 ways (0.343), with 3 in 7,820."""
    ways = [sum(comb(such, found) * comb(20 - such, 6 - found) for found in range(2, 7)) for such in (3, 4)]
    assert ways == [7820, 13280]
    assert (7820 / 38760 < 0.25, 13280 / 38760 >= 0.25) == (True, True)
    assert [interval(6, 2, 20, confidence) for confidence in (0.5, 0.9, 0.95, 0.99)] == [
        (4, 10),
        (2, 13),
        (2, 14),
        (2, 15),
    ]


def test_a_backlog_of_a_million_is_no_harder() -> None:
    """80 found in 650: by the normal approximation 0.123 ± 0.025 of a million."""
    low, high = interval(650, 80, 1_000_000)
    assert abs(low - 98_800) < 2_000
    assert abs(high - 150_900) < 2_000


def test_whatever_the_truth_is_the_interval_holds_it_in_95_of_100_samples_or_more() -> None:
    """The exact chance, for every number that may be such."""
    population, sampled = 60, 15
    held = [
        sum(
            chance(found, sampled, such, population)
            for found in range(max(0, sampled - (population - such)), min(sampled, such) + 1)
            if interval(sampled, found, population)[0] <= such <= interval(sampled, found, population)[1]
        )
        for such in range(population + 1)
    ]
    assert min(held) >= Fraction(95, 100)


# --- how often it is right, by simulation

SIMULATED = 2_000


def backlog() -> tuple[pl.DataFrame, set[str]]:
    """580 incidents of three verdicts, and those of them that have a child not accounted for: most with a finding."""
    chances = {"finding": 0.3, "pass": 0.04, "undetermined": 0.15}
    verdicts = [list(chances)[number % 3] for number in range(580)]
    order, dice = order_of(580).with_columns(verdict=pl.Series(verdicts)), random.Random(580)
    rows = order.select("incident_ref", "verdict").iter_rows()
    return order, {incident for incident, verdict in rows if dice.random() < chances[verdict]}


def test_a_95_interval_holds_the_truth_in_at_least_95_of_100_simulated_samples() -> None:
    order, faulty = backlog()
    held = 0
    for seed in range(1, SIMULATED + 1):
        found = sum(incident in faulty for incident in draw(order, 65, seed, ())["incident_ref"])
        low, high = interval(65, found, 580)
        held += low <= len(faulty) <= high
    assert (len(faulty), held) == (91, 1952)
    assert held >= 0.95 * SIMULATED


def test_so_does_that_of_a_stratified_sample() -> None:
    order, faulty = backlog()
    held = 0
    for seed in range(1, SIMULATED + 1):
        rows = draw(order, 65, seed, ("verdict",)).rows()
        sampled = Counter((stratum, of) for _, _, stratum, of in rows)
        found = Counter(stratum for _, incident, stratum, _ in rows if incident in faulty)
        tallies = [Estimate(name, of, size, found[name], 0, 0.0, 0, 0) for (name, of), size in sampled.items()]
        whole = whole_of(tallies)
        held += whole.low <= len(faulty) <= whole.high
    assert held == SIMULATED  # for Bonferroni's limits are wider than need be


# --- the draw


def hashed(seed: int, incident: str) -> str:
    return hashlib.sha256(f"{seed}:{incident}".encode()).hexdigest()


def test_a_simple_sample_has_the_lowest_hashes_in_their_order() -> None:
    order = order_of(40)
    lowest = sorted(order["incident_ref"], key=lambda incident: hashed(7, incident))[:5]
    drawn = draw(order, 5, 7, ())
    assert drawn.schema == SAMPLED
    assert drawn.rows() == [(place, incident, "all", 40) for place, incident in enumerate(lowest, start=1)]


def test_anybody_can_draw_it_again() -> None:
    """`printf %s 7:A | sha256sum` says 0d37…, and of B b855…, of C 7bb5…"""
    order = pl.DataFrame({"incident_ref": ["A", "B", "C"]}).match_to_schema(ORDER, missing_columns="insert")
    assert draw(order, 2, 7, ())["incident_ref"].to_list() == ["A", "C"]
    assert draw(order, 3, 7, ())["incident_ref"].to_list() == ["A", "C", "B"]


@pytest.mark.parametrize("stratified_by", [(), ("district", "verdict")])
def test_the_same_seed_draws_the_same_sample_in_whatever_order_the_incidents_stand(
    stratified_by: tuple[str, ...],
) -> None:
    order = order_of(200)
    drawn = draw(order, 30, 7, stratified_by)
    assert draw(order.sample(fraction=1, shuffle=True, seed=3), 30, 7, stratified_by).equals(drawn)
    assert not draw(order, 30, 8, stratified_by).equals(drawn)


def test_a_reference_in_any_letters_has_its_hash() -> None:
    order = pl.DataFrame({"incident_ref": ["Ä", "é😀", " x"]}).match_to_schema(ORDER, missing_columns="insert")
    in_order = sorted(order["incident_ref"], key=lambda incident: hashed(-3, incident))
    assert draw(order, 3, -3, ())["incident_ref"].to_list() == in_order


def test_a_stratified_sample_has_the_lowest_hashes_of_each_stratum() -> None:
    """Of 20 incidents 12 have a finding, 5 passed, 2 cannot be told and 1 is out of scope; 8 are drawn.

    Out of scope and cannot tell would have 8 x 1/20 and 8 x 2/20, less than one: they have one each. The others share 6
    in proportion to 12 and 5 of 17: 4.2 and 1.8, so 4 and 1, and the largest remainder makes it 2.
    """
    order = order_of(20)
    drawn = draw(order, 8, 7, ("verdict",))
    assert dict(drawn.group_by("stratum").len().iter_rows()) == {
        "verdict finding": 4,
        "verdict pass": 2,
        "verdict undetermined": 1,
        "verdict out of scope": 1,
    }
    assert dict(drawn.select("stratum", "of").iter_rows()) == {
        "verdict finding": 12,
        "verdict pass": 5,
        "verdict undetermined": 2,
        "verdict out of scope": 1,
    }
    for verdict, share in (("finding", 4), ("pass", 2), ("undetermined", 1), ("out_of_scope", 1)):
        of_it = sorted(order.filter(verdict=verdict)["incident_ref"], key=lambda incident: hashed(7, incident))
        assert set(of_it[:share]) == set(
            drawn.filter(pl.col("stratum") == f"verdict {verdict.replace('_', ' ')}")["incident_ref"]
        )


def test_the_order_of_a_stratified_sample_is_that_of_the_hashes_and_tells_nothing_of_the_strata() -> None:
    drawn = draw(order_of(200), 40, 7, ("verdict",))
    assert drawn["place"].to_list() == list(range(1, 41))
    incidents = drawn["incident_ref"].to_list()
    assert incidents == sorted(incidents, key=lambda incident: hashed(7, incident))


def test_a_stratum_is_named_after_its_values_and_a_blank_one_is_one_of_them() -> None:
    order = pl.DataFrame(
        {
            "incident_ref": ["A", "B", "C", "D"],
            "district": ["North", " ", None, "North "],
            "risk_level": ["high", None, "", "high"],
            "verdict": ["pass", "not_due", "not_due", "pass"],
        }
    ).match_to_schema(ORDER, missing_columns="insert")
    drawn = draw(order, 4, 1, ("verdict", "risk_level", "district")).sort("incident_ref")
    north, blank = (
        "district North, risk high, verdict pass",
        "district not recorded, risk not recorded, verdict not due",
    )
    assert drawn.select("stratum", "of").rows() == [(north, 2), (blank, 2), (blank, 2), (north, 2)]


@pytest.mark.parametrize(
    ("strata", "size", "share"),
    [
        ({"a": 10, "b": 10}, 5, {"a": 3, "b": 2}),  # 2.5 each: of equal remainders the first by name
        ({"b": 10, "a": 10}, 5, {"a": 3, "b": 2}),
        ({"a": 100, "b": 1}, 10, {"a": 9, "b": 1}),  # 9.9 and 0.1
        ({"a": 1, "b": 1, "c": 1}, 3, {"a": 1, "b": 1, "c": 1}),
        ({"a": 98, "b": 1, "c": 1}, 3, {"a": 1, "b": 1, "c": 1}),
        ({"a": 96, "b": 2, "c": 11, "d": 1}, 10, {"a": 7, "b": 1, "c": 1, "d": 1}),  # of 8 for a and c: 7.2 and 0.8
        ({"a": 7, "b": 5, "c": 3}, 15, {"a": 7, "b": 5, "c": 3}),  # all of them
        ({"a": 50, "b": 30, "c": 20}, 7, {"a": 4, "b": 2, "c": 1}),  # 3.5, 2.1, 1.4: to a
        ({"all": 580}, 65, {"all": 65}),
    ],
)
def test_each_stratum_has_its_share_by_the_largest_remainder_and_one_at_least(
    strata: dict[str, int], size: int, share: dict[str, int]
) -> None:
    assert shares(strata, size) == share


def test_no_stratum_has_a_share_of_more_incidents_than_it_has_and_all_shares_are_the_sample() -> None:
    dice = random.Random(1)
    for _ in range(300):
        strata = {f"s{n}": dice.choice((1, 1, 2, 3, 7, 40, 900)) for n in range(dice.randrange(1, 12))}
        size = dice.randrange(len(strata), sum(strata.values()) + 1)
        share = shares(strata, size)
        assert sum(share.values()) == size
        assert all(1 <= share[name] <= incidents for name, incidents in strata.items())


@pytest.mark.parametrize(
    ("size", "stratified_by", "fault"),
    [
        (41, (), "sample: 41 of 40 incidents cannot be drawn; draw at least 1 and at most as many as there are"),
        (0, (), "sample: 0 of 40 incidents cannot be drawn; draw at least 1 and at most as many as there are"),
        (
            3,
            ("verdict",),
            "sample: 3 incidents cannot hold one of each of the 4 strata; draw at least 4, or stratify by less",
        ),
        (5, ("team",), "sample: 'team' is nothing to stratify by; choose among district, risk_level, verdict"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_what_to_do(size: int, stratified_by: tuple[str, ...], fault: str) -> None:
    with pytest.raises(ConfigError) as told:
        draw(order_of(40), size, 7, stratified_by)
    assert str(told.value) == fault


# --- how many to draw


def smallest_by_brute_force(population: int, margin: Fraction) -> int:
    """The first size of which no interval reaches further than the margin, to either side."""
    return next(
        size
        for size in range(1, population + 1)
        if all(
            Fraction(high, population) - Fraction(found, size) <= margin
            and Fraction(found, size) - Fraction(low, population) <= margin
            for found in range(size + 1)
            for low, high in [by_brute_force(size, found, population)]
        )
    )


@pytest.mark.parametrize("margin", [Fraction(1, 20), Fraction(1, 10), Fraction(1, 5), Fraction(1, 3)])
def test_a_size_is_the_first_that_keeps_the_promise_whatever_is_found(margin: Fraction) -> None:
    populations = (1, 2, 3, 7, 12, 20, 23)
    found = {population: sample_size(population, float(margin)).exact for population in populations}
    assert found == {population: smallest_by_brute_force(population, margin) for population in populations}


def test_of_580_within_5_per_cent_it_takes_242_and_the_textbooks_say_232() -> None:
    """1.96² / (4 x 0.05²) = 384.15, and 384.15 / (1 + 383.15 / 580) = 231.3."""
    size = sample_size(580, 0.05)
    assert (size.exact, size.textbook) == (242, 232)
    assert furthest(242) <= Fraction(5, 100) < furthest(241)
    assert furthest(232) > Fraction(5, 100)


def furthest(size: int) -> Fraction:
    """How far an interval of 580 reaches from the share found, at most."""
    limits = [(Fraction(found, size), *interval(size, found, 580)) for found in range(size + 1)]
    return max(max(Fraction(high, 580) - share, share - Fraction(low, 580)) for share, low, high in limits)


@pytest.mark.parametrize(
    ("population", "margin", "confidence", "exact", "textbook"),
    [
        (580, 0.05, 0.99, 319, 310),
        (580, 0.1, 0.95, 91, 83),
        (1_000_000, 0.05, 0.95, 404, 384),
        (1_000_000, 0.01, 0.95, 9_611, 9_513),
        (580, 0.001, 0.95, 580, 580),
    ],
)
def test_the_size_for_other_wishes(
    population: int, margin: float, confidence: float, exact: int, textbook: int
) -> None:
    size = sample_size(population, margin, confidence)
    assert (size.exact, size.textbook) == (exact, textbook)


@pytest.mark.parametrize("population", [0, -1, 1_000_000_001])
def test_a_population_of_no_size_is_refused(population: int) -> None:
    with pytest.raises(ConfigError, match=r"no population has .* incidents; give 1 to 1,000,000,000"):
        sample_size(population, 0.05)


# --- what came of it


def told(size: int, one: str, other: str, agreed: dict[int, Answer] | None = None, of: int = 40) -> Sample:
    """A sample in the order of which reviewer 1, and 2, answered y(es), n(o), c(annot tell) or nothing (.)."""
    words = {"y": YES, "n": NO, "c": CANNOT_TELL}
    order = order_of(of)
    incidents = draw(order, size, 7, ())["incident_ref"].to_list()
    answers = {
        reviewer: {incident: words[said] for incident, said in zip(incidents, line, strict=True) if said != "."}
        for reviewer, line in ((1, one), (2, other))
    }
    return sample_of(order, size, answers=answers | {3: {incidents[at]: said for at, said in (agreed or {}).items()}})


def test_agreement_and_kappa_are_those_of_a_calculation_by_hand() -> None:
    """Of 10 they agree on 7 (4 yes, 2 no, 1 cannot tell): 0.7.

    One says yes 6 times, no 3 times, cannot tell once, the other 5, 3 and 2 times. By chance they would agree on
    0.6 x 0.5 + 0.3 x 0.3 + 0.1 x 0.2 = 0.41. Kappa is (0.7 - 0.41) / (1 - 0.41) = 29/59.
    """
    came = result(told(10, "yyyyyynnnc", "yyyyncnnyc"))
    assert (came.reviewed, came.agreed) == (10, 7)
    assert came.kappa == pytest.approx(29 / 59)


# Each table has a row for each answer of one reviewer and a column for each of the other: how many incidents have both.
PUBLISHED = {
    # The usual 2x2 example. They agree on 35 of 50, by chance on (25 x 30 + 25 x 20) / 50 = 25: (35 - 25) / (50 - 25).
    "textbook": ([[20, 5], [10, 15]], "0.400"),
    # Both agree on 60 of 100. By chance the first on (60 x 70 + 40 x 30) / 100 = 54: 6 / 46.
    "same agreement, much by chance": ([[45, 15], [25, 15]], "0.130"),
    # The second by chance on (60 x 30 + 40 x 70) / 100 = 46: 14 / 54.
    "same agreement, less by chance": ([[25, 35], [5, 35]], "0.259"),
    # On 1 of 10, by chance on (5 x 6 + 5 x 4) / 10 = 5: -4 / 5.
    "less than by chance": ([[1, 4], [5, 0]], "-0.800"),
    # J. Cohen, "Weighted kappa", Psychological Bulletin 70, 1968, table 1: 200 patients, three diagnoses. They agree on
    # 140, by chance on (120 x 100 + 60 x 60 + 20 x 40) / 200 = 82: 58 / 118.
    "Cohen 1968": ([[88, 14, 18], [10, 40, 10], [2, 6, 12]], "0.492"),
    # J. L. Fleiss, J. Cohen and B. S. Everitt, "Large sample standard errors of kappa and weighted kappa",
    # Psychological Bulletin 72, 1969. They agree on 70 of 100, by chance on 39 + 7.5 + 1 = 47.5: 22.5 / 52.5.
    "Fleiss, Cohen and Everitt 1969": ([[53, 5, 2], [11, 14, 5], [1, 6, 3]], "0.429"),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_kappa_is_that_of_published_tables(name: str) -> None:
    table, kappa = PUBLISHED[name]
    one = "".join(answer * sum(row) for answer, row in zip("ync", table, strict=False))
    other = "".join(answer * times for row in table for answer, times in zip("ync", row, strict=False))
    assert f"{result(told(len(one), one, other, of=len(one))).kappa:.3f}" == kappa


@given(st.lists(st.tuples(st.sampled_from("ync"), st.sampled_from("ync")), min_size=1, max_size=40))
@settings(deadline=None, max_examples=60)
def test_kappa_is_what_they_agree_beyond_chance_of_what_chance_leaves(said: list[tuple[str, str]]) -> None:
    """Chance is how often an answer of the one agrees with an answer of the other, whichever incidents they are of."""
    came = result(told(len(said), "".join(one for one, _ in said), "".join(other for _, other in said)))
    observed = Fraction(sum(one == other for one, other in said), len(said))
    chance = Fraction(sum(one == other for one, _ in said for _, other in said), len(said) ** 2)
    assert came.kappa == (None if chance == 1 else pytest.approx(float((observed - chance) / (1 - chance))))


@pytest.mark.parametrize("said", ["yyyyy", "nnn", "c"])
def test_what_both_said_of_the_same_kind_throughout_has_no_kappa(said: str) -> None:
    came = result(told(len(said), said, said))
    assert (came.reviewed, came.agreed, came.kappa) == (len(said), len(said), None)


def test_one_other_answer_is_enough_for_a_kappa() -> None:
    """By chance they agree on (4 x 5 + 1 x 0) / 5 = 4, as they do."""
    assert result(told(5, "yyyyn", "yyyyy")).kappa == 0


def test_two_who_never_agree_have_a_kappa_of_nought_where_each_always_says_the_same() -> None:
    assert result(told(4, "yyyy", "nnnn")).kappa == 0


def test_nothing_is_estimated_from_a_part_of_a_sample() -> None:
    came = result(told(10, "yynyyyynn.", "yynyyyyn.n"))
    assert (came.reviewed, came.agreed, came.whole, came.strata) == (8, 8, None, ())
    assert came.kappa == 1
    assert came.why_none == (
        "2 of the 10 incidents of the sample are not yet answered for by both reviewers. There is no estimate before "
        "that: what was done first is no random sample."
    )


def test_before_anything_is_answered_there_is_nothing_to_say() -> None:
    came = result(sample_of(order_of(40), 1))
    assert (came.reviewed, came.agreed, came.kappa, came.whole) == (0, 0, None, None)
    assert (came.why_none or "").startswith("1 of the 1 incidents of the sample is not yet answered")


def test_the_estimate_of_a_simple_sample_is_its_exact_interval() -> None:
    """2 of 10 found in 40: the likeliest is 8."""
    came = result(told(10, "yynyyyynyy", "yynyyyynyy"))
    low, high = by_brute_force(10, 2, 40)
    assert came.whole == Estimate("all", 40, 10, 2, 0, 8.0, low, high)
    assert (came.strata, came.why_none) == ((), None)


def test_what_is_unresolved_widens_the_interval_to_both_sides() -> None:
    """They differ on one, and cannot tell of another: 2 to 4 of 10."""
    came = result(told(10, "yynyyyynyc", "ynnyyyynyc"))
    low, high = by_brute_force(10, 2, 40)[0], by_brute_force(10, 4, 40)[1]
    assert came.whole == Estimate("all", 40, 10, 2, 2, None, low, high)
    assert came.agreed == 9


def test_what_was_agreed_settles_what_they_differed_on_or_could_not_tell_and_nothing_else() -> None:
    sample = told(10, "yynyyyynyc", "ynnyyyynyc", {1: NO, 9: YES, 0: NO})
    came = result(sample)
    assert came.whole == Estimate("all", 40, 10, 3, 0, 12.0, *by_brute_force(10, 3, 40))
    assert came.agreed == 9  # which is of what each said alone
    assert answered(sample)["final"].to_list() == [
        each.value for each in (YES, NO, NO, YES, YES, YES, YES, NO, YES, YES)
    ]


def test_what_was_agreed_to_be_unknown_stays_unresolved() -> None:
    came = result(told(10, "yynyyyynyn", "ynnyyyynyn", {1: CANNOT_TELL}))
    assert came.whole is not None
    assert (came.whole.found, came.whole.unresolved, came.whole.point) == (3, 1, None)


def test_where_all_were_looked_at_the_number_is_certain() -> None:
    came = result(told(6, "ynyynn", "ynyynn", of=6))
    assert came.whole == Estimate("all", 6, 6, 3, 0, 3.0, 3, 3)


def test_a_stratified_sample_tells_of_each_stratum_and_adds_up_their_limits() -> None:
    """8 of 20 as above: 1 of 4 with a finding has a fault, 1 of 2 that passed, none of the 2 single ones.

    The likeliest is 12 x 1/4 + 5 x 1/2 = 5.5. Each stratum has its limits at 95%; for the whole each has 98.75%.
    """
    order = order_of(20)
    rows = draw(order, 8, 7, ("verdict",))
    first = {rows.filter(stratum=f"verdict {verdict}")["incident_ref"][0] for verdict in ("finding", "pass")}
    answers = {incident: NO if incident in first else YES for incident in rows["incident_ref"]}
    came = result(sample_of(order, 8, "verdict", answers={1: answers, 2: answers}))
    of_each = {"finding": (12, 4, 1), "out of scope": (1, 1, 0), "pass": (5, 2, 1), "undetermined": (2, 1, 0)}
    assert came.strata == tuple(
        Estimate(f"verdict {name}", of, sampled, found, 0, of * found / sampled, *by_brute_force(sampled, found, of))
        for name, (of, sampled, found) in of_each.items()
    )
    limits = [interval(sampled, found, of, 0.9875) for of, sampled, found in of_each.values()]
    low, high = (sum(limit[side] for limit in limits) for side in (0, 1))
    assert came.whole == Estimate("all", 20, 8, 2, 0, 5.5, low, high)


def test_a_stratified_sample_with_something_unresolved_has_no_likeliest_number() -> None:
    order = order_of(20)
    incidents = draw(order, 8, 7, ("verdict",))["incident_ref"].to_list()
    yes = dict.fromkeys(incidents, YES)
    came = result(sample_of(order, 8, "verdict", answers={1: yes, 2: yes | {incidents[0]: NO}}))
    assert came.whole is not None
    assert (came.whole.found, came.whole.unresolved, came.whole.point) == (0, 1, None)
    assert came.whole.low == 0


def test_the_id_of_a_line_is_of_its_sample_reviewer_sweep_and_incident() -> None:
    """`printf '%s' '1|2|Backlog2017|INC-1' | sha256sum`: blanks do not count, for a cell may lose them."""
    assert line_id(1, 2, "Backlog 2017", "INC-1") == f"S-{hashlib.sha256(b'1|2|Backlog2017|INC-1').hexdigest()[:12]}"
    others = {line_id(*each) for each in ((2, 2, "B", "I"), (1, 1, "B", "I"), (1, 2, "C", "I"), (1, 2, "B", "J"))}
    assert len(others | {line_id(1, 2, "B", "I")}) == 5
