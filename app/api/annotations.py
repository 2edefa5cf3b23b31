"""`/api/v1/annotations`: events to draw over charts, in the form that Grafana takes and gives."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Path, Query, Response
from pydantic import BaseModel, Field, StringConstraints

from app.api import forms, instants, tables
from app.api.paging import Page, ThePage
from app.api.routing import needs, router
from app.api.schemas import Body
from app.api.service import TheAct, TheCreation, ThePrincipal, TheService, json_answer
from app.core.errors import InvalidError, NotFoundError
from app.store import annotations

routes = router("/api/v1/annotations", "annotations")
AnnotationId = Annotated[UUID, Path(description="An annotation's id.")]
Moment = Annotated[str | int, Field(description="A date, an RFC 3339 instant, epoch seconds or epoch milliseconds.")]
Title = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Text = Annotated[str, StringConstraints(max_length=10_000)]
# A filter separates tags with commas.
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^,]*$")]
Tags = Annotated[list[Tag], Field(max_length=50)]


class AnnotationIn(Body):
    """An event: what it is called, or what it is about, or both."""

    time: Moment
    timeEnd: Moment | None = Field(default=None, description="Null for an event without a duration.")  # noqa: N815
    title: Title = ""
    text: Text = ""
    tags: Tags = Field(default_factory=list)


class AnnotationChange(Body):
    """What to change of an event; what is not named stays."""

    time: Moment | None = None
    timeEnd: Moment | None = None  # noqa: N815
    title: Title | None = None
    text: Text | None = None
    tags: Tags | None = None


class Annotation(BaseModel):
    """An event to draw over charts."""

    id: UUID
    time: datetime
    timeEnd: datetime | None  # noqa: N815
    title: str
    text: str
    tags: list[str]
    created_by: str
    created_at: datetime


@routes.get(
    "",
    response_model=Page[Annotation],
    summary="Events that touch a window, latest first",
    description="`shape=table` gives the page as a bare array, as Grafana's data sources want it.",
    **needs("viewer"),
)
def list_annotations(
    paging: ThePage,
    service: TheService,
    *,
    since: Annotated[str, Query(alias="from", description="Events that end at or after this instant.")] = "",
    until: Annotated[str, Query(alias="to", description="Events that begin before this instant.")] = "",
    tags: Annotated[str, Query(description="Events with one of these tags. Several with commas.")] = "",
    tz: Annotated[str, Query(description="The zone of dates; empty: the deployment's.")] = "",
    shape: Annotated[str, Query(description="`table` for a bare array.")] = "",
) -> Any:
    zone = instants.zone_of(tz, service.settings.zone)
    chosen = forms.choose("", shape=shape, form="")
    page = paging.read(
        "annotations",
        annotations.page,
        _shown,
        since=instants.at("from", since, zone),
        until=instants.at("to", until, zone),
        tags=[tag.strip() for tag in tags.split(",") if tag.strip()],
    )
    if chosen.form == "table":
        return json_answer(200, tables.to_json([item.model_dump(mode="json") for item in page.items]))
    return page


@routes.post(
    "", status_code=201, response_model=Annotation, summary="Add an event", **needs("editor", 400, 409, 413, 415)
)
def create_annotation(
    body: AnnotationIn, service: TheService, creating: TheCreation, principal: ThePrincipal
) -> Response:
    zone = service.settings.zone
    values = {
        "starts_at": _instant("time", body.time, zone),
        "ends_at": _instant("timeEnd", body.timeEnd, zone),
        "title": body.title,
        "text": body.text,
    }
    _check(values)
    with creating.begin() as creation:
        if creation.earlier is not None:
            return creation.earlier
        values |= {"created_by": principal.actor, "created_at": creation.now}
        annotation_id = annotations.create(creation.connection, values, body.tags)
        creation.audit("annotation.create", f"annotation:{annotation_id}", title=body.title)
        row = annotations.get(creation.connection, annotation_id)
        if row is None:
            raise RuntimeError("The annotation that was just written cannot be read back.")
        return creation.answer(201, _shown(row))


@routes.get("/{annotation_id}", summary="One event", **needs("viewer", 404))
def read_annotation(annotation_id: AnnotationId, service: TheService) -> Annotation:
    with service.database.read() as connection:
        row = annotations.get(connection, annotation_id)
    if row is None:
        raise _unknown()
    return _shown(row)


@routes.patch("/{annotation_id}", summary="Change an event", **needs("editor", 400, 404, 413, 415))
def change_annotation(
    annotation_id: AnnotationId, body: AnnotationChange, service: TheService, acting: TheAct
) -> Annotation:
    zone, given = service.settings.zone, body.model_fields_set
    for name in ("time", "title", "text", "tags"):
        if name in given and getattr(body, name) is None:
            raise InvalidError.at(["body", name], "This cannot be null.")
    values: dict[str, Any] = {name: getattr(body, name) for name in ("title", "text") if name in given}
    if "time" in given:
        values["starts_at"] = _instant("time", body.time, zone)
    if "timeEnd" in given:
        values["ends_at"] = _instant("timeEnd", body.timeEnd, zone)
    with acting.begin() as act:
        annotations.change(act.connection, annotation_id, values, body.tags)
        row = annotations.get(act.connection, annotation_id)
        if row is None:
            raise _unknown()
        _check(row)
        act.audit("annotation.change", f"annotation:{annotation_id}", fields=sorted(given))
    return _shown(row)


@routes.delete("/{annotation_id}", status_code=204, summary="Remove an event", **needs("editor", 404))
def remove_annotation(annotation_id: AnnotationId, acting: TheAct) -> None:
    with acting.begin() as act:
        if not annotations.remove(act.connection, annotation_id):
            raise _unknown()
        act.audit("annotation.remove", f"annotation:{annotation_id}")


def _instant(name: str, value: str | int | None, zone: ZoneInfo) -> datetime | None:
    if value is None:
        return None
    try:
        return instants.parse(str(value), zone)
    except ValueError as error:
        raise InvalidError.at(["body", name], str(error)) from error


def _check(values: dict[str, Any]) -> None:
    if values["ends_at"] is not None and values["ends_at"] < values["starts_at"]:
        raise InvalidError.at(["body", "timeEnd"], "The event ends before it begins.")
    if not values["title"] and not values["text"].strip():
        raise InvalidError.at(["body", "title"], "Send a title or a text: an event without both says nothing.")


def _shown(row: annotations.Annotation) -> Annotation:
    return Annotation(**row, time=row["starts_at"], timeEnd=row["ends_at"])


def _unknown() -> NotFoundError:
    return NotFoundError("There is no annotation with this id.")
