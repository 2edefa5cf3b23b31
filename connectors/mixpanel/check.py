"""Whether a source would work, found out with three requests at most: Mixpanel counts them by the hour."""

from collections.abc import Iterator
from datetime import timedelta

from connectors.kit.checks import failed
from connectors.kit.connector import Check
from connectors.kit.errors import AuthError, ConnectorError
from connectors.mixpanel.api import Project
from connectors.mixpanel.config import ProjectSecret


def findings(project: Project, credentials: object) -> Iterator[Check]:
    """What the project answers, most basic first; stops where a later finding would mean nothing."""
    try:
        project.probe(project.today - timedelta(days=1))
    except AuthError as error:
        yield _refused(error, credentials)
        return
    except ConnectorError as error:
        yield failed("export", error)
        return
    yield Check("export", "ok", "Mixpanel accepts the credentials, and events can be exported.")
    yield _profiles(project)
    if project.config.events:
        yield _events(project)


def _refused(error: AuthError, credentials: object) -> Check:
    remedy = "Enter a new secret: a service account may have expired, or its secret may belong to another region."
    if isinstance(credentials, ProjectSecret):
        remedy = "Enter the project's secret again, or make a service account."
    elif error.status == 403:
        remedy = "Make the service account a member of the project, and check the project id."
    return Check("credentials", "error", "Mixpanel does not accept the credentials for this project.", remedy)


def _profiles(project: Project) -> Check:
    try:
        next(project.profiles())
    except AuthError:
        return Check(
            "profiles",
            "warning",
            "The credentials may not read profiles: accounts are left out, so usage joins no person by e-mail.",
            "Let the service account query the project; classified data must not be hidden from it.",
        )
    except ConnectorError as error:
        return failed("profiles", error)
    return Check("profiles", "ok", "Profiles can be read.")


def _events(project: Project) -> Check:
    try:
        known = set(project.event_names())
    except ConnectorError as error:
        return Check("events", "warning", f"The names of the events cannot be compared: {error.message}", error.remedy)
    unknown = [name for name in project.config.events if name not in known]
    if unknown:
        return Check(
            "events",
            "warning",
            f"Not among the common events of the last 31 days: {', '.join(unknown)}.",
            "Check the spelling; names are case-sensitive.",
        )
    return Check("events", "ok", "All chosen events were seen in the last 31 days.")
