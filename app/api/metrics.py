"""`/api/v1/metrics` and `/api/v1/query`: what is measured, the numbers, and what is behind them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import orjson
from fastapi import Depends, Path, Query, Request, Response
from pydantic import BaseModel, Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from app.api import forms, instants, metric_params, tables
from app.api.answers import Answer, AnswerResponse, respond
from app.api.arrow import to_arrow
from app.api.metric_params import MetricParams
from app.api.paging import LIMIT_DEFAULT, LIMIT_MOST, Page, ThePage
from app.api.principal import Principal
from app.api.privacy import told_to
from app.api.reads import ABOUT_READS
from app.api.routing import needs, router
from app.api.schemas import Body
from app.api.service import Service, ThePrincipal, TheService, json_answer
from app.api.team_scope import narrowed_metric
from app.core.errors import InvalidError
from app.metrics import query as metrics
from app.metrics.catalogue import BY_NAME
from app.store import settings as deployment

routes = router("/api/v1", "metrics")
_NAMES: dict[str, Any] = {"enum": list(BY_NAME)}
MetricName = Annotated[
    str, Path(description="A metric's name: GET /api/v1/metrics lists them.", json_schema_extra=_NAMES)
]
FORMS = {
    media_type: {"schema": {"type": "string"}}
    for media_type in ("text/csv", "application/x-ndjson", "application/vnd.apache.arrow.stream")
}
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The answer. `shape=table` gives a bare array, one row a bucket and group.",
        "headers": {"ETag": {"schema": {"type": "string"}}},
        "content": FORMS,
    },
    304: {"description": "The answer is the one that the caller has (`If-None-Match`)."},
}


class MetricEntry(BaseModel):
    """A declared number."""

    name: str
    titles: dict[Literal["en", "fr"], str]
    formula: dict[Literal["en", "fr"], str]
    unit: str
    better: Literal["lower", "higher", "none"]
    measures: list[str]
    dimensions: list[str] = Field(description="What it can be grouped and filtered by.")
    grains: list[str]
    version: int = Field(description="Rises when the formula changes.")


class Series(BaseModel):
    """The numbers of one group."""

    group: dict[str, Any] = Field(description="By dimension `{id, name, external_id}`; `{}` without `group_by`.")
    points: list[dict[str, Any]] | None = Field(
        default=None, description="By bucket: `start`, `end` (its own dates), `complete`, `n` and the measures."
    )
    total: dict[str, Any] | None = Field(default=None, description="From the facts of the window, not the buckets.")
    previous: dict[str, Any] | None = Field(default=None, description="The total of the window compared with.")
    suppressed: bool | None = Field(default=None, description="True where too few people are behind it.")
    reason: str | None = Field(default=None, description="Why there are no values, where there are none.")


class MetricAnswer(BaseModel):
    """A metric over a window."""

    metric: str
    unit: str
    from_: datetime = Field(alias="from")
    to: datetime
    grain: str
    timezone: str
    clock: str
    calendar: str | None
    definition: int
    as_of: datetime = Field(description="The instant of the data version.")
    freshness: list[dict[str, Any]] = Field(description="Up to when each source is complete.")
    day_zone: str | None = Field(
        default=None, description="Whose days usage stands on; null where the sources differ (see `freshness`)."
    )
    excluded: dict[str, int] = Field(description="What was left out, by reason.")
    flagged: dict[str, int] = Field(description="What was kept with a doubt, by reason.")
    previous: dict[str, datetime] | None = Field(default=None, description="The window compared with: `from`, `to`.")
    reason: str | None = Field(default=None, description="Why the answer is empty, where it is.")
    series: list[Series]


def _told_once(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    """What reads one of several types says for each of them why it is none: one sentence, at one place, is enough."""
    try:
        return read(value)
    except ValidationError as error:
        raise ValueError("Send a text, a whole number, or a list of texts.") from error


Text = Annotated[str | int | list[str] | None, WrapValidator(_told_once)]


class QueryIn(Body):
    """One of the questions of a call: the parameters of `GET /metrics/{name}`."""

    metric: str = Field(json_schema_extra=_NAMES)
    from_: Text = Field(default=None, alias="from")
    to: Text = None
    tz: str | None = None
    grain: str | None = None
    group_by: Text = None
    team: Text = None
    project: Text = None
    source: Text = None
    tool: Text = None
    item_type: Text = None
    item_kind: Text = None
    priority: Text = None
    status: Text = None
    channel: Text = None
    event: Text = None
    automated_by: Text = None
    how_read: Text = None
    clock: str | None = None
    compare: str | None = None


class QueriesIn(Body):
    """Several questions."""

    queries: list[QueryIn] = Field(min_length=1, max_length=50)


class QueriesOut(BaseModel):
    """Their answers, in the same order."""

    answers: list[MetricAnswer]


@routes.get("/metrics", summary="The catalogue of metrics", **needs("viewer", of_team=True))
def list_metrics(paging: ThePage) -> Page[MetricEntry]:
    entries = [MetricEntry.model_validate(entry) for entry in metrics.catalogue_entries()]
    return paging.cut("metrics", entries, lambda entry: entry.name)


@routes.get(
    "/metrics/{name}",
    response_model=MetricAnswer,
    summary="A metric over a window, by bucket and group",
    **needs("viewer", answers=ANSWERS, of_team=True),
)
def read_metric(
    name: MetricName,
    request: Request,
    service: TheService,
    principal: ThePrincipal,
    params: Annotated[MetricParams, Depends()],
    *,
    shape: forms.Shape = "",
    form: forms.Name = "",
) -> Response:
    chosen = forms.choose(request.headers.get("accept", ""), shape=shape, form=form)
    service.reads.settle(name)
    with service.facts.snapshot() as snapshot:
        version, settled = snapshot.version, snapshot.settled
        # What is kept for a version is made with the settings of that version.
        settings = deployment.effective(snapshot.connection, service.deployment.environment)
    texts = narrowed_metric(service, principal, name, params.texts)
    asked = metric_params.asked(name, texts, default_zone=settings.zone, now=service.clock.now())
    content = metrics.answer(service.facts, settings, asked.query)
    etag = f'"{metrics.fingerprint_at(version, settings, asked.query)}-{mark(chosen)}"' if settled else ""
    assets = metrics.assets(service.facts, asked.query)
    how = "export" if chosen.form in ("csv", "ndjson", "arrow") else "dashboard"
    service.reads.add(assets, how, request.scope["headers"])
    body = rendered(content, chosen, asked.query.group_by)
    answer = Answer(body, forms.media_type(chosen), version, etag, asked.until, assets, how)
    # An answer about reads is made anew each time: its like goes on being read meanwhile.
    return AnswerResponse(answer) if name == ABOUT_READS else respond(request, service.answers, answer)


class FactsOut(BaseModel):
    """One page of the facts behind a number."""

    items: list[dict[str, Any]] = Field(
        description="`item` (`{id, external_id, key, title, url, source}`), `at`, and what it brings to the number."
    )
    next: str | None
    n: int | None = Field(default=None, description="How many facts there are, on all pages.")
    sum: dict[str, Any] | None = Field(default=None, description="What they amount to, on all pages.")
    suppressed: bool | None = Field(default=None, description="True where too few people are behind the number.")


@routes.get(
    "/metrics/{name}/facts",
    response_model=FactsOut,
    summary="The facts behind one bucket and group of a metric",
    description="Takes the parameters of the metric. Number and sum of the facts are those of the metric's answer.",
    **needs("viewer", of_team=True),
)
def read_facts(
    name: MetricName,
    request: Request,
    service: TheService,
    principal: ThePrincipal,
    params: Annotated[MetricParams, Depends()],
    *,
    bucket: Annotated[str, Query(description="The bucket's `start` (or `time`); empty: the whole window.")] = "",
    group: Annotated[
        str,
        Query(description="The group's ids, with commas, in the order of `group_by`; an empty one: without a value."),
    ] = "",
    limit: Annotated[int, Query(ge=1, le=LIMIT_MOST, description="How many items at most.")] = LIMIT_DEFAULT,
    cursor: Annotated[str, Query(max_length=100, description="The `next` of the page before.")] = "",
) -> Response:
    zone = service.settings.zone
    texts = narrowed_metric(service, principal, name, params.texts)
    asked = metric_params.asked(name, texts, default_zone=zone, now=service.clock.now())
    query = asked.query
    service.reads.settle(name)
    cut_in = ZoneInfo(query.tz)
    begins = instants.at("bucket", bucket, cut_in)
    found = metrics.behind(
        service.facts,
        told_to(principal, service.settings),
        query,
        bucket=None if begins is None else begins.astimezone(cut_in).date(),
        group=_group(query.group_by, group),
        limit=limit,
        cursor=cursor or None,
        to_admin=principal.is_admin,
    )
    response = json_answer(200, orjson.dumps(found))
    response.headers["Cache-Control"] = "private, no-cache"
    if found["next"] is not None:
        url = request.url.include_query_params(cursor=found["next"])
        response.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
    return response


def _group(dimensions: Sequence[str], text: str) -> dict[str, str]:
    if not dimensions and not text:
        return {}
    # A single value may hold a comma: a priority's name, say.
    parts = [text] if len(dimensions) == 1 else text.split(",")
    if len(parts) != len(dimensions):
        raise InvalidError.at(["query", "group"], "Send one id for each dimension of 'group_by', with commas.")
    return dict(zip(dimensions, parts, strict=True))


@routes.post(
    "/query",
    response_model=QueriesOut,
    summary="Several metrics in one call; a read",
    **needs("viewer", 400, 413, 415, of_team=True),
)
def read_metrics(body: QueriesIn, request: Request, service: TheService, principal: ThePrincipal) -> Response:
    answers = [_one(request, service, principal, place, query) for place, query in enumerate(body.queries)]
    return json_answer(200, orjson.dumps({"answers": answers}))


def _one(request: Request, service: Service, principal: Principal, place: int, query: QueryIn) -> dict[str, Any]:
    try:
        texts = narrowed_metric(service, principal, query.metric, texts_of(query))
        asked = metric_params.asked(query.metric, texts, default_zone=service.settings.zone, now=service.clock.now())
        service.reads.settle(query.metric)
        content = metrics.answer(service.facts, service.settings, asked.query)
    except InvalidError as error:
        errors = [{**one, "loc": ["body", "queries", place, *one["loc"][1:]]} for one in error.errors]
        raise InvalidError(error.detail, errors=errors) from error
    service.reads.add(metrics.assets(service.facts, asked.query), "dashboard", request.scope["headers"])
    return content


def texts_of(query: QueryIn) -> dict[str, str]:
    """A question's parameters as a URL would hold them; an empty text for what was not sent."""
    return {name: _text(value) for name, value in query.model_dump(by_alias=True, exclude={"metric"}).items()}


def _text(value: Text) -> str:
    if isinstance(value, list):
        return ",".join(value)
    return "" if value is None else str(value)


def rendered(content: dict[str, Any], chosen: forms.Chosen, group_by: Sequence[str]) -> bytes:
    """An answer in the form that was chosen."""
    if chosen.form == "json":
        return orjson.dumps(content)
    return in_form(metrics.table(content, BY_NAME[content["metric"]], group_by), chosen)


def in_form(table: metrics.Table, chosen: forms.Chosen) -> bytes:
    """A table in a form that is made of rows."""
    if chosen.form == "table":
        return tables.to_json(table.rows)
    if chosen.form == "arrow":
        return to_arrow(table.rows, table.columns)
    if chosen.form == "ndjson":
        return tables.to_ndjson(table.rows)
    return tables.to_csv(table.rows, raw=chosen.raw, columns=table.columns)


def mark(chosen: forms.Chosen) -> str:
    """Two forms of an answer are two answers."""
    return f"{chosen.form}{'-raw' if chosen.raw else ''}"
