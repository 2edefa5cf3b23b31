"""Exact numbers by cell, against NumPy's own functions cell by cell."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.metrics.aggregate import different, distinct, members, numbers, percentiles

QUANTILES = (0.0, 0.5, 0.75, 0.85, 0.95, 1.0)


def check(cell: np.ndarray, value: np.ndarray, cells: int) -> None:
    found = percentiles(cell, value, cells, QUANTILES)
    for number in range(cells):
        mine = value[cell == number]
        assert found.n[number] == len(mine)
        if len(mine):
            assert found.quantiles[number] == pytest.approx(np.quantile(mine, QUANTILES), rel=1e-12)
            assert found.mean[number] == pytest.approx(mine.mean(dtype=np.longdouble), rel=1e-12)
        else:
            assert np.isnan(found.mean[number])
            assert np.isnan(found.quantiles[number]).all()


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(1, 6), st.integers(0, 40), st.sampled_from([1, 10**6, 10**14, 2**62]))
def test_few_values(data: st.DataObject, cells: int, size: int, largest: int) -> None:
    cell = data.draw(arrays(np.int64, size, elements=st.integers(0, cells - 1)))
    value = data.draw(arrays(np.int64, size, elements=st.integers(0, largest)))
    check(cell, value, cells)


@pytest.mark.parametrize("in_order", [True, False])
@pytest.mark.parametrize("cells", [1, 3, 40])
def test_many_values(cells: int, in_order: bool) -> None:
    dice = np.random.default_rng(1)
    cell = dice.integers(0, cells, 9_000)
    check(np.sort(cell) if in_order else cell, dice.integers(0, 10**13, 9_000), cells)


@pytest.mark.parametrize("people", [5, 10**8])
def test_distinct_people(people: int) -> None:
    cell = np.array([0, 0, 0, 2, 2, 2, 2])
    person = np.array([1, 1, -1, 0, people - 1, -1, 0])
    assert distinct(cell, person, 3, people).tolist() == [1, 0, 2]


@pytest.mark.parametrize("people", [6, 10**8])
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-1, 5)), max_size=40))
def test_the_members_of_cells_are_each_pair_once_in_order(people: int, pairs: list[tuple[int, int]]) -> None:
    cell, person = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    found = list(zip(*(column.tolist() for column in members(cell, person, 4, people)), strict=True))
    assert found == sorted({pair for pair in pairs if pair[1] >= 0})


@given(st.lists(st.integers(0, 2**40) | st.integers(0, 9), max_size=40))
def test_different_numbers_small_and_large(some: list[int]) -> None:
    column = np.array(some, dtype=np.int64)
    assert different(column).tolist() == numbers(column).tolist() == sorted(set(some))
