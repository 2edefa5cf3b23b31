"""The Slack connector keeps what every connector keeps, on two plans, and under the limit of 2025."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

from pydantic import SecretStr

from connectors.kit.organisation import instant
from connectors.kit.testing import Bench, Conformance
from connectors.slack.config import BotToken
from connectors.slack.connector import SlackConnector
from tests.support.clock import ManualClock
from tests.support.slack_workspace import organisation, slack

WITHOUT_A_USER_TOKEN = {
    "seats": "Only the token of an admin may know who is paid for.",
    "member_days": "The member analytics file is for an admin's token.",
    "access_days": "The access log is for an admin's token.",
}

SLOW = ManualClock(instant(organisation().horizon) + timedelta(days=1))
"""Waiting moves it, and nothing happens any more, so the workspace holds still all the same."""


@contextmanager
def bench(*, user: bool, **options: Any) -> Iterator[Bench]:
    with slack(**options) as workspace:
        access = workspace.access(user=user, include_private=True)
        if workspace.clock is not SLOW:  # the faults of the plan pass with the next request, not with time
            access = replace(access, sleep=lambda seconds: None)
        yield Bench(access, workspace.server)


def wrong() -> BotToken:
    return BotToken(token=SecretStr("fake-revoked-token"), signing_secret=SecretStr("fake-signing-secret"))


class TestBotTokenAlone(Conformance):
    connector = SlackConnector()
    silent: ClassVar = WITHOUT_A_USER_TOKEN

    def sandbox(self) -> AbstractContextManager[Bench]:
        # Small pages of the vendor give several to die between.
        return bench(user=False, page_cap=40)

    def wrong_credentials(self) -> BotToken:
        return wrong()


class TestWithMemberAnalytics(Conformance):
    connector = SlackConnector(analytics_days=80)
    silent: ClassVar = {
        "usage_days": "Use is told by the member analytics file, so messages are not counted.",
        "access_days": "Use is told by the member analytics file, which knows more than the access log.",
    }

    def sandbox(self) -> AbstractContextManager[Bench]:
        return bench(user=True, page_cap=40)

    def wrong_credentials(self) -> BotToken:
        return wrong()


class TestWithTheAccessLog(Conformance):
    connector = SlackConnector()
    silent: ClassVar = {"member_days": "The plan has no member analytics file."}

    def sandbox(self) -> AbstractContextManager[Bench]:
        return bench(user=True, page_cap=14, exchanges=12, analytics=False)

    def wrong_credentials(self) -> BotToken:
        return wrong()


class TestUnderTheLimitOf2025(Conformance):
    connector = SlackConnector(monotonic=SLOW.seconds)
    silent: ClassVar = WITHOUT_A_USER_TOKEN

    def sandbox(self) -> AbstractContextManager[Bench]:
        return bench(user=False, limits="2025", exchanges=60, clock=SLOW)

    def wrong_credentials(self) -> BotToken:
        return wrong()
