"""The first-run wizard: one admin is made, by whoever knows the set-up code, and by nobody else."""

import pytest

from app.store import audit, users
from tests.app.web.conftest import ADMIN_TOKEN, PASSWORD, SETUP_CODE, Browser

FORM = {
    "code": SETUP_CODE,
    "name": "Ada",
    "email": "ada@example.com",
    "password": PASSWORD,
    "repeat": PASSWORD,
}


def test_a_service_without_accounts_leads_to_the_wizard(stranger: Browser) -> None:
    for path in ("/", "/sign-in"):
        assert stranger.get(path).headers["location"] == "/welcome"
    assert f'value="{SETUP_CODE}"' in stranger.get(f"/welcome?code={SETUP_CODE}").text
    assert SETUP_CODE not in stranger.get("/welcome").text


@pytest.mark.parametrize("code", [SETUP_CODE, f" {SETUP_CODE} ", ADMIN_TOKEN])
def test_whoever_knows_the_code_becomes_the_first_admin(stranger: Browser, code: str) -> None:
    made = stranger.post("/welcome", **{**FORM, "code": code})
    assert (made.status_code, made.headers["location"]) == (303, "/signed-in?next=%2Fadmin%2Fstart")
    assert stranger.get("/api/v1/sources").status_code == 200
    with stranger.database.read() as connection:
        (account,) = users.every(connection)
        acts, _ = audit.page(connection, limit=10, after=None)
    assert (account["email"], account["name"], account["role"], account["locale"]) == (
        "ada@example.com", "Ada", "admin", "en",
    )  # fmt: skip
    assert {(act["actor"], act["action"]) for act in acts} == {
        ("set-up", "user.create"),
        (f"user:{account['id']}", "user.sign_in"),
    }


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("code", "", "not the set-up code"),
        ("code", "fake-and-wrong", "not the set-up code"),
        ("email", "ada", "an e-mail address"),
        ("email", "a da@example.com", "an e-mail address"),
        ("name", "  ", "your name"),
        ("password", "short", "passwords differ"),
        ("repeat", "", "passwords differ"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(stranger: Browser, field: str, value: str, said: str) -> None:
    refused = stranger.post("/welcome", **{**FORM, field: value})
    assert refused.status_code == 422
    assert said in refused.text
    assert PASSWORD not in refused.text
    with stranger.database.read() as connection:
        assert users.are_none(connection)


@pytest.mark.parametrize("password", ["elevenchars", "aaaabbbbccccdddd"])
def test_a_weak_password_is_refused(stranger: Browser, password: str) -> None:
    refused = stranger.post("/welcome", **{**FORM, "password": password, "repeat": password})
    assert refused.status_code == 422
    assert "five of them different" in refused.text


def test_the_code_cannot_be_guessed(stranger: Browser) -> None:
    for _ in range(5):
        assert "not the set-up code" in stranger.post("/welcome", **{**FORM, "code": "fake-and-wrong"}).text
    assert "Too many attempts" in stranger.post("/welcome", **FORM).text
    stranger.clock.forward(seconds=31)
    assert stranger.post("/welcome", **FORM).status_code == 303


def test_the_wizard_is_for_the_first_only(browser: Browser) -> None:
    assert browser.get("/welcome").headers["location"] == "/sign-in"
    assert browser.post("/welcome", **FORM).status_code == 404


def test_another_sites_page_cannot_send_it(stranger: Browser) -> None:
    sent = stranger.ask("POST", "/welcome", data=FORM, headers={"Origin": "https://evil.example"})
    assert sent.status_code == 403
