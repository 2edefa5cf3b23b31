"""Slack as facts: what it is configured with, where it is asked, and which streams it has."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any, ClassVar

import httpx
from pydantic import SecretStr

from connectors.kit import records
from connectors.kit.checks import check_url
from connectors.kit.connector import KIT_VERSION, Access, Check, Connector, Settings
from connectors.kit.http import FixedAuth, HttpClient
from connectors.kit.retry import RetryPolicy
from connectors.kit.stream import Order, Page, Scope, Since, Stream, items_of
from connectors.kit.transport import Limits
from connectors.slack import access, analytics, normalise
from connectors.slack.api import Doors, Workspace
from connectors.slack.check import findings
from connectors.slack.config import BotToken, SlackConfig
from connectors.slack.limits import MethodBudgets
from connectors.slack.normalise import Context
from connectors.slack.threads import LATE, ThreadReader

_FILES_AGAIN = timedelta(days=3)
_ROWS_AGAIN = timedelta(days=1)

_HASTY = RetryPolicy(attempts=2, sleep_cap=5.0)
_SHORT = Limits(connect=5.0, read=10.0, total=15.0)
"""For a check: somebody waits for it."""


class SlackApi:
    """One workspace for one run. Sends nothing before it is used."""

    def __init__(self, workspace: Workspace, analytics_days: int) -> None:
        self.workspace = workspace
        self.analytics_days = analytics_days

    @property
    def context(self) -> Context:
        """What the normalising functions need to know about the workspace."""
        return self.workspace.context


def _threads(api: SlackApi, scope: Scope | None, since: Since) -> Iterator[Page]:
    if scope is None:
        raise ValueError("Threads are read channel by channel.")
    api.workspace.require(scope)
    return ThreadReader(api.workspace, scope, since).pages()


def _member_days(api: SlackApi, scope: Scope | None, since: Since) -> Iterator[Page]:  # noqa: ARG001
    refused = api.workspace.analytics_refusal
    if refused is not None:
        raise refused
    return analytics.days(api.workspace, since, api.analytics_days)


def _access_days(api: SlackApi, scope: Scope | None, since: Since) -> Iterator[Page]:  # noqa: ARG001
    if api.workspace.analytics_refusal is None:
        return iter(())  # the file tells all of it, and exactly
    return access.days(api.workspace, since)


STREAMS = (
    Stream(
        name="accounts",
        emits=records.Account,
        normalise=normalise.account,
        fetch=lambda api, scope, since: api.workspace.accounts(),
        listing=True,
        optional=True,
    ),
    Stream(
        name="channels",
        emits=records.Channel,
        normalise=normalise.channel,
        fetch=lambda api, scope, since: api.workspace.channels_with_members(),
        listing=True,
    ),
    Stream(
        name="seats",
        emits=records.Seat,
        normalise=normalise.seat,
        fetch=lambda api, scope, since: api.workspace.seats(),
        listing=True,
    ),
    Stream(
        name="member_days",
        emits=records.UsageDay,
        normalise=normalise.member_day,
        fetch=_member_days,
        cursor_field="date",
        order=lambda api: Order.CURSOR,
        overlap=_FILES_AGAIN,
    ),
    Stream(
        name="access_days",
        emits=records.UsageDay,
        normalise=normalise.access_day,
        fetch=_access_days,
        cursor_field="date_last",
        overlap=_ROWS_AGAIN,
    ),
    Stream(
        name="conversations",
        emits=records.Conversation,
        normalise=normalise.conversation,
        fetch=_threads,
        scoped=True,
        cursor_field="ts",
        overlap=LATE,
    ),
    Stream(
        name="usage_days",
        emits=records.ActivityOf,
        normalise=normalise.activity,
        parent="conversations",
        expand=items_of,
    ),
)


class SlackConnector:
    """See `connectors/kit/connector.py`.

    `retry` is how patiently a failed request is sent again during a run, `monotonic` the clock of the rate
    budgets, `analytics_days` how far back member analytics are read the first time.
    """

    kit_version: ClassVar[int] = KIT_VERSION
    kind: ClassVar[str] = "slack"
    title: ClassVar[str] = "Slack"
    tool: ClassVar[str] = "slack"
    docs_url: ClassVar[str] = "https://docs.slack.dev/apis/web-api/"
    Config: ClassVar[type[Settings]] = SlackConfig
    Credentials: ClassVar[Any] = BotToken
    streams: ClassVar[Sequence[Stream]] = STREAMS

    def __init__(
        self,
        retry: RetryPolicy | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        analytics_days: int = analytics.KEPT_DAYS,
    ) -> None:
        self._retry = retry or RetryPolicy()
        self._monotonic = monotonic
        self._analytics_days = analytics_days

    def tool_name(self, config: SlackConfig) -> str:  # noqa: ARG002
        """Always Slack."""
        return self.tool

    def hosts(self, config: SlackConfig) -> Sequence[str]:
        """The API's host."""
        return (httpx.URL(config.base_url).host,)

    @contextmanager
    def open(self, access: Access) -> Iterator[SlackApi]:
        """The workspace's api for one run."""
        with self._workspace(access, self._retry, Limits()) as workspace:
            yield SlackApi(workspace, self._analytics_days)

    def check(self, access: Access) -> Sequence[Check]:
        """Named findings, most basic first."""
        url = check_url(access, access.config.base_url)
        if url.status == "error":
            return [url]
        with self._workspace(access, _HASTY, _SHORT) as workspace:
            return [url, *findings(workspace)]

    @contextmanager
    def _workspace(self, access: Access, retry: RetryPolicy, limits: Limits) -> Iterator[Workspace]:
        budgets = MethodBudgets(self._monotonic)
        with ExitStack() as stack:

            def client(token: SecretStr) -> HttpClient:
                http = HttpClient(
                    access.config.base_url,
                    hosts=access.hosts,
                    now=access.now,
                    sleep=access.sleep,
                    auth=FixedAuth({"Authorization": f"Bearer {token.get_secret_value()}"}),
                    budget=budgets,
                    retry=retry,
                    limits=limits,
                )
                return stack.enter_context(http)

            credentials: BotToken = access.credentials
            user = None if credentials.user_token is None else client(credentials.user_token)
            yield Workspace(access, Doors(client(credentials.token), user, budgets))

    def scopes(self, api: SlackApi) -> Sequence[Scope]:
        """The channels that this source reads; a configured one that Slack does not show is a scope that fails."""
        workspace = api.workspace
        unknown = [Scope(external_id=name, name=name) for name in workspace.unknown_names]
        return [*map(workspace.scope, workspace.chosen), *unknown]

    def offered_scopes(self, api: SlackApi) -> Sequence[Scope]:
        """Every channel that the app can see, joined or not."""
        return [api.workspace.scope(channel) for channel in api.workspace.channels]


CONNECTOR: Connector = SlackConnector()
