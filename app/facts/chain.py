"""The true order of transitions: by instant, then the chain of from -> to, then `external_id` in natural order."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.facts.segment import NO_CODE, Array

_DIGITS = re.compile(r"(\d+)")
_LARGE = 100


@dataclass(frozen=True, slots=True)
class Step:
    """One of several transitions of an item at one instant; `place` is where it stands in the input."""

    place: int
    from_status: int
    to_status: int
    external_id: str


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """A key that compares runs of digits as numbers."""
    return tuple((1, int(part), part) if part.isdecimal() else (0, 0, part) for part in _DIGITS.split(text) if part)


def order(
    item: Array, at: Array, from_status: Array, to_status: Array, external_id: Sequence[str], *, present: Array
) -> Array:
    """The permutation that puts transitions in order, item by item; `present` is each item's present status."""
    permutation = np.lexsort((at, item))
    item, at = item[permutation], at[permutation]
    tied = (item[1:] == item[:-1]) & (at[1:] == at[:-1])
    if not tied.any():
        return permutation
    edges = np.flatnonzero(np.diff(np.concatenate(([False], tied, [False])).astype(np.int8)))
    for start, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        steps = [
            Step(place, int(from_status[place]), int(to_status[place]), external_id[place])
            for place in permutation[start : last + 1].tolist()
        ]
        has_before = start > 0 and item[start - 1] == item[start]
        has_next = last + 1 < len(item) and item[last + 1] == item[last]
        before = int(to_status[permutation[start - 1]]) if has_before else None
        end = int(from_status[permutation[last + 1]]) if has_next else int(present[item[start]])
        permutation[start : last + 1] = [step.place for step in chained(steps, before, end)]
    return permutation


def chained(steps: Sequence[Step], before: int | None, end: int) -> list[Step]:
    """Steps of one instant in an order in which each begins where the one before ended, as far as there is one.

    `before` is the status that the item stood in, `end` the one that it stands in afterwards (a hint).
    """
    rest = sorted(steps, key=lambda step: natural(step.external_id))
    standing = before if before is not None else _head(rest, end)
    result: list[Step] = []
    while rest:
        options = [step for step in rest if step.from_status == standing]
        if not options:
            standing = _head(rest, end)
            continue
        chosen = options[0]
        if len(options) > 1 and len(rest) <= _LARGE:
            chosen = next((step for step in options if _reaches_all(step, rest)), options[0])
        rest.remove(chosen)
        result.append(chosen)
        standing = chosen.to_status
    return result


def _head(rest: Sequence[Step], end: int) -> int:
    """Where a chain of these steps begins: left more often than entered; of a ring, where it ends."""
    balance: dict[int, int] = {}
    for step in rest:
        balance[step.from_status] = balance.get(step.from_status, 0) + 1
        balance[step.to_status] = balance.get(step.to_status, 0) - 1
    heads = [step.from_status for step in rest if balance[step.from_status] > 0]
    if heads:
        return heads[0]
    if any(step.from_status == end != NO_CODE for step in rest):
        return end
    return rest[0].from_status


def _reaches_all(step: Step, rest: Sequence[Step]) -> bool:
    """Whether every other step can still be reached once this one is taken."""
    others = [other for other in rest if other is not step]
    reached = {step.to_status}
    grew = True
    while grew:
        more = {other.to_status for other in others if other.from_status in reached} - reached
        reached |= more
        grew = bool(more)
    return all(other.from_status in reached for other in others)
