"""What each kind of chart draws, says and writes into its table, in both languages."""

from itertools import pairwise
from typing import Any

import pytest
import vl_convert

from app.charts.catalogue import BY_NAME, KINDS, draw
from app.charts.chart import Chart, Given
from app.charts.look import Look, Theme
from app.core.errors import InvalidError
from app.core.language import Language
from tests.app.charts import answers

EXAMPLES: dict[str, list[Given]] = {
    "trend": [
        Given(answer=answers.cycle_time(), events=answers.EVENTS),
        Given(answer=answers.cycle_time_by_team()),
        Given(answer=answers.ratio("adoption_rate", {"jira": 0.5, "slack": None})),
    ],
    "bars": [Given(answer=answers.throughput(), events=answers.EVENTS), Given(answer=answers.throughput_by_team())],
    "sparkline": [Given(answer=answers.cycle_time())],
    "active_users": [Given(answer=answers.active_users())],
    "cumulative_flow": [Given(answer=answers.cumulative_flow())],
    "scatter": [Given(answer=answers.cycle_time(), facts=answers.facts(), events=answers.EVENTS)],
    "histogram": [Given(answer=answers.cycle_time(), values=[fact["value"] for fact in answers.facts()])],
    "ages": [Given(answer=answers.ages())],
    "time_in_status": [Given(answer=answers.time_in_status())],
    "bottleneck": [Given(answer=answers.bottleneck())],
    "comparison": [Given(answer=answers.ratio("adoption_rate", {"jira": 0.25, "slack": 1.0, "asana": None}))],
    "features": [Given(answer=answers.features())],
    "coverage": [Given(answer=answers.coverage())],
    "freshness": [Given(answer=answers.freshness())],
    "seats": [Given(answer=answers.seats())],
    "forecast": [
        Given(answer=answers.forecast()),
        Given(answer=answers.forecast(items=None, until="2026-10-30", at={"50": 128, "85": 109, "95": 99})),
    ],
    "impact": [Given(answer=answers.impact())],
    "maturity": [Given(answer=answers.maturity())],
}
ALL = [(name, number) for name, examples in EXAMPLES.items() for number in range(len(examples))]
FR, EN = Look(language=Language.FR), Look(language=Language.EN)


def shown(name: str, look: Look, number: int = 0) -> Chart:
    return draw(name, EXAMPLES[name][number], look)


def rows(chart: Chart, mark: str) -> list[dict[str, Any]]:
    """The data of the layers of a mark, one after the other."""
    return [row for layer in chart.spec["layer"] if layer["mark"]["type"] == mark for row in layer["data"]["values"]]


def marks(chart: Chart) -> list[str]:
    return [layer["mark"]["type"] for layer in chart.spec["layer"]]


def test_every_kind_has_an_example() -> None:
    assert EXAMPLES.keys() == BY_NAME.keys() == {kind.name for kind in KINDS}


@pytest.mark.parametrize(("name", "number"), ALL)
@pytest.mark.parametrize("look", [FR, Look(language=Language.EN, theme=Theme.DARK, titled=False, width=360)])
def test_the_compiler_takes_every_specification_without_a_warning(
    name: str, number: int, look: Look, capfd: pytest.CaptureFixture[str]
) -> None:
    vl_convert.vegalite_to_vega(shown(name, look, number).spec, vl_version="6.4", show_warnings=True)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(("name", "number"), ALL)
def test_every_chart_has_an_alt_text_a_title_and_a_table_in_both_languages(name: str, number: int) -> None:
    french, english = shown(name, FR, number), shown(name, EN, number)
    assert french.alt != english.alt
    assert french.title != english.title or name == "maturity" or "Bottleneck" not in english.title
    for chart in (french, english):
        assert chart.spec["description"] == chart.alt
        assert chart.spec["title"]["text"] == chart.title
        assert chart.table.rows
        assert all(len(row) == len(chart.table.columns) for row in chart.table.rows)
        assert "None" not in chart.alt + str(chart.table.rows)
        assert "nan" not in chart.alt.split()


