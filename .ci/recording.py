"""What connectors and vendors' sandboxes say to each other, kept for a judge."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from description import Description

from connectors.kit.connector import Access, Connector
from connectors.kit.cursor import Cursor, after_walk
from connectors.kit.errors import AuthError, ConfigError, NotOffered
from connectors.kit.hosts import HostPolicy
from connectors.kit.reading import scopes_of, walk
from connectors.kit.sandbox import App, Request, Response

Exchange = tuple[Request, Response]

_REFETCHED = 120
_NOBODY = "987654321"


@dataclass
class Recorder:
    """A sandbox that keeps what it was asked and what it answered."""

    sandbox: App
    refused: frozenset[str] = frozenset()
    """Paths answered with 403, so that the connector shows what it asks then."""
    seen: list[Exchange] = field(default_factory=list)

    def mounted(self, url: str) -> None:
        self.sandbox.mounted(url)

    def spared(self, path: str) -> bool:
        return self.sandbox.spared(path)

    def respond(self, request: Request) -> Response:
        response = Response(403, b"{}") if request.path in self.refused else self.sandbox.respond(request)
        self.seen.append((request, response))
        return response


@dataclass
class Clock:
    """A clock that is put forward by hand."""

    at: datetime

    def now(self) -> datetime:
        return self.at


def access(connector: Connector, config: Mapping[str, Any], credentials: object, clock: Clock) -> Access:
    """What the service would lend the connector."""
    settings = connector.Config(**config)
    return Access(
        config=settings,
        credentials=credentials,
        hosts=HostPolicy(connector.hosts(settings), ["127.0.0.1"]),
        now=clock.now,
        sleep=lambda seconds: None,
        save_credentials=lambda credentials: None,
    )


class Reader:
    """Reads a source as the service does, run after run, and keeps its cursors between runs."""

    def __init__(self, connector: Connector, given: Access) -> None:
        self._connector = connector
        self._access = given
        self._cursors: dict[tuple[str, str], Cursor] = {}

    def run(self) -> None:
        """Every stream from where the last run ended, then what looks for deletions."""
        with self._connector.open(self._access) as api:
            for stream in self._connector.streams:
                if stream.fetch is None:
                    continue
                try:
                    for scope in scopes_of(self._connector, stream, api):
                        place = (stream.name, scope.external_id if scope else "")
                        cursor = self._cursors.get(place, Cursor())
                        started = self._access.now()
                        for page, after in walk(stream, api, scope, cursor, run_started=started):
                            self._expand(api, stream.name, page)
                            cursor = after
                        self._cursors[place] = after_walk(cursor, run_started=started)
                except (AuthError, ConfigError) as error:
                    if not (stream.optional or isinstance(error, NotOffered)):
                        raise
            self._look_for_deletions(api)

    def _expand(self, api: Any, parent: str, page: Any) -> None:
        """Children may ask for more."""
        for child in self._connector.streams:
            if child.parent == parent and child.expand is not None:
                for _ in child.expand(api, page):
                    pass

    def _look_for_deletions(self, api: Any) -> None:
        for stream in self._connector.streams:
            if stream.census is None or stream.refetch is None:
                continue
            for scope in scopes_of(self._connector, stream, api):
                ids = [one for page in stream.census(api, scope) for one in page] if scope else []
                for _ in stream.refetch(api, [*ids[:_REFETCHED], _NOBODY]):
                    pass


def judge(
    description: Description,
    seen: Iterable[Exchange],
    *,
    expected: Collection[str],
    known: Mapping[str, str] | None = None,
    answers: bool = True,
    name: Callable[[Request], str] = lambda request: request.path,
) -> int:
    """Prints what is wrong and counts it: the exit code is 1 if anything is.

    `expected` are the names of requests that must have been made: without them the check has gone blind. `known` is
    how sentences begin that tell of the description's own faults, each with the reason; one that no longer shows is
    wrong too.
    """
    exchanges = list(seen)
    found = {
        fault for request, response in exchanges for fault in description.faults(request, response if answers else None)
    }
    excused = tuple(known or ())
    asked = {name(request) for request, _ in exchanges}
    faults = sorted(fault for fault in found if not fault.startswith(excused))
    unused = sorted(one for one in excused if not any(fault.startswith(one) for fault in found))
    faults += [f"{one} is excused and no longer happens" for one in unused]
    faults += [f"{one}: was never asked, so nothing is known about it" for one in sorted(set(expected) - asked)]
    for fault in faults:
        print(fault)
    print(f"{len(exchanges)} exchanges over {len(asked)} paths, {len(faults)} faults")
    return 1 if faults else 0
