"""Jira as facts: what it is configured with, where it is asked, and which streams it has."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from typing import Any, ClassVar

import httpx

from connectors.jira import normalise
from connectors.jira.api import Site, endpoint
from connectors.jira.auth import fixed, granted
from connectors.jira.check import findings
from connectors.jira.cloud import CloudIssues
from connectors.jira.config import JiraConfig, JiraCredentials, OAuthGrant
from connectors.jira.datacenter import DataCenterIssues
from connectors.jira.normalise import Context
from connectors.kit import records
from connectors.kit.budget import Budgets
from connectors.kit.checks import check_url
from connectors.kit.connector import KIT_VERSION, Access, Check, Connector, Settings
from connectors.kit.counting import counted
from connectors.kit.http import Auth, HttpClient
from connectors.kit.retry import RetryPolicy
from connectors.kit.stream import Page, Scope, Since, Stream, items_of
from connectors.kit.transport import Limits

ATLASSIAN_LOGIN = "https://auth.atlassian.com"

_REQUESTS_A_SECOND = 90
"""Jira Cloud allows 100 a second per tenant, endpoint and method, to all of the tenant's clients together."""

_OVERLAP = timedelta(minutes=15)
"""Jira's search index lags by seconds to minutes: what it held back then is read again."""

_HASTY = RetryPolicy(attempts=2, sleep_cap=5.0)
_SHORT = Limits(connect=5.0, read=10.0, total=15.0)
"""For a check: somebody waits for it."""


class JiraApi:
    """One Jira site for one run. Sends nothing before it is used."""

    def __init__(self, site: Site) -> None:
        self.site = site

    @cached_property
    def issues(self) -> CloudIssues | DataCenterIssues:
        """The way to read issues that this site has."""
        return CloudIssues(self.site) if self.site.cloud else DataCenterIssues(self.site)

    @property
    def context(self) -> Context:
        """What the normalising functions need to know about the site."""
        return self.site.context


def _walk(api: JiraApi, scope: Scope | None, since: Since) -> Iterator[Page]:
    if scope is None:
        raise ValueError("Issues are read project by project.")
    return api.issues.walk(scope, since)


def _releases(api: JiraApi, scope: Scope | None, since: Since) -> Iterator[Page]:  # noqa: ARG001
    if scope is None:
        raise ValueError("Versions are read project by project.")
    return api.site.releases(scope)


STREAMS = (
    Stream(
        name="projects",
        emits=records.Project,
        normalise=normalise.project,
        fetch=lambda api, scope, since: iter([Page(api.site.chosen)]),
        listing=True,
    ),
    Stream(
        name="statuses",
        emits=records.Status,
        normalise=normalise.status,
        fetch=lambda api, scope, since: api.site.statuses(),
        listing=True,
    ),
    Stream(
        name="item_types",
        emits=records.ItemType,
        normalise=normalise.item_type,
        fetch=lambda api, scope, since: api.site.item_types(),
        listing=True,
    ),
    Stream(
        name="resolutions",
        emits=records.Resolution,
        normalise=normalise.resolution,
        fetch=lambda api, scope, since: api.site.resolutions(),
        listing=True,
    ),
    Stream(
        name="accounts",
        emits=records.Account,
        normalise=normalise.account,
        fetch=lambda api, scope, since: api.site.accounts(),
        listing=True,
        optional=True,
    ),
    Stream(
        name="releases",
        emits=records.Release,
        normalise=normalise.release,
        fetch=_releases,
        listing=True,
        scoped=True,
    ),
    Stream(
        name="seats",
        emits=records.Seat,
        normalise=normalise.seat,
        fetch=lambda api, scope, since: api.site.seats(),
        listing=True,
        optional=True,
    ),
    Stream(
        name="work_items",
        emits=records.WorkItem,
        normalise=normalise.work_item,
        fetch=_walk,
        scoped=True,
        cursor_field="updated",
        order=lambda api: api.issues.order,
        overlap=_OVERLAP,
        census=lambda api, scope: api.issues.census(scope),
        refetch=lambda api, ids: api.issues.refetch(ids),
    ),
    Stream(
        name="transitions",
        emits=records.Transition,
        normalise=normalise.transitions,
        parent="work_items",
        expand=items_of,
    ),
    Stream(
        name="usage_days",
        emits=records.ActivityOf,
        normalise=normalise.activity,
        parent="work_items",
        expand=items_of,
    ),
)


