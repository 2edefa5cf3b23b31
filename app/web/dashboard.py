"""What the pages of the dashboard are made of: parts with cards, charts and tables, each under its question."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import Response

from app.store import sources
from app.web.cards import Card
from app.web.figures import Figure
from app.web.filter_bar import choices
from app.web.view import View

Cell = str | tuple[str, str]
"""A text, or a text and the address that it leads to."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A table of a page. `columns` are names with their kind (`number` or ''); without rows, `empty` says why."""

    caption: str
    columns: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[Cell]]
    empty: str = ""
    more: tuple[str, str] | None = None
    """A text and an address below the table."""
    folded: bool = False
    """Whether a reader opens it first: for a long table that few need."""


@dataclass(frozen=True, slots=True)
class Part:
    """One question of a page with what answers it.

    `form` is the template of the form that chooses what is shown; `moved` are the numbers of the page that changed by
    more than chance, where the part is about that.
    """

    title: str
    cards: Sequence[Card] = ()
    figures: Sequence[Figure] = ()
    listings: Sequence[Listing] = ()
    intro: str = ""
    form: str = ""
    moved: Sequence[Card] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """A page: its path, what it is called, and what it shows. `more` is what its own template shows beside the parts.

    `clocks`, `projects`: whether these filters mean something on it.
    """

    path: str
    title: str
    parts: Callable[[View], Sequence[Part]]
    template: str = "dashboard.html"
    more: Callable[[View], dict[str, Any]] = field(default=lambda _view: {})
    clocks: bool = True
    projects: bool = True

    def shown(self, view: View) -> Response:
        """The page with the filters of its address. Raises InvalidError."""
        with view.service.database.read() as connection:
            connected = bool(sources.every(connection))
        parts = self.parts(view) if connected else ()
        more = self.more(view) if connected else {}
        return view.render(
            self.template,
            title=view.gettext(self.title),
            connected=connected,
            dashboard=self,
            parts=parts,
            draws=any(part.figures for part in parts),
            choices=choices(view),
            **more,
        )
