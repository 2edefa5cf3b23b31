"""`/api/v1/digests`: made, changed, refused, removed."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from app.core.db import Database
from tests.support.digest_site import Site, site

PATH = "/api/v1/digests"


@pytest.fixture
def here(db: Database) -> Iterator[Site]:
    with site(db) as made:
        yield made


@pytest.fixture(scope="module")
def without_digests(shared_db: Database) -> Iterator[Site]:
    with site(shared_db) as made:
        yield made


def test_a_digest_is_made_read_changed_and_removed(here: Site) -> None:
    team = here.api.post("/api/v1/teams", json={"name": "Checkout"}).json()["id"]
    made = here.digest(teams=[team], schedule="30 8 * * 1-5")
    assert made["teams"] == [team]
    assert (made["timezone"], made["days"], made["enabled"], made["failure"]) == ("Europe/Paris", 28, True, None)
    assert made["next_at"] == "2026-11-03T07:30:00Z"
    one = f"{PATH}/{made['id']}"
    assert here.api.get(one, role="editor").json() == made
    assert [found["id"] for found in here.api.get(PATH).json()["items"]] == [made["id"]]
    changed = here.api.ask("PATCH", one, json={"locale": "fr", "timezone": "UTC", "enabled": False})
    assert (changed.json()["locale"], changed.json()["next_at"]) == ("fr", None)
    assert here.api.ask("DELETE", one).status_code == 204
    assert here.api.get(one).status_code == 404


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"channel": "#general"}, ["body", "channel"]),
        ({"metrics": []}, ["body", "metrics"]),
        ({"metrics": ["speed"]}, ["body", "metrics", 0]),
        ({"metrics": ["cycle_time", "cycle_time"]}, ["body", "metrics", 1]),
        ({"metrics": ["time_in_status"]}, ["body", "metrics", 0]),
        ({"teams": [str(uuid4())]}, ["body", "teams", 0]),
        ({"source_id": str(uuid4())}, ["body", "source_id"]),
        ({"schedule": "* * * * *"}, ["body", "schedule"]),
        ({"schedule": "soon"}, ["body", "schedule"]),
        ({"timezone": "Mars/Olympus"}, ["body", "timezone"]),
        ({"locale": "de"}, ["body", "locale"]),
        ({"days": 0}, ["body", "days"]),
        ({"colour": "red"}, ["body", "colour"]),
    ],
)
def test_a_digest_that_could_never_be_posted_is_refused(
    without_digests: Site, change: dict[str, Any], place: list[Any]
) -> None:
    body = {"name": "Weekly", "source_id": without_digests.source_id, "channel": "C0GENERAL", **change}
    refused = without_digests.api.post(PATH, json=body)
    assert refused.status_code == 422
    assert [error["loc"] for error in refused.json()["errors"]] == [place]


def test_a_name_is_taken_once(here: Site) -> None:
    here.digest()
    body = {"name": "Weekly", "source_id": here.source_id, "channel": "C0GENERAL"}
    assert here.api.post(PATH, json=body).status_code == 409


def test_a_ledger_is_read_page_by_page(here: Site) -> None:
    made = here.digest(metrics=["throughput"])
    for _ in range(3):
        here.until_due()
        here.courier.deliver_due()
    first = here.api.get(f"{PATH}/{made['id']}/deliveries?limit=2").json()
    second = here.api.get(f"{PATH}/{made['id']}/deliveries?limit=2&cursor={first['next']}").json()
    periods = [one["period"] for page in (first, second) for one in page["items"]]
    assert periods == ["2026-11-23T09:00", "2026-11-16T09:00", "2026-11-09T09:00"]
    assert {one["status"] for one in first["items"]} == {"sent"}
