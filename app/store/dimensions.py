"""Names of what facts are grouped and filtered by, with the codes that stand for them inside segments."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Table, and_, bindparam, func, or_, select

from app.models.facts import fact_code, fact_segment
from app.models.people import account, person, team, team_member
from app.models.source import source
from app.models.work import item_type, project, status, status_override, work_item
from app.store.facts import micros

Row = tuple[Any, ...]

_DAY_ZONE = "project_timezone"
"""The field of a source's configuration that says in which zone its vendor cuts days."""


def sources(connection: Connection) -> list[Row]:
    """`(code, id, name, tool)` of every source; the code is None where it has no facts yet."""
    query = select(fact_code.c.code, source.c.id, source.c.name, source.c.tool).select_from(source)
    joined = query.outerjoin(fact_code, and_(fact_code.c.dimension == "source", fact_code.c.source_id == source.c.id))
    return _rows(connection, joined)


def projects(connection: Connection) -> list[Row]:
    """`(code, source_id, external_id, name)` of every project that facts name; without a row the name is None."""
    return _named(connection, "project", project, project.c.name)


def statuses(connection: Connection) -> list[Row]:
    """`(code, source_id, external_id, name)` of every status that facts name."""
    return _named(connection, "status", status, status.c.name)


def item_types(connection: Connection) -> list[Row]:
    """`(code, source_id, external_id, name, kind)` of every item type that facts name."""
    kind = func.coalesce(item_type.c.kind_override, item_type.c.kind)
    return _named(connection, "item_type", item_type, item_type.c.name, kind)


def events(connection: Connection) -> list[Row]:
    """`(code, name)` of every event that facts name; a name has a code for each source that tells it."""
    return _rows(connection, select(fact_code.c.code, fact_code.c.external_id).where(fact_code.c.dimension == "event"))


def day_zones(connection: Connection) -> dict[Any, str]:
    """Whose days the usage days of each source are; where the vendor tells instants they are days in UTC."""
    rows = connection.execute(select(source.c.id, source.c.config))
    return {source_id: config.get(_DAY_ZONE) or "UTC" for source_id, config in rows}


def priorities(connection: Connection) -> list[Row]:
    """`(code, name)` of every priority that facts name."""
    return texts(connection, "priority")


def texts(connection: Connection, dimension: str) -> list[Row]:
    """`(code, text)` of every value that facts name of a dimension whose values have no row of their own."""
    return _rows(
        connection, select(fact_code.c.code, fact_code.c.external_id).where(fact_code.c.dimension == dimension)
    )


def accounts(connection: Connection) -> list[Row]:
    """`(code, number, kind, automation_override)` of every account that facts name.

    `number` is the place of its person in `people`. The database counts them: an id a row would be as many objects.
    """
    numbered = select(person.c.id, (func.row_number().over(order_by=person.c.id) - 1).label("number")).subquery()
    of_account = and_(account.c.source_id == fact_code.c.source_id, account.c.external_id == fact_code.c.external_id)
    columns = (fact_code.c.code, numbered.c.number, account.c.kind, account.c.automation_override)
    joined = fact_code.outerjoin(account, of_account).outerjoin(numbered, numbered.c.id == account.c.person_id)
    return _rows(connection, select(*columns).select_from(joined).where(fact_code.c.dimension == "account"))


def people(connection: Connection) -> list[UUID]:
    """Every person, with or without an account."""
    return list(connection.execute(select(person.c.id).order_by(person.c.id)).scalars())


def teams(connection: Connection) -> list[Row]:
    """`(id, name, id of the team above)` of every team."""
    return _rows(connection, select(team.c.id, team.c.name, team.c.parent_id))


def memberships(connection: Connection) -> list[Row]:
    """`(person, team, from, to)` of every stay in a team, microseconds, by person and then in time."""
    stay = team_member.c
    query = select(stay.person_id, stay.team_id, micros(stay.valid_from), micros(stay.valid_to))
    return _rows(connection, query.order_by(stay.person_id, stay.valid_from))


def account_labels(connection: Connection, codes: Collection[int]) -> dict[int, dict[str, str | None]]:
    """`{id, name, external_id}` of each of these accounts, by code; without our id where the vendor did not list it."""
    wanted = sorted(codes)
    of_account = and_(account.c.source_id == fact_code.c.source_id, account.c.external_id == fact_code.c.external_id)
    columns = (fact_code.c.code, account.c.id, account.c.display_name, fact_code.c.external_id)
    query = select(*columns).select_from(fact_code).outerjoin(account, of_account)
    query = query.where(fact_code.c.dimension == "account", fact_code.c.code.in_(wanted))
    return {
        code: {"id": None if identity is None else str(identity), "name": name, "external_id": external_id}
        for code, identity, name, external_id in connection.execute(query)
    }


def products(connection: Connection) -> dict[int, str]:
    """The product of seats that each code stands for."""
    query = select(fact_code.c.code, fact_code.c.external_id).where(fact_code.c.dimension == "product")
    return {row.code: row.external_id for row in connection.execute(query)}


