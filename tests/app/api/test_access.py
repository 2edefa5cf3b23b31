"""Who may call what: every route has a row here, and a route without one fails."""

from uuid import uuid4

import pytest

from app.main import create_app
from tests.app.api.conftest import Api

ROLES = ("viewer", "editor", "admin")
OPEN = "open"

MATRIX = {
    "GET /healthz": OPEN,
    "GET /readyz": OPEN,
    "GET /metrics": "viewer",
    "GET /api/v1/openapi.json": "viewer",
    "GET /api/v1/connectors": "viewer",
    "GET /api/v1/connectors/{kind}": "viewer",
    "GET /api/v1/sources": "admin",
    "POST /api/v1/sources": "admin",
    "POST /api/v1/sources/check": "admin",
    "GET /api/v1/sources/{source_id}": "admin",
    "PATCH /api/v1/sources/{source_id}": "admin",
    "DELETE /api/v1/sources/{source_id}": "admin",
    "POST /api/v1/sources/{source_id}/check": "admin",
    "PUT /api/v1/sources/{source_id}/credentials": "admin",
    "GET /api/v1/sources/{source_id}/scopes": "admin",
    "POST /api/v1/sources/{source_id}/syncs": "admin",
    "GET /api/v1/syncs": "admin",
    "GET /api/v1/syncs/{run_id}": "admin",
    "POST /api/v1/syncs/{run_id}/cancel": "admin",
    "GET /api/v1/syncs/{run_id}/rejects": "admin",
    "POST /api/v1/syncs/{run_id}/rejects/retry": "admin",
    "GET /api/v1/metrics": "viewer",
    "GET /api/v1/metrics/{name}": "viewer",
    "GET /api/v1/metrics/{name}/facts": "viewer",
    "GET /api/v1/metrics/impact": "viewer",
    "GET /api/v1/metrics/impact/facts": "viewer",
    "GET /api/v1/metrics/forecast": "viewer",
    "GET /api/v1/metrics/forecast/facts": "viewer",
    "GET /api/v1/metrics/recommendations": "viewer",
    "GET /api/v1/metrics/recommendations/facts": "viewer",
    "GET /api/v1/metrics/maturity": "viewer",
    "GET /api/v1/metrics/maturity/facts": "viewer",
    "GET /api/v1/maturity/answers": "viewer",
    "PUT /api/v1/maturity/answers": "editor",
    "POST /api/v1/query": "viewer",
    "GET /api/v1/work-items": "viewer",
    "GET /api/v1/work-items/{item_id}": "viewer",
    "GET /api/v1/sources/{source_id}/statuses": "editor",
    "PUT /api/v1/sources/{source_id}/statuses/{status_id}": "editor",
    "GET /api/v1/sources/{source_id}/item-types": "editor",
    "PUT /api/v1/sources/{source_id}/item-types/{type_id}": "editor",
    "GET /api/v1/sources/{source_id}/resolutions": "editor",
    "PUT /api/v1/sources/{source_id}/resolutions/{resolution_id}": "editor",
    "POST /api/v1/ingest/{source_id}/{record_type}": "ingest",
    "GET /api/v1/accounts": "editor",
    "GET /api/v1/accounts/{account_id}": "editor",
    "PATCH /api/v1/accounts/{account_id}": "editor",
    "GET /api/v1/people": "editor",
    "POST /api/v1/people": "editor",
    "GET /api/v1/people/{person_id}": "editor",
    "PATCH /api/v1/people/{person_id}": "editor",
    "PUT /api/v1/people/{person_id}/teams": "editor",
    "DELETE /api/v1/people/{person_id}": "editor",
    "GET /api/v1/teams": "viewer",
    "POST /api/v1/teams": "editor",
    "GET /api/v1/teams/suggestions": "editor",
    "GET /api/v1/teams/{team_id}": "viewer",
    "PATCH /api/v1/teams/{team_id}": "editor",
    "DELETE /api/v1/teams/{team_id}": "editor",
    "GET /api/v1/teams/{team_id}/members": "editor",
    "PUT /api/v1/teams/{team_id}/members": "editor",
    "POST /api/v1/people/import": "editor",
    "POST /api/v1/teams/import": "editor",
    "GET /api/v1/memberships": "editor",
    "POST /api/v1/memberships/import": "editor",
    "GET /api/v1/identity": "viewer",
    "POST /api/v1/tokens": "admin",
    "GET /api/v1/tokens": "admin",
    "DELETE /api/v1/tokens/{token_id}": "admin",
    "GET /api/v1/audit": "admin",
    "GET /api/v1/annotations": "viewer",
    "POST /api/v1/annotations": "editor",
    "GET /api/v1/annotations/{annotation_id}": "viewer",
    "PATCH /api/v1/annotations/{annotation_id}": "editor",
    "DELETE /api/v1/annotations/{annotation_id}": "editor",
    "GET /api/v1/calendars": "admin",
    "POST /api/v1/calendars": "admin",
    "GET /api/v1/calendars/default": "admin",
    "GET /api/v1/calendars/{calendar_id}": "admin",
    "PATCH /api/v1/calendars/{calendar_id}": "admin",
    "DELETE /api/v1/calendars/{calendar_id}": "admin",
    "GET /api/v1/settings": "admin",
    "PATCH /api/v1/settings": "admin",
    "POST /slack/commands": "open",
    "POST /slack/interactions": "open",
    "POST /webhooks/{source_id}": "open",
    "PUT /api/v1/sources/{source_id}/webhook": "admin",
    "DELETE /api/v1/sources/{source_id}/webhook": "admin",
    "GET /api/v1/digests": "editor",
    "POST /api/v1/digests": "editor",
    "GET /api/v1/digests/{digest_id}": "editor",
    "PATCH /api/v1/digests/{digest_id}": "editor",
    "DELETE /api/v1/digests/{digest_id}": "editor",
    "POST /api/v1/digests/{digest_id}/preview": "editor",
    "POST /api/v1/digests/{digest_id}/send": "editor",
    "GET /api/v1/digests/{digest_id}/deliveries": "editor",
    "GET /api/v1/alerts": "admin",
    "POST /api/v1/alerts": "admin",
    "GET /api/v1/alerts/{alert_id}": "admin",
    "PATCH /api/v1/alerts/{alert_id}": "admin",
    "DELETE /api/v1/alerts/{alert_id}": "admin",
    "GET /api/v1/shares": "editor",
    "POST /api/v1/shares": "editor",
    "DELETE /api/v1/shares/{share_id}": "editor",
    "GET /shares/{secret}": OPEN,
    "GET /api/v1/tools": "admin",
    "GET /api/v1/tools/{tool}": "admin",
    "PUT /api/v1/tools/{tool}": "admin",
    "PATCH /api/v1/tools/{tool}": "admin",
    "DELETE /api/v1/tools/{tool}": "admin",
}


