"""A Jira that lives, a source that reads it through faults and kills, and what must hold after each of them."""

import os
import random
import shutil
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from pydantic import SecretStr

from app.core.crypto import Keyring, new_key
from app.core.db import Database
from app.core.settings import Settings
from app.facts.read import FactsReader
from app.ingest import credentials
from app.metrics.query import MetricQuery, answer
from app.store import runs, sources
from app.store.runs import Run
from connectors.jira.config import ApiToken, PersonalAccessToken
from connectors.jira.sandbox import JiraSandbox, Keys
from connectors.jira.sandbox.dialect import Deployment, account_id
from connectors.kit.organisation import Organisation, generate, milliseconds
from connectors.kit.sandbox import Request, Response, SandboxServer, serving
from connectors.kit.sandbox_faults import VENDOR_FAULTS, Fault, FaultPlan
from tests.soak import plain, victim
from tests.support.clock import ManualClock

TODAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BEGIN = TODAY - timedelta(days=125)
"""Before the organisation takes a status out of its workflow and migrates another one."""
END = TODAY + timedelta(weeks=8)
_A_DAY_AND_MORE = timedelta(hours=25)
"""An incremental run looks for deletions once a day, a full one always."""
_PAUSE_OVER = timedelta(minutes=15)
"""The vendor may have asked for a pause, which is kept."""
_PATIENCE = 60.0
"""Seconds that a run may take, at most."""

_QUESTIONS: tuple[dict[str, Any], ...] = (
    {"metric": "cycle_time", "grain": "month", "group_by": ("project",)},
    {"metric": "throughput", "grain": "week", "group_by": ("item_type",)},
    {"metric": "time_in_status", "grain": "total"},
    {"metric": "cumulative_flow", "grain": "month"},
)


class Door:
    """Stands before the sandbox, counts the requests, and does something when a certain one comes."""

    def __init__(self, sandbox: JiraSandbox) -> None:
        self._sandbox = sandbox
        self._lock = threading.Lock()
        self._at = 0
        self._act: Callable[[], None] = lambda: None
        self.asked: list[str] = []
        """The paths of the requests since it was armed."""

    def arm(self, at: int, act: Callable[[], None]) -> None:
        """Count from here, and act when request number `at` comes (0: never)."""
        with self._lock:
            self.asked, self._at, self._act = [], at, act

    def mounted(self, url: str) -> None:
        self._sandbox.mounted(url)

    def spared(self, path: str) -> bool:
        return self._sandbox.spared(path)

    def respond(self, request: Request) -> Response:
        with self._lock:
            self.asked.append(request.path)
            act = self._act if len(self.asked) == self._at else None
        if act is not None:
            act()
        return self._sandbox.respond(request)


@dataclass
class Tally:
    """What a scenario met."""

    met: Counter[str] = field(default_factory=Counter)
    runs: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """Faults, kills, cancels, stops and refusals together."""
        return self.met.total()


