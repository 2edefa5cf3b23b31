"""Reading what people type behind `/prodops`."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.language import Language
from app.digest.parse import Name, Vocabulary, parse
from app.digest.periods import Period

TODAY = date(2026, 11, 11)
"""A Wednesday."""
ITEMS = frozenset({"team", "project", "tool"})
WORDS = Vocabulary(
    metrics={
        "cycle_time": ("Cycle time", "Temps de cycle"),
        "lead_time": ("Lead time", "Délai de réalisation"),
        "throughput": ("Throughput", "Débit"),
        "adoption_rate": ("Adoption rate", "Taux d’adoption"),
        "wip": ("Work in progress", "Travail en cours"),
        "tool_satisfaction": ("Satisfaction with tools", "Satisfaction vis-à-vis des outils"),
    },
    dimensions={
        "cycle_time": ITEMS,
        "lead_time": ITEMS,
        "throughput": ITEMS,
        "adoption_rate": frozenset({"team", "tool"}),
        "wip": ITEMS,
        "tool_satisfaction": frozenset({"tool"}),
    },
    names=[
        Name("team", "t1", "Checkout"),
        Name("team", "t2", "Équipe Données"),
        Name("team", "t3", "Search & Discovery"),
        Name("project", "p1", "Checkout"),
        Name("project", "p2", "Mobile app"),
        Name("tool", "figma", "figma"),
    ],
)


@pytest.mark.parametrize(
    ("text", "metric", "names"),
    [
        ("cycle-time checkout last month", "cycle_time", ["t1"]),
        ("Cycle Time, Checkout", "cycle_time", ["t1"]),
        ("temps de cycle équipe checkout le mois dernier", "cycle_time", ["t1"]),
        ("cycle_time projet checkout", "cycle_time", ["p1"]),
        ("adoption figma", "adoption_rate", ["figma"]),
        ("taux d'adoption de figma", "adoption_rate", ["figma"]),
        ("cylce time chekout", "cycle_time", ["t1"]),
        ("DÉBIT equipe donnees", "throughput", ["t2"]),
        ("throughput search", "throughput", ["t3"]),
        ("velocity checkout", "throughput", ["t1"]),
        ("encours mobile app", "wip", ["p2"]),
    ],
)
def test_numbers_and_names_are_found(text: str, metric: str, names: list[str]) -> None:
    ask = parse(text, WORDS, TODAY)
    assert (ask.metric, [name.id for name in ask.names], ask.unknown) == (metric, names, ())


@pytest.mark.parametrize(
    ("words", "first", "end"),
    [
        ("last week", date(2026, 11, 2), date(2026, 11, 9)),
        ("la semaine dernière", date(2026, 11, 2), date(2026, 11, 9)),
        ("last month", date(2026, 10, 1), date(2026, 11, 1)),
        ("le mois dernier", date(2026, 10, 1), date(2026, 11, 1)),
        ("le mois passé", date(2026, 10, 1), date(2026, 11, 1)),
        ("last quarter", date(2026, 7, 1), date(2026, 10, 1)),
        ("le trimestre dernier", date(2026, 7, 1), date(2026, 10, 1)),
        ("l'année dernière", date(2025, 1, 1), date(2026, 1, 1)),
        ("this week", date(2026, 11, 9), date(2026, 11, 12)),
        ("ce mois-ci", date(2026, 11, 1), date(2026, 11, 12)),
        ("30 days", date(2026, 10, 12), TODAY),
        ("last 30 days", date(2026, 10, 12), TODAY),
        ("les 30 derniers jours", date(2026, 10, 12), TODAY),
        ("30j", date(2026, 10, 12), TODAY),
        ("2 weeks", date(2026, 10, 28), TODAY),
        ("hier", date(2026, 11, 10), TODAY),
        ("2026-10-05", date(2026, 10, 5), date(2026, 10, 6)),
        ("05/10/2026", date(2026, 10, 5), date(2026, 10, 6)),
        ("from 2026-10-05 to 2026-10-11", date(2026, 10, 5), date(2026, 10, 12)),
        ("du 05/10/2026 au 11/10/2026", date(2026, 10, 5), date(2026, 10, 12)),
        ("depuis le 01/10/2026", date(2026, 10, 1), date(2026, 11, 12)),
    ],
)
def test_periods_are_understood_in_both_languages(words: str, first: date, end: date) -> None:
    ask = parse(f"throughput checkout {words}", WORDS, TODAY)
    assert ask.period == Period(first, end)
    assert (ask.metric, [name.id for name in ask.names], ask.unknown) == ("throughput", ["t1"], ())


def test_the_words_tell_the_language() -> None:
    assert parse("temps de cycle le mois dernier", WORDS, TODAY).language is Language.FR
    assert parse("cycle time for the team last month", WORDS, TODAY).language is Language.EN
    assert parse("wip", WORDS, TODAY).language is None


@pytest.mark.parametrize("text", ["", "  ", "help", "AIDE", "help cycle time", "?!"])
def test_help_is_asked_for(text: str) -> None:
    assert parse(text, WORDS, TODAY).wants_help


def test_what_is_unknown_is_told_with_what_it_may_be() -> None:
    [(words, likely)] = parse("cycle time chackut blue", WORDS, TODAY).unknown
    assert words == "chackut blue"
    assert "Checkout" in likely
    assert parse("adoptation", WORDS, TODAY).metric == "adoption_rate"
    assert "throughput" in parse("thruput", WORDS, TODAY).meant
    nothing = parse("zzzzzz", WORDS, TODAY)
    assert (nothing.metric, nothing.meant, nothing.wants_help) == (None, (), False)


def test_a_tool_that_is_none_is_told_with_those_that_there_are() -> None:
    assert parse("adoption zzzz", WORDS, TODAY).unknown == (("zzzz", ("figma",)),)
    assert parse("cycle time zzzz", WORDS, TODAY).unknown == (("zzzz", ()),)


def test_a_name_that_the_number_does_not_know_is_told() -> None:
    ask = parse("satisfaction checkout", WORDS, TODAY)
    assert (ask.metric, ask.names, [name.name for name in ask.unfit]) == ("tool_satisfaction", (), ["Checkout"])


_LIKELY = st.sampled_from(
    ["cycle", "time", "last", "dernier", "99999999", "0", "jours", "2026-02-31", "0000-00-00", "du", "au", "figma",
     "<!channel>", "\x00", "équipe", "month", "checkout", "9999", "years", "to", "31/12/9999", "１２", "²"]
)  # fmt: skip


@given(st.one_of(st.text(max_size=400), st.lists(_LIKELY, max_size=30).map(" ".join)))
def test_whatever_is_typed_is_read(text: str) -> None:
    ask = parse(text, WORDS, TODAY)
    assert ask.metric is None or ask.metric in WORDS.metrics
    if ask.period is not None:
        assert ask.period.first < ask.period.end
