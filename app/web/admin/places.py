"""The admin pages, by what they are about."""

from dataclasses import dataclass

from app.api.principal import Role
from app.core.texts import marked


@dataclass(frozen=True, slots=True)
class Place:
    """One entry beside the admin pages."""

    path: str
    title: str
    group: str
    role: Role = "admin"


_DATA, _PEOPLE, _TOLD, _SERVICE = marked("Data"), marked("People"), marked("Told to others"), marked("Service")

PLACES = (
    Place("/admin/sources", marked("Sources"), _DATA),
    Place("/admin/mapping", marked("Meanings"), _DATA, "editor"),
    Place("/admin/tools", marked("Seats and prices"), _DATA),
    Place("/admin/calendars", marked("Calendars"), _DATA),
    Place("/admin/people", marked("People"), _PEOPLE, "editor"),
    Place("/admin/teams", marked("Teams"), _PEOPLE, "editor"),
    Place("/admin/accounts", marked("Accounts to join"), _PEOPLE, "editor"),
    Place("/admin/alerts", marked("Alerts"), _TOLD),
    Place("/admin/digests", marked("Digests"), _TOLD, "editor"),
    Place("/shares", marked("Share links"), _TOLD, "editor"),
    Place("/launches", marked("Launches and events"), _TOLD, "editor"),
    Place("/admin/users", marked("Users"), _SERVICE),
    Place("/admin/tokens", marked("Tokens"), _SERVICE),
    Place("/admin/settings", marked("Settings"), _SERVICE),
    Place("/admin/audit", marked("Audit"), _SERVICE),
)
"""In the order in which they are shown."""
