"""Asana as facts: what it is configured with, where it is asked, and which streams it has."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import cached_property
from typing import Any, ClassVar

import httpx

from connectors.asana import normalise
from connectors.asana.api import ITEM_TYPES, Workspace
from connectors.asana.auth import fixed, granted
from connectors.asana.check import findings
from connectors.asana.config import AsanaConfig, AsanaCredentials, OAuthGrant
from connectors.asana.normalise import Context
from connectors.asana.tasks import TaskReader
from connectors.kit import records
from connectors.kit.budget import Budgets
from connectors.kit.checks import check_url
from connectors.kit.connector import KIT_VERSION, Access, Check, Connector, Settings
from connectors.kit.counting import counted
from connectors.kit.http import Auth, HttpClient
from connectors.kit.retry import RetryPolicy
from connectors.kit.stream import Page, Scope, Since, Stream, items_of
from connectors.kit.transport import Limits

REQUESTS_A_SECOND, _BURST = 20, 250
"""A paid plan allows 1,500 requests a minute and token; a free one 150, which its 429s tell."""

_OVERLAP = timedelta(minutes=5)
"""Several servers stamp `modified_at`: what one of them wrote late is read again."""

_HASTY = RetryPolicy(attempts=2, sleep_cap=5.0)
_SHORT = Limits(connect=5.0, read=10.0, total=15.0)
"""For a check: somebody waits for it."""


class AsanaApi:
    """One workspace for one run. Sends nothing before it is used."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    @cached_property
    def tasks(self) -> TaskReader:
        """The way to read tasks."""
        return TaskReader(self.workspace)

    @property
    def context(self) -> Context:
        """What the normalising functions need to know about the workspace."""
        return self.workspace.context


def _walk(api: AsanaApi, scope: Scope | None, since: Since) -> Iterator[Page]:
    if scope is None:
        raise ValueError("Tasks are read project by project.")
    return api.tasks.walk(scope, since)


STREAMS = (
    Stream(
        name="projects",
        emits=records.Project,
        normalise=normalise.project,
        fetch=lambda api, scope, since: iter([Page(api.workspace.chosen)]),
        listing=True,
    ),
    Stream(
        name="statuses",
        emits=records.Status,
        normalise=normalise.status,
        fetch=lambda api, scope, since: api.workspace.statuses(),
        listing=True,
    ),
    Stream(
        name="item_types",
        emits=records.ItemType,
        normalise=normalise.item_type,
        fetch=lambda api, scope, since: iter([Page(ITEM_TYPES)]),
        listing=True,
    ),
    Stream(
        name="accounts",
        emits=records.Account,
        normalise=normalise.account,
        fetch=lambda api, scope, since: api.workspace.accounts(),
        listing=True,
        optional=True,
    ),
    Stream(
        name="seats",
        emits=records.Seat,
        normalise=normalise.seat,
        fetch=lambda api, scope, since: api.workspace.seats(),
        listing=True,
        optional=True,
    ),
    Stream(
        name="work_items",
        emits=records.WorkItem,
        normalise=normalise.work_item,
        fetch=_walk,
        scoped=True,
        cursor_field="modified_at",
        overlap=_OVERLAP,
        census=lambda api, scope: api.tasks.census(scope),
        refetch=lambda api, ids: api.tasks.refetch(ids),
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


class AsanaConnector:
    """See `connectors/kit/connector.py`.

    `retry` is how patiently a failed request is sent again during a run, and `requests_a_second` the vendor's quota.
    """

    kit_version: ClassVar[int] = KIT_VERSION
    kind: ClassVar[str] = "asana"
    title: ClassVar[str] = "Asana"
    tool: ClassVar[str] = "asana"
    docs_url: ClassVar[str] = "https://developers.asana.com/docs/overview"
    Config: ClassVar[type[Settings]] = AsanaConfig
    Credentials: ClassVar[Any] = AsanaCredentials
    streams: ClassVar[Sequence[Stream]] = STREAMS

    def __init__(self, retry: RetryPolicy | None = None, requests_a_second: int = REQUESTS_A_SECOND) -> None:
        self._retry = retry or RetryPolicy()
        self._requests_a_second = requests_a_second

    def tool_name(self, config: AsanaConfig) -> str:  # noqa: ARG002
        """Always Asana."""
        return self.tool

    def hosts(self, config: AsanaConfig) -> Sequence[str]:
        """The one host of the API, which also renews OAuth tokens."""
        return (httpx.URL(config.base_url).host,)

    @contextmanager
    def open(self, access: Access) -> Iterator[AsanaApi]:
        """The workspace's api for one run."""
        with self._workspace(access, self._retry, Limits()) as workspace:
            yield AsanaApi(workspace)

    def check(self, access: Access) -> Sequence[Check]:
        """Named findings, most basic first."""
        url = check_url(access, access.config.base_url)
        if url.status == "error":
            return [url]
        with self._workspace(access, _HASTY, _SHORT) as workspace:
            return [url, *findings(workspace)]

    @contextmanager
    def _workspace(self, access: Access, retry: RetryPolicy, limits: Limits) -> Iterator[Workspace]:
        config: AsanaConfig = access.config
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
                login = client(config.login_url)
                auth = granted(access.credentials, login, save=access.save_credentials, now=access.now)
            else:
                auth = fixed(access.credentials)
            budgets = Budgets(self._requests_a_second, _BURST, lambda path: "")
            yield Workspace(access, client(config.base_url, auth, budgets))

    def scopes(self, api: AsanaApi) -> Sequence[Scope]:
        """The projects that this source reads; a configured one that cannot be seen is a scope that fails by itself."""
        unknown = [Scope(external_id=gid, name=gid) for gid in api.workspace.unknown_projects]
        return [*api.workspace.scopes(api.workspace.chosen), *unknown]

    def offered_scopes(self, api: AsanaApi) -> Sequence[Scope]:
        """Every project that the credentials can see, with its number of tasks."""
        workspace = api.workspace
        return counted(workspace.scopes(workspace.projects), workspace.count)


CONNECTOR: Connector = AsanaConnector()
