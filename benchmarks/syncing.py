"""A sync by the product, as the benchmarks time it."""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from pydantic import TypeAdapter

from app.cli.runtime import collect_seldom
from app.core.clock import Clock, SystemClock
from app.core.crypto import Keyring, new_key
from app.core.db import Database
from app.ingest import credentials
from app.ingest.interrupt import Interrupt
from app.ingest.runner import Runner
from app.store import runs, sources
from app.store.migrate import migrate
from connectors.kit.connector import Connector


def prepare(path: Path) -> None:
    """A migrated, empty database, not part of what is measured."""
    db = Database(f"sqlite:///{path}")
    migrate(db, SystemClock().now())
    db.close()


@contextmanager
def as_a_process_of_ours() -> Iterator[None]:
    """Collects garbage while the block runs as every process of ours that syncs."""
    usual = gc.get_threshold()
    gc.collect()
    collect_seldom()
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def sync(
    path: Path, connector: Connector, config: Mapping[str, Any], proof: Mapping[str, Any], clock: Clock | None = None
) -> None:
    """A first sync of every stream of a source into the prepared database at `path`. Raises if it does not succeed."""
    db = Database(f"sqlite:///{path}")
    clock = clock or SystemClock()
    keyring = Keyring([new_key()])
    source = sources.Source(
        id=uuid4(),
        connector=connector.kind,
        tool=connector.tool,
        name="ours",
        config=dict(config),
        created_at=clock.now(),
        updated_at=clock.now(),
    )
    given = TypeAdapter(connector.Credentials).validate_python(proof)
    with db.write() as connection:
        sources.insert_source(connection, source)
        sealed = credentials.seal(keyring, source.id, given)
        sources.set_credentials(connection, source.id, sealed, set_at=clock.now())
        runs.queue(connection, source.id, mode="incremental", trigger="benchmark", streams=None, now=clock.now())
        run = runs.claim(connection, "benchmark", clock.now())
    if run is None:
        raise RuntimeError("The run could not be claimed.")
    Runner(db, {connector.kind: connector}, keyring, clock, ("127.0.0.1",)).run(run, Interrupt())
    with db.read() as connection:
        ended = runs.get(connection, run.id)
    db.close()
    if ended is None or ended.status != "succeeded":
        raise RuntimeError(f"The sync ended {ended}.")
