"""One request for a page: who asks, in which language, with which filters; and how the page is answered."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Request, Response
from starlette.responses import HTMLResponse, RedirectResponse

from app.api import sessions
from app.api.principal import Principal
from app.api.privacy import told_to
from app.api.service import Act, Service
from app.core.clock import Clock
from app.core.language import Language
from app.core.settings import Settings
from app.core.texts import texts_of
from app.metrics import query as metrics
from app.web.filters import Filters
from app.web.kept import Memory
from app.web.navigation import SECTIONS
from app.web.preferences import THEMES, preferences_of
from app.web.templates import rendered


class View:
    """What a page's function works with."""

    def __init__(self, request: Request, service: Service, *, shared: bool = False) -> None:
        self.request = request
        self.shared = shared
        """Whether the page is shown through a link, to somebody who has not signed in: it leads nowhere else."""
        self.service = service
        self.kept: Memory = request.app.state.memory
        self.principal: Principal | None = request.scope["principal"]
        self.preferences = preferences_of(
            request,
            account=None if self.principal is None else self.principal.locale,
            default=service.settings.locale,
        )
        texts = texts_of(self.language)
        self.gettext = texts.gettext
        self.ngettext = texts.ngettext

    @property
    def told(self) -> Settings:
        """The settings by which facts are told to who looks on: those of single persons are for admins alone."""
        return told_to(self.principal, self.service.settings)

    @property
    def language(self) -> Language:
        """In which the page is written."""
        return self.preferences.language

    @property
    def clock(self) -> Clock:
        """The service's clock."""
        return self.service.clock

    @property
    def user(self) -> Principal:
        """Who signed in; only for pages that need a role."""
        if self.principal is None:
            raise LookupError("Nobody has signed in: the page does not say which role it needs.")
        return self.principal

    @cached_property
    def filters(self) -> Filters:
        """Team, project, period, clock and comparison of the page's address."""
        return Filters.of(
            self.request.query_params, today=self.clock.now().astimezone(self.service.settings.zone).date()
        )

    def asking(self, query: Mapping[str, str]) -> "View":
        """The same request with another query; language and theme stay."""
        told = {**query, "lang": str(self.language), "theme": self.preferences.theme}
        scope = {**self.request.scope, "query_string": urlencode(told).encode()}
        return View(Request(scope), self.service, shared=self.shared)

    def render(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """The page of a template; `values` are what it shows beside what every page shows."""
        html = rendered(self.language, template, {**self._common(), **values})
        response = HTMLResponse(html, status)
        if not self.shared:
            self.preferences.keep(response, secure=self.request.url.scheme == "https")
        return response

    def redirect(self, path: str, **query: str) -> Response:
        """Send the browser to another page of ours, as is done after each form."""
        response = RedirectResponse(f"{path}?{urlencode(query)}" if query else path, 303)
        self.preferences.keep(response, secure=self.request.url.scheme == "https")
        return response

    def here(self, **changes: str) -> str:
        """The address of this page with some of its query changed."""
        query = dict(self.request.query_params)
        if self.shared:
            # The link itself says what is shown.
            query = {name: query[name] for name in ("lang", "theme") if name in query}
        query |= changes
        return f"{self.request.url.path}?{urlencode(query)}"

    @contextmanager
    def act(self) -> Iterator[Act]:
        """One transaction of whoever signed in: kept when the block ends, undone when it raises."""
        with self.service.database.write() as connection:
            yield Act(connection, self.clock.now(), self.user)

    def _common(self) -> dict[str, Any]:
        secret = self.request.scope["session"]
        settings = self.service.settings
        return {
            "view": self,
            "user": self.principal,
            "csrf_token": None if secret is None else sessions.csrf_token(secret),
            "theme": self.preferences.theme,
            "themes": THEMES,
            "zone": settings.zone,
            "sections": SECTIONS,
            "path": self.request.url.path,
            "as_of": None if self.principal is None and not self.shared else metrics.data_instant(self.service.facts),
        }


async def _view(request: Request) -> View:
    service: Service = request.app.state.service
    settings = await service.deployment.settings(request.scope["stamp"].version)
    # Pages show numbers of teams: what a deployment lets an admin see of single persons is for the API alone.
    return View(request, replace(service, settings=settings.model_copy(update={"person_metrics": False})))


TheView = Annotated[View, Depends(_view)]
