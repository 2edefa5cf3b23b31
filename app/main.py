"""The composition root of the API: the only place where its parts meet. Nothing happens at import."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

import structlog
from anyio.to_thread import run_sync
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.exc import DBAPIError
from starlette.types import Receive, Scope, Send

from app import web
from app.api import ROUTERS, openapi, problems
from app.api.access import Authentication, Authenticator
from app.api.answers import Answers, KeptAnswers
from app.api.deployment import Deployment
from app.api.latencies import Latencies, Timed
from app.api.limits import Limiter
from app.api.problems import Problems
from app.api.reads import EVERY_SECONDS, Reads
from app.api.service import Service
from app.api.sessions import Sessions
from app.api.shares import MOST_A_MINUTE
from app.api.slack import Later
from app.core.clock import Clock
from app.core.db import Database
from app.core.settings import Settings
from app.facts.read import FactsReader
from app.store.stamp import StampReader
from app.web.compression import Compressed
from app.web.kept import Memory
from app.web.shell import Shell
from connectors import registry
from connectors.registry import Registry

log = structlog.get_logger(__name__)


class Hub(FastAPI):
    """The API, with the answers that it kept in front of it."""

    kept: KeptAnswers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request. What can be read can be asked for its headers alone: the server leaves the body out."""
        if scope["type"] == "http" and scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}
        if not await self.kept.serve(scope, send):
            await super().__call__(scope, receive, send)


def create_app(
    settings: Settings,
    *,
    clock: Clock,
    database: Database | None = None,
    connectors: Registry | None = None,
    mask: Callable[[Iterable[str]], None] = lambda secrets: None,
    setup_code: SecretStr | None = None,
) -> Hub:
    """The API and the pages over one database. A database that is passed in is the caller's to close.

    `setup_code` is what the first-run wizard asks for; without one only the settings' admin token opens it.
    `mask` is told every secret that is sent or opened, before it is used, so that no log shows it.
    """
    own = Database(settings.database_url) if database is None else database
    stamps = StampReader(own)
    service = Service(
        settings=settings,
        deployment=Deployment(own, settings),
        clock=clock,
        database=own,
        keyring=settings.keyring(),
        registry=registry.load() if connectors is None else connectors,
        facts=FactsReader(own),
        answers=Answers(),
        latencies=Latencies(),
        reads=Reads(own, clock, settings.zone),
        limiter=Limiter(MOST_A_MINUTE),
        mask=mask,
        stamps=stamps,
        sessions=Sessions(own, clock),
        setup_code=setup_code,
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        flushing = asyncio.create_task(_flush_now_and_then(service.reads))
        yield
        flushing.cancel()
        service.reads.flush()
        await stamps.close()
        if database is None:
            own.close()

    app = Hub(
        title="ProdOps Hub",
        version="1",
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.service = service
    app.state.later = Later()
    app.state.memory = Memory()
    authenticator = Authenticator(own, clock, settings.admin_token)
    app.kept = KeptAnswers(
        service.answers,
        authenticator=authenticator,
        stamps=stamps,
        clock=clock,
        latencies=service.latencies,
        reads=service.reads,
    )
    problems.install(app)
    # The last one added is the outermost.
    app.add_middleware(Authentication, authenticator=authenticator, stamps=stamps)
    app.add_middleware(Problems)
    app.add_middleware(Timed, latencies=service.latencies)
    app.add_middleware(Shell, locale=settings.locale)
    app.add_middleware(Compressed)
    for routes in (*ROUTERS, *web.ROUTERS):
        app.include_router(routes)
    app.openapi = openapi.document(app)  # type: ignore[method-assign]
    return app


async def _flush_now_and_then(reads: Reads) -> None:
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        try:
            await run_sync(reads.flush)
        except DBAPIError:
            # They go on waiting, and the database may be back the next time.
            log.exception("reads.wait")
