"""`/api/v1/audit`: who did what."""

from typing import Annotated

from fastapi import Query

from app.api import instants
from app.api.paging import Page, ThePage
from app.api.routing import needs, router
from app.api.schemas import AuditEntry
from app.api.service import TheService
from app.store import audit

routes = router("/api/v1/audit", "audit")


@routes.get("", summary="Administrative acts, newest first", **needs("admin"))
def list_acts(
    paging: ThePage,
    service: TheService,
    *,
    actor: Annotated[str | None, Query(description="Only acts of this actor.")] = None,
    action: Annotated[str | None, Query(description="Only acts of this kind, such as `source.create`.")] = None,
    target: Annotated[str | None, Query(description="Only acts on this target, such as `source:<id>`.")] = None,
    since: Annotated[str, Query(alias="from", description="Acts at or after this instant, or this local day.")] = "",
    until: Annotated[str, Query(alias="to", description="Acts before this instant, or this local day.")] = "",
) -> Page[AuditEntry]:
    zone = service.settings.zone
    return paging.read(
        "audit",
        audit.page,
        lambda row: AuditEntry(**row),
        actor=actor,
        action=action,
        target=target,
        since=instants.at("from", since, zone),
        until=instants.at("to", until, zone),
    )
