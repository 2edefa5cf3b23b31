"""`/maturity`: what to do next, how mature each function is, and the questionnaire about practices."""

from typing import Any

from anyio.to_thread import run_sync
from fastapi import Request, Response

from app.core.texts import marked
from app.insights.criteria import questions
from app.metrics.catalogue import BY_NAME
from app.store import maturity as answers
from app.store import version
from app.web import insights
from app.web.dashboard import Dashboard, Part
from app.web.figures import figure
from app.web.routing import page, pages
from app.web.view import TheView, View

routes = pages()
Plain = dict[str, Any]
_ANSWERS = {"yes": True, "no": False, "unknown": None}


def parts(view: View) -> list[Part]:
    """The levels as a chart; the rest stands in the page's own template."""
    return [
        Part(view.gettext("How mature is each function?"), figures=[figure(view, "maturity", "maturity", wide=True)])
    ]


def more(view: View) -> Plain:
    """The advice, what holds each function back, and the questionnaire."""
    given = insights.answers_of(view)
    language = str(view.language)
    asking = [
        {
            "name": criterion.name,
            "function": getattr(function.title, language),
            "level": level,
            "text": getattr(criterion.question, language),
            "answer": given[criterion.name]["answer"] if criterion.name in given else None,
            "at": given[criterion.name]["answered_at"] if criterion.name in given else None,
        }
        for function, level, criterion in questions()
    ]
    return {
        "advice": _advice(view, insights.recommendations_of(view)),
        "functions": [_function(view, one) for one in insights.maturity_of(view)["functions"]],
        "questions": asking,
        "answered": sum(1 for one in asking if one["answer"] is not None),
    }


def _advice(view: View, found: list[Plain]) -> list[Plain]:
    """Each advice once, the most pressing first: with where it is strongest, and the other teams that it is for."""
    alike: dict[tuple[str, str], list[Plain]] = {}
    for one in found:
        about = " ".join(str(label["id"]) for label in one["about"].values())
        alike.setdefault((one["rule"], about), []).append(one)
    return [_told(view, some) for some in alike.values()]


def _told(view: View, some: list[Plain]) -> Plain:
    language, first = str(view.language), some[0]
    teams = [one for one in some if one["team"] is not None]
    return {
        "priority": first["priority"],
        "title": first["title"][language],
        "reason": first["reason"][language],
        "action": first["action"][language],
        "n": first["evidence"]["n"],
        "facts": _facts(view, first),
        "teams": [(one["team"]["name"], one["reason"][language], _facts(view, one)) for one in teams],
    }


def _facts(view: View, one: Plain) -> str:
    if view.shared:
        return ""
    filters = view.filters if one["team"] is None else view.filters.with_team(one["team"]["id"])
    metric = next((name for name in one["evidence"]["rests_on"] if name in BY_NAME), "")
    return filters.link(f"/metrics/{metric}/facts") if metric else ""


def _function(view: View, one: Plain) -> Plain:
    language = str(view.language)
    return {
        "title": one["title"][language],
        "level": one["level"],
        "next": one["next_level"],
        "held_back_by": [criterion["said"][language] for criterion in one["held_back_by"]],
        "criteria": [
            {"level": criterion["level"], "met": criterion["met"], "said": criterion["said"][language]}
            for criterion in one["criteria"]
        ],
    }


DASHBOARD = Dashboard(
    path="/maturity",
    title=marked("Maturity and recommendations"),
    parts=parts,
    more=more,
    template="maturity.html",
    clocks=False,
    projects=False,
)


@routes.get("/maturity", **page("viewer"))
def maturity(view: TheView) -> Response:
    """Maturity and recommendations over the page's period."""
    return DASHBOARD.shown(view)


@routes.post("/maturity/answers", **page("editor"))
async def answer_questions(request: Request, view: TheView) -> Response:
    """Answer the questionnaire: `yes`, `no`, or `unknown` for what nobody can say."""
    form = await request.form()
    known = {criterion.name for _, _, criterion in questions()}
    given = {name: _ANSWERS[str(form[name])] for name in known if str(form.get(name, "")) in _ANSWERS}
    await run_sync(_put, view, given)
    return view.redirect("/maturity", **view.filters.query())


def _put(view: View, given: dict[str, bool | None]) -> None:
    with view.act() as act:
        for name, answer in given.items():
            if answer is None:
                answers.forget(act.connection, name)
            else:
                answers.put(act.connection, name, answer=answer, by=act.actor, now=act.now)
        if given:
            act.audit("maturity.answer", "maturity", **given)
            version.bump(act.connection, act.now)
