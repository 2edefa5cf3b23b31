"""The check says what works, what is missing, and what that costs."""

from dataclasses import replace

import pytest

from connectors.kit.connector import Check
from connectors.kit.sandbox import Request, Response, json_response
from tests.support.door import Answer
from tests.support.slack_workspace import Served, slack


def check(workspace: Served, *, user: bool = False, **config: object) -> dict[str, Check]:
    return {found.name: found for found in workspace.connector.check(workspace.access(user=user, **config))}


def lack(workspace: Served, *scopes: str) -> None:
    gate = workspace.sandbox.gate
    gate.keys = replace(gate.keys, scopes=gate.keys.scopes - {*scopes}, user_scopes=gate.keys.user_scopes - {*scopes})


def says(method: str, error: str) -> Answer:
    def answer(request: Request) -> Response | None:
        return json_response({"ok": False, "error": error}) if request.path.endswith(method) else None

    return answer


def test_everything_is_good_with_all_scopes_and_both_tokens() -> None:
    with slack() as workspace:
        found = check(workspace, user=True, include_private=True)

    assert {one.status for one in found.values()} == {"ok"}
    assert list(found) == [
        *("url", "credentials", "user_token", "channels", "messages", "accounts", "seats", "member_days")
    ]


def test_the_channels_that_are_offered_say_how_many_people_are_in_them() -> None:
    with slack() as workspace, workspace.connector.open(workspace.access()) as api:
        offered = workspace.connector.offered_scopes(api)
        members = {page.items[0].id: len(page.items[0].members) for page in api.workspace.channels_with_members()}

    assert members
    assert {one.external_id: one.members for one in offered if one.external_id in members} == members
    assert {one.items for one in offered} == {None}


def test_without_a_user_token_the_check_says_what_is_left_out() -> None:
    with slack() as workspace:
        found = check(workspace)

    assert (found["seats"].status, found["member_days"].status) == ("warning", "warning")
    assert "user token" in found["seats"].detail
    assert "messages and reactions" in found["member_days"].detail
    assert "user token" in found["seats"].remedy


@pytest.mark.parametrize(
    ("scope", "name", "status"),
    [
        ("channels:read", "channels", "error"),
        ("groups:read", "channels", "error"),
        ("channels:history", "messages", "error"),
        ("groups:history", "private_channels", "warning"),
        ("users:read", "accounts", "warning"),
        ("admin", "seats", "warning"),
        ("admin.analytics:read", "member_days", "warning"),
    ],
)
def test_a_missing_scope_is_named_with_what_to_do(scope: str, name: str, status: str) -> None:
    with slack() as workspace:
        lack(workspace, scope)
        found = check(workspace, user=True, include_private=True)

    assert found[name].status == status
    assert scope in found[name].detail
    assert "scope" in found[name].remedy


def test_a_plan_without_member_analytics_is_a_warning_and_the_access_log_stands_in() -> None:
    with slack(analytics=False) as workspace:
        found = check(workspace, user=True)
    assert (found["member_days"].status, found["access_days"].status) == ("warning", "ok")

    with slack(says("team.accessLogs", "paid_only"), analytics=False) as workspace:
        found = check(workspace, user=True)
    assert found["access_days"].status == "warning"
    assert "plan" in found["access_days"].detail


def test_a_wrong_user_token_is_an_error_of_its_own() -> None:
    with slack() as workspace:
        access = workspace.access(user=True)
        workspace.sandbox.gate.keys = replace(workspace.sandbox.gate.keys, user_token="fake-new-user-token")
        found = workspace.connector.check(access)

    assert (found[-1].name, found[-1].status) == ("user_token", "error")


def test_tokens_of_two_workspaces_are_refused() -> None:
    def answer(request: Request) -> Response | None:
        if request.path.endswith("auth.test") and "user" in request.headers["authorization"]:
            return json_response({"ok": True, "team_id": "T0OTHER"})
        return None

    with slack(answer) as workspace:
        assert "two workspaces" in check(workspace, user=True)["user_token"].detail


@pytest.mark.parametrize("names", [["nowhere"], ["général", "#nowhere", "C0NOWHERE"]])
def test_channels_that_do_not_exist_are_named(names: list[str]) -> None:
    with slack() as workspace:
        found = check(workspace, channels=names)["channels"]

    assert found.status == "error"
    assert all(name in found.detail for name in names if name != "général")
    assert "général" not in found.detail


def test_channels_that_the_app_has_not_joined_are_named() -> None:
    with slack() as workspace:
        found = check(workspace, channels=["général", "projet-kan"])["channels"]

    assert (found.status, "#projet-kan" in found.detail) == ("warning", True)
    assert "Invite" in found.remedy


def test_an_app_that_has_joined_nothing_is_told_to_be_invited() -> None:
    def answer(request: Request) -> Response | None:
        if request.path.endswith("conversations.list"):
            return json_response({"ok": True, "channels": [{"id": "C1", "name": "one", "is_member": False}]})
        return None

    with slack(answer) as workspace:
        found = check(workspace)["channels"]
    assert (found.status, "Invite" in found.remedy) == ("error", True)


def test_the_limit_of_2025_is_told_with_what_it_costs_and_the_way_out() -> None:
    with slack(limits="2025", exchanges=600) as workspace:
        found = check(workspace)["messages"]

    assert found.status == "warning"
    assert "900 messages" in found.detail
    assert "internal app" in found.remedy


def test_an_address_that_is_no_slack_is_told_apart_from_a_wrong_token() -> None:
    with slack(lambda request: Response(200, b"<html>welcome</html>", "text/html")) as workspace:
        found = check(workspace)["credentials"]
    assert "not JSON" in found.detail

    with slack(says("auth.test", "token_revoked")) as workspace:
        found = check(workspace)["credentials"]
    assert "token" in found.detail
    assert "new token" in found.remedy
