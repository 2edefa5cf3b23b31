"""Holds the Jira connector, and the sandbox that it is tried on, to Jira's official API description.

`python .ci/check_jira_requests.py <jira-cloud-v3.json>` reads the sandbox whole, over real HTTP, and checks
every request (path, method, query parameters, body) and every good answer. Exit code 1 with a list of what
is wrong.
"""

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from description import Description

from connectors.jira import CONNECTOR
from connectors.jira.config import ApiToken, JiraConfig
from connectors.jira.sandbox import JiraSandbox, Keys
from connectors.kit.connector import Access
from connectors.kit.hosts import HostPolicy
from connectors.kit.organisation import Organisation, generate
from connectors.kit.reading import read_all
from connectors.kit.sandbox import Request, Response, serving

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


@dataclass
class Recorder:
    """A sandbox that keeps what it was asked and what it answered."""

    sandbox: JiraSandbox
    refused: frozenset[str] = frozenset()
    """Paths answered with 403, so that the connector shows what it asks then."""
    seen: list[tuple[Request, Response]] = field(default_factory=list)

    def mounted(self, url: str) -> None:
        self.sandbox.mounted(url)

    def spared(self, path: str) -> bool:
        return self.sandbox.spared(path)

    def respond(self, request: Request) -> Response:
        response = Response(403, b"{}") if request.path in self.refused else self.sandbox.respond(request)
        self.seen.append((request, response))
        return response


def exchanges(organisation: Organisation, config: Mapping[str, Any], keys: Keys, refused: frozenset[str]) -> Recorder:
    """Everything that the connector does with a site: the check, a whole reading, the census, a second look."""
    recorder = Recorder(JiraSandbox(organisation, clock=lambda: NOW, keys=keys), refused)
    with serving(recorder, clock=lambda: NOW):
        settings = JiraConfig(base_url=recorder.sandbox.url, **config)
        access = Access(
            config=settings,
            credentials=ApiToken.model_validate({"email": keys.email, "token": keys.token}),
            hosts=HostPolicy(CONNECTOR.hosts(settings), ["127.0.0.1"]),
            now=lambda: NOW,
            sleep=lambda seconds: None,
            save_credentials=lambda credentials: None,
        )
        CONNECTOR.check(access)
        if not keys.admin:
            return recorder
        with CONNECTOR.open(access) as api:
            read_all(CONNECTOR, api)
            work_items = next(stream for stream in CONNECTOR.streams if stream.census is not None)
            for scope in CONNECTOR.scopes(api):
                ids = [one for page in work_items.census(api, scope) for one in page]  # type: ignore[misc]
                for _ in work_items.refetch(api, [*ids[:150], "987654321"]):  # type: ignore[misc]
                    pass
    return recorder


def main(path: str) -> int:
    """Exit code 0 if every exchange agrees with the description at `path`."""
    description = Description(json.loads(Path(path).read_text("utf-8")), SERVER_INFO)
    organisation = generate(seed=3, end=NOW, items=600, months=18, projects=3, people=20)
    bulk = "/rest/api/3/changelog/bulkfetch"
    key = next(iter(organisation.projects.values())).key
    runs = [
        exchanges(organisation, {}, Keys(), frozenset()),
        exchanges(organisation, {"projects": [key], "jql": "created >= -400d"}, Keys(), frozenset({bulk})),
        exchanges(organisation, {"projects": ["NOSUCH"]}, Keys(admin=False), frozenset()),
    ]
    seen = [exchange for run in runs for exchange in run.seen]
    faults = sorted({fault for request, response in seen for fault in description.faults(request, response)})
    asked = {re.sub(r"/[0-9]{2,}", "/*", request.path) for request, _ in seen}
    faults += [f"{path}: was never asked, so nothing is known about it" for path in sorted(EXPECTED - asked)]
    for fault in faults:
        print(fault)
    print(f"{len(seen)} exchanges over {len(asked)} paths, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
