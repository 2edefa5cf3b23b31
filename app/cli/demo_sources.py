"""The demo's sources: the four sandboxes, and one that the company itself pushes to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

from pydantic import TypeAdapter

from app.cli.session import Session
from app.core.db import Database
from app.ingest import credentials
from app.store import sources
from app.store.sources import Source
from connectors import registry, sandboxes

COMPANY = "Directory and surveys (demo)"
DIRECTORY = "directory"
"""The tool that what the company pushes is reported under."""

_EVERY_FIVE_MINUTES, _EVERY_QUARTER = "*/5 * * * *", "*/15 * * * *"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A source that the demo needs."""

    connector: str
    name: str
    config: Mapping[str, Any]
    credentials: Mapping[str, Any] | None = None
    schedule: str | None = None
    start_date: date | None = None


def wanted(ports: Mapping[str, int], measured_since: date) -> list[Wanted]:
    """The sources for the sandboxes on these ports, in the order of the tools, and the company's own.

    `measured_since` is the first day that Mixpanel knows.
    """
    connectors = registry.load().connectors
    found: list[Wanted] = []
    for tool in sandboxes.TOOLS:
        config, secrets = sandboxes.settings(tool, ports[tool])
        measured = tool == "mixpanel"
        found.append(
            Wanted(
                connector=tool,
                name=f"{connectors[tool].title} (demo)",
                config=config,
                credentials=secrets,
                # Each run of Mixpanel asks for the six latest days again, and an hour has 60 requests.
                schedule=_EVERY_QUARTER if measured else _EVERY_FIVE_MINUTES,
                start_date=measured_since if measured else None,
            )
        )
    return [*found, Wanted("push", COMPANY, {"tool": DIRECTORY})]


def ensure(session: Session, db: Database, one: Wanted) -> Source:
    """The source as the store has it, made if it is not there; its address is brought up to date."""
    connector = registry.load().connectors[one.connector]
    settings = connector.Config.model_validate(one.config)
    config = settings.model_dump(mode="json")
    now = session.clock.now()
    with db.write() as connection:
        found = sources.get_by_name(connection, one.name)
        if found is not None:
            sources.update_source(connection, found.id, {"config": config})
            return found
        source = Source(
            id=uuid4(),
            connector=one.connector,
            tool=connector.tool_name(settings),
            name=one.name,
            config=config,
            schedule=one.schedule,
            start_date=one.start_date,
            created_at=now,
            updated_at=now,
        )
        sources.insert_source(connection, source)
        if one.credentials is not None:
            model = TypeAdapter(connector.Credentials).validate_python(one.credentials)
            sealed = credentials.seal(session.settings.keyring(), source.id, model)
            sources.set_credentials(connection, source.id, sealed, set_at=now, hint="of the sandbox")
    return source
