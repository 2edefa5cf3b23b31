"""The sandbox behaves as Mixpanel is known to: its envelopes, limits and oddities."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from connectors.mixpanel.sandbox import Keys
from connectors.mixpanel.sandbox.product import LATEST, email
from tests.support.mixpanel_site import NOW, Served, mixpanel, organisation

KEYS = Keys()
TODAY = NOW.date()


def get(served: Served, path: str = "/api/2.0/export", **params: Any) -> httpx.Response:
    return httpx.get(
        served.sandbox.url + path,
        params={"project_id": KEYS.project_id, **params},
        auth=(KEYS.username, KEYS.secret),
        headers={"Accept-Encoding": "gzip"},
    )


def day(served: Served, back: int, **params: Any) -> list[dict[str, Any]]:
    on = (TODAY - timedelta(days=back)).isoformat()
    answer = get(served, from_date=on, to_date=on, **params)
    assert answer.status_code == 200, answer.text
    body = answer.content.replace(b"}\n{", b"}\x00{").replace(b"\n", b"")
    return [msgspec.json.decode(one) for one in body.split(b"\x00") if one]


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({}, 400),
        ({"from_date": "2026-10-30", "to_date": "2026-10-29"}, 400),
        ({"from_date": "30/10/2026", "to_date": "2026-10-30"}, 400),
        ({"from_date": "2026-10-30", "to_date": (TODAY + timedelta(days=1)).isoformat()}, 400),
        ({"from_date": "2026-10-30", "to_date": "2026-10-30", "limit": 100_001}, 400),
        ({"from_date": "2026-10-30", "to_date": "2026-10-30", "event": "Search run"}, 400),
        ({"from_date": "2026-10-30", "to_date": "2026-10-30", "project_id": 5}, 403),
        ({"from_date": "2026-10-30", "to_date": "2026-10-30"}, 200),
    ],
)
def test_an_export_is_refused_as_mixpanel_does(params: dict[str, Any], status: int):
    with mixpanel() as served:
        assert get(served, **params).status_code == status


def test_who_has_no_secret_is_refused():
    with mixpanel() as served:
        assert httpx.get(f"{served.sandbox.url}/api/2.0/export").status_code == 401


def test_the_sixty_first_query_of_an_hour_is_refused_without_a_word_about_when():
    with mixpanel(queries_an_hour=60) as served:
        on = {"from_date": "2026-10-30", "to_date": "2026-10-30"}
        answers = [get(served, **on) for _ in range(61)]
        assert [one.status_code for one in answers] == [200] * 60 + [429]
        assert "retry-after" not in answers[-1].headers
        served.clock.forward(hours=1)
        assert get(served, **on).status_code == 200


def test_an_export_is_packed_where_it_is_large():
    with mixpanel() as served:
        on = (TODAY - timedelta(days=4)).isoformat()
        assert get(served, from_date=on, to_date=on).headers["content-encoding"] == "gzip"
        assert "content-encoding" not in get(served, from_date=on, to_date=on, limit=1).headers


def test_both_dates_are_part_of_the_export():
    with mixpanel() as served:
        first, last = TODAY - timedelta(days=5), TODAY - timedelta(days=4)
        both = get(served, from_date=first.isoformat(), to_date=last.isoformat()).content
        apart = [get(served, from_date=on.isoformat(), to_date=on.isoformat()).content for on in (first, last)]
        assert both == b"".join(apart)


def test_events_arrive_late_and_twice_and_spoilt_and_broken():
    with mixpanel() as served:
        events = [one["properties"] for back in range(6, 20) for one in day(served, back)]
        raw = b"".join(
            get(served, from_date=on, to_date=on).content
            for on in ((TODAY - timedelta(days=back)).isoformat() for back in range(6, 20))
        )

    delays = [one["mp_processing_time_ms"] - one["time"] * 1000 for one in events]
    assert max(delays) > 86_400_000
    assert max(delays) <= LATEST
    ids = [one["$insert_id"] for one in events if "$insert_id" in one]
    assert len(ids) > len(set(ids))
    assert any("insert_id\ufffd" in one for one in events)
    assert any("$distinct_id_before_identity" in one for one in events)
    assert any(not line.startswith(b"{") for line in raw.splitlines())


def test_events_can_be_chosen_by_name():
    with mixpanel() as served:
        assert {one["event"] for one in day(served, 4, event='["Search run"]')} == {"Search run"}


def test_profiles_come_in_pages_that_need_their_session():
    with mixpanel(page_size=3) as served:

        def page(**form: Any) -> httpx.Response:
            return httpx.post(
                f"{served.sandbox.url}/api/query/engage",
                params={"project_id": KEYS.project_id},
                data=form,
                auth=(KEYS.username, KEYS.secret),
            )

        first = page().json()
        second = page(session_id=first["session_id"], page=1).json()
        assert (first["page"], second["page"], first["page_size"]) == (0, 1, 3)
        assert first["results"] != second["results"]
        assert page(page=1).status_code == 400
        assert page(page=1, session_id="unknown").status_code == 400
        chosen = page(output_properties='["$email"]').json()["results"]
        assert {name for one in chosen for name in one["$properties"]} == {"$email"}


def test_people_are_those_of_the_organisation_with_habits_of_their_own():
    people = [one for one in organisation().accounts.values() if one.kind == "human"]
    shown = [(one.email, email(one)) for one in people]

    assert any(here == there for here, there in shown)
    assert any(there is not None and here != there and here == there.lower() for here, there in shown)
    assert any(there is not None and here != there.lower() for here, there in shown)


def test_the_command_prints_its_address_and_serves():
    command = [sys.executable, "-m", "connectors.mixpanel.sandbox", "--items", "20", "--people", "6"]
    command += ["--generated-at", "2026-11-02T09:00Z", "--today", "2026-11-03T09:00Z", "--until-input-ends"]
    root = Path(__file__).parents[3]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert KEYS.secret in process.stdout.readline()
        answer = httpx.get(
            f"{url}/api/query/events/names",
            params={"project_id": KEYS.project_id, "type": "general"},
            auth=(KEYS.username, KEYS.secret),
        )
        process.communicate(timeout=60)

    assert answer.status_code == 200
    assert process.returncode == 0
