"""The facts behind a number as a list that can be read page by page."""

from collections.abc import Callable
from dataclasses import dataclass
from math import isnan
from typing import Any

from app.facts.timeline import CATEGORIES
from app.metrics.items import items_by_number
from app.metrics.question import Array, Question
from app.metrics.result import Selected, plain, seconds
from app.metrics.window import text


@dataclass(frozen=True, slots=True)
class Listing:
    """The facts of one group and bucket: how many they are (`n`) and what they amount to, as the answer says it.

    `page` gives a stretch of the `entries` that show them: one for each fact, or fewer where single facts would
    tell of a person.
    """

    n: int
    sum: dict[str, Any]
    entries: int
    page: Callable[[slice], list[dict[str, Any]]]


def items_behind(question: Question, unit: str, selected: Selected) -> Listing:
    """One entry for each fact, with its work item."""
    size = len(selected.facts)
    return Listing(size, _sum(unit, selected), size, _Page(question, unit, selected).rows)


def _sum(unit: str, selected: Selected) -> dict[str, Any]:
    value = selected.value.sum(keepdims=True)
    if selected.weight is not None:
        return _amounts(unit, value, selected.weight.sum(keepdims=True))[0]
    amounts = _amounts(unit, value, None)[0]
    return {**amounts, "denominator": len(selected.facts)} if unit == "ratio" else amounts


def _amounts(unit: str, value: Array, weight: Array | None) -> list[dict[str, Any]]:
    """What facts bring to a number: a value, or a numerator and a denominator."""
    if unit == "seconds":
        return [{"value": amount} for amount in seconds(value)]
    if unit == "items":
        return [{"value": amount} for amount in plain(value)]
    if weight is None:
        return [{"numerator": amount, "denominator": 1} for amount in plain(value)]
    pairs = zip(seconds(value), seconds(weight), strict=True)
    return [{"numerator": above, "denominator": below} for above, below in pairs]


class _Page:
    """Some of the selected facts, with the names of their items and of what tells them apart."""

    def __init__(self, question: Question, unit: str, selected: Selected) -> None:
        self._question = question
        self._unit = unit
        self._selected = selected

    def rows(self, page: slice) -> list[dict[str, Any]]:
        facts, selected = self._selected.facts, self._selected
        numbers = facts["item"][page].tolist()
        items = items_by_number(self._question.snapshot, sorted(set(numbers)))
        weight = None if selected.weight is None else selected.weight[page]
        amounts = _amounts(self._unit, selected.value[page], weight)
        more = self._more(page)
        return [
            {"item": items.get(number), "at": text(at), **amount, **{name: column[place] for name, column in more}}
            for place, (number, at, amount) in enumerate(zip(numbers, facts.time[page].tolist(), amounts, strict=True))
        ]

    def _more(self, page: slice) -> list[tuple[str, list[Any]]]:
        facts = self._selected.facts
        columns: list[tuple[str, list[Any]]] = []
        for name in facts.more:
            values = facts[name][page]
            if name in ("status", "automated_by"):
                dimension = self._question.snapshot.dimension(name)
                columns.append((name, [dimension.values[place] for place in dimension.of_code[values].tolist()]))
            elif name == "category":
                columns.append((name, [CATEGORIES[place] if place >= 0 else "unmapped" for place in values.tolist()]))
            elif name == "share":
                columns.append((name, [None if isnan(share) else share for share in values.tolist()]))
        return columns
