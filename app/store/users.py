"""People who sign in: made, found, changed. A password itself is never stored."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from app.models.user import user_account
from app.store import version
from app.store.listing import By, Keyset

_ORDER = Keyset(By(user_account.c.email))
_SHOWN = [column for column in user_account.c if column is not user_account.c.password_hash]


def address(text: str) -> str:
    """An address as it is stored and compared."""
    return text.strip().lower()


def add(
    connection: Connection, *, email: str, name: str, password_hash: str, role: str, locale: str | None, now: datetime
) -> UUID | None:
    """The id of a new account; `None` where there is one with this address."""
    if find_by_email(connection, email) is not None:
        return None
    user_id = uuid4()
    values = {
        "id": user_id,
        "email": address(email),
        "name": name,
        "password_hash": password_hash,
        "role": role,
        "locale": locale,
        "created_at": now,
    }
    connection.execute(insert(user_account).values(values))
    return user_id


def find_by_email(connection: Connection, email: str) -> RowMapping | None:
    """The account with this address, disabled ones too, its password's hash included."""
    query = select(user_account).where(user_account.c.email == address(email))
    return connection.execute(query).mappings().one_or_none()


def of_addresses(connection: Connection, emails: Collection[str]) -> list[RowMapping]:
    """The accounts with one of these addresses, disabled ones too."""
    wanted = user_account.c.email.in_([address(email) for email in emails])
    return list(connection.execute(select(*_SHOWN).where(wanted)).mappings().all())


def get(connection: Connection, user_id: UUID) -> RowMapping | None:
    """The account with this id, disabled ones too."""
    return connection.execute(select(*_SHOWN).where(user_account.c.id == user_id)).mappings().one_or_none()


def password_hash(connection: Connection, user_id: UUID) -> str | None:
    """What is stored of the account's password."""
    query = select(user_account.c.password_hash).where(user_account.c.id == user_id)
    return connection.execute(query).scalar_one_or_none()


def page(
    connection: Connection, *, limit: int, after: Sequence[Any] | None
) -> tuple[list[RowMapping], list[Any] | None]:
    """Accounts by address, and where the next page begins."""
    return _ORDER.page(connection, select(*_SHOWN), limit=limit, after=after)


def every(connection: Connection) -> list[RowMapping]:
    """All accounts by address."""
    return list(connection.execute(select(*_SHOWN).order_by(user_account.c.email)).mappings().all())


def are_none(connection: Connection) -> bool:
    """Whether nobody has an account yet."""
    return connection.execute(select(func.count()).select_from(user_account)).scalar_one() == 0


def lock_first(connection: Connection) -> None:
    """Let nobody else make an account until this transaction ends, so that there is one first."""
    version.bump_access(connection)


def admins(connection: Connection) -> int:
    """How many admins can sign in."""
    is_one = (user_account.c.role == "admin") & user_account.c.disabled_at.is_(None)
    return connection.execute(select(func.count()).select_from(user_account).where(is_one)).scalar_one()


def change(connection: Connection, user_id: UUID, values: Mapping[str, Any]) -> None:
    """Change an account; what it may do changes from the next request on, in every process."""
    connection.execute(update(user_account).where(user_account.c.id == user_id).values(dict(values)))
    version.bump_access(connection)


def remove(connection: Connection, user_id: UUID) -> None:
    """Forget an account, its sessions with it, in every process from the next request on."""
    connection.execute(delete(user_account).where(user_account.c.id == user_id))
    version.bump_access(connection)
