"""`/api/v1/work-items`: the items behind the numbers, and the history of each."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Path, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import RowMapping

from app.api import instants
from app.api.imports import AS_CSV, FormatName, csv_answer, wants_csv
from app.api.paging import Page, ThePage
from app.api.privacy import may_name_people
from app.api.routing import needs, router
from app.api.schemas import Named
from app.api.service import ThePrincipal, TheService
from app.api.team_scope import may_read_item, narrowed
from app.core.errors import InvalidError, NotFoundError
from app.facts import story
from app.store import items, mappings

routes = router("/api/v1/work-items", "work items")
Category = Literal["backlog", "todo", "active", "waiting", "done", "discarded"]
_CATEGORIES = ("backlog", "todo", "active", "waiting", "done", "discarded")
_KINDS = ("feature", "bug", "task", "epic", "conflict", "other")
_SEVERAL = "several with commas; empty means all"


class ItemTypeRef(Named):
    """An item's type, and what it means to us."""

    kind: str | None = None


class WorkItem(BaseModel):
    """An item as it is now."""

    id: UUID
    source: Named
    external_id: str
    key: str | None
    url: str | None
    title: str | None
    project: Named | None
    item_type: ItemTypeRef | None
    status: Named | None
    category: Category | None = Field(description="What the status means; null: unmapped.")
    resolution: Named | None
    resolved_at: datetime | None
    priority: str | None
    assignee: Named | None = Field(description="Null too where the caller may not see people.")
    creator: Named | None = Field(description="Null too where the caller may not see people.")
    parent: str | None = Field(description="The vendor's id of the item above.")
    labels: list[str]
    points: float | None
    due_at: datetime | None
    releases: list[str] = Field(description="The vendor's ids of the releases that it is in.")
    affects_releases: list[str] = Field(description="The vendor's ids of the releases that it was found in.")
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None


class HistoryEntry(BaseModel):
    """One move between two statuses."""

    at: datetime
    from_status: Named | None
    to_status: Named
    from_category: Category | None
    to_category: Category | None
    actor: Named | None = Field(description="Null too where the caller may not see people.")
    automated: bool | None = Field(description="Null: not known.")
    automated_by: str | None = Field(description="How that was told.")


class Durations(BaseModel):
    """Seconds on the elapsed clock; null where one end is missing."""

    lead_time: float | None
    cycle_time: float | None
    active_time: float | None
    reaction_time: float | None


class WorkItemWithHistory(WorkItem):
    """An item with what happened to it."""

    started_at: datetime | None
    finished_at: datetime | None
    discarded_at: datetime | None
    history: list[HistoryEntry]
    durations: Durations


_REFERENCES = ("source", "project", "item_type", "status", "resolution", "assignee", "creator")
_COLUMNS = [
    column for name in WorkItem.model_fields for column in ((name, f"{name}_id") if name in _REFERENCES else (name,))
]


@routes.get(
    "",
    response_model=Page[WorkItem],
    summary="Work items that are not deleted",
    description="As CSV a page has the same items; the `Link` header leads to the next one.",
    **needs("viewer", 406, answers=AS_CSV, of_team=True),
)
def list_work_items(
    paging: ThePage,
    service: TheService,
    request: Request,
    principal: ThePrincipal,
    *,
    form: FormatName = "",
    source: Annotated[str, Query(description=f"Sources by id or name; {_SEVERAL}.")] = "",
    tool: Annotated[str, Query(description=f"Tools; {_SEVERAL}.")] = "",
    project: Annotated[str, Query(description=f"Projects by id, vendor's id or key; {_SEVERAL}.")] = "",
    item_type: Annotated[str, Query(description=f"Item types by id or vendor's id; {_SEVERAL}.")] = "",
    item_kind: Annotated[str, Query(description=f"Item kinds; {_SEVERAL}.")] = "",
    status: Annotated[str, Query(description=f"Statuses by id or vendor's id; {_SEVERAL}.")] = "",
    category: Annotated[str, Query(description=f"Status categories; {_SEVERAL}.")] = "",
    priority: Annotated[str, Query(description=f"Priorities; {_SEVERAL}.")] = "",
    team: Annotated[
        str,
        Query(
            description="Teams, by id or name, that the present assignee is in now, or teams above them; "
            f"`unassigned`: in none; {_SEVERAL}."
        ),
    ] = "",
    text: Annotated[str, Query(max_length=200, description="Only items with this in the title or the key.")] = "",
    date: Annotated[
        Literal["created", "updated", "resolved"], Query(description="Which date `from` and `to` are about.")
    ] = "created",
    start: Annotated[str, Query(alias="from", description="Items dated at or after this instant.")] = "",
    end: Annotated[str, Query(alias="to", description="Items dated before this instant.")] = "",
    tz: Annotated[str, Query(description="The zone whose midnight a date is; empty: the deployment's.")] = "",
) -> Page[WorkItem] | Response:
    as_csv = wants_csv(request, form)
    zone = instants.zone_of(tz, service.settings.zone)
    choice = items.Choice(
        source=_several(source),
        tool=_several(tool),
        project=_several(project),
        item_type=_several(item_type),
        item_kind=_known("item_kind", item_kind, _KINDS),
        status=_several(status),
        category=_known("category", category, _CATEGORIES),
        priority=_several(priority),
        team=_several(narrowed(service, principal, team)),
        now=service.clock.now(),
        text=text,
        date=date,
        start=instants.at("from", start, zone),
        end=instants.at("to", end, zone),
    )
    people = may_name_people(principal, service.settings)
    page = paging.read("work-items", items.page, lambda row: WorkItem(**_plain(row, people=people)), choice=choice)
    if as_csv is None:
        return page
    answer = csv_answer(as_csv, _COLUMNS, (_line(item) for item in page.items))
    if paging.link is not None:
        answer.headers["Link"] = paging.link
    return answer


