"""When so many items will be done, and how many by a day: Monte Carlo from the daily throughput of late."""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import orjson
from numpy.typing import NDArray

from app.core.errors import InvalidError
from app.core.settings import Settings
from app.core.types import to_micros
from app.facts.read import FactsReader
from app.metrics.insights import FORECAST
from app.metrics.query import MetricQuery, Samples, answer, data_instant, samples

Array = NDArray[Any]

LEVELS = (50, 85, 95)
PAST = 90
FEWEST_ITEMS = 20
RUNS = 10_000
_MOST_DAYS = 3_650
_DAYS_AT_ONCE = 128
_BACKTEST_AHEAD = 14
_BACKTEST_EVERY = 7
_BACKTESTS = 13


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastQuery:
    """What is asked: when `items` will be done, or how many until the day `until` (exclusive); one of the two.

    `filters` are those of the metric `throughput`; days are those of the zone `tz`.
    """

    tz: str
    items: int | None = None
    until: date | None = None
    filters: dict[str, tuple[str, ...]]


def forecast(reader: FactsReader, settings: Settings, query: ForecastQuery) -> dict[str, Any]:
    """The forecast as the API shows it, in plain values; the same data and question give the same answer.

    `at` holds, for each level of certainty, the day on which so many items are done (None: not within ten
    years), or how many are done at least. Raises InvalidError for a question without sense.
    """
    zone = ZoneInfo(query.tz)
    now = data_instant(reader)
    today = now.astimezone(zone).date()
    ahead = _checked(query, today)
    first = today - timedelta(days=PAST + _BACKTEST_AHEAD + _BACKTEST_EVERY * (_BACKTESTS - 1))
    found = _finished(reader, settings, query, (first, today))
    answer: dict[str, Any] = {
        "metric": FORECAST.name,
        "definition": FORECAST.version,
        "as_of": now.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "timezone": query.tz,
        "items": query.items,
        "until": None if query.until is None else query.until.isoformat(),
        "based_on": None,
        "at": None,
        "backtest": None,
    }
    if found.hidden:
        return {**answer, "suppressed": True}
    daily = _daily(found, zone, first, today)
    late = daily[-PAST:]
    answer["based_on"] = {
        "from": (today - timedelta(days=PAST)).isoformat(),
        "to": today.isoformat(),
        "days": PAST,
        "items": int(late.sum()),
    }
    if late.sum() < FEWEST_ITEMS:
        return {**answer, "reason": "too_little_data", "needed": FEWEST_ITEMS}
    dice = np.random.default_rng(_seed(query))
    if query.items is not None:
        days = days_until(late, query.items, dice)
        answer["at"] = {str(level): _day(today, _at_most(days, level)) for level in LEVELS}
    else:
        answer["at"] = {str(level): _at_least(done_within(late, ahead, dice), level) for level in LEVELS}
    answer["runs"] = RUNS
    answer["backtest"] = backtest(daily, dice)
    return answer


def days_behind(reader: FactsReader, settings: Settings, query: ForecastQuery) -> dict[str, Any]:
    """The days that the forecast is drawn from: as `throughput` shows them, small ones suppressed.

    `{"items", "next", "n", "sum"}` as facts behind a number. Raises InvalidError.
    """
    zone = ZoneInfo(query.tz)
    today = data_instant(reader).astimezone(zone).date()
    _checked(query, today)
    asked = replace(_question(query, (today - timedelta(days=PAST), today)), grain="day")
    (series,) = answer(reader, settings, asked)["series"]
    if series.get("suppressed"):
        return {"items": [], "next": None, "suppressed": True}
    days = [
        {"day": point["start"], **({"suppressed": True} if "suppressed" in point else {"value": point["value"]})}
        for point in series["points"]
    ]
    return {"items": days, "next": None, "n": len(days), "sum": {"value": series["total"]["value"]}}


def days_until(daily: Array, items: int, dice: np.random.Generator) -> Array:
    """After how many days so many items are done, in each run; more than ten years count as one day more."""
    result = np.full(RUNS, _MOST_DAYS + 1)
    done = np.zeros(RUNS, dtype=np.int64)
    running = np.arange(RUNS)
    for begin in range(0, _MOST_DAYS, _DAYS_AT_ONCE):
        ahead = done[running, None] + np.cumsum(dice.choice(daily, size=(len(running), _DAYS_AT_ONCE)), axis=1)
        reached = ahead[:, -1] >= items
        result[running[reached]] = begin + 1 + np.argmax(ahead[reached] >= items, axis=1)
        done[running] = ahead[:, -1]
        running = running[~reached]
        if not len(running):
            break
    return result


