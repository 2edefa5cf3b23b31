"""Work items as a person reads them: joined with what their statuses, types and accounts are called."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    RowMapping,
    Select,
    and_,
    case,
    func,
    or_,
    select,
)

from app.models.communication import conversation, meeting_day, survey_response
from app.models.people import account, team_member
from app.models.source import source
from app.models.sync import sync_run
from app.models.usage import seat, usage_day
from app.models.work import item_type, project, release, resolution, status, status_override, transition, work_item
from app.store import teams
from app.store.listing import By, Keyset
from app.store.people import here

_ORDER = Keyset(By(work_item.c.id))
_in_project = status_override.alias("in_project")
_in_source = status_override.alias("in_source")
_assignee = account.alias("assignee")
_creator = account.alias("creator")

_GOES_WITH = {
    "work_items": work_item,
    "transitions": transition,
    "projects": project,
    "accounts": account,
    "releases": release,
    "seats": seat,
    "usage_days": usage_day,
    "survey_responses": survey_response,
    "conversations": conversation,
    "meeting_days": meeting_day,
    "sync_runs": sync_run,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which work items to list. Ids are ours or the vendor's; empty means all."""

    source: Collection[str] = ()
    tool: Collection[str] = ()
    project: Collection[str] = ()
    item_type: Collection[str] = ()
    item_kind: Collection[str] = ()
    status: Collection[str] = ()
    category: Collection[str] = ()
    priority: Collection[str] = ()
    team: Collection[str] = ()
    """Teams (id or name) that the present assignee is in at `now`, those below included; `unassigned`: in none."""
    now: datetime | None = None
    text: str = ""
    date: str = "created"
    start: datetime | None = None
    end: datetime | None = None


def page(
    connection: Connection, *, choice: Choice, limit: int, after: Sequence[Any] | None
) -> tuple[list[RowMapping], list[Any] | None]:
    """Items that are not deleted, by id, and where the next page begins."""
    query = _joined().where(work_item.c.deleted_at.is_(None), *_conditions(choice))
    if choice.team and choice.now is not None:
        query = query.where(_in_teams(teams.named(connection, choice.team), choice.team, choice.now))
    return _ORDER.page(connection, query, limit=limit, after=after)


def get(connection: Connection, item_id: UUID) -> RowMapping | None:
    """The item, deleted or not."""
    return connection.execute(_joined().where(work_item.c.id == item_id)).mappings().one_or_none()


def is_in_team(connection: Connection, item_id: UUID, team_id: UUID, now: datetime) -> bool:
    """Whether the item's present assignee is in that team now, or in one below it."""
    texts = [str(team_id)]
    query = _joined().where(work_item.c.id == item_id, _in_teams(teams.named(connection, texts), texts, now))
    return connection.execute(query).first() is not None


def history(connection: Connection, source_id: UUID, external_id: str) -> list[RowMapping]:
    """The item's transitions, unsorted where instants tie, with the names of their statuses and actors."""
    before, after = status.alias("before"), status.alias("after")
    before_join = and_(before.c.source_id == source_id, before.c.external_id == transition.c.from_status)
    after_join = and_(after.c.source_id == source_id, after.c.external_id == transition.c.to_status)
    actor_join = and_(account.c.source_id == source_id, account.c.external_id == transition.c.actor)
    query = (
        select(
            transition,
            before.c.id.label("from_id"),
            before.c.name.label("from_name"),
            after.c.id.label("to_id"),
            after.c.name.label("to_name"),
            account.c.id.label("actor_id"),
            account.c.display_name.label("actor_name"),
            account.c.kind.label("actor_kind"),
            account.c.automation_override.label("actor_override"),
        )
        .select_from(
            transition.outerjoin(before, before_join).outerjoin(after, after_join).outerjoin(account, actor_join)
        )
        .where(transition.c.source_id == source_id, transition.c.work_item == external_id)
        .order_by(transition.c.at, transition.c.external_id)
    )
    return list(connection.execute(query).mappings())


def goes_with(connection: Connection, source_id: UUID) -> dict[str, int]:
    """How many rows of each kind a source owns; kinds without a row are left out."""
    counts = {
        noun: connection.execute(select(func.count()).select_from(table).where(table.c.source_id == source_id)).scalar()
        for noun, table in _GOES_WITH.items()
    }
    return {noun: count for noun, count in counts.items() if count}


