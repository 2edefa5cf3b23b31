"""Mixpanel over real HTTP: what it reads is the truth, whatever the settings and however often it is read."""

import dataclasses
from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.kit.cursor import Cursor, after_walk
from connectors.kit.errors import ConfigError, RateLimited, Transient
from connectors.kit.reading import key_of, read_all, records_of, walk
from connectors.kit.records import UsageDay
from connectors.kit.sandbox import Request, Response
from connectors.kit.stream import Since
from connectors.mixpanel.config import ProjectSecret
from connectors.mixpanel.connector import LOOK_BACK, STREAMS, MixpanelConnector
from connectors.mixpanel.sandbox.product import EVENTS, NIGHTLY
from tests.support.mixpanel_site import NOW, Served, days_ago, mixpanel

ACCOUNTS, USAGE = STREAMS


def stored(rows: Any) -> dict[Any, UsageDay]:
    """What the store keeps of usage days: a count of nothing removes the day."""
    return {key: record for key, record in rows.items() if record.count}


def keyed(records: list[Any]) -> dict[Any, Any]:
    return {key_of(record): record for record in records}


def read(served: Served, **config: Any) -> dict[str, dict[Any, Any]]:
    with served.connector.open(served.access(**config)) as api:
        rows = read_all(served.connector, api)
    return {"accounts": rows["accounts"], "usage_days": stored(rows["usage_days"])}


@pytest.mark.parametrize(
    ("options", "config", "known"),
    [
        ({}, {}, {}),
        ({"page_size": 3}, {}, {}),
        ({"time_zone": "America/Los_Angeles"}, {"project_timezone": "America/Los_Angeles"}, {}),
        ({"time_zone": "Pacific/Auckland"}, {"project_timezone": "Pacific/Auckland"}, {}),
        ({}, {"exclude_server_side": True}, {"exclude_server_side": True}),
        ({}, {"events": ["Search run", "Export made"]}, {"events": ["Search run", "Export made"]}),
    ],
)
def test_what_is_read_is_the_truth(options: dict[str, Any], config: dict[str, Any], known: dict[str, Any]):
    with mixpanel(**options) as served:
        rows = read(served, **config)
        truth = served.sandbox.truth(**known)

    assert len(truth["usage_days"]) > 20
    assert rows == {name: keyed(records) for name, records in truth.items()}


def test_a_project_secret_opens_the_project_too():
    with mixpanel() as served:
        secret = ProjectSecret(secret=SecretStr(served.sandbox.keys.project_secret))
        with served.connector.open(served.access(secret)) as api:
            rows = read_all(served.connector, api)

        assert stored(rows["usage_days"]) == keyed(served.sandbox.truth()["usage_days"])


def test_days_are_exported_one_by_one_from_the_first_with_events():
    with mixpanel(days=20) as served:
        read(served, events=[NIGHTLY])

    days = served.door.days()
    assert days == [(NOW.date() - timedelta(days=number)).isoformat() for number in range(20, -1, -1)]
    searches = [one for one in served.door.asked if one.param("limit")]
    assert 0 < len(searches) <= 14


def sync(served: Served, rows: dict[Any, UsageDay], cursor: Cursor) -> Cursor:
    started = served.clock.now()
    with served.connector.open(served.access()) as api:
        for page, committed in walk(USAGE, api, None, cursor, run_started=started):
            cursor = committed
            rows.update((key_of(record), record) for _, record in records_of(served.connector, USAGE, api, page))
    return after_walk(cursor, run_started=started)


def test_late_events_and_merged_accounts_are_healed_by_the_look_back():
    rows: dict[Any, UsageDay] = {}
    cursor = Cursor()
    late, merged = set(), set()
    with mixpanel(now=days_ago(8), days=20) as served:
        while served.clock.now() < NOW:
            cursor = sync(served, rows, cursor)
            before = keyed(served.sandbox.truth()["usage_days"])
            assert stored(rows) == before
            served.clock.forward(hours=19)
            after = keyed(served.sandbox.truth()["usage_days"])
            over = served.clock.now().date() - timedelta(days=2)
            late |= {key for key in after if key[2] < over and after[key] != before.get(key)}
            merged |= before.keys() - after.keys()

    assert late
    assert merged


def test_a_second_run_reads_the_look_back_and_no_more():
    with mixpanel() as served:
        cursor = sync(served, {}, Cursor())
        served.door.asked.clear()
        served.clock.forward(hours=1)
        sync(served, {}, cursor)

    assert served.door.days()[0] == (NOW - LOOK_BACK).date().isoformat()
    assert len(served.door.days()) == LOOK_BACK.days + 1
    assert all(not one.param("limit") for one in served.door.asked)


def test_a_large_day_comes_in_pages_of_which_the_last_moves_the_cursor():
    line = b'{"event":"Search run","properties":{"time":1793577600,"distinct_id":"user-%d"}}\n'
    body = b"".join(line % number for number in range(12_000))

    with (
        mixpanel(broken(1, body)) as served,
        served.connector.open(served.access()) as api,
    ):
        pages = list(api.usage(Since(NOW)))

    assert [len(page.items) for page in pages] == [5_000, 5_000, 2_000]
    assert [page.high is not None for page in pages] == [False, False, True]


