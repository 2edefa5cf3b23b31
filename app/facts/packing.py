"""Packs the marked days of conversations, answers to surveys and meetings."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import numpy as np
from sqlalchemy import Connection

from app.core.types import to_micros
from app.facts import segment
from app.facts.days import Packed
from app.facts.rows import Codes
from app.facts.segment import NEVER, Kind
from app.facts.shape import MICROS_A_DAY
from app.facts.talk import MEETINGS, RESPONSES, THREAD_MARKS, THREAD_PEOPLE, THREADS, TOPICS
from app.store import days as store


def conversation_days(connection: Connection, source_id: UUID, codes: Codes, days: Sequence[int]) -> Iterator[Packed]:
    """The conversations that began on those days, who took part in them, and their marks."""
    rows = list(store.conversations(connection, source_id, days))
    threads = {
        "thread": np.array([_number(source_id, row.external_id) for row in rows], dtype=np.int64),
        "started_at": np.array([to_micros(row.started_at) for row in rows], dtype=np.int64),
        "reply_at": np.array([_instant(row.first_reply_at) for row in rows], dtype=np.int64),
        "starter": codes.of("account", [row.started_by for row in rows]),
        "replier": codes.of("account", [row.first_reply_by for row in rows]),
        "channel": codes.of("channel", [row.channel for row in rows]),
    }
    yield from _by_day(THREADS, threads)
    part = [(place, account) for place, row in enumerate(rows) for account in _people(row)]
    yield from _by_day(
        THREAD_PEOPLE,
        {
            **_picked(threads, ("thread", "started_at"), [place for place, _ in part]),
            "account": codes.of("account", [account for _, account in part]),
        },
    )
    marks = [(place, *mark) for place, row in enumerate(rows) for mark in _first_marks(row.marks)]
    yield from _by_day(
        THREAD_MARKS,
        {
            **_picked(threads, ("thread", "started_at", "starter", "channel"), [place for place, *_ in marks]),
            "mark": codes.of("mark", [name for _, name, *_ in marks]),
            "at": [at for *_, at, _ in marks],
            "first_seen": [first_seen for *_, first_seen in marks],
        },
    )


def survey_days(connection: Connection, source_id: UUID, codes: Codes, days: Sequence[int]) -> Iterator[Packed]:
    """The answers that were given on those days."""
    rows = list(store.responses(connection, source_id, days))
    yield from _by_day(
        RESPONSES,
        {
            "at": [to_micros(row.at) for row in rows],
            "account": codes.of("account", [row.account for row in rows]),
            "topic": [TOPICS.index(_topic(row)) for row in rows],
            "tool": codes.of("rated_tool", [row.tool for row in rows]),
            "team": codes.of("answering_team", [row.team for row in rows]),
            "score": [row.score for row in rows],
            "scale_min": [row.scale_min for row in rows],
            "scale_max": [row.scale_max for row in rows],
        },
    )


def meeting_days(connection: Connection, source_id: UUID, codes: Codes, days: Sequence[int]) -> Iterator[Packed]:
    """The meetings on those days."""
    rows = list(store.meetings(connection, source_id, days))
    yield from _by_day(
        MEETINGS,
        {
            "day": [store.day_of(row.day) * MICROS_A_DAY for row in rows],
            "account": codes.of("account", [row.account for row in rows]),
            "meetings": [row.meetings for row in rows],
            "seconds": [row.seconds for row in rows],
        },
    )


def _by_day(kind: Kind, values: Mapping[str, Any]) -> Iterator[Packed]:
    """A segment for each day, its rows in an order that depends on nothing but them."""
    columns = {name: np.asarray(values[name], dtype=dtype) for name, dtype in kind.columns}
    order = np.lexsort(
        [columns[name] for name, _ in reversed(kind.columns) if name != kind.time] + [columns[kind.time]]
    )
    columns = {name: column[order] for name, column in columns.items()}
    day = np.floor_divide(columns[kind.time], MICROS_A_DAY)
    for one in np.unique(day).tolist():
        low, high = np.searchsorted(day, (one, one + 1)).tolist()
        some = {name: column[low:high] for name, column in columns.items()}
        yield kind.name, one, high - low, segment.encode(kind, some)


def _picked(columns: Mapping[str, Any], names: Iterable[str], places: Sequence[int]) -> dict[str, Any]:
    where = np.array(places, dtype=np.int64)
    return {name: columns[name][where] for name in names}


def _people(row: Any) -> list[str]:
    """Who took part, each once: a source may leave the first two out of the participants."""
    named = dict.fromkeys((row.started_by, row.first_reply_by, *row.participants))
    return [account for account in named if account is not None]


def _topic(row: Any) -> str:
    """The topic of an answer; one that names a tool and no topic is about the tool."""
    topic: str | None = row.topic
    return topic or ("other" if row.tool is None else "tool")


def _first_marks(marks: Iterable[Mapping[str, Any]]) -> list[tuple[str, int, int]]:
    """`(name, instant, first_seen)` of the first mark of each name."""
    first: dict[str, tuple[int, int]] = {}
    for mark in marks:
        one = (to_micros(datetime.fromisoformat(mark["at"])), int(mark.get("first_seen", False)))
        first[mark["name"]] = min(one, first.get(mark["name"], one))
    return [(name, *one) for name, one in first.items()]


def _number(source_id: UUID, external_id: str) -> int:
    """The number of a conversation: the first 64 bits of what would be its id."""
    return int.from_bytes(uuid5(source_id, f"conversations/{external_id}").bytes[:8], "big", signed=True)


def _instant(value: datetime | None) -> int:
    return NEVER if value is None else to_micros(value)
