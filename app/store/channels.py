"""Channels as facts name them: their names, who is in them, and the marks that are put on what is said there."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, and_, select

from app.models.communication import channel
from app.models.facts import fact_code
from app.models.people import account
from app.models.source import source

Row = tuple[Any, ...]


def named(connection: Connection) -> list[Row]:
    """`(code, source_id, external_id, name)` of every channel that facts name; the name is None where nobody may see
    it, or where there is no row.
    """
    query = select(
        fact_code.c.code, fact_code.c.source_id, fact_code.c.external_id, channel.c.name, channel.c.private
    ).select_from(fact_code)
    joined = query.outerjoin(
        channel, and_(channel.c.source_id == fact_code.c.source_id, channel.c.external_id == fact_code.c.external_id)
    )
    rows = connection.execute(joined.where(fact_code.c.dimension == "channel"))
    return [(code, source_id, key, None if private else name) for code, source_id, key, name, private in rows]


def public(connection: Connection, sources: Sequence[UUID]) -> list[tuple[str, str]]:
    """`(external_id, name)` of the channels of some sources that everybody may see, by name."""
    query = select(channel.c.external_id, channel.c.name).where(
        channel.c.source_id.in_(sources), channel.c.private.is_(False), channel.c.name.is_not(None)
    )
    return [(key, name) for key, name in connection.execute(query.order_by(channel.c.name, channel.c.external_id))]


def members(connection: Connection) -> list[tuple[int, list[UUID]]]:
    """Of every channel that facts name and that has a row, its code and the persons among its members."""
    joined = select(fact_code.c.code, channel.c.source_id, channel.c.members).join(
        channel, and_(channel.c.source_id == fact_code.c.source_id, channel.c.external_id == fact_code.c.external_id)
    )
    rows = connection.execute(joined.where(fact_code.c.dimension == "channel")).all()
    persons = select(account.c.source_id, account.c.external_id, account.c.person_id)
    of_source: dict[UUID, dict[str, UUID]] = {}
    for source_id, external_id, person in connection.execute(
        persons.where(account.c.person_id.is_not(None), account.c.source_id.in_({row.source_id for row in rows}))
    ):
        of_source.setdefault(source_id, {})[external_id] = person
    return [
        (code, [known[member] for member in listed if member in known])
        for code, source_id, listed in rows
        for known in (of_source.get(source_id, {}),)
    ]


def marks(connection: Connection) -> list[Row]:
    """`(code, name, the source's config)` of every mark that facts name."""
    joined = select(fact_code.c.code, fact_code.c.external_id, source.c.config).join(
        source, source.c.id == fact_code.c.source_id
    )
    return [tuple(row) for row in connection.execute(joined.where(fact_code.c.dimension == "mark"))]