class Scenario:
    """One seeded story. `disturb` as often as it takes, then `recover`."""

    def __init__(self, seed: int, deployment: Deployment, db: Database, folder: Path, template: Path) -> None:
        self.choose = random.Random(seed)
        self.tally = Tally()
        self.clock = ManualClock(BEGIN)
        self.db = db
        self._folder = folder
        self._memory = template
        """A database that knows what nobody can learn from Jira any more, to be filled by one clean sync."""
        self._key = new_key()
        self._source_id = uuid4()
        self._first_sync: datetime | None = None
        self._usual = [""] * 60
        """The requests of a run that nothing ended before its time."""
        self.sandbox = JiraSandbox(
            _organisation(seed, self.choose),
            clock=self.clock.now,
            deployment=deployment,
            context_path=self.choose.choice(["", "/jira"]),
            # Many pages of few items: more moments to be killed in.
            page_cap=self.choose.choice([3, 8, 40]),
        )
        self._hidden: str | None = None
        self._door = Door(self.sandbox)
        self._server: SandboxServer

    @contextmanager
    def served(self) -> Iterator["Scenario"]:
        """The sandbox answers, and the source is registered, while the block runs."""
        with serving(self._door, clock=self.clock.now) as self._server:
            self._register(self.db)
            yield self

    # -- what goes wrong ----------------------------------------------------------------------------------

    def disturb(self) -> None:
        """Time goes by; then a sync meets faults, an end before its time, or both; then it is looked at."""
        steps = [timedelta(minutes=3), timedelta(hours=1), timedelta(hours=7), timedelta(days=2), timedelta(days=6)]
        self._pass(self.choose.choice(steps) * self.choose.uniform(0.5, 1.5))
        plan = self._plan() if self.choose.random() < 0.6 else None
        end = self.choose.choice([None, self._kill, self._kill, self._kill, self._cancel, self._stop])
        refused = plan is None and end is None
        keys = self.sandbox.gate.keys
        if refused:
            self.sandbox.gate.keys = replace(keys, token="fake-token-of-another-day")
        self._server.faults = plan
        run = self._sync(self.choose.choice(["incremental"] * 7 + ["full"]), end)
        self._server.faults = None
        self.sandbox.gate.keys = keys
        if plan is not None:
            self.tally.met.update({str(fault): times for fault, times in plan.met.items()})
        self._look_at(run, refused=refused)

    def _plan(self) -> FaultPlan:
        return FaultPlan(
            self.choose.randrange(10**9),
            self.choose.choice([0.02, 0.05, 0.15, 0.4]),
            # Those that only paged answers can show are too rare among all.
            self.choose.choice([list(Fault), self.choose.sample(list(Fault), 3), sorted(VENDOR_FAULTS)]),
            # None is waited for: the last is longer than a run sleeps.
            retry_after=self.choose.choice([0, 0, 600]),
            pause=0.01,
        )

    def _kill(self, run: Run, process: int) -> None:
        _send(process, signal.SIGKILL)

    def _stop(self, run: Run, process: int) -> None:
        _send(process, signal.SIGTERM)

    def _cancel(self, run: Run, process: int) -> None:
        with self.db.write() as connection:
            runs.cancel(connection, run.id, self.clock.now())

    def _sync(self, mode: str, end: Callable[[Run, int], None] | None = None) -> Run:
        """One run in a process of its own, ended at a random moment if `end` is given; as it is then."""
        run = self._queue(mode)
        over = threading.Event()
        timers: list[threading.Timer] = []

        def act() -> None:
            timer = threading.Timer(self.choose.uniform(0, 0.06), lambda: over.is_set() or end(run, process.pid))
            timers.append(timer)
            timer.start()

        self._door.arm(0 if end is None else self._a_moment(), act)
        process = victim.start(self.db.url.render_as_string(hide_password=False), self._key, self.clock.now())
        process.join(_PATIENCE)
        over.set()
        code = process.exitcode
        assert code is not None, "the worker hangs"
        process.close()
        for timer in timers:
            timer.join()
        run = self._run(run.id)
        killed = code in (-signal.SIGKILL, -signal.SIGTERM)
        assert code == 0 or killed, f"the worker ended with {code}"
        if killed:
            self.tally.met["kill"] += 1
            run = self._given_up(run)
        elif run.status == "cancelled":
            self.tally.met["cancel"] += 1
        elif run.error is not None and run.error["message"].startswith("The worker stopped"):
            self.tally.met["stop"] += 1
        if end is None:
            self._usual = self._door.asked
        self.tally.runs[run.status] += 1
        if self._first_sync is None and _status_of(run, "statuses") == "succeeded":
            self._remember_statuses()
        return run

    def _a_moment(self) -> int:
        """The number of a request, as often as not one in the middle of a walk, where most can go wrong."""
        searches = [number for number, path in enumerate(self._usual, 1) if "/search" in path]
        if searches and self.choose.random() < 0.5:
            return self.choose.choice(searches)
        return self.choose.randint(1, max(len(self._usual), 20))

    def _given_up(self, run: Run) -> Run:
        """The run of a killed worker, once another worker has found it silent."""
        self._pass(victim.DEAD_AFTER + timedelta(minutes=1))
        ours = victim.worker(self.db, self._key, self.clock.now())
        waiting = threading.Event()
        for _ in range(100):
            # PostgreSQL may still hold what the killed process held locked.
            ours.reap()
            run = self._run(run.id)
            if run.status != "running":
                break
            waiting.wait(0.05)
        return run

    def _look_at(self, run: Run, *, refused: bool) -> None:
        assert run.status in ("succeeded", "incomplete", "failed", "cancelled", "queued"), run
        if refused:
            assert run.status == "failed", run
            assert run.error is not None
            assert run.error["kind"] == "auth", run
            self.tally.met["refused"] += 1
        if run.status in ("incomplete", "failed"):
            assert run.error is not None, run
            assert run.error["message"], run
            assert run.error["remedy"], run
            assert run.error["kind"] == ("auth" if refused else "transient"), run
        for stream in run.streams or []:
            assert stream["read"] == stream["written"] + stream["unchanged"] + stream["rejected"], stream
            assert stream["rejected"] == 0, stream
            assert stream["status"] != "running", stream
            if stream["status"] in ("incomplete", "failed"):
                assert stream["error"]["message"], stream
                assert stream["error"]["remedy"], stream

    # -- what must be right afterwards --------------------------------------------------------------------

    def recover(self) -> None:
        """One good run while Jira holds still: the store is as if nothing had ever gone wrong."""
        mode, later = self.choose.choice([("incremental", _A_DAY_AND_MORE)] * 4 + [("full", _PAUSE_OVER)])
        self._pass(later)
        with self.db.write() as connection:
            for waiting in runs.page(connection, limit=100, status=["queued"])[0]:
                runs.cancel(connection, waiting.id, self.clock.now())
        run = self._sync(mode)
        assert run.status == "succeeded", run
        with self.db.read() as connection:
            assert not runs.page(connection, limit=100, status=["running", "queued"])[0]
        self._compare_with_truth()
        self._compare_with_a_clean_sync()
        before = plain.everything(self.db, self._source_id)
        again = self._sync("incremental")
        assert again.status == "succeeded", again
        assert not [one for one in again.streams or [] if one["written"] or one["deleted"] or one["rejected"]], again
        assert plain.everything(self.db, self._source_id) == before

    def change_what_is_visible(self) -> None:
        """Hide a project from the token, or show it again. Only behind `recover`: the store is what was last seen."""
        if self._hidden is not None:
            self.sandbox.show_project(self._hidden)
            self._hidden = None
        else:
            projects = self.sandbox.organisation.projects.values()
            self._hidden = self.choose.choice([project.key for project in projects])
            self.sandbox.hide_project(self._hidden, last_seen=self.clock.now())
            self._memory = self._reference

    def _compare_with_truth(self) -> None:
        assert self._first_sync is not None
        records = self.sandbox.truth(first_sync=self._first_sync)
        now = milliseconds(self.clock.now())
        holders = [
            account_id(account, self.sandbox.deployment)
            for account in self.sandbox.organisation.accounts.values()
            # Data Center does not know an app from a person.
            if account.active(now) and (account.kind != "app" or self.sandbox.deployment == "datacenter")
        ]
        wrong = plain.differences(plain.stored(self.db, self._source_id), plain.true(records, holders))
        assert not wrong, "\n".join(wrong)

    def _compare_with_a_clean_sync(self) -> None:
        """The metrics, with those of a database that nothing has happened to."""
        clean = self._copy_of(self._memory)
        self._clean_sync(clean)
        for question in _QUESTIONS:
            query = MetricQuery(start=BEGIN - timedelta(days=70), end=END, tz="Europe/Paris", **question)
            settings = Settings(_env_file=None, min_group=1)  # type: ignore[call-arg]
            found, expected = (answer(FactsReader(db), settings, query) for db in (self.db, clean))
            assert found == expected
            assert found["metric"] != "throughput" or sum(row["value"] or 0 for row in found["series"][0]["points"])
        self._reference = clean.sqlite_path
        clean.close()

    def _remember_statuses(self) -> None:
        """A clean store has to have seen the statuses that will be taken out of Jira."""
        self._first_sync = self.clock.now()
        clean = self._copy_of(self._memory)
        self._register(clean)
        self._clean_sync(clean, ["statuses"])
        assert clean.sqlite_path is not None
        self._memory = clean.sqlite_path
        clean.close()

    def _clean_sync(self, db: Database, streams: list[str] | None = None) -> None:
        queued = self._queue("full", db, streams)
        self._door.arm(0, lambda: None)
        faults, self._server.faults = self._server.faults, None
        victim.worker(db, self._key, self.clock.now()).run_next()
        self._server.faults = faults
        with db.read() as connection:
            run = runs.get(connection, queued.id)
        assert run is not None
        assert run.status == "succeeded", run

    # -- ways and means -----------------------------------------------------------------------------------

    def _copy_of(self, path: Path) -> Database:
        copy = self._folder / f"clean-{uuid4().hex}.db"
        shutil.copy(path, copy)
        return Database(f"sqlite:///{copy}")

    def _register(self, db: Database) -> None:
        now = self.clock.now()
        keys = Keys()
        given: Any = PersonalAccessToken(token=SecretStr(keys.token))
        if self.sandbox.deployment == "cloud":
            given = ApiToken(email=keys.email, token=SecretStr(keys.token))
        source = sources.Source(
            id=self._source_id,
            connector="jira",
            tool="jira",
            name="jira",
            config={"base_url": self.sandbox.url},
            created_at=now,
            updated_at=now,
        )
        with db.write() as connection:
            sources.insert_source(connection, source)
            sealed = credentials.seal(Keyring([self._key]), source.id, given)
            sources.set_credentials(connection, source.id, sealed, set_at=now)

    def _queue(self, mode: str, db: Database | None = None, streams: list[str] | None = None) -> Run:
        """A run that waits; the one that a killed worker has never taken, if there is one."""
        with (db or self.db).write() as connection:
            queued = runs.queue(
                connection, self._source_id, mode=mode, trigger="manual", streams=streams, now=self.clock.now()
            )
            waiting, _ = runs.page(connection, limit=1, status=["queued"])
        return queued or waiting[0]

    def _run(self, run_id: UUID) -> Run:
        with self.db.read() as connection:
            run = runs.get(connection, run_id)
        assert run is not None
        return run

    def _pass(self, time: timedelta) -> None:
        # To the second, or a pause until an HTTP-date of now would be one of up to a second.
        self.clock.at = min(self.clock.at + time, END).replace(microsecond=0)


def _organisation(seed: int, choose: random.Random) -> Organisation:
    """An organisation that deletes more than most."""
    facts = generate(
        seed=seed,
        end=TODAY,
        items=choose.randint(250, 600),
        months=6,
        projects=choose.choice([2, 2, 3, 5]),
        people=14,
        weeks_ahead=8,
    )
    for item in facts.items.values():
        if item.deleted is None and choose.random() < 0.08:
            item.deleted = item.created + choose.randrange(1, max(facts.horizon - item.created, 2))
    return facts


def _send(process: int, what: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # it has ended just before
        os.kill(process, what)


def _status_of(run: Run, stream: str) -> str | None:
    return next((one["status"] for one in run.streams or [] if one["stream"] == stream), None)
