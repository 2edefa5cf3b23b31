"""The Jira connector against a living Jira: everything that it tells is true, and every refusal helps."""

import msgspec
import pytest
from pydantic import SecretStr

from connectors.jira.config import ApiToken, JiraConfig, OAuthGrant
from connectors.jira.sandbox import Keys
from connectors.kit.connector import Access
from connectors.kit.errors import AuthError, ConfigError, ConnectorError
from connectors.kit.reading import Rows, key_of, read_all
from connectors.kit.sandbox import Request, Response, json_response
from connectors.kit.stream import Order, Since
from tests.support.jira_site import Served, jira, organisation, refuse

TRUTH_OF = {
    **{name: name for name in ("projects", "statuses", "item_types", "resolutions", "accounts", "releases")},
    "work_items": "work_items",
    "transitions": "transitions",
    "activity": "usage_days",
}
"""Record type -> stream."""


def read(served: Served, access: Access) -> Rows:
    with served.connector.open(access) as api:
        return read_all(served.connector, api)


# -- the truth --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("deployment", ["cloud", "datacenter"])
@pytest.mark.parametrize("bots", [(), ("sync@example.test", "release robot")])
def test_everything_read_is_true_and_nothing_is_missing(deployment: str, bots: tuple[str, ...]):
    with jira(deployment=deployment, context_path="/jira", page_cap=50) as served:
        rows = read(served, served.access(automation_accounts=bots))
        truth = served.sandbox.truth(automation_accounts=bots)

    for record_type, stream in TRUTH_OF.items():
        assert rows[stream] == {key_of(record): record for record in truth[record_type]}, record_type


@pytest.mark.parametrize("path", ["/rest/api/3/status", "/rest/api/3/field"])
@pytest.mark.parametrize("body", [[7], 7])
def test_a_list_that_holds_something_else_is_told_as_a_shape_that_is_not_known(path: str, body: object):
    with (
        jira(lambda request: json_response(body) if request.path == path else None) as served,
        pytest.raises(ConnectorError, match="shape"),
    ):
        read(served, served.access())


def test_histories_of_more_than_forty_changes_are_whole():
    with jira() as served:
        rows = read(served, served.access())

    changes = [
        sum(count for _, event, _, count in row.days if event == "change") for row in rows["usage_days"].values()
    ]
    assert max(changes) > 40


def test_where_bulk_histories_are_refused_each_issue_is_asked():
    with jira(refuse("/changelog/bulkfetch")) as served:
        rows = read(served, served.access())
        truth = served.sandbox.truth()

    assert rows["transitions"] == {key_of(record): record for record in truth["transitions"]}
    assert served.door.paths().count("/rest/api/3/changelog/bulkfetch") == 1
    assert any(path.endswith("/changelog") for path in served.door.paths())


def test_without_an_admins_rights_statuses_are_still_known():
    with jira(keys=Keys(admin=False)) as served, served.connector.open(served.access()) as api:
        statuses = [status for page in api.site.statuses() for status in page.items]
        truth = served.sandbox.truth()["statuses"]

        with pytest.raises(AuthError):
            list(api.site.seats())

    assert {status.id for status in statuses} == {status.external_id for status in truth}


def test_the_statuses_of_a_team_managed_project_that_no_list_names_are_asked_of_the_project():
    projects = [{"id": "10", "key": "TEAM", "name": "Team", "style": "next-gen"}]
    answers = {
        "/rest/api/3/status": [{"id": "1", "name": "Done", "statusCategory": {"key": "done"}}],
        "/rest/api/3/statuses/search": None,
        "/rest/api/3/project/search": {"values": projects, "total": 1},
        "/rest/api/3/project/10/statuses": [
            {"id": "5", "name": "Task", "statuses": [{"id": "7", "name": "Doing", "statusCategory": {"key": "new"}}]}
        ],
    }

    def answer(request: Request) -> Response | None:
        if request.path not in answers:
            return None
        found = answers[request.path]
        return Response(403, b"{}") if found is None else json_response(found)

    with jira(answer) as served, served.connector.open(served.access()) as api:
        stream = next(stream for stream in served.connector.streams if stream.name == "statuses")
        records = [
            record
            for page in stream.fetch(api, None, Since())
            for item in page.items
            for record in stream.normalise(item, api.context)
        ]

    assert [(record.external_id, record.category, record.project) for record in records] == [
        ("1", "done", None),
        ("7", "todo", "10"),
    ]


