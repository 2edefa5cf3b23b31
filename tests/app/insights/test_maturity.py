"""Levels of maturity: what holds, what holds back, and what nobody knows."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from app.insights.criteria import FUNCTIONS, questions
from app.insights.criterion import Declared, Function, Measured
from app.insights.findings import total
from app.insights.maturity import Answered, maturity
from app.insights.numbers import Numbers, Window
from app.metrics.declaration import Text
from tests.app.insights.scenes import DAY, END, NOW, START, TODAY, done, reopened, staffed
from tests.support.metric_site import Site

YES, NO = Answered(answer=True, by="token:fake", at=NOW), Answered(answer=False, by="token:fake", at=NOW)
TEXT = Text(en="Yes?", fr="Oui ?")


def asked(
    site: Site,
    answers: dict[str, Answered] | None = None,
    functions: tuple[Function, ...] = FUNCTIONS,
    teams: tuple[str, ...] = (),
    window: tuple[datetime, datetime] = (START, END),
) -> dict[str, dict[str, Any]]:
    numbers = Numbers(site.reader, site.settings, Window(*window, "Europe/Paris", NOW), teams)
    return {one["function"]: one for one in maturity(numbers, answers or {}, functions)["functions"]}


def reopening(threshold: float, fewest: int = 1) -> Measured:
    return Measured(
        name=f"reopen_{threshold}",
        source=total("reopen_rate"),
        relation="at_most",
        threshold=threshold,
        form="ratio",
        title=TEXT,
        fewest=fewest,
    )


def question(name: str) -> Declared:
    return Declared(name=name, question=TEXT)


def only(site: Site, *levels: tuple[Any, ...], answers: dict[str, Answered] | None = None, **more: Any) -> Any:
    function = Function(name="process", title=TEXT, levels=levels)
    return asked(site, answers, (function,), **more)["process"]


@pytest.mark.parametrize(
    ("given", "level", "held_back_by"),
    [
        ({}, 1, ["a"]),
        ({"a": NO, "b": YES, "c": YES, "d": YES}, 1, ["a"]),
        ({"a": YES}, 2, ["b"]),
        ({"a": YES, "c": YES, "d": YES}, 2, ["b"]),
        ({"a": YES, "b": YES, "d": YES}, 3, ["c"]),
        ({"a": YES, "b": YES, "c": YES, "d": YES}, 5, []),
    ],
)
def test_a_level_needs_all_below_it(
    sqlite_site: Site, given: dict[str, Answered], level: int, held_back_by: list[str]
) -> None:
    found = only(sqlite_site, *((question(name),) for name in "abcd"), answers=given)
    assert found["level"] == level
    assert found["next_level"] == (level + 1 if level < 5 else None)
    assert [one["name"] for one in found["held_back_by"]] == held_back_by


def test_a_measured_criterion_tells_its_value_beside_its_threshold(site: Site) -> None:
    site.put(*done(15), *reopened(5))
    found = only(site, (reopening(0.25),), (reopening(0.2),))
    assert found["level"] == 2
    (held,) = found["held_back_by"]
    assert (held["metric"], held["value"], held["threshold"], held["n"]) == ("reopen_rate", 0.25, 0.2, 20)
    assert (held["met"], held["unknown"]) == (False, None)
    assert held["said"] == {
        "en": "Yes?: 25%; needed: at most 20%.",
        "fr": "Oui ? : 25\u202f% ; il faut : au plus 20\u202f%.",
    }


def test_what_nobody_knows_counts_as_not_met_and_says_why(sqlite_site: Site) -> None:
    assert only(sqlite_site, (reopening(0.5),))["criteria"][0]["unknown"] == "no_data"
    sqlite_site.put(*done(4))
    few = only(sqlite_site, (reopening(0.5, fewest=5),))["criteria"][0]
    assert (few["unknown"], few["met"], few["value"], few["n"]) == ("too_little_data", False, None, 4)
    assert only(sqlite_site, (question("a"),))["criteria"][0]["unknown"] == "unanswered"


def test_what_is_suppressed_is_not_told(private_site: Site) -> None:
    staffed(private_site)
    private_site.put(*done(30, assignee="ann"))
    found = only(private_site, (reopening(0.5),))
    (held,) = found["held_back_by"]
    assert (found["level"], held["unknown"], held["value"], held["n"]) == (1, "suppressed", None, None)
    assert "too few people" in held["said"]["en"]
    assert "trop peu de personnes" in held["said"]["fr"]


def test_an_answer_of_no_is_known_and_not_met(sqlite_site: Site) -> None:
    (held,) = only(sqlite_site, (question("a"),), answers={"a": NO})["held_back_by"]
    assert (held["unknown"], held["answer"], held["answered_by"]) == (None, False, "token:fake")
    assert held["answered_at"] == "2026-09-01T12:34:56Z"
    assert held["said"]["fr"] == "Oui ? Réponse : non."


def test_a_team_has_its_own_level_and_shares_the_answers(site: Site) -> None:
    staffed(site)
    site.put(
        *(replace(item, assignee="ann") for item in (*done(10), *reopened(10))), *done(20, key="b", assignee="joe")
    )
    levels = ((question("a"),), (reopening(0.1),))
    given = {"a": YES}
    assert only(site, *levels, answers=given)["level"] == 2
    assert only(site, *levels, answers=given, teams=("red",))["level"] == 2
    blue = only(site, *levels, answers=given, teams=("blue",))
    assert blue["level"] == 3
    assert [one.get("by_team") for one in blue["criteria"]] == [None, True]
    (of_all,) = only(site, (reopening(0.1),), teams=())["criteria"]
    assert of_all["by_team"] is False


def test_the_real_functions_rise_with_what_is_there(sqlite_site: Site) -> None:
    window = (START, TODAY + DAY)
    assert {one["level"] for one in asked(sqlite_site, window=window).values()} == {1}
    every = {criterion.name: YES for _, _, criterion in questions()}
    assert asked(sqlite_site, every, window=window)["knowledge"]["level"] == 2
    staffed(sqlite_site)
    sqlite_site.put(*done(30, active=20, waits=4, assignee="ann"))
    for stream in ("work_items", "transitions"):
        sqlite_site.store.complete_until(sqlite_site.source_id, NOW, stream)
    found = asked(sqlite_site, every, window=window)
    assert found["process"]["level"] == 3
    assert found["data"]["level"] == 3
    assert {one["name"] for one in found["data"]["held_back_by"]} == {"data_utilisation_20"}


def test_every_function_has_five_levels_and_every_text_both_languages() -> None:
    names = [criterion.name for _, _, criterion in questions()]
    assert len(names) == len(set(names))
    assert [function.name for function in FUNCTIONS] == [
        "process", "tooling", "data", "communication", "knowledge", "monitoring",
    ]  # fmt: skip
    for function in FUNCTIONS:
        assert len(function.levels) == 4
        assert function.title.en
        assert function.title.fr
        for criteria in function.levels:
            assert criteria
            for criterion in criteria:
                text = criterion.title if isinstance(criterion, Measured) else criterion.question
                assert text.en != text.fr
                assert text.en
                assert text.fr
        in_one = [criterion.name for criteria in function.levels for criterion in criteria]
        assert len(in_one) == len(set(in_one))
