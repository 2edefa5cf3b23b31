"""Asks an ASGI application from a plain test: its lifespan runs, its event loop lives in a thread."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI

Result = TypeVar("Result")


class AppClient:
    """Sends requests to an application and gives the answers."""

    def __init__(self, portal: BlockingPortal, client: httpx.AsyncClient) -> None:
        self._portal = portal
        self._client = client

    def request(self, method: str, url: str, **options: Any) -> httpx.Response:
        return self._portal.call(partial(self._client.request, method, url, **options))

    @property
    def concurrent(self) -> httpx.AsyncClient:
        """The client itself, for use inside `run`."""
        return self._client

    def run(self, work: Callable[[], Awaitable[Result]]) -> Result:
        """Run a coroutine function where the application runs."""
        return self._portal.call(work)

    def get(self, url: str, **options: Any) -> httpx.Response:
        return self.request("GET", url, **options)


@contextmanager
def client_of(app: FastAPI) -> Iterator[AppClient]:
    """A client, as long as the application runs. An exception that leaves the application fails the test."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(app.router.lifespan_context(app)):
        transport = httpx.ASGITransport(app)
        client = httpx.AsyncClient(transport=transport, base_url="http://hub.test")
        yield AppClient(portal, client)
        portal.call(client.aclose)
