"""What a question may say, and what an answer says about itself."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from app.core.errors import InvalidError
from app.metrics.catalogue import BY_NAME
from app.metrics.process import PROCESS
from app.metrics.query import catalogue_entries, fingerprint, table
from tests.support.metric_site import WEEK, Site
from tests.support.rows import NOW, history

MONDAY = datetime(2026, 8, 3, 9, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("more", "loc", "names"),
    [
        ({"metric": "speed"}, "metric", "throughput"),
        ({"grain": "hour"}, "grain", "quarter"),
        ({"clock": "wall"}, "clock", "working"),
        ({"tz": "Mars/Olympus"}, "tz", "Europe/Paris"),
        ({"group_by": ("status",)}, "group_by", "item_kind"),
        ({"group_by": ("project", "project")}, "group_by", "once"),
        ({"filters": {"squad": ("x",)}}, "squad", "priority"),
        ({"filters": {"item_kind": ("idea",)}}, "item_kind", "feature"),
        ({"end": WEEK[0]}, "to", "later"),
        ({"start": datetime(1800, 1, 1, tzinfo=UTC)}, "from", "1900"),
        ({"grain": "day", "start": datetime(2000, 1, 1, tzinfo=UTC)}, "grain", "coarser"),
    ],
)
def test_what_does_not_exist_is_refused_with_what_does(
    sqlite_site: Site, more: dict[str, Any], loc: str, names: str
) -> None:
    with pytest.raises(InvalidError) as refusal:
        sqlite_site.answer(**{"metric": "cycle_time", **more})
    (error,) = refusal.value.errors
    assert error["loc"] == ["query", loc]
    assert names in error["msg"]


def test_every_answer_is_plain_json_and_says_what_it_rests_on(sqlite_site: Site) -> None:
    sqlite_site.put(history("a", MONDAY, "active", (MONDAY + DAY, "done")))
    sqlite_site.store.complete_until(sqlite_site.source_id, NOW)
    for metric in PROCESS:
        answer = sqlite_site.answer(metric.name, group_by=("tool",), compare="previous", clock="working")
        assert orjson.loads(orjson.dumps(answer)) == answer
        assert answer["as_of"] == "2026-09-01T12:34:56Z"
        assert answer["calendar"] == "mon-fri-09-18-fr-Europe/Paris"
        assert answer["freshness"] == [{"source": str(sqlite_site.source_id), "complete_until": "2026-09-01T12:34:56Z"}]
        for series in answer["series"]:
            assert series["group"] == {"tool": {"id": "jira", "name": "jira"}}
            for name in metric.measures:
                assert name in series["total"] or "by" in series["total"]


def test_the_window_before_stands_beside_the_total(sqlite_site: Site) -> None:
    sqlite_site.put(*(history(f"a{day}", MONDAY + day * DAY, "todo") for day in (-7, -6, 0)))
    answer = sqlite_site.answer("arrivals", compare="previous")
    assert answer["series"][0]["previous"]["value"] == 2
    assert answer["previous"] == {"from": "2026-07-27T00:00:00Z", "to": "2026-08-03T00:00:00Z"}
    explicit = sqlite_site.answer("arrivals", compare=(MONDAY - 6.5 * DAY, MONDAY))
    assert explicit["series"][0]["previous"]["value"] == 1


def test_a_group_that_only_the_window_before_has_is_shown(sqlite_site: Site) -> None:
    sqlite_site.put(history("a", MONDAY - 3 * DAY, "todo", priority="Low"), history("b", MONDAY, "todo"))
    answer = sqlite_site.answer("arrivals", compare="previous", group_by=("priority",))
    shown = {
        one["group"]["priority"]["id"]: (one["total"]["value"], one["previous"]["value"]) for one in answer["series"]
    }
    assert shown == {"High": (1, 0), "Low": (0, 1)}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"project": ("shop",)}, 1),
        ({"project": ("shop", "bank")}, 2),
        ({"project": ()}, 2),
        ({"tool": ("jira",), "item_kind": ("bug",)}, 1),
        ({"item_type": ("bug",), "priority": ("Low",)}, 0),
        ({"source": ("jira",)}, 2),
    ],
)
def test_filters_take_several_values_and_an_empty_one_means_all(
    sqlite_site: Site, filters: dict[str, tuple[str, ...]], expected: int
) -> None:
    sqlite_site.put(
        history("a", MONDAY, "todo", project="shop", item_type="bug"),
        history("b", MONDAY, "todo", project="bank", priority="Low"),
    )
    assert sqlite_site.total("arrivals", filters=filters)["value"] == expected


def test_an_empty_answer_says_why(sqlite_site: Site) -> None:
    sqlite_site.put(history("a", MONDAY, "todo"))
    assert sqlite_site.answer("throughput")["reason"] == "no_data"
    assert sqlite_site.answer("arrivals", filters={"priority": ("Low",)})["reason"] == "filter"
    assert "reason" not in sqlite_site.answer("arrivals")


def test_a_fingerprint_changes_with_the_data_and_with_the_question_and_with_nothing_else(sqlite_site: Site) -> None:
    def print_of(**more: Any) -> str:
        return fingerprint(sqlite_site.reader, sqlite_site.settings, sqlite_site.query("cycle_time", **more))

    first = print_of(filters={"project": ("a", "b")})
    assert first == print_of(filters={"project": ("b", "a"), "tool": ()})
    assert first != print_of(filters={"project": ("a",)})
    assert first != print_of(filters={"project": ("a", "b")}, clock="working")
    sqlite_site.put()
    assert first != print_of(filters={"project": ("a", "b")})


def test_a_table_has_a_row_for_each_bucket_and_group(sqlite_site: Site) -> None:
    sqlite_site.put(history("a", MONDAY, "active", (MONDAY + DAY, "done")))
    answer = sqlite_site.answer("cycle_time", group_by=("project",), tz="Europe/Paris")
    rows = table(answer, BY_NAME["cycle_time"], ("project",)).rows
    assert [row["time"] for row in rows] == ["2026-08-02T22:00:00Z", "2026-08-09T22:00:00Z"]
    assert (rows[0]["project"], rows[0]["p50"], rows[0]["complete"]) == ("Shop", 86_400, False)
    (row,) = table(sqlite_site.answer("time_in_status"), BY_NAME["time_in_status"], ()).rows
    assert (row["status"], row["total"], row["time"]) == ("Active", 86_400, "2026-08-03T00:00:00Z")


def test_the_catalogue_is_complete_in_both_languages() -> None:
    for entry in catalogue_entries():
        for texts in (entry["titles"], entry["formula"]):
            assert set(texts) == {"en", "fr"}
            assert texts["en"] != texts["fr"]
            assert all(texts.values())
