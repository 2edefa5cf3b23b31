"""Holds the Mixpanel connector to Mixpanel's official API descriptions.

`python .ci/check_mixpanel_requests.py <mixpanel-export.yaml> <mixpanel-query.yaml>` checks a source and reads it whole
and once more, over real HTTP, and judges every request, and every good answer that is JSON. Exit code 1 with a list of
what is wrong.
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
from connectors.mixpanel.config import ProjectSecret, ServiceAccount
from connectors.mixpanel.connector import MixpanelConnector
from connectors.mixpanel.sandbox import Keys, MixpanelSandbox

NOW = datetime(2026, 11, 2, 14, 30, tzinfo=UTC)
EXPORT, QUERY = "/api/2.0", "/api/query"
SAYS_JSON = frozenset({"output_properties"})
"""Form fields whose text in the description says "a JSON array", and whose schema is an array."""

KNOWN = {
    "POST /engage, the sandbox's answer: $.results[*]['$distinct_id']: 'user-": (
        "Ids are what a product calls its users: texts as a rule, as the export's own example shows."
    ),
}
"""How sentences begin that tell where the description is wrong, with the reason."""


def exchanges(credentials: Any, **config: Any) -> list[Exchange]:
    """Everything that the connector does with a project: the check, a whole reading, and another a day later."""
    clock = Clock(NOW)
    organisation = generate(seed=3, end=NOW, items=20, months=3, projects=2, people=20, weeks_ahead=1)
    sandbox = MixpanelSandbox(organisation, clock=clock.now, days=70, page_size=5)
    recorder = Recorder(sandbox)
    # The quota of an hour would keep the check waiting.
    connector = MixpanelConnector(queries_an_hour=100_000, queries_a_second=100_000)
    with serving(recorder, clock=clock.now):
        given = access(
            connector,
            {"base_url": sandbox.url, "project_id": Keys().project_id, **config},
            credentials,
            clock,
        )
        connector.check(given)
        reader = Reader(connector, given)
        reader.run()
        clock.at += timedelta(days=1)
        reader.run()
    return recorder.seen


def main(export: str, query: str) -> int:
    """Exit code 0 if every exchange agrees with the descriptions at these paths."""
    keys = Keys()
    account = ServiceAccount(username=keys.username, secret=SecretStr(keys.secret))
    seen = [
        *exchanges(account, events=("Report opened", "Search run")),
        *exchanges(ProjectSecret(secret=SecretStr(keys.project_secret))),
    ]
    events = [one for one in seen if one[0].path.startswith(EXPORT)]
    rest = [one for one in seen if not one[0].path.startswith(EXPORT)]
    return max(
        judge(Description(read_document(Path(export)), base=EXPORT), events, expected={f"{EXPORT}/export"}),
        judge(
            Description(read_document(Path(query)), base=QUERY, as_json=SAYS_JSON),
            rest,
            expected={f"{QUERY}/engage", f"{QUERY}/events/names"},
            known=KNOWN,
        ),
    )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
