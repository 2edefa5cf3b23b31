"""How each kind of Asana credentials proves itself."""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import msgspec
from pydantic import SecretStr

from connectors.asana.config import OAuthGrant, PersonalAccessToken, ServiceAccount
from connectors.kit.errors import AuthError, ConnectorError
from connectors.kit.http import Auth, FixedAuth, HttpClient

_EARLY = timedelta(seconds=60)
"""An access token is renewed before it expires: a request may be under way for a while."""


class _Tokens(msgspec.Struct):
    access_token: str
    refresh_token: str | None = None
    expires_in: int = 3600


def fixed(credentials: PersonalAccessToken | ServiceAccount) -> Auth:
    """Bearer, for both kinds of tokens that do not expire."""
    return FixedAuth({"Authorization": f"Bearer {credentials.token.get_secret_value()}"})


class GrantAuth:
    """OAuth 2.0. Asana keeps the refresh token, so that asking twice does no harm; another one is saved if it comes."""

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
        form = {
            "grant_type": "refresh_token",
            "client_id": self._grant.client_id,
            "client_secret": self._grant.client_secret.get_secret_value(),
            "refresh_token": self._grant.refresh_token.get_secret_value(),
        }
        try:
            tokens = self._http.post_form("/-/oauth_token", form, type=_Tokens)
        except ConnectorError as error:
            if error.status in (400, 401, 403):
                raise AuthError(
                    "Asana no longer accepts the refresh token of this source.", "Connect the source to Asana again."
                ) from error
            raise
        if tokens.refresh_token not in (None, form["refresh_token"]):
            changed = self._grant.model_copy(update={"refresh_token": SecretStr(tokens.refresh_token)})
            self._save(changed)
            self._grant = changed
        self._headers = {"Authorization": f"Bearer {tokens.access_token}"}
        self._expires_at = self._now() + timedelta(seconds=tokens.expires_in) - _EARLY

    def __repr__(self) -> str:
        return "GrantAuth(********)"
