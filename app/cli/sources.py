"""Naming a source on the command line."""

from uuid import UUID

from app.cli.session import Session
from app.core.db import Database
from app.store import sources
from app.store.sources import Source


def find_source(session: Session, db: Database, text: str) -> Source:
    """The source of that name or id; ends the command if there is none."""
    with db.read() as connection:
        found = sources.get_by_name(connection, text)
        if found is None:
            try:
                found = sources.get(connection, UUID(text))
            except ValueError:
                found = None
        known = ", ".join(f"'{one.name}'" for one in sources.every(connection))
    if found is None:
        session.fail(f"There is no source '{text}'.", f"There are: {known or 'none yet'}.")
    return found
