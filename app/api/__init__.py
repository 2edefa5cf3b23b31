"""The HTTP API: one module a resource."""

from app.api import (
    accounts,
    annotations,
    audit,
    calendars,
    connectors,
    document,
    health,
    ingest,
    mappings,
    metrics,
    sources,
    syncs,
    telemetry,
    tokens,
    tools,
    work_items,
)

ROUTERS = (
    health.routes,
    telemetry.routes,
    document.routes,
    connectors.routes,
    sources.routes,
    syncs.routes,
    ingest.routes,
    mappings.routes,
    metrics.routes,
    work_items.routes,
    accounts.routes,
    annotations.routes,
    calendars.routes,
    tools.routes,
    tokens.routes,
    audit.routes,
)
