"""What stands between a connector and a served sandbox in its tests."""

from collections.abc import Callable
from dataclasses import dataclass, field

from connectors.kit.sandbox import App, Refused, Request, Response

Answer = Callable[[Request], Response | None]
"""Takes a request from the sandbox, or leaves it to it; may refuse as a sandbox does."""


@dataclass
class Door:
    """Notes every request, and may answer in the sandbox's place."""

    sandbox: App
    answer: Answer
    asked: list[Request] = field(default_factory=list)

    def mounted(self, url: str) -> None:
        self.sandbox.mounted(url)

    def spared(self, path: str) -> bool:
        return self.sandbox.spared(path)

    def respond(self, request: Request) -> Response:
        self.asked.append(request)
        try:
            return self.answer(request) or self.sandbox.respond(request)
        except Refused as refusal:
            return refusal.response

    def paths(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [request.path for request in self.asked]
