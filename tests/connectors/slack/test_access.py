"""The access log and the seats: pages of the vendor's own kind, read with an admin's token."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from connectors.kit.errors import NotOffered, Transient
from connectors.kit.reading import read_all
from connectors.kit.records import Seat
from connectors.kit.sandbox import Request, Response, json_response
from connectors.kit.stream import Page, Since
from connectors.slack import CONNECTOR, raw
from tests.support.door import Answer
from tests.support.slack_workspace import NOW, slack

ACCESS_DAYS = next(stream for stream in CONNECTOR.streams if stream.name == "access_days")


def row(user: str, first: datetime, last: datetime) -> dict[str, Any]:
    return {"user_id": user, "date_first": int(first.timestamp()), "date_last": int(last.timestamp()), "count": 9}


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 10, day, hour, tzinfo=UTC)


def pages(*told: Sequence[Any]) -> Answer:
    """A log of so many pages."""

    def answer(request: Request) -> Response | None:
        if not request.path.endswith("team.accessLogs"):
            return None
        number = int(request.param("page", "1"))
        return json_response({"ok": True, "logins": told[number - 1], "paging": {"page": number, "pages": len(told)}})

    return answer


def read(answer: Answer, since: Since | None = None) -> list[Page]:
    assert ACCESS_DAYS.fetch is not None
    with slack(answer, analytics=False) as workspace, workspace.connector.open(workspace.access(user=True)) as api:
        return list(ACCESS_DAYS.fetch(api, None, since or Since()))


def days(told: list[Page]) -> list[tuple[str, int]]:
    return [(item.user, item.day.day) for page in told for item in page.items if isinstance(item, raw.AccessDay)]


def test_the_two_ends_of_a_row_are_days_and_each_comes_once() -> None:
    phone, desktop = row("U1", at(3), at(9)), row("U1", at(9, 7), at(20))
    told = read(pages([desktop], [phone, row("U2", at(9), at(9))]))
    assert days(told) == [("U1", 9), ("U1", 20), ("U1", 3), ("U2", 9)]
    assert [page.high for page in told] == [at(20), at(9)]


def test_what_was_read_before_ends_the_reading() -> None:
    told = read(
        pages([row("U1", at(2), at(20))], [row("U2", at(2), at(8))], [row("U3", at(1), at(2))]), Since(at=at(10))
    )
    assert days(told) == [("U1", 20)]
    assert len(told) == 2


@pytest.mark.parametrize("wrong", [None, {}, "U1", row("", at(1), at(1)), {"user_id": "U1", "date_first": 10**30}])
def test_a_row_that_is_none_is_set_aside_without_its_content(wrong: object) -> None:
    [page] = read(pages([wrong, row("U2", at(2), at(2))]))
    assert [type(item) for item in page.items] == [raw.Malformed, raw.AccessDay]
    assert "U1" not in repr(page.items[0])


def test_what_is_farther_back_than_a_hundred_pages_is_asked_for_by_an_earlier_instant() -> None:
    asked: list[tuple[int, int]] = []

    def answer(request: Request) -> Response | None:
        if not request.path.endswith("team.accessLogs"):
            return None
        before, number = int(request.param("before")), int(request.param("page"))
        asked.append((before, number))
        if before < int(NOW.timestamp()):
            return json_response({"ok": True, "logins": [row("U0", at(1), at(1))], "paging": {"pages": 1}})
        last = at(30) - timedelta(minutes=number)
        return json_response({"ok": True, "logins": [row(f"U{number}", last, last)], "paging": {"pages": 300}})

    told = read(answer)
    assert [number for _, number in asked] == [*range(1, 101), 1]
    assert asked[-1][0] == int((at(30) - timedelta(minutes=100)).timestamp())
    assert len(days(told)) == 101


def test_a_log_that_goes_round_in_circles_is_an_error() -> None:
    with pytest.raises(Transient, match="repeats"):
        read(pages(*[[row("U1", at(3), at(9))]] * 200))


@pytest.mark.parametrize("word", ["paid_only", "missing_scope", "not_allowed_token_type"])
def test_a_plan_or_token_without_a_log_says_so(word: str) -> None:
    def answer(request: Request) -> Response | None:
        return json_response({"ok": False, "error": word}) if request.path.endswith("accessLogs") else None

    with pytest.raises(NotOffered, match=r"plan|scope|token"):
        read(answer)


def test_seats_of_every_page_are_read() -> None:
    def answer(request: Request) -> Response | None:
        if not request.path.endswith("team.billableInfo"):
            return None
        second = request.param("cursor") == "two"
        info = {"U2": {"billing_active": True}} if second else {"U1": {"billing_active": True}, "U3": {}}
        following = "" if second else "two"
        return json_response({"ok": True, "billable_info": info, "response_metadata": {"next_cursor": following}})

    with slack(answer) as workspace, workspace.connector.open(workspace.access(user=True)) as api:
        seats = read_all(workspace.connector, api)["seats"].values()
    assert {one.account for one in seats if isinstance(one, Seat)} == {"U1", "U2"}


def test_a_record_says_that_somebody_was_there_and_not_how_often() -> None:
    [record] = ACCESS_DAYS.normalise(raw.AccessDay("U1", date(2026, 10, 3)), None)
    assert (record.account, record.event, record.day, record.count) == ("U1", "access", date(2026, 10, 3), 1)  # type: ignore[attr-defined]