def test_a_chosen_project_is_read_alone_and_a_restriction_narrows_it():
    key = next(iter(organisation().projects.values())).key
    with jira() as served:
        every = read(served, served.access(projects=[key.lower()]))
        some = read(served, served.access(projects=[key], jql="created >= -60d OR resolution is EMPTY"))
        truth = served.sandbox.truth()

    project = next(one.external_id for one in truth["projects"] if one.key_ == key)
    expected = {key_of(one): one for one in truth["work_items"] if one.project == project}
    assert every["work_items"] == expected
    assert 0 < len(some["work_items"]) < len(expected)
    assert some["work_items"].items() <= expected.items()


def test_an_unknown_project_key_fails_by_itself():
    known = next(iter(organisation().projects.values())).key
    with jira() as served, served.connector.open(served.access(projects=[known, "NOSUCH"])) as api:
        good, bad = served.connector.scopes(api)

        assert sum(len(page.items) for page in api.issues.walk(good, Since())) > 0
        for reading in (api.issues.walk(bad, Since()), api.issues.census(bad), api.site.releases(bad)):
            with pytest.raises(ConfigError, match="no project NOSUCH"):
                next(iter(reading))


@pytest.mark.parametrize("deployment", ["cloud", "datacenter"])
def test_a_project_that_is_lost_during_a_run_is_named_as_such(deployment: str):
    key = next(iter(organisation().projects.values())).key
    with jira(deployment=deployment) as served, served.connector.open(served.access()) as api:
        scope = next(scope for scope in served.connector.scopes(api) if scope.key == key)
        served.sandbox.hide_project(key)

        for reading in (api.issues.walk(scope, Since()), api.issues.census(scope)):
            with pytest.raises(ConfigError, match="may no longer see it"):
                list(reading)


def test_scopes_are_projects_with_what_is_cheap_to_know():
    with jira() as served, served.connector.open(served.access()) as api:
        scopes = served.connector.scopes(api)
        offered = served.connector.offered_scopes(api)
        truth = served.sandbox.truth()

    for scope in scopes:
        items = [one for one in truth["work_items"] if one.project == scope.external_id]
        assert scope.items == len(items)
        assert scope.changed_at == max(one.updated_at for one in items)
    assert scopes == offered


@pytest.mark.parametrize("deployment", ["cloud", "datacenter"])
def test_what_is_offered_says_how_many_issues_it_holds_within_the_restriction(deployment: str):
    with jira(deployment=deployment) as served, served.connector.open(served.access(jql="issuetype = Bug")) as api:
        offered = served.connector.offered_scopes(api)
        truth = served.sandbox.truth()
    with jira(deployment=deployment) as served, served.connector.open(served.access()) as api:
        whole = served.connector.offered_scopes(api)

    for scope, all_of_it in zip(offered, whole, strict=True):
        items = [one for one in truth["work_items"] if one.project == scope.external_id]
        types = {one.external_id: one.name for one in truth["item_types"]}
        assert all_of_it.items == len(items)
        assert scope.items == sum(types[one.item_type] == "Bug" for one in items)


def test_progress_has_a_total():
    for deployment in ("cloud", "datacenter"):
        with jira(deployment=deployment) as served, served.connector.open(served.access()) as api:
            for scope in served.connector.scopes(api):
                pages = list(api.issues.walk(scope, Since()))
                assert pages[0].total == sum(len(page.items) for page in pages)


def test_opening_sends_nothing():
    with jira() as served, served.connector.open(served.access()):
        assert served.door.asked == []


