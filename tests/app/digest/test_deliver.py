"""Digests on their way to Slack: what arrives, once a period, and what becomes of those that do not arrive."""

import base64
import json
import struct
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

import pytest

from app.core.db import Database
from app.digest.deliver import Courier
from app.digest.workspace import Tools
from app.facts.read import FactsReader
from connectors.kit.sandbox import Request, Response
from tests.support.digest_site import HOSTILE, Site, fill, site


@pytest.fixture
def here(sqlite_db: Database) -> Iterator[Site]:
    with site(sqlite_db) as made:
        yield made


@contextmanager
def another(db: Database) -> Iterator[Database]:
    """The same database, as another service has it open."""
    opened = Database(db.url.render_as_string(hide_password=False))
    yield opened
    opened.close()


def shown(message: dict[str, Any]) -> str:
    """Every text of a message."""
    found: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            found.extend(one for name, one in value.items() if name in ("text", "alt_text") and isinstance(one, str))
            for one in value.values():
                walk(one)
        elif isinstance(value, list):
            for one in value:
                walk(one)

    walk(message)
    return "\n".join(found)


def pixels(png: bytes) -> tuple[int, int]:
    """Width and height, once every chunk's checksum and the compressed rows were found right."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    place, packed, size = 8, b"", (0, 0)
    while place < len(png):
        length = int.from_bytes(png[place : place + 4], "big")
        kind, data = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        assert zlib.crc32(kind + data) == int.from_bytes(png[place + 8 + length : place + 12 + length], "big")
        if kind == b"IHDR":
            size = struct.unpack(">II", data[:8])
        elif kind == b"IDAT":
            packed += data
        place += 12 + length
    assert len(zlib.decompress(packed)) == size[1] * (size[0] * 4 + 1)
    return size


def test_a_digest_arrives_with_its_chart_and_once(here: Site) -> None:
    fill(here.api)
    digest = here.digest()
    here.api.ask("PATCH", f"/api/v1/sources/{here.source_id}", json={"schedule": "0 * * * *"})
    here.courier.deliver_due()
    assert here.posted() == []
    here.until_due()
    for _ in range(3):
        here.courier.deliver_due()
    [message] = here.posted()
    text = shown(message)
    assert "Cycle time" in text
    assert "n = " in text
    assert "SHOP-" in text
    assert "Data up to: Slack (never read to its end)" in text
    assert "The data is stale" in text
    [upload] = here.sandbox.outbox.uploads.values()
    assert upload.complete
    assert upload.content is not None
    assert pixels(upload.content)[0] >= 720
    images = [block for block in message["blocks"] if block["type"] == "image"]
    assert images[0]["alt_text"] == upload.alt_text != ""
    [delivery] = here.deliveries(digest)
    assert (delivery["status"], delivery["period"], delivery["message"]) == ("sent", "2026-11-09T09:00", message["ts"])
    here.until_due()
    here.courier.deliver_due()
    assert len(here.posted()) == 2


def test_two_services_post_one_message(db: Database) -> None:
    """The second one looks while the first one posts, and both begin with others at the same time."""
    with site(db) as here, another(db) as second_db:
        tools = Tools(here.clock, here.api.settings.keyring(), here.api.settings)
        second = Courier(second_db, FactsReader(second_db), tools)
        for number in range(4):
            here.digest(name=f"Digest {number}", metrics=["throughput"])
        here.until_due()
        asked: list[str] = []

        def meanwhile(request: Request) -> Response | None:
            if request.path.endswith("chat.postMessage") and not asked:
                asked.append("once")
                second.deliver_due()
            return None

        here.slack.door.answer = meanwhile
        here.courier.deliver_due()
        assert len(here.posted()) == 4
        here.until_due()
        with ThreadPoolExecutor(2) as both:
            begun = Barrier(2)
            list(both.map(lambda courier: (begun.wait(), courier.deliver_due()), (here.courier, second)))
        assert len(here.posted()) == 8
        assert len(here.slack.door.asked_for("chat.postMessage")) == 8


def test_a_message_is_found_below_what_was_said_since(here: Site) -> None:
    fill(here.api)
    digest = here.digest()
    lost: list[Response] = []

    def lose(request: Request) -> Response | None:
        if request.path.endswith("chat.postMessage") and not lost:
            lost.append(here.sandbox.respond(request))
            return Response(502, b"", "text/html")
        if request.path.endswith("conversations.history") and b"cursor=" not in request.body:
            crowd = [{"ts": f"{at}.000000", "text": "…"} for at in range(200)]
            page = {"ok": True, "messages": crowd, "response_metadata": {"next_cursor": "bmV4dA=="}}
            return Response(200, json.dumps(page).encode())
        if request.path.endswith("conversations.history"):
            found = {"ok": True, "messages": here.posted()[::-1], "response_metadata": {"next_cursor": ""}}
            return Response(200, json.dumps(found).encode())
        return None

    here.slack.door.answer = lose
    here.until_due()
    here.courier.deliver_due()
    here.clock.forward(minutes=5)
    here.courier.deliver_due()
    assert len(here.posted()) == 1
    assert [one["status"] for one in here.deliveries(digest)] == ["sent"]


def test_a_channel_too_busy_to_look_through_gets_no_second_message(here: Site) -> None:
    fill(here.api)
    digest = here.digest()
    lost: list[Response] = []

    def busy(request: Request) -> Response | None:
        if request.path.endswith("chat.postMessage") and not lost:
            lost.append(here.sandbox.respond(request))
            return Response(502, b"", "text/html")
        if request.path.endswith("conversations.history"):
            page = {"ok": True, "messages": [], "response_metadata": {"next_cursor": "bmV4dA=="}}
            return Response(200, json.dumps(page).encode())
        return None

    here.slack.door.answer = busy
    here.until_due()
    here.courier.deliver_due()
    here.clock.forward(minutes=5)
    here.courier.deliver_due()
    assert len(here.posted()) == 1
    [delivery] = here.deliveries(digest)
    assert delivery["status"] == "failed"
    assert "Look into the channel" in delivery["error"]["remedy"]


def test_a_digest_with_nothing_behind_it_says_so_and_nothing_else(here: Site) -> None:
    here.digest(locale="fr")
    here.until_due()
    here.courier.deliver_due()
    [message] = here.posted()
    assert "Il n’y a rien à dire" in message["text"]
    kinds = [block["type"] for block in message["blocks"]]
    assert kinds == ["header", "context", "section", "context", "actions"]
    assert "Temps de cycle, Débit et Taux d’automatisation" in shown(message)


def test_a_digest_whose_team_was_removed_is_told_and_not_posted(here: Site) -> None:
    team = here.api.post("/api/v1/teams", json={"name": "Short-lived"}).json()["id"]
    digest = here.digest(teams=[team])
    here.api.ask("DELETE", f"/api/v1/teams/{team}")
    here.until_due()
    here.courier.deliver_due()
    assert here.posted() == []
    failure = here.api.get(f"/api/v1/digests/{digest['id']}").json()["failure"]
    assert failure["message"] == "A team of the digest was removed: choose its teams again."
    refused = here.api.post(f"/api/v1/digests/{digest['id']}/preview")
    assert (refused.status_code, refused.json()["detail"]) == (422, failure["message"])


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_hostile_and_huge_titles_are_taken_and_do_nothing(here: Site, locale: str) -> None:
    fill(here.api, titles=HOSTILE + " {number} " + "x" * 3000)
    digest = here.digest(
        locale=locale, name=HOSTILE[:150], metrics=["cycle_time", "lead_time", "throughput", "reaction_time", "wip"]
    )
    here.until_due()
    here.courier.deliver_due()
    assert [one["status"] for one in here.deliveries(digest)] == ["sent"]
    [message] = here.posted()
    mrkdwn = json.dumps(
        [block for block in message["blocks"] if block["type"] in ("section", "context")], ensure_ascii=False
    )
    assert "&lt;!channel&gt;" in mrkdwn
    for trick in ("<!channel", "<@U0", "<https://evil", "*bold*", "\u202e", "\x07"):
        assert trick not in mrkdwn
    assert "<!channel" not in message["text"]


def test_the_preview_is_what_arrives(here: Site) -> None:
    fill(here.api)
    digest = here.digest(locale="fr")
    here.until_due()
    preview = here.api.post(f"/api/v1/digests/{digest['id']}/preview").json()
    here.courier.deliver_due()
    [message] = here.posted()
    [upload] = here.sandbox.outbox.uploads.values()
    assert base64.b64decode(preview["image"]["data"]) == upload.content
    file_id = next(iter(here.sandbox.outbox.uploads))
    for block in preview["blocks"]:
        if block["type"] == "image":
            block["slack_file"]["id"] = file_id
    assert message["blocks"] == preview["blocks"]
    assert message["text"] == preview["text"]
    assert "Délai" in shown(message) or "Temps" in shown(message)


def test_a_test_send_reaches_one_person_and_leaves_the_ledger_alone(here: Site) -> None:
    fill(here.api)
    digest = here.digest()
    person = next(one for one in here.sandbox.facts.organisation.accounts.values() if one.kind == "human")
    user = f"U0{person.id.upper()}"
    sent = here.api.post(f"/api/v1/digests/{digest['id']}/send", json={"user": user})
    assert sent.status_code == 200, sent.text
    assert len(here.posted(user)) == 1
    assert here.posted() == []
    assert here.deliveries(digest) == []


@pytest.mark.parametrize(
    ("spoil", "code", "remedy"),
    [("left", "not_in_channel", "Invite"), ("archived", "is_archived", "Restore")],
)
def test_a_channel_that_is_shut_is_told_with_a_remedy(here: Site, spoil: str, code: str, remedy: str) -> None:
    fill(here.api)
    digest = here.digest()
    getattr(here.sandbox.outbox, spoil).add(here.channel)
    here.until_due()
    here.courier.deliver_due()
    [delivery] = here.deliveries(digest)
    assert (delivery["status"], delivery["error"]["code"]) == ("failed", code)
    failure = here.api.get(f"/api/v1/digests/{digest['id']}").json()["failure"]
    assert remedy in failure["remedy"]
    refused = here.api.post(f"/api/v1/digests/{digest['id']}/send")
    assert refused.status_code == 409
    assert remedy in refused.json()["detail"]
    getattr(here.sandbox.outbox, spoil).clear()
    here.courier.deliver_due()
    assert here.posted() == []


def test_a_removed_app_is_told(here: Site) -> None:
    fill(here.api)
    digest = here.digest()

    def removed(request: Request) -> Response | None:
        return Response(200, b'{"ok":false,"error":"account_inactive"}') if request.path.startswith("/api/") else None

    here.slack.door.answer = removed
    here.until_due()
    here.courier.deliver_due()
    [delivery] = here.deliveries(digest)
    assert (delivery["status"], delivery["error"]["kind"]) == ("failed", "auth")
    assert "new bot token" in delivery["error"]["remedy"]


def test_without_the_scope_for_files_it_comes_without_its_chart(here: Site) -> None:
    fill(here.api)
    digest = here.digest()
    gate = here.sandbox.gate
    gate.keys = type(gate.keys)(scopes=gate.keys.scopes - {"files:write"})
    here.until_due()
    here.courier.deliver_due()
    [message] = here.posted()
    assert not [block for block in message["blocks"] if block["type"] == "image"]
    [delivery] = here.deliveries(digest)
    assert (delivery["status"], delivery["error"]["code"]) == ("sent", "missing_scope")


def test_an_image_that_slack_still_works_on_is_waited_for(here: Site) -> None:
    fill(here.api)
    here.digest()
    here.sandbox.outbox.processing = 2
    here.until_due()
    here.courier.deliver_due()
    [message] = here.posted()
    assert [block for block in message["blocks"] if block["type"] == "image"]


def test_a_pause_that_slack_asks_for_is_kept(here: Site) -> None:
    fill(here.api)
    digest = here.digest()
    left = [("Retry-After", "3"), ("Retry-After", "2000")]

    def busy(request: Request) -> Response | None:
        if request.path.endswith("chat.postMessage") and left:
            return Response(429, b'{"ok":false,"error":"ratelimited"}', headers=(left.pop(0),))
        return None

    here.slack.door.answer = busy
    here.until_due()
    here.courier.deliver_due()
    [delivery] = here.deliveries(digest)
    assert (delivery["status"], here.posted()) == ("waiting", [])
    here.clock.forward(seconds=1000)
    here.courier.deliver_due()
    assert here.posted() == []
    here.clock.forward(seconds=1001)
    here.courier.deliver_due()
    assert len(here.posted()) == 1
    assert here.deliveries(digest)[0]["status"] == "sent"


def test_an_answer_that_gets_lost_is_looked_up_before_it_is_posted_again(here: Site) -> None:
    fill(here.api)
    digest = here.digest()
    lost: list[Response] = []

    def lose(request: Request) -> Response | None:
        if request.path.endswith("chat.postMessage") and not lost:
            lost.append(here.sandbox.respond(request))
            return Response(502, b"<html>Bad gateway</html>", "text/html")
        return None

    here.slack.door.answer = lose
    here.until_due()
    here.courier.deliver_due()
    assert here.deliveries(digest)[0]["status"] == "waiting"
    here.clock.forward(minutes=5)
    here.courier.deliver_due()
    [message] = here.posted()
    [delivery] = here.deliveries(digest)
    assert (delivery["status"], delivery["message"], delivery["attempts"]) == ("sent", message["ts"], 2)
    assert len(here.slack.door.asked_for("chat.postMessage")) == 1


def test_a_muted_digest_is_silent_and_comes_back(here: Site) -> None:
    fill(here.api)
    digest = here.digest()
    changed = here.api.ask("PATCH", f"/api/v1/digests/{digest['id']}", json={"muted_until": "2026-11-09T08:00:01Z"})
    assert changed.json()["next_at"] == "2026-11-16T08:00:00Z"
    here.until_due()
    here.courier.deliver_due()
    assert here.posted() == []
    assert here.deliveries(digest)[0]["status"] == "muted"
    here.until_due()
    here.courier.deliver_due()
    assert len(here.posted()) == 1


def test_no_secret_is_logged(here: Site, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    fill(here.api)
    here.digest()
    here.until_due()
    here.courier.deliver_due()
    keys = here.sandbox.gate.keys
    out = capfd.readouterr()
    for text in (out.out, out.err, caplog.text):
        assert keys.token not in text
        assert keys.signing_secret not in text
