"""Reading a channel: where it goes on, what it asks twice, what it leaves alone."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from connectors.kit.cursor import Cursor, after_walk
from connectors.kit.errors import ConfigError, ConnectorError, Transient
from connectors.kit.reading import walk
from connectors.kit.sandbox import Request, Response, json_response
from connectors.kit.stream import Page, Scope, Since, Whole
from connectors.slack import CONNECTOR, raw
from tests.support.door import Answer
from tests.support.slack_workspace import NOW, Served, slack

CONVERSATIONS = next(stream for stream in CONNECTOR.streams if stream.name == "conversations")
GENERAL = Scope("C0GENERAL", "#général")


def at(minutes_ago: float) -> str:
    return raw.stamp(NOW - timedelta(minutes=minutes_ago))


def said(minutes_ago: float, **more: Any) -> dict[str, Any]:
    return {"type": "message", "ts": at(minutes_ago), "user": "U1", "text": "words", **more}


def vendor(history: list[Any], replies: list[Any] | None = None) -> Answer:
    """A channel with these messages, on one page."""

    def answer(request: Request) -> Response | None:
        if request.path.endswith("conversations.history"):
            return json_response({"ok": True, "messages": history, "has_more": False})
        if request.path.endswith("conversations.replies"):
            return json_response({"ok": True, "messages": replies or [], "has_more": False})
        return None

    return answer


def read(workspace: Served, since: Since | None = None, scope: Scope = GENERAL, **config: Any) -> Iterator[Page]:
    assert CONVERSATIONS.fetch is not None
    with workspace.connector.open(workspace.access(**config)) as api:
        yield from CONVERSATIONS.fetch(api, scope, since or Since())


def heads(pages: Iterator[Page]) -> list[str]:
    return [item.head.ts for page in pages for item in page.items]


def test_notices_and_replies_sent_to_the_channel_open_no_thread() -> None:
    history = [
        said(1),
        said(2, subtype="channel_join"),
        said(3, subtype="thread_broadcast", thread_ts=at(9)),
        said(4, subtype="file_share"),
        said(5, subtype="pinned_item"),
        said(6, subtype="a_kind_of_tomorrow"),
    ]
    with slack(vendor(history)) as workspace:
        assert heads(read(workspace)) == [at(1), at(4)]


def test_replies_are_asked_for_only_where_there_are_some_and_the_parent_counts_once() -> None:
    parent = said(9, thread_ts=at(9), reply_count=2, latest_reply=at(3))
    replies = [parent, said(5, thread_ts=at(9)), parent, said(3, thread_ts=at(9))]
    with slack(vendor([said(1, reply_count=0), parent], replies)) as workspace:
        [page, _] = read(workspace)

        assert [len(item.replies) for item in page.items] == [0, 2]
        [asked] = workspace.door.asked_for("conversations.replies")
        assert asked.param("ts") == at(9)


def test_a_reply_moves_no_cursor_and_neither_does_what_is_read_again() -> None:
    parent = said(600, thread_ts=at(600), reply_count=1, latest_reply=at(1))
    with slack(vendor([said(500), parent], [parent, said(1)])) as workspace:
        [page, _] = read(workspace)
        [again, _] = read(workspace, Since(at=NOW - timedelta(minutes=100)))

    assert page.high == NOW - timedelta(minutes=500)
    assert again.high is None
    assert len(again.items) == 2


def test_the_look_back_reaches_behind_the_cursor_by_the_days_configured() -> None:
    with slack(vendor([])) as workspace:
        list(read(workspace, Since(at=NOW - timedelta(days=3)), lookback_days=4))

        [asked] = workspace.door.asked_for("conversations.history")
        assert asked.param("oldest") == raw.stamp(NOW - timedelta(days=7))
        assert asked.param("latest") == raw.stamp(NOW)


def test_an_interrupted_walk_goes_on_behind_the_last_message_that_was_read() -> None:
    with slack(vendor([said(5), said(6), said(7)])) as workspace:
        pages = list(read(workspace, Since(resume=at(6))))

        assert heads(iter(pages)) == [at(7)]
        assert pages[-1].resume == at(7)
        assert workspace.door.asked_for("conversations.history")[0].param("latest") == at(6)


def test_a_page_token_that_slack_forgot_is_replaced_by_the_place_itself() -> None:
    forgotten = []

    def answer(request: Request) -> Response | None:
        if request.param("cursor") and len(forgotten) < 3 and request.path.endswith("conversations.history"):
            forgotten.append(request.param("cursor"))
            return json_response({"ok": False, "error": "invalid_cursor"})
        return None

    with slack(answer, page_cap=6) as workspace:
        found = heads(read(workspace))

    with slack() as workspace:
        assert found == heads(read(workspace))
    assert len(forgotten) == 3


def test_a_page_that_leads_nowhere_ends_in_an_error_and_not_in_a_loop() -> None:
    def answer(request: Request) -> Response | None:
        if request.path.endswith("conversations.history"):
            return json_response({"ok": True, "messages": [said(5)], "has_more": True})
        return None

    with slack(answer) as workspace, pytest.raises(Transient, match="repeats"):
        list(read(workspace))


def test_a_message_that_is_not_shaped_like_one_is_set_aside_without_its_content() -> None:
    bad = [{"ts": 17, "text": "words"}, {"text": "words"}, {"ts": "soon", "text": "words"}, "words"]
    with slack(vendor([said(1), *bad, said(2)])) as workspace:
        [page] = read(workspace)

    found = [item for item in page.items if isinstance(item, raw.Malformed)]
    assert (len(found), len(page.items)) == (4, 6)
    assert b"words" not in msgspec.json.encode(page.items)
    assert page.resume == at(2)


def test_at_last_a_walk_tells_what_the_channel_holds_of_the_look_back() -> None:
    broken = said(90, thread_ts=at(90), reply_count=1)
    with slack(vendor([said(1), said(70), broken, said(3_000)], [broken, {"text": "words"}])) as workspace:
        *_, recent = read(workspace, lookback_days=1)
        *_, reached = read(workspace, lookback_days=9)

    ids = {f"C0GENERAL:{at(minutes)}" for minutes in (1, 70, 90)}
    assert recent.whole == Whole(NOW - timedelta(days=1), NOW - timedelta(minutes=10), frozenset(ids))
    assert reached.whole is not None
    assert reached.whole.since == NOW - timedelta(minutes=3_000), "a plan may hide what lies before"
    assert reached.whole.ids == ids | {f"C0GENERAL:{at(3_000)}"}


def test_a_walk_that_was_interrupted_or_met_nothing_tells_of_no_whole() -> None:
    with slack(vendor([said(5), said(6), said(7)])) as workspace:
        assert [page.whole for page in read(workspace, Since(resume=at(6)))] == [None]
    with slack(vendor([])) as workspace:
        assert [page.whole for page in read(workspace)] == []


def test_a_thread_with_a_broken_reply_is_set_aside_whole() -> None:
    parent = said(9, thread_ts=at(9), reply_count=1)
    with slack(vendor([parent], [parent, {"text": "words"}])) as workspace:
        [page, _] = read(workspace)

    assert [item.id for item in page.items] == [f"C0GENERAL:{at(9)}"]
    assert isinstance(page.items[0], raw.Malformed)


def test_a_thread_that_is_deleted_while_it_is_read_keeps_its_first_message() -> None:
    def answer(request: Request) -> Response | None:
        if request.path.endswith("conversations.replies"):
            return json_response({"ok": False, "error": "thread_not_found"})
        return vendor([said(9, thread_ts=at(9), reply_count=1)])(request)

    with slack(answer) as workspace:
        [page, _] = read(workspace)
    assert page.items[0].replies == []


@pytest.mark.parametrize(
    ("scope", "kind", "words"),
    [
        (Scope("C0PROJ10001", "#projet-kan"), ConfigError, "member of the channel"),
        (Scope("C0NOWHERE", "#nowhere"), ConfigError, "no such channel"),
    ],
)
def test_a_channel_that_cannot_be_read_says_why(scope: Scope, kind: type[ConnectorError], words: str) -> None:
    with slack() as workspace, pytest.raises(kind, match=words) as refused:
        list(read(workspace, scope=scope))
    assert refused.value.remedy


def test_a_missing_scope_for_private_channels_is_that_channels_error_alone() -> None:
    with slack() as workspace:
        gate = workspace.sandbox.gate
        gate.keys = replace(gate.keys, scopes=gate.keys.scopes - {"groups:history"})
        with pytest.raises(ConfigError, match="groups:history"):
            list(read(workspace, scope=Scope("C0BOARD", "#direction")))


# -- messages once a minute, 15 at a time -----------------------------------------------------------------


def test_the_limit_of_2025_is_noticed_and_kept_to_without_being_told_off_again() -> None:
    with slack(limits="2025", exchanges=500) as workspace:
        list(read(workspace))

        refused = [exchange for exchange in workspace.server.log if exchange.status == 429]
        asked = len(workspace.door.asked_for("conversations.history"))
        assert asked >= 3
        assert refused == []
        assert (workspace.clock.at - NOW).total_seconds() >= 60 * (asked - 1)


def test_small_channels_show_the_limit_by_the_pause_that_slack_asks_for() -> None:
    with slack(limits="2025", exchanges=30) as workspace, workspace.connector.open(workspace.access()) as api:
        assert CONVERSATIONS.fetch is not None
        for scope in workspace.connector.scopes(api):
            list(CONVERSATIONS.fetch(api, scope, Since()))

        assert api.workspace.limits.limited
        refused = [exchange for exchange in workspace.server.log if exchange.status == 429]
        assert len(refused) <= 2


def test_a_short_pause_at_a_tiers_rate_is_no_such_limit() -> None:
    with slack(limits="tiers", exchanges=600) as workspace, workspace.connector.open(workspace.access()) as api:
        assert CONVERSATIONS.fetch is not None
        for scope in workspace.connector.scopes(api):
            list(CONVERSATIONS.fetch(api, scope, Since()))

        assert [exchange for exchange in workspace.server.log if exchange.status == 429]
        assert not api.workspace.limits.limited


def test_under_the_limit_each_thread_is_committed_and_a_run_that_dies_loses_nothing() -> None:
    with slack(limits="2025", exchanges=200) as workspace:
        whole = list(read(workspace))
        seen: set[str] = set()
        cursor = Cursor()
        for _ in whole:
            with workspace.connector.open(workspace.access()) as api:
                for page, committed in walk(CONVERSATIONS, api, GENERAL, cursor, run_started=NOW):
                    seen |= {item.id for item in page.items}
                    cursor = committed
                    break  # the run is killed behind each page

    assert len(whole) > 8
    assert max(sum(bool(item.replies) for item in page.items) for page in whole[1:]) == 1
    assert seen >= {item.id for page in whole for item in page.items}


def test_under_the_limit_threads_without_a_new_reply_are_not_asked_for_again() -> None:
    with (
        slack(limits="2025", exchanges=300) as workspace,
        workspace.connector.open(workspace.access(lookback_days=365)) as api,
    ):
        cursor = Cursor()
        for _, committed in walk(CONVERSATIONS, api, GENERAL, cursor, run_started=NOW):
            cursor = committed
        cursor = after_walk(cursor, run_started=NOW)
        before = len(workspace.door.asked_for("conversations.replies"))
        list(walk(CONVERSATIONS, api, GENERAL, cursor, run_started=workspace.clock.at))
        again = len(workspace.door.asked_for("conversations.replies")) - before

    assert before > 10
    assert again < before / 3
