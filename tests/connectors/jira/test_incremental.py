"""A site that changes between runs: each run reads what changed, and the sum is the truth."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from connectors.jira import CONNECTOR
from connectors.kit.cursor import Cursor, after_walk
from connectors.kit.reading import key_of, records_of, walk
from connectors.kit.records import Record
from tests.support.jira_site import NOW, jira

WORK_ITEMS = next(stream for stream in CONNECTOR.streams if stream.name == "work_items")


@pytest.mark.parametrize("deployment", ["cloud", "datacenter"])
def test_what_changed_since_the_last_run_is_read_and_nothing_else(deployment: str):
    moment = [NOW - timedelta(days=20)]

    def clock() -> datetime:
        return moment[0]

    stored: dict[tuple[str, Any], Record] = {}
    with jira(deployment=deployment, clock=clock, page_cap=30) as served:
        access = served.access(now=clock)
        cursors: dict[str, Cursor] = {}
        read = []
        for day in (20, 5, 0):
            moment[0] = NOW - timedelta(days=day)
            count = 0
            with served.connector.open(access) as opened:
                for scope in served.connector.scopes(opened):
                    cursor = cursors.get(scope.external_id, Cursor())
                    for page, committed in walk(WORK_ITEMS, opened, scope, cursor, run_started=clock()):
                        cursor = committed
                        count += len(page.items)
                        for name, record in records_of(served.connector, WORK_ITEMS, opened, page):
                            stored[name, key_of(record)] = record
                    cursors[scope.external_id] = after_walk(cursor, run_started=clock())
            read.append(count)
        truth = served.sandbox.truth()

    assert read[0] > read[1] > 0
    assert read[0] > read[2] > 0
    for record_type, name in (("work_items", "work_items"), ("transitions", "transitions"), ("activity", "usage_days")):
        have = {key: record for (stream, key), record in stored.items() if stream == name}
        want = {key_of(record): record for record in truth[record_type]}
        deleted = have.keys() - want.keys()  # a walk cannot see a deletion: the census does
        assert {key: record for key, record in have.items() if key not in deleted} == want
