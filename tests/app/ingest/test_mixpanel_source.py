"""A Mixpanel project in the store: after every run, what is stored is what is true."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.core.db import Database
from app.ingest import credentials
from app.ingest.interrupt import Interrupt
from app.ingest.runner import Runner
from app.models.people import account
from app.store import runs, sources
from connectors.kit.sandbox import Request, Response
from connectors.kit.sandbox_faults import FaultPlan
from tests.support.mixpanel_site import Served, days_ago, mixpanel
from tests.support.stored import KEYRING, add_source, content


class Hurried(Interrupt):
    """For a vendor whose clock stands still while it is read: waiting would change nothing."""

    def sleep(self, seconds: float) -> None:
        self.check()


def registered(db: Database, served: Served) -> UUID:
    access = served.access()
    config = access.config.model_dump(mode="json", exclude_none=True)
    source_id = add_source(db, "mixpanel", config=config)
    with db.write() as connection:
        sealed = credentials.seal(KEYRING, source_id, access.credentials)
        sources.set_credentials(connection, source_id, sealed, set_at=served.clock.now())
    return source_id


def sync(db: Database, served: Served, source_id: UUID) -> Any:
    runner = Runner(db, {"mixpanel": served.connector}, KEYRING, served.clock, allowed_private_hosts=("127.0.0.1",))
    now = served.clock.now()
    with db.write() as connection:
        runs.queue(connection, source_id, mode="incremental", trigger="manual", streams=None, now=now)
        run = runs.claim(connection, "test", now)
    assert run is not None
    runner.run(run, Hurried())
    with db.read() as connection:
        return runs.get(connection, run.id)


def test_late_events_and_merged_accounts_leave_the_store_as_the_truth_is(sqlite_db: Database):
    with mixpanel(now=days_ago(6), days=15) as served:
        source_id = registered(sqlite_db, served)
        for _ in range(5):
            done = sync(sqlite_db, served, source_id)
            assert done.status == "succeeded", done.error
            truth = served.sandbox.truth()
            assert content(sqlite_db, source_id)["usage"] == {
                (one.account, one.event, one.day): one.count for one in truth["usage_days"]
            }
            served.clock.forward(hours=27)

    with sqlite_db.read() as connection:
        rows = connection.execute(select(account.c.external_id, account.c.email)).all()
    assert {(row.external_id, row.email) for row in rows} == {(one.external_id, one.email) for one in truth["accounts"]}


def test_a_second_run_without_news_writes_nothing(sqlite_db: Database):
    with mixpanel(days=6) as served:
        source_id = registered(sqlite_db, served)
        sync(sqlite_db, served, source_id)
        again = sync(sqlite_db, served, source_id)

    assert [(stream["stream"], stream["written"]) for stream in again.streams] == [("accounts", 0), ("usage_days", 0)]


def test_a_plan_without_the_export_is_skipped_with_the_reason_and_the_accounts_are_read(sqlite_db: Database):
    def answer(request: Request) -> Response | None:
        return Response(402, b'{"error":"no"}') if request.path.endswith("/export") else None

    with mixpanel(answer, days=6) as served:
        done = sync(sqlite_db, served, registered(sqlite_db, served))

    accounts, usage = done.streams
    assert (done.status, accounts["status"], usage["status"]) == ("succeeded", "succeeded", "skipped")
    assert "plan" in usage["error"]["message"]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_vendor_that_fails_in_every_way_only_delays_the_truth(sqlite_db: Database, seed: int):
    with mixpanel(now=days_ago(4), days=12, page_size=4) as served:
        source_id = registered(sqlite_db, served)
        served.server.faults = FaultPlan(seed, 0.35, pause=0.01)
        for _ in range(4):
            sync(sqlite_db, served, source_id)
            served.clock.forward(hours=24)
        served.server.faults = None
        assert sync(sqlite_db, served, source_id).status == "succeeded"

        assert content(sqlite_db, source_id)["usage"] == {
            (one.account, one.event, one.day): one.count for one in served.sandbox.truth()["usage_days"]
        }
