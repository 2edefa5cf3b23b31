"""A Slack workspace, synced into the store by the service's runner, is there as it truly is."""

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.core.db import Database
from app.models.communication import conversation
from app.models.usage import seat, usage_day
from connectors.kit import records
from connectors.kit.sandbox import Response
from tests.support.slack_store import Synced, expect_the_truth, fields
from tests.support.slack_workspace import slack
from tests.support.stored import report


def test_a_sync_leaves_what_the_workspace_has_and_a_second_one_writes_nothing(db: Database) -> None:
    with slack(analytics=False, page_cap=30) as workspace:
        source = Synced(db, workspace)

        run = source.sync()

        assert (run.status, run.error) == ("succeeded", None)
        truth = workspace.sandbox.truth()
        expect_the_truth(source, truth)
        counted: dict[tuple[Any, ...], int] = {}
        for share in truth["activity"]:
            assert isinstance(share, records.ActivityOf)
            for who, event, day, count in share.days:
                counted[who, event, day] = counted.get((who, event, day), 0) + count
        assert source.rows(usage_day, "account", "event", "day", "count") == {(*k, n) for k, n in counted.items()}
        assert sum(one["written"] for one in source.sync().streams or []) == 0


def test_what_a_token_or_plan_does_not_offer_is_skipped_with_the_reason_and_the_others_run(db: Database) -> None:
    with slack(analytics=False) as workspace:
        run = Synced(db, workspace, user=True).sync()

        skipped = report(run, "member_days")
        assert skipped["status"] == "skipped"
        assert "plan" in skipped["error"]["message"]
        assert report(run, "seats")["status"] == report(run, "conversations")["status"] == "succeeded"


def test_a_user_token_that_was_revoked_is_told_and_the_bots_token_reads_the_rest(sqlite_db: Database) -> None:
    with slack() as workspace:
        source = Synced(sqlite_db, workspace, user=True)
        workspace.sandbox.gate.keys = replace(workspace.sandbox.gate.keys, user_token="fake-new-user-token")
        run = source.sync()

    assert run.status == "failed"
    for name in ("seats", "member_days", "access_days"):
        assert report(run, name)["status"] == "failed"
        assert "user token" in report(run, name)["error"]["message"]
    assert report(run, "conversations")["status"] == report(run, "channels")["status"] == "succeeded"


def test_an_admins_token_brings_seats_and_the_member_analytics(db: Database) -> None:
    with slack() as workspace:
        source = Synced(db, workspace, user=True)

        assert source.sync().status == "succeeded"

        truth = workspace.sandbox.truth()
        assert source.rows(seat, "account", "product") == fields(truth["seats"], "account", "product")
        assert source.rows(usage_day, "account", "event", "day", "count") == fields(
            truth["usage_days"], "account", "event", "day", "count"
        )


def test_later_messages_late_replies_and_new_marks_are_found_by_the_next_run(db: Database) -> None:
    with slack(analytics=False) as workspace:
        source = Synced(db, workspace, lookback_days=60)
        workspace.clock.forward(days=-20)
        source.sync()
        expect_the_truth(source, workspace.sandbox.truth())
        for _ in range(4):
            workspace.clock.forward(days=5)
            assert source.sync().status == "succeeded"
            expect_the_truth(source, workspace.sandbox.truth())


def test_what_the_look_back_does_not_reach_is_not_asked_for(db: Database) -> None:
    with slack(analytics=False) as workspace:
        source = Synced(db, workspace, lookback_days=1)
        source.sync()
        first = len(workspace.door.asked_for("conversations.replies"))
        workspace.clock.forward(days=1)
        source.sync()

        again = len(workspace.door.asked_for("conversations.replies")) - first
        assert 0 < again < first / 4


@pytest.mark.parametrize("name", ["projet-shop", "#projet-kan", "nowhere"])
def test_a_channel_that_cannot_be_read_fails_by_itself_and_moves_nothing(db: Database, name: str) -> None:
    with slack(analytics=False) as workspace:
        source = Synced(db, workspace, channels=["général", name])

        run = source.sync()

        stored = {row[0] for row in source.rows(conversation, "channel")}
        if name == "projet-shop":
            assert (run.status, len(stored)) == ("succeeded", 2)
            return
        told = report(run, "conversations")
        assert (told["status"], stored) == ("failed", {"C0GENERAL"})
        assert name.removeprefix("#") in told["error"]["message"]
        assert told["error"]["remedy"]


def threads_since(source: Synced, days: float) -> list[str]:
    """The threads of the last days that are stored, oldest first."""
    since = source.workspace.clock.at - timedelta(days=days)
    rows = source.rows(conversation, "started_at", "external_id")
    return [key for at, key in sorted(rows) if at >= since]


def test_a_deleted_thread_of_the_look_back_is_removed_by_the_next_run_with_what_it_counted(db: Database) -> None:
    with slack(analytics=False) as workspace:
        source = Synced(db, workspace, lookback_days=30)
        source.sync()
        workspace.sandbox.deleted = set(threads_since(source, 20)[1:-1:3])
        assert len(workspace.sandbox.deleted) > 3
        workspace.clock.forward(hours=1)

        run = source.sync()

        assert report(run, "conversations")["deleted"] == len(workspace.sandbox.deleted)
        truth = workspace.sandbox.truth()
        expect_the_truth(source, truth)
        counted = Counter[tuple[Any, ...]]()
        for share in truth["activity"]:
            assert isinstance(share, records.ActivityOf)
            counted.update({(who, event, day): count for who, event, day, count in share.days})
        assert source.rows(usage_day, "account", "event", "day", "count") == {(*k, n) for k, n in counted.items()}
        assert sum(one["written"] + one["deleted"] for one in source.sync().streams or []) == 0


def test_a_deleted_thread_from_before_the_look_back_stays(sqlite_db: Database) -> None:
    with slack(analytics=False) as workspace:
        source = Synced(sqlite_db, workspace, lookback_days=7)
        source.sync()
        old = set(threads_since(source, 60)) - set(threads_since(source, 20))
        workspace.sandbox.deleted = set(sorted(old)[:5])
        workspace.clock.forward(hours=1)

        assert report(source.sync(), "conversations")["deleted"] == 0
        assert workspace.sandbox.deleted <= set(threads_since(source, 60))


def test_a_thread_that_nobody_can_be_sure_of_stays(sqlite_db: Database) -> None:
    """A message of the channel is not shaped like one: it may be any of those that did not come."""
    with slack(analytics=False) as workspace:
        source = Synced(sqlite_db, workspace, lookback_days=30)
        source.sync()
        workspace.sandbox.deleted = set(threads_since(source, 20)[1:-1:3])
        workspace.clock.forward(hours=1)
        workspace.door.answer = lambda request: (
            with_a_strange_message(workspace.sandbox.respond(request))
            if request.path.endswith("conversations.history")
            else None
        )

        assert report(source.sync(), "conversations")["deleted"] == 0
        assert workspace.sandbox.deleted <= set(threads_since(source, 30))


def with_a_strange_message(answer: Response) -> Response:
    told = json.loads(answer.body)
    return replace(answer, body=json.dumps({**told, "messages": [*told["messages"], {"ts": 7}]}).encode())
