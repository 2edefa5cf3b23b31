"""`/api/v1/alerts`: thresholds on metrics. The clock looks every five minutes, and the alert says what it saw."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Path, Response
from pydantic import BaseModel, Field

from app.api.paging import Page, ThePage
from app.api.routing import needs, router
from app.api.schemas import Body, Name
from app.api.service import Act, Service, TheAct, TheCreation, TheService
from app.core.errors import ConflictError, InvalidError, NotFoundError
from app.metrics import query as metrics
from app.metrics.threshold import last_days
from app.store import alerts

routes = router("/api/v1/alerts", "alerts")
AlertId = Annotated[UUID, Path(description="An alert's id.")]
Threshold = Annotated[float, Field(allow_inf_nan=False)]


class AlertQuestion(Body):
    """A metric over the last days, as one number for each group."""

    metric: str
    days: int = Field(default=28, ge=1, le=366, description="How many local days back, today included.")
    group_by: list[str] = Field(default_factory=list, max_length=3)
    filters: dict[str, list[str]] = Field(default_factory=dict, description="By dimension; an empty list means all.")
    clock: str = "elapsed"


class AlertIn(Body):
    """An alert to make. It fires where the measure is above the one threshold or below the other."""

    name: Name
    question: AlertQuestion
    measure: str = Field(default="value", description="One of the metric's measures: `value`, `p85`, `n`.")
    above: Threshold | None = None
    below: Threshold | None = None
    enabled: bool = True


class AlertChange(Body):
    """What to change of an alert; what is not named stays."""

    name: Name | None = None
    question: AlertQuestion | None = None
    measure: str | None = None
    above: Threshold | None = None
    below: Threshold | None = None
    enabled: bool | None = None


class Alert(BaseModel):
    """A threshold on a metric, and how it stood when the clock last looked."""

    id: UUID
    name: str
    question: AlertQuestion
    measure: str
    above: float | None
    below: float | None
    enabled: bool
    state: Literal["unknown", "ok", "firing", "suppressed", "no_data", "invalid"]
    state_since: datetime | None
    checked_at: datetime | None
    groups: list[dict[str, Any]] = Field(description="`{group, state, value}` of each group at `checked_at`.")
    created_at: datetime
    updated_at: datetime


@routes.get("", summary="Alerts, by name", **needs("admin"))
def list_alerts(paging: ThePage) -> Page[Alert]:
    return paging.read("alerts", alerts.page, lambda row: Alert(**row))


@routes.post("", status_code=201, response_model=Alert, summary="Make an alert", **needs("admin", 400, 409, 413, 415))
def create_alert(body: AlertIn, service: TheService, creating: TheCreation) -> Response:
    values = body.model_dump()
    _check(service, values)
    with creating.begin() as creation:
        if creation.earlier is not None:
            return creation.earlier
        _refuse_taken(creation, body.name, None)
        alert_id = alerts.create(creation.connection, values, creation.now)
        creation.audit("alert.create", f"alert:{alert_id}", name=body.name)
        return creation.answer(201, _read(creation, alert_id))


@routes.get("/{alert_id}", summary="One alert", **needs("admin", 404))
def read_alert(alert_id: AlertId, service: TheService) -> Alert:
    with service.database.read() as connection:
        row = alerts.get(connection, alert_id)
    if row is None:
        raise _unknown()
    return Alert(**row)


@routes.patch("/{alert_id}", summary="Change an alert; it is looked at anew", **needs("admin", 400, 404, 409, 413, 415))
def change_alert(alert_id: AlertId, body: AlertChange, service: TheService, acting: TheAct) -> Alert:
    given = {name: value for name, value in body.model_dump().items() if name in body.model_fields_set}
    for name in sorted(given.keys() - {"above", "below"}):
        if given[name] is None:
            raise InvalidError.at(["body", name], "This cannot be null.")
    with service.database.read() as connection:
        before = alerts.get(connection, alert_id)
    if before is None:
        raise _unknown()
    _check(service, {**before, **given})
    with acting.begin() as act:
        if body.name is not None:
            _refuse_taken(act, body.name, alert_id)
        alerts.change(act.connection, alert_id, given, act.now)
        act.audit("alert.change", f"alert:{alert_id}", fields=sorted(given))
        return _read(act, alert_id)


@routes.delete("/{alert_id}", status_code=204, summary="Remove an alert", **needs("admin", 404))
def remove_alert(alert_id: AlertId, acting: TheAct) -> None:
    with acting.begin() as act:
        if not alerts.remove(act.connection, alert_id):
            raise _unknown()
        act.audit("alert.remove", f"alert:{alert_id}")


def _check(service: Service, values: dict[str, Any]) -> None:
    """Refuse an alert that could never say anything. Raises InvalidError at its place."""
    if values["above"] is None and values["below"] is None:
        raise InvalidError.at(["body", "above"], "Send a threshold: 'above', 'below' or both.")
    try:
        query = last_days(values["question"], service.clock.now(), service.settings.zone)
        metrics.fingerprint(service.facts, service.settings, query)
    except InvalidError as error:
        errors = [{**one, "loc": ["body", "question", *one["loc"][1:]]} for one in error.errors]
        raise InvalidError(error.detail, errors=errors) from error
    measures = next(one["measures"] for one in metrics.catalogue_entries() if one["name"] == query.metric)
    if values["measure"] not in measures:
        raise InvalidError.at(
            ["body", "measure"], f"'{query.metric}' has no such measure. Choose from: {', '.join(measures)}."
        )


def _read(act: Act, alert_id: UUID) -> Alert:
    row = alerts.get(act.connection, alert_id)
    if row is None:
        raise _unknown()
    return Alert(**row)


def _refuse_taken(act: Act, name: str, but: UUID | None) -> None:
    if alerts.is_name_taken(act.connection, name, but):
        raise ConflictError(f"There is an alert with the name '{name}': choose another name.")


def _unknown() -> NotFoundError:
    return NotFoundError("There is no alert with this id.")
