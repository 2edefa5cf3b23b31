"""`/api/v1/settings`: how the deployment is set, and what of it an admin may change while it runs."""

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, Field

from app.api import instants
from app.api.routing import needs, router
from app.api.schemas import Body
from app.api.service import TheAct, TheService
from app.core.errors import InvalidError
from app.core.settings import CHANGEABLE, Kept, Settings
from app.store import settings, version

routes = router("/api/v1/settings", "settings")
Days = Annotated[int, Field(ge=1, le=36_500)]

FIXED = {
    "person_metrics": "Whether numbers about single people are shown is for whoever answers for the service to "
    "decide: set PRODOPS_PERSON_METRICS and start it again.",
    "queue": "Other processes depend on it: set PRODOPS_QUEUE and start it again.",
    "allowed_private_hosts": "It opens the inner network to sources: set PRODOPS_ALLOWED_PRIVATE_HOSTS and start it "
    "again.",
    "log_level": "Each process has its own: set PRODOPS_LOG_LEVEL and start it again.",
}


class SettingsChange(Body):
    """What to change; what is not named stays, and null returns to the environment's."""

    timezone: str | None = Field(default=None, max_length=100, description="Where days, weeks and schedules are cut.")
    locale: Literal["fr", "en"] | None = None
    min_group: int | None = Field(
        default=None, ge=1, le=1_000, description="People that a shown number rests on at least; never below the "
        "environment's.",
    )  # fmt: skip
    shares: bool | None = Field(default=None, description="Whether links without a token are answered.")
    retention: dict[Kept, Days | None] | None = Field(
        default=None, description="Days to keep, by kind of data; null: for ever; a kind that is not named stays."
    )
    person_metrics: Any = Field(default=None, description="Cannot be changed here.")
    queue: Any = Field(default=None, description="Cannot be changed here.")
    allowed_private_hosts: Any = Field(default=None, description="Cannot be changed here.")
    log_level: Any = Field(default=None, description="Cannot be changed here.")


class SettingsOut(BaseModel):
    """The settings that hold."""

    timezone: str
    locale: str
    min_group: int
    person_metrics: bool
    shares: bool
    retention: dict[Kept, int | None] = Field(description="Days to keep, by kind of data; null: for ever.")
    queue: str
    allowed_private_hosts: list[str]
    log_level: str
    changed: list[str] = Field(description="Those that stand above the environment's.")
    fixed: dict[str, str] = Field(description="Those that only the environment sets, and why.")


@routes.get("", summary="The settings that hold", **needs("admin"))
def read_settings(service: TheService) -> SettingsOut:
    with service.database.read() as connection:
        return _shown(settings.changed(connection), service.deployment.environment)


@routes.patch("", summary="Change settings; numbers follow at once", **needs("admin", 400, 413, 415))
def change_settings(body: SettingsChange, service: TheService, acting: TheAct) -> SettingsOut:
    environment, given = service.deployment.environment, body.model_fields_set
    for name in sorted(given & FIXED.keys()):
        raise InvalidError.at(["body", name], FIXED[name])
    if body.timezone is not None:
        instants.zone_of(body.timezone or "none", environment.zone, loc=("body", "timezone"))
    if body.min_group is not None:
        _check_group(body.min_group, environment.min_group)
    with acting.begin() as act:
        before = settings.changed(act.connection)
        for name in sorted(given):
            value = getattr(body, name)
            if value is None:
                settings.forget(act.connection, name)
                continue
            if name == "retention":
                kept = before.get("retention", environment.retention) | value
                value = {kind: days for kind, days in kept.items() if days is not None}
            settings.put(act.connection, name, value, act.now)
        after = settings.changed(act.connection)
        if after != before:
            act.audit("settings.change", "settings", **{name: after.get(name) for name in sorted(given)})
            version.bump(act.connection, act.now)
    return _shown(after, environment)


def _check_group(smallest: int, floor: int) -> None:
    if smallest < floor:
        raise InvalidError.at(
            ["body", "min_group"],
            f"The environment says {floor}, and that can only be raised here: set PRODOPS_MIN_GROUP to lower it.",
        )
    if smallest == 2:
        raise InvalidError.at(["body", "min_group"], "The smallest group is 3; 1 switches suppression off.")


def _shown(changed: dict[str, Any], environment: Settings) -> SettingsOut:
    present = environment.changed(changed)
    every: dict[Kept, int | None] = dict.fromkeys(get_args(Kept))
    return SettingsOut(
        **{name: getattr(present, name) for name in (*CHANGEABLE, *FIXED) if name != "retention"},
        retention=every | present.retention,
        changed=sorted(changed),
        fixed=FIXED,
    )
