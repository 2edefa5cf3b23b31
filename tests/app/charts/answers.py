"""Answers as the metrics give them, small enough to be read."""

from datetime import date, timedelta
from typing import Any

Plain = dict[str, Any]
SUPPRESSED: Plain = {"suppressed": True}
TEAMS = [{"id": "11111111-0000-4000-8000-000000000001", "name": "Checkout"}, {"id": None, "name": "unassigned"}]


def answer(metric: str, unit: str, series: list[Plain], **more: Any) -> Plain:
    return {
        "metric": metric,
        "unit": unit,
        "from": "2026-08-30T22:00:00Z",
        "to": "2026-09-27T22:00:00Z",
        "grain": "week",
        "timezone": "Europe/Paris",
        "clock": "elapsed",
        "calendar": None,
        "definition": 1,
        "as_of": "2026-09-25T08:00:00Z",
        "freshness": [],
        "excluded": {},
        "flagged": {},
        "series": series,
        **more,
    }


def one(points: list[Plain], total: Plain | None = None, group: Plain | None = None, **more: Any) -> Plain:
    """One series, its weeks from Monday 31 August 2026 on; a point may say itself that it is not complete."""
    first = date(2026, 8, 31)
    framed = [
        {
            "start": (first + timedelta(weeks=number)).isoformat(),
            "end": (first + timedelta(weeks=number + 1)).isoformat(),
            "complete": True,
            **point,
        }
        for number, point in enumerate(points)
    ]
    return {"group": group or {}, "points": framed, "total": total or {"n": 0}, **more}


def duration(hours: float | None, n: int = 12, **more: Any) -> Plain:
    """A point or total of a duration whose 85th percentile is twice its median."""
    if hours is None:
        return {"n": 0, "p50": None, "p75": None, "p85": None, "p95": None, "mean": None, **more}
    seconds = hours * 3_600
    sizes = {"p50": seconds, "p75": 1.5 * seconds, "p85": 2 * seconds, "p95": 3 * seconds, "mean": 1.2 * seconds}
    return {"n": n, **sizes, **more}


def cycle_time() -> Plain:
    """Four weeks: a number, one that is suppressed, one without data, and one that is still running."""
    points = [duration(48), SUPPRESSED, duration(None), duration(60, 7, complete=False)]
    return answer("cycle_time", "seconds", [one(points, duration(52, 19), previous=duration(65, 30))])


def cycle_time_by_team() -> Plain:
    lines = [
        one([duration(48), duration(36), duration(24), duration(30)], duration(33, 48), {"team": TEAMS[0]}),
        one([duration(70), SUPPRESSED, duration(80), duration(90)], duration(75, 36), {"team": TEAMS[1]}),
    ]
    return answer("cycle_time", "seconds", lines)


def throughput() -> Plain:
    points = [
        {"n": 9, "value": 9},
        {"n": 0, "value": 0},
        {"n": 1_204, "value": 1_204},
        {"n": 3, "value": 3, "complete": False},
    ]
    return answer("throughput", "items", [one(points, {"n": 1_216, "value": 1_216}, previous={"n": 608, "value": 608})])


def throughput_by_team() -> Plain:
    counts = [[{"n": 4, "value": 4}, SUPPRESSED], [{"n": 2, "value": 2}, {"n": 7, "value": 7}]]
    return answer(
        "throughput",
        "items",
        [one(points, {"n": 9, "value": 9}, {"team": team}) for points, team in zip(counts, TEAMS, strict=True)],
    )


def active_users() -> Plain:
    points = [{"n": 80 + week, "dau": 20 + week, "wau": 60, "mau": 80 + week} for week in range(4)]
    return answer("active_users", "people", [one(points, points[-1])])


def ratio(metric: str, tools: dict[str, float | None]) -> Plain:
    lines = []
    for name, value in tools.items():
        total = SUPPRESSED if value is None else {"n": 40, "value": value, "numerator": 40 * value, "denominator": 40}
        lines.append(one([total] * 4, total, {"tool": {"id": name, "name": name}}))
    return answer(metric, "ratio", lines)


def seats() -> Plain:
    jira = {
        "n": 110,
        "value": 0.6,
        "held": 110,
        "active": 66,
        "never_used": 30,
        "bought": 120,
        "idle_cost": 352.0,
        "currency": "EUR",
    }
    slack = {
        "n": 50,
        "value": 1.0,
        "held": 50,
        "active": 50,
        "never_used": 0,
        "bought": None,
        "idle_cost": None,
        "currency": None,
    }
    lines = [
        one([total] * 4, total, {"tool": {"id": name, "name": name}})
        for name, total in (("jira", jira), ("slack", slack), ("asana", SUPPRESSED))
    ]
    return answer("seat_utilisation", "ratio", lines)


def features() -> Plain:
    def entry(event: str, **numbers: Any) -> Plain:
        return {"tool": {"id": "jira", "name": "jira"}, "event": {"id": event, "name": event}, **numbers}

    by = [
        entry("search", events=5_283, people=111),
        entry("export", events=12, people=9),
        entry("import", **SUPPRESSED),
    ]
    return answer("feature_usage", "events", [one([], {"n": 3, "events": 5_300, "people": 112, "by": by})])