def test_a_trend_is_a_median_with_a_band_and_its_gaps_stay_gaps() -> None:
    chart = shown("trend", EN)
    assert marks(chart)[:4] == ["rect", "area", "line", "point"]
    median = [row for row in rows(chart, "line") if row["series"] == "Median"]
    assert [row["value"] for row in median] == [2.0, None, None, 2.5]
    assert [row["complete"] for row in median] == [True, True, True, False]
    assert [row["said"] for row in rows(chart, "rect")] == ["too few people"]
    assert all(row["value"] is not None for row in chart.spec["layer"][3]["data"]["values"])
    assert chart.spec["layer"][2]["mark"]["invalid"] == "break-paths-show-path-domains"


def test_a_trend_says_what_it_shows() -> None:
    nbsp = "\u00a0"
    assert shown("trend", EN).alt == (
        f"Cycle time, median, by week, 31 Aug – 27 Sept 2026. Median, 31 Aug – 6 Sept 2026: 2{nbsp}d (n = 12). "
        f"−20% against the period before (2{nbsp}d{nbsp}17{nbsp}h). Not shown, too few people: 1. "
        "The last period is incomplete. Events: Launch <b>2026.9</b>."
    )
    assert shown("trend", FR).alt == (
        "Temps de cycle, médiane, par semaine, 31 août – 27 sept. 2026. "
        f"Médiane, 31 août – 6 sept. 2026{nbsp}: 2{nbsp}j (n = 12). "
        f"−20{nbsp}% par rapport à la période précédente (2{nbsp}j{nbsp}17{nbsp}h). "
        f"Masqué, trop peu de personnes{nbsp}: 1. La dernière période est incomplète. "
        f"Événements{nbsp}: Launch <b>2026.9</b>."
    )


def test_the_table_of_a_trend_has_every_bucket_as_the_answer_has_it() -> None:
    nbsp = "\u00a0"
    table = shown("trend", EN).table
    assert [column.title for column in table.columns] == [
        "Period", "Median", "75th percentile", "85th percentile", "95th percentile", "Mean", "n", "Note",
    ]  # fmt: skip
    assert table.rows == (
        (
            "31 Aug – 6 Sept 2026", f"2{nbsp}d", f"3{nbsp}d", f"4{nbsp}d", f"6{nbsp}d",
            f"2{nbsp}d{nbsp}10{nbsp}h", "12", "",
        ),
        ("7–13 Sept 2026", "–", "–", "–", "–", "–", "–", "too few people"),
        ("14–20 Sept 2026", "–", "–", "–", "–", "–", "0", ""),
        (
            "21–27 Sept 2026", f"2{nbsp}d{nbsp}12{nbsp}h", f"3{nbsp}d{nbsp}18{nbsp}h", f"5{nbsp}d",
            f"7{nbsp}d{nbsp}12{nbsp}h", f"3{nbsp}d", "7", "incomplete period",
        ),
    )  # fmt: skip


def test_the_working_clock_counts_in_hours() -> None:
    chart = draw("trend", Given(answer={**answers.cycle_time(), "clock": "working"}), EN)
    assert chart.table.rows[0][1] == "48\u00a0h"
    assert rows(chart, "line")[-1]["value"] == 60.0


def test_groups_differ_by_more_than_their_colour() -> None:
    chart = shown("trend", EN, 1)
    line = next(layer for layer in chart.spec["layer"] if layer["mark"]["type"] == "line")
    assert line["encoding"]["color"]["scale"]["domain"] == ["Checkout", "without a team"]
    dashes = line["encoding"]["strokeDash"]["scale"]["range"]
    assert dashes[0] != dashes[1]
    assert "Shaded" not in " ".join(chart.notes)


def test_bars_of_a_running_bucket_are_apart_and_zero_is_a_bar_of_no_height() -> None:
    chart = shown("bars", EN)
    whole, running = (layer for layer in chart.spec["layer"] if layer["mark"]["type"] == "bar")
    assert [row["high"] for row in whole["data"]["values"]] == [9, 0, 1_204]
    assert [row["high"] for row in running["data"]["values"]] == [3]
    assert running["mark"]["fillOpacity"] < 1
    assert running["mark"]["strokeDash"]
    assert any("still running" in note for note in chart.notes)
    assert chart.table.rows[2][1] == "1,204"
    assert "+100% against the period before (608)" in chart.alt
    assert shown("bars", FR).table.rows[2][1] == "1\u202f204"