def _line(item: WorkItem) -> dict[str, Any]:
    """An item as one line: of things that have a name, the name (or the vendor's id) and the id."""
    line = item.model_dump(mode="json")
    for name in _REFERENCES:
        named = line[name] or {}
        line |= {name: named.get("name") or named.get("external_id"), f"{name}_id": named.get("id")}
    return line


@routes.get("/{item_id}", summary="One work item, with its history and durations", **needs("viewer", 404, of_team=True))
def read_work_item(
    item_id: Annotated[UUID, Path(description="A work item's id.")], service: TheService, principal: ThePrincipal
) -> WorkItemWithHistory:
    people = may_name_people(principal, service.settings)
    if not may_read_item(service, principal, item_id):
        raise NotFoundError("There is no work item with this id.")
    with service.database.read() as connection:
        row = items.get(connection, item_id)
        if row is None:
            raise NotFoundError("There is no work item with this id.")
        moves = items.history(connection, row["source_id"], row["external_id"])
        categories = mappings.meanings(connection, row["source_id"], row["project"])
    told = story.tell(
        created_at=row["created_at"],
        resolved_at=row["resolved_at"],
        status=row["status"],
        discards=row["discards"],
        moves=[story.Move(move["external_id"], move["at"], move["from_status"], move["to_status"]) for move in moves],
        categories=categories,
    )
    return WorkItemWithHistory(
        **_plain(row, people=people),
        started_at=told.started_at,
        finished_at=told.finished_at,
        discarded_at=told.discarded_at,
        history=[_entry(moves[place], categories, people=people) for place in told.order],
        durations=Durations(
            lead_time=told.lead_time,
            cycle_time=told.cycle_time,
            active_time=told.active_time,
            reaction_time=told.reaction_time,
        ),
    )


def _several(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _known(name: str, text: str, values: Collection[str]) -> tuple[str, ...]:
    wanted = _several(text)
    for value in wanted:
        if value not in values:
            raise InvalidError.at(["query", name], f"Send some of {', '.join(values)}.")
    return wanted


def _plain(row: RowMapping, *, people: bool) -> dict[str, Any]:
    return {
        **row,
        "source": Named(id=row["source_id"], name=row["source_name"]),
        "project": _named(row, "project"),
        "item_type": None
        if row["item_type"] is None
        else ItemTypeRef(
            id=row["item_type_id"],
            name=row["item_type_name"],
            external_id=row["item_type"],
            kind=row["item_kind"],
        ),
        "status": _named(row, "status"),
        "resolution": _named(row, "resolution"),
        "assignee": _named(row, "assignee") if people else None,
        "creator": _named(row, "creator") if people else None,
    }


def _named(row: RowMapping, what: str) -> Named | None:
    if row[what] is None:
        return None
    return Named(id=row[f"{what}_id"], name=row[f"{what}_name"], external_id=row[what])


def _entry(move: RowMapping, categories: Mapping[str, str | None], *, people: bool) -> HistoryEntry:
    automated, automated_by = story.automation(
        move["actor_override"], move["automated"], move["automated_by"], move["actor_kind"]
    )
    left, entered = move["from_status"], move["to_status"]
    actor = None
    if people and move["actor"] is not None:
        actor = Named(id=move["actor_id"], name=move["actor_name"], external_id=move["actor"])
    return HistoryEntry(
        at=move["at"],
        from_status=None if left is None else Named(id=move["from_id"], name=move["from_name"], external_id=left),
        to_status=Named(id=move["to_id"], name=move["to_name"], external_id=entered),
        from_category=_category(categories.get(left)),
        to_category=_category(categories.get(entered)),
        actor=actor,
        automated=automated,
        automated_by=automated_by,
    )


def _category(text: str | None) -> Any:
    return text
