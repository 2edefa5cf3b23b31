"""The `jira` library, made to speak through the kit's HTTP client.

It knows the small calls well. Left alone it would open its own connections to wherever a name resolves,
follow redirects, and sleep by itself; so its requests go through an adapter, and every rule of the kit holds.
"""

import io
from typing import Any

import msgspec
import requests
from jira import JIRA
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from connectors.kit.errors import ConnectorError
from connectors.kit.http import HttpClient

_SHAPE: Any = dict[str, msgspec.Raw] | list[dict[str, msgspec.Raw]]
"""The library trusts that objects are objects."""


class _KitAdapter(BaseAdapter):
    """Answers a GET of the library with what the kit's client reads; its ConnectorErrors pass through."""

    def __init__(self, http: HttpClient, base_url: str) -> None:
        super().__init__()
        self._http = http
        self._base_url = base_url

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Time-outs, certificates and retries, which the library passes here, are those of the kit's client."""
        url = request.url or ""
        if request.method != "GET" or not url.startswith(self._base_url):
            raise ConnectorError("The jira library asked for something that it is not used for.")
        body = msgspec.json.encode(self._http.get_json(url.removeprefix(self._base_url), type=_SHAPE))
        response = requests.Response()
        response.status_code = 200
        response.headers = CaseInsensitiveDict({"Content-Type": "application/json"})
        response.encoding = "utf-8"
        response.raw = io.BytesIO(body)
        response.url = url
        response.request = request
        return response

    def close(self) -> None:
        """The kit's client is closed by whoever opened it."""


def library(http: HttpClient, base_url: str, version: str) -> JIRA:
    """The library's client for the REST API `version` of a site. Sends nothing before it is used."""
    options: dict[str, Any] = {"server": base_url, "rest_api_version": version, "check_update": False}
    client = JIRA(options=options, get_server_info=False, max_retries=0)
    session = client._session  # the library offers no other way to mount an adapter
    session.trust_env = False
    session.adapters.clear()
    session.mount(base_url, _KitAdapter(http, base_url))
    return client
