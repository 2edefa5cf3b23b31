"""`/`: the key numbers, by the question that each answers."""

from fastapi import Response

from app.core.texts import marked
from app.store import sources
from app.web.cards import card
from app.web.filter_bar import choices
from app.web.routing import page, pages
from app.web.view import TheView

routes = pages()

QUESTIONS = (
    (marked("How fast do we deliver?"), ("cycle_time", "lead_time", "throughput")),
    (marked("How much runs by itself?"), ("automation_rate",)),
    (marked("Are our tools used?"), ("adoption_rate",)),
    (marked("Can we trust the data?"), ("data_coverage",)),
)
"""Each question with the metrics that answer it."""


@routes.get("/", **page("viewer"))
def overview(view: TheView) -> Response:
    """The key numbers over the page's period."""
    with view.service.database.read() as connection:
        connected = bool(sources.every(connection))
    groups = [(question, [card(view, name) for name in names]) for question, names in QUESTIONS] if connected else []
    return view.render("overview.html", groups=groups, choices=choices(view))