def done_within(daily: Array, days: int, dice: np.random.Generator) -> Array:
    """How many items are done within so many days, in each run."""
    if not days:
        return np.zeros(RUNS, dtype=np.int64)
    values, times = np.unique(daily, return_counts=True)
    return np.asarray(dice.multinomial(days, times / len(daily), size=RUNS) @ values)


def backtest(daily: Array, dice: np.random.Generator) -> dict[str, Any]:
    """What the same method would have said in the past, and how often it held.

    From a day each week back it says how many items the next fourteen days bring, from the ninety days before;
    `held` is the share of those days on which at least as many came, for each level. A method that is right
    holds about as often as its level says.
    """
    held = dict.fromkeys(LEVELS, 0)
    made = 0
    for step in range(_BACKTESTS):
        end = len(daily) - _BACKTEST_AHEAD - step * _BACKTEST_EVERY
        known, came = daily[end - PAST : end], int(daily[end : end + _BACKTEST_AHEAD].sum())
        if known.sum() < FEWEST_ITEMS:
            continue
        made += 1
        expected = done_within(known, _BACKTEST_AHEAD, dice)
        for level in LEVELS:
            held[level] += came >= _at_least(expected, level)
    return {
        "forecasts": made,
        "days_ahead": _BACKTEST_AHEAD,
        "held": {str(level): count / made if made else None for level, count in held.items()},
    }


def _checked(query: ForecastQuery, today: date) -> int:
    if (query.items is None) == (query.until is None):
        raise InvalidError.at(("query", "items"), "Ask for 'items' (when?) or for 'until' (how many?), one of the two.")
    if query.items is not None:
        if not 1 <= query.items <= 1_000_000:
            raise InvalidError.at(("query", "items"), "'items' must lie between 1 and 1,000,000.")
        return 0
    ahead = (query.until - today).days if query.until is not None else 0
    if not 0 < ahead <= _MOST_DAYS:
        raise InvalidError.at(("query", "until"), "'until' must be a day after today, within the next ten years.")
    return ahead


def _question(query: ForecastQuery, days: tuple[date, date]) -> MetricQuery:
    zone = ZoneInfo(query.tz)
    return MetricQuery(
        metric="throughput",
        start=datetime.combine(days[0], time.min, zone),
        end=datetime.combine(days[1], time.min, zone),
        tz=query.tz,
        grain="total",
        filters=query.filters,
    )


def _finished(reader: FactsReader, settings: Settings, query: ForecastQuery, days: tuple[date, date]) -> Samples:
    found = samples(reader, settings, _question(query, days))
    if found is None:
        raise TypeError("The metric 'throughput' gives no samples.")
    return found.of({})


def _daily(found: Samples, zone: ZoneInfo, first: date, today: date) -> Array:
    """Items finished on each local day from `first` until yesterday."""
    days = [first + timedelta(days=number) for number in range((today - first).days + 1)]
    edges = np.array([to_micros(datetime.combine(day, time.min, zone).astimezone(UTC)) for day in days])
    return np.diff(np.searchsorted(found.at, edges, side="left"))


def _at_most(outcomes: Array, level: int) -> int:
    """What so many per cent of the runs do not exceed."""
    return int(np.quantile(outcomes, level / 100, method="inverted_cdf"))


def _at_least(outcomes: Array, level: int) -> int:
    """What so many per cent of the runs reach."""
    return int(-np.quantile(-outcomes, level / 100, method="inverted_cdf"))


def _day(today: date, after: int) -> str | None:
    """Today is the first day of the forecast: what takes one day is done today."""
    return None if after > _MOST_DAYS else (today + timedelta(days=after - 1)).isoformat()


def _seed(query: ForecastQuery) -> int:
    parts = [query.tz, query.items, query.until, sorted((name, sorted(texts)) for name, texts in query.filters.items())]
    return int.from_bytes(hashlib.blake2b(orjson.dumps(parts), digest_size=8).digest(), "big")
