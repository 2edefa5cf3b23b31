"""Who may ask: tokens, and the OAuth endpoint that hands them out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qs

from connectors.kit.sandbox import Refused, Request, Response, json_response

_LIFETIME = timedelta(hours=1)


def refuse(status: int, message: str) -> Refused:
    """Asana's way to say no."""
    help_ = 'For more information on API status codes, read the "Errors" page.'
    return Refused(json_response({"errors": [{"message": message, "help": help_}]}, status))


@dataclass(frozen=True, slots=True)
class Keys:
    """What the sandbox accepts. Replace it while it runs to revoke a token."""

    token: str = field(default="fake-personal-access-token", repr=False)
    service_token: str = field(default="fake-service-account-token", repr=False)
    client_id: str = "fake-client"
    client_secret: str = field(default="fake-client-secret", repr=False)
    refresh_token: str = field(default="fake-refresh-token", repr=False)
    audit_log: bool = True
    """Whether the plan has an audit log, which only the service account may read."""
    events: bool = True
    """Whether the tokens may read events."""
    seats: bool = True
    """Whether the tokens may list the workspace's memberships."""


class Gate:
    """Checks requests against the keys. Raises Refused with Asana's answer."""

    def __init__(self, keys: Keys, clock: Callable[[], datetime]) -> None:
        self.keys = keys
        self._clock = clock
        self._issued = 0
        self._access: dict[str, datetime] = {}

    def admit(self, request: Request) -> None:
        """Lets a request with a good token pass."""
        scheme, _, proof = request.headers.get("authorization", "").partition(" ")
        expires = self._access.get(proof)
        good = proof in (self.keys.token, self.keys.service_token) or (expires is not None and self._clock() < expires)
        if scheme.lower() != "bearer" or not good:
            raise refuse(401, "Not Authorized")

    def require_audit_log(self, request: Request) -> None:
        """Refuses whoever is not the service account of a plan with an audit log."""
        service = request.headers.get("authorization", "").endswith(f" {self.keys.service_token}")
        if not (service and self.keys.audit_log):
            raise refuse(403, "The audit log is available to service accounts of Enterprise+ organizations only.")

    def exchange(self, request: Request) -> Response:
        """`POST /-/oauth_token`: a new access token; the refresh token stays as it is."""
        form = {name: values[0] for name, values in parse_qs(request.body.decode("latin-1")).items()}
        keys = self.keys
        wanted = (keys.client_id, keys.client_secret, keys.refresh_token, "refresh_token")
        shown = tuple(form.get(name) for name in ("client_id", "client_secret", "refresh_token", "grant_type"))
        if shown != wanted:
            return json_response({"error": "invalid_grant", "error_description": "The grant is not valid."}, 400)
        self._issued += 1
        access = f"fake-access-token-{self._issued}"
        self._access[access] = self._clock() + _LIFETIME
        lifetime = int(_LIFETIME.total_seconds())
        return json_response({"access_token": access, "token_type": "bearer", "expires_in": lifetime})

    def revoke_access_tokens(self) -> None:
        """Ends all access tokens before their time; the refresh token stays good."""
        self._access.clear()
