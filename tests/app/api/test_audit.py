"""The audit list: newest first, page by page, and by instants in every form."""

from datetime import timedelta

import pytest

from tests.app.api.conftest import Api


@pytest.fixture
def acted(api_on_both: Api) -> Api:
    """Five acts, a day apart, the first on 2 March at 09:00 UTC."""
    for name in "abcde":
        api_on_both.ask("PUT", f"/api/v1/tools/{name}", json={})
        api_on_both.clock.at += timedelta(days=1)
    return api_on_both


def targets(api: Api, query: str = "") -> list[str]:
    return [act["target"].removeprefix("tool:") for act in api.get(f"/api/v1/audit{query}").json()["items"]]


def test_acts_are_read_page_by_page_newest_first(acted: Api) -> None:
    seen: list[str] = []
    query = "?limit=2"
    while query:
        page = acted.get(f"/api/v1/audit{query}").json()
        seen += [act["target"][-1] for act in page["items"]]
        query = f"?limit=2&cursor={page['next']}" if page["next"] else ""
    assert seen == list("edcba")


@pytest.mark.parametrize(
    "window",
    [
        "?from=2026-03-03&to=2026-03-05",
        "?from=2026-03-03T09:00:00Z&to=2026-03-05T10:00:00%2B01:00",
        "?from=1772528400&to=1772701200",
        "?from=1772528400000&to=1772701200000",
    ],
)
def test_acts_are_found_by_instants_in_every_form(acted: Api, window: str) -> None:
    assert targets(acted, window) == ["c", "b"]


def test_acts_are_found_by_what_was_done_and_to_what(acted: Api) -> None:
    assert targets(acted, "?target=tool:c") == ["c"]
    assert targets(acted, "?action=tool.forget") == []
    assert len(targets(acted, "?actor=admin-token")) == 5


@pytest.mark.parametrize("query", ["from=soon", "to=99999999999999999", "cursor=x", "limit=0"])
def test_a_wrong_query_is_refused(api: Api, query: str) -> None:
    assert api.get(f"/api/v1/audit?{query}").status_code == 422
