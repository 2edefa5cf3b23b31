"""One item's history as a person reads it: in order, with what each status meant, and how long things took."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from app.core.types import from_micros, to_micros
from app.facts import chain
from app.facts.segment import NEVER, NO_CODE
from app.facts.timeline import (
    ACTIVE,
    CATEGORIES,
    NO_CATEGORY,
    WAITING,
    Items,
    Moves,
    StatusMap,
    Timelines,
    timelines,
)


@dataclass(frozen=True, slots=True)
class Move:
    """One transition, by the vendor's ids of its statuses."""

    external_id: str
    at: datetime
    from_status: str | None
    to_status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """`order` holds the places of the moves in their true order; durations are seconds, elapsed."""

    order: Sequence[int]
    started_at: datetime | None
    finished_at: datetime | None
    discarded_at: datetime | None
    lead_time: float | None
    cycle_time: float | None
    active_time: float | None
    reaction_time: float | None


def tell(
    *,
    created_at: datetime,
    resolved_at: datetime | None,
    status: str | None,
    discards: bool,
    moves: Sequence[Move],
    categories: Mapping[str, str | None],
) -> Story:
    """The story of an item; `categories` tells what each status means in the item's project."""
    names = [status, *(name for move in moves for name in (move.from_status, move.to_status))]
    code = {name: number for number, name in enumerate(dict.fromkeys(name for name in names if name is not None))}
    items = Items(
        created_at=np.array([to_micros(created_at)], dtype=np.int64),
        project=np.array([NO_CODE], dtype=np.int32),
        status=np.array([_coded(code, status)], dtype=np.int32),
        resolved_at=np.array([NEVER if resolved_at is None else to_micros(resolved_at)], dtype=np.int64),
        discards=np.array([discards]),
    )
    item = np.zeros(len(moves), dtype=np.int64)
    at = np.array([to_micros(move.at) for move in moves], dtype=np.int64)
    left = np.array([_coded(code, move.from_status) for move in moves], dtype=np.int32)
    entered = np.array([code[move.to_status] for move in moves], dtype=np.int32)
    order = chain.order(item, at, left, entered, [move.external_id for move in moves], present=items.status)
    told = timelines(items, Moves(item, at[order], left[order], entered[order]), _status_map(code, categories))
    created = to_micros(created_at)
    started, finished = int(told.started_at[0]), int(told.finished_at[0])
    return Story(
        order=[int(place) for place in order],
        started_at=_instant(started),
        finished_at=_instant(finished),
        discarded_at=_instant(int(told.discarded_at[0])),
        lead_time=_seconds(created, finished),
        cycle_time=_seconds(started, finished),
        active_time=None if _seconds(started, finished) is None else _active(told, started, finished),
        reaction_time=_seconds(created, started),
    )


def automation(
    override: bool | None, mark: bool | None, marked_by: str | None, kind: str | None
) -> tuple[bool | None, str | None]:
    """Whether a move was automated, and how that was told; `None` where everything is silent."""
    if override is not None:
        return override, "override"
    if mark is not None:
        return mark, marked_by
    if kind in ("bot", "app", "human"):
        return kind != "human", "account_kind"
    return None, None


def _status_map(code: Mapping[str, int], categories: Mapping[str, str | None]) -> StatusMap:
    numbers = {name: number for number, name in enumerate(CATEGORIES)}
    meant = [numbers.get(categories.get(name) or "", NO_CATEGORY) for name in code]
    category = np.array([*meant, NO_CATEGORY], dtype=np.int8)
    none = np.array([], dtype=np.int64)
    return StatusMap(category, category != NO_CATEGORY, none, none.astype(np.int8))


def _active(told: Timelines, started: int, finished: int) -> float:
    begins = np.clip(told.visit_start, started, finished)
    ends = np.clip(told.visit_end, started, finished)
    working = (told.visit_category == ACTIVE) | (told.visit_category == WAITING)
    return float(np.sum((ends - begins)[working])) / 1e6


def _coded(code: Mapping[str, int], name: str | None) -> int:
    return NO_CODE if name is None else code[name]


def _instant(micros: int) -> datetime | None:
    return None if micros == NEVER else from_micros(micros)


def _seconds(start: int, end: int) -> float | None:
    """The seconds between; `None` where one is missing or they stand the wrong way round."""
    return None if NEVER in (start, end) or end < start else (end - start) / 1e6
