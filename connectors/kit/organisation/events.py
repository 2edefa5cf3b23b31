"""What happened to the organisation that its charts should show: launches and a reorganisation."""

from dataclasses import dataclass

from connectors.kit.organisation.directory import reorganisation
from connectors.kit.organisation.hours import HOUR
from connectors.kit.organisation.model import Ms, Organisation
from connectors.kit.organisation.surveys import Language

_DAY = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Event:
    """Something to draw over charts, with its words in each language."""

    at: Ms
    title: dict[Language, str]
    text: dict[Language, str]
    tags: tuple[str, ...]
    until: Ms | None = None


def events(organisation: Organisation, now: Ms) -> list[Event]:
    """Those until now, oldest first: the reorganisation, and the launches of the first project."""
    moved = reorganisation(organisation)
    project = next(iter(organisation.projects.values()))
    known = [
        Event(
            at=release.released,
            title={"fr": f"Mise en production {release.name}", "en": f"Release {release.name}"},
            text={
                "fr": f"{project.name} : version {release.name}.",
                "en": f"{project.name}: version {release.name}.",
            },
            tags=("launch", project.key),
        )
        for release in organisation.releases.values()
        if release.project == project.id
    ]
    known.append(
        Event(
            at=moved.at,
            until=moved.at + 14 * _DAY,
            title={"fr": "Réorganisation", "en": "Reorganisation"},
            text={
                "fr": f"L’équipe {moved.team.name} naît d’une partie de l’équipe {moved.former.name}.",
                "en": f"The team {moved.team.name} is made of a part of the team {moved.former.name}.",
            },
            tags=("reorganisation",),
        )
    )
    return sorted((event for event in known if event.at <= now), key=lambda event: event.at)
