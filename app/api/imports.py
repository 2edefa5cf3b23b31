"""People, teams and memberships as CSV: in by `POST .../import`, out of the lists in another form."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from fastapi import Query, Request, Response
from sqlalchemy import Connection

from app.api import forms, tables
from app.api.routing import needs, router
from app.api.service import Acting, Service, TheAct, TheCreation, TheService
from app.api.uploads import PushedOut, form_of, pushed_out, upload
from app.core.errors import NotAcceptableError, UnsupportedMediaError
from app.ingest import identity
from app.ingest.people_csv import Members, People, Taker, Teams, import_lines
from app.store import people, version

routes = router("/api/v1", "people")
EVERYTHING = 10_000_000
"""The limit of a list that goes out as a whole."""
FormatName = Annotated[
    str,
    Query(alias="format", description="`csv`: all of it, without pages; else JSON. Stands above the `Accept` header."),
]
_NEEDS: dict[str, Any] = needs(
    "editor", 409, 415, 503, requestBody={"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}
)
AS_CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}
"""What a list that also goes out as CSV declares."""


@routes.post(
    "/people/import",
    response_model=PushedOut,
    summary="Add and change people from CSV; a bad line never spoils the good ones",
    description="Columns: `id`, `name`, `email`. A line with a known id or address changes that person.",
    **_NEEDS,
)
async def import_people(request: Request, service: TheService, creating: TheCreation, acting: TheAct) -> Response:
    taker = People(service.keyring, service.clock.now())
    return await _import(request, service, creating, acting, taker)


@routes.post(
    "/teams/import",
    response_model=PushedOut,
    summary="Make and change teams from CSV; a bad line never spoils the good ones",
    description="Columns: `id`, `name`, `parent` (a name or an id). A line with a known id or name changes that team.",
    **_NEEDS,
)
async def import_teams(request: Request, service: TheService, creating: TheCreation, acting: TheAct) -> Response:
    return await _import(request, service, creating, acting, Teams(service.clock.now()))


@routes.post(
    "/memberships/import",
    response_model=PushedOut,
    summary="Put people into teams from CSV; a bad line never spoils the good ones",
    description="Columns: `person` (an id or an address), `team` (a name or an id), `from`, `to`: dates or instants.",
    **_NEEDS,
)
async def import_memberships(
    request: Request,
    service: TheService,
    creating: TheCreation,
    acting: TheAct,
    *,
    move: Annotated[
        bool, Query(description="Cut the stays in other teams that a line overlaps; without it the line is rejected.")
    ] = False,
) -> Response:
    return await _import(request, service, creating, acting, Members(service.settings.zone, move))


async def _import(request: Request, service: Service, creating: TheCreation, acting: Acting, taker: Taker) -> Response:
    if form_of(request) != "csv":
        raise UnsupportedMediaError("Send 'Content-Type: text/csv', in UTF-8.")
    what = type(taker).__name__.lower()

    def bump(connection: Connection) -> None:
        version.bump(connection, service.clock.now())

    def store(body: Iterator[bytes]) -> PushedOut:
        done = import_lines(service.database, body, taker, bump=bump)
        with acting.begin() as act:
            people.hold(act.connection)
            act.audit(f"{what}.import", what, accepted=done.accepted, rejected=len(done.rejected))
            if identity.settle_within(act.connection, zone=service.settings.zone, now=act.now):
                bump(act.connection)
        return pushed_out(done)

    return await upload(request, service, creating, store)


def wants_csv(request: Request, form: str) -> forms.Chosen | None:
    """The form of a list that was asked for as CSV; None for JSON. Raises NotAcceptableError for others."""
    chosen = forms.choose(request.headers.get("accept", ""), shape="", form=form)
    if chosen.form == "json":
        return None
    if chosen.form != "csv":
        raise NotAcceptableError("This list goes out as JSON or CSV.")
    return chosen


def csv_answer(chosen: forms.Chosen, columns: list[str], rows: Iterable[dict[str, Any]]) -> Response:
    """A list as CSV, safe to open in a spreadsheet unless the raw form was asked for."""
    return Response(tables.to_csv(list(rows), raw=chosen.raw, columns=columns), media_type=forms.media_type(chosen))
