"""What insights say on a page, each asked once for all that shows it."""

from typing import Any

from app.insights.forecast import ForecastQuery, forecast
from app.insights.maturity import Answered, maturity
from app.insights.numbers import Numbers, Window
from app.insights.recommendations import recommendations
from app.metrics import query as metrics
from app.store import maturity as questionnaire
from app.web import numbers
from app.web.view import View

Plain = dict[str, Any]


def forecast_of(view: View, query: ForecastQuery) -> Plain:
    """The forecast as `app.insights.forecast` tells it. Raises InvalidError."""
    service = view.service
    data = metrics.fingerprint(service.facts, service.settings, numbers.question(view, "throughput"))
    return view.kept.insights.get(
        ("forecast", data, repr(query)), lambda: forecast(service.facts, service.settings, query)
    )


def maturity_of(view: View) -> Plain:
    """The levels of the functions over the page's period, with what the questionnaire says."""
    given = {
        name: Answered(row["answer"], row["answered_by"], row["answered_at"]) for name, row in answers_of(view).items()
    }
    asked, key = _numbers(view)
    return view.kept.insights.get(("maturity", key, tuple(given.items())), lambda: maturity(asked, given))


def recommendations_of(view: View) -> list[Plain]:
    """What to do next over the page's period, the most pressing first."""
    asked, key = _numbers(view)
    found: list[Plain] = view.kept.insights.get(("advice", key), lambda: recommendations(asked))["recommendations"]
    return found


def answers_of(view: View) -> dict[str, Any]:
    """The answered questions of the questionnaire, by name."""
    with view.service.database.read() as connection:
        return {row["question"]: row for row in questionnaire.answers(connection)}


def _numbers(view: View) -> tuple[Numbers, Any]:
    """The numbers of the page's period, which are asked once whoever needs them, and what they depend on."""
    service, query = view.service, numbers.question(view, "cycle_time")
    minute = view.clock.now().replace(second=0, microsecond=0)
    teams = (view.filters.team,) if view.filters.team else ()
    key = metrics.fingerprint(service.facts, service.settings, query), minute, teams
    window = Window(query.start, query.end, query.tz, minute)
    return view.kept.numbers.get(key, lambda: Numbers(service.facts, service.settings, window, teams)), key
