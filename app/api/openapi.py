"""The OpenAPI document: generated from the routes, with what FastAPI cannot know of them."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.api.schemas import Problem

PATH = "/api/v1/openapi.json"
_DESCRIPTION = (
    "Reads a company's delivery and product tools and answers how long work takes. "
    "Instants are RFC 3339 in UTC, durations seconds, rates fractions from 0 to 1. "
    "`x-role` names the smallest role that a route takes."
)


def document(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """Gives the document of the application, made once."""

    def made() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _make(app)
        return app.openapi_schema

    return made


def _make(app: FastAPI) -> dict[str, Any]:
    schema = get_openapi(title=app.title, version=app.version, description=_DESCRIPTION, routes=app.routes)
    components = schema.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs", {}))
    schemas["Problem"] = problem
    # Ours are problems; FastAPI's own shape of a 422 is never sent.
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    return schema
