"""`/api/v1/sources/{id}/statuses`, `item-types`, `resolutions`: what a vendor's words mean to us."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Path, Query
from pydantic import BaseModel, Field
from sqlalchemy import Connection, RowMapping, Table

from app.api.paging import Page, ThePage
from app.api.routing import needs, router
from app.api.schemas import Body, Named, SourceId
from app.api.service import Act, Service, TheAct, TheService
from app.core.errors import InvalidError, NotFoundError
from app.facts.preview import effect
from app.models.work import item_type, resolution, status
from app.store import dirty, mappings, sources, version

routes = router("/api/v1/sources/{source_id}", "mappings")
Category = Literal["backlog", "todo", "active", "waiting", "done", "discarded"]
Closing = Literal["done", "discarded"]
Kind = Literal["feature", "bug", "task", "epic", "conflict", "other"]
Preview = Annotated[bool, Query(description="Answer what would change, and change nothing.")]


class StatusIn(Body):
    """What a status means."""

    category: Category | None = Field(description="Null returns to the vendor's default.")
    project: str | None = Field(
        default=None,
        min_length=1,
        max_length=512,
        description="A project's id or vendor's id, to speak for this project only; null: for the whole source.",
    )


class ItemTypeIn(Body):
    """What an item type means."""

    kind: Kind | None = Field(description="Null returns to the vendor's default.")


class ResolutionIn(Body):
    """What a resolution means."""

    category: Closing | None = Field(description="Null returns to the default.")


class ProjectCategory(BaseModel):
    """A status's meaning in one project."""

    project: Named
    category: Category
    items: int = Field(description="Items of the project that hold the status now.")


class StatusOut(BaseModel):
    """A vendor's status and what it means."""

    id: UUID
    external_id: str
    name: str
    category: Category | None = Field(description="What counts; null: unmapped.")
    default: Category | None = Field(description="The vendor's last known word.")
    override: Category | None = Field(description="An admin's word for the whole source.")
    projects: list[ProjectCategory] = Field(description="An admin's words for single projects.")
    project: str | None = Field(description="The vendor's id of the one project that it belongs to, if so.")
    listed: bool = Field(description="False once the vendor's complete list lacks it.")
    items: int = Field(description="Items that hold it now.")


class ItemTypeOut(BaseModel):
    """A vendor's item type and what it means."""

    id: UUID
    external_id: str
    name: str
    kind: Kind | None = Field(description="What counts.")
    default: Kind | None
    override: Kind | None
    listed: bool
    items: int


class ResolutionOut(BaseModel):
    """A vendor's resolution and what it means."""

    id: UUID
    external_id: str
    name: str
    category: Closing | None = Field(description="What counts.")
    default: Closing | None = Field(description="The vendor's word, else by name.")
    override: Closing | None
    listed: bool
    items: int


class OutcomeOut(BaseModel):
    """What the touched items amount to."""

    finished: int
    discarded: int
    in_progress: int
    cycle_time_p50: float | None = Field(description="Median in seconds of those finished in the last 90 days.")


class EffectOut(BaseModel):
    """What a mapping would change."""

    preview: Literal[True] = True
    items: int = Field(description="Items that it touches.")
    before: OutcomeOut | None = Field(description="Null where there are too many items to say.")
    after: OutcomeOut | None = Field(description="Null where there are too many items to say.")


@routes.get("/statuses", summary="Statuses, what they mean, and how many items each holds", **needs("editor", 404))
def list_statuses(source_id: SourceId, paging: ThePage, service: TheService) -> Page[StatusOut]:
    return _list(service, paging, source_id, status, _statuses)


