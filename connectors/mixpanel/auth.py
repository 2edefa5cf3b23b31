"""How each kind of Mixpanel credentials proves itself: HTTP Basic."""

import base64

from connectors.kit.http import Auth, FixedAuth
from connectors.mixpanel.config import ProjectSecret, ServiceAccount


def basic(credentials: ServiceAccount | ProjectSecret) -> Auth:
    """User name and secret of a service account; a project's secret is a user name without a password."""
    secret = credentials.secret.get_secret_value()
    pair = f"{credentials.username}:{secret}" if isinstance(credentials, ServiceAccount) else f"{secret}:"
    return FixedAuth({"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"})
