"""The HTTP client: what it asks, what it takes, what it refuses, and what it says then."""

from collections.abc import Mapping
from datetime import timedelta
from email.utils import format_datetime

import httpx
import pytest
import respx

from connectors.kit.budget import RateBudget
from connectors.kit.errors import AuthError, ConfigError, ConnectorError, RateLimited, Transient
from connectors.kit.hosts import HostPolicy
from connectors.kit.http import Auth, FixedAuth, HttpClient
from tests.support.http_client import BASE, NOW, THINGS, Answer, client

# -- asking and decoding ----------------------------------------------------------------------------------


@respx.mock
def test_a_get_sends_parameters_and_credentials_and_decodes_the_answer():
    route = respx.get(THINGS, params={"status": ["live", "archived"], "startAt": "0"}).respond(json={"value": 3})

    with client(auth=FixedAuth({"Authorization": "Bearer fake-token"})) as (http, _):
        answer = http.get_json("/things", {"status": ["live", "archived"], "startAt": 0}, type=Answer)

    assert answer == Answer(3)
    assert route.calls.last.request.headers["Authorization"] == "Bearer fake-token"


@respx.mock
def test_a_status_that_is_no_error_to_the_caller_is_an_answer():
    respx.get(THINGS).respond(412, json={"value": 2})

    with client() as (http, _):
        assert http.get_json("/things", type=Answer, also=412) == Answer(2)
        with pytest.raises(ConnectorError):
            http.get_json("/things", type=Answer)


@respx.mock
def test_a_post_that_reads_is_sent_as_json_and_retried():
    route = respx.post(THINGS, json={"jql": "x"})
    route.side_effect = [httpx.Response(503), httpx.Response(200, json={"value": 1})]

    with client() as (http, _):
        assert http.post_json("/things", {"jql": "x"}, type=Answer) == Answer(1)


@respx.mock
def test_a_post_that_changes_something_is_never_sent_twice():
    route = respx.post(THINGS).respond(503)

    with client() as (http, _), pytest.raises(Transient):
        http.post_once("/things", {}, type=Answer)

    assert route.call_count == 1


# -- refusals ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind", "attempts"),
    [
        (400, ConnectorError, 1),
        (401, AuthError, 1),
        (402, AuthError, 1),
        (403, AuthError, 1),
        (404, ConfigError, 1),
        (410, ConfigError, 1),
        (418, ConnectorError, 1),
        (301, ConfigError, 1),
        (204, ConnectorError, 1),
        (408, Transient, 5),
        (409, Transient, 5),
        (429, RateLimited, 5),
        (500, Transient, 5),
        (502, Transient, 5),
        (503, Transient, 5),
        (504, Transient, 5),
        (599, Transient, 5),
    ],
)
@respx.mock
def test_a_status_is_an_error_by_what_can_be_done_about_it(status: int, kind: type[ConnectorError], attempts: int):
    headers = {"Location": "https://elsewhere.example.com/"} if status == 301 else {}
    route = respx.get(THINGS).respond(status, text="vendor-body", headers=headers)

    with client() as (http, _), pytest.raises(ConnectorError) as raised:
        http.get_json("/things", {"secret": "in-the-query"}, type=Answer)

    error = raised.value
    assert type(error) is kind
    assert error.status == status
    assert route.call_count == attempts
    assert error.message.startswith("jira.example.com/context/things ")
    assert error.remedy
    assert "vendor-body" not in error.message + error.remedy
    assert "in-the-query" not in error.message + error.remedy


@respx.mock
def test_a_redirect_is_not_followed_and_says_where_it_led():
    elsewhere = respx.get("https://evil.example.com/").respond(json={"value": 1})
    respx.get(THINGS).respond(302, headers={"Location": "https://evil.example.com/?token=fake-token"})

    with client() as (http, _), pytest.raises(ConfigError) as raised:
        http.get_json("/things", type=Answer)

    assert not elsewhere.called
    assert "https://evil.example.com" in raised.value.message
    assert "fake-token" not in raised.value.message


@respx.mock
def test_a_redirect_to_a_login_page_is_about_the_credentials():
    respx.get(THINGS).respond(302, headers={"Location": "/login.jsp?os_destination=x"})

    with client() as (http, _), pytest.raises(AuthError, match="login page"):
        http.get_json("/things", type=Answer)


@respx.mock
def test_a_web_page_in_a_200_is_named_as_such():
    route = respx.get(THINGS).respond(200, html="<html>Welcome, fake-user</html>")

    with client() as (http, _), pytest.raises(Transient, match="answered a web page instead of JSON") as raised:
        http.get_json("/things", type=Answer)

    assert route.call_count == 5
    assert "fake-user" not in raised.value.message


@respx.mock
def test_one_web_page_is_survived():
    page, good = httpx.Response(200, text="<!doctype html>"), httpx.Response(200, json={"value": 2})
    respx.get(THINGS).side_effect = [page, good]

    with client() as (http, _):
        assert http.get_json("/things", type=Answer) == Answer(2)


@pytest.mark.parametrize("body", [b'{"value": 1', b"", b"\xff\xfe", b"{]"])
@respx.mock
def test_a_broken_body_is_asked_for_again(body: bytes):
    respx.get(THINGS).side_effect = [httpx.Response(200, content=body), httpx.Response(200, json={"value": 4})]

    with client() as (http, _):
        assert http.get_json("/things", type=Answer) == Answer(4)


