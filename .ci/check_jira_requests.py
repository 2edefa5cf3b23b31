"""Holds the Jira connector, and the sandbox that it is tried on, to Jira's official API description.

`python .ci/check_jira_requests.py <jira-cloud-v3.json>` checks a source and reads it whole and once more, over real
HTTP, and judges every request (path, method, parameters, body) and every good answer. Exit code 1 with a list of what
is wrong.
"""

import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from description import Description, read_document
from pydantic import SecretStr
from recording import Clock, Exchange, Reader, Recorder, access, judge

from connectors.jira import CONNECTOR
from connectors.jira.config import ApiToken
from connectors.jira.sandbox import JiraSandbox, Keys
from connectors.kit.organisation import Organisation, generate
from connectors.kit.sandbox import serving

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
SERVER_INFO = {"/rest/api/2/serverInfo": "/rest/api/3/serverInfo"}
"""Asked before anybody knows whether the site is Cloud, so by the path that both deployments have."""

EXPECTED = frozenset(
    f"/rest/api/3/{path}"
    for path in (
        *("search/jql", "search/approximate-count", "changelog/bulkfetch", "issue/bulkfetch", "issue/*/changelog"),
        *("issue/*/comment", "issue/*/worklog", "project/search", "project/*/version", "status", "statuses/search"),
        *("issuetype", "resolution/search", "users/search", "applicationrole", "group/member", "field", "myself"),
    )
)
"""What a whole reading asks: if the sandbox no longer brings the connector there, the check has gone blind."""


def exchanges(
    organisation: Organisation, config: Mapping[str, Any], keys: Keys, refused: frozenset[str] = frozenset()
) -> list[Exchange]:
    """Everything that the connector does with a site: the check, a whole reading, and another a day later."""
    clock = Clock(NOW)
    sandbox = JiraSandbox(organisation, clock=clock.now, keys=keys)
    recorder = Recorder(sandbox, refused)
    with serving(recorder, clock=clock.now):
        credentials = ApiToken(email=keys.email, token=SecretStr(keys.token))
        given = access(CONNECTOR, {"base_url": sandbox.url, **config}, credentials, clock)
        CONNECTOR.check(given)
        if keys.admin:
            reader = Reader(CONNECTOR, given)
            reader.run()
            clock.at += timedelta(days=1)
            reader.run()
    return recorder.seen


def main(path: str) -> int:
    """Exit code 0 if every exchange agrees with the description at `path`."""
    organisation = generate(seed=3, end=NOW, items=300, months=18, projects=3, people=20, weeks_ahead=1)
    bulk = "/rest/api/3/changelog/bulkfetch"
    key = next(iter(organisation.projects.values())).key
    seen = [
        *exchanges(organisation, {}, Keys()),
        *exchanges(organisation, {"projects": [key], "jql": "created >= -400d"}, Keys(), frozenset({bulk})),
        *exchanges(organisation, {"projects": ["NOSUCH"]}, Keys(admin=False)),
    ]
    return judge(
        Description(read_document(Path(path)), SERVER_INFO),
        seen,
        expected=EXPECTED,
        name=lambda request: re.sub(r"/[0-9]{2,}", "/*", request.path),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
