"""`/api/v1/metrics/{impact,forecast,recommendations,maturity}`: what the metrics mean together, and on what."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlencode

import orjson
from fastapi import Depends, Query, Request, Response

from app.api import forms
from app.api.answers import Answer, respond
from app.api.insight_params import ForecastParams, WindowParams, impact_of
from app.api.insight_schemas import (
    ForecastAnswer,
    ImpactAnswer,
    InsightFacts,
    MaturityAnswer,
    RecommendationsAnswer,
)
from app.api.metric_params import MetricParams
from app.api.metrics import ANSWERS, in_form, mark
from app.api.principal import Principal
from app.api.reads import Asset
from app.api.routing import needs, router
from app.api.service import Service, ThePrincipal, TheService, json_answer
from app.api.team_scope import narrowed_metric, narrowed_teams
from app.core.settings import Settings
from app.insights import rows
from app.insights.forecast import ForecastQuery, days_behind, forecast
from app.insights.impact import impact
from app.insights.maturity import Answered, maturity
from app.insights.numbers import Numbers, Window
from app.insights.recommendations import recommendations
from app.metrics import insights as declared
from app.metrics import query as metrics
from app.metrics.declaration import Declared
from app.store import maturity as answers
from app.store import settings as deployment

routes = router("/api/v1/metrics", "insights")
Of = Annotated[str, Query(description="The metric: `GET /api/v1/metrics` lists them.")]
Measure = Annotated[str, Query(description="One of the metric's measures; empty: `p50` of a duration, else `value`.")]
Plain = dict[str, Any]


@routes.get(
    "/impact",
    response_model=ImpactAnswer,
    summary="A metric in two windows, and whether they differ by more than chance",
    **needs("viewer", answers=ANSWERS, of_team=True),
)
def read_impact(
    request: Request,
    service: TheService,
    principal: ThePrincipal,
    params: Annotated[MetricParams, Depends()],
    of: Of,
    *,
    measure: Measure = "",
    shape: forms.Shape = "",
    form: forms.Name = "",
) -> Response:
    reading = _Reading.of(service, request, shape, form)
    texts = narrowed_metric(service, principal, of, params.texts)
    asked = impact_of(of, texts, reading.settings.zone, service.clock.now())
    content = impact(service.facts, reading.settings, asked.query, measure)
    teams = [team for _, team in metrics.assets(service.facts, asked.query)]
    parts = [metrics.fingerprint_at(reading.version, reading.settings, asked.query), measure]
    as_table = partial(rows.of_impact, group_by=asked.query.group_by)
    return reading.answer(declared.IMPACT, content, as_table, parts=parts, until=asked.until, teams=teams)


@routes.get(
    "/impact/facts",
    response_model=InsightFacts,
    summary="The two numbers of each group, and where the facts behind each are",
    **needs("viewer", of_team=True),
)
def read_impact_facts(
    service: TheService,
    principal: ThePrincipal,
    params: Annotated[MetricParams, Depends()],
    of: Of,
    *,
    measure: Measure = "",
) -> Response:
    texts = narrowed_metric(service, principal, of, params.texts)
    asked = impact_of(of, texts, service.settings.zone, service.clock.now())
    content = impact(service.facts, service.settings, asked.query, measure)
    query = asked.query
    items = [
        {
            "window": side,
            **content[side],
            "group": series["group"],
            **series[side],
            "facts": _facts_of(
                query.metric,
                {**content[side], "tz": query.tz, "clock": query.clock, **_joined(query.filters)},
                series["group"],
            ),
        }
        for series in content["series"]
        if not series.get("suppressed")
        for side in ("before", "after")
    ]
    return _listed(items)


@routes.get(
    "/forecast",
    response_model=ForecastAnswer,
    summary="When so many items will be done, or how many by a day",
    **needs("viewer", answers=ANSWERS, of_team=True),
)
def read_forecast(
    request: Request,
    service: TheService,
    principal: ThePrincipal,
    params: Annotated[ForecastParams, Depends()],
    *,
    shape: forms.Shape = "",
    form: forms.Name = "",
) -> Response:
    reading = _Reading.of(service, request, shape, form)
    query = _of_team(service, principal, params.query(reading.settings.zone))
    content = forecast(service.facts, reading.settings, query)
    filters = sorted((name, sorted(texts)) for name, texts in query.filters.items())
    return reading.answer(
        declared.FORECAST,
        content,
        rows.of_forecast,
        parts=[query.tz, query.items, query.until, filters],
        until=None,
        teams=[""],
    )


@routes.get(
    "/forecast/facts",
    response_model=InsightFacts,
    summary="The days that a forecast is drawn from",
    **needs("viewer", of_team=True),
)
def read_forecast_facts(
    service: TheService, principal: ThePrincipal, params: Annotated[ForecastParams, Depends()]
) -> Response:
    query = _of_team(service, principal, params.query(service.settings.zone))
    found = days_behind(service.facts, service.settings, query)
    return _sent(found)


@routes.get(
    "/recommendations",
    response_model=RecommendationsAnswer,
    summary="What to do next, and why",
    description="A token that is bound to a team gets what rests on numbers of its team.",
    **needs("viewer", answers=ANSWERS, of_team=True),
)
def read_recommendations(
    request: Request,
    service: TheService,
    principal: ThePrincipal,
    params: Annotated[WindowParams, Depends()],
    *,
    shape: forms.Shape = "",
    form: forms.Name = "",
) -> Response:
    reading = _Reading.of(service, request, shape, form)
    teams = narrowed_teams(service, principal, params.teams)
    return reading.of_window(
        declared.RECOMMENDATIONS,
        params,
        teams,
        recommendations,
        rows.of_recommendations,
        by_team_only=principal.team_id is not None,
    )


@routes.get(
    "/recommendations/facts",
    response_model=InsightFacts,
    summary="The number behind each recommendation, and where its facts are",
    **needs("viewer", of_team=True),
)
def read_recommendation_facts(
    service: TheService, principal: ThePrincipal, params: Annotated[WindowParams, Depends()]
) -> Response:
    window = params.window(service.settings.zone, service.clock.now()).window
    asked = narrowed_teams(service, principal, params.teams)
    metrics.teams_named(service.facts, asked)
    bound = principal.team_id is not None
    content = recommendations(_numbers(service, service.settings, window, asked, by_team_only=bound))
    items = []
    for one in content["recommendations"]:
        by = {} if one["team"] is None else {"team": one["team"]}
        items.append(
            {
                "rule": one["rule"],
                "team": one["team"],
                "about": one["about"],
                **one["evidence"],
                "facts": [
                    _facts_of(name, _window_texts(content, name, asked), by)
                    for name in one["evidence"]["rests_on"]
                    if name != declared.IMPACT.name
                ],
            }
        )
    return _listed(items)


@routes.get(
    "/maturity",
    response_model=MaturityAnswer,
    summary="How mature each function of product operations is, and what holds back the next level",
    description="Levels rest on what holds for everybody: a token that is bound to a team is refused.",
    **needs("viewer", answers=ANSWERS),
)
def read_maturity(
    request: Request,
    service: TheService,
    params: Annotated[WindowParams, Depends()],
    *,
    shape: forms.Shape = "",
    form: forms.Name = "",
) -> Response:
    reading = _Reading.of(service, request, shape, form)
    answered = _answers(service)
    return reading.of_window(
        declared.MATURITY, params, params.teams, lambda numbers: maturity(numbers, answered), rows.of_maturity
    )


@routes.get(
    "/maturity/facts",
    response_model=InsightFacts,
    summary="Each criterion, and where the facts behind its number are",
    **needs("viewer"),
)
def read_maturity_facts(service: TheService, params: Annotated[WindowParams, Depends()]) -> Response:
    window = params.window(service.settings.zone, service.clock.now()).window
    metrics.teams_named(service.facts, params.teams)
    content = maturity(_numbers(service, service.settings, window, params.teams), _answers(service))
    items = []
    for function in content["functions"]:
        for one in function["criteria"]:
            facts = None
            if one["kind"] == "measured" and one["unknown"] != "suppressed":
                facts = _facts_of(one["metric"], _window_texts(content, one["metric"], params.teams), {})
            items.append({"function": function["function"], **one, "facts": facts})
    return _listed(items)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One request for an insight: the version of the data that it sees, its settings and its form."""

    request: Request
    service: Service
    version: int
    settled: bool
    settings: Settings
    chosen: forms.Chosen

    @classmethod
    def of(cls, service: Service, request: Request, shape: str, form: str) -> "_Reading":
        chosen = forms.choose(request.headers.get("accept", ""), shape=shape, form=form)
        with service.facts.snapshot() as snapshot:
            # What is kept for a version is made with the settings of that version.
            settings = deployment.effective(snapshot.connection, service.deployment.environment)
            return cls(request, service, snapshot.version, snapshot.settled, settings, chosen)

    def of_window(
        self,
        insight: Declared,
        params: WindowParams,
        teams: tuple[str, ...],
        made: Callable[[Numbers], Plain],
        as_table: Callable[[Plain], metrics.Table],
        *,
        by_team_only: bool = False,
    ) -> Response:
        """The answer of an insight that rests on the numbers of a window, of some teams or (none) of everybody."""
        asking = params.window(self.settings.zone, self.service.clock.now())
        window = asking.window
        named = metrics.teams_named(self.service.facts, teams)
        return self.answer(
            insight,
            made(_numbers(self.service, self.settings, window, teams, by_team_only=by_team_only)),
            as_table,
            parts=[window.start, window.end, window.tz, window.now, sorted(teams), by_team_only],
            until=asking.until,
            teams=[team["id"] or "" for team in named] or [""],
        )

    def answer(
        self,
        insight: Declared,
        content: Plain,
        as_table: Callable[[Plain], metrics.Table],
        *,
        parts: Sequence[Any],
        until: datetime | None,
        teams: Sequence[str],
    ) -> Response:
        """The answer to `parts`, until it ages; `teams` are those that it is about ('': everybody)."""
        body = orjson.dumps(content) if self.chosen.form == "json" else in_form(as_table(content), self.chosen)
        etag = f'"{self._fingerprint(insight, parts)}-{mark(self.chosen)}"' if self.settled else ""
        assets: list[Asset] = [(insight.name, team) for team in teams]
        how = "export" if self.chosen.form in ("csv", "ndjson", "arrow") else "dashboard"
        self.service.reads.add(assets, how, self.request.scope["headers"])
        answer = Answer(body, forms.media_type(self.chosen), self.version, etag, until, assets, how)
        return respond(self.request, self.service.answers, answer)

    def _fingerprint(self, insight: Declared, parts: Sequence[Any]) -> str:
        """An insight rests on many metrics: a new formula of any may change it."""
        versions = [(entry["name"], entry["version"]) for entry in metrics.catalogue_entries()]
        settings = self.settings
        kept = [settings.timezone, settings.min_group, settings.person_metrics]
        hashed = orjson.dumps([insight.name, self.version, versions, kept, parts])
        return hashlib.blake2b(hashed, digest_size=16).hexdigest()


