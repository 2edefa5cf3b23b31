"""The sections of the dashboard, by the question that each answers."""

from dataclasses import dataclass

from app.api.principal import Role
from app.core.texts import marked


@dataclass(frozen=True, slots=True)
class Section:
    """One entry of the navigation: the page's path, its name, and the question that it answers."""

    path: str
    title: str
    question: str
    role: Role = "viewer"


SECTIONS = (
    Section("/", marked("Overview"), marked("How are we doing?")),
    Section("/flow", marked("Flow"), marked("How long does work take, and where does it wait?")),
    Section("/tools", marked("Tools"), marked("Are our tools used, and liked?")),
    Section("/communication", marked("Communication"), marked("How do teams work together?")),
    Section("/launches", marked("Launches"), marked("What changed with a launch?")),
    Section("/data", marked("Data"), marked("Can we trust the data?")),
    Section("/maturity", marked("Maturity"), marked("What should we do next?")),
    Section("/admin", marked("Administration"), marked("Where do the numbers come from, and who sees them?"), "editor"),
)
"""In the order in which they are shown. A page's own module is written first, then its entry here."""