def test_the_order_of_the_walk_is_that_of_the_deployment():
    stream = next(stream for stream in jira_streams() if stream.cursor_field is not None)
    for deployment, order in (("cloud", Order.CURSOR), ("datacenter", Order.NONE)):
        with jira(deployment=deployment) as served, served.connector.open(served.access()) as api:
            assert stream.order(api) is order


def jira_streams():
    with jira() as served:
        return served.connector.streams


# -- credentials ------------------------------------------------------------------------------------------


GRANT = OAuthGrant(
    client_id="fake-client",
    client_secret=SecretStr("fake-client-secret"),
    refresh_token=SecretStr("fake-refresh-token-0"),
)


def test_a_rotated_refresh_token_is_saved_before_it_is_used():
    with jira() as served:
        access = served.access(GRANT, base_url=served.sandbox.gateway_url)

        def save(grant: OAuthGrant) -> None:
            assert served.door.paths() == ["/oauth/token"], "A new token was used before it was saved."
            served.saved.append(grant)

        with served.connector.open(with_save(access, save)) as api:
            assert len(served.connector.scopes(api)) == 2

    assert [grant.refresh_token.get_secret_value() for grant in served.saved] == ["fake-refresh-token-0-1"]


def test_a_token_that_could_not_be_saved_is_not_used():
    class DiskFull(Exception):
        pass

    def save(grant: OAuthGrant) -> None:
        raise DiskFull

    with jira() as served:
        access = with_save(served.access(GRANT, base_url=served.sandbox.gateway_url), save)
        with served.connector.open(access) as api, pytest.raises(DiskFull):
            served.connector.scopes(api)

    assert served.door.paths() == ["/oauth/token"]


def test_an_access_token_that_ends_during_a_run_is_renewed_with_the_latest_refresh_token():
    with jira() as served, served.connector.open(served.access(GRANT, base_url=served.sandbox.gateway_url)) as api:
        served.connector.scopes(api)
        served.sandbox.gate.revoke_access_tokens()
        assert list(api.site.item_types())

    assert len(served.saved) == 2
    assert served.saved[1].refresh_token.get_secret_value() == "fake-refresh-token-0-2"


def test_a_grant_that_is_over_needs_a_new_consent():
    over = GRANT.model_copy(update={"refresh_token": SecretStr("fake-lapsed-token")})
    with jira() as served:
        findings = served.connector.check(served.access(over, base_url=served.sandbox.gateway_url))

    assert findings[-1].status == "error"
    assert "refresh token" in findings[-1].detail
    assert "again" in findings[-1].remedy


def test_two_sources_do_not_share_a_token():
    with jira() as served:
        first = served.access(GRANT, base_url=served.sandbox.gateway_url)
        with served.connector.open(first) as api:
            served.connector.scopes(api)
        second = served.access(served.saved[0], base_url=served.sandbox.gateway_url)
        with served.connector.open(second) as api:
            served.connector.scopes(api)

    assert served.door.paths().count("/oauth/token") == 2


def test_a_scoped_token_works_behind_the_gateway_and_links_lead_to_the_site():
    with jira() as served:
        credentials = ApiToken(email=Keys().email, token=SecretStr(Keys().scoped_token))
        access = served.access(credentials, base_url=served.sandbox.gateway_url)
        findings = served.connector.check(access)

    assert {finding.status for finding in findings} == {"ok"}


def with_save(access: Access, save: object) -> Access:
    values = {name: getattr(access, name) for name in Access.__slots__}
    return Access(**(values | {"save_credentials": save}))


# -- small things -----------------------------------------------------------------------------------------


def test_the_hosts_are_the_site_and_atlassians_login():
    with jira() as served:
        hosts = served.connector.hosts(JiraConfig(base_url="https://jira.example.com/context"))

    assert hosts[0] == "jira.example.com"


def test_work_items_can_be_written_down_when_they_are_rejected():
    with jira() as served, served.connector.open(served.access()) as api:
        scope = served.connector.scopes(api)[0]
        page = next(api.issues.walk(scope, Since()))

    assert page.items[0].id in msgspec.json.encode(page.items[0]).decode()
