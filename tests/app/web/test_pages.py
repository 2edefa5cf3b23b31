"""What every page does: its language, its theme, its errors, its static files, and the role that it needs."""

import gzip
import re

import pytest
from fastapi.routing import APIRoute

from app import web
from tests.app.web.conftest import Browser


def test_every_page_says_which_role_it_needs() -> None:
    needed = {
        f"{method} {route.path}": (route.openapi_extra or {}).get("x-role")
        for routes in web.ROUTERS
        for route in routes.routes
        if isinstance(route, APIRoute)
        for method in route.methods
    }
    open_pages = {page for page, role in needed.items() if role == "open"}
    assert open_pages == {
        "GET /sign-in", "POST /sign-in", "GET /signed-in", "GET /welcome", "POST /welcome", "GET /static/{mark}/{name}",
        "GET /share/{secret}",
    }  # fmt: skip
    assert {role for page, role in needed.items() if page.partition(" ")[2].startswith("/admin")} <= {"editor", "admin"}


@pytest.mark.parametrize(
    ("asked", "kept", "accepted", "language"),
    [
        ("", "", "", "fr"),
        ("", "", "en-GB,en", "en"),
        ("", "fr", "en", "fr"),
        ("?lang=en", "fr", "fr", "en"),
        ("?lang=de", "", "de", "fr"),
    ],
)
def test_the_address_the_cookie_then_the_browser_choose_the_language(
    browser: Browser, asked: str, kept: str, accepted: str, language: str
) -> None:
    if kept:
        browser.cookies["lang"] = kept
    page = browser.get(f"/sign-in{asked}", headers={"Accept-Language": accepted})
    assert f'<html lang="{language}"' in page.text


def test_a_chosen_language_and_theme_are_kept(browser: Browser) -> None:
    browser.get("/sign-in?lang=fr&theme=dark")
    page = browser.get("/sign-in").text
    assert '<html lang="fr" data-theme="dark">' in page
    assert all("httponly" in line.lower() and "secure" in line.lower() for line in browser.given)
    browser.get("/sign-in?theme=auto&lang=nothing")
    assert '<html lang="fr" data-theme="auto">' in browser.get("/sign-in").text


def test_the_accounts_language_stands_above_the_browsers(browser: Browser) -> None:
    browser.sign_in()
    browser.post("/account", name="Viewer", locale="fr")
    browser.cookies.pop("lang", None)
    assert '<html lang="fr"' in browser.get("/").text


@pytest.mark.parametrize(("path", "status", "said"), [("/nothing", 404, "There is nothing here")])
def test_a_refusal_is_a_page_for_a_person_and_a_problem_for_a_program(
    browser: Browser, path: str, status: int, said: str
) -> None:
    page = browser.get(path, headers={"Accept-Encoding": "identity"})
    assert (page.status_code, page.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert said in page.text
    assert int(page.headers["content-length"]) == len(page.content)
    problem = browser.get(path, headers={"Accept": "application/json"})
    assert (problem.status_code, problem.headers["content-type"]) == (status, "application/problem+json")
    api = browser.get("/api/v1/nothing")
    assert (api.status_code, api.headers["content-type"]) == (401, "application/problem+json")


def test_static_files_are_kept_for_a_year_at_an_address_of_their_content(browser: Browser) -> None:
    found = re.findall(r"/static/[0-9a-f]{16}/[\w.]+", browser.get("/sign-in").text)
    assert {path.rpartition("/")[2] for path in found} == {"app.css", "app.js", "favicon.svg", "htmx.js"}
    for path in found:
        answer = browser.get(path, headers={"Accept-Encoding": "identity"})
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        pressed = browser.get(path, headers={"Accept-Encoding": "gzip"})
        assert pressed.headers["content-encoding"] == "gzip"
        assert pressed.content in (answer.content, gzip.compress(answer.content, 9, mtime=0))
    mark = found[0].split("/")[2]
    assert browser.get(found[0].replace(mark, "0" * 16)).status_code == 404
    assert browser.get("/static/0/../../main.py").status_code == 404


def test_a_part_of_a_page_sends_the_whole_page_to_the_sign_in(browser: Browser) -> None:
    answer = browser.get("/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in")


def test_what_is_shown_is_escaped(browser: Browser) -> None:
    browser.sign_in()
    browser.post("/account", name='<script>"x"</script>', locale="en")
    page = browser.get("/").text
    assert '<script>"x"' not in page
    assert "&lt;script&gt;" in page
