"""Whether a source would work, found out with a handful of requests, each finding in one sentence."""

from collections.abc import Iterator

import httpx

from connectors.jira import raw
from connectors.jira.api import Site, was_refused
from connectors.jira.jql import issues_of
from connectors.kit.checks import failed
from connectors.kit.connector import Check
from connectors.kit.errors import AuthError, ConfigError, ConnectorError

_GATEWAY = "https://api.atlassian.com/ex/jira/<cloud id>"


def findings(site: Site) -> list[Check]:
    """What the site answers, most basic first; stops where a later finding would mean nothing."""
    return list(_findings(site))


def _findings(site: Site) -> Iterator[Check]:
    try:
        yield _reachable(site)
    except AuthError as error:
        # Whoever refuses us is there, though it does not tell what it is.
        yield Check("reachable", "ok", "The site answers.")
        yield _credentials_refused(site, error)
        return
    except ConnectorError as error:
        yield failed("reachable", error)
        return
    for step in (_deployment, _credentials, _projects, _restriction):
        finding = step(site)
        yield finding
        if finding.status == "error":
            return
    yield _histories(site)
    yield _seats(site)


def _reachable(site: Site) -> Check:
    info = site.info
    if info.base_url is None and info.deployment_type is None and not info.version_numbers:
        raise ConfigError(
            "The address answers, but not as a Jira site does.",
            "Enter the address that people open Jira at, its context path included.",
        )
    return Check("reachable", "ok", "The site answers.")


def _deployment(site: Site) -> Check:
    read_as = "Cloud" if site.cloud else "Data Center"
    if site.says_cloud != site.cloud:
        return Check(
            "deployment",
            "error",
            f"The source is set to {read_as}, and the site says that it is not.",
            "Set the deployment to auto.",
        )
    return Check("deployment", "ok", f"The site is read as Jira {read_as}.")


def _credentials(site: Site) -> Check:
    try:
        site.myself()
    except AuthError as error:
        return _credentials_refused(site, error)
    except ConnectorError as error:
        return failed("credentials", error)
    return Check("credentials", "ok", "The site accepts the credentials.")


def _credentials_refused(site: Site, error: AuthError) -> Check:
    if error.status not in (401, 403):
        return failed("credentials", error)
    remedy = "Enter a new token: it may have expired or been revoked; rotate it."
    if httpx.URL(site.config.base_url).host.endswith(".atlassian.net"):
        remedy += f" A scoped token, a service account or OAuth needs the address {_GATEWAY}."
    return Check("credentials", "error", "The site does not accept the credentials.", remedy)


def _projects(site: Site) -> Check:
    try:
        unknown, chosen = site.unknown_keys, site.chosen
    except ConnectorError as error:
        return failed("projects", error)
    if unknown:
        named = ", ".join(unknown)
        return Check(
            "projects",
            "error",
            f"These project keys do not exist, or the credentials may not see them: {named}.",
            "Correct the keys, or let the account browse the projects.",
        )
    if not chosen:
        return Check(
            "projects",
            "error",
            "The credentials can see no project.",
            "Let the account browse the projects that are to be read.",
        )
    return Check("projects", "ok", f"{len(chosen)} project{'s' if len(chosen) > 1 else ''} can be read.")


def _restriction(site: Site) -> Check:
    """Searches one issue, as a walk would: a wrong restriction shows here."""
    project = site.chosen[0]
    try:
        _one_issue(site, project.id)
    except ConfigError as error:
        return failed("jql", error)
    except ConnectorError as error:
        if error.status == 400 and site.config.jql:
            return Check(
                "jql",
                "error",
                "Jira refuses the JQL restriction.",
                "Correct it; Jira's own search shows what is wrong.",
            )
        return failed("search", error)
    if site.config.jql:
        return Check("jql", "ok", "Jira understands the JQL restriction.")
    return Check("search", "ok", "Issues can be searched.")


def _one_issue(site: Site, project_id: str) -> str | None:
    query = issues_of(project_id, site.config.jql)
    path = "/search/jql" if site.cloud else "/search"
    body = {"jql": f"{query} ORDER BY id ASC", "fields": ["id"], "maxResults": 1}
    page = site.http.post_json(site.api + path, body, type=raw.SearchPage[raw.Id])
    return page.issues[0].id if page.issues else None


def _histories(site: Site) -> Check:
    if not site.cloud:
        return Check("histories", "ok", "Histories come with the issues.")
    try:
        issue_id = _one_issue(site, site.chosen[0].id)
        if issue_id is None:
            return Check("histories", "ok", "There is no issue yet to try it with.")
        body = {"issueIdsOrKeys": [issue_id], "maxResults": 1}
        site.http.post_json(f"{site.api}/changelog/bulkfetch", body, type=raw.HistoriesPage)
    except ConnectorError as error:
        if was_refused(error):
            return Check(
                "histories",
                "warning",
                "Histories can only be read issue by issue here, which is slow.",
                "Give the token the scopes read:issue-meta:jira and read:issue.changelog:jira, or read:jira-work.",
            )
        return failed("histories", error)
    return Check("histories", "ok", "Histories can be read in bulk.")


def _seats(site: Site) -> Check:
    try:
        site.get("/applicationrole", kind=list[raw.ApplicationRole])
    except ConnectorError as error:
        if was_refused(error) or error.status == 401:
            return Check(
                "seats",
                "warning",
                "The credentials may not read who holds a seat, so seats are left out.",
                "Give the account the right to administer Jira (scope manage:jira-configuration) if seats matter.",
            )
        return failed("seats", error)
    return Check("seats", "ok", "Seats can be read.")
