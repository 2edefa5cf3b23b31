"""A source from its form: tested before it is stored, its secrets told to nobody, its choice kept."""

import re
from collections import Counter
from collections.abc import Callable

import pytest

from tests.app.web.conftest import Browser
from tests.support.jira_site import Served

NEW = "/admin/sources/new/jira"
WRONG = "fake-and-wrong-token-0123456789"


def fields(site: Served, **changes: str) -> dict[str, str]:
    """What an admin enters for the Jira of the test."""
    keys = site.sandbox.gate.keys
    entered = {
        "name": "Our Jira",
        "config.base_url": site.sandbox.url,
        "config.deployment": "auto",
        "kind": "api_token",
        "credentials.api_token.email": keys.email,
        "credentials.api_token.token": keys.token,
    }
    return {**entered, **changes}


def connect(admin: Browser, site: Served) -> str:
    """Add the source; the path of its page."""
    answer = admin.post(NEW, **fields(site))
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).partition("/scopes")[0]


def test_the_form_is_made_of_the_schemas(admin: Browser) -> None:
    page = admin.get(NEW).text
    assert 'name="config.base_url"' in page
    assert 'type="password" name="credentials.api_token.token"' in page
    assert "https://id.atlassian.com/manage-profile/security/api-tokens" in page
    assert 'name="credentials.personal_access_token.token"' not in page
    assert 'name="credentials.personal_access_token.token"' in admin.get(f"{NEW}?kind=personal_access_token").text
    assert "Adresse du site" in admin.get(f"{NEW}?lang=fr").text


def test_a_wrong_token_shows_the_check_that_fails_and_its_remedy(admin: Browser, site: Served) -> None:
    answer = admin.post(NEW, **fields(site, **{"credentials.api_token.token": WRONG}))
    assert "The connection does not work yet" in answer.text
    assert re.search(r'class="error".*What to do:', answer.text, re.DOTALL)
    assert WRONG not in answer.text
    assert site.sandbox.gate.keys.email in answer.text
    assert "There is no source yet" in admin.get("/admin/sources").text


def test_what_is_wrong_is_said_at_its_field(admin: Browser, site: Served) -> None:
    answer = admin.post(NEW, **fields(site, **{"config.base_url": "ftp://nowhere.example?x"}))
    assert answer.status_code == 422
    assert re.search(r'name="config.base_url"[^>]*aria-invalid="true"', answer.text)
    token = fields(site)["credentials.api_token.token"]
    assert token not in answer.text


def test_htmx_gets_the_findings_only_and_is_sent_on(admin: Browser, site: Served) -> None:
    headers = {"HX-Request": "true", "Origin": "https://hub.test"}
    wrong = {**fields(site, **{"credentials.api_token.token": WRONG}), "csrf_token": admin.csrf_token()}
    found = admin.ask("POST", NEW, data=wrong, headers=headers)
    assert (found.status_code, "<form" in found.text) == (200, False)
    assert "What to do:" in found.text
    sent = admin.ask("POST", NEW, data={**fields(site), "csrf_token": admin.csrf_token()}, headers=headers)
    assert sent.headers["hx-redirect"].endswith("/scopes?first=1")


def test_scopes_schedule_and_start_are_kept_and_the_first_sync_begins(admin: Browser, site: Served) -> None:
    here = connect(admin, site)
    form = admin.get(f"{here}/scopes?first=1").text
    keys = re.findall(r'name="scope" value="(\w+)" checked', form)
    assert len(keys) == 2
    assert "2 can be read, 2 are chosen" in form
    held = Counter(item.project for item in site.sandbox.truth()["work_items"])
    assert sorted(re.findall(r"[A-Z]+ · (\d+) items", form)) == sorted(map(str, held.values()))
    answer = admin.post(
        f"{here}/scopes", first="1", all="", scope=keys[0], schedule="0 * * * *", cron="", start_date="2026-01-01"
    )
    assert answer.headers["location"] == f"{here}?notice=queued"
    page = admin.get(here).text
    assert "Waiting for its turn" in page
    assert 'hx-trigger="every 2s"' in page
    again = admin.get(f"{here}/scopes").text
    assert re.findall(r'name="scope" value="(\w+)" checked', again) == [keys[0]]
    assert 'value="2026-01-01"' in again


