"""The demo's digests: what an admin of the company set up, so that there are some to look at."""

from typing import Any
from uuid import UUID

from app.cli.session import Session
from app.core.db import Database
from app.store import digests, teams
from connectors.kit.organisation import Organisation
from connectors.kit.organisation.directory import departments
from connectors.slack.sandbox import EVERYBODY

_NAMES = {
    "fr": ("Toute l’entreprise, chaque semaine", "%s, les quatre dernières semaines"),
    "en": ("The whole company, weekly", "%s, the last four weeks"),
}


def make_digests(session: Session, db: Database, slack: UUID, facts: Organisation) -> None:
    """One about everybody and one about the first department, on Mondays in the channel where everybody is."""
    whole, part = _NAMES[session.settings.locale]
    department = next(iter(departments(facts)))
    now = session.clock.now()
    with db.write() as connection:
        ids = {name: str(team_id) for team_id, name in teams.names(connection).items()}
        digests.create(connection, _digest(session, slack, whole, [], days=7), now)
        digests.create(connection, _digest(session, slack, part % department, [ids[department]], days=28), now)


def _digest(session: Session, slack: UUID, name: str, of: list[str], *, days: int) -> dict[str, Any]:
    return {
        "name": name,
        "source_id": slack,
        "channel": EVERYBODY,
        "teams": of,
        "metrics": ["cycle_time", "throughput", "automation_rate"],
        "schedule": "0 9 * * mon",
        "timezone": session.settings.timezone,
        "locale": session.settings.locale,
        "days": days,
        "enabled": True,
    }