# -- what goes wrong --------------------------------------------------------------------------------------


def broken(times: int, body: bytes) -> Any:
    """Answers whole-day exports with that body, so many times."""
    left = [times]

    def answer(request: Request) -> Response | None:
        if request.path.endswith("/export") and not request.param("limit") and left[0]:
            left[0] -= 1
            return Response(200, body, "text/plain")
        return None

    return answer


EVENT = b'{"event":"Search run","properties":{"time":1793577600,"distinct_id":"intruder","$insert_id":"x"}}\n'


@pytest.mark.parametrize(
    "body", [EVENT + b"terminated early\n", EVENT + EVENT[:-20], EVENT + b'{"error":"terminated"}', b"<html></html>"]
)
def test_an_export_that_ends_early_is_discarded_and_read_again(body: bytes):
    with mixpanel(broken(2, body)) as served:
        rows = read(served)
        assert rows["usage_days"] == keyed(served.sandbox.truth()["usage_days"])


def test_an_export_that_always_ends_early_is_left_to_the_next_run():
    with mixpanel(broken(10_000, EVENT + b"terminated early\n")) as served, pytest.raises(Transient) as refused:
        read(served)

    assert "before its time" in refused.value.message


def test_a_used_up_hour_parks_the_walk_and_the_next_run_goes_on_where_it_stopped():
    rows: dict[Any, UsageDay] = {}
    pauses: list[timedelta] = []
    cursor = Cursor()
    with mixpanel(queries_an_hour=20, days=30) as served:
        parked: RateLimited | None = RateLimited("")
        while parked is not None:
            started = served.clock.now()
            cursor, parked = sync_until_parked(served, rows, cursor)
            if parked is not None and parked.retry_at is not None:
                pauses.append(parked.retry_at - started)
                served.clock.forward(hours=1)
        truth = served.sandbox.truth()

    assert 1 <= len(pauses) < 5
    assert set(pauses) == {timedelta(minutes=15)}
    assert stored(rows) == keyed(truth["usage_days"])


def sync_until_parked(served: Served, rows: dict[Any, UsageDay], cursor: Cursor) -> tuple[Cursor, RateLimited | None]:
    started = served.clock.now()
    with served.connector.open(served.access()) as api:
        try:
            for page, committed in walk(USAGE, api, None, cursor, run_started=started):
                cursor = committed
                rows.update((key_of(record), record) for _, record in records_of(served.connector, USAGE, api, page))
        except RateLimited as error:
            return cursor, error
    return after_walk(cursor, run_started=started), None


def test_the_own_limiter_waits_before_the_sixty_first_query():
    with mixpanel(days=75) as served:
        served.connector = MixpanelConnector()
        read(served)

    waits = [seconds for seconds in served.naps if seconds > 30]
    assert len(waits) >= len(served.door.days()) - 60
    assert waits[0] == pytest.approx(60, abs=10)


class Cancelled(Exception):
    pass


def test_a_cancelled_run_ends_in_the_middle_of_a_day():
    body = b"".join(EVENT for _ in range(20_000))
    pieces = []

    def sleep(seconds: float) -> None:
        pieces.append(seconds)
        if len(pieces) == 10:
            raise Cancelled

    with mixpanel(broken(1, body)) as served:
        access = dataclasses.replace(served.access(), sleep=sleep)
        with served.connector.open(access) as api, pytest.raises(Cancelled):
            list(api.usage(Since(NOW)))


def test_a_today_that_has_not_begun_at_mixpanel_ends_the_walk():
    with mixpanel(now=NOW.replace(hour=3), time_zone="America/Los_Angeles") as served:
        rows = read(served, project_timezone="UTC")

    assert served.door.days()[-1] == "2026-11-02"
    assert max(key[2] for key in rows["usage_days"]) == date(2026, 11, 1)


def test_a_refused_day_is_for_the_admin_to_correct():
    def answer(request: Request) -> Response | None:
        return Response(400, b'{"error":"bad project"}') if request.path.endswith("/export") else None

    with mixpanel(answer) as served, pytest.raises(ConfigError) as refused:
        read(served)

    assert "project id" in refused.value.remedy


def test_profiles_that_go_round_in_circles_are_an_error():
    def answer(request: Request) -> Response | None:
        if not request.path.endswith("/engage"):
            return None
        page = 1 if b"page=1" in request.body else 0
        body = b'{"results":[{"$distinct_id":"a"},{"$distinct_id":"b"}],"page":%d,"page_size":2,"session_id":"s"}'
        return Response(200, body % page)

    with mixpanel(answer) as served, served.connector.open(served.access()) as api, pytest.raises(Transient):
        list(api.profiles())


def test_only_what_is_needed_of_a_profile_is_asked_for():
    with mixpanel() as served:
        read(served)

    form = next(one.body for one in served.door.asked if one.path.endswith("/engage"))
    assert b"city" not in form
    assert b"%24email" in form


def test_event_names_of_the_sandbox_are_those_of_its_exports():
    with mixpanel() as served, served.connector.open(served.access()) as api:
        assert set(api.event_names()) == {NIGHTLY, *(name for name, _ in EVENTS)}
