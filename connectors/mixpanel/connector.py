"""Mixpanel as facts: what it is configured with, where it is asked, and which streams it has."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any, ClassVar

import httpx

from connectors.kit import records
from connectors.kit.budget import RateBudget
from connectors.kit.checks import check_url
from connectors.kit.connector import KIT_VERSION, Access, Check, Connector, Settings
from connectors.kit.http import HttpClient
from connectors.kit.retry import RetryPolicy
from connectors.kit.stream import Order, Scope, Stream
from connectors.kit.transport import Limits
from connectors.mixpanel import normalise
from connectors.mixpanel.api import Project
from connectors.mixpanel.auth import basic
from connectors.mixpanel.check import findings
from connectors.mixpanel.config import MixpanelConfig, MixpanelCredentials

QUERIES_AN_HOUR = 60
QUERIES_A_SECOND = 3

LOOK_BACK = timedelta(days=5)
"""Events arrive late, from phones that were offline above all: their days are read again for so long."""

_HASTY = RetryPolicy(attempts=2, sleep_cap=5.0)
_SHORT = Limits(connect=5.0, read=20.0, total=30.0)
"""For a check: somebody waits for it."""
_LARGE = Limits(read=300.0, total=4 * 3600.0, body=16 * 2**30, unpacked=128 * 2**30)
"""For a day of events: it is folded while it arrives, so its size costs time and no memory."""

STREAMS = (
    Stream(
        name="accounts",
        emits=records.Account,
        normalise=normalise.account,
        fetch=lambda api, scope, since: api.profiles(),
        listing=True,
        optional=True,
    ),
    Stream(
        name="usage_days",
        emits=records.UsageDay,
        normalise=normalise.usage_day,
        fetch=lambda api, scope, since: api.usage(since),
        cursor_field="day",
        order=lambda api: Order.CURSOR,
        overlap=LOOK_BACK,
    ),
)


class MixpanelConnector:
    """See `connectors/kit/connector.py`.

    `queries_an_hour` and `queries_a_second` are the vendor's quotas for each of its two APIs, and `retry` is how
    patiently a failed request is sent again during a run.
    """

    kit_version: ClassVar[int] = KIT_VERSION
    kind: ClassVar[str] = "mixpanel"
    title: ClassVar[str] = "Mixpanel"
    tool: ClassVar[str] = "mixpanel"
    docs_url: ClassVar[str] = "https://developer.mixpanel.com/reference/overview"
    Config: ClassVar[type[Settings]] = MixpanelConfig
    Credentials: ClassVar[Any] = MixpanelCredentials
    streams: ClassVar[Sequence[Stream]] = STREAMS

    def __init__(
        self,
        queries_an_hour: int = QUERIES_AN_HOUR,
        queries_a_second: int = QUERIES_A_SECOND,
        retry: RetryPolicy | None = None,
    ) -> None:
        self._queries_an_hour = queries_an_hour
        self._queries_a_second = queries_a_second
        self._retry = retry or RetryPolicy()

    def tool_name(self, config: MixpanelConfig) -> str:  # noqa: ARG002
        """Always Mixpanel."""
        return self.tool

    def hosts(self, config: MixpanelConfig) -> Sequence[str]:
        """The export API and the query API of the region."""
        return tuple(dict.fromkeys(httpx.URL(url).host for url in (config.export_url, config.query_url)))

    @contextmanager
    def open(self, access: Access) -> Iterator[Project]:
        """The project's api for one run."""
        with self._project(access, self._retry, _LARGE) as project:
            yield project

    def check(self, access: Access) -> Sequence[Check]:
        """Named findings, most basic first."""
        url = check_url(access, access.config.export_url, access.config.query_url)
        if url.status == "error":
            return [url]
        with self._project(access, _HASTY, _SHORT) as project:
            return [url, *findings(project, access.credentials)]

    @contextmanager
    def _project(self, access: Access, retry: RetryPolicy, export_limits: Limits) -> Iterator[Project]:
        auth = basic(access.credentials)
        with ExitStack() as stack:

            def client(base_url: str, limits: Limits) -> HttpClient:
                budget = RateBudget(self._queries_an_hour / 3600, self._queries_an_hour)
                http = HttpClient(
                    base_url,
                    hosts=access.hosts,
                    now=access.now,
                    sleep=access.sleep,
                    auth=auth,
                    budget=lambda method, path: budget,
                    retry=retry,
                    limits=limits,
                )
                return stack.enter_context(http)

            config: MixpanelConfig = access.config
            export, query = client(config.export_url, export_limits), client(config.query_url, Limits())
            yield Project(access, export, query, RateBudget(self._queries_a_second))

    def scopes(self, api: Project) -> Sequence[Scope]:  # noqa: ARG002
        """None: a source is one project, and a project is read whole."""
        return ()

    def offered_scopes(self, api: Project) -> Sequence[Scope]:  # noqa: ARG002
        """None, as for `scopes`."""
        return ()


CONNECTOR: Connector = MixpanelConnector()
