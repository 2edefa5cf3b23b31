"""Groups of people as the tools know them: what teams can be suggested from."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, and_, select

from app.models.communication import channel
from app.models.people import account, person_record
from app.models.source import source
from app.models.work import project, work_item


@dataclass(frozen=True, slots=True)
class Group:
    """Some people whom a tool puts together; `kind` says how: directory, channel or project."""

    kind: str
    source_id: UUID
    source_name: str
    external_id: str
    name: str
    people: frozenset[UUID]


def directory_teams(connection: Connection) -> Iterator[Group]:
    """The people of each team that a directory names."""
    record = person_record.c
    query = (
        select(record.source_id, source.c.name, record.team, record.person_id)
        .join(source, source.c.id == record.source_id)
        .where(record.team.is_not(None), record.person_id.is_not(None))
    )
    found: defaultdict[tuple[UUID, str, str], set[UUID]] = defaultdict(set)
    for source_id, source_name, team, person_id in connection.execute(query):
        found[source_id, source_name, team].add(person_id)
    for (source_id, source_name, team), people in found.items():
        yield Group("directory", source_id, source_name, team, team, frozenset(people))


def channel_members(connection: Connection) -> Iterator[Group]:
    """The people of each channel that everybody can see."""
    persons = {(row.source_id, row.external_id): row.person_id for row in connection.execute(_joined())}
    query = (
        select(channel.c.source_id, source.c.name.label("source_name"), channel.c.external_id, channel.c.name,
               channel.c.members)
        .join(source, source.c.id == channel.c.source_id)
        .where(channel.c.private.is_(False))
    )  # fmt: skip
    for row in connection.execute(query):
        people = {persons.get((row.source_id, member)) for member in row.members} - {None}
        known = frozenset(one for one in people if one is not None)
        yield Group("channel", row.source_id, row.source_name, row.external_id, row.name or row.external_id, known)


def project_assignees(connection: Connection, since: datetime) -> Iterator[Group]:
    """The people whom items of each project, changed since then, are assigned to."""
    item = work_item.c
    query = (
        select(item.source_id, source.c.name.label("source_name"), item.project, project.c.name, account.c.person_id)
        .distinct()
        .join(source, source.c.id == item.source_id)
        .join(account, and_(account.c.source_id == item.source_id, account.c.external_id == item.assignee))
        .outerjoin(project, and_(project.c.source_id == item.source_id, project.c.external_id == item.project))
        .where(
            item.project.is_not(None),
            item.deleted_at.is_(None),
            item.updated_at >= since,
            account.c.person_id.is_not(None),
        )
    )
    found: defaultdict[tuple[UUID, str, str, str], set[UUID]] = defaultdict(set)
    for row in connection.execute(query):
        found[row.source_id, row.source_name, row.project, row.name or row.project].add(row.person_id)
    for (source_id, source_name, external_id, name), people in found.items():
        yield Group("project", source_id, source_name, external_id, name, frozenset(people))


def _joined() -> Select[Any]:
    of = account.c
    return select(of.source_id, of.external_id, of.person_id).where(of.person_id.is_not(None))
