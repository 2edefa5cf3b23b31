"""What syncs need besides the settings: the connectors, a runner, and the builder of facts."""

import gc

from app.cli.session import Session
from app.core.db import Database
from app.facts.dirty import build_dirty
from app.ingest.runner import Runner
from app.ingest.worker import Worker
from connectors import registry

_OBJECTS_BETWEEN_COLLECTIONS = 200_000


def collect_seldom() -> None:
    """Let this process look for cycles seldom: a page is a tree of a hundred thousand objects that die without help."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, *gc.get_threshold()[1:])


def new_worker(session: Session, db: Database) -> Worker:
    """A worker on this database, with every connector that is installed."""
    keyring = session.settings.keyring()
    if not keyring:
        session.fail("No secret key is set.", "Set PRODOPS_SECRET_KEYS to the output of 'prodops keys new'.")
    installed = registry.load()
    for problem in installed.problems:
        session.say(f"[yellow]A connector cannot be used:[/] {problem}")
    collect_seldom()
    runner = Runner(
        db=db,
        connectors=installed.connectors,
        keyring=keyring,
        clock=session.clock,
        allowed_private_hosts=session.settings.allowed_private_hosts,
        mask=session.mask.add,
        zone=session.settings.zone,
    )
    return Worker(runner, build_dirty)
