"""A vendor's sandbox that renders every answer once: after a first reading it costs a benchmark next to nothing.

`python -m benchmarks.remembered NAME` serves one until its input ends; the first line that it prints is the address.
`GET /asked` tells every request so far, to send them again.
"""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlencode

import msgspec

from connectors.asana.sandbox import AsanaSandbox
from connectors.kit.organisation import generate
from connectors.kit.sandbox import App, Request, Response, json_response, serving
from connectors.mixpanel.sandbox import MixpanelSandbox
from connectors.slack.sandbox import SlackSandbox

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
ASKED = "/asked"


class Asked(msgspec.Struct):
    """A request, to be sent again."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class Remembering:
    """Gives the answer to a request again that was asked before."""

    def __init__(self, sandbox: App) -> None:
        self._sandbox = sandbox
        self._answers: dict[tuple[str, str, bytes], Response] = {}
        self._asked: list[Asked] = []

    def mounted(self, url: str) -> None:
        self._sandbox.mounted(url)

    def spared(self, path: str) -> bool:
        return self._sandbox.spared(path)

    def respond(self, request: Request) -> Response:
        if request.path == ASKED:
            return json_response(msgspec.to_builtins(self._asked))
        target = f"{request.path}?{urlencode(request.query, doseq=True)}"
        key = (request.method, target, request.body)
        if key not in self._answers:
            headers = {name: value for name, value in request.headers.items() if name not in ("host", "content-length")}
            self._asked.append(Asked(request.method, target, headers, request.body))
            self._answers[key] = self._sandbox.respond(request)
        return self._answers[key]


def clock() -> datetime:
    return NOW


def asana(size: int) -> App:
    """Projects of that many items together."""
    organisation = generate(seed=3, end=NOW, items=size, months=18, projects=4, people=60)
    return AsanaSandbox(organisation, clock=clock)


def slack(size: int) -> App:
    """A workspace of that many threads."""
    organisation = generate(seed=3, end=NOW, items=20, months=12, projects=8, people=300)
    return SlackSandbox(organisation, clock=clock, exchanges=size)


def mixpanel(size: int) -> App:
    """A product of that many people."""
    organisation = generate(seed=3, end=NOW, items=20, months=3, projects=8, people=size)
    return MixpanelSandbox(organisation, clock=clock, days=30, pace=20)


SANDBOXES: dict[str, Callable[[int], App]] = {"asana": asana, "slack": slack, "mixpanel": mixpanel}


def main(name: str, size: str) -> None:
    """Serve until the input ends."""
    with serving(Remembering(SANDBOXES[name](int(size))), clock=clock) as server:
        print(server.url, flush=True)
        sys.stdin.buffer.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
