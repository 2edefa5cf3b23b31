"""`/communication`: how fast teams answer each other, how much they talk across, and what it costs them."""

from fastapi import Response

from app.core.texts import marked
from app.web.cards import card
from app.web.dashboard import Dashboard, Part
from app.web.figures import figure
from app.web.routing import page, pages
from app.web.view import TheView, View

routes = pages()


def parts(view: View) -> list[Part]:
    """Answers, talk across teams, conflicts, satisfaction and meetings."""
    return [
        Part(
            view.gettext("How fast do teams answer each other?"),
            cards=[
                card(view, "response_time"),
                card(view, "response_time", measure="unanswered", title=view.gettext("Threads without an answer")),
                card(view, "cross_team_share"),
            ],
            figures=[
                figure(view, "trend", "response_time", title=view.gettext("Response time by week")),
                figure(view, "trend", "cross_team_share", title=view.gettext("Conversations across teams by week")),
            ],
        ),
        Part(
            view.gettext("Are conflicts resolved?"),
            cards=[
                card(view, "conflicts_resolved"),
                card(view, "conflicts_resolved", measure="open", title=view.gettext("Conflicts still open")),
                card(view, "conflicts_resolved", measure="p50", title=view.gettext("Time to resolve a conflict")),
            ],
            figures=[
                figure(view, "bars", "conflicts_resolved", title=view.gettext("Resolved conflicts by week"), wide=True)
            ],
        ),
        Part(
            view.gettext("Are people content with how we communicate?"),
            cards=[
                card(view, "communication_satisfaction"),
                card(view, "communication_satisfaction", measure="responses", title=view.gettext("Responses")),
            ],
            figures=[
                figure(
                    view,
                    "trend",
                    "communication_satisfaction",
                    grain="month",
                    title=view.gettext("Satisfaction by month"),
                ),
                figure(
                    view,
                    "comparison",
                    "communication_satisfaction",
                    grain="total",
                    group_by="team",
                    title=view.gettext("Satisfaction by team"),
                ),
            ],
        ),
        Part(
            view.gettext("How much time do meetings take?"),
            cards=[card(view, "meeting_share")],
            figures=[
                figure(view, "trend", "meeting_share", title=view.gettext("Time in meetings by week")),
                figure(
                    view,
                    "comparison",
                    "meeting_share",
                    grain="total",
                    group_by="team",
                    title=view.gettext("Time in meetings by team"),
                ),
            ],
        ),
    ]


DASHBOARD = Dashboard(path="/communication", title=marked("Communication"), parts=parts, clocks=True, projects=False)


@routes.get("/communication", **page("viewer"))
def communication(view: TheView) -> Response:
    """Communication over the page's period."""
    return DASHBOARD.shown(view)
