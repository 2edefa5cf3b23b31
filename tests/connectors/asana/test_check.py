"""The check says what works, what is missing and what will be missing without it."""

import pytest
from pydantic import SecretStr

from connectors.asana.config import OAuthGrant
from connectors.asana.raw import Ref
from connectors.asana.sandbox import STAGE, Keys, project_gid
from connectors.kit.errors import ConfigError
from connectors.kit.sandbox import Request, Response
from connectors.kit.stream import Since
from tests.support.asana_site import asana, clock, personal, service


def statuses(findings: object) -> dict[str, str]:
    return {finding.name: finding.status for finding in findings}  # type: ignore[attr-defined]


def test_a_good_source_is_told_what_a_service_account_would_add():
    with asana() as served:
        findings = served.connector.check(served.access())

    assert statuses(findings) == {
        **dict.fromkeys(("url", "credentials", "workspace", "projects", "statuses", "tasks", "events", "seats"), "ok"),
        "audit_log": "warning",
    }
    assert "estimated" in findings[-1].detail
    assert "service account" in findings[-1].remedy


def test_a_service_account_of_the_right_plan_lacks_nothing():
    with asana() as served:
        assert set(statuses(served.connector.check(served.access(service()))).values()) == {"ok"}


def test_what_a_plan_lacks_is_a_warning_that_says_what_will_be_missing():
    with asana(keys=Keys(audit_log=False, events=False, seats=False)) as served:
        findings = {one.name: one for one in served.connector.check(served.access(service()))}

    assert {name for name, one in findings.items() if one.status == "warning"} == {"events", "seats", "audit_log"}
    assert "deleted tasks" in findings["events"].detail
    assert "left out" in findings["seats"].detail
    assert all(findings[name].remedy for name in ("events", "seats", "audit_log"))


@pytest.mark.parametrize(
    ("config", "name", "part"),
    [
        ({"workspace": "42"}, "workspace", "no workspace 42"),
        ({"projects": ("42", "43")}, "projects", "42, 43"),
        ({"status_from": "42"}, "statuses", "no custom field 42"),
        ({"status_from": "1400000000000003"}, "statuses", "no options"),
    ],
)
def test_a_wrong_setting_is_named_and_ends_the_check(config: dict[str, object], name: str, part: str):
    with asana() as served:
        *_, last = served.connector.check(served.access(**config))

    assert (last.name, last.status) == (name, "error")
    assert part in last.detail
    assert last.remedy


def test_a_revoked_token_is_told_apart_from_a_site_that_is_down():
    with asana() as served:
        *_, refused = served.connector.check(served.access(personal("fake-revoked-token")))
        *_, blocked = served.connector.check(served.access(private=()))

    assert (refused.name, refused.status) == ("credentials", "error")
    assert (blocked.name, blocked.status) == ("url", "error")


def test_an_enum_field_tells_statuses():
    with asana() as served:
        assert statuses(served.connector.check(served.access(status_from=STAGE)))["statuses"] == "ok"


def grant(secret: str = Keys().client_secret) -> OAuthGrant:
    keys = Keys()
    return OAuthGrant(
        client_id=keys.client_id, client_secret=SecretStr(secret), refresh_token=SecretStr(keys.refresh_token)
    )


def test_an_oauth_grant_is_exchanged_and_exchanged_again_once_its_token_is_refused():
    with asana() as served, served.connector.open(served.access(grant())) as api:
        assert api.workspace.me().name == "Sync"
        served.sandbox.gate.revoke_access_tokens()
        assert api.workspace.me().name == "Sync"
        logins = [path for path in served.door.paths() if path == "/-/oauth_token"]

    assert len(logins) == 2
    assert served.saved == []


def test_a_grant_that_is_over_is_an_error_of_the_credentials():
    with asana() as served:
        *_, last = served.connector.check(served.access(grant("fake-wrong-secret")))

    assert (last.name, last.status) == ("credentials", "error")


def test_a_refresh_token_that_comes_anyway_is_saved():
    def answer(request: Request) -> Response | None:
        if request.path != "/-/oauth_token":
            return None
        return Response(200, b'{"access_token":"fake-personal-access-token","refresh_token":"fake-new-one"}')

    with asana(answer) as served, served.connector.open(served.access(grant(), now=clock)) as api:
        assert api.workspace.me().name == "Sync"

    assert [one.refresh_token.get_secret_value() for one in served.saved] == ["fake-new-one"]


@pytest.mark.parametrize("status", [403, 404])
def test_a_project_that_vanishes_meanwhile_stops_no_other(status: int):
    def answer(request: Request) -> Response | None:
        hidden = project_gid("10000")
        asked = request.param("project") == hidden or request.param("resource") == hidden or hidden in request.path
        return Response(status, b'{"errors":[{"message":"Forbidden"}]}') if asked else None

    with asana(answer) as served, served.connector.open(served.access()) as api:
        hidden, other, *_ = served.connector.scopes(api)
        with pytest.raises(ConfigError, match="may no longer see it"):
            list(api.tasks.walk(hidden, Since()))
        assert len(list(api.tasks.walk(other, Since()))) > 1


def test_a_project_that_cannot_be_seen_fails_by_itself():
    with asana() as served, served.connector.open(served.access(projects=("42",))) as api:
        (scope,) = served.connector.scopes(api)
        with pytest.raises(ConfigError, match="no project 42"):
            list(api.tasks.census(scope))


def test_the_projects_that_are_offered_say_how_many_tasks_they_hold():
    with asana() as served, served.connector.open(served.access()) as api:
        offered = served.connector.offered_scopes(api)
        listed = {
            one.external_id: len(api.workspace.all("/tasks", ("name",), kind=Ref, project=one.external_id))
            for one in offered
        }

    assert {one.external_id: one.items for one in offered} == listed
    assert sum(listed.values()) > len(listed)


def test_a_count_that_asana_refuses_hides_no_project():
    def refuses(request: Request) -> Response | None:
        return Response(403, b"{}") if request.path.endswith("/task_counts") else None

    with asana(refuses) as served, served.connector.open(served.access()) as api:
        offered = served.connector.offered_scopes(api)

    assert offered
    assert {one.items for one in offered} == {None}
