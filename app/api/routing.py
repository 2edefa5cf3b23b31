"""Routes that say which role they need, and check it before anything of the request is looked at."""

from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from app.api.principal import Principal, Role
from app.api.problems import MEDIA_TYPE
from app.api.requests import check_query, with_json_body
from app.core.errors import ForbiddenError

_ROLE = "x-role"
_OPEN = "open"
_OF_TEAM = "x-of-team"
_PROBLEMS = {
    400: "The request cannot be read.",
    401: "No valid token.",
    403: "The token's role is too small.",
    404: "There is no such thing.",
    406: "The answer has no such form.",
    409: "The present state forbids it.",
    413: "The body is too large.",
    415: "The body's media type is not taken here.",
    422: "The request is readable and wrong; `errors` says where.",
    429: "Asked for too often.",
    503: "The service cannot answer for now.",
}


def needs(
    role: Role,
    *problems: int,
    answers: Mapping[int | str, dict[str, Any]] | None = None,
    of_team: bool = False,
    **more: Any,
) -> dict[str, Any]:
    """What a guarded route declares: the role that it needs and the refusals that it may answer with.

    `answers` describes further answers, and `more` goes into the route's `openapi_extra`. `of_team`: a token that is
    bound to a team is let in, since the route keeps to that team, or tells of none.
    """
    return {
        "openapi_extra": {_ROLE: role, _OF_TEAM: of_team, "security": [{"token": []}], **more},
        "responses": {**_documented(401, 403, 422, *problems), **(answers or {})},
    }


def open_to_all(*problems: int, answers: Mapping[int | str, dict[str, Any]] | None = None) -> dict[str, Any]:
    """What the few routes declare that need no token; `answers` describes further answers."""
    return {"openapi_extra": {_ROLE: _OPEN}, "responses": {**_documented(*problems), **(answers or {})}}


def _documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": _PROBLEMS[status], "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in sorted(set(statuses))
    }


class GuardedRoute(APIRoute):
    """A route that checks the role, then the query's names, then the body, and only then does its work.

    A route that declares no role cannot be made.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler behind the checks."""
        handle = super().get_route_handler()
        extra = self.openapi_extra or {}
        role: Role | str = extra[_ROLE]
        of_team: bool = extra.get(_OF_TEAM, False)
        names = frozenset(_query_names(self.dependant))
        body = self.body_field

        async def guarded(request: Request) -> Response:
            if role != _OPEN:
                _authorise(request, role, of_team=of_team)
            check_query(request, names)
            if body is not None:
                request = await with_json_body(request, required=body.field_info.is_required())
            return await handle(request)

        return guarded


def router(prefix: str, tag: str) -> APIRouter:
    """A router of guarded routes."""
    return APIRouter(prefix=prefix, tags=[tag], route_class=GuardedRoute, redirect_slashes=False)


def _authorise(request: Request, role: Any, *, of_team: bool) -> None:
    principal: Principal = request.scope["principal"]
    if not principal.may(role, request.path_params.get("source_id")):
        if principal.role == role:
            raise ForbiddenError("The token pushes to its own source, and to no other.")
        raise ForbiddenError(f"This needs the role '{role}', and the token has '{principal.role}'.")
    if principal.team_id is not None and not of_team:
        raise ForbiddenError("The token reads the numbers and work items of its own team, and nothing else.")


def _query_names(dependant: Dependant) -> Iterator[str]:
    for parameter in dependant.query_params:
        yield parameter.alias
    for inner in dependant.dependencies:
        yield from _query_names(inner)
