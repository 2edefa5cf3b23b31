"""Routes of pages: each says which role it needs, and checks it before anything of the request is looked at."""

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.responses import RedirectResponse

from app.api import sessions
from app.api.principal import Role
from app.api.requests import bounded, replayed
from app.api.service import Service
from app.core.errors import ForbiddenError
from app.store import users

_ROLE = "x-role"
_OPEN = "open"
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
CSRF_FIELD = "csrf_token"


def page(role: Role) -> dict[str, Any]:
    """What a page declares that only somebody who signed in with this role may see."""
    return {"openapi_extra": {_ROLE: role}}


def open_page() -> dict[str, Any]:
    """What a page declares that everybody may see."""
    return {"openapi_extra": {_ROLE: _OPEN}}


class PageRoute(APIRoute):
    """A page that sends to the sign-in whoever has not signed in, and takes a form from a page of ours only.

    A page that declares no role cannot be made.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler behind the checks."""
        handle = super().get_route_handler()
        role: Role = (self.openapi_extra or {})[_ROLE]

        async def guarded(request: Request) -> Response:
            scope, service = request.scope, _service(request)
            scope["stamp"] = await service.stamps.read()
            secret = sessions.secret_of(scope)
            principal = None if secret is None else await service.sessions.principal(secret)
            scope["principal"], scope["session"] = principal, secret if principal is not None else None
            if role != _OPEN:
                if principal is None:
                    return await run_sync(_to_sign_in, request, service)
                if not principal.may(role):
                    raise ForbiddenError(f"This page needs the role '{role}', and you have '{principal.role}'.")
            if request.method not in ("GET", "HEAD"):
                # What everybody may send is done in nobody's name: no session vouches for it.
                request = await _checked(request, None if role == _OPEN else secret)
            return await handle(request)

        return guarded


def pages() -> APIRouter:
    """A router of pages."""
    return APIRouter(route_class=PageRoute, include_in_schema=False, redirect_slashes=False)


async def _checked(request: Request, secret: str | None) -> Request:
    """The same request with its body read, once it is known that a page of ours sends it. Raises ForbiddenError."""
    sessions.check_origin(request.scope)
    body = await bounded(request)
    if secret is not None:
        token = None
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() in _FORMS:
            async with Request(request.scope, replayed(body)).form() as form:
                token = form.get(CSRF_FIELD)
        sessions.check_change(request.scope, secret, token if isinstance(token, str) else None)
    return Request(request.scope, replayed(body))


def _to_sign_in(request: Request, service: Service) -> Response:
    with service.database.read() as connection:
        first = users.are_none(connection)
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    target = "/welcome" if first else f"/sign-in?next={quote(here, safe='')}"
    if request.headers.get("hx-request") == "true":
        # A part of a page cannot show the sign-in: the whole page goes there.
        return Response(status_code=401, headers={"HX-Redirect": target.partition("?")[0]})
    return RedirectResponse(target, 303)


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service
