"""The order of transitions of one instant."""

import random
from itertools import pairwise

import pytest

from app.facts.chain import Step, chained, natural


def steps(*pairs: tuple[int, int]) -> list[Step]:
    return [Step(place, left, entered, f"m{place}") for place, (left, entered) in enumerate(pairs)]


@pytest.mark.parametrize(
    ("pairs", "before", "end", "expected"),
    [
        (((2, 3), (1, 2), (0, 1)), 0, 3, [2, 1, 0]),
        (((2, 3), (1, 2), (0, 1)), None, 3, [2, 1, 0]),
        (((0, 1), (0, 2), (2, 0)), 0, 1, [1, 2, 0]),
        (((1, 0), (0, 1)), None, 0, [1, 0]),
        (((1, 0), (0, 1)), None, 1, [0, 1]),
        (((5, 6), (7, 8)), 1, 8, [0, 1]),
    ],
    ids=["chain", "chain without a beginning", "no dead end", "ring to 0", "ring to 1", "no chain: by id"],
)
def test_steps_follow_their_chain(
    pairs: tuple[tuple[int, int], ...], before: int | None, end: int, expected: list[int]
) -> None:
    assert [step.place for step in chained(steps(*pairs), before, end)] == expected


def test_a_shuffled_walk_is_put_back_without_a_break() -> None:
    dice = random.Random(9)
    for _ in range(200):
        walk = [dice.randrange(4) for _ in range(dice.randrange(2, 9))]
        some = [Step(place, left, entered, f"m{place}") for place, (left, entered) in enumerate(pairwise(walk))]
        dice.shuffle(some)
        result = chained(some, walk[0], walk[-1])
        assert [result[0].from_status, *(step.to_status for step in result)][-1] == walk[-1]
        assert all(one.to_status == two.from_status for one, two in pairwise(result))


def test_natural_order_compares_digits_as_numbers() -> None:
    assert sorted(["h10#1", "h9#10", "h9#2"], key=natural) == ["h9#2", "h9#10", "h10#1"]