@routes.put(
    "/statuses/{status_id}",
    response_model=StatusOut | EffectOut,
    summary="Say what a status means; history follows at once",
    **needs("editor", 400, 404, 413, 415),
)
def map_status(
    source_id: SourceId,
    status_id: Annotated[UUID, Path(description="A status's id.")],
    body: StatusIn,
    acting: TheAct,
    preview: Preview = False,
) -> StatusOut | EffectOut:
    with acting.begin() as act:
        row = _row(act.connection, status, source_id, status_id)
        place = _place(act.connection, source_id, body.project)
        name = row["external_id"]
        change = partial(mappings.set_status, source_id=source_id, status_id=name, place=place, category=body.category)
        mark = partial(dirty.mark_with_statuses, source_id=source_id, statuses=[name], place=place)
        if preview:
            return _effect(act, source_id, mark, change)
        change(act.connection)
        dirty.mark_meanings(act.connection, source_id, "status", [name])
        act.audit("status.map", f"status:{status_id}", name=row["name"], category=body.category, project=place)
        version.bump(act.connection, act.now)
        return _statuses(act.connection, source_id, [row])[0]


@routes.get("/item-types", summary="Item types, what they mean, and how many items each holds", **needs("editor", 404))
def list_item_types(source_id: SourceId, paging: ThePage, service: TheService) -> Page[ItemTypeOut]:
    return _list(service, paging, source_id, item_type, _item_types)


@routes.put(
    "/item-types/{type_id}",
    response_model=ItemTypeOut | EffectOut,
    summary="Say what an item type means",
    **needs("editor", 400, 404, 413, 415),
)
def map_item_type(
    source_id: SourceId,
    type_id: Annotated[UUID, Path(description="An item type's id.")],
    body: ItemTypeIn,
    acting: TheAct,
    preview: Preview = False,
) -> ItemTypeOut | EffectOut:
    with acting.begin() as act:
        row = _row(act.connection, item_type, source_id, type_id)
        if preview:
            held = mappings.items_held(act.connection, item_type, source_id, [row["external_id"]])
            return EffectOut(items=sum(held.values()), before=None, after=None)
        mappings.set_override(act.connection, item_type, source_id, type_id, body.kind)
        act.audit("item_type.map", f"item_type:{type_id}", name=row["name"], kind=body.kind)
        version.bump(act.connection, act.now)
        changed = _row(act.connection, item_type, source_id, type_id)
        return _item_types(act.connection, source_id, [changed])[0]


@routes.get(
    "/resolutions", summary="Resolutions, what they mean, and how many items each holds", **needs("editor", 404)
)
def list_resolutions(source_id: SourceId, paging: ThePage, service: TheService) -> Page[ResolutionOut]:
    return _list(service, paging, source_id, resolution, _resolutions)


@routes.put(
    "/resolutions/{resolution_id}",
    response_model=ResolutionOut | EffectOut,
    summary="Say what a resolution means; history follows at once",
    **needs("editor", 400, 404, 413, 415),
)
def map_resolution(
    source_id: SourceId,
    resolution_id: Annotated[UUID, Path(description="A resolution's id.")],
    body: ResolutionIn,
    acting: TheAct,
    preview: Preview = False,
) -> ResolutionOut | EffectOut:
    with acting.begin() as act:
        row = _row(act.connection, resolution, source_id, resolution_id)
        change = partial(
            mappings.set_override, table=resolution, source_id=source_id, row_id=resolution_id, value=body.category
        )
        mark = partial(dirty.mark_with_resolutions, source_id=source_id, resolutions=[row["external_id"]])
        if preview:
            return _effect(act, source_id, mark, change)
        change(act.connection)
        dirty.mark_meanings(act.connection, source_id, "resolution", [row["external_id"]])
        act.audit("resolution.map", f"resolution:{resolution_id}", name=row["name"], category=body.category)
        version.bump(act.connection, act.now)
        changed = _row(act.connection, resolution, source_id, resolution_id)
        return _resolutions(act.connection, source_id, [changed])[0]


