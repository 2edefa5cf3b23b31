"""Workers: one run a source, signs of life, and nothing lost when one is killed."""

import random
import subprocess
import sys
import threading
import time

import pytest

from app.core.crypto import Keyring, new_key
from app.core.db import Database
from app.ingest.worker import Worker
from app.store import runs
from app.store.runs import Run
from connectors.kit.stream import Order
from tests.support.commands import PATIENCE
from tests.support.stored import Site
from tests.support.vendor import Vendor


def worker(site: Site, **given: float) -> Worker:
    return Worker(site.runner, lambda db: 0, heartbeat_every=0.02, **given)  # type: ignore[arg-type]


def queue(site: Site, mode: str = "incremental") -> Run | None:
    with site.db.write() as connection:
        return runs.queue(connection, site.source_id, mode=mode, trigger="manual", streams=None, now=site.clock.now())


def the_run(site: Site, queued: Run | None) -> Run:
    assert queued is not None
    with site.db.read() as connection:
        run = runs.get(connection, queued.id)
    assert run is not None
    return run


def wait_for_sign_of_life(site: Site, queued: Run) -> None:
    """Until the worker has written that it lives at a later instant of the clock."""
    at, end = site.clock.forward(seconds=1), time.monotonic() + PATIENCE
    while the_run(site, queued).heartbeat_at != at:
        assert time.monotonic() < end, "There is no sign of life."
        time.sleep(0.01)


def test_a_queued_run_is_run(db: Database) -> None:
    site = Site(db)
    site.vendor.live(20)
    site.clock.at = site.vendor.now
    queued = queue(site)
    assert worker(site).run_next() is not None
    assert the_run(site, queued).status == "succeeded"
    assert site.content() == site.vendor.truth()
    assert worker(site).run_next() is None


def test_one_run_is_queued_and_one_runs(db: Database) -> None:
    site = Site(db)
    first = queue(site)
    assert queue(site) is None
    with db.write() as connection:
        claimed = runs.claim(connection, "one", site.clock.now())
    assert claimed is not None
    assert first is not None
    assert claimed.id == first.id
    second = queue(site)
    assert second is not None
    with db.write() as connection:
        assert runs.claim(connection, "two", site.clock.now()) is None


def test_two_workers_never_take_the_same_run(db: Database) -> None:
    sites = [Site(db, name=f"source {number}") for number in range(6)]
    for site in sites:
        queue(site)
    claimed: list[Run] = []

    def take(name: str) -> None:
        while True:
            with db.write() as connection:
                run = runs.claim(connection, name, sites[0].clock.now())
            if run is None:
                return
            claimed.append(run)

    threads = [threading.Thread(target=take, args=[f"worker {number}"]) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(claimed) == len({run.id for run in claimed}) == 6


def test_a_running_run_is_cancelled_between_pages(sqlite_db: Database) -> None:
    site = Site(sqlite_db)
    site.vendor.live(60)
    site.clock.at = site.vendor.now
    queued = queue(site)
    assert queued is not None

    def cancel(call: str) -> None:
        if len(site.vendor.calls) == 5:
            with sqlite_db.write() as connection:
                runs.cancel(connection, queued.id, site.clock.now())
            for _ in range(2):
                # The second sign of life comes after the first one was acted upon.
                wait_for_sign_of_life(site, queued)

    site.vendor.before_answer = cancel
    worker(site).run_next()
    assert the_run(site, queued).status == "cancelled"
    assert len(site.vendor.calls) < 12


def test_a_queued_run_is_cancelled_at_once(db: Database) -> None:
    site = Site(db)
    queued = queue(site)
    assert queued is not None
    with db.write() as connection:
        cancelled = runs.cancel(connection, queued.id, site.clock.now())
    assert cancelled is not None
    assert cancelled.status == "cancelled"
    assert worker(site).run_next() is None


def test_a_worker_that_is_told_to_stop_leaves_the_rest_to_the_next(sqlite_db: Database) -> None:
    site = Site(sqlite_db)
    site.vendor.live(60)
    site.clock.at = site.vendor.now
    queued = queue(site)
    ours = worker(site)
    site.vendor.before_answer = lambda call: ours.stop() if len(site.vendor.calls) == 6 else None
    ours.run_forever(poll_every=0.01)
    run = the_run(site, queued)
    assert (run.status, run.error and run.error["message"]) == (
        "incomplete",
        "The worker stopped; the next run continues.",
    )
    site.vendor.before_answer = lambda call: None
    queue(site)
    worker(site).run_next()
    assert site.content() == site.vendor.truth()


def test_long_runs_are_built_meanwhile(sqlite_db: Database) -> None:
    site = Site(sqlite_db)
    site.vendor.live(60)
    site.clock.at = site.vendor.now
    queue(site)
    built_after: list[int] = []

    def build(db: Database) -> int:
        built_after.append(len(site.vendor.calls))
        return 0

    Worker(site.runner, build, build_every=0.0).run_next()
    assert len(built_after) > 5


def test_the_run_of_a_silent_worker_is_given_up(db: Database) -> None:
    site = Site(db)
    site.vendor.live(20)
    site.clock.at = site.vendor.now
    queued = queue(site)
    with db.write() as connection:
        runs.claim(connection, "a worker that died", site.clock.now())
    ours = worker(site)
    ours.reap()
    assert the_run(site, queued).status == "running"
    site.clock.forward(minutes=5)
    ours.reap()
    given_up = the_run(site, queued)
    assert given_up.error is not None
    assert (given_up.status, given_up.error["kind"]) == ("incomplete", "transient")


@pytest.mark.parametrize("seed", range(2))
def test_killed_at_any_point_the_next_run_leaves_the_truth(db: Database, seed: int) -> None:
    choose = random.Random(seed)
    order = choose.choice(list(Order))
    key = new_key()
    site = Site(db, Vendor(seed=seed, order=order, page_size=3), keyring=Keyring([key]))
    site.vendor.live(100)
    site.clock.at = site.vendor.now
    url = db.url.render_as_string(hide_password=False)
    killed = 0
    for _ in range(3):
        queue(site, choose.choice(["incremental", "full"]))
        command = [sys.executable, "-m", "tests.support.fake_worker", url, key, str(seed), "100", order]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        try:
            process.wait(choose.uniform(0.02, 0.5))
        except subprocess.TimeoutExpired:
            process.kill()
            killed += 1
        process.wait(60)
        process.stdout.close()
        site.clock.forward(minutes=10)
        worker(site).reap()
        with db.read() as connection:
            latest = runs.latest(connection)[site.source_id]
        assert latest.status in ("incomplete", "succeeded", "queued")
    assert killed > 0
    while worker(site).run_next() is not None:
        pass
    queue(site)
    worker(site).run_next()
    assert site.content() == site.vendor.truth()
