"""Holds the Asana connector, and the sandbox that it is tried on, to Asana's official API description.

`python .ci/check_asana_requests.py <asana.yaml>` checks a source and reads it whole and again, over real HTTP, with
each kind of credentials, and judges every request and every good answer. Exit code 1 with a list of what is wrong.
"""

import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from description import Description, read_document
from pydantic import SecretStr
from recording import Clock, Exchange, Reader, Recorder, access, judge

from connectors.asana import CONNECTOR
from connectors.asana.config import OAuthGrant, PersonalAccessToken, ServiceAccount
from connectors.asana.sandbox import WORKSPACE, AsanaSandbox, Keys
from connectors.asana.sandbox.told import STAGE
from connectors.kit.organisation import generate
from connectors.kit.sandbox import serving

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
SOON = timedelta(hours=3)
LATE = timedelta(days=2)
"""By then Asana has forgotten our place in its events."""

BASE = "/api/1.0"
LOGIN = "/-/oauth_token"
EXPECTED = frozenset(
    {LOGIN}
    | {
        f"{BASE}/{path}"
        for path in (
            *("users/me", "users", "projects", "projects/*/sections", "custom_fields/*", "tasks", "tasks/*"),
            *("tasks/*/subtasks", "tasks/*/stories", "events", "workspaces/*", "workspaces/*/agents"),
            *("workspaces/*/workspace_memberships", "workspaces/*/audit_log_events"),
        )
    }
)
"""What whole readings ask: if the sandbox no longer brings the connector there, the check has gone blind."""

_SAYS_SO = "The description's own text says that it may be null; its schema does not."
KNOWN = {
    f"POST {LOGIN}: there is no such path": "Named as the address of tokens only, which is no part of the API.",
    "GET /events, the sandbox's answer: $.data[*].user: None is not of type 'object'": _SAYS_SO,
    "GET /events, the sandbox's answer: $.data[*].parent: None is not of type 'object'": _SAYS_SO,
    "GET /events, the sandbox's answer: $.data[*].resource.name: None is not of type 'string'": (
        "What is deleted has no name to show any more; the schema is the one of things that are there."
    ),
    "GET /tasks/{task_gid}/stories, the sandbox's answer: $.data[*].created_by: None is not of type 'object'": (
        "Asana shows stories of users who are gone, and of its own making, without an author."
    ),
}
"""How sentences begin that tell where the description is wrong or silent, with the reason."""


def exchanges(credentials: Any, keys: Keys, *pauses: timedelta, **config: Any) -> list[Exchange]:
    """All that the connector does with a workspace: the check, a whole reading, and another behind each pause."""
    clock = Clock(NOW)
    organisation = generate(seed=3, end=NOW, items=40, months=3, projects=2, people=10, weeks_ahead=1)
    sandbox = AsanaSandbox(organisation, clock=clock.now, keys=keys, page_cap=20)
    recorder = Recorder(sandbox)
    with serving(recorder, clock=clock.now):
        given = access(CONNECTOR, {"base_url": sandbox.url, "workspace": WORKSPACE, **config}, credentials, clock)
        CONNECTOR.check(given)
        reader = Reader(CONNECTOR, given)
        reader.run()
        for pause in pauses:
            clock.at += pause
            reader.run()
    return recorder.seen


def main(path: str) -> int:
    """Exit code 0 if every exchange agrees with the description at `path`."""
    keys = Keys()
    grant = OAuthGrant(
        client_id=keys.client_id,
        client_secret=SecretStr(keys.client_secret),
        refresh_token=SecretStr(keys.refresh_token),
    )
    seen = [
        *exchanges(PersonalAccessToken(token=SecretStr(keys.token)), keys, SOON, status_from=STAGE),
        *exchanges(ServiceAccount(token=SecretStr(keys.service_token)), keys, SOON, LATE),
        *exchanges(grant, Keys(events=False, seats=False), SOON),
    ]
    description = Description(read_document(Path(path)), base=BASE)
    return judge(
        description,
        seen,
        expected=EXPECTED,
        known=KNOWN,
        name=lambda request: re.sub(r"/[0-9]{2,}", "/*", request.path),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
