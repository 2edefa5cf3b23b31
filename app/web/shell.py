"""What stands around every answer: the headers that keep a browser safe, and refusals as pages for people."""

from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.access import is_guarded
from app.api.problems import MEDIA_TYPE
from app.web.preferences import THEMES, preferences_of
from app.web.templates import rendered


def content_policy(embedding: Sequence[str] = ()) -> str:
    """The policy of a page that may stand in frames of these origins, and of no others."""
    framing = " ".join(embedding) or "'none'"
    return (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        f"object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors {framing}"
    )


_HEADERS = {
    "Content-Security-Policy": content_policy(),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
_ENCRYPTED = "max-age=31536000"


class Shell:
    """ASGI middleware around everything. A header that an answer has already stays as it is."""

    def __init__(self, app: ASGIApp, *, locale: str) -> None:
        self._app = app
        self._locale = locale

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request, and dress its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        as_page = not is_guarded(scope["path"]) and "text/html" in Headers(scope=scope).get("accept", "")
        refusal: Message | None = None

        async def dressed(message: Message) -> None:
            nonlocal refusal
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                _dress(headers, encrypted=scope["scheme"] == "https")
                if as_page and headers.get("content-type", "").startswith(MEDIA_TYPE):
                    refusal = message
                    return
            elif refusal is not None:
                # The problem's own body is English, and for programs.
                if not message.get("more_body", False):
                    start, refusal = refusal, None
                    await _send_page(scope, start, send, self._locale)
                return
            await send(message)

        await self._app(scope, receive, dressed)


def _dress(headers: MutableHeaders, *, encrypted: bool) -> None:
    # A policy of its own says who may frame the page; the older header would forbid it to all.
    framed = "Content-Security-Policy" in headers
    for name, value in _HEADERS.items():
        if name != "X-Frame-Options" or not framed:
            headers.setdefault(name, value)
    if encrypted:
        headers.setdefault("Strict-Transport-Security", _ENCRYPTED)


async def _send_page(scope: Scope, start: Message, send: Send, locale: str) -> None:
    principal = scope.get("principal")
    account = None if principal is None else principal.locale
    chosen = preferences_of(HTTPConnection(scope), account=account, default=locale)
    values = {"status": start["status"], "theme": chosen.theme, "themes": THEMES}
    body = rendered(chosen.language, "error.html", values).encode()
    headers = MutableHeaders(raw=start["headers"])
    headers["content-type"] = "text/html; charset=utf-8"
    headers["content-length"] = str(len(body))
    await send(start)
    await send({"type": "http.response.body", "body": body})
