"""How each kind of Jira credentials proves itself."""

import base64
from collections.abc import Callable
from datetime import datetime
from functools import partial

from connectors.jira.config import ApiToken, OAuthGrant, PersonalAccessToken
from connectors.kit.http import Auth, FixedAuth, HttpClient
from connectors.kit.oauth import GrantAuth, Tokens


def fixed(credentials: ApiToken | PersonalAccessToken) -> Auth:
    """Basic for an API token, Bearer for a personal access token."""
    secret = credentials.token.get_secret_value()
    if isinstance(credentials, PersonalAccessToken):
        return FixedAuth({"Authorization": f"Bearer {secret}"})
    basic = base64.b64encode(f"{credentials.email}:{secret}".encode()).decode()
    return FixedAuth({"Authorization": f"Basic {basic}"})


def granted(
    grant: OAuthGrant, http: HttpClient, *, save: Callable[[OAuthGrant], None], now: Callable[[], datetime]
) -> Auth:
    """OAuth 2.0 (3LO). A refresh token can be used once, and the answer holds its successor: it is sent once."""
    return GrantAuth(
        grant,
        partial(http.post_once, "/oauth/token", type=Tokens),
        save=save,
        now=now,
        over=(
            "Atlassian no longer accepts the refresh token of this source.",
            "Connect the source to Atlassian again; a refresh token lapses when it is unused for 90 days.",
        ),
    )
