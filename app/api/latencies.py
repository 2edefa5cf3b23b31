"""How long requests took, counted for Prometheus."""

import time
from bisect import bisect_left
from collections.abc import Iterator, Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_BOUNDS = (0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0)
_METHODS = frozenset(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"))


class Latencies:
    """How long requests took, by method, route and status."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, int], list[int]] = {}
        self._sums: dict[tuple[str, str, int], float] = {}

    def add(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        key = (method, route, status)
        counts = self._counts.setdefault(key, [0] * (len(_BOUNDS) + 1))
        counts[bisect_left(_BOUNDS, seconds)] += 1
        self._sums[key] = self._sums.get(key, 0.0) + seconds

    def lines(self) -> Iterator[str]:
        """The histogram in Prometheus's text form."""
        name = "prodops_http_request_seconds"
        yield f"# HELP {name} How long requests took."
        yield f"# TYPE {name} histogram"
        for key in sorted(self._counts.copy()):
            method, route, status = key
            labels = {"method": method, "route": route, "status": str(status)}
            total = 0
            for bound, count in zip((*map(str, _BOUNDS), "+Inf"), self._counts[key], strict=True):
                total += count
                yield line(f"{name}_bucket", {**labels, "le": bound}, total)
            yield line(f"{name}_sum", labels, self._sums[key])
            yield line(f"{name}_count", labels, total)


class Timed:
    """ASGI middleware: counts each request with the time that it took."""

    def __init__(self, app: ASGIApp, *, latencies: Latencies) -> None:
        self._app = app
        self._latencies = latencies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500
        began = time.perf_counter()

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            # Never the path itself: whoever invents paths or methods would fill the memory.
            route = str(getattr(scope.get("route"), "path", "other"))
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._latencies.add(method, route, status, time.perf_counter() - began)


def line(name: str, labels: Mapping[str, str], value: float) -> str:
    """One line of Prometheus's text form."""
    inner = ",".join(f'{key}="{_escaped(label)}"' for key, label in labels.items())
    return f"{name}{{{inner}}} {value}" if inner else f"{name} {value}"


def _escaped(label: str) -> str:
    return label.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