class JiraConnector:
    """See `connectors/kit/connector.py`.

    `login_url` is where OAuth tokens are renewed; another one serves tests against a local server. `retry` is
    how patiently a failed request is sent again during a run.
    """

    kit_version: ClassVar[int] = KIT_VERSION
    kind: ClassVar[str] = "jira"
    title: ClassVar[str] = "Jira"
    tool: ClassVar[str] = "jira"
    docs_url: ClassVar[str] = "https://developer.atlassian.com/cloud/jira/platform/rest/v3/"
    Config: ClassVar[type[Settings]] = JiraConfig
    Credentials: ClassVar[Any] = JiraCredentials
    streams: ClassVar[Sequence[Stream]] = STREAMS

    def __init__(self, login_url: str = ATLASSIAN_LOGIN, retry: RetryPolicy | None = None) -> None:
        self._login_url = login_url
        self._retry = retry or RetryPolicy()

    def tool_name(self, config: JiraConfig) -> str:  # noqa: ARG002
        """Always Jira."""
        return self.tool

    def hosts(self, config: JiraConfig) -> Sequence[str]:
        """The site, and the login that renews OAuth tokens."""
        return (httpx.URL(config.base_url).host, httpx.URL(self._login_url).host)

    @contextmanager
    def open(self, access: Access) -> Iterator[JiraApi]:
        """The site's api for one run."""
        with self._site(access, self._retry, Limits()) as site:
            yield JiraApi(site)

    def check(self, access: Access) -> Sequence[Check]:
        """Named findings, most basic first."""
        url = check_url(access, access.config.base_url)
        if url.status == "error":
            return [url]
        with self._site(access, _HASTY, _SHORT) as site:
            return [url, *findings(site)]

    @contextmanager
    def _site(self, access: Access, retry: RetryPolicy, limits: Limits) -> Iterator[Site]:
        with ExitStack() as stack:

            def client(base_url: str, auth: Auth | None = None, budgets: Budgets | None = None) -> HttpClient:
                http = HttpClient(
                    base_url,
                    hosts=access.hosts,
                    now=access.now,
                    sleep=access.sleep,
                    auth=auth,
                    budget=budgets,
                    retry=retry,
                    limits=limits,
                )
                return stack.enter_context(http)

            if isinstance(access.credentials, OAuthGrant):
                login = client(self._login_url)
                auth = granted(access.credentials, login, save=access.save_credentials, now=access.now)
            else:
                auth = fixed(access.credentials)
            budgets = Budgets(_REQUESTS_A_SECOND, _REQUESTS_A_SECOND, endpoint)
            yield Site(access, client(access.config.base_url, auth, budgets))

    def scopes(self, api: JiraApi) -> Sequence[Scope]:
        """The projects that this source reads; a configured key that names none is a scope that fails by itself."""
        unknown = [Scope(external_id=key, name=key, key=key) for key in api.site.unknown_keys]
        return [*api.site.scopes(api.site.chosen), *unknown]

    def offered_scopes(self, api: JiraApi) -> Sequence[Scope]:
        """Every project that the credentials can see, with its number of issues."""
        offered = api.site.scopes(api.site.projects)
        if api.site.config.jql:
            # The listing counts whole projects.
            offered = [replace(scope, items=None) for scope in offered]
        return counted(offered, api.issues.count)


CONNECTOR: Connector = JiraConnector()
