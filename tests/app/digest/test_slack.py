"""`/slack/*`: who may ask, what the command answers, and what the buttons do."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from threading import Event
from typing import Any
from urllib.parse import urlencode

import pytest

from app.api import slack
from app.core.db import Database
from connectors.kit.sandbox import Request, Response
from tests.support.commands import PATIENCE
from tests.support.digest_site import SECRET, Site, fill, push, site

COMMANDS, INTERACTIONS = "/slack/commands", "/slack/interactions"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def here(sqlite_db: Database) -> Iterator[Site]:
    with site(sqlite_db) as made:
        yield made


@pytest.fixture(scope="module")
def unchanged(shared_sqlite_db: Database) -> Iterator[Site]:
    """For what changes nothing."""
    with site(shared_sqlite_db) as made:
        yield made


def person(here: Site) -> str:
    everybody = here.sandbox.facts.organisation.accounts.values()
    return next(f"U0{one.id.upper()}" for one in everybody if one.kind == "human")


def signed(body: bytes, at: float, secret: str = SECRET) -> dict[str, str]:
    stamp = str(int(at))
    line = b"v0:" + stamp.encode() + b":" + body
    proof = "v0=" + hmac.new(secret.encode(), line, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": proof, "Content-Type": FORM}


def ask(here: Site, path: str, form: dict[str, str], headers: dict[str, str] | None = None) -> Any:
    body = urlencode(form).encode()
    found = signed(body, here.clock.seconds()) if headers is None else headers
    return here.api.client.request("POST", path, content=body, headers=found)


def command(here: Site, text: str) -> str:
    here.clock.forward(seconds=1)
    url = here.sandbox.url.removesuffix("/api") + "/commands/T0/1/x"
    form = {"command": "/prodops", "text": text, "user_id": person(here), "team_id": "T0WORK", "response_url": url}
    earlier = len(here.sandbox.outbox.answers)
    answer = ask(here, COMMANDS, form)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    if "blocks" not in told:
        # A slow machine's answer, which comes later.
        told = late(here, earlier + 1)
    assert told["response_type"] == "ephemeral"
    said: str = told["blocks"][0]["text"]["text"]
    return said


def press(here: Site, action: str, value: str) -> None:
    here.clock.forward(seconds=1)
    payload = {
        "type": "block_actions",
        "user": {"id": person(here)},
        "response_url": here.sandbox.url.removesuffix("/api") + "/actions/T0/1/x".replace("actions", "commands"),
        "actions": [{"type": "button", "action_id": action, "value": value}],
    }
    answer = ask(here, INTERACTIONS, {"payload": json.dumps(payload)})
    assert (answer.status_code, answer.content) == (200, b"")


def late(here: Site, number: int = 1) -> dict[str, Any]:
    answers = here.sandbox.outbox.answers
    end = time.monotonic() + PATIENCE
    while len(answers) < number:
        assert time.monotonic() < end, "No late answer came."
        time.sleep(0.02)
    return answers[number - 1]


@pytest.mark.parametrize("path", [COMMANDS, INTERACTIONS])
@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda body, at: {"Content-Type": FORM}, id="missing"),
        pytest.param(lambda body, at: signed(body, at, "another-fake-secret"), id="another-secret"),
        pytest.param(lambda body, at: signed(body + b"x", at), id="another-body"),
        pytest.param(lambda body, at: signed(body, at - 301), id="old"),
        pytest.param(lambda body, at: signed(body, at + 301), id="of-the-future"),
        pytest.param(lambda body, at: signed(body, at) | {"X-Slack-Request-Timestamp": "soon"}, id="no-time"),
        pytest.param(lambda body, at: signed(body, at) | {"X-Slack-Signature": "v0=none"}, id="no-signature"),
        pytest.param(lambda body, at: {**signed(body, at), "X-Slack-Signature": "v0=" + "0" * 64}, id="guessed"),
    ],
)
def test_what_slack_did_not_sign_just_now_is_refused(
    unchanged: Site, path: str, spoil: Callable[[bytes, float], dict[str, str]]
) -> None:
    form = {"text": "help", "user_id": "U1"}
    headers = spoil(urlencode(form).encode(), unchanged.clock.seconds())
    answer = ask(unchanged, path, form, headers)
    assert answer.status_code == 401


def test_a_request_is_answered_once(here: Site) -> None:
    form = {"text": "help", "user_id": person(here)}
    assert ask(here, COMMANDS, form).status_code == 200
    assert ask(here, COMMANDS, form).status_code == 401
    here.clock.forward(seconds=1)
    assert ask(here, COMMANDS, form).status_code == 200


def test_a_body_that_is_no_text_is_refused(here: Site) -> None:
    body = b"text=\xff\xfe"
    answer = here.api.client.request("POST", COMMANDS, content=body, headers=signed(body, here.clock.seconds()))
    assert answer.status_code == 401


def test_a_number_is_told_with_its_change(here: Site) -> None:
    fill(here.api)
    said = command(here, "cycle-time checkout last month")
    assert "*Cycle time*: *3 d" in said.replace("\u00a0", " ")
    assert "Checkout · 1–31 Oct 2026" in said
    assert "n = " in said
    assert "*Throughput*: *" in command(here, "throughput 30 days")


def test_the_answer_is_in_the_language_of_whoever_asks(here: Site) -> None:
    fill(here.api)
    here.sandbox.outbox.locales[person(here)] = "fr-FR"
    said = command(here, "cycle-time last month")
    assert "Temps de cycle" in said
    assert "1–31 oct. 2026" in said
    assert len(here.slack.door.asked_for("users.info")) == 1
    assert "Demandez" in command(here, "help")
    assert len(here.slack.door.asked_for("users.info")) == 1


def test_slack_without_a_language_takes_that_of_the_words(here: Site) -> None:
    fill(here.api)
    here.sandbox.outbox.locales[person(here)] = "de-DE"
    assert "Temps de cycle" in command(here, "temps de cycle le mois dernier")


def test_what_is_not_known_is_told(here: Site) -> None:
    fill(here.api)
    assert "Did you mean: Checkout" in command(here, "cycle time chackut blue")
    assert "do not know which number" in command(here, "colour of the sky")
    hostile = command(here, "cycle time <!channel>")
    assert "<!channel" not in hostile


def test_few_people_stay_hidden(here: Site) -> None:
    source = fill(here.api)
    accounts = [{"external_id": f"a{one}", "display_name": f"Person {one}", "kind": "human"} for one in range(2)]
    push(here.api, source, "accounts", accounts)
    work = here.api.get("/api/v1/work-items?limit=1000").json()["items"]
    push(
        here.api,
        source,
        "work_items",
        [
            {
                "external_id": one["external_id"],
                "key": one["key"],
                "title": one["title"],
                "project": "checkout",
                "status": "done" if one["category"] == "done" else "doing",
                "created_at": one["created_at"],
                "updated_at": "2026-11-02T07:00:00Z",
                "assignee": f"a{place % 2}",
            }
            for place, one in enumerate(work)
        ],
    )
    assert "too few people" in command(here, "cycle-time last month")


def test_an_answer_that_takes_long_comes_later(here: Site, sqlite_db: Database) -> None:
    fill(here.api)

    answered = Event()

    def slow(request: Request) -> Response | None:
        if request.path.endswith("users.info"):
            assert answered.wait(PATIENCE), "Slack was kept waiting."
        return None

    here.slack.door.answer = slow
    url = here.sandbox.url.removesuffix("/api") + "/commands/T0/1/x"
    form = {"text": "throughput last month", "user_id": person(here), "response_url": url}
    answer = ask(here, COMMANDS, form)
    answered.set()
    assert slack.PATIENCE < 3
    assert "on its way" in answer.json()["text"]
    assert "*Throughput*" in late(here)["blocks"][0]["text"]["text"]


def test_a_writer_that_holds_the_database_up_holds_up_no_answer_to_slack(here: Site, sqlite_db: Database) -> None:
    fill(here.api)
    url = here.sandbox.url.removesuffix("/api") + "/commands/T0/1/x"
    form = {"text": "help", "user_id": person(here), "response_url": url}
    with sqlite_db.write():
        begun = time.monotonic()
        answer = ask(here, COMMANDS, form)
        assert time.monotonic() - begun < 20, "It waited for the writer, who has half a minute."
    assert "on its way" in answer.json()["text"]
    assert "Ask for a number" in late(here)["blocks"][0]["text"]["text"]
    assert ask(here, COMMANDS, form).status_code == 401
    assert len(here.sandbox.outbox.answers) == 1


def test_a_button_that_is_pressed_once_acts_once(here: Site) -> None:
    digest = here.digest()
    payload = {
        "user": {"id": person(here)},
        "response_url": here.sandbox.url.removesuffix("/api") + "/commands/T0/1/x",
        "actions": [{"action_id": "digest.mute", "value": f"{digest['id']} en"}],
    }
    form = {"payload": json.dumps(payload)}
    assert ask(here, INTERACTIONS, form).status_code == 200
    late(here)
    assert ask(here, INTERACTIONS, form).status_code == 401
    assert len(here.sandbox.outbox.answers) == 1


def test_late_answers_go_to_slack_only(here: Site) -> None:
    fill(here.api)
    digest = here.digest()
    payload = {
        "user": {"id": person(here)},
        "response_url": "https://evil.example.test/",
        "actions": [{"action_id": "digest.details", "value": f"{digest['id']} en"}],
    }
    assert ask(here, INTERACTIONS, {"payload": json.dumps(payload)}).status_code == 200
    press(here, "digest.details", f"{digest['id']} en")
    late(here)
    assert len(here.sandbox.outbox.answers) == 1


def test_the_buttons_of_a_digest(here: Site) -> None:
    fill(here.api)
    digest = here.digest()
    press(here, "digest.details", f"{digest['id']} en")
    details = late(here, 1)
    assert details["response_type"] == "ephemeral"
    assert "no team" in json.dumps(details["blocks"])
    press(here, "digest.language", f"{digest['id']} fr")
    assert "Temps de cycle" in json.dumps(late(here, 2)["blocks"], ensure_ascii=False)
    press(here, "digest.mute", f"{digest['id']} en")
    muted = late(here, 3)
    assert "muted this digest until 9 Nov 2026" in muted["text"]
    assert here.api.get(f"/api/v1/digests/{digest['id']}").json()["muted_until"].startswith("2026-11-09T08:00")
    [button] = muted["blocks"][1]["elements"]
    press(here, button["action_id"], button["value"])
    assert "posted again" in late(here, 4)["text"]
    assert here.api.get(f"/api/v1/digests/{digest['id']}").json()["muted_until"] is None
    press(here, "digest.mute", "00000000-0000-0000-0000-000000000000 en")
    assert "there no more" in late(here, 5)["text"]


@pytest.mark.parametrize("payload", ["", "{", "[]", "{}", '{"actions": []}', '{"actions": [1], "user": 2}', "null"])
def test_an_interaction_that_is_not_ours_is_left_alone(unchanged: Site, payload: str) -> None:
    assert ask(unchanged, INTERACTIONS, {"payload": payload}).status_code == 200
