"""`/api/v1/connectors`: what can be connected, and what each kind needs to be told."""

from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, Field, TypeAdapter

from app.api.paging import Page, ThePage
from app.api.routing import needs, router
from app.api.service import TheService
from app.core.errors import NotFoundError
from connectors.kit.connector import Connector

routes = router("/api/v1/connectors", "connectors")


class StreamOut(BaseModel):
    """One kind of thing that a connector reads."""

    name: str
    emits: str = Field(description="The record type that it gives.")
    optional: bool = Field(description="Whether the vendor may refuse it to a credential without harm.")


class ConnectorOut(BaseModel):
    """The code for a vendor."""

    kind: str
    title: str
    tool: str = Field(description="The name that its sources are reported under.")
    docs_url: str
    streams: list[StreamOut]
    config: dict[str, Any] = Field(description="JSON Schema of a source's `config`.")
    credentials: dict[str, Any] = Field(description="JSON Schema of a source's `credentials`; secrets are `writeOnly`.")


@routes.get("", summary="The connectors installed", **needs("viewer"))
def list_connectors(paging: ThePage, service: TheService) -> Page[ConnectorOut]:
    shown = [_shown(connector) for connector in service.registry.connectors.values()]
    return paging.cut("connectors", shown, lambda connector: connector.kind)


@routes.get("/{kind}", summary="One connector", **needs("viewer", 404))
def read_connector(kind: Annotated[str, Path(description="A connector's kind.")], service: TheService) -> ConnectorOut:
    connector = service.registry.connectors.get(kind)
    if connector is None:
        raise NotFoundError("There is no connector of this kind: GET /api/v1/connectors lists them.")
    return _shown(connector)


def _shown(connector: Connector) -> ConnectorOut:
    return ConnectorOut(
        kind=connector.kind,
        title=connector.title,
        tool=connector.tool,
        docs_url=connector.docs_url,
        streams=[
            StreamOut(name=stream.name, emits=stream.emits.record_type, optional=stream.optional)
            for stream in connector.streams
        ],
        config=connector.Config.model_json_schema(),
        credentials=TypeAdapter(connector.Credentials).json_schema(),
    )
