"""A digest on its page, and its preview and test-send by hand: the same message as in Slack."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from tests.app.web.conftest import Browser
from tests.support.databases import copy_of
from tests.support.digest_site import HOSTILE, Site, fill, site


@dataclass
class Desk:
    """A service with a digest, and the browsers of those who look at it."""

    here: Site
    digest: dict[str, Any]

    def browser(self, role: str | None) -> Browser:
        found = Browser(self.here.api.client, self.here.api.database, self.here.clock)
        if role is not None:
            found.sign_in(f"{role}@example.com")
        return found

    def blocks(self, language: str) -> list[dict[str, Any]]:
        """Of the message that Slack would get now."""
        path = f"/api/v1/digests/{self.digest['id']}"
        self.here.api.ask("PATCH", path, json={"locale": language})
        found: list[dict[str, Any]] = self.here.api.post(f"{path}/preview").json()["blocks"]
        return found


@pytest.fixture(scope="module")
def desk(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with (
        copy_of(sqlite_template, tmp_path_factory.mktemp("digest") / "hub.db") as database,
        site(database, public_url="https://hub.test") as here,
    ):
        fill(here.api, titles=HOSTILE + " {number}")
        made = Desk(here, here.digest())
        made.browser(None).add_users()
        yield made


def signs_of_message(text: str) -> str:
    """What a message says, without what marks it up and without spaces."""
    bare = re.sub(r"<(https?://[^|<>]+)\|([^<>]*)>", r"\2", text)
    return _bare(bare.replace("\u200b*\u200b", "\0").replace("*", "").replace("\0", "*"))


def signs_of_page(html: str) -> str:
    """What a page says, without its elements and without spaces."""
    return _bare(re.sub(r"<[^<>]*>", "", html))


def _bare(text: str) -> str:
    return re.sub(r"[\s•\u200b]", "", unescape(text))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_says_what_the_message_says(desk: Desk, language: str) -> None:
    page = desk.browser("viewer").get(f"/digest/{desk.digest['id']}?lang={language}")
    assert page.status_code == 200
    found = re.search(r'<article class="digest".*?</article>', page.text, re.DOTALL)
    assert found is not None
    shown = signs_of_page(found[0])
    for block in desk.blocks(language):
        if block["type"] == "section":
            assert signs_of_message(block["text"]["text"]) in shown
        elif block["type"] == "context":
            # The page does not lead to itself.
            assert signs_of_message(block["elements"][0]["text"].partition("\n")[0]) in shown
        elif block["type"] == "image":
            assert block["alt_text"] in unescape(found[0])
    assert "<!channel" not in page.text
    # Each item counts as much as any other of this number: none is named for it.
    assert {"fr": "Débit:36(", "en": "Throughput:36("}[language] in shown.partition(
        "bougé" if language == "fr" else "moved"
    )[2]


def test_the_message_leads_to_the_page_of_its_own_instant(desk: Desk) -> None:
    [_, foot] = [block for block in desk.blocks("en") if block["type"] == "context"]
    link = re.search(r"<https://hub\.test(/digest/\S+)\|This digest as a web page>", foot["elements"][0]["text"])
    assert link is not None
    path = unescape(link[1])
    viewer = desk.browser("viewer")
    then = viewer.get(path).text
    desk.here.clock.forward(days=7)
    viewer = desk.browser("viewer")
    later = viewer.get(path).text
    assert "5 Oct – 1 Nov 2026" in then
    assert "5 Oct – 1 Nov 2026" in later
    assert 'rel="next"' not in viewer.get(f"/digest/{desk.digest['id']}").text
    before = re.search(r'href="([^"]+)" rel="prev"', later)
    assert before is not None
    assert "7 Sept – 4 Oct 2026" in viewer.get(unescape(before[1])).text
    desk.here.clock.at -= timedelta(days=7)
    button = next(block for block in desk.blocks("en") if block["type"] == "actions")["elements"][0]
    assert button["url"] == "https://hub.test/?period=2026-10-05..2026-11-01"


def test_an_instant_that_is_none_and_a_digest_that_is_none_are_said(desk: Desk) -> None:
    viewer = desk.browser("viewer")
    assert viewer.get(f"/digest/{desk.digest['id']}?at=soon").status_code == 422
    assert viewer.get(f"/digest/{desk.here.source_id}").status_code == 404
    assert desk.browser(None).get(f"/digest/{desk.digest['id']}").headers["location"].startswith("/sign-in")


def test_a_digest_whose_team_was_removed_says_so(desk: Desk) -> None:
    team = desk.here.api.post("/api/v1/teams", json={"name": "Short-lived"}).json()["id"]
    digest = desk.here.digest(name="Of a team", teams=[team])
    viewer = desk.browser("viewer")
    assert "There is nothing to tell" in viewer.get(f"/digest/{digest['id']}").text
    desk.here.api.ask("DELETE", f"/api/v1/teams/{team}")
    gone = viewer.get(f"/digest/{digest['id']}")
    assert gone.status_code == 409
    assert "is there no more" in gone.text


def test_an_editor_sees_the_exact_message_and_sends_it_to_one_person(desk: Desk) -> None:
    editor = desk.browser("editor")
    here = f"/admin/digests/{desk.digest['id']}"
    expected = desk.here.api.post(f"/api/v1/digests/{desk.digest['id']}/preview").json()
    page = editor.post(f"{here}/preview").text
    exact = re.search(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL)
    assert exact is not None
    image = expected.pop("image")
    assert json.loads(unescape(exact[1])) == expected
    assert f'src="data:image/png;base64,{image["data"]}" alt="' in page
    person = next(one for one in desk.here.sandbox.facts.organisation.accounts.values() if one.kind == "human")
    user = f"U0{person.id.upper()}"
    sent = editor.post(f"{here}/send", user=user)
    assert sent.headers["location"] == f"{here}?notice=sent"
    [message] = desk.here.posted(user)
    assert message["text"] == expected["text"]
    assert desk.here.posted() == []
    nobody = editor.post(f"{here}/send", user="U0NOBODY")
    assert (nobody.status_code, "no such member" in nobody.text) == (422, True)
    refused = editor.post(f"{here}/send", user="ada")
    assert refused.status_code == 422
    assert 'value="ada"' in refused.text


def test_every_admin_page_tells_of_a_digest_that_was_not_posted_and_of_one_that_is_muted(desk: Desk) -> None:
    editor = desk.browser("editor")
    assert "not posted" not in editor.get("/admin/teams").text
    shut = desk.here.digest(name="Nowhere", channel="C0NOTTHERE", metrics=["throughput"])
    desk.here.until_due()
    desk.here.courier.deliver_due()
    editor = desk.browser("editor")
    assert re.search(r"[1-9] not posted", editor.get("/admin/teams").text)
    assert "Choose the channel again by its id" in editor.get(f"/admin/digests/{shut['id']}").text
    path = f"/admin/digests/{desk.digest['id']}"
    badge = '<span class="badge warn">muted</span>'
    assert badge not in editor.get("/admin/digests").text
    desk.here.api.ask("PATCH", f"/api/v1/digests/{desk.digest['id']}", json={"muted_until": "2026-11-16T08:00:00Z"})
    assert badge in editor.get("/admin/digests").text
    assert "Muted until 16 Nov 2026, 09:00" in editor.get(path).text
    assert editor.post(f"{path}/unmute").headers["location"] == f"{path}?notice=saved"
    assert "Muted until" not in editor.get(path).text


def test_an_editor_makes_one_with_the_usual_numbers(desk: Desk) -> None:
    editor = desk.browser("editor")
    form = editor.get("/admin/digests/new").text
    choices = re.search(r'<select[^>]*name="source_id".*?</select>', form, re.DOTALL)
    assert choices is not None
    assert re.findall(r'value="([^"]+)"', choices[0]) == [desk.here.source_id]
    made = editor.post(
        "/admin/digests/new", name="By hand", source_id=desk.here.source_id, channel="C0GENERAL",
        day="mon", time="09:00", timezone="Europe/Paris", locale="en", days="7",
    )  # fmt: skip
    assert made.status_code == 303
    digest = desk.here.api.get(f"/api/v1/digests/{made.headers['location'].split('/')[-1].partition('?')[0]}").json()
    assert digest["schedule"] == "0 9 * * mon"
    assert digest["metrics"] == ["cycle_time", "throughput", "automation_rate"]


def test_a_time_that_is_none_is_refused_beside_its_field(desk: Desk) -> None:
    refused = desk.browser("editor").post(
        "/admin/digests/new", name="Late", source_id=desk.here.source_id, channel="C0GENERAL", day="fri", time="25:00",
        timezone="Europe/Paris", locale="en", days="7",
    )  # fmt: skip
    assert refused.status_code == 422
    assert 'id="f-schedule-wrong"' in refused.text
    assert re.search(r'<option value="fri" selected>', refused.text)


def test_a_channel_by_its_name_is_refused_with_what_to_enter(desk: Desk) -> None:
    editor = desk.browser("editor")
    refused = editor.post(
        "/admin/digests/new", name="By name", source_id=desk.here.source_id, channel="#general", schedule="0 9 * * mon",
        timezone="Europe/Paris", locale="en", days="7",
    )  # fmt: skip
    assert refused.status_code == 422
    assert "such as C0123456789" in refused.text
