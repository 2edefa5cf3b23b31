"""How each kind of Jira credentials proves itself."""

import base64
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import msgspec
from pydantic import SecretStr

from connectors.jira.config import ApiToken, OAuthGrant, PersonalAccessToken
from connectors.kit.errors import AuthError, ConnectorError
from connectors.kit.http import Auth, FixedAuth, HttpClient

_EARLY = timedelta(seconds=60)
"""An access token is renewed before it expires: a request may be under way for a while."""


class _Tokens(msgspec.Struct):
    access_token: str
    refresh_token: str | None = None
    expires_in: int = 3600


def fixed(credentials: ApiToken | PersonalAccessToken) -> Auth:
    """Basic for an API token, Bearer for a personal access token."""
    secret = credentials.token.get_secret_value()
    if isinstance(credentials, PersonalAccessToken):
        return FixedAuth({"Authorization": f"Bearer {secret}"})
    basic = base64.b64encode(f"{credentials.email}:{secret}".encode()).decode()
    return FixedAuth({"Authorization": f"Basic {basic}"})


class RotatingAuth:
    """OAuth 2.0 with rotating refresh tokens.

    A refresh token can be used once and the answer holds its successor: that one is saved before anything
    else happens, for losing it means asking the admin for a new consent.
    """

    def __init__(
        self,
        grant: OAuthGrant,
        http: HttpClient,
        *,
        save: Callable[[OAuthGrant], None],
        now: Callable[[], datetime],
    ) -> None:
        self._grant = grant
        self._http = http
        self._save = save
        self._now = now
        self._lock = threading.Lock()
        self._headers: dict[str, str] | None = None
        self._expires_at: datetime | None = None

    def headers(self) -> Mapping[str, str]:
        """The access token, renewed where it is about to expire. Raises AuthError if the grant is over."""
        with self._lock:
            if self._headers is None or self._expires_at is None or self._now() >= self._expires_at:
                self._renew()
            return dict(self._headers or {})

    def renew(self, refused: Mapping[str, str]) -> bool:
        """A new access token, unless another thread has fetched one since `refused` was sent."""
        with self._lock:
            if self._headers == refused:
                self._renew()
            return True

    def _renew(self) -> None:
        body = {
            "grant_type": "refresh_token",
            "client_id": self._grant.client_id,
            "client_secret": self._grant.client_secret.get_secret_value(),
            "refresh_token": self._grant.refresh_token.get_secret_value(),
        }
        try:
            tokens = self._http.post_once("/oauth/token", body, type=_Tokens)
        except ConnectorError as error:
            if error.status in (400, 401, 403):
                raise AuthError(
                    "Atlassian no longer accepts the refresh token of this source.",
                    "Connect the source to Atlassian again; a refresh token lapses when it is unused for 90 days.",
                ) from error
            raise
        if tokens.refresh_token is not None:
            changed = self._grant.model_copy(update={"refresh_token": SecretStr(tokens.refresh_token)})
            self._save(changed)
            self._grant = changed
        self._headers = {"Authorization": f"Bearer {tokens.access_token}"}
        self._expires_at = self._now() + timedelta(seconds=tokens.expires_in) - _EARLY

    def __repr__(self) -> str:
        return "RotatingAuth(********)"
