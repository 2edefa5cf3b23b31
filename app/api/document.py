"""`/api/v1/openapi.json`: this API's own description."""

from typing import Any

from fastapi import Request

from app.api import openapi
from app.api.routing import needs, router

routes = router("", "description")


@routes.get(openapi.PATH, summary="The OpenAPI document of this API", **needs("viewer", of_team=True))
async def read_document(request: Request) -> dict[str, Any]:
    document: dict[str, Any] = request.app.openapi()
    return document
