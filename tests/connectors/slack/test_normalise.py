"""Slack's objects as records."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.kit.errors import BadRecord
from connectors.slack import normalise, raw
from connectors.slack.normalise import Context

COUNTING, FILED = Context(counts_messages=True), Context(counts_messages=False)


def message(seconds: int = 0, user: str | None = "U1", **more: object) -> raw.Message:
    return msgspec.convert({"ts": f"{1_700_000_000 + seconds}.000100", "user": user, **more}, raw.Message)


def thread(*messages: raw.Message) -> raw.Thread:
    return raw.Thread("C1", messages[0], list(messages[1:]))


@given(st.integers(0, 8_000_000_000_000_000))
def test_an_instant_survives_being_written_as_a_ts_to_the_microsecond(microseconds: int) -> None:
    at = raw.EPOCH + timedelta(microseconds=microseconds)
    assert raw.moment(raw.stamp(at)) == at


@given(st.text(max_size=20))
def test_a_text_that_is_no_ts_has_no_instant_and_breaks_nothing(text: str) -> None:
    assert raw.moment(text) is not None or raw.order(text) == (0, 0)


def test_ts_are_ordered_as_numbers_and_not_as_floats() -> None:
    texts = ["1700000000.000002", "999999999.999999", "1700000000.000001", "1700000000.1"]
    assert sorted(texts, key=raw.order) == [texts[1], texts[2], texts[0], texts[3]]


@pytest.mark.parametrize(
    ("user", "kind"),
    [
        ({"id": "USLACKBOT", "is_bot": False}, "bot"),
        ({"id": "U1", "is_bot": True}, "bot"),
        ({"id": "U1", "is_bot": True, "profile": {"api_app_id": ""}}, "bot"),
        ({"id": "U1", "is_bot": True, "profile": {"api_app_id": "A1"}}, "app"),
        ({"id": "U1", "is_bot": True, "is_workflow_bot": True}, "app"),
        ({"id": "U1", "profile": {"api_app_id": "A1"}}, "human"),
        ({"id": "U1"}, "human"),
    ],
)
def test_people_bots_apps_and_slackbot_are_told_apart(user: dict[str, object], kind: str) -> None:
    [found] = normalise.account(msgspec.convert(user, raw.User), COUNTING)
    assert found.kind == kind


def test_an_account_keeps_its_name_and_address_and_a_deactivated_one_is_not_active() -> None:
    profile = {"email": "a@example.test", "real_name": "Ann", "display_name": ""}
    [found] = normalise.account(msgspec.convert({"id": "U1", "deleted": True, "profile": profile}, raw.User), COUNTING)
    assert (found.display_name, found.email, found.active) == ("Ann", "a@example.test", False)


def test_the_first_reply_is_the_first_by_another_human() -> None:
    [found] = normalise.conversation(
        thread(
            message(0),
            message(40, "U2"),
            message(10),
            message(20, "U9", bot_id="B1"),
            message(25, "USLACKBOT"),
            message(30, "U3"),
        ),
        COUNTING,
    )
    assert (found.first_reply_by, found.first_reply_at) == ("U3", datetime(2023, 11, 14, 22, 13, 50, 100, UTC))
    assert (found.messages, found.automated_messages) == (6, 2)
    assert found.participants == ("U1", "U2", "U3", "U9", "USLACKBOT")


def test_a_classic_bot_without_an_account_is_named_nowhere_and_never_taken_for_a_human() -> None:
    posted = thread(message(0, None, bot_id="B1", subtype="bot_message"), message(5, "U2"))
    [found] = normalise.conversation(posted, COUNTING)
    [share] = normalise.activity(posted, COUNTING)
    assert (found.started_by, found.participants) == (None, ("U2",))
    assert (found.messages, found.automated_messages) == (2, 1)
    assert [who for who, *_ in share.days] == ["U2"]


def test_a_thread_whose_first_message_was_deleted_has_no_starter() -> None:
    head = message(0, "USLACKBOT", subtype="tombstone")
    [found] = normalise.conversation(thread(head, message(5, "U2")), COUNTING)
    [share] = normalise.activity(thread(head, message(5, "U2")), COUNTING)
    assert (found.started_by, found.messages, found.participants, found.automated_messages) == (None, 1, ("U2",), 0)
    assert share.days == (("U2", "message", date(2023, 11, 14), 1),)


def test_marks_come_from_every_message_without_skin_tones_and_once_each() -> None:
    reactions = [{"name": "+1::skin-tone-2", "users": ["U2"], "count": 9}, {"name": "+1", "users": ["U3", "U2"]}]
    [found] = normalise.conversation(
        thread(message(0, reactions=reactions), message(1, reactions=[{"name": "white_check_mark", "users": ["U1"]}])),
        COUNTING,
    )
    assert [(mark.name, mark.by, mark.at) for mark in found.marks] == [
        ("+1", "U2", None),
        ("+1", "U3", None),
        ("white_check_mark", "U1", None),
    ]


def test_use_is_counted_by_the_day_of_the_message_unless_a_file_tells_it() -> None:
    said = thread(message(0, reactions=[{"name": "eyes", "users": ["U2", "U2x"]}]), message(90_000))
    [share] = normalise.activity(said, COUNTING)
    assert share.days == (
        ("U1", "message", date(2023, 11, 14), 1),
        ("U1", "message", date(2023, 11, 15), 1),
        ("U2", "reaction", date(2023, 11, 14), 1),
        ("U2x", "reaction", date(2023, 11, 14), 1),
    )
    assert list(normalise.activity(said, FILED)) == []


def test_what_is_not_shaped_like_a_message_is_set_aside_once() -> None:
    bad = raw.Malformed("C1", "A message of the channel is not shaped like one.")
    with pytest.raises(BadRecord, match="not shaped"):
        list(normalise.conversation(bad, COUNTING))
    assert list(normalise.activity(bad, COUNTING)) == []


def test_a_line_of_the_analytics_file_is_an_event_for_each_thing_that_was_done() -> None:
    line = {"user_id": "U1", "date": "2026-10-01", "is_active": True, "messages_posted_count": 3, "huddles_count": 1}
    found = list(normalise.member_day(msgspec.convert(line, raw.MemberDay), FILED))
    assert [(row.event, row.count) for row in found] == [("active", 1), ("messages_posted", 3), ("huddles", 1)]
    with pytest.raises(BadRecord):
        list(normalise.member_day(raw.MemberDay(date="2026-10-01", is_active=True), FILED))


def test_no_struct_has_a_place_for_a_text() -> None:
    kinds = [kind for kind in vars(raw).values() if isinstance(kind, type) and issubclass(kind, raw.Raw)]
    names = {name for kind in kinds for name in kind.__struct_fields__}
    assert len(kinds) > 15
    assert not names & {"text", "blocks", "attachments", "files", "title", "topic", "purpose"}
