"""The admin pages: one module for what belongs together, its templates in `templates/admin`."""

from app.web.admin import (
    accounts,
    alerts,
    calendars,
    digests,
    mapping,
    new_source,
    people,
    settings,
    sources,
    teams,
    tokens,
    tools,
    users,
)

ROUTERS = (
    new_source.routes, sources.routes, mapping.routes, people.routes, teams.routes, accounts.routes,
    calendars.routes, alerts.routes, digests.routes, users.routes, tokens.routes, tools.routes, settings.routes,
)  # fmt: skip
"""What stands at a fixed path comes before what stands at an id."""