def test_bars_of_groups_stand_on_each_other_and_shade_where_one_is_missing() -> None:
    chart = shown("bars", EN, 1)
    assert [(row["series"], row["low"], row["high"]) for row in rows(chart, "bar")] == [
        ("Checkout", 0, 4), ("without a team", 4, 6), ("without a team", 0, 7),
    ]  # fmt: skip
    assert [row["when"] for row in rows(chart, "rect")] == ["7–13 Sept 2026"]


def test_hidden_categories_are_drawn_together_and_never_apart() -> None:
    chart = shown("cumulative_flow", EN)
    tops = {row["category"]: row["high"] - row["low"] for row in rows(chart, "area")[-5:]}
    assert tops == {"Done": 170, "Active": 9, "To do": 34, "too few people": 12}
    assert {row["category"] for row in rows(chart, "area")} == tops.keys()
    assert max(row["high"] for row in rows(chart, "area")) == 225
    assert chart.table.rows[1] == ("7–13 Sept 2026", "too few people", "32", "11", "too few people", "160", "215")
    assert chart.spec["layer"][0]["encoding"]["y"]["scale"]["domain"] == [146, 225]
    assert any("The axis starts at 146" in note for note in chart.notes)


def test_a_scatter_has_a_dot_for_each_item_and_the_lines_of_the_answer() -> None:
    chart = draw("scatter", Given(answer=_nineteen(), facts=answers.facts()), EN)
    assert [(row["name"], row["value"]) for row in rows(chart, "point")[:2]] == [
        ("AB-1 · Title of AB-1", 1.0), ("AB-2 · Title of AB-2", 2.0),
    ]  # fmt: skip
    # The answer tells 50, 85 and 95; of 1 to 19 hours the 70th percentile is 13.6.
    assert [row["value"] for row in rows(chart, "rule")] == [10.0, pytest.approx(13.6), 16.3, 18.1]
    assert len(chart.table.rows) == 19
    assert chart.table.rows[0] == ("AB-1 · Title of AB-1", "1 Sept 2026", "1\u00a0h")


def test_what_is_left_out_of_a_scatter_is_said_and_no_level_is_guessed() -> None:
    answer = _nineteen()
    answer["series"][0]["total"]["n"] = 40
    chart = draw("scatter", Given(answer=answer, facts=answers.facts()), EN)
    assert "19 of 40 shown." in chart.notes
    assert [row["value"] for row in rows(chart, "rule")] == [10.0, 16.3, 18.1]


def test_a_histogram_counts_each_item_once() -> None:
    chart = shown("histogram", EN)
    bars = rows(chart, "bar")
    assert sum(row["count"] for row in bars) == 19
    assert [(row["low"], row["high"], row["count"]) for row in bars[:3]] == [
        (0.0, 1.0, 0),
        (1.0, 2.0, 1),
        (2.0, 3.0, 1),
    ]


def test_old_work_has_another_shape() -> None:
    chart = shown("ages", EN)
    assert [(row["name"].split()[0], row["shape"]) for row in rows(chart, "point")] == [
        ("AB-1", "diamond"),
        ("AB-2", "circle"),
    ]
    assert chart.table.rows[1][2:] == ("1\u00a0h", "–")


def test_ages_stand_in_the_row_of_their_status() -> None:
    facts = [
        answers.item("AB-1", value=3_600.0, status={"id": "1", "name": "Review"}),
        answers.item("AB-2", value=60.0),
    ]
    chart = draw("ages", Given(answer=answers.ages(), facts=facts), EN)
    assert [row["lane"] for row in rows(chart, "point")] == ["Review", "Active"]


