"""Holds the requests of the Slack connector to Slack's official API description, which is old: answers are not judged.

`python .ci/check_slack_requests.py <slack-web.json>` checks a source and reads it whole and once more, over real HTTP:
on a large plan, and with small pages. Exit code 1 with a list of what is wrong.
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from description import Description, read_document
from pydantic import SecretStr
from recording import Clock, Exchange, Reader, Recorder, access, judge

from connectors.kit.organisation import generate
from connectors.kit.sandbox import serving
from connectors.slack import CONNECTOR
from connectors.slack.config import BotToken
from connectors.slack.sandbox import Keys, SlackSandbox

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
BASE = "/api"
EXPECTED = frozenset(
    f"{BASE}/{method}"
    for method in (
        *("auth.test", "conversations.list", "conversations.history", "conversations.replies"),
        *("conversations.members", "users.list", "team.billableInfo", "admin.analytics.getFile"),
        "team.accessLogs",
    )
)
"""What a whole reading asks: if the sandbox no longer brings the connector there, the check has gone blind."""


def exchanges(**options: Any) -> list[Exchange]:
    """Everything that the connector does with a workspace: the check, a whole reading, and another a day later."""
    clock = Clock(NOW)
    organisation = generate(seed=3, end=NOW, items=20, months=3, projects=3, people=20, weeks_ahead=1)
    sandbox = SlackSandbox(organisation, clock=clock.now, exchanges=200, **options)
    recorder = Recorder(sandbox)
    keys = Keys()
    credentials = BotToken(
        token=SecretStr(keys.token),
        signing_secret=SecretStr(keys.signing_secret),
        user_token=SecretStr(keys.user_token),
    )
    with serving(recorder, clock=clock.now):
        given = access(CONNECTOR, {"base_url": sandbox.url, "include_private": True}, credentials, clock)
        CONNECTOR.check(given)
        reader = Reader(CONNECTOR, given)
        reader.run()
        clock.at += timedelta(days=1)
        reader.run()
    return recorder.seen


def main(path: str) -> int:
    """Exit code 0 if every request agrees with the description at `path`."""
    description = Description(read_document(Path(path)), base=BASE)
    seen = exchanges() + exchanges(page_cap=5, analytics=False)
    wrong = judge(description, seen, expected=EXPECTED, answers=False)
    shown = sorted({request.path for request, _ in seen if "token" in request.query or b"token=" in request.body})
    for name in shown:
        print(f"{name}: a token stands in the request, and not in its header")
    return 1 if shown else wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
