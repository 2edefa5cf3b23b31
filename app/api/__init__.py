"""The HTTP API: one module a resource."""

from app.api import accounts, audit, connectors, document, health, sources, syncs, tokens, work_items

ROUTERS = (
    health.routes,
    document.routes,
    connectors.routes,
    sources.routes,
    syncs.routes,
    work_items.routes,
    accounts.routes,
    tokens.routes,
    audit.routes,
)
