"""Whether an answer may name people."""

from app.api.principal import Principal
from app.core.settings import Settings


def told_to(principal: Principal | None, settings: Settings) -> Settings:
    """The settings by which numbers are told to somebody: those of single persons are for admins alone.

    The person whom they are about may see them too, once a session says who that is: here is where to let them.
    """
    if principal is not None and principal.is_admin:
        return settings
    return settings.model_copy(update={"person_metrics": False})


def may_name_people(principal: Principal, settings: Settings) -> bool:
    """Only to an admin, or where the deployment has switched numbers about persons on."""
    return principal.is_admin or settings.person_metrics
