"""What the filter bar offers: the teams and the projects that there are."""

from dataclasses import dataclass
from typing import Literal

from app.facts.dimensions import Label
from app.web.filters import PERIODS
from app.web.view import View


@dataclass(frozen=True, slots=True)
class Choices:
    """The values of each filter, as (value, name)."""

    teams: tuple[tuple[str, str], ...]
    projects: tuple[tuple[str, str], ...]
    periods: tuple[str, ...] = PERIODS

    def have(self, kind: Literal["team", "project"], text: str) -> bool:
        """Whether a team or a project has this id or name."""
        return any(text in pair for pair in (self.teams if kind == "team" else self.projects))


def choices(view: View) -> Choices:
    """The choices as they are now."""
    with view.service.facts.snapshot() as snapshot:
        teams, projects = (snapshot.dimension(name).values for name in ("team", "project"))
    return Choices(_named(teams), _named(projects))


def _named(values: tuple[Label, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((value["id"], value["name"] or value["id"]) for value in values if value["id"] is not None)
