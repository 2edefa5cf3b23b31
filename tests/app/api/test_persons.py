"""Numbers of single persons are told to admins alone, and only where the deployment has switched them on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.api.conftest import Api, serve
from tests.app.api.test_tooling import PEOPLE, WEEK, push_usage
from tests.support.databases import copy_of


@pytest.fixture(scope="module", params=[False, True], ids=["off", "on"])
def switched(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(scope="module")
def api(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, switched: bool) -> Iterator[Api]:
    with copy_of(sqlite_template, tmp_path_factory.mktemp("persons") / "prodops.db") as database:
        yield from serve(database, person_metrics=switched)


@pytest.fixture(scope="module")
def source(api: Api) -> str:
    return push_usage(api)


@pytest.mark.parametrize("metric", ["feature_usage", "seat_utilisation", "active_users"])
@pytest.mark.parametrize("role", ["viewer", "editor", "admin"])
def test_facts_name_accounts_to_admins_of_a_deployment_that_wants_it(
    api: Api, source: str, switched: bool, metric: str, role: str
) -> None:
    assert source
    listed = api.get(f"/api/v1/metrics/{metric}/facts?{WEEK}&limit=500", role=role).json()["items"]
    assert listed
    assert any("account" in fact for fact in listed) == (switched and role == "admin")
    if role != "admin":
        assert not any(name in str(listed) for name in PEOPLE)
        assert not any("idle" in fact for fact in listed)


def test_the_list_of_idle_seats_is_for_admins(api: Api, source: str, switched: bool) -> None:
    assert source
    if switched:
        return
    for fact in api.get(f"/api/v1/metrics/seat_utilisation/facts?{WEEK}").json()["items"]:
        assert len(fact["idle"]) == fact["held"] - fact["active"]
        assert sum(seat["never_used"] for seat in fact["idle"]) == fact["never_used"]
        assert {seat["account"]["external_id"] for seat in fact["idle"]} == {"idle", "never"}
