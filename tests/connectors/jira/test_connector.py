"""The Jira connector against a living Jira: everything that it tells is true, and every refusal helps."""

import msgspec
import pytest
from pydantic import SecretStr, TypeAdapter, ValidationError

from connectors.jira.config import ApiToken, JiraConfig, JiraCredentials, OAuthGrant, PersonalAccessToken
from connectors.jira.sandbox import Keys
from connectors.kit.connector import Access, Check
from connectors.kit.errors import AuthError, ConfigError
from connectors.kit.reading import Rows, key_of, read_all
from connectors.kit.sandbox import Request, Response, json_response
from connectors.kit.stream import Order, Since
from tests.support.jira_site import Served, jira, organisation

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


def refuse(part: str, status: int = 403):
    """A door that refuses every path that holds `part`."""
    return lambda request: Response(status, b'{"errorMessages":["no"]}') if part in request.path else None


# -- the truth --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("deployment", ["cloud", "datacenter"])
@pytest.mark.parametrize("bots", [(), ("sync@example.test", "release robot")])
def test_everything_read_is_true_and_nothing_is_missing(deployment: str, bots: tuple[str, ...]):
    with jira(deployment=deployment, context_path="/jira", page_cap=50) as served:
        rows = read(served, served.access(automation_accounts=bots))
        truth = served.sandbox.truth(automation_accounts=bots)

    for record_type, stream in TRUTH_OF.items():
        assert rows[stream] == {key_of(record): record for record in truth[record_type]}, record_type


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


# -- the check --------------------------------------------------------------------------------------------


def last(findings: list[Check]) -> Check:
    assert findings[-1].detail.endswith(".")
    assert findings[-1].detail.count(". ") <= 1, "A finding is one sentence."
    assert findings[-1].status == "ok" or findings[-1].remedy
    return findings[-1]


@pytest.mark.parametrize("deployment", ["cloud", "datacenter"])
def test_a_good_source_passes_every_check(deployment: str):
    with jira(deployment=deployment) as served:
        findings = served.connector.check(served.access())

    assert [finding.name for finding in findings] == [
        *("url", "reachable", "deployment", "credentials", "projects", "search", "histories", "seats")
    ]
    assert {finding.status for finding in findings} == {"ok"}


def test_a_private_host_that_is_not_allowed_is_not_asked():
    with jira() as served:
        finding = last(served.connector.check(served.access(private=())))

    assert (finding.name, finding.status) == ("url", "error")
    assert "private or local" in finding.detail
    assert served.door.asked == []


def test_a_host_that_does_not_exist():
    with jira() as served:
        finding = last(served.connector.check(served.access(base_url="https://no-such-site.invalid")))

    assert (finding.name, finding.status) == ("url", "error")
    assert "no-such-site.invalid" in finding.detail


def test_a_port_where_nobody_listens():
    with jira() as served:
        url = served.sandbox.url
    finding = last(served.connector.check(served.access(base_url=url)))

    assert (finding.name, finding.status) == ("reachable", "error")
    assert "cannot be reached" in finding.detail


def test_a_path_where_there_is_no_jira():
    with jira(context_path="/jira") as served:
        finding = last(served.connector.check(served.access(base_url=served.server.url)))

    assert (finding.name, finding.status) == ("reachable", "error")
    assert "no such address" in finding.detail


def test_a_site_that_answers_web_pages():
    with jira(lambda request: Response(200, b"<html>Welcome</html>", "text/html")) as served:
        finding = last(served.connector.check(served.access()))

    assert (finding.name, finding.status) == ("reachable", "error")
    assert "web page" in finding.detail


def test_a_site_that_answers_other_json():
    with jira(lambda request: json_response({"hello": "world"})) as served:
        finding = last(served.connector.check(served.access()))

    assert (finding.name, finding.status) == ("reachable", "error")
    assert "not as a Jira site" in finding.detail


def test_a_site_that_sends_us_elsewhere():
    moved = Response(301, headers=(("Location", "https://new.example.com/"),))
    with jira(lambda request: moved) as served:
        finding = last(served.connector.check(served.access()))

    assert finding.status == "error"
    assert "https://new.example.com" in finding.detail


def test_a_wrong_token():
    with jira() as served:
        wrong = ApiToken(email="sync@example.test", token=SecretStr("fake-revoked-token"))
        finding = last(served.connector.check(served.access(wrong)))

    assert (finding.name, finding.status) == ("credentials", "error")
    assert "rotate" in finding.remedy


