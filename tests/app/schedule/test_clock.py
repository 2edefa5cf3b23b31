"""Schedules fire when a person would expect, and each tick once, however many clocks run."""

import threading
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import select

from app.core.db import Database
from app.models.schedule import tick
from app.schedule.clock import Job, SyncClock
from app.store import runs, settings, sources, ticks
from tests.support.clock import ManualClock
from tests.support.commands import PATIENCE
from tests.support.stored import add_source

PARIS = "Europe/Paris"
SUNDAY = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("0 9 * * 1", datetime(2026, 3, 2, 9, tzinfo=ZoneInfo(PARIS))),
        ("0 9 * * 0", datetime(2026, 3, 8, 9, tzinfo=ZoneInfo(PARIS))),
        ("0 9 * * 7", datetime(2026, 3, 8, 9, tzinfo=ZoneInfo(PARIS))),
        ("30 6 * * 1-5", datetime(2026, 3, 2, 6, 30, tzinfo=ZoneInfo(PARIS))),
        ("*/15 * * * *", datetime(2026, 3, 1, 13, 15, tzinfo=ZoneInfo(PARIS))),
    ],
)
def test_a_line_fires_on_the_day_that_cron_means(sqlite_db: Database, line: str, expected: datetime) -> None:
    source_id = add_source(sqlite_db, schedule=line)
    clock = SyncClock(sqlite_db, ManualClock(SUNDAY + timedelta(seconds=1)), PARIS)
    clock.refresh()
    assert clock.next_fire(source_id) == expected


def test_a_tick_queues_a_run_once(db: Database) -> None:
    source_id = add_source(db, schedule="0 9 * * *")
    clocks = [SyncClock(db, ManualClock(SUNDAY), PARIS) for _ in range(3)]
    for clock in clocks:
        clock.fire(source_id, SUNDAY)
    with db.read() as connection:
        found, _ = runs.page(connection, limit=10)
    assert [(run.trigger, run.mode, run.status) for run in found] == [("schedule", "incremental", "queued")]


def test_a_tick_is_skipped_while_a_run_is_queued(db: Database) -> None:
    source_id = add_source(db, schedule="0 9 * * *")
    clock = SyncClock(db, ManualClock(SUNDAY), PARIS)
    clock.fire(source_id, SUNDAY)
    clock.fire(source_id, SUNDAY + timedelta(days=1))
    with db.read() as connection:
        assert len(runs.page(connection, limit=10)[0]) == 1


def test_many_schedulers_claim_each_tick_once(db: Database) -> None:
    ticks_due = [SUNDAY + timedelta(minutes=number) for number in range(15)]
    claimed: list[datetime] = []

    def claim_all() -> None:
        for at in ticks_due:
            with db.write() as connection:
                ours = ticks.claim(connection, "job", at)
            if ours:
                claimed.append(at)

    threads = [threading.Thread(target=claim_all) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(claimed) == ticks_due


def test_a_source_that_is_switched_off_or_gone_does_not_fire(db: Database) -> None:
    source_id = add_source(db, schedule="0 9 * * *")
    clock = SyncClock(db, ManualClock(SUNDAY), PARIS)
    clock.refresh()
    with db.write() as connection:
        sources.update_source(connection, source_id, {"enabled": False})
    clock.fire(source_id, SUNDAY)
    clock.refresh()
    assert clock.next_fire(source_id) is None
    with db.write() as connection:
        sources.delete_source(connection, source_id)
    clock.fire(source_id, SUNDAY + timedelta(days=1))
    with db.read() as connection:
        assert runs.page(connection, limit=10)[0] == []


def test_a_changed_line_is_taken_over_and_a_broken_one_left_out(sqlite_db: Database) -> None:
    source_id = add_source(sqlite_db, schedule="0 9 * * 1")
    clock = SyncClock(sqlite_db, ManualClock(SUNDAY), PARIS)
    clock.refresh()
    for line, expected in (("0 8 * * 1", 8), ("nonsense", None)):
        with sqlite_db.write() as connection:
            sources.update_source(connection, source_id, {"schedule": line})
        clock.refresh()
        following = clock.next_fire(source_id)
        assert (following.hour if following else None) == expected


def test_old_ticks_are_forgotten(sqlite_db: Database) -> None:
    with sqlite_db.write() as connection:
        ticks.claim(connection, "job", SUNDAY - timedelta(days=30))
        ticks.claim(connection, "job", SUNDAY)
    SyncClock(sqlite_db, ManualClock(SUNDAY), PARIS).refresh()
    with sqlite_db.read() as connection:
        assert connection.execute(select(tick.c.scheduled_at)).scalars().all() == [SUNDAY]


def test_running_clocks_fire_a_due_tick_once_between_them(sqlite_db: Database) -> None:
    """Real schedulers, with a schedule that is due every second."""
    add_source(sqlite_db, schedule="each second")
    done: list[str] = []
    job = Job("sweep", "each second", lambda: done.append("sweep"))
    clocks = [
        SyncClock(
            sqlite_db, ManualClock(SUNDAY), PARIS, lambda line, zone: CronTrigger(second="*", timezone=zone), (job,)
        )
        for _ in range(3)
    ]
    for clock in clocks:
        clock.start()
    deadline = time.monotonic() + PATIENCE
    fired: list[datetime] = []
    while len(fired) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
        with sqlite_db.read() as connection:
            of_syncs = tick.c.job.startswith("sync/")
            fired = list(connection.execute(select(tick.c.scheduled_at).where(of_syncs)).scalars())
    for clock in clocks:
        clock.stop()
    assert len(fired) >= 2
    assert all(at.microsecond == 0 for at in fired)
    with sqlite_db.read() as connection:
        ticks_of_job = connection.execute(select(tick.c.job).where(tick.c.job == "job/sweep")).all()
    assert len(done) == len(ticks_of_job) > 0


def test_a_job_is_done_once_however_many_clocks_tick(sqlite_db: Database) -> None:
    done: list[str] = []
    job = Job("sweep", "0 3 * * *", lambda: done.append("sweep"))
    for _ in range(3):
        SyncClock(sqlite_db, ManualClock(SUNDAY), PARIS, jobs=(job,)).do(job, SUNDAY)
    assert done == ["sweep"]


def test_a_changed_zone_moves_the_schedules(sqlite_db: Database) -> None:
    source_id = add_source(sqlite_db, schedule="0 9 * * 1")
    clock = SyncClock(sqlite_db, ManualClock(SUNDAY), PARIS)
    clock.refresh()
    before = clock.next_fire(source_id)
    with sqlite_db.write() as connection:
        settings.put(connection, "timezone", "Asia/Tokyo", SUNDAY)
    clock.refresh()
    after = clock.next_fire(source_id)
    assert before is not None
    assert after is not None
    assert (after.hour, str(after.tzinfo)) == (9, "Asia/Tokyo")
    assert after < before
