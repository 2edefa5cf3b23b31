"""What goes wrong at Slack delays the truth in the store, is told, and changes nothing else."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from app.core.db import Database
from app.ingest.report import instant
from app.store import runs
from connectors.kit.sandbox import Request, Response, json_response
from connectors.kit.sandbox_faults import Fault, FaultPlan
from tests.support.clock import ManualClock
from tests.support.slack_store import Patient, Synced, expect_the_truth
from tests.support.slack_workspace import NOW, slack
from tests.support.stored import report


def once(method: str, response: Response, skip: int = 0) -> Callable[[Request], Response | None]:
    """Puts an answer in place of the first one of a method, after `skip` good ones."""
    left = [*([None] * skip), response]

    def answer(request: Request) -> Response | None:
        return left.pop(0) if left and request.path == f"/api/{method}" else None

    return answer


def no(word: str) -> Response:
    return json_response({"ok": False, "error": word})


def limited(seconds: int) -> Response:
    return Response(429, b'{"ok":false,"error":"ratelimited"}', headers=(("Retry-After", str(seconds)),))


@pytest.mark.parametrize("response", [
    limited(7),
    no("internal_error"),
    Response(200, b"<html><body>Please wait.</body></html>", "text/html"),
    Response(200, b'{"ok": true, "messages": [{"ts": "17'),
    Response(503, b"Oops"),
], ids=["429", "ok-false", "html", "half-a-page", "503"])  # fmt: skip
def test_a_passing_fault_is_waited_for_in_the_same_run(sqlite_db: Database, response: Response) -> None:
    with slack(once("conversations.history", response, skip=1), analytics=False) as workspace:
        source = Synced(sqlite_db, workspace)
        run = source.sync()
        assert (run.status, run.error) == ("succeeded", None)
        expect_the_truth(source, workspace.sandbox.truth())
        asked_for = 7 if response.status == 429 else 0
        assert (workspace.clock.at - NOW).total_seconds() >= asked_for


class Onlooker(Patient):
    """Looks at the run while it sleeps."""

    def __init__(self, db: Database, clock: ManualClock) -> None:
        super().__init__(clock)
        self._db, self.told = db, list[tuple[str, str]]()

    def sleep(self, seconds: float) -> None:
        with self._db.read() as connection:
            (run,), _ = runs.page(connection, limit=1, status=("running",))
        if seconds > 3:
            now = self._clock.now()
            self.told.append(((run.progress or {})["waits_until"], instant(now + timedelta(seconds=seconds))))
        super().sleep(seconds)


def test_a_run_that_waits_for_the_vendor_says_until_when(sqlite_db: Database) -> None:
    with slack(once("conversations.history", limited(40), skip=1), analytics=False) as workspace:
        source, onlooker = Synced(sqlite_db, workspace), Onlooker(sqlite_db, workspace.clock)
        run = source.sync(interrupt=onlooker)
        assert onlooker.told
        assert [until for until, _ in onlooker.told] == [meant for _, meant in onlooker.told]
        assert "waits_until" not in (run.progress or {})


def test_a_long_pause_parks_the_stream_and_the_next_run_goes_on_after_it(sqlite_db: Database) -> None:
    with slack(once("conversations.history", limited(7200), skip=1), analytics=False) as workspace:
        source = Synced(sqlite_db, workspace)
        parked = report(source.sync(), "conversations")
        assert parked["status"] == "incomplete"
        assert parked["retry_at"] is not None
        asked = len(workspace.door.asked_for("conversations.history"))
        assert report(source.sync(), "conversations")["retry_at"] == parked["retry_at"]
        assert len(workspace.door.asked_for("conversations.history")) == asked
        workspace.clock.forward(hours=2, minutes=5)
        assert source.sync().status == "succeeded"
        expect_the_truth(source, workspace.sandbox.truth())


@pytest.mark.parametrize(("word", "kind"), [("token_revoked", "auth"), ("method_deprecated", "config")])
def test_a_refusal_that_needs_a_person_is_told_and_the_run_after_it_is_whole(
    sqlite_db: Database, word: str, kind: str
) -> None:
    with slack(once("conversations.history", no(word), skip=1), analytics=False) as workspace:
        source = Synced(sqlite_db, workspace)
        run = source.sync()
        assert run.status == "failed"
        told = report(run, "conversations")["error"]
        assert told["kind"] == kind
        assert word in told["message"]
        assert source.sync().status == "succeeded"
        expect_the_truth(source, workspace.sandbox.truth())


@pytest.mark.parametrize("fault", [Fault.RATE_LIMITED, Fault.HTML, Fault.TRUNCATED, Fault.RESET, Fault.ERROR_500])
def test_a_vendor_that_keeps_failing_only_delays_the_truth(sqlite_db: Database, fault: Fault) -> None:
    with slack(analytics=False) as workspace:
        source = Synced(sqlite_db, workspace)
        workspace.server.faults = FaultPlan(3, 0.3, [fault], limit=25)
        for _ in range(8):
            if source.sync().status == "succeeded":
                break
            workspace.clock.forward(hours=3)
        assert workspace.server.faults.met[fault] > 0
        expect_the_truth(source, workspace.sandbox.truth())


def test_a_run_under_the_limit_of_2025_says_what_it_costs(sqlite_db: Database) -> None:
    with slack(limits="2025", exchanges=60, analytics=False) as workspace:
        source = Synced(sqlite_db, workspace)
        run = source.sync()
        told = report(run, "conversations")
        assert (run.status, told["status"]) == ("succeeded", "succeeded")
        assert "once a minute" in told["error"]["message"]
        assert report(source.sync(), "accounts")["error"] is None
