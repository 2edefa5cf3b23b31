"""Intervals and tests against plain resampling, textbook values and each other."""

import random
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.insights.statistics import interval, mann_whitney, quantiles_resampled, ratios_resampled


def dice() -> np.random.Generator:
    return np.random.default_rng(11)


def counted_pairs(first: list[int], second: list[int]) -> float:
    """U by its definition: the pairs in which the first value is larger, ties counting half."""
    return sum((one > two) + 0.5 * (one == two) for one in first for two in second)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=25), st.lists(st.integers(0, 9), min_size=1, max_size=25))
def test_u_counts_the_pairs(first: list[int], second: list[int]) -> None:
    found = mann_whitney(np.array(first), np.array(second))
    assert found.u == pytest.approx(counted_pairs(first, second))
    assert found.effect == pytest.approx(counted_pairs(first, second) / (len(first) * len(second)))
    assert 0 <= found.p <= 1


def test_p_is_the_share_of_relabellings_that_are_as_far_apart() -> None:
    """By its definition: shuffle which value belongs to which sample, and count."""
    chance = random.Random(5)
    first = [chance.randrange(100) for _ in range(25)]
    second = [value + 14 for value in (chance.randrange(100) for _ in range(30))]
    found = mann_whitney(np.array(first), np.array(second))
    middle = len(first) * len(second) / 2
    far = 0
    both = first + second
    for _ in range(4000):
        chance.shuffle(both)
        far += abs(counted_pairs(both[:25], both[25:]) - middle) >= abs(found.u - middle)
    assert found.p == pytest.approx(far / 4000, abs=0.02)


def test_samples_that_are_one_value_do_not_differ() -> None:
    assert mann_whitney(np.full(30, 5), np.full(30, 5)).p == 1


def test_samples_that_do_not_overlap_differ() -> None:
    assert mann_whitney(np.arange(40), np.arange(40) + 100).p < 1e-12


@pytest.mark.parametrize("share", [0.5, 0.85, 0.95])
@pytest.mark.parametrize("size", [20, 37, 300])
def test_resampled_quantiles_are_those_of_samples_drawn_one_by_one(share: float, size: int) -> None:
    values = np.round(dice().lognormal(3, 1, size), 2)
    plain = dice()
    slow = [float(np.quantile(plain.choice(values, size), share)) for _ in range(4000)]
    fast = quantiles_resampled(values, share, dice())
    spread = statistics.pstdev(slow)
    assert float(np.mean(fast)) == pytest.approx(statistics.fmean(slow), abs=spread * 0.1)
    for value in values:
        below = statistics.fmean(one <= value for one in slow)
        assert float(np.mean(fast <= value)) == pytest.approx(below, abs=0.04)


def test_the_only_value_is_every_quantile() -> None:
    assert set(quantiles_resampled(np.array([7.0]), 0.95, dice()).tolist()) == {7.0}


def test_resampled_ratios_are_those_of_pairs_drawn_one_by_one() -> None:
    above, below = dice().integers(0, 9, 60), dice().integers(5, 20, 60)
    plain = dice()
    slow = []
    for _ in range(4000):
        drawn = plain.integers(0, 60, 60)
        slow.append(float(above[drawn].sum() / below[drawn].sum()))
    fast = ratios_resampled(above, below, dice())
    assert float(np.mean(fast)) == pytest.approx(statistics.fmean(slow), rel=0.01)
    assert float(np.std(fast)) == pytest.approx(statistics.pstdev(slow), rel=0.06)


def test_very_many_pairs_are_resampled_as_one_by_one() -> None:
    plain = dice()
    above, below = plain.exponential(5, 6_000), plain.exponential(9, 6_000) + 1
    slow = []
    for _ in range(1_500):
        drawn = plain.integers(0, 6_000, 6_000)
        slow.append(float(above[drawn].sum() / below[drawn].sum()))
    fast = ratios_resampled(above, below, dice())
    assert float(np.mean(fast)) == pytest.approx(statistics.fmean(slow), rel=0.002)
    assert float(np.std(fast)) == pytest.approx(statistics.pstdev(slow), rel=0.08)
    for share in (2.5, 97.5):
        assert float(np.percentile(fast, share)) == pytest.approx(float(np.percentile(slow, share)), rel=0.01)


def test_a_sample_without_denominator_has_no_ratio() -> None:
    assert interval(ratios_resampled(np.zeros(5), np.zeros(5), dice())) is None


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    """Two samples of the same source: zero lies in 95 % of the intervals, here in at least 90 of 100."""
    source = dice()
    covers = 0
    for _ in range(100):
        one, two = source.exponential(10, 60), source.exponential(10, 60)
        between = interval(quantiles_resampled(two, 0.5, source) - quantiles_resampled(one, 0.5, source))
        assert between is not None
        covers += between[0] <= 0 <= between[1]
    assert covers >= 90
