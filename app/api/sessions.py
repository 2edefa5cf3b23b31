"""Who signed in: the session of a browser, found by its cookie.

The cookie is `__Host-`: of this host alone, never sent without encryption (browsers count localhost as encrypted),
never shown to a script. What changes something must also bring the session's token, which a page of ours holds and
another site's page cannot read.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode

from anyio.to_thread import run_sync
from starlette.requests import cookie_parser
from starlette.types import Scope

from app.api.principal import Principal
from app.core.clock import Clock
from app.core.db import Database
from app.core.errors import ForbiddenError
from app.store import user_sessions

COOKIE = "__Host-prodops"
CSRF_HEADER = b"x-csrf-token"
_SAFE = ("GET", "HEAD", "OPTIONS")


class Sessions:
    """Finds the principal of a session."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def principal(self, secret: str) -> Principal | None:
        """Who began the session; `None` where it has ended."""
        return await run_sync(self._found, secret)

    def _found(self, secret: str) -> Principal | None:
        now = self._clock.now()
        with self._database.read() as connection:
            row = user_sessions.find(connection, secret, now)
        if row is None:
            return None
        if now - row["seen_at"] >= user_sessions.SEEN_EVERY:
            with self._database.write(repeatable=True) as connection:
                user_sessions.seen(connection, secret, now)
        return Principal(f"user:{row['id']}", row["name"], row["role"], user_id=row["id"], locale=row["locale"])


def secret_of(scope: Scope) -> str | None:
    """The session's secret that a request brings."""
    for name, value in scope["headers"]:
        if name == b"cookie":
            secret = cookie_parser(value.decode("latin-1")).get(COOKIE)
            if secret:
                return secret
    return None


def csrf_token(secret: str) -> str:
    """What a page of this session sends along with a change; it does not tell the secret."""
    return urlsafe_b64encode(hashlib.sha256(b"csrf " + secret.encode()).digest()).decode().rstrip("=")


def check_change(scope: Scope, secret: str, token: str | None = None) -> None:
    """Refuse a change that no page of ours asked for: `token` is that of the form, else that of the header counts.

    Raises ForbiddenError.
    """
    if scope["method"] in _SAFE:
        return
    check_origin(scope)
    if token is None:
        token = next((value.decode("latin-1") for name, value in scope["headers"] if name == CSRF_HEADER), "")
    if not hmac.compare_digest(token.encode(), csrf_token(secret).encode()):
        raise ForbiddenError("A change in a session needs the page's token as X-CSRF-Token: load the page again.")


def check_origin(scope: Scope) -> None:
    """Refuse what a browser sends from a page of another site. Raises ForbiddenError."""
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    site, origin = headers.get(b"sec-fetch-site"), headers.get(b"origin")
    if site is not None:
        foreign = site not in ("same-origin", "none")
    else:
        foreign = origin is not None and origin.partition("://")[2] != headers.get(b"host")
    if foreign:
        raise ForbiddenError("The request came from a page of another site.")
