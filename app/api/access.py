"""Who asks: the token, or the session of a browser, is checked before anything else of a request is read.

`Authentication` is the outer door (401), the only authorisation rule is `Principal.may` (403), and
`app/api/routing.py` asks it before a route does anything.
"""

import hashlib
import hmac
from collections import OrderedDict

from anyio.to_thread import run_sync
from pydantic import SecretStr
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api import sessions
from app.api.principal import Principal
from app.api.sessions import Sessions
from app.core.clock import Clock
from app.core.db import Database
from app.core.errors import UnauthenticatedError
from app.store import tokens
from app.store.stamp import StampReader
from app.store.version import DataVersion

_REMEMBERED = 10_000
_GUARDED = "/api/v1"
_MONITORING = "/metrics"
_ADMIN = Principal("admin-token", "PRODOPS_ADMIN_TOKEN", "admin")


class Authenticator:
    """Finds the principal of a token; remembers it until any token changes."""

    def __init__(self, database: Database, clock: Clock, admin_token: SecretStr | None) -> None:
        self._database = database
        self._clock = clock
        self._sessions = Sessions(database, clock)
        self._admin = None if admin_token is None else tokens.digest(admin_token.get_secret_value())
        self._remembered: OrderedDict[bytes, tuple[int, Principal]] = OrderedDict()

    async def of(self, scope: Scope, stamp: DataVersion) -> Principal:
        """Who sends a request: by its token, or in a session where it has none.

        Raises UnauthenticatedError, and ForbiddenError for a change that no page of the session asked for.
        """
        secret = None if _has_token(scope) else sessions.secret_of(scope)
        if secret is None:
            return await self.principal(token_of(scope), stamp)
        principal = await self._sessions.principal(secret)
        if principal is None:
            raise UnauthenticatedError("The session has ended: sign in again.")
        sessions.check_change(scope, secret)
        return principal

    async def principal(self, token: bytes, stamp: DataVersion) -> Principal:
        """Who holds the token. Raises UnauthenticatedError for one that is unknown, revoked or expired."""
        digest = hashlib.sha256(token).digest()
        if self._admin is not None and hmac.compare_digest(digest, self._admin):
            return _ADMIN
        access, principal = self._remembered.get(digest, (-1, None))
        if principal is None or access != stamp.access:
            principal = await run_sync(self._found, digest)
            self._remember(digest, stamp.access, principal)
        if principal.expires_at is not None and principal.expires_at <= self._clock.now():
            raise UnauthenticatedError("The token has expired: ask an admin for a new one.")
        return principal

    def _found(self, digest: bytes) -> Principal:
        with self._database.read() as connection:
            row = tokens.find(connection, digest)
        if row is None:
            raise UnauthenticatedError
        return Principal(
            f"token:{row['id']}",
            row["name"],
            row["role"],
            row["source_id"],
            row["expires_at"],
            team_id=row["team_id"],
        )

    def _remember(self, digest: bytes, access: int, principal: Principal) -> None:
        self._remembered[digest] = (access, principal)
        if len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)


class Authentication:
    """ASGI middleware: no request passes to `/api/v1` or `/metrics` without a valid token or session.

    Leaves the `principal` and the `stamp` in the request's scope.
    """

    def __init__(self, app: ASGIApp, *, authenticator: Authenticator, stamps: StampReader) -> None:
        self._app = app
        self._authenticator = authenticator
        self._stamps = stamps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check the token, then go on."""
        if scope["type"] == "http" and is_guarded(scope["path"].removeprefix(scope.get("root_path", ""))):
            if sessions.secret_of(scope) is None:
                # Who brings nothing is refused although the database may be out of reach.
                token_of(scope)
            stamp = await self._stamps.read()
            scope["stamp"] = stamp
            scope["principal"] = await self._authenticator.of(scope, stamp)
        await self._app(scope, receive, send)


def is_guarded(path: str) -> bool:
    """Whether a path needs a token, routes that do not exist included."""
    return path in (_GUARDED, _MONITORING) or path.startswith(f"{_GUARDED}/")


def _has_token(scope: Scope) -> bool:
    return any(name == b"authorization" for name, _ in scope["headers"])


def token_of(scope: Scope) -> bytes:
    """The bearer token of a request. Raises UnauthenticatedError where there is not exactly one."""
    values = [value for name, value in scope["headers"] if name == b"authorization"]
    if len(values) != 1:
        raise UnauthenticatedError
    scheme, _, token = values[0].partition(b" ")
    token = token.strip()
    if scheme.lower() != b"bearer" or not token:
        raise UnauthenticatedError
    return bytes(token)
