"""The HTTP API: one module a resource."""

from app.api import (
    accounts,
    audit,
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
    tokens.routes,
    audit.routes,
)
