"""The composition root of the API: the only place where its parts meet. Nothing happens at import."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.api import ROUTERS, openapi, problems
from app.api.access import Authentication, Authenticator
from app.api.answers import Answers, CachedAnswers
from app.api.problems import Problems
from app.api.service import Service
from app.core.clock import Clock
from app.core.db import Database
from app.core.settings import Settings
from app.facts.read import FactsReader
from app.store.stamp import StampReader
from connectors import registry
from connectors.registry import Registry


def create_app(
    settings: Settings, *, clock: Clock, database: Database | None = None, connectors: Registry | None = None
) -> FastAPI:
    """The API over one database. A database that is passed in is the caller's to close."""
    own = Database(settings.database_url) if database is None else database
    stamps = StampReader(own)
    service = Service(
        settings=settings,
        clock=clock,
        database=own,
        keyring=settings.keyring(),
        registry=registry.load() if connectors is None else connectors,
        facts=FactsReader(own),
        answers=Answers(),
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        stamps.close()
        if database is None:
            own.close()

    app = FastAPI(
        title="ProdOps Hub",
        version="1",
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.service = service
    problems.install(app)
    # The last one added is the outermost.
    app.add_middleware(CachedAnswers, answers=service.answers, clock=clock)
    app.add_middleware(Authentication, authenticator=Authenticator(own, clock, settings.admin_token), stamps=stamps)
    app.add_middleware(Problems)
    for routes in ROUTERS:
        app.include_router(routes)
    app.openapi = openapi.document(app)  # type: ignore[method-assign]
    return app
