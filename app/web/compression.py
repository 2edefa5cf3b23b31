"""Pages and what they load, compressed. The API answers as it always did: its clients ask for bytes as they are kept.

A session's cookie is SameSite=Lax: no other site can have this browser ask again and again for a page that holds the
form's token, which is what guessing it from compressed sizes would need.
"""

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.access import is_guarded

_SMALLEST = 800
_LEVEL = 5
_COMPRESSED_ALREADY = (".png",)


class Compressed:
    """ASGI middleware: gzip for whoever takes it, on the paths of people."""

    def __init__(self, app: ASGIApp) -> None:
        self._plain = app
        self._compressing = GZipMiddleware(app, minimum_size=_SMALLEST, compresslevel=_LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request."""
        path = scope.get("path", "")
        plain = scope["type"] != "http" or is_guarded(path) or path.startswith("/static/")
        app = self._plain if plain or path.endswith(_COMPRESSED_ALREADY) else self._compressing
        await app(scope, receive, send)
