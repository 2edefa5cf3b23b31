"""`/`: the key numbers, by the question that each answers."""

from fastapi import Response

from app.core.texts import marked
from app.web.cards import CLEAR, Card, bottleneck, card
from app.web.dashboard import Dashboard, Part
from app.web.routing import page, pages
from app.web.view import TheView, View

routes = pages()

QUESTIONS = (
    (marked("How fast do we deliver?"), ("cycle_time", "lead_time", "throughput", "launch_time")),
    (marked("Where does work wait?"), ("bottleneck", "flow_efficiency", "wip", "wip_age")),
    (marked("How much runs by itself?"), ("automation_rate", "reopen_rate")),
    (
        marked("Are our tools used, and liked?"),
        ("adoption_rate", "stickiness", "seat_utilisation", "tool_satisfaction"),
    ),
    (
        marked("How do teams work together?"),
        ("response_time", "cross_team_share", "meeting_share", "conflicts_resolved"),
    ),
    (marked("Can we trust the data?"), ("data_coverage", "freshness", "data_utilisation")),
)
"""Each question with the metrics that answer it."""


def parts(view: View) -> list[Part]:
    """What moved, and the cards of each question."""
    shown = [Part(view.gettext(question), cards=[_card(view, name) for name in names]) for question, names in QUESTIONS]
    if not view.filters.compare:
        return shown
    cards = (card for part in shown for card in part.cards)
    moved = [one for one in cards if one.change is not None and one.change.verdict in CLEAR]
    return [Part(view.gettext("What moved?"), moved=moved), *shown]


def _card(view: View, metric: str) -> Card:
    return bottleneck(view) if metric == "bottleneck" else card(view, metric)


DASHBOARD = Dashboard(path="/", title=marked("Overview"), parts=parts)


@routes.get("/", **page("viewer"))
def overview(view: TheView) -> Response:
    """The key numbers over the page's period."""
    return DASHBOARD.shown(view)
