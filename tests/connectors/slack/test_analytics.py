"""The member analytics file: days that are not there yet, files that break off, lines that are none."""

import gzip
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from connectors.kit.errors import ConfigError, NotOffered, Transient
from connectors.kit.sandbox import Request, Response, json_response
from connectors.kit.stream import Page, Since
from connectors.slack import CONNECTOR, raw
from tests.support.door import Answer
from tests.support.slack_workspace import NOW, slack

MEMBER_DAYS = next(stream for stream in CONNECTOR.streams if stream.name == "member_days")
LINE = b'{"user_id":"U1","date":"2026-10-01","is_active":true,"messages_posted_count":2}\n'


def files(make: Callable[[str], bytes | str]) -> Answer:
    """A file for each day: its bytes, or Slack's word why there is none."""

    def answer(request: Request) -> Response | None:
        if not request.path.endswith("getFile"):
            return None
        made = make(request.param("date"))
        if isinstance(made, str):
            return json_response({"ok": False, "error": made})
        return Response(200, made, "application/gzip")

    return answer


def read(answer: Answer, since: Since | None = None) -> list[Page]:
    assert MEMBER_DAYS.fetch is not None
    with slack(answer) as workspace, workspace.connector.open(workspace.access(user=True)) as api:
        return list(MEMBER_DAYS.fetch(api, None, since or Since()))


def on_time(text: bytes) -> Callable[[str], bytes | str]:
    return lambda day: gzip.compress(text) if "2026-10-20" <= day <= "2026-10-31" else "file_not_yet_available"


def test_it_stops_at_the_first_day_that_has_no_file_yet() -> None:
    since = Since(at=datetime(2026, 10, 29, 12, tzinfo=UTC))
    pages = read(files(on_time(LINE)), since)
    assert [page.high for page in pages] == [datetime(2026, 10, day, tzinfo=UTC) for day in (29, 30, 31)]
    assert [item.user_id for page in pages for item in page.items] == ["U1"] * 3


def test_days_without_a_file_are_passed_over() -> None:
    def make(day: str) -> bytes | str:
        return gzip.compress(LINE) if day == "2026-10-10" else "file_not_found"

    assert len(read(files(make))) == 1


def test_members_who_did_nothing_are_left_out_and_a_broken_line_is_set_aside_without_its_content() -> None:
    text = LINE + b'{"user_id":"U2","is_active":false}\n\nnonsense\n' + LINE.replace(b"U1", b"U3").rstrip()
    [page] = read(files(on_time(text)), Since(at=datetime(2026, 10, 31, tzinfo=UTC)))
    assert [getattr(item, "user_id", None) for item in page.items] == ["U1", None, "U3"]
    assert isinstance(page.items[1], raw.Malformed)


def test_a_file_of_many_lines_is_read_piece_by_piece() -> None:
    text = b"".join(b'{"user_id":"U%d","is_active":true,"pad":"%s"}\n' % (n, b"x" * 50) for n in range(20_000))
    [page] = read(files(on_time(text)), Since(at=datetime(2026, 10, 31, tzinfo=UTC)))
    assert [item.user_id for item in page.items] == [f"U{n}" for n in range(20_000)]


@pytest.mark.parametrize("cut", [1, 5, 9])
def test_a_file_that_breaks_off_is_no_smaller_day(cut: int) -> None:
    def make(day: str) -> bytes | str:
        made = on_time(LINE * 50)(day)
        return made[:-cut] if isinstance(made, bytes) and day == "2026-10-31" else made

    with pytest.raises(Transient, match=r"broke off|broken"):
        read(files(make), Since(at=datetime(2026, 10, 31, tzinfo=UTC)))


@pytest.mark.parametrize("word", ["feature_not_enabled", "paid_only", "not_allowed_token_type"])
def test_a_plan_that_has_no_file_says_so(word: str) -> None:
    with pytest.raises(NotOffered, match=word) as refused:
        read(files(lambda day: word))
    assert refused.value.remedy


def test_a_user_token_that_is_good_for_nothing_is_for_an_admin_to_correct() -> None:
    with pytest.raises(ConfigError, match="token_revoked") as refused:
        read(files(lambda day: "token_revoked"))
    assert not isinstance(refused.value, NotOffered)
    assert "user token" in refused.value.message


def test_the_first_reading_goes_back_as_far_as_files_are_kept() -> None:
    asked: list[str] = []

    def make(day: str) -> str:
        asked.append(day)
        return "file_not_found"

    read(files(make))
    assert min(asked) == (NOW - timedelta(days=80)).date().isoformat()
