"""How each kind of Asana credentials proves itself."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from connectors.asana.config import OAuthGrant, PersonalAccessToken, ServiceAccount
from connectors.kit.http import Auth, FixedAuth, HttpClient
from connectors.kit.oauth import GrantAuth, Tokens


def fixed(credentials: PersonalAccessToken | ServiceAccount) -> Auth:
    """Bearer, for both kinds of tokens that do not expire."""
    return FixedAuth({"Authorization": f"Bearer {credentials.token.get_secret_value()}"})


def granted(
    grant: OAuthGrant, http: HttpClient, *, save: Callable[[OAuthGrant], None], now: Callable[[], datetime]
) -> Auth:
    """OAuth 2.0. Asana keeps the refresh token, so that asking twice does no harm."""
    return GrantAuth(
        grant,
        partial(http.post_form, "/-/oauth_token", type=Tokens),
        save=save,
        now=now,
        over=("Asana no longer accepts the refresh token of this source.", "Connect the source to Asana again."),
    )
