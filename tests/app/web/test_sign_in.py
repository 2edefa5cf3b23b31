"""Signing in: what the session allows, when it ends, and how guessing is slowed down."""

from typing import Any

import pytest

from app.api.sessions import COOKIE
from app.store import audit, user_sessions, users
from tests.app.web.conftest import PASSWORD, URL, Browser

METRIC = "/api/v1/metrics/cycle_time"


def acts(browser: Browser) -> list[str]:
    with browser.database.read() as connection:
        rows, _ = audit.page(connection, limit=1_000, after=None)
    return [row["action"] for row in rows]


def test_a_page_leads_to_the_sign_in_and_back(browser: Browser) -> None:
    sent = browser.get("/?period=28d")
    assert (sent.status_code, sent.headers["location"]) == (303, "/sign-in?next=%2F%3Fperiod%3D28d")
    form = browser.get(sent.headers["location"])
    assert 'name="next" value="/?period=28d"' in form.text
    entered = browser.ask(
        "POST", "/sign-in", data={"email": " Viewer@Example.com ", "password": PASSWORD, "next": "/?period=28d"}
    )
    assert (entered.status_code, entered.headers["location"]) == (303, "/signed-in?next=%2F%3Fperiod%3D28d")
    assert browser.get(entered.headers["location"]).headers["location"] == "/?period=28d"
    assert browser.get("/?period=28d").status_code == 200


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x", "/sign-out"]
)
def test_the_sign_in_leads_nowhere_else(browser: Browser, target: str) -> None:
    entered = browser.ask(
        "POST", "/sign-in", data={"email": "viewer@example.com", "password": PASSWORD, "next": target}
    )
    assert entered.headers["location"] == "/signed-in?next=%2F"


def test_the_cookie_is_of_this_host_and_of_no_script(browser: Browser) -> None:
    browser.sign_in()
    (given,) = browser.given
    assert given.startswith("__Host-prodops=")
    assert {part.strip().lower() for part in given.split(";")[1:]} == {"httponly", "path=/", "samesite=lax", "secure"}


def test_a_browser_that_keeps_no_cookie_is_told(browser: Browser) -> None:
    browser.sign_in()
    browser.cookies.clear()
    again = browser.get(browser.get("/signed-in?next=%2F").headers["location"])
    assert "did not keep the session" in again.text


@pytest.mark.parametrize("email", ["viewer@example.com", "nobody@example.com", "off@example.com", "' OR 1=1 --", ""])
def test_a_wrong_password_and_an_unknown_account_are_refused_alike(browser: Browser, email: str) -> None:
    with browser.database.write() as connection:
        off = users.add(
            connection, email="off@example.com", name="Off", password_hash="x", role="admin", locale=None,
            now=browser.clock.now(),
        )  # fmt: skip
        assert off is not None
        users.change(connection, off, {"disabled_at": browser.clock.now()})
    refused = browser.sign_in(email, "not the password at all")
    assert refused.status_code == 401
    assert "The address or the password is wrong." in refused.text
    assert COOKIE not in browser.cookies
    assert acts(browser) == ["user.sign_in_refused"]


@pytest.mark.parametrize("email", ["viewer@example.com", "nobody@example.com"])
def test_guessing_an_account_waits_longer_and_longer(browser: Browser, email: str) -> None:
    for _ in range(5):
        assert browser.sign_in(email, "wrong wrong wrong").status_code == 401
    waits = []
    for _ in range(7):
        locked = browser.sign_in(email)
        assert locked.status_code == 429, "Not even the right password is tried while an account waits."
        waits.append(int(locked.headers["retry-after"]))
        browser.clock.forward(seconds=waits[-1])
        assert browser.sign_in(email, "wrong wrong wrong").status_code == 401
    assert waits == [30, 60, 120, 240, 480, 900, 900]


def test_the_right_password_ends_the_waiting(browser: Browser) -> None:
    for _ in range(5):
        browser.sign_in("viewer@example.com", "wrong wrong wrong")
    browser.clock.forward(seconds=31)
    assert browser.sign_in().status_code == 303
    for _ in range(4):
        assert browser.sign_in("viewer@example.com", "wrong wrong wrong").status_code == 401
    assert browser.sign_in().status_code == 303


def test_guessing_many_accounts_from_one_address_waits_too(browser: Browser) -> None:
    for number in range(20):
        assert browser.sign_in(f"guess-{number}@example.com", "wrong wrong wrong").status_code == 401
    assert browser.sign_in().status_code == 429


def test_a_session_ends_when_it_idles_and_when_it_is_old(browser: Browser) -> None:
    browser.sign_in()
    browser.clock.forward(hours=11)
    assert browser.get("/").status_code == 200
    browser.clock.forward(hours=11)
    assert browser.get("/").status_code == 200
    browser.clock.forward(hours=12)
    assert browser.get("/").status_code == 303
    assert browser.get(METRIC).status_code == 401
    browser.sign_in()
    for _ in range(14):
        browser.clock.forward(hours=11)
        assert browser.get("/").status_code == 200
    browser.clock.forward(hours=11)
    browser.clock.forward(hours=4)
    assert browser.get("/").status_code == 303


def test_signing_in_again_ends_the_session_before(browser: Browser) -> None:
    browser.sign_in()
    before = browser.cookies[COOKIE]
    browser.sign_in("editor@example.com")
    assert browser.cookies[COOKIE] != before
    browser.cookies[COOKIE] = before
    assert browser.get("/").status_code == 303