def test_a_sync_is_shown_with_its_counts_and_its_words_get_meanings(
    admin: Browser, site: Served, run_next: Callable[[], None]
) -> None:
    here = connect(admin, site)
    admin.post(f"{here}/sync")
    run_next()
    page = admin.get(here).text
    run = re.search(rf'href="({here}/syncs/[\w-]+)"', page)
    assert run is not None
    assert "work items" in admin.get(run[1]).text
    assert admin.get(f"{here}/progress").headers["hx-redirect"] == here
    mapping = admin.get(f"{here}/mapping").text
    word = re.search(rf'action="({here}/mapping/statuses/[\w-]+)"', mapping)
    assert word is not None
    preview = admin.post(word[1], meaning="waiting", act="preview")
    assert "Touches" in preview.text
    assert admin.post(word[1], meaning="waiting", act="save").headers["location"] == f"{here}/mapping?notice=saved"
    assert re.search(r'value="waiting" selected', admin.get(f"{here}/mapping").text)


def test_a_word_means_something_else_in_one_project(admin: Browser, site: Served, run_next: Callable[[], None]) -> None:
    here = connect(admin, site)
    admin.post(f"{here}/sync")
    run_next()
    mapping = admin.get(f"{here}/mapping").text
    project, name = re.findall(r'<option value="([\w-]{36})">([^<]+)<', mapping)[0]
    word = re.search(rf'action="({here}/mapping/statuses/[\w-]+)"', mapping)
    assert word is not None
    without = admin.post(word[1], project="", meaning="waiting", act="save")
    assert "Choose the project first." in without.text
    preview = admin.post(word[1], project=project, meaning="waiting", act="preview")
    assert "Touches" in preview.text
    assert f'<option value="{project}" selected>' in preview.text
    assert f"{name}: waiting" not in preview.text
    assert admin.post(word[1], project=project, meaning="waiting", act="save").status_code == 303
    assert f"{name}: waiting" in admin.get(f"{here}/mapping").text
    admin.post(word[1], project=project, meaning="", act="save")
    assert f"{name}: waiting" not in admin.get(f"{here}/mapping").text


def test_a_source_is_paused_and_resumed_and_signed_into_again(admin: Browser, site: Served) -> None:
    here = connect(admin, site)
    admin.post(f"{here}/enabled", enabled="")
    assert "Resume" in admin.get(here).text
    wrong = fields(site, **{"credentials.api_token.token": WRONG})
    refused = admin.post(f"{here}/credentials", **wrong)
    assert "The connection does not work yet" in refused.text
    assert WRONG not in refused.text
    replaced = admin.post(f"{here}/credentials", **fields(site))
    assert replaced.headers["location"] == f"{here}?notice=credentials"


def test_a_source_is_deleted_by_its_name_only(admin: Browser, site: Served) -> None:
    here = connect(admin, site)
    refused = admin.post(f"{here}/delete", confirm="another")
    assert refused.status_code == 422
    assert "This deletes the source" in refused.text
    assert admin.post(f"{here}/delete", confirm="Our Jira").headers["location"] == "/admin/sources?notice=deleted"
    assert "There is no source yet" in admin.get("/admin/sources").text


@pytest.mark.parametrize("path", ["/admin/sources", NEW, "/admin/users", "/admin/tokens", "/admin/settings"])
def test_an_editor_sees_no_page_of_an_admin(admin: Browser, path: str) -> None:
    admin.sign_in("editor@example.com")
    assert admin.get(path).status_code == 403
    people = admin.get("/admin/people").text
    assert 'href="/admin/teams"' in people
    assert f'href="{path}"' not in people


def test_texts_of_a_schema_are_text_and_no_markup(admin: Browser) -> None:
    assert "https://&lt;site&gt;.atlassian.net" in admin.get(NEW).text


def test_a_tick_taken_away_is_meant(admin: Browser, site: Served) -> None:
    here = connect(admin, site)
    keys = re.findall(r'name="scope" value="(\w+)" checked', admin.get(f"{here}/scopes").text)
    admin.post(f"{here}/scopes", all="on", all_before="2", scope=keys[0])
    assert re.findall(r'name="scope" value="(\w+)" checked', admin.get(f"{here}/scopes").text) == [keys[0]]
    admin.post(f"{here}/scopes", all="on", scope=keys[0])
    assert re.findall(r'name="scope" value="(\w+)" checked', admin.get(f"{here}/scopes").text) == keys
