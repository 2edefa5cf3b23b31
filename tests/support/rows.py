"""Rows for tests of facts and metrics, written as an ingest would leave them: with marks and a new data version."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, delete, insert, update

from app.core.db import Database
from app.core.types import EPOCH
from app.models.facts import data_version, dirty_item
from app.models.people import account
from app.models.source import source, stream_state
from app.models.work import item_type, project, release, resolution, status, status_override, transition, work_item

NAMESPACE = UUID("6f0f6d3e-0000-4000-8000-000000000000")
NOW = datetime(2026, 9, 1, 12, 34, 56, tzinfo=UTC)

STATUSES = {
    "backlog": "backlog",
    "todo": "todo",
    "active": "active",
    "review": "waiting",
    "done": "done",
    "archived": "done",
    "discarded": "discarded",
}


RECORD_TYPES = {
    "project": "projects",
    "status": "statuses",
    "item_type": "item_types",
    "resolution": "resolutions",
    "release": "releases",
}


@dataclass
class Item:
    """A work item and its moves: `(instant, from, to)`, with the actor and the vendor's word where they matter."""

    key: str
    created: datetime
    status: str | None = None
    moves: list["Move"] = field(default_factory=list)
    project: str | None = "shop"
    item_type: str | None = "story"
    priority: str | None = "High"
    assignee: str | None = None
    resolution: str | None = None
    resolved: datetime | None = None
    deleted: datetime | None = None
    releases: list[str] = field(default_factory=list)
    affects: list[str] = field(default_factory=list)


@dataclass
class Move:
    at: datetime
    left: str | None
    entered: str
    key: str = ""
    actor: str | None = None
    automated: bool | None = None
    automated_by: str | None = None


@dataclass
class Release:
    """A release: at an instant, on a day, or nobody knows when."""

    key: str
    at: datetime | None = None
    on: date | None = None
    project: str | None = "shop"
    released: bool = True
    listed: bool = True


def history(key: str, created: datetime, first: str, *moves: tuple[datetime, str], **more: Any) -> Item:
    """An item whose moves chain from `first`, and that stands where the last one led."""
    standing, listed = first, []
    for at, entered in moves:
        listed.append(Move(at, standing, entered))
        standing = entered
    return Item(key, created, more.pop("status", standing), listed, **more)


