"""Releases with their dates, as the launches need them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, and_, select

from app.models.facts import fact_code
from app.models.work import release
from app.store.facts import micros

Row = tuple[Any, ...]


def listed(connection: Connection) -> Sequence[Row]:
    """`(code, code of the source, code of the project, project, id, external_id, name, released, released_at,
    released_on)` of every release that its vendor still lists; the instant in microseconds.

    The first code is None for a release that no item names, the third for a project without a fact.
    """
    own, of_source, of_project = fact_code.alias(), fact_code.alias(), fact_code.alias()
    column = release.c
    query = (
        select(
            own.c.code,
            of_source.c.code,
            of_project.c.code,
            column.project,
            column.id,
            column.external_id,
            column.name,
            column.released,
            micros(column.released_at),
            column.released_on,
        )
        .select_from(release)
        .join(of_source, and_(of_source.c.dimension == "source", of_source.c.source_id == column.source_id))
        .outerjoin(
            own,
            and_(
                own.c.dimension == "release",
                own.c.source_id == column.source_id,
                own.c.external_id == column.external_id,
            ),
        )
        .outerjoin(
            of_project,
            and_(
                of_project.c.dimension == "project",
                of_project.c.source_id == column.source_id,
                of_project.c.external_id == column.project,
            ),
        )
        .where(column.listed)
        .order_by(of_source.c.code, column.external_id)
    )
    return [tuple(row) for row in connection.execute(query).all()]