def test_signing_out_ends_the_session(browser: Browser) -> None:
    browser.sign_in()
    secret = browser.cookies[COOKIE]
    assert browser.post("/sign-out").headers["location"] == "/sign-in"
    assert COOKIE not in browser.cookies
    browser.cookies[COOKIE] = secret
    assert browser.get(METRIC).status_code == 401


def test_signing_out_everywhere_ends_every_session_of_ones_own(browser: Browser) -> None:
    others: list[str] = []
    for email in ("viewer@example.com", "editor@example.com"):
        browser.sign_in(email)
        others.append(browser.cookies.pop(COOKIE))
    browser.sign_in()
    browser.post("/account/sign-out-everywhere")
    for secret, status in zip(others, (303, 200), strict=True):
        browser.cookies = {COOKIE: secret}
        assert browser.get("/").status_code == status


def test_a_new_password_ends_the_other_sessions_and_not_this_one(browser: Browser) -> None:
    browser.sign_in()
    other = browser.cookies.pop(COOKIE)
    browser.sign_in()
    fields = {"present": PASSWORD, "password": "another fake password", "repeat": "another fake password"}
    assert browser.post("/account/password", **{**fields, "present": "wrong"}).headers["location"].endswith("=wrong")
    assert browser.post("/account/password", **{**fields, "repeat": "x"}).headers["location"].endswith("=repeat")
    weak = {"password": "aaaaaaaaaaaaaaaa", "repeat": "aaaaaaaaaaaaaaaa"}
    assert browser.post("/account/password", **{**fields, **weak}).headers["location"].endswith("=weak")
    assert browser.post("/account/password", **fields).headers["location"] == "/account?notice=password"
    assert browser.get("/").status_code == 200
    browser.cookies = {COOKIE: other}
    assert browser.get("/").status_code == 303
    assert browser.sign_in().status_code == 401
    assert browser.sign_in(password="another fake password").status_code == 303


def test_a_changed_role_and_a_disabled_account_count_at_once(browser: Browser) -> None:
    browser.sign_in("editor@example.com")
    assert browser.get("/api/v1/people").status_code == 200
    with browser.database.write() as connection:
        row = users.find_by_email(connection, "editor@example.com")
        assert row is not None
        users.change(connection, row["id"], {"role": "viewer"})
    assert browser.get("/api/v1/people").status_code == 403
    with browser.database.write() as connection:
        users.change(connection, row["id"], {"disabled_at": browser.clock.now()})
    assert browser.get("/api/v1/people").status_code == 401
    assert browser.sign_in("editor@example.com").status_code == 401


def test_a_session_reads_the_api_and_changes_it_with_the_pages_token_only(browser: Browser) -> None:
    browser.sign_in("editor@example.com")
    token = browser.csrf_token()
    team: dict[str, Any] = {"json": {"name": "Checkout"}}
    assert browser.get(METRIC).status_code == 200
    assert browser.get(METRIC).status_code == 200, "The answer that was kept is for the session too."
    for headers in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": "x" + token}, {"X-CSRF-Token": "é".encode("latin-1")}):
        assert browser.ask("POST", "/api/v1/teams", headers=headers, **team).status_code == 403
    foreign = {"X-CSRF-Token": token, "Origin": "https://evil.example"}
    assert browser.ask("POST", "/api/v1/teams", headers=foreign, **team).status_code == 403
    assert browser.ask("POST", "/api/v1/teams", headers={"X-CSRF-Token": token}, **team).status_code == 201
    assert "team.create" in acts(browser)


def test_a_token_stands_above_a_session(browser: Browser) -> None:
    browser.sign_in("admin@example.com")
    assert browser.get(METRIC, headers={"Authorization": "Bearer fake-and-unknown"}).status_code == 401
    assert browser.get(METRIC, headers={"Authorization": "Basic eDp4"}).status_code == 401
    browser.cookies = {COOKIE: "fake-and-unknown"}
    assert browser.get(METRIC).status_code == 401


@pytest.mark.parametrize("token", ["", "fake-and-wrong"])
def test_a_form_without_the_pages_token_does_nothing(browser: Browser, token: str) -> None:
    browser.sign_in()
    refused = browser.post("/account", token=token, name="Changed", locale="en")
    assert refused.status_code == 403
    assert "This is not for you to do" in refused.text
    assert 'value="Viewer"' in browser.get("/account").text


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_another_sites_page_signs_nobody_in_or_out(browser: Browser, headers: dict[str, str]) -> None:
    fields = {"email": "viewer@example.com", "password": PASSWORD}
    assert browser.ask("POST", "/sign-in", data=fields, headers=headers).status_code == 403
    browser.sign_in()
    token = browser.csrf_token()
    assert browser.ask("POST", "/sign-out", data={"csrf_token": token}, headers=headers).status_code == 403
    assert browser.get("/").status_code == 200


def test_no_password_and_no_secret_is_stored_or_audited(browser: Browser) -> None:
    browser.sign_in(password="a fake password that is wrong")
    browser.sign_in()
    secret = browser.cookies[COOKIE]
    path = browser.database.sqlite_path
    assert path is not None
    stored = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    for hidden in (PASSWORD, "a fake password that is wrong", secret):
        assert hidden.encode() not in stored
    assert user_sessions.digest(secret) in stored
    assert sorted(acts(browser)) == ["user.sign_in", "user.sign_in_refused"]


def test_every_answer_tells_the_browser_to_be_careful(browser: Browser) -> None:
    for path in ("/sign-in", "/nothing", "/api/v1/metrics"):
        headers = browser.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["strict-transport-security"]
        assert headers["cache-control"] == "no-store"
    assert URL.startswith("https")
