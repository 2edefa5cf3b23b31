"""Holds the requests of the Slack connector to Slack's official API description, which is old: answers are not judged.

`python .ci/check_slack_requests.py <slack-web.json>` checks a source and reads it whole, over real HTTP: on a large
plan, with small pages, and a second time from its cursors. Exit code 1 with a list of what is wrong.
"""

import json
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from description import Description

from connectors.kit.connector import Access
from connectors.kit.hosts import HostPolicy
from connectors.kit.organisation import generate
from connectors.kit.reading import read_all
from connectors.kit.sandbox import Request, Response, serving
from connectors.kit.stream import Since
from connectors.slack import CONNECTOR
from connectors.slack.config import BotToken, SlackConfig
from connectors.slack.sandbox import Keys, SlackSandbox

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
EXPECTED = frozenset(
    {"auth.test", "conversations.list", "conversations.history", "conversations.replies", "conversations.members"}
    | {"users.list", "team.billableInfo", "admin.analytics.getFile"}
)
"""What a whole reading asks: if the sandbox no longer brings the connector there, the check has gone blind."""


@dataclass
class Recorder:
    """A sandbox that keeps what it was asked."""

    sandbox: SlackSandbox
    seen: list[Request] = field(default_factory=list)

    def mounted(self, url: str) -> None:
        self.sandbox.mounted(url)

    def spared(self, path: str) -> bool:
        return self.sandbox.spared(path)

    def respond(self, request: Request) -> Response:
        self.seen.append(request)
        return self.sandbox.respond(request)


def asked(**options: Any) -> list[Request]:
    """Everything that the connector asks of a workspace."""
    organisation = generate(seed=3, end=NOW, items=20, months=3, projects=3, people=20)
    recorder = Recorder(SlackSandbox(organisation, clock=lambda: NOW, exchanges=300, **options))
    keys = Keys()
    with serving(recorder, clock=lambda: NOW):
        settings = SlackConfig(base_url=recorder.sandbox.url, include_private=True)
        access = Access(
            config=settings,
            credentials=BotToken.model_validate(
                {"token": keys.token, "signing_secret": keys.signing_secret, "user_token": keys.user_token}
            ),
            hosts=HostPolicy(CONNECTOR.hosts(settings), ["127.0.0.1"]),
            now=lambda: NOW,
            sleep=lambda seconds: None,
            save_credentials=lambda credentials: None,
        )
        CONNECTOR.check(access)
        with CONNECTOR.open(access) as api:
            read_all(CONNECTOR, api)
            threads = next(stream for stream in CONNECTOR.streams if stream.name == "conversations")
            for scope in CONNECTOR.scopes(api):
                for _ in threads.fetch(api, scope, Since(at=NOW - timedelta(days=9))):  # type: ignore[misc]
                    pass
    return recorder.seen


def main(path: str) -> int:
    """Exit code 0 if every request agrees with the description at `path`."""
    document = json.loads(Path(path).read_text("utf-8"))
    description = Description(document, {f"/api{name}": name for name in document["paths"]})
    seen = asked() + asked(page_cap=5, analytics=False)
    faults = sorted({fault for request in seen for fault in description.faults(request, None)})
    methods = {request.path.removeprefix("/api/") for request in seen}
    faults += [f"{method}: was never asked, so nothing is known about it" for method in sorted(EXPECTED - methods)]
    faults += [f"{request.path}: a token stands in the address" for request in seen if "token" in request.query]
    for fault in faults:
        print(fault)
    print(f"{len(seen)} requests to {len(methods)} methods, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
