"""Who may ask: tokens, and the OAuth endpoint that hands them out."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qs

import msgspec

from connectors.kit.sandbox import Refused, Request, Response, json_response

CLOUD_ID = "5a3d0b1e-0000-4000-8000-c10d00000001"
_LIFETIME = timedelta(hours=1)
_UNAUTHORISED = Response(
    401,
    b'{"message":"Client must be authenticated to access this resource.","status-code":401}',
    headers=(("x-seraph-loginreason", "AUTHENTICATED_FAILED"), ("WWW-Authenticate", 'OAuth realm="Jira"')),
)


@dataclass(frozen=True, slots=True)
class Keys:
    """What the sandbox accepts. Replace it while it runs to revoke or rotate a token."""

    email: str = "sync@example.test"
    token: str = field(default="fake-api-token", repr=False)
    """API token of Cloud, or personal access token of Data Center."""
    scoped_token: str = field(default="fake-scoped-token", repr=False)
    """Good behind the gateway, and only there."""
    client_id: str = "fake-client"
    client_secret: str = field(default="fake-client-secret", repr=False)
    refresh_token: str = field(default="fake-refresh-token-0", repr=False)
    """The first one; each use replaces it."""
    admin: bool = True
    """Whether the account administers the site: seats and `statuses/search` need it."""


class Gate:
    """Checks requests against the keys. Raises Refused with Jira's answer."""

    def __init__(self, keys: Keys, clock: Callable[[], datetime]) -> None:
        self.keys = keys
        self._clock = clock
        self._refresh_token = keys.refresh_token
        self._issued = 0
        self._access: dict[str, datetime] = {}

    def admit(self, request: Request, *, gateway: bool, anonymous: bool) -> None:
        """Lets a request pass. A classic token is refused at the gateway, a scoped one at the site."""
        scheme, _, proof = request.headers.get("authorization", "").partition(" ")
        if not scheme and anonymous:
            return
        keys = self.keys
        if scheme.lower() == "basic":
            good = (f"{keys.email}:{keys.scoped_token if gateway else keys.token}",)
            if _decoded(proof) in good:
                return
        elif scheme.lower() == "bearer":
            if gateway:
                expires = self._access.get(proof)
                if proof == keys.scoped_token or (expires is not None and self._clock() < expires):
                    return
            elif proof == keys.token:
                return
        raise Refused(_UNAUTHORISED)

    def exchange(self, request: Request) -> Response:
        """`POST /oauth/token`: a new access token, and a new refresh token in place of the one shown."""
        try:
            form = msgspec.json.decode(request.body, type=dict[str, str])
        except msgspec.DecodeError:
            form = {name: values[0] for name, values in parse_qs(request.body.decode("latin-1")).items()}
        keys = self.keys
        if (form.get("client_id"), form.get("client_secret")) != (keys.client_id, keys.client_secret):
            return json_response({"error": "access_denied", "error_description": "Unauthorized"}, 401)
        if form.get("grant_type") != "refresh_token" or form.get("refresh_token") != self._refresh_token:
            text = "Unknown or invalid refresh token."
            return json_response({"error": "invalid_grant", "error_description": text}, 403)
        self._issued += 1
        self._refresh_token = f"{keys.refresh_token}-{self._issued}"
        access = f"fake-access-token-{self._issued}"
        self._access[access] = self._clock() + _LIFETIME
        return json_response(
            {
                "access_token": access,
                "refresh_token": self._refresh_token,
                "expires_in": int(_LIFETIME.total_seconds()),
                "scope": "read:jira-work read:jira-user offline_access",
                "token_type": "Bearer",
            }
        )

    def revoke_access_tokens(self) -> None:
        """Ends all access tokens before their time; the refresh token stays good."""
        self._access.clear()

    def require_admin(self) -> None:
        """Refuses with 403 what only an administrator of the site may see."""
        if not self.keys.admin:
            raise Refused(json_response({"errorMessages": ["The user does not have permission."], "errors": {}}, 403))


def _decoded(proof: str) -> str:
    try:
        return base64.b64decode(proof, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