def _list(
    service: Service,
    paging: ThePage,
    source_id: UUID,
    table: Table,
    shown: Callable[[Connection, UUID, Sequence[RowMapping]], Sequence[Any]],
) -> Page[Any]:
    with service.database.read() as connection:
        if sources.get(connection, source_id) is None:
            raise NotFoundError("There is no source with this id.")

        def page(connection: Connection, **where: Any) -> tuple[Sequence[Any], list[Any] | None]:
            rows, position = mappings.page(connection, table=table, source_id=source_id, **where)
            return shown(connection, source_id, rows), position

        return paging.read_with(connection, table.name, page, lambda out: out)


def _row(connection: Connection, table: Table, source_id: UUID, row_id: UUID) -> RowMapping:
    sources.lock(connection, source_id)
    row = mappings.get(connection, table, source_id, row_id)
    if row is None:
        raise NotFoundError(f"The source has no {table.name.replace('_', ' ')} with this id.")
    return row


def _place(connection: Connection, source_id: UUID, project: str | None) -> str:
    if project is None:
        return ""
    key = mappings.project_key(connection, source_id, project)
    if key is None:
        raise InvalidError.at(["body", "project"], "The source has no project with this id.")
    return key


def _effect(
    act: Act, source_id: UUID, mark: Callable[[Connection], None], change: Callable[[Connection], None]
) -> EffectOut:
    found = effect(act.connection, source_id, mark=mark, change=change, now=act.now)
    return EffectOut(
        items=found.items,
        before=None if found.before is None else OutcomeOut(**asdict(found.before)),
        after=None if found.after is None else OutcomeOut(**asdict(found.after)),
    )


def _held(
    connection: Connection, table: Table, source_id: UUID, rows: Sequence[RowMapping]
) -> tuple[Mapping[tuple[str, str], int], dict[str, int]]:
    by_place = mappings.items_held(connection, table, source_id, [row["external_id"] for row in rows])
    in_all: dict[str, int] = {}
    for (value, _), count in by_place.items():
        in_all[value] = in_all.get(value, 0) + count
    return by_place, in_all


def _statuses(connection: Connection, source_id: UUID, rows: Sequence[RowMapping]) -> list[StatusOut]:
    by_place, in_all = _held(connection, status, source_id, rows)
    words: dict[str, list[RowMapping]] = {}
    for override in mappings.overrides(connection, source_id, [row["external_id"] for row in rows]):
        words.setdefault(override["status"], []).append(override)
    shown = []
    for row in rows:
        name = row["external_id"]
        own = words.get(name, [])
        whole = next((word["category"] for word in own if not word["project"]), None)
        shown.append(
            StatusOut(
                id=row["id"],
                external_id=name,
                name=row["name"],
                category=whole or row["category"],
                default=row["category"],
                override=whole,
                projects=[
                    ProjectCategory(
                        project=Named(id=word["project_id"], name=word["project_name"], external_id=word["project"]),
                        category=word["category"],
                        items=by_place.get((name, word["project"]), 0),
                    )
                    for word in own
                    if word["project"]
                ],
                project=row["project"],
                listed=row["listed"],
                items=in_all.get(name, 0),
            )
        )
    return shown


def _item_types(connection: Connection, source_id: UUID, rows: Sequence[RowMapping]) -> list[ItemTypeOut]:
    _, held = _held(connection, item_type, source_id, rows)
    return [
        ItemTypeOut(
            id=row["id"],
            external_id=row["external_id"],
            name=row["name"],
            kind=row["kind_override"] or row["kind"],
            default=row["kind"],
            override=row["kind_override"],
            listed=row["listed"],
            items=held.get(row["external_id"], 0),
        )
        for row in rows
    ]


def _resolutions(connection: Connection, source_id: UUID, rows: Sequence[RowMapping]) -> list[ResolutionOut]:
    _, held = _held(connection, resolution, source_id, rows)
    return [
        ResolutionOut(
            id=row["id"],
            external_id=row["external_id"],
            name=row["name"],
            category=row["category_override"] or row["category"],
            default=row["category"],
            override=row["category_override"],
            listed=row["listed"],
            items=held.get(row["external_id"], 0),
        )
        for row in rows
    ]
