"""A rate budget: tokens come back with the clock, never faster, never not at all."""

import threading

import pytest

from connectors.kit.budget import Budgets, RateBudget


class Monotonic:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_free_and_then_the_rate_holds():
    budget = RateBudget(rate=10, burst=3, monotonic=Monotonic())

    assert [budget.take() for _ in range(5)] == pytest.approx([0, 0, 0, 0.1, 0.2])


def test_tokens_come_back_with_the_clock_and_no_more_than_a_burst():
    clock = Monotonic()
    budget = RateBudget(rate=10, burst=3, monotonic=clock)
    for _ in range(10):
        budget.take()

    clock.now = 1000

    assert [budget.take() for _ in range(4)] == pytest.approx([0, 0, 0, 0.1])


def test_a_pause_that_the_vendor_asked_for_holds_everybody():
    clock = Monotonic()
    budget = RateBudget(rate=10, burst=3, monotonic=clock)

    budget.hold(30)

    assert budget.take() == pytest.approx(30)
    clock.now = 40
    assert budget.take() == 0


def test_a_slower_pace_holds_from_the_next_request_on_and_ends_the_burst():
    budget = RateBudget(rate=10, burst=5, monotonic=Monotonic())
    budget.take()

    budget.pace(1)

    assert [budget.take() for _ in range(3)] == pytest.approx([0, 1, 2], abs=0.11)


def test_threads_never_get_the_same_place():
    budget = RateBudget(rate=1, burst=1, monotonic=Monotonic())
    waits: list[float] = []
    threads = [threading.Thread(target=lambda: waits.append(budget.take())) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(waits) == pytest.approx(list(range(20)))


def test_each_method_and_rule_has_a_budget_of_its_own():
    budgets = Budgets(10, 1, rule=lambda path: path.split("/")[1])

    assert budgets("GET", "/issue/1") is budgets("GET", "/issue/2")
    assert budgets("GET", "/issue/1") is not budgets("POST", "/issue/1")
    assert budgets("GET", "/issue/1") is not budgets("GET", "/user/1")


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (-1, 1), (1, 0)])
def test_a_budget_that_could_never_be_spent_is_refused(rate: float, burst: int):
    with pytest.raises(ValueError, match="positive"):
        RateBudget(rate, burst)