@dataclass(frozen=True)
class Store:
    """A database with one or more sources to put rows into."""

    db: Database

    def source(self, name: str = "jira", tool: str = "jira") -> UUID:
        """A source with the usual statuses, types, resolutions and two projects."""
        source_id = uuid5(NAMESPACE, name)
        with self.db.write() as connection:
            connection.execute(
                insert(source).values(
                    id=source_id, connector="push", tool=tool, name=name, config={}, enabled=True,
                    created_at=EPOCH, updated_at=EPOCH,
                )
            )  # fmt: skip
            for external_id, category in STATUSES.items():
                self._named(connection, status, source_id, external_id, category=category)
            for external_id, kind in (("story", "feature"), ("bug", "bug"), ("chore", None)):
                self._named(connection, item_type, source_id, external_id, kind=kind)
            for external_id in ("shop", "bank"):
                self._named(connection, project, source_id, external_id, key=external_id.upper(), archived=False)
            for external_id, category in (("fixed", "done"), ("wont", "discarded"), ("copy", "done")):
                self._named(connection, resolution, source_id, external_id, category=category)
        return source_id

    def _named(self, connection: Connection, table: Any, source_id: UUID, external_id: str, **columns: Any) -> None:
        identity = uuid5(source_id, f"{RECORD_TYPES[table.name]}/{external_id}")
        connection.execute(
            insert(table).values(
                source_id=source_id, external_id=external_id, id=identity, name=external_id.title(), **columns
            )
        )

    def status(self, source_id: UUID, external_id: str, category: str | None, *, listed: bool = True) -> None:
        with self.db.write() as connection:
            self._named(connection, status, source_id, external_id, category=category, listed=listed)

    def account(self, source_id: UUID, external_id: str, kind: str = "human", override: bool | None = None) -> None:
        with self.db.write() as connection:
            connection.execute(
                insert(account).values(
                    source_id=source_id, external_id=external_id, id=uuid5(source_id, f"accounts/{external_id}"),
                    display_name=external_id, kind=kind, active=True, automation_override=override,
                )
            )  # fmt: skip

    def override(self, source_id: UUID, status_id: str, category: str, project_id: str = "") -> None:
        """Map a status, and mark every item."""
        with self.db.write() as connection:
            connection.execute(
                insert(status_override).values(
                    source_id=source_id, status=status_id, project=project_id, category=category
                )
            )
            rows = connection.execute(work_item.select().where(work_item.c.source_id == source_id)).all()
            self._mark(connection, source_id, [row.external_id for row in rows])

    def complete_until(self, source_id: UUID, at: datetime, stream: str = "work_items", scope: str = "") -> None:
        with self.db.write() as connection:
            connection.execute(
                insert(stream_state).values(source_id=source_id, stream=stream, scope=scope, complete_until=at)
            )

    def releases(self, source_id: UUID, releases: Iterable[Release]) -> None:
        """Releases in place of what was known of them, and a new version of the data."""
        with self.db.write() as connection:
            for one in releases:
                same = (release.c.source_id == source_id) & (release.c.external_id == one.key)
                connection.execute(delete(release).where(same))
                self._named(
                    connection, release, source_id, one.key, project=one.project, released=one.released,
                    released_at=one.at, released_on=None if one.on is None else one.on.isoformat(), listed=one.listed,
                )  # fmt: skip
            connection.execute(update(data_version).values(version=data_version.c.version + 1))

    def put(self, source_id: UUID, items: Iterable[Item], now: datetime = NOW) -> None:
        """Store items in place of what was known of them, mark them, and give the data a new version."""
        items = list(items)
        with self.db.write() as connection:
            for start in range(0, len(items), 500):
                self._replace(connection, source_id, items[start : start + 500])
            connection.execute(update(data_version).values(version=data_version.c.version + 1, at=now))

    def _replace(self, connection: Connection, source_id: UUID, items: Sequence[Item]) -> None:
        keys = [item.key for item in items]
        for table, column in ((transition, transition.c.work_item), (work_item, work_item.c.external_id)):
            connection.execute(delete(table).where(table.c.source_id == source_id, column.in_(keys)))
        connection.execute(insert(work_item), [self._item(source_id, item) for item in items])
        moves = [
            {
                "source_id": source_id,
                "external_id": move.key or f"{item.key}/{place}",
                "work_item": item.key,
                "at": move.at,
                "from_status": move.left,
                "to_status": move.entered,
                "actor": move.actor,
                "automated": move.automated,
                "automated_by": move.automated_by,
            }
            for item in items
            for place, move in enumerate(item.moves)
        ]
        if moves:
            connection.execute(insert(transition), moves)
        self._mark(connection, source_id, keys)

    def _mark(self, connection: Connection, source_id: UUID, keys: Sequence[str]) -> None:
        for key in keys:
            connection.execute(
                delete(dirty_item).where(dirty_item.c.source_id == source_id, dirty_item.c.work_item == key)
            )
        if keys:
            connection.execute(insert(dirty_item), [{"source_id": source_id, "work_item": key} for key in keys])

    def _item(self, source_id: UUID, item: Item) -> dict[str, Any]:
        return {
            "source_id": source_id,
            "external_id": item.key,
            "id": uuid5(source_id, f"work_items/{item.key}"),
            "key": item.key.upper(),
            "title": f"Item {item.key}",
            "project": item.project,
            "item_type": item.item_type,
            "status": item.status,
            "resolution": item.resolution,
            "resolved_at": item.resolved,
            "priority": item.priority,
            "assignee": item.assignee,
            "labels": [],
            "releases": item.releases,
            "affects_releases": item.affects,
            "created_at": item.created,
            "updated_at": max([item.created, *(move.at for move in item.moves)]),
            "deleted_at": item.deleted,
        }


def hours(count: float) -> timedelta:
    return timedelta(hours=count)
