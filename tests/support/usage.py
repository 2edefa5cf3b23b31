"""Rows about the use of tools for tests of facts and metrics: usage days, accounts of people, seats."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import insert, update

from app.core.db import Database
from app.core.types import EPOCH
from app.models.facts import data_version
from app.models.people import account
from app.models.source import source
from app.models.usage import seat
from app.store import dirty, usage
from tests.support.rows import NAMESPACE, NOW

Used = tuple[str, str, date]
"""(account, event, day)"""


@dataclass(frozen=True)
class UsageStore:
    """A database to put sources, accounts, seats and usage days into, as an ingest would leave them."""

    db: Database

    def source(self, name: str, tool: str = "", config: Mapping[str, Any] | None = None) -> UUID:
        source_id = uuid5(NAMESPACE, name)
        with self.db.write() as connection:
            connection.execute(
                insert(source).values(
                    id=source_id, connector="push", tool=tool or name, name=name, config=dict(config or {}),
                    enabled=True, created_at=EPOCH, updated_at=EPOCH,
                )
            )  # fmt: skip
            connection.execute(update(data_version).values(version=data_version.c.version + 1))
        return source_id

    def accounts(self, rows: Sequence[tuple[UUID, str, UUID | None, str, bool | None, bool]]) -> None:
        """`(source, external_id, person, kind, automation override, active)`."""
        with self.db.write() as connection:
            for source_id, external_id, person_id, kind, override, active in rows:
                connection.execute(
                    insert(account).values(
                        source_id=source_id, external_id=external_id, id=uuid5(source_id, f"accounts/{external_id}"),
                        display_name=external_id, kind=kind, active=active, automation_override=override,
                        person_id=person_id,
                    )
                )  # fmt: skip
            connection.execute(update(data_version).values(version=data_version.c.version + 1))

    def account(self, source_id: UUID, external_id: str, person_id: UUID | None = None, kind: str = "human") -> None:
        self.accounts([(source_id, external_id, person_id, kind, None, True)])

    def use(self, source_id: UUID, counts: Mapping[Used, int], now: datetime = NOW) -> int:
        """Set usage days and give the data a new version; gives how many days changed."""
        with self.db.write() as connection:
            changed = usage.set_counts(connection, source_id, counts)
            connection.execute(update(data_version).values(version=data_version.c.version + 1, at=now))
        return changed

    def seats(
        self,
        source_id: UUID,
        rows: Sequence[tuple[str, str, datetime | None, datetime | None]],
        now: datetime = NOW,
    ) -> None:
        """`(account, product, assigned, removed)`."""
        with self.db.write() as connection:
            for holder, product, assigned, removed in rows:
                connection.execute(
                    insert(seat).values(
                        source_id=source_id, account=holder, product=product, assigned_at=assigned,
                        removed_at=removed, as_of=NOW,
                    )
                )  # fmt: skip
            dirty.mark_days(connection, source_id, "seat", [0])
            connection.execute(update(data_version).values(version=data_version.c.version + 1, at=now))