def test_a_deployment_that_is_not_what_the_site_says():
    with jira() as served:
        finding = last(served.connector.check(served.access(deployment="datacenter")))

    assert (finding.name, finding.status) == ("deployment", "error")


def test_a_project_key_that_does_not_exist_is_named():
    known = next(iter(organisation().projects.values())).key
    with jira() as served:
        finding = last(served.connector.check(served.access(projects=[known, "NOSUCH", "NEITHER"])))

    assert (finding.name, finding.status) == ("projects", "error")
    assert "NOSUCH, NEITHER" in finding.detail
    assert known not in finding.detail


def test_credentials_that_see_no_project():
    with jira(refuse_nothing_but_projects) as served:
        finding = last(served.connector.check(served.access()))

    assert (finding.name, finding.status) == ("projects", "error")


def refuse_nothing_but_projects(request: Request) -> Response | None:
    empty = {"values": [], "total": 0, "isLast": True}
    return json_response(empty) if request.path.endswith("/project/search") else None


@pytest.mark.parametrize("deployment", ["cloud", "datacenter"])
def test_a_restriction_that_jira_does_not_understand(deployment: str):
    with jira(deployment=deployment) as served:
        finding = last(served.connector.check(served.access(jql="nosuchfield = 3")))

    assert (finding.name, finding.status) == ("jql", "error")


def test_what_only_an_admin_may_read_is_a_warning():
    with jira(keys=Keys(admin=False)) as served:
        finding = last(served.connector.check(served.access()))

    assert (finding.name, finding.status) == ("seats", "warning")


def test_slow_histories_are_a_warning():
    with jira(refuse("/changelog/bulkfetch")) as served:
        findings = {finding.name: finding for finding in served.connector.check(served.access())}

    assert findings["histories"].status == "warning"


def test_a_check_of_a_failing_site_gives_findings_and_no_exception():
    for status in (400, 401, 403, 404, 410, 418, 429, 500, 503):
        with jira(lambda request, status=status: Response(status, b"fake-body")) as served:
            finding = last(served.connector.check(served.access()))
        assert finding.status == "error"
        assert "fake-body" not in finding.detail


# -- settings ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entered", "kept"),
    [
        ("https://acme.atlassian.net/", "https://acme.atlassian.net"),
        (" https://jira.example.com/context/ ", "https://jira.example.com/context"),
        ("https://api.atlassian.com/ex/jira/1-2-3", "https://api.atlassian.com/ex/jira/1-2-3"),
    ],
)
def test_an_address_is_kept_without_its_last_slash(entered: str, kept: str):
    assert JiraConfig(base_url=entered).base_url == kept


@pytest.mark.parametrize(
    "config",
    [
        {"base_url": "acme.atlassian.net"},
        {"base_url": "ftp://acme.atlassian.net"},
        {"base_url": "https://u:p@acme.atlassian.net"},
        {"base_url": "https://acme.atlassian.net/?a=b"},
        {"base_url": "https://acme.atlassian.net/#a"},
        {"deployment": "server"},
        {"projects": ["A B"]},
        {"projects": ['X" OR "1"="1']},
        {"story_points_field": "points"},
        {"nonsense": 1},
    ],
)
def test_settings_that_cannot_be_right_are_refused(config: dict[str, object]):
    with pytest.raises(ValidationError) as refused:
        JiraConfig.model_validate({"base_url": "https://acme.atlassian.net", **config})

    assert [error["loc"][0] for error in refused.value.errors()] == list(config)


@pytest.mark.parametrize(
    ("kind", "credentials"),
    [
        (ApiToken, {"kind": "api_token", "email": "a@example.test", "token": "fake"}),
        (PersonalAccessToken, {"kind": "personal_access_token", "token": "fake"}),
        (OAuthGrant, {"kind": "oauth", "client_id": "c", "client_secret": "fake", "refresh_token": "fake"}),
    ],
)
def test_credentials_are_told_apart_by_kind_and_hide_their_secrets(kind: type, credentials: dict[str, str]):
    found = TypeAdapter(JiraCredentials).validate_python(credentials)

    assert type(found) is kind
    assert "fake" not in repr(found)


def test_the_hosts_are_the_site_and_atlassians_login():
    with jira() as served:
        hosts = served.connector.hosts(JiraConfig(base_url="https://jira.example.com/context"))

    assert hosts[0] == "jira.example.com"


def test_work_items_can_be_written_down_when_they_are_rejected():
    with jira() as served, served.connector.open(served.access()) as api:
        scope = served.connector.scopes(api)[0]
        page = next(api.issues.walk(scope, Since()))

    assert msgspec.json.encode(page.items[0]).startswith(b'{"issue":')
