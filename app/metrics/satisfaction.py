"""How satisfied people say they are: answers to surveys, whatever scale they were given on."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.facts.dimensions import Dimension
from app.facts.segment import NO_CODE
from app.facts.talk import RESPONSES, TOPICS
from app.metrics import aggregate, suppress
from app.metrics.listing import Listing
from app.metrics.question import Facts, Question
from app.metrics.result import Measures, Result, Selected, of_window, people, plain
from app.metrics.window import text
from app.store import dimensions as store

Array = NDArray[Any]


def satisfaction(question: Question, topic: str) -> Result:
    """Answers of a topic that are satisfied, as 0-100, with the mean on 1-5 and the net promoter score."""
    selected = _answers(question, topic)

    def measured(chosen: Selected, cell: Array, cells: int) -> tuple[Measures, Array]:
        n = aggregate.counts(cell, cells)
        satisfied = aggregate.sums(cell, chosen.value, cells)
        total = aggregate.sums(cell, _mapped(chosen.facts), cells)
        return {
            "n": n.tolist(),
            "value": _over(100 * satisfied, n),
            "mean": _over(total, n),
            "nps": _net_promoters(question, chosen.facts, cell, cells),
            "responses": n.tolist(),
            "response_rate": [None] * cells,
        }, n

    return of_window(question, selected, measured, flagged={})


def answers_behind(question: Question, topic: str) -> Listing:
    """The answers, without whose they are: the day, the tool, the score on 1-5, and 1 for one that is satisfied."""
    selected = _answers(question, topic)
    facts, tool = selected.facts, question.snapshot.dimension("rated_tool")
    return Listing(
        len(facts),
        {"satisfied": int(selected.value.sum()), "responses": len(facts)},
        len(facts),
        lambda page: [
            {"day": text(at)[:10], "tool": tool.values[place], "score": score, "satisfied": satisfied}
            for at, place, score, satisfied in zip(
                facts.time[page].tolist(),
                tool.of_code[facts["tool"][page]].tolist(),
                plain(_mapped(facts)[page]),
                selected.value[page].tolist(),
                strict=True,
            )
        ],
    )


def _answers(question: Question, topic: str) -> Selected:
    """The answers of a topic, satisfied (1) or not (0); those that do not fit their scale are left out."""
    facts = Facts(question.snapshot.rows(RESPONSES, question.buckets.start, question.buckets.end))
    facts = facts.keep(facts["topic"] == TOPICS.index(topic))
    person = question.snapshot.accounts().person[facts["account"]]
    facts = question.filtered(facts.having(person=person, team=_teams(question, facts, person)))
    score, low, high = facts["score"], facts["scale_min"], facts["scale_max"]
    fits = (low < high) & (low <= score) & (score <= high)
    facts = facts.keep(fits)
    # At least 4 of 1-5 is at least three quarters of the scale; multiplied, whole numbers are compared exactly.
    satisfied = 4 * (facts["score"] - facts["scale_min"]) >= 3 * (facts["scale_max"] - facts["scale_min"])
    outside = int(np.count_nonzero(~fits))
    return Selected(facts, satisfied.astype(np.int64), excluded={"outside_scale": outside})


def _teams(question: Question, facts: Facts, person: Array) -> Array:
    """The team that an answer names, where there is one; else that of whoever answered, at that instant."""
    snapshot = question.snapshot
    named = snapshot.once(
        ("answering_teams",),
        lambda: _named(store.texts(snapshot.connection, "answering_team"), snapshot.dimension("team")),
    )[facts["team"]]
    return np.where(named == NO_CODE, snapshot.teams().at(person, facts.time), named)


def _named(rows: list[store.Row], teams: Dimension) -> Array:
    """By the code of a text (and once more for none) the place of the team of that name or id; NO_CODE for none."""
    place_of = {text.casefold(): place for place, names in enumerate(teams.names) for text in names}
    named = np.full(max((code for code, _ in rows), default=-1) + 2, NO_CODE)
    for code, text_of_answer in rows:
        named[code] = place_of.get(text_of_answer.casefold(), NO_CODE)
    return named


def _mapped(facts: Facts) -> Array:
    """The scores mapped linearly to 1-5, not rounded."""
    mapped: Array = 1 + 4 * (facts["score"] - facts["scale_min"]) / (facts["scale_max"] - facts["scale_min"])
    return mapped


def _net_promoters(question: Question, facts: Facts, cell: Array, cells: int) -> list[float | None]:
    """Promoters (9, 10) less detractors (up to 6) in a hundred answers on a scale of 0-10.

    None where so few people answered on it that they are not shown, although enough answered in all.
    """
    asked = (facts["scale_min"] == 0) & (facts["scale_max"] == 10)
    facts, cell = facts.keep(asked), cell[asked]
    side = (facts["score"] >= 9).astype(np.int64) - (facts["score"] <= 6)
    n = aggregate.counts(cell, cells)
    counted = people(question, facts, cell, cells)
    if counted is not None:
        n = np.where(suppress.small(counted, question.smallest), 0, n)
    return _over(100 * aggregate.sums(cell, side, cells), n)


def _over(above: Array, n: Array) -> list[float | None]:
    return [None if not below else value / below for value, below in zip(above.tolist(), n.tolist(), strict=True)]
