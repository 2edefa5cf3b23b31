"""`prodops migrate`: bring the database to this version's tables."""

from sqlalchemy.exc import DBAPIError

from app.cli.session import AsJson, Session
from app.core.db import Database
from app.store import migrate as store


def migrate(as_json: AsJson = False) -> None:
    """Bring the database to this version's tables. Safe to repeat, and to run from several machines at once."""
    session = Session(as_json=as_json)
    database_up_to_date(session).close()
    session.result({"migrated": True}, "The database is up to date.")


def database_up_to_date(session: Session) -> Database:
    """The deployment's database with this version's tables; ends the command where it refuses."""
    db = session.database(migrated=False)
    try:
        store.migrate(db, session.clock.now())
    except DBAPIError as error:
        db.close()
        session.fail(f"The database refused: {type(error.orig).__name__}.", "Check PRODOPS_DATABASE_URL.", code=1)
    return db
