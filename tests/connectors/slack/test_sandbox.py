"""The sandbox behaves as Slack does: refusals inside good answers, limits by the minute, pages with tokens."""

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.slack.sandbox import Keys
from tests.support.slack_workspace import Served, slack

KEYS = Keys()
ROOT = Path(__file__).parents[3]


@pytest.fixture
def workspace() -> Iterator[Served]:
    with slack(exchanges=400) as served:
        yield served


def ask(served: Served, method: str, token: str = KEYS.token, **params: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{served.sandbox.url}/{method}", params=params, headers=headers, timeout=60)


def test_a_refusal_is_a_good_answer_that_is_not_ok(workspace: Served) -> None:
    for token, method, params, word in (
        ("fake-wrong-token", "auth.test", {}, "invalid_auth"),
        (KEYS.token, "no.such.method", {}, "unknown_method"),
        (KEYS.token, "conversations.list", {"limit": 1000}, "invalid_limit"),
        (KEYS.token, "conversations.list", {"cursor": "nonsense"}, "invalid_cursor"),
        (KEYS.token, "conversations.history", {"channel": "C0PROJ10001"}, "not_in_channel"),
        (KEYS.token, "conversations.history", {"channel": "C9"}, "channel_not_found"),
        (KEYS.token, "conversations.replies", {"channel": "C0GENERAL", "ts": "1.000000"}, "thread_not_found"),
        (
            KEYS.user_token,
            "admin.analytics.getFile",
            {"type": "member", "date": "2026-11-01"},
            "file_not_yet_available",
        ),
        (KEYS.user_token, "admin.analytics.getFile", {"type": "member", "date": "2020-01-01"}, "file_not_found"),
    ):
        answer = ask(workspace, method, token, **params)
        assert (answer.status_code, answer.json()["ok"], answer.json()["error"]) == (200, False, word)


def test_a_missing_scope_is_named_in_the_answer(workspace: Served) -> None:
    answer = ask(workspace, "team.billableInfo").json()
    assert (answer["error"], answer["needed"]) == ("missing_scope", "admin")
    assert "channels:read" in answer["provided"]


def test_history_is_newest_first_and_pages_end_with_the_token_alone(workspace: Served) -> None:
    stamps: list[str] = []
    cursor = {}
    while True:
        page = ask(workspace, "conversations.history", channel="C0GENERAL", limit=7, **cursor).json()
        stamps += [message["ts"] for message in page["messages"]]
        if not page["response_metadata"]["next_cursor"]:
            break
        cursor = {"cursor": page["response_metadata"]["next_cursor"]}
    assert len(stamps) > 20
    assert stamps == sorted(set(stamps), reverse=True)
    assert page["has_more"] is False


def test_replies_are_in_no_history_and_the_parent_is_on_every_page(workspace: Served) -> None:
    page = ask(workspace, "conversations.history", channel="C0GENERAL", limit=999).json()
    parent = max(page["messages"], key=lambda message: message.get("reply_count", 0))
    first = ask(workspace, "conversations.replies", channel="C0GENERAL", ts=parent["ts"], limit=2).json()
    token = first["response_metadata"]["next_cursor"]
    second = ask(workspace, "conversations.replies", channel="C0GENERAL", ts=parent["ts"], limit=2, cursor=token).json()
    assert first["messages"][0]["ts"] == second["messages"][0]["ts"] == parent["ts"]
    replies = [message for message in first["messages"][1:] if "subtype" not in message]
    shown = {message["ts"] for message in page["messages"] if message.get("subtype") != "thread_broadcast"}
    assert replies
    assert not shown & {message["ts"] for message in replies}


def test_the_analytics_file_is_packed_lines(workspace: Served) -> None:
    active: dict[str, set[bool]] = {}
    for day in ("2026-10-25", "2026-10-28"):
        answer = ask(workspace, "admin.analytics.getFile", KEYS.user_token, type="member", date=day)
        lines = [json.loads(line) for line in gzip.decompress(answer.content).splitlines()]
        assert answer.headers["content-type"] == "application/gzip"
        assert {line["date"] for line in lines} == {day}
        active[day] = {line["is_active"] for line in lines}
    assert False in active["2026-10-25"]  # a Sunday
    assert True in active["2026-10-28"]


def test_under_the_limit_of_2025_messages_come_once_a_minute_and_15_at_a_time() -> None:
    with slack(limits="2025", exchanges=400) as workspace:
        first = ask(workspace, "conversations.history", channel="C0GENERAL", limit=200)
        again = ask(workspace, "conversations.history", channel="C0GENERAL", limit=200)
        others = [ask(workspace, "conversations.list") for _ in range(3)]
        workspace.clock.forward(seconds=61)
        later = ask(workspace, "conversations.history", channel="C0GENERAL", limit=200)

    assert (len(first.json()["messages"]), first.json()["has_more"]) == (15, True)
    assert (again.status_code, again.headers["retry-after"]) == (429, "60")
    assert {answer.status_code for answer in others} == {200}
    assert later.status_code == 200


def test_an_internal_app_has_the_tiers_allowance() -> None:
    with slack(limits="tiers") as workspace:
        codes = [ask(workspace, "users.list").status_code for _ in range(21)]
    assert codes == [200] * 20 + [429]


def test_the_command_prints_its_address_and_its_tokens() -> None:
    command = [sys.executable, "-m", "connectors.slack.sandbox", "--items", "20", "--exchanges", "50", "--no-analytics"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            assert KEYS.token in process.stdout.readline()
            headers = {"Authorization": f"Bearer {KEYS.token}"}
            assert httpx.get(f"{url}/auth.test", headers=headers, timeout=60).json()["ok"] is True
        finally:
            process.terminate()
