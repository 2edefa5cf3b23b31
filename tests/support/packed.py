"""What the segments of a database hold, read by hand, and how it looks after everything was built from the rows."""

from typing import Any

import numpy as np
from sqlalchemy import delete, select

from app.core.db import Database
from app.facts.build import build_dirty_items
from app.facts.segment import FINISHED, HISTORIES, KINDS, decode
from app.models.facts import dirty_item, dirty_meaning, fact_code, fact_item, fact_segment
from app.models.work import work_item


def contents(db: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every segment, with names in place of codes and visits and moves beside their item."""
    with db.read() as connection:
        names = {(row.dimension, row.code): row.external_id for row in connection.execute(select(fact_code)).all()}
        stored = connection.execute(select(fact_segment)).all()
    payloads = {(row.kind, row.bucket, row.part): bytes(row.payload) for row in stored}
    dimension = {"assignee": "account", "actor": "account", "from_status": "status", "to_status": "status"}
    result: dict[str, list[tuple[Any, ...]]] = {kind.name: [] for kind in KINDS}
    for (name, bucket, part), payload in payloads.items():
        kind = next(kind for kind in KINDS if kind.name == name)
        columns = dict(decode(kind, payload))
        for outer in (FINISHED, HISTORIES):
            if outer.inner is kind:
                rows = decode(outer, payloads[outer.name, bucket, part])
                columns["item"] = np.repeat(rows["item"], rows[name])
        readable = {
            column: [names.get((dimension.get(column, column), value), value) for value in values.tolist()]
            if column in ("project", "item_type", "priority", "status", "resolution", "release", *dimension)
            else values.tolist()
            for column, values in columns.items()
        }
        result[name] += [(bucket, *row) for row in zip(*(readable[key] for key in sorted(readable)), strict=True)]
    return {name: sorted(rows, key=repr) for name, rows in result.items()}


def rebuild_all(db: Database) -> None:
    """Forget every fact, mark every item and build."""
    with db.write() as connection:
        for table in (fact_segment, fact_code, fact_item, dirty_item, dirty_meaning):
            connection.execute(delete(table))
        rows = connection.execute(select(work_item.c.source_id, work_item.c.external_id)).all()
        connection.execute(dirty_item.insert(), [{"source_id": row[0], "work_item": row[1]} for row in rows])
    build_dirty_items(db, at_once=13)
