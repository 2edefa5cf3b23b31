"""`/admin/alerts`: thresholds on metrics, and how each stood when the clock last looked."""

from functools import partial
from typing import Any
from uuid import UUID

from fastapi import Response
from starlette.datastructures import FormData

from app.core.texts import marked
from app.digest.amounts import main_measure
from app.metrics.catalogue import BY_NAME, CATALOGUE
from app.metrics.words import MEASURES
from app.web.admin.desk import NOTHING, Desk, Entered, TheDesk, decimal, entered_values, text, whole
from app.web.cards import said, unit_of
from app.web.routing import page, pages
from app.web.view import View

routes = pages()

STATES = {
    "firing": ("bad", marked("past its threshold")),
    "ok": ("good", marked("within bounds")),
    "no_data": ("plain", marked("no number now")),
    "suppressed": ("plain", marked("too few people")),
    "unknown": ("plain", marked("not looked at yet")),
    "invalid": ("warn", marked("asks for what is no longer there")),
}
"""How an alert stands: how it is shown, and what is said."""

_OFFERED = ("p50", "p75", "p85", "p95", "mean", "value", "n")
_SCALES = {"seconds": 3_600.0, "ratio": 0.01}
"""People enter hours and percent; the API takes seconds and fractions."""


@routes.get("/admin/alerts", **page("admin"))
async def list_alerts(desk: TheDesk) -> Response:
    """Every alert, with how it stands."""
    teams = _names(await desk.every("/teams"))
    rows = [_row(desk, one, teams) for one in await desk.every("/alerts")]
    return await desk.shown("alerts.html", rows=rows, states=STATES)


@routes.get("/admin/alerts/new", **page("admin"))
async def show_form(desk: TheDesk) -> Response:
    """The form of a new one."""
    return await _form(desk)


@routes.post("/admin/alerts/new", **page("admin"))
async def make_alert(desk: TheDesk) -> Response:
    """Make an alert."""
    form = await desk.form()
    again = partial(_form, desk)
    return await desk.outcome(
        again, "created", "/admin/alerts", "POST", "/alerts", _body(form, {}), entered=_entered(form)
    )


@routes.get("/admin/alerts/{alert_id}", **page("admin"))
async def show_alert(desk: TheDesk, alert_id: UUID) -> Response:
    """One alert."""
    return await _alert(desk, alert_id)


@routes.post("/admin/alerts/{alert_id}", **page("admin"))
async def change_alert(desk: TheDesk, alert_id: UUID) -> Response:
    """Change an alert; what the form does not show of its question stays."""
    form = await desk.form()
    stored = await desk.api("GET", f"/alerts/{alert_id}")
    body = {**_body(form, stored["question"]), "enabled": form.get("enabled") == "on"}
    return await desk.outcome(
        partial(_alert, desk, alert_id), "saved", "/admin/alerts", "PATCH", f"/alerts/{alert_id}", body,
        entered=_entered(form),
    )  # fmt: skip


@routes.post("/admin/alerts/{alert_id}/delete", **page("admin"))
async def delete_alert(desk: TheDesk, alert_id: UUID) -> Response:
    """Remove an alert."""
    return await desk.outcome(
        partial(_alert, desk, alert_id), "deleted", "/admin/alerts", "DELETE", f"/alerts/{alert_id}"
    )


async def _alert(desk: Desk, alert_id: UUID, entered: Entered = NOTHING) -> Response:
    return await _form(desk, entered, alert=await desk.api("GET", f"/alerts/{alert_id}"))


