"""OAuth 2.0 with a refresh token: an access token is fetched when it is needed, and before it expires."""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, Self, TypeVar

import msgspec
from pydantic import SecretStr

from connectors.kit.errors import AuthError, ConnectorError

_EARLY = timedelta(seconds=60)
"""An access token is renewed before it expires: a request may be under way for a while."""


class Grant(Protocol):
    """What a vendor's credentials for OAuth hold."""

    @property
    def client_id(self) -> str:
        """The app's name at the vendor."""
        ...

    @property
    def client_secret(self) -> SecretStr:
        """The app's secret."""
        ...

    @property
    def refresh_token(self) -> SecretStr:
        """What an access token is asked for with."""
        ...

    def model_copy(self, *, update: Mapping[str, Any] | None = None) -> Self:
        """The same grant with other values."""
        ...


class Tokens(msgspec.Struct):
    """What a vendor answers to a refresh token. `expires_in` is in seconds."""

    access_token: str
    refresh_token: str | None = None
    expires_in: int = 3600


Held = TypeVar("Held", bound=Grant)


class GrantAuth(Generic[Held]):
    """Proves itself by a grant, which `request` sends to the vendor as the fields of RFC 6749, section 6.

    Where the vendor answers with another refresh token, that one is saved before anything else happens: the old one
    may be used up, and to lose its successor means to ask the admin for a new consent. `over` is what to say when the
    vendor does not accept the refresh token any more: what is wrong, and what to do.
    """

    def __init__(
        self,
        grant: Held,
        request: Callable[[Mapping[str, str]], Tokens],
        *,
        save: Callable[[Held], None],
        now: Callable[[], datetime],
        over: tuple[str, str],
    ) -> None:
        self._grant = grant
        self._request = request
        self._save = save
        self._now = now
        self._over = over
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
        shown = self._grant.refresh_token.get_secret_value()
        fields = {
            "grant_type": "refresh_token",
            "client_id": self._grant.client_id,
            "client_secret": self._grant.client_secret.get_secret_value(),
            "refresh_token": shown,
        }
        try:
            tokens = self._request(fields)
        except ConnectorError as error:
            if error.status in (400, 401, 403):
                raise AuthError(*self._over) from error
            raise
        if tokens.refresh_token not in (None, shown):
            changed = self._grant.model_copy(update={"refresh_token": SecretStr(str(tokens.refresh_token))})
            self._save(changed)
            self._grant = changed
        self._headers = {"Authorization": f"Bearer {tokens.access_token}"}
        self._expires_at = self._now() + timedelta(seconds=tokens.expires_in) - _EARLY

    def __repr__(self) -> str:
        return "GrantAuth(********)"
