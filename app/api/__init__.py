"""The HTTP API: one module a resource."""

from app.api import audit, document, health, tokens

ROUTERS = (health.routes, document.routes, tokens.routes, audit.routes)