@respx.mock
def test_json_of_another_shape_is_a_defect_and_not_asked_for_again():
    route = respx.get(THINGS).respond(json={"value": "fake-name"})

    with client() as (http, _), pytest.raises(ConnectorError, match="shape") as raised:
        http.get_json("/things", type=Answer)

    assert raised.value.kind == "bug"
    assert "fake-name" not in raised.value.message
    assert route.call_count == 1


# -- waiting ----------------------------------------------------------------------------------------------


@respx.mock
def test_pauses_between_attempts_double_and_vary():
    respx.get(THINGS).respond(500)

    with client() as (http, naps), pytest.raises(Transient):
        http.get_json("/things", type=Answer)

    assert len(naps.seconds) == 4
    for pause, whole in zip(naps.seconds, (0.5, 1, 2, 4), strict=True):
        assert whole / 2 <= pause <= whole


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("header", ["7", " 7.0 ", format_datetime(NOW + timedelta(seconds=7), usegmt=True)])
@respx.mock
def test_retry_after_is_honoured_in_seconds_and_as_a_date(status: int, header: str):
    respx.get(THINGS).side_effect = [
        httpx.Response(status, headers={"Retry-After": header}),
        httpx.Response(200, json={"value": 1}),
    ]

    with client() as (http, naps):
        http.get_json("/things", type=Answer)

    assert len(naps.seconds) == 1
    assert 7 <= naps.seconds[0] <= 8


@pytest.mark.parametrize("header", ["soon", "-5", "nan", "1e400", "Mon, 99 Nov 2026 08:00:00 GMT", ""])
@respx.mock
def test_a_senseless_retry_after_counts_as_none(header: str):
    respx.get(THINGS).side_effect = [
        httpx.Response(429, headers={"Retry-After": header}),
        httpx.Response(200, json={"value": 1}),
    ]

    with client() as (http, naps):
        http.get_json("/things", type=Answer)

    assert len(naps.seconds) == 1
    assert naps.seconds[0] <= 0.5


@respx.mock
def test_a_date_in_the_past_means_now():
    past = format_datetime(NOW - timedelta(hours=1), usegmt=True)
    respx.get(THINGS).side_effect = [
        httpx.Response(429, headers={"Retry-After": past}),
        httpx.Response(200, json={"value": 1}),
    ]

    with client() as (http, naps):
        http.get_json("/things", type=Answer)

    assert naps.seconds == [0]


@pytest.mark.parametrize("header", ["121", "400000", format_datetime(NOW + timedelta(days=5), usegmt=True)])
@respx.mock
def test_a_pause_longer_than_one_may_sleep_parks_the_stream(header: str):
    route = respx.get(THINGS).respond(429, headers={"Retry-After": header})

    with client() as (http, naps), pytest.raises(RateLimited) as raised:
        http.get_json("/things", type=Answer)

    assert raised.value.retry_at is not None
    assert raised.value.retry_at > NOW + timedelta(seconds=120)
    assert naps.seconds == []
    assert route.call_count == 1


@respx.mock
def test_a_year_long_pause_still_gives_an_instant():
    respx.get(THINGS).respond(429, headers={"Retry-After": "99999999999"})

    with client() as (http, _), pytest.raises(RateLimited) as raised:
        http.get_json("/things", type=Answer)

    assert raised.value.retry_at == NOW + timedelta(days=366)


@respx.mock
def test_a_cancelled_sleep_ends_the_request():
    class Cancelled(Exception):
        pass

    def cancel(seconds: float) -> None:
        raise Cancelled

    respx.get(THINGS).respond(500)
    hosts = HostPolicy(["jira.example.com"], resolve=lambda host, port: ["93.184.215.14"])

    with HttpClient(BASE, hosts=hosts, now=lambda: NOW, sleep=cancel) as http, pytest.raises(Cancelled):
        http.get_json("/things", type=Answer)


@respx.mock
def test_the_rate_budget_is_drawn_on_by_every_attempt():
    respx.get(THINGS).side_effect = [httpx.Response(500), httpx.Response(200, json={"value": 1})]
    budget = RateBudget(rate=0.1, burst=1, monotonic=lambda: 0.0)

    with client(budget=lambda method, path: budget) as (http, naps):
        http.get_json("/things", type=Answer)

    retry, budgeted = naps.seconds
    assert retry <= 0.5
    assert budgeted == 10


# -- credentials ------------------------------------------------------------------------------------------


class Renewable:
    """Credentials whose first token has expired."""

    def __init__(self, renewals: int) -> None:
        self.number = 0
        self.renewals = renewals

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer fake-token-{self.number}"}

    def renew(self, refused: Mapping[str, str]) -> bool:
        assert refused == self.headers()
        if self.number >= self.renewals:
            return False
        self.number += 1
        return True


@respx.mock
def test_an_expired_access_token_is_renewed_once_and_the_request_sent_again():
    respx.get(THINGS, headers={"Authorization": "Bearer fake-token-0"}).respond(401)
    respx.get(THINGS, headers={"Authorization": "Bearer fake-token-1"}).respond(json={"value": 5})
    auth: Auth = Renewable(renewals=1)

    with client(auth=auth) as (http, _):
        assert http.get_json("/things", type=Answer) == Answer(5)


@respx.mock
def test_a_401_to_a_fresh_token_is_final():
    route = respx.get(THINGS).respond(401)
    auth = Renewable(renewals=10)

    with client(auth=auth) as (http, _), pytest.raises(AuthError):
        http.get_json("/things", type=Answer)

    assert route.call_count == 2


def test_credentials_do_not_show_in_a_repr():
    assert "fake-token" not in repr(FixedAuth({"Authorization": "Bearer fake-token"}))