def _numbers(
    service: Service, settings: Settings, window: Window, teams: tuple[str, ...], *, by_team_only: bool = False
) -> Numbers:
    return Numbers(service.facts, settings, window, teams, by_team_only)


def _of_team(service: Service, principal: Principal, query: ForecastQuery) -> ForecastQuery:
    teams = narrowed_teams(service, principal, query.filters.get("team", ()))
    return replace(query, filters={**query.filters, "team": teams}) if teams else query


def _answers(service: Service) -> dict[str, Answered]:
    with service.database.read() as connection:
        return {
            row["question"]: Answered(row["answer"], row["answered_by"], row["answered_at"])
            for row in answers.answers(connection)
        }


def _window_texts(content: Plain, metric: str, teams: tuple[str, ...]) -> dict[str, str]:
    texts = {"from": content["from"], "to": content["to"], "tz": content["timezone"]}
    if teams and "team" in metrics.metric_named(metric).dimensions:
        texts["team"] = ",".join(teams)
    return texts


def _joined(filters: Any) -> dict[str, str]:
    return {name: ",".join(texts) for name, texts in filters.items()}


def _facts_of(metric: str, texts: dict[str, str], group: dict[str, Plain]) -> str:
    """The path of the facts behind a number."""
    query = {**texts, "grain": "total"}
    if group:
        query["group_by"] = ",".join(group)
        query["group"] = ",".join(label["id"] or "" for label in group.values())
    return f"/api/v1/metrics/{metric}/facts?{urlencode(query)}"


def _listed(items: list[Plain]) -> Response:
    return _sent({"items": items, "next": None, "n": len(items), "sum": None})


def _sent(content: Plain) -> Response:
    response = json_answer(200, orjson.dumps(content))
    response.headers["Cache-Control"] = "private, no-cache"
    return response