def mapped_categories(connection: Connection) -> set[Row]:
    """`(code of the source, category)` for every category that some status of the source counts as."""
    own = status_override.c
    of_status = and_(own.source_id == status.c.source_id, own.status == status.c.external_id, own.project == "")
    vendors = select(status.c.source_id, func.coalesce(own.category, status.c.category).label("category"))
    every = vendors.select_from(status.outerjoin(status_override, of_status)).union(
        select(own.source_id, own.category)
    ).subquery()  # fmt: skip
    source_code = and_(fact_code.c.dimension == "source", fact_code.c.source_id == every.c.source_id)
    return set(_rows(connection, select(fact_code.c.code, every.c.category).join(fact_code, source_code)))


def first_days(connection: Connection, kind: str) -> list[Row]:
    """`(part, bucket)`: the first segment of a kind of each source that has one."""
    table = fact_segment.c
    code = and_(fact_code.c.dimension == "source", fact_code.c.code == table.part)
    living = select(table.part, func.min(table.bucket)).join(fact_code, code)
    query = living.join(source, source.c.id == fact_code.c.source_id).where(table.kind == kind)
    return _rows(connection, query.group_by(table.part))


def unjoined(connection: Connection) -> list[Row]:
    """`(code of the source, code of the account or None)` of every active account of a human who is no person yet."""
    of_account, of_source = fact_code.alias(), fact_code.alias()
    query = (
        select(of_source.c.code, of_account.c.code)
        .select_from(account)
        .join(of_source, and_(of_source.c.dimension == "source", of_source.c.source_id == account.c.source_id))
        .outerjoin(
            of_account,
            and_(
                of_account.c.dimension == "account",
                of_account.c.source_id == account.c.source_id,
                of_account.c.external_id == account.c.external_id,
            ),
        )
    )
    is_machine = func.coalesce(account.c.automation_override, account.c.kind.in_(("bot", "app")))
    return _rows(connection, query.where(account.c.person_id.is_(None), account.c.active, ~is_machine))


def versions(connection: Connection, kind: str, first: int, last: int) -> list[Row]:
    """`(bucket, part, version)` of the segments of a kind on the days `[first, last]`, in order."""
    table = fact_segment.c
    query = select(table.bucket, table.part, table.version).where(table.kind == kind, table.bucket.between(first, last))
    return _rows(connection, query.order_by(table.bucket, table.part))


def payloads(connection: Connection, kind: str, first: int, last: int) -> list[Row]:
    """`(bucket, part, version, payload)` of the same segments."""
    if connection.dialect.name == "postgresql":
        return _binary_payloads(connection, kind, first, last)
    table = fact_segment.c
    query = select(table.bucket, table.part, table.version, table.payload)
    return _rows(connection, query.where(table.kind == kind, table.bucket.between(first, last)))


def _binary_payloads(connection: Connection, kind: str, first: int, last: int) -> list[Row]:
    # As text the driver would decode two hexadecimal digits for each byte.
    raw: Any = connection.connection.driver_connection
    query = "SELECT bucket, part, version, payload FROM fact_segment WHERE kind = %s AND bucket BETWEEN %s AND %s"
    with raw.cursor(binary=True) as cursor:
        return list(cursor.execute(query, (kind, first, last)).fetchall())


def items_by_number(connection: Connection, numbers: list[int]) -> list[Row]:
    """`(id, source_id, external_id, key, title, url)` of the items whose ids begin with those 64 bits."""
    found: list[Row] = []
    for start in range(0, len(numbers), _NUMBERS_AT_ONCE):
        some = numbers[start : start + _NUMBERS_AT_ONCE]
        # The last ones are filled up with a repeated one, so that the statement is always the same.
        some += some[-1:] * (_NUMBERS_AT_ONCE - len(some))
        values: dict[str, UUID] = {}
        for place, number in enumerate(some):
            head = number.to_bytes(8, "big", signed=True)
            values[f"low{place}"] = UUID(bytes=head + bytes(8))
            values[f"high{place}"] = UUID(bytes=head + b"\xff" * 8)
        found += [tuple(row) for row in connection.execute(_BY_NUMBER, values).all()]
    return found


_NUMBERS_AT_ONCE = 200
_BY_NUMBER = select(
    work_item.c.id,
    work_item.c.source_id,
    work_item.c.external_id,
    work_item.c.key,
    work_item.c.title,
    work_item.c.url,
).where(
    or_(
        *(
            work_item.c.id.between(bindparam(f"low{place}"), bindparam(f"high{place}"))
            for place in range(_NUMBERS_AT_ONCE)
        )
    )
)
"""Made once: to build and compile two hundred conditions costs more than to look them up."""


def _named(connection: Connection, dimension: str, table: Table, *columns: ColumnElement[Any]) -> list[Row]:
    query = select(fact_code.c.code, fact_code.c.source_id, fact_code.c.external_id, *columns).select_from(fact_code)
    joined = query.outerjoin(
        table,
        and_(table.c.source_id == fact_code.c.source_id, table.c.external_id == fact_code.c.external_id),
    )
    return _rows(connection, joined.where(fact_code.c.dimension == dimension))


def _rows(connection: Connection, query: Any) -> list[Row]:
    return [tuple(row) for row in connection.execute(query).all()]