def test_a_ranking_hides_what_is_suppressed_and_says_so() -> None:
    chart = shown("bottleneck", EN)
    assert [(row["name"], row["label"]) for row in rows(chart, "text")] == [
        ("Doing", "60% · −3.9 pts · queue +5"), ("Review", "40% · – · queue +5"), ("Triage", "too few people"),
    ]  # fmt: skip
    assert [row["name"] for row in rows(chart, "bar")] == ["Doing", "Review"]
    assert chart.table.rows[2] == ("Triage", "too few people", "–", "–", "–")


def test_a_comparison_shows_the_largest_first() -> None:
    nbsp = "\u00a0"
    chart = shown("comparison", FR)
    assert [row["name"] for row in rows(chart, "text")] == ["Slack", "Jira", "Asana"]
    assert [row["value"] for row in rows(chart, "bar")] == [100.0, 25.0]
    assert chart.alt == (
        "Taux d’adoption, 31 août – 27 sept. 2026. "
        f"Slack{nbsp}: 100{nbsp}%{nbsp}; Jira{nbsp}: 25{nbsp}%{nbsp}; Asana{nbsp}: trop peu de personnes."
    )


def test_two_statuses_of_one_name_are_two_bars() -> None:
    entries = [answers.status_entry("Doing", "active", share=share, n=5, p50=1.0) for share in (0.7, 0.3)]
    answer = answers.answer("time_in_status", "seconds", [answers.one([], {"n": 5, "by": entries})])
    assert [row["name"] for row in rows(draw("time_in_status", Given(answer=answer), EN), "bar")] == [
        "Doing",
        "Doing (2)",
    ]


def test_what_tells_statuses_apart_is_said_behind_their_names() -> None:
    statuses = [("1", "SHOP"), ("2", "2 projects")]
    entries = [
        {"status": {"id": number, "name": "Doing"}, "category": "active", "share": 0.5, "n": 5, "p50": 1.0}
        for number, _ in statuses
    ]
    answer = answers.answer("time_in_status", "seconds", [answers.one([], {"n": 5, "by": entries})])
    chart = draw("time_in_status", Given(answer=answer, apart=dict(statuses)), EN)
    assert [row["name"] for row in rows(chart, "bar")] == ["Doing · SHOP", "Doing · 2 projects"]
    assert [row[0] for row in chart.table.rows] == ["Doing · SHOP", "Doing · 2 projects"]


def test_colours_that_mean_a_category_have_a_legend() -> None:
    colour = next(layer for layer in shown("bottleneck", EN).spec["layer"] if layer["mark"]["type"] == "bar")
    assert colour["encoding"]["color"]["scale"]["domain"] == ["Active", "Waiting"]
    plain = next(layer for layer in shown("comparison", EN).spec["layer"] if layer["mark"]["type"] == "bar")
    assert plain["encoding"]["color"]["scale"] is None


def test_a_ranking_without_a_number_that_is_shown_has_no_legend() -> None:
    entries = [answers.status_entry("Doing", "active", **answers.SUPPRESSED)]
    answer = answers.answer("bottleneck", "seconds", [answers.one([], {"n": 9, "by": entries})])
    chart = draw("bottleneck", Given(answer=answer), EN)
    bar = next(layer for layer in chart.spec["layer"] if layer["mark"]["type"] == "bar")
    assert bar["encoding"]["color"]["scale"] is None
    assert [row["label"] for row in rows(chart, "text")] == ["too few people"]


def test_on_a_phone_names_stand_above_their_bars() -> None:
    narrow = shown("bottleneck", Look(language=Language.EN, width=340, titled=False))
    wide = shown("bottleneck", Look(language=Language.EN, width=600, titled=False))
    assert [layer["mark"]["type"] for layer in narrow.spec["layer"]] == ["bar", "text", "text"]
    assert narrow.spec["layer"][0]["encoding"]["y"]["axis"] is None
    assert wide.spec["layer"][0]["encoding"]["y"]["axis"] is not None
    assert narrow.table == wide.table


