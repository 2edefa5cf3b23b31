"""Chance that falls the same way in every process and on every Python."""

import math
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Draws from one seed.

    Built on `Random.random()` alone: it is the only draw whose sequence Python promises to keep.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed).random

    def chance(self, share: float) -> bool:
        """True in that share of the draws."""
        return self._random() < share

    def below(self, limit: int) -> int:
        """A whole number in [0, limit)."""
        return int(self._random() * limit)

    def between(self, low: int, high: int) -> int:
        """A whole number in [low, high]."""
        return low + int(self._random() * (high - low + 1))

    def pick(self, values: Sequence[T]) -> T:
        """One of the values, each as likely."""
        return values[int(self._random() * len(values))]

    def weighted(self, values: Sequence[tuple[T, int]]) -> T:
        """One of the values, by its weight."""
        left = self._random() * sum(weight for _, weight in values)
        for value, weight in values:
            left -= weight
            if left < 0:
                return value
        return values[-1][0]

    def around(self, mean: float) -> int:
        """A duration with that mean and a long tail, as work has: log-normal, sigma 0.8."""
        normal = math.sqrt(-2.0 * math.log(1.0 - self._random())) * math.cos(2.0 * math.pi * self._random())
        return 1 + int(mean * math.exp(0.8 * normal - 0.32))
