"""Whether an answer may name people."""

from app.api.principal import Principal
from app.core.settings import Settings


def may_name_people(principal: Principal, settings: Settings) -> bool:
    """Only to an admin, or where the deployment has switched numbers about persons on."""
    return principal.is_admin or settings.person_metrics
