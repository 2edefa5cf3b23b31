"""Spreads the faults that were asked for over seeded scenarios."""

from collections.abc import Iterator

import pytest

from app.core.db import Database

pytest.register_assert_rewrite("tests.soak.scenario")

_SHARE = 40
"""Faults a scenario: a few rounds, so that many seeds take part."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    faults, first = metafunc.config.getoption("soak_faults"), metafunc.config.getoption("soak_seed")
    count = max(2, -(-faults // _SHARE))
    scenarios = [
        pytest.param(
            "postgresql" if seed % 8 in (1, 6) else "sqlite",
            seed,
            "datacenter" if seed % 2 else "cloud",
            -(-faults // count),
            id=f"{seed}",
        )
        for seed in range(first, first + count)
    ]
    metafunc.parametrize(("store", "seed", "deployment", "share"), scenarios, indirect=["store"])


@pytest.fixture
def store(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A migrated, empty database of the kind that the scenario wants."""
    yield from request.getfixturevalue(f"{request.param}_database")
