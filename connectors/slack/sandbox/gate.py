"""Who may ask, for what, and how often."""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from connectors.kit.sandbox import Refused, Request, Response, json_response
from connectors.slack.limits import LIMITED_A_MINUTE, MESSAGES, TIERS

Limits = Literal["off", "tiers", "2025"]
"""No limits; those of an internal app; messages once a minute, 15 at a time."""

_MINUTE = timedelta(minutes=1)

BOT_SCOPES = frozenset(
    {"channels:read", "groups:read", "channels:history", "groups:history", "users:read", "users:read.email"}
    | {"team:read", "chat:write", "files:write", "commands"}
)
USER_SCOPES = frozenset({"admin", "admin.analytics:read"})


@dataclass(frozen=True, slots=True)
class Keys:
    """What the sandbox accepts. Replace it while it runs to revoke a token or a scope."""

    token: str = field(default="fake-bot-token", repr=False)
    user_token: str = field(default="fake-user-token", repr=False)
    signing_secret: str = field(default="fake-signing-secret", repr=False)
    scopes: frozenset[str] = BOT_SCOPES
    user_scopes: frozenset[str] = USER_SCOPES


def no(error: str, **more: Any) -> Refused:
    """Slack's way to refuse: a good answer that says `ok: false`."""
    return Refused(json_response({"ok": False, "error": error, **more}))


class Gate:
    """Checks requests against the keys and the limits. Raises Refused with Slack's answer."""

    def __init__(self, keys: Keys, clock: Callable[[], datetime], limits: Limits) -> None:
        self.keys = keys
        self.limits = limits
        self._clock = clock
        self._let_in: dict[str, deque[datetime]] = {}

    def admit(self, request: Request) -> frozenset[str]:
        """The scopes of the token that the request shows."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise no("not_authed")
        if token == self.keys.token:
            return self.keys.scopes
        if token == self.keys.user_token:
            return self.keys.user_scopes
        raise no("invalid_auth")

    def count(self, method: str) -> None:
        """Lets a request through, or refuses it with 429 until the minute of the earlier ones is over."""
        allowed = None if self.limits == "off" else TIERS.get(method)
        if self.limits == "2025" and method in MESSAGES:
            allowed = LIMITED_A_MINUTE
        if allowed is None:
            return
        now = self._clock()
        recent = self._let_in.setdefault(method, deque())
        while recent and recent[0] <= now - _MINUTE:
            recent.popleft()
        if len(recent) >= allowed:
            pause = max(1, math.ceil((recent[0] + _MINUTE - now).total_seconds()))
            body = b'{"ok":false,"error":"ratelimited"}'
            raise Refused(Response(429, body, headers=(("Retry-After", str(pause)),)))
        recent.append(now)


def require(scope: str, held: frozenset[str]) -> None:
    """Refuses a token that lacks a scope, naming it."""
    if scope not in held:
        raise no("missing_scope", needed=scope, provided=",".join(sorted(held)))
