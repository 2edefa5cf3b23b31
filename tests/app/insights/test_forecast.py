"""When, and how many: what the past lets expect, said with its certainty, and held against the past itself."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from app.core.errors import InvalidError
from app.insights.forecast import ForecastQuery, days_until, done_within, forecast
from tests.support.metric_site import Site
from tests.support.rows import NOW, Item, history

TODAY = NOW.astimezone(UTC).date()


def finished(day: date, key: str, **more: Any) -> Item:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return history(key, noon - timedelta(days=3), "active", (noon, "done"), **more)


def daily(counts: list[int], **more: Any) -> list[Item]:
    """So many items finished on each of the days before today, the last one yesterday."""
    first = TODAY - timedelta(days=len(counts))
    return [
        finished(first + timedelta(days=day), f"i{day}-{number}", **more)
        for day, count in enumerate(counts)
        for number in range(count)
    ]


def asked(site: Site, **more: Any) -> dict[str, Any]:
    return forecast(site.reader, site.settings, ForecastQuery(**{"tz": "UTC", "filters": {}, **more}))


def test_a_steady_pace_leaves_no_doubt(site: Site) -> None:
    site.put(*daily([2] * 90))
    when = asked(site, items=10)
    assert when["based_on"] == {"from": "2026-06-03", "to": "2026-09-01", "days": 90, "items": 180}
    assert when["at"] == dict.fromkeys(("50", "85", "95"), "2026-09-05")
    many = asked(site, until=date(2026, 9, 11))
    assert many["at"] == dict.fromkeys(("50", "85", "95"), 20)


def test_more_certainty_means_later_and_fewer(sqlite_site: Site) -> None:
    dice = random.Random(3)
    sqlite_site.put(*daily([dice.choice((0, 0, 1, 2, 5)) for _ in range(90)]))
    when, many = asked(sqlite_site, items=40)["at"], asked(sqlite_site, until=TODAY + timedelta(days=28))["at"]
    assert when["50"] < when["85"] < when["95"]
    assert many["50"] > many["85"] > many["95"]


def test_the_same_question_gets_the_same_answer_and_another_one_does_not_move_it(sqlite_site: Site) -> None:
    dice = random.Random(4)
    sqlite_site.put(*daily([dice.randrange(4) for _ in range(90)]))
    first = asked(sqlite_site, items=33)
    asked(sqlite_site, items=34)
    assert asked(sqlite_site, items=33) == first


def test_the_runs_agree_with_each_other_and_with_plain_drawing() -> None:
    """The day on which N are done is not later than D as often as N or more are done within D days."""
    counts = np.array([0, 0, 1, 1, 3, 7])
    days = days_until(counts, 30, np.random.default_rng(1))
    plain = random.Random(2)
    drawn = [sum(plain.choice(counts.tolist()) for _ in range(18)) for _ in range(6000)]
    within = done_within(counts, 18, np.random.default_rng(3))
    share = sum(count >= 30 for count in drawn) / len(drawn)
    assert float(np.mean(days <= 18)) == pytest.approx(share, abs=0.03)
    assert float(np.mean(within >= 30)) == pytest.approx(share, abs=0.03)


def test_what_is_not_done_within_ten_years_has_no_date(sqlite_site: Site) -> None:
    sqlite_site.put(*daily([1 if day % 4 == 0 else 0 for day in range(90)]))
    assert asked(sqlite_site, items=1_000_000)["at"] == {"50": None, "85": None, "95": None}


def test_nineteen_items_are_too_few(sqlite_site: Site) -> None:
    sqlite_site.put(*daily([1] * 19))
    answer = asked(sqlite_site, items=5)
    assert (answer["reason"], answer["needed"], answer["at"]) == ("too_little_data", 20, None)
    sqlite_site.put(*daily([1] * 20))
    assert asked(sqlite_site, items=5)["at"] is not None


def test_today_and_what_is_older_than_ninety_days_do_not_count(sqlite_site: Site) -> None:
    sqlite_site.put(*daily([9] * 30 + [1] * 90), *[finished(TODAY, f"today-{number}") for number in range(50)])
    answer = asked(sqlite_site, items=10)
    assert answer["based_on"]["items"] == 90
    assert answer["at"]["50"] == "2026-09-10"


def test_the_backtest_says_how_often_the_method_held(sqlite_site: Site) -> None:
    sqlite_site.put(*daily([2] * 200))
    found = asked(sqlite_site, items=10)["backtest"]
    assert found == {"forecasts": 13, "days_ahead": 14, "held": {"50": 1.0, "85": 1.0, "95": 1.0}}


def test_the_backtest_shows_that_a_team_which_slows_down_is_overrated(sqlite_site: Site) -> None:
    sqlite_site.put(*daily([6] * 90 + [1] * 110))
    held = asked(sqlite_site, items=10)["backtest"]["held"]
    assert held["95"] < 0.7


def test_a_filter_is_a_forecast_of_its_own(sqlite_site: Site) -> None:
    sqlite_site.put(*daily([1] * 90))
    sqlite_site.put(*[replace(item, key=f"bank-{item.key}", project="bank") for item in daily([3] * 90)])
    assert asked(sqlite_site, items=9)["at"]["85"] == "2026-09-03"
    assert asked(sqlite_site, items=9, filters={"project": ("bank",)})["at"]["85"] == "2026-09-03"
    assert asked(sqlite_site, items=9, filters={"project": ("shop",)})["at"]["85"] == "2026-09-09"


def test_few_people_have_no_forecast(private_site: Site) -> None:
    private_site.store.account(private_site.source_id, "ann")
    private_site.put(*daily([1] * 90, assignee="ann"))
    answer = asked(private_site, items=5)
    assert answer["suppressed"] is True
    assert (answer["at"], answer["based_on"], answer["backtest"]) == (None, None, None)


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({}, "items"),
        ({"items": 5, "until": date(2026, 12, 1)}, "items"),
        ({"items": 0}, "items"),
        ({"items": 10**7}, "items"),
        ({"until": TODAY}, "until"),
        ({"until": date(2026, 1, 1)}, "until"),
        ({"until": date(2099, 1, 1)}, "until"),
        ({"items": 5, "filters": {"squad": ("x",)}}, "squad"),
    ],
)
def test_a_question_without_sense_is_refused(sqlite_site: Site, more: dict[str, Any], place: str) -> None:
    sqlite_site.put(*daily([1] * 90))
    with pytest.raises(InvalidError) as refusal:
        asked(sqlite_site, **more)
    assert refusal.value.errors[0]["loc"] == ["query", place]
