"""A running API over a little work, beside a served Slack sandbox whose app may post."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app.core.db import Database
from app.digest.deliver import Courier
from app.digest.workspace import Tools
from app.facts.read import FactsReader
from app.main import create_app
from connectors.slack.sandbox import SlackSandbox
from connectors.slack.sandbox.dialect import channel_id, joined
from tests.app.api.conftest import Api, settings_for
from tests.support.clock import ManualClock
from tests.support.door import Answer
from tests.support.portal import client_of
from tests.support.slack_workspace import Served, slack

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
"""A Monday, nine o'clock in Paris, a week after the clocks went back."""
SECRET = "fake-signing-secret"
HOSTILE = (
    "<!channel> & <https://evil.example.test|click> *bold* _it_ ~no~ `code` \u202eesrever \x07 "
    "<@U0EVERYBODY> </section> ]]> & &amp; {{7*7}}"
)
_NDJSON = {"Content-Type": "application/x-ndjson"}


@dataclass
class Site:
    """The API, the sandbox, and what posts from one to the other."""

    api: Api
    slack: Served
    courier: Courier
    source_id: str

    @property
    def sandbox(self) -> SlackSandbox:
        return self.slack.sandbox

    @property
    def clock(self) -> ManualClock:
        return self.api.clock

    @property
    def channel(self) -> str:
        """A channel that the app has joined."""
        rooms = self.sandbox.facts.talk.rooms.values()
        return next(channel_id(room) for room in rooms if joined(room) and not room.closed)

    def digest(self, **changes: Any) -> dict[str, Any]:
        body = {
            "name": "Weekly",
            "source_id": self.source_id,
            "channel": self.channel,
            "metrics": ["cycle_time", "throughput", "automation_rate"],
            "locale": "en",
            "days": 28,
            **changes,
        }
        answer = self.api.post("/api/v1/digests", json=body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def posted(self, channel: str | None = None) -> list[dict[str, Any]]:
        return self.sandbox.outbox.messages.get(channel or self.channel, [])

    def deliveries(self, digest: dict[str, Any]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.api.get(f"/api/v1/digests/{digest['id']}/deliveries").json()["items"]
        return found

    def until_due(self) -> None:
        """On to the next Monday, nine o'clock in Paris."""
        self.clock.forward(days=7)


def push(api: Api, source: str, kind: str, records: list[dict[str, Any]]) -> None:
    body = "\n".join(json.dumps(record) for record in records)
    answer = api.post(f"/api/v1/ingest/{source}/{kind}", content=body.encode(), headers=_NDJSON)
    assert answer.json()["rejected"] == [], answer.text


def fill(api: Api, titles: str = "Item {number}", items: int = 60) -> str:
    """Items finished in the six weeks before NOW, slower in the last three; every tenth is in progress still."""
    made = api.post("/api/v1/sources", json={"connector": "push", "name": "Boards", "config": {"tool": "boards"}})
    source = str(made.json()["id"])
    push(api, source, "projects", [{"external_id": "checkout", "name": "Checkout"}])
    statuses = [("todo", "todo"), ("doing", "active"), ("done", "done")]
    push(api, source, "statuses", [{"external_id": one, "name": one, "category": kind} for one, kind in statuses])
    work: list[dict[str, Any]] = []
    moves: list[dict[str, Any]] = []
    for number in range(items):
        begun = NOW - timedelta(days=42) + timedelta(hours=15 * number)
        took = timedelta(hours=20 + number % 7 if begun < NOW - timedelta(days=21) else 90 + number % 5)
        open_still = number % 10 == 9
        steps = (
            [(begun, "todo", "doing")] if open_still else [(begun, "todo", "doing"), (begun + took, "doing", "done")]
        )
        work.append(
            {
                "external_id": f"W{number}",
                "key": f"SHOP-{number}",
                "title": titles.format(number=number),
                "url": f"https://boards.example.test/browse/SHOP-{number}",
                "project": "checkout",
                "status": steps[-1][2],
                "created_at": _text(begun - timedelta(hours=2)),
                "updated_at": _text(steps[-1][0]),
            }
        )
        moves += [
            {
                "external_id": f"W{number}/{place}",
                "work_item": f"W{number}",
                "at": _text(at),
                "from_status": left,
                "to_status": entered,
            }
            for place, (at, left, entered) in enumerate(steps)
        ]
    push(api, source, "work_items", work)
    push(api, source, "transitions", moves)
    return source


@contextmanager
def site(database: Database, answer: Answer = lambda request: None, **changes: Any) -> Iterator[Site]:
    """Everything, as long as the block lasts."""
    clock = ManualClock(NOW)
    with slack(answer, clock=clock) as served:
        settings = settings_for(database, allowed_private_hosts="127.0.0.1", locale="en", **changes)
        app = create_app(settings, clock=clock, database=database)
        with client_of(app) as client:
            api = Api(app, client, clock, database, settings)
            made = api.post(
                "/api/v1/sources",
                json={
                    "connector": "slack",
                    "name": "Slack",
                    "config": {"base_url": served.sandbox.url},
                    "credentials": {
                        "kind": "bot_token",
                        "token": served.sandbox.gate.keys.token,
                        "signing_secret": served.sandbox.gate.keys.signing_secret,
                    },
                },
            )
            assert made.status_code == 201, made.text

            def sleep(seconds: float) -> None:
                clock.forward(seconds=seconds)

            tools = Tools(clock, settings.keyring(), settings, sleep=sleep)
            yield Site(api, served, Courier(database, FactsReader(database), tools), made.json()["id"])


def _text(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
