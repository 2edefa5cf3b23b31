"""A Slack workspace, synced into the store by the service's runner, is there as it truly is."""

from typing import Any

import pytest
from sqlalchemy import Table, select

from app.core.db import Database
from app.ingest import credentials
from app.ingest.interrupt import Interrupt
from app.ingest.runner import Runner
from app.models.communication import channel, conversation
from app.models.people import account
from app.models.usage import seat, usage_day
from app.store import runs, sources
from app.store.runs import Run
from connectors.kit import records
from connectors.kit.records import Record
from tests.support.slack_workspace import Served, slack
from tests.support.stored import KEYRING, add_source, report


class Synced:
    """A source that reads a served workspace."""

    def __init__(self, db: Database, workspace: Served, *, user: bool = False, **config: Any) -> None:
        self.db = db
        self.workspace = workspace
        self.id = add_source(db, "slack", config={"base_url": workspace.sandbox.url, **config})
        sealed = credentials.seal(KEYRING, self.id, workspace.credentials(user=user))
        with db.write() as connection:
            sources.set_credentials(connection, self.id, sealed, set_at=workspace.clock.now())
        self.runner = Runner(db, {"slack": workspace.connector}, KEYRING, workspace.clock, ("127.0.0.1",))

    def sync(self, mode: str = "incremental") -> Run:
        clock = self.workspace.clock
        with self.db.write() as connection:
            assert runs.queue(connection, self.id, mode=mode, trigger="manual", streams=None, now=clock.at)
            run = runs.claim(connection, "test", clock.at)
        assert run is not None
        self.runner.run(run, Interrupt())
        with self.db.read() as connection:
            ended = runs.get(connection, run.id)
        assert ended is not None
        return ended

    def rows(self, table: Table, *columns: str) -> set[tuple[Any, ...]]:
        with self.db.read() as connection:
            chosen = select(*(table.c[name] for name in columns)).where(table.c.source_id == self.id)
            return {tuple(_plain(value) for value in row) for row in connection.execute(chosen)}


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def fields(rows: list[Record], *names: str) -> set[tuple[Any, ...]]:
    return {tuple(getattr(row, name) for name in names) for row in rows}


ACCOUNT = ("external_id", "display_name", "email", "kind", "active")
CHANNEL = ("external_id", "name", "private", "members")
THREAD = (
    *("external_id", "channel", "started_at", "started_by", "first_reply_at", "first_reply_by", "participants"),
    *("messages", "automated_messages"),
)


def expect_the_truth(source: Synced, truth: dict[str, list[Record]]) -> None:
    assert source.rows(account, *ACCOUNT) == fields(truth["accounts"], *ACCOUNT)
    assert source.rows(channel, *CHANNEL) == fields(truth["channels"], *CHANNEL)
    assert source.rows(conversation, *THREAD) == fields(truth["conversations"], *THREAD)


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