def _discards() -> ColumnElement[bool]:
    return func.coalesce(resolution.c.category_override, resolution.c.category, "done") == "discarded"


def _category() -> ColumnElement[Any]:
    """What the item's status means: the project's override, else the source's, else the vendor's default.

    `done` with a discarding resolution is `discarded`.
    """
    meant = func.coalesce(_in_project.c.category, _in_source.c.category, status.c.category)
    return case((and_(meant == "done", _discards()), "discarded"), else_=meant)


def _kind() -> ColumnElement[Any]:
    return func.coalesce(item_type.c.kind_override, item_type.c.kind)


def _joined() -> Select[Any]:
    return select(
        work_item,
        source.c.name.label("source_name"),
        source.c.tool,
        project.c.id.label("project_id"),
        project.c.name.label("project_name"),
        item_type.c.id.label("item_type_id"),
        item_type.c.name.label("item_type_name"),
        _kind().label("item_kind"),
        status.c.id.label("status_id"),
        status.c.name.label("status_name"),
        _category().label("category"),
        _discards().label("discards"),
        resolution.c.id.label("resolution_id"),
        resolution.c.name.label("resolution_name"),
        _assignee.c.id.label("assignee_id"),
        _assignee.c.display_name.label("assignee_name"),
        _creator.c.id.label("creator_id"),
        _creator.c.display_name.label("creator_name"),
    ).select_from(_tables())


def _tables() -> FromClause:
    def same(table: FromClause, column: ColumnElement[Any], key: str = "external_id") -> ColumnElement[bool]:
        return and_(table.c.source_id == work_item.c.source_id, table.c[key] == column)

    return (
        work_item.join(source, source.c.id == work_item.c.source_id)
        .outerjoin(project, same(project, work_item.c.project))
        .outerjoin(item_type, same(item_type, work_item.c.item_type))
        .outerjoin(status, same(status, work_item.c.status))
        .outerjoin(resolution, same(resolution, work_item.c.resolution))
        .outerjoin(_assignee, same(_assignee, work_item.c.assignee))
        .outerjoin(_creator, same(_creator, work_item.c.creator))
        .outerjoin(
            _in_project,
            and_(same(_in_project, work_item.c.status, "status"), _in_project.c.project == work_item.c.project),
        )
        .outerjoin(_in_source, and_(same(_in_source, work_item.c.status, "status"), _in_source.c.project == ""))
    )


def _conditions(choice: Choice) -> list[ColumnElement[bool]]:
    conditions = [
        _one_of(choice.source, source.c.id, source.c.name),
        _one_of(choice.tool, None, source.c.tool),
        _one_of(choice.project, project.c.id, work_item.c.project, project.c.key),
        _one_of(choice.item_type, item_type.c.id, work_item.c.item_type),
        _one_of(choice.item_kind, None, _kind()),
        _one_of(choice.status, status.c.id, work_item.c.status),
        _one_of(choice.category, None, _category()),
        _one_of(choice.priority, None, work_item.c.priority),
    ]
    if choice.text:
        columns = (work_item.c.title, work_item.c.key)
        conditions.append(or_(*(column.icontains(choice.text, autoescape=True) for column in columns)))
    dated = {"created": work_item.c.created_at, "updated": work_item.c.updated_at, "resolved": work_item.c.resolved_at}
    if choice.start is not None:
        conditions.append(dated[choice.date] >= choice.start)
    if choice.end is not None:
        conditions.append(dated[choice.date] < choice.end)
    return [condition for condition in conditions if condition is not None]


def _in_teams(chosen: Collection[UUID], texts: Collection[str], now: datetime) -> ColumnElement[bool]:
    mine = select(team_member.c.team_id).where(team_member.c.person_id == _assignee.c.person_id, here(now))
    wanted = mine.where(team_member.c.team_id.in_(sorted(chosen))).exists()
    return or_(wanted, ~mine.exists()) if "unassigned" in texts else wanted


def _one_of(
    wanted: Collection[str], identity: ColumnElement[Any] | None, *columns: ColumnElement[Any]
) -> ColumnElement[bool] | None:
    if not wanted:
        return None
    texts = sorted(wanted)
    ids = [UUID(text) for text in texts if _is_uuid(text)]
    choices = [column.in_(texts) for column in columns]
    if identity is not None and ids:
        choices.append(identity.in_(ids))
    return or_(*choices)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
