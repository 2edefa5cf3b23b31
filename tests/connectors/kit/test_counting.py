"""Counts of scopes are a help: whatever a vendor does with them, the scopes can be chosen."""

from threading import Lock

import pytest

from connectors.kit.counting import MOST, counted
from connectors.kit.errors import AuthError, ConfigError, ConnectorError, RateLimited, Transient
from connectors.kit.stream import Scope


def scopes(number: int) -> list[Scope]:
    return [Scope(external_id=str(place), name=f"Project {place}") for place in range(number)]


def test_only_what_is_not_known_is_asked_for_and_the_order_stays() -> None:
    asked = []

    def count(scope: Scope) -> int:
        asked.append(scope.external_id)
        return 7

    known = Scope(external_id="a", name="Known", items=0)
    assert [one.items for one in counted([known, *scopes(2)], count)] == [0, 7, 7]
    assert sorted(asked) == ["0", "1"]


def test_of_very_many_scopes_the_first_ones_are_counted() -> None:
    found = counted(scopes(MOST + 3), lambda scope: int(scope.external_id))
    assert [one.items for one in found] == [*range(MOST), None, None, None]


@pytest.mark.parametrize("error", [AuthError("No."), ConfigError("No.")])
def test_a_refused_count_leaves_that_scope_without_one(error: ConnectorError) -> None:
    def count(scope: Scope) -> int:
        if scope.external_id == "1":
            raise error
        return 3

    assert [one.items for one in counted(scopes(3), count)] == [3, None, 3]


@pytest.mark.parametrize("error", [Transient("Later."), RateLimited("Later.")])
def test_a_vendor_that_is_busy_is_not_asked_again_and_again(error: ConnectorError) -> None:
    asked, lock = [], Lock()

    def count(scope: Scope) -> int:
        with lock:
            asked.append(scope.external_id)
        raise error

    found = counted(scopes(MOST), count)
    assert {one.items for one in found} == {None}
    assert len(asked) < MOST / 2
