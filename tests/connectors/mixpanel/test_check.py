"""What the check says about a source before it is read."""

import dataclasses

import pytest

from connectors.kit.connector import Check
from connectors.kit.hosts import HostPolicy
from connectors.kit.sandbox import Request, Response
from connectors.mixpanel.sandbox import Keys
from tests.support.door import Answer
from tests.support.mixpanel_site import Served, mixpanel


def told(served: Served, **config: object) -> dict[str, Check]:
    return {finding.name: finding for finding in served.connector.check(served.access(**config))}


def answering(status: int, path: str) -> Answer:
    def answer(request: Request) -> Response | None:
        return Response(status, b'{"error":"no"}') if request.path.endswith(path) else None

    return answer


def test_a_good_source_is_told_with_three_requests_at_most():
    with mixpanel() as served:
        found = told(served, events=["Search run"])

    assert {name: one.status for name, one in found.items()} == dict.fromkeys(
        ("url", "export", "profiles", "events"), "ok"
    )
    assert len(served.door.asked) == 3


@pytest.mark.parametrize(
    ("status", "name", "part"),
    [
        (401, "credentials", "secret"),
        (403, "credentials", "member of the project"),
        (402, "export", "plan"),
        (400, "export", "project id"),
        (429, "export", "by itself"),
        (500, "export", "next run"),
    ],
)
def test_what_stands_in_the_way_of_an_export_is_told_with_a_remedy(status: int, name: str, part: str):
    with mixpanel(answering(status, "/export")) as served:
        found = served.connector.check(served.access())

    assert (found[-1].name, found[-1].status) == (name, "error")
    assert part in found[-1].remedy
    assert len(found) == 2


def test_a_foreign_project_is_refused():
    with mixpanel() as served:
        access = served.access()
        elsewhere = access.config.model_copy(update={"project_id": 5})
        found = served.connector.check(dataclasses.replace(access, config=elsewhere))

    assert found[-1].status == "error"


def test_profiles_that_may_not_be_read_are_a_warning_that_says_what_will_be_missing():
    with mixpanel(keys=Keys(may_query=False)) as served:
        found = told(served)

    assert found["profiles"].status == "warning"
    assert "accounts are left out" in found["profiles"].detail


def test_events_that_nobody_sends_are_named():
    with mixpanel() as served:
        found = told(served, events=["Search run", "search run"])

    assert found["events"].status == "warning"
    assert found["events"].detail.endswith(": search run.")


def test_names_that_cannot_be_compared_are_a_warning():
    with mixpanel(answering(403, "/names")) as served:
        assert told(served, events=["Search run"])["events"].status == "warning"


def test_an_address_that_may_not_be_asked_is_the_only_finding():
    with mixpanel() as served:
        access = dataclasses.replace(served.access(), hosts=HostPolicy(["127.0.0.1"]))
        found = served.connector.check(access)

    assert [(one.name, one.status) for one in found] == [("url", "error")]