def routes_of(api: Api) -> dict[str, dict[str, object]]:
    document = api.app.openapi()
    return {
        f"{method.upper()} {path}": operation
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }


def concrete(path: str) -> str:
    """The path with ids that exist nowhere."""
    parts = [str(uuid4()) if part.startswith("{") else part for part in path.split("/")]
    return "/".join(parts)


def test_every_route_has_a_row_and_every_row_a_route(shared_api: Api) -> None:
    assert set(routes_of(shared_api)) == set(MATRIX)


def test_the_document_names_the_role_that_a_route_needs(shared_api: Api) -> None:
    assert {name: operation["x-role"] for name, operation in routes_of(shared_api).items()} == MATRIX


@pytest.mark.parametrize("route", [route for route, role in MATRIX.items() if role != OPEN])
def test_a_route_refuses_nobody_and_smaller_roles_before_it_looks_at_the_request(shared_api: Api, route: str) -> None:
    method, _, template = route.partition(" ")
    needed = MATRIX[route]
    # A body that is no JSON, a query that no route has, and ids of nothing: none of them may be noticed first.
    path = concrete(template) + "?no_such_parameter=1"
    options = {"content": b"\xff{", "headers": {"Content-Type": "text/nonsense"}}
    assert shared_api.ask(method, path, role=None, **options).status_code == 401
    assert shared_api.ask(method, path, token="not-a-token", **options).status_code == 401
    for role in ROLES:
        status = shared_api.ask(method, path, role=role, **options).status_code
        if needed != "ingest" and ROLES.index(role) >= ROLES.index(needed):
            assert status == 422, role
        elif needed == "ingest" and role == "admin":
            assert status in (404, 415, 422), role
        else:
            assert status == 403, role


@pytest.mark.parametrize("route", [route for route, role in MATRIX.items() if role != OPEN])
def test_an_ingest_token_reaches_nothing_but_its_source(shared_api: Api, route: str) -> None:
    method, _, template = route.partition(" ")
    assert shared_api.ask(method, concrete(template), role="ingest").status_code == 403


@pytest.mark.parametrize(
    "path", ["/api/v1/nothing", "/api/v1", "/api/v1/", "/api/v1/tokens/", "/metrics", "/api/v1/%00"]
)
def test_unknown_paths_need_a_token_too(shared_api: Api, path: str) -> None:
    answer = shared_api.get(path, role=None)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["type"] == "urn:prodops:problem:unauthenticated"


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer é", "bearer\tx", "Bearer a b", "Token x"]
)
def test_a_malformed_authorization_is_nobody(shared_api: Api, header: str) -> None:
    answer = shared_api.client.get("/api/v1/tokens", headers={"Authorization": header.encode()})
    assert answer.status_code == 401


def test_two_authorizations_are_nobody(shared_api: Api) -> None:
    headers = [("Authorization", f"Bearer {shared_api.token('admin')}")] * 2
    assert shared_api.client.get("/api/v1/tokens", headers=headers).status_code == 401


def test_the_scheme_is_read_in_any_case(shared_api: Api) -> None:
    headers = {"Authorization": f"bearer {shared_api.token('admin')}"}
    assert shared_api.client.get("/api/v1/tokens", headers=headers).status_code == 200


def test_every_route_is_described(shared_api: Api) -> None:
    for name, operation in routes_of(shared_api).items():
        assert operation.get("summary"), name
        for parameter in operation.get("parameters", []):
            assert parameter.get("description"), (name, parameter["name"])
        if MATRIX[name] != OPEN:
            assert {"401", "403", "422"} <= set(operation["responses"]), name
            assert operation["security"] == [{"token": []}], name
        for status, answer in operation["responses"].items():
            if status >= "4" and not (name == "GET /readyz" and status == "503"):
                assert list(answer["content"]) == ["application/problem+json"], (name, status)


def test_an_application_is_made_without_touching_the_database(shared_api: Api) -> None:
    settings = shared_api.settings.model_copy(update={"database_url": "sqlite:////no/such/folder/x.db"})
    assert create_app(settings, clock=shared_api.clock).title == "ProdOps Hub"