def coverage() -> Plain:
    shares = {"fresh": (4, 4), "assignee": (148, 266), "person": (539, 574)}
    by = [
        {"rule": rule, "value": above / below, "numerator": above, "denominator": below}
        for rule, (above, below) in shares.items()
    ]
    return answer("data_coverage", "ratio", [one([], {"n": 844, "value": 0.83, "by": by})])


def freshness() -> Plain:
    def entry(source: str, stream: str, value: float | None) -> Plain:
        return {"source": {"id": source, "name": source}, "stream": stream, "complete_until": None, "value": value}

    by = [entry("Surveys", "answers", None), entry("Jira", "items", 5_400.0), entry("Jira", "accounts", 60.0)]
    return answer("freshness", "seconds", [one([], {"n": 3, "value": 5_400.0, "by": by})])


def status_entry(name: str, category: str, **numbers: Any) -> Plain:
    return {"status": {"id": name, "name": name}, "category": category, **numbers}


def time_in_status() -> Plain:
    by = [
        status_entry("Review", "waiting", n=40, total=1e6, share=0.4, visits=44, p50=93_600.0, p85=2e5),
        status_entry("Doing", "active", n=52, total=1.5e6, share=0.6, visits=60, p50=7_200.0, p85=3e5),
        status_entry("Triage", "todo", **SUPPRESSED),
    ]
    return answer("time_in_status", "seconds", [one([], {"n": 52, "by": by, "by_category": []})])


def bottleneck() -> Plain:
    numbers = {"n": 40, "total": 1e6, "arrivals": 12, "departures": 7, "growth": 5, "trend": 2}
    by = [
        status_entry("Doing", "active", rank=1, share=0.6, share_change=-0.039, **numbers),
        status_entry("Review", "waiting", rank=2, share=0.4, share_change=None, **numbers),
        status_entry("Triage", "todo", **SUPPRESSED),
    ]
    return answer("bottleneck", "seconds", [one([], {"n": 52, "by": by})])


def cumulative_flow() -> Plain:
    """Three weeks; what waits is hidden together with the backlog in the second one."""

    def point(n: int, **values: int | None) -> Plain:
        by = [
            {"category": name, **(SUPPRESSED if value is None else {"value": value})} for name, value in values.items()
        ]
        return {"n": n, "by": by}

    points = [
        point(205, backlog=5, todo=30, active=10, waiting=10, done=150),
        point(215, backlog=None, todo=32, active=11, waiting=None, done=160),
        point(225, backlog=6, todo=34, active=9, waiting=6, done=170),
    ]
    return answer("cumulative_flow", "items", [one(points, points[-1])])


def item(key: str, **more: Any) -> Plain:
    return {"item": {"id": key, "external_id": "1", "key": key, "title": f"Title of {key}", "url": None}, **more}


def facts() -> list[Plain]:
    """Nineteen finished items, of one to nineteen hours."""
    return [item(f"AB-{hour}", at=f"2026-09-{hour:02d}T10:00:00Z", value=hour * 3_600.0) for hour in range(1, 20)]


def ages() -> Plain:
    by = [item("AB-1", value=864_000.0, share=0.93), item("AB-2", value=3_600.0, share=None)]
    return answer("wip_age", "seconds", [one([], duration(100, 2, by=by))], grain="total")


def forecast(**more: Any) -> Plain:
    return {
        "metric": "forecast",
        "definition": 1,
        "as_of": "2026-09-25T08:00:00Z",
        "timezone": "Europe/Paris",
        "items": 50,
        "until": None,
        "based_on": {"from": "2026-06-27", "to": "2026-09-25", "days": 90, "items": 359},
        "at": {"50": "2026-10-07", "85": "2026-10-12", "95": None},
        "backtest": None,
        **more,
    }


def impact() -> Plain:
    def side(value: float | None, n: int) -> Plain:
        return {"value": value, "n": n, "samples": n}

    told = {"before": side(172_800.0, 33), "after": side(86_400.0, 47), "difference": -86_400.0, "relative": -0.5}
    unknown = {"before": side(None, 0), "after": side(86_400.0, 3), "difference": None, "relative": None}
    return {
        "metric": "impact",
        "of": "cycle_time",
        "measure": "p50",
        "unit": "seconds",
        "better": "lower",
        "timezone": "Europe/Paris",
        "clock": "elapsed",
        "as_of": "2026-09-25T08:00:00Z",
        "sample": "facts",
        "series": [
            {
                "group": {"team": TEAMS[0]},
                **told,
                "interval": [-120_000.0, -20_000.0],
                "test": None,
                "verdict": "better",
            },
            {"group": {"team": TEAMS[1]}, **unknown, "interval": None, "test": None, "verdict": "too_little_data"},
            {"group": {"team": {"id": "3", "name": "Small"}}, "suppressed": True, "verdict": None},
        ],
    }


def maturity() -> Plain:
    levels = {"process": 3, "tooling": 5, "knowledge": 1}
    return {"metric": "maturity", "functions": [{"function": name, "level": level} for name, level in levels.items()]}


EVENTS = [
    {"time": "2026-09-10T12:00:00Z", "title": "Launch <b>2026.9</b>"},
    {"time": "2025-01-01T00:00:00Z", "title": "Long ago"},
]