def test_percentiles_that_lie_close_are_said_apart() -> None:
    facts = [answers.item(f"AB-{n}", value=3_600.0 * (100 + n), at="2026-09-10T10:00:00Z") for n in range(20)]
    chart = draw("scatter", Given(answer=answers.cycle_time(), facts=[*facts]), EN)
    places = [row["at"] for row in rows(chart, "text") if " · " in row.get("label", "")]
    assert len(places) >= 2
    assert all(above - below <= -12 for below, above in pairwise(places))


def test_the_age_of_a_source_is_that_of_its_stalest_stream() -> None:
    chart = shown("freshness", EN)
    nbsp = "\u00a0"
    assert [(row["name"], row["label"]) for row in rows(chart, "text")] == [
        ("Jira", f"1{nbsp}h{nbsp}30{nbsp}min · items"), ("Surveys", "unknown"),
    ]  # fmt: skip


def test_seats_add_up_to_those_held() -> None:
    chart = shown("seats", EN)
    assert [(row["name"], row["part"], row["low"], row["high"]) for row in rows(chart, "bar")] == [
        ("Jira", "active", 0, 66), ("Jira", "idle", 66, 80), ("Jira", "never_used", 80, 110),
        ("Slack", "active", 0, 50), ("Slack", "idle", 50, 50), ("Slack", "never_used", 50, 50),
    ]  # fmt: skip
    assert [(row["name"], row["value"]) for row in rows(chart, "tick")] == [("Jira", 120)]
    assert chart.table.rows[2] == ("Asana", *["too few people"] * 4)


def test_a_forecast_says_each_certainty_that_it_has() -> None:
    chart = shown("forecast", EN)
    assert chart.table.rows == (("50%", "7 Oct 2026"), ("85%", "12 Oct 2026"))
    assert len(rows(chart, "line")) == 4
    refused = draw("forecast", Given(answer=answers.forecast(at=None, based_on=None, reason="too_little_data")), FR)
    assert refused.notes == ("Trop peu de données.",)
    assert refused.table.rows == ()


def test_an_impact_is_an_interval_beside_zero() -> None:
    chart = shown("impact", EN)
    only = rows(chart, "point")
    assert [(row["name"], row["value"], row["shape"]) for row in only] == [("Checkout", -24.0, "circle")]
    assert rows(chart, "rule")[0]["value"] == 0
    assert chart.table.rows[0][1:] == (
        "2\u00a0d (n = 33)", "1\u00a0d (n = 47)", "−1\u00a0d", "−1\u00a0d\u00a09\u00a0h … −5\u00a0h\u00a033\u00a0min",
        "better",
    )  # fmt: skip
    assert [row[-1] for row in chart.table.rows[1:]] == ["too little data", "too few people"]


def test_maturity_fills_as_many_dots_as_the_level() -> None:
    reached = [row for row in rows(shown("maturity", EN), "point") if row["reached"]]
    assert [sum(row["name"] == name for row in reached) for name in ("Process", "Tools", "Knowledge")] == [3, 5, 1]


def test_an_empty_answer_says_why() -> None:
    empty = answers.answer("throughput", "items", [answers.one([answers.SUPPRESSED] * 2)], reason="no_source")
    for name in ("bars", "trend", "sparkline"):
        chart = draw(name, Given(answer=empty), FR)
        assert "Aucune source ne le fournit encore." in chart.notes
        assert marks(chart) == ["text"]
    nothing = answers.answer("cycle_time", "seconds", [], reason="filter")
    assert draw("trend", Given(answer=nothing), EN).notes == ("Nothing passes the filters.",)


def test_what_a_kind_does_not_show_is_refused() -> None:
    for name, answer in (
        ("pie", answers.throughput()),
        ("bars", answers.cycle_time()),
        ("sparkline", answers.cycle_time_by_team()),
    ):
        with pytest.raises(InvalidError):
            draw(name, Given(answer=answer), EN)


def _nineteen() -> dict[str, Any]:
    hour = 3_600.0
    total = {"n": 19, "p50": 10 * hour, "p75": 14.5 * hour, "p85": 16.3 * hour, "p95": 18.1 * hour, "mean": 10 * hour}
    return answers.answer("cycle_time", "seconds", [answers.one([total] * 4, total)])