async def _form(desk: Desk, entered: Entered = NOTHING, *, alert: dict[str, Any] | None = None) -> Response:
    language = desk.view.language
    measures = [(name, getattr(MEASURES[name], language)) for name in _OFFERED]
    teams = _names(await desk.every("/teams"))
    stored: dict[str, Any] = {}
    if alert is not None:
        question, measure = alert["question"], alert["measure"]
        stored = {
            **alert,
            "team": ",".join(question["filters"].get("team", [])),
            "apart": "team" in question["group_by"],
            "above": _typed(alert, alert["above"]),
            "below": _typed(alert, alert["below"]),
        }
        if measure not in _OFFERED:
            measures.append((measure, getattr(MEASURES[measure], language)))
        if stored["team"] not in teams:
            # The API takes several at once: they stay where the form leaves them.
            teams |= {stored["team"]: ", ".join(teams.get(one, one) for one in stored["team"].split(",") if one)}
    return await desk.shown(
        "alert.html",
        entered,
        alert=stored,
        metrics=[(one.name, getattr(one.title, language)) for one in CATALOGUE if main_measure(one)],
        measures=measures,
        teams=[(value, name) for value, name in teams.items() if value],
    )


def _body(form: FormData, question: dict[str, Any]) -> dict[str, Any]:
    """What the API takes; `question` is what it knows already of the alert's."""
    metric = text(form, "question.metric")
    declared = BY_NAME.get(metric)
    measure = text(form, "measure") or (main_measure(declared) if declared else None) or "value"
    team = text(form, "question.team")
    filters = {name: values for name, values in question.get("filters", {}).items() if name != "team"}
    others = [name for name in question.get("group_by", []) if name != "team"]
    return {
        "name": text(form, "name"),
        "measure": measure,
        "above": _asked(metric, measure, text(form, "above")),
        "below": _asked(metric, measure, text(form, "below")),
        "question": {
            "metric": metric,
            "days": whole(text(form, "question.days")) or 28,
            "clock": text(form, "question.clock") or "elapsed",
            "group_by": [*(["team"] if form.get("apart") == "on" else []), *others],
            "filters": {**filters, **({"team": team.split(",")} if team else {})},
        },
    }


def _entered(form: FormData) -> dict[str, Any]:
    return {**entered_values(form), "apart": form.get("apart") == "on", "enabled": form.get("enabled") == "on"}


def _scale(metric: str, measure: str) -> float:
    declared = BY_NAME.get(metric)
    return _SCALES.get(unit_of(declared, measure), 1.0) if declared else 1.0


def _asked(metric: str, measure: str, typed: str) -> Any:
    value = decimal(typed)
    return round(value * _scale(metric, measure), 9) if isinstance(value, float) else value


def _typed(alert: dict[str, Any], value: float | None) -> str:
    if value is None:
        return ""
    return f"{value / _scale(alert['question']['metric'], alert['measure']):.6g}"


def _row(desk: Desk, alert: dict[str, Any], teams: dict[str, str]) -> dict[str, Any]:
    """An alert in words."""
    view, question = desk.view, alert["question"]
    declared = BY_NAME.get(question["metric"])
    unit = "number" if declared is None else unit_of(declared, alert["measure"])
    say = partial(said, view.language, unit, days=question["clock"] == "elapsed")
    named = [teams.get(one, one) for one in question["filters"].get("team", [])]
    groups = [
        (", ".join(_group(view, label) for label in one["group"].values()), one["state"], say(one["value"]))
        for one in alert["groups"]
        if one["value"] is not None
    ]
    return {
        "id": alert["id"],
        "name": alert["name"],
        "title": question["metric"] if declared is None else getattr(declared.title, view.language),
        "measure": getattr(MEASURES[alert["measure"]], view.language) if alert["measure"] != "value" else "",
        "above": None if alert["above"] is None else say(alert["above"]),
        "below": None if alert["below"] is None else say(alert["below"]),
        "days": question["days"],
        "teams": named,
        "enabled": alert["enabled"],
        "state": alert["state"],
        "since": alert["state_since"],
        "groups": sorted(groups, key=lambda group: (group[1] != "firing", group[0])),
    }


def _group(view: View, label: dict[str, Any]) -> str:
    return view.gettext("not set") if label["id"] is None else str(label["name"] or label["id"])


def _names(teams: list[dict[str, Any]]) -> dict[str, str]:
    return {one["id"]: one["name"] for one in teams}
