"""A workspace that changes between runs: each run reads what changed, and the sum is the truth."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from connectors.asana import CONNECTOR
from connectors.asana.normalise import transitions
from connectors.asana.sandbox import Keys, project_gid
from connectors.kit.cursor import Cursor, after_walk
from connectors.kit.reading import key_of, records_of, walk
from connectors.kit.records import Record, WorkItem
from connectors.kit.stream import Since
from tests.support.asana_site import NOW, Served, asana, service

WORK_ITEMS = next(stream for stream in CONNECTOR.streams if stream.name == "work_items")


class Store:
    """What runs leave behind: records by stream and key, a cursor for each project."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, Any], Record] = {}
        self.cursors: dict[str, Cursor] = {}

    def sync(self, served: Served, now: datetime) -> int:
        """One run; how many tasks it read."""
        count = 0
        with served.connector.open(served.access()) as api:
            for scope in served.connector.scopes(api):
                cursor = self.cursors.get(scope.external_id, Cursor())
                for page, committed in walk(WORK_ITEMS, api, scope, cursor, run_started=now):
                    cursor = committed
                    count += len(page.items)
                    for name, record in records_of(served.connector, WORK_ITEMS, api, page):
                        self.rows[name, key_of(record)] = record
                self.cursors[scope.external_id] = after_walk(cursor, run_started=now)
        return count

    def of(self, stream: str) -> dict[Any, Any]:
        return {key: record for (name, key), record in self.rows.items() if name == stream}

    def live(self) -> dict[Any, WorkItem]:
        return {key: record for key, record in self.of("work_items").items() if record.deleted_at is None}


def expect_the_truth(store: Store, served: Served, *, deletions_seen: bool) -> None:
    truth = {
        stream: {key_of(record): record for record in served.sandbox.truth()[name]}
        for stream, name in (("work_items", "work_items"), ("transitions", "transitions"), ("usage_days", "activity"))
    }
    live = store.live()
    gone = live.keys() - truth["work_items"].keys()
    if deletions_seen:
        parents = {record.external_id for record in store.of("work_items").values() if record.deleted_at}
        # A subtask goes with the task above it, of which alone the feed tells; the census finds it.
        assert all(live[key].parent in parents for key in gone)
    assert {key: record for key, record in live.items() if key not in gone} == truth["work_items"]
    for stream in ("transitions", "usage_days"):
        assert truth[stream].items() <= store.of(stream).items()


@pytest.mark.parametrize("events", [True, False])
@pytest.mark.parametrize("days", [(3.0, 2.5, 2.0, 0.0), (120.0, 60.0, 0.0)])
def test_the_sum_of_the_runs_is_the_truth(events: bool, days: tuple[float, ...]):
    moment = [NOW]
    store = Store()
    counts = []
    with asana(clock=lambda: moment[0], keys=Keys(events=events), page_cap=20) as served:
        for before in days:
            moment[0] = NOW - timedelta(days=before)
            counts.append(store.sync(served, moment[0]))
        # What the last token brings is read while it lives.
        moment[0] += timedelta(hours=1)
        store.sync(served, moment[0])
        expect_the_truth(store, served, deletions_seen=False)

    if not events:
        assert all(count < counts[0] for count in counts[1:])


def test_a_feed_that_forgot_our_place_means_a_full_walk_and_no_error():
    moment = [NOW - timedelta(days=3)]
    store = Store()
    with asana(clock=lambda: moment[0]) as served:
        first = store.sync(served, moment[0])
        moment[0] += timedelta(hours=12)
        within = store.sync(served, moment[0])
        moment[0] += timedelta(hours=25)
        beyond = store.sync(served, moment[0])

    assert within < first / 2
    assert beyond >= first


def deleted_soon(served: Served) -> tuple[str, datetime]:
    """A task that is no subtask and is deleted at some time in the past."""
    organisation = served.sandbox.organisation
    for item in organisation.items.values():
        if item.deleted is not None and organisation.types[item.start.type].level >= 0:
            at = datetime.fromtimestamp(item.deleted / 1000, NOW.tzinfo)
            if at < NOW:
                return str(15 * 10**14 + item.id), at
    raise AssertionError("The organisation deletes no task.")


def test_a_deletion_shows_in_the_feed_although_the_trash_still_has_the_task():
    moment = [NOW]
    store = Store()
    with asana(clock=lambda: moment[0]) as served:
        gid, at = deleted_soon(served)
        moment[0] = at - timedelta(hours=1)
        store.sync(served, moment[0])
        moment[0] = at + timedelta(hours=1)
        store.sync(served, moment[0])
        expect_the_truth(store, served, deletions_seen=True)

    assert store.of("work_items")[(gid,)].deleted_at is not None
    assert store.of("work_items")[(gid,)].title


def test_a_task_in_the_trash_is_not_found_again_by_its_gid():
    moment = [NOW]
    with asana(clock=lambda: moment[0]) as served:
        gid, at = deleted_soon(served)
        with served.connector.open(served.access()) as api:
            moment[0] = at - timedelta(hours=1)
            (before,) = api.tasks.refetch([gid])
        with served.connector.open(served.access()) as api:
            moment[0] = at + timedelta(hours=1)
            assert api.tasks._task(gid) is not None
            (after,) = api.tasks.refetch([gid])

    assert [item.gid for item in before.items] == [gid]
    assert after.items == []


def test_a_walk_that_goes_on_reads_no_story_of_what_was_read():
    with asana() as served, served.connector.open(served.access()) as api:
        scope = served.connector.scopes(api)[0]
        whole = list(api.tasks.walk(scope, Since()))
        served.door.asked.clear()
        rest = list(api.tasks.walk(scope, Since(resume=whole[0].resume)))
        asked = {path.split("/")[4] for path in served.door.paths() if path.endswith("/stories")}

    read = {item.gid for page in whole[1:] for item in page.items}
    assert {item.gid for page in rest for item in page.items} == read
    assert not asked & {item.gid for item in whole[0].items}
    assert scope.external_id == project_gid("10000")


def test_what_the_audit_log_told_of_a_task_is_told_again_when_the_task_changes_later():
    moment = [NOW]
    with asana(clock=lambda: moment[0]) as served:
        truth = {move.external_id: move for move in served.sandbox.truth(audit_log=True)["transitions"]}
        told = {gid: move for gid, move in truth.items() if move.automated_by == "rule_marker"}
        items = {record.external_id: record for record in served.sandbox.truth()["work_items"]}
        soon = timedelta(seconds=30)
        recent = next(move.at + soon for move in told.values() if items[move.work_item].updated_at > move.at + soon)
        with served.connector.open(served.access(service())) as api:
            read = [
                move
                for scope in served.connector.scopes(api)
                for page in api.tasks.walk(scope, Since(at=recent))
                for item in page.items
                for move in transitions(item, api.context)
            ]

    older = [move for move in read if move.external_id in told and move.at < recent]
    assert older
    assert all(move == told[move.external_id] for move in older)
