"""Whatever a metric answers, its charts draw it, and draw no number that the answer does not have."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.charts.catalogue import BY_NAME, KINDS, draw
from app.charts.chart import Given
from app.charts.look import Look, Theme
from app.core.language import Language
from app.metrics.catalogue import BY_NAME as METRICS
from tests.app.charts import answers

Plain = dict[str, Any]
NAMES = st.text(max_size=60)
NUMBERS = st.one_of(st.none(), st.integers(0, 10**7), st.floats(0, 1e9, allow_nan=False))
LOOKS = st.builds(
    Look,
    language=st.sampled_from(list(Language)),
    theme=st.sampled_from(list(Theme)),
    width=st.integers(40, 2_000),
    titled=st.booleans(),
)
OVER_TIME = [name for name in BY_NAME["trend"].metrics if METRICS[name].unit != "events"]


@st.composite
def points(draw_of: st.DrawFn, measures: tuple[str, ...]) -> Plain:
    if draw_of(st.booleans()):
        return dict(answers.SUPPRESSED)
    values = {name: draw_of(NUMBERS) for name in measures if not name.startswith("by")}
    return {**values, "n": draw_of(st.integers(0, 10**6)), "complete": draw_of(st.booleans())}


@st.composite
def over_time(draw_of: st.DrawFn) -> Plain:
    metric = METRICS[draw_of(st.sampled_from(OVER_TIME))]
    weeks = draw_of(st.integers(1, 6))
    groups = draw_of(st.lists(NAMES, unique=True, max_size=14))
    series = []
    for group in [{"team": {"id": name, "name": name or None}} for name in groups] or [{}]:
        some = draw_of(st.lists(points(metric.measures), min_size=weeks, max_size=weeks))
        series.append(answers.one(some, draw_of(points(metric.measures)), group))
    return answers.answer(metric.name, metric.unit, series)


def drawn_values(spec: Plain) -> list[float]:
    return [
        row["value"]
        for layer in spec["layer"]
        for row in layer["data"]["values"]
        if layer["mark"]["type"] == "line" and row["value"] is not None
    ]


@settings(max_examples=60, deadline=None)
@given(answer=over_time(), look=LOOKS)
def test_any_answer_over_time(answer: Plain, look: Look) -> None:
    metric = METRICS[answer["metric"]]
    numbers = {
        point[name]
        for series in answer["series"]
        for point in series["points"]
        for name in metric.measures
        if isinstance(point.get(name), int | float)
    }
    # A number is drawn in one of the units that durations and shares have.
    units = {round(number / unit, 6) for number in numbers for unit in (1, 0.01, 60, 3_600, 86_400)}
    for kind in KINDS:
        fits = metric.name in kind.metrics and not kind.facts
        if fits and (kind.groups or not answer["series"][0]["group"]):
            chart = draw(kind.name, Given(answer=answer), look)
            assert set(drawn_values(chart.spec)) <= units
            assert chart.alt
    table = draw("trend", Given(answer=answer), look).table
    assert len(table.rows) == sum(len(series["points"]) for series in answer["series"])


@settings(max_examples=60, deadline=None)
@given(
    entries=st.lists(st.tuples(NAMES, st.one_of(st.none(), st.floats(0, 1)), NUMBERS, st.booleans()), max_size=30),
    look=LOOKS,
)
def test_any_list_of_statuses(entries: list[tuple[str, float | None, Any, bool]], look: Look) -> None:
    by = []
    for name, share, number, hidden in entries:
        told = {"n": 3, "share": share, "p50": number, "growth": 1, "share_change": None}
        numbers = answers.SUPPRESSED if hidden else told
        by.append(answers.status_entry(name, "active", **numbers))
    for kind in ("time_in_status", "bottleneck"):
        answer = answers.answer(kind, "seconds", [answers.one([], {"n": 3, "by": by})])
        chart = draw(kind, Given(answer=answer), look)
        bars = [layer for layer in chart.spec["layer"] if layer["mark"]["type"] == "bar"]
        known = sorted((share for _, share, _, hidden in entries if share is not None and not hidden), reverse=True)
        shown = [row["value"] for layer in bars for row in layer["data"]["values"]]
        assert shown == [round(share / 0.01, 6) for share in known[:12]]
        assert len(chart.table.rows) == len(entries)


@settings(max_examples=60, deadline=None)
@given(values=st.lists(st.floats(0, 1e8), max_size=60), look=LOOKS)
def test_any_items(values: list[float], look: Look) -> None:
    facts = [answers.item("AB-1", at="2026-09-10T10:00:00Z", value=value) for value in values]
    given_ = Given(
        answer=answers.answer("cycle_time", "seconds", [answers.one([{"n": 0}])]), facts=facts, values=values
    )
    for kind in ("scatter", "histogram"):
        chart = draw(kind, given_, look)
        shown = [
            row
            for layer in chart.spec["layer"]
            if layer["mark"]["type"] in ("point", "bar")
            for row in layer["data"]["values"]
        ]
        assert (len(shown) if kind == "scatter" else sum(row["count"] for row in shown)) == len(values)
