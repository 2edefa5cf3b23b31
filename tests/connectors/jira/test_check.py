"""The check of a Jira source: each thing that can be wrong has one finding, in one sentence, with a remedy."""

import pytest
from pydantic import SecretStr

from connectors.jira.config import ApiToken
from connectors.jira.sandbox import Keys
from connectors.kit.connector import Check
from connectors.kit.sandbox import Request, Response, json_response
from tests.support.jira_site import jira, organisation, refuse


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


def test_somebody_waits_for_a_check_so_it_gives_up_early():
    for headers in ((), (("Retry-After", "90"),)):
        with jira(lambda request, headers=headers: Response(503, headers=headers)) as served:
            finding = last(served.connector.check(served.access()))
        assert finding.status == "error"
        assert len(served.door.asked) <= 2


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
