"""`/api/v1/audit`: who did what."""

from typing import Annotated

from fastapi import Query
from pydantic import AwareDatetime

from app.api.paging import Page, ThePage
from app.api.routing import needs, router
from app.api.schemas import AuditEntry
from app.store import audit

routes = router("/api/v1/audit", "audit")


@routes.get("", summary="Administrative acts, newest first", **needs("admin"))
def list_acts(
    paging: ThePage,
    *,
    actor: Annotated[str | None, Query(description="Only acts of this actor.")] = None,
    action: Annotated[str | None, Query(description="Only acts of this kind, such as `source.create`.")] = None,
    target: Annotated[str | None, Query(description="Only acts on this target, such as `source:<id>`.")] = None,
    since: Annotated[AwareDatetime | None, Query(alias="from", description="Acts at or after this instant.")] = None,
    until: Annotated[AwareDatetime | None, Query(alias="to", description="Acts before this instant.")] = None,
) -> Page[AuditEntry]:
    return paging.read(
        "audit",
        audit.page,
        lambda row: AuditEntry(**row),
        actor=actor,
        action=action,
        target=target,
        since=since,
        until=until,
    )
