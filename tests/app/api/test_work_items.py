"""Work items are found by what people know of them."""

import csv
import io
from typing import Any

import pytest

from tests.app.api.conftest import Api
from tests.app.api.test_metrics import HISTORIES, fill, push, work_item

FILTERS = [
    ("", "ABCDE"),
    ("source=Boards", "ABCDE"),
    ("source=Others", ""),
    ("tool=boards", "ABCDE"),
    ("project=shop", "ABCDE"),
    ("project=shop,bank", "ABCDE"),
    ("project=bank", ""),
    ("item_type=bug", "A"),
    ("item_kind=bug,feature", "A"),
    ("priority=High", "A"),
    ("status=done,dropped", "ABCD"),
    ("category=done", "ABC"),
    ("category=discarded", "D"),
    ("category=active,waiting", "E"),
    ("text=shop-1", "A"),
    ("text=item c", "C"),
    ("text=%25", ""),
    ("from=2026-02-02T09:00:00Z&to=2026-02-02T09:00:01Z", "ABCDE"),
    ("date=updated&from=2026-02-06&tz=UTC", "BE"),
    ("date=resolved&from=2026-01-01", ""),
]


@pytest.fixture
def filled(api_on_both: Api) -> Api:
    source = fill(api_on_both)
    push(api_on_both, source, "item_types", [{"external_id": "bug", "name": "Bug", "kind": "bug"}])
    push(api_on_both, source, "accounts", [{"external_id": "u1", "display_name": "Somebody"}])
    more: dict[str, Any] = {"item_type": "bug", "priority": "High", "key": "SHOP-1", "assignee": "u1", "labels": ["x"]}
    push(api_on_both, source, "work_items", [work_item("A", HISTORIES["A"], **more)])
    push(api_on_both, source, "work_items", [work_item("G", HISTORIES["C"], deleted_at="2026-02-06T00:00:00Z")])
    return api_on_both


def found(api: Api, query: str) -> set[str]:
    answer = api.get(f"/api/v1/work-items?{query}", role="viewer")
    assert answer.status_code == 200, answer.text
    return {item["external_id"] for item in answer.json()["items"]}


def test_a_filter_finds_what_it_says(filled: Api) -> None:
    for query, items in FILTERS:
        assert found(filled, query) == set(items), query


def test_our_ids_filter_as_well_as_the_vendors(filled: Api) -> None:
    (item,) = filled.get("/api/v1/work-items?text=item a", role="viewer").json()["items"]
    for name in ("source", "project", "status"):
        assert "A" in found(filled, f"{name}={item[name]['id']}")
    assert found(filled, f"item_type={item['item_type']['id']}") == {"A"}
    assert item["item_type"]["kind"] == "bug"
    assert item["labels"] == ["x"]


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_pages_give_every_item_once(filled: Api, limit: int) -> None:
    seen: list[str] = []
    url: str | None = f"/api/v1/work-items?limit={limit}"
    while url:
        page = filled.get(url, role="viewer")
        seen += [item["external_id"] for item in page.json()["items"]]
        assert page.json()["next"] is None or page.links["next"]["url"]
        url = page.links.get("next", {}).get("url")
    assert sorted(seen) == list("ABCDE")


def test_the_same_pages_go_out_as_csv(filled: Api) -> None:
    seen: list[dict[str, str]] = []
    url: str | None = "/api/v1/work-items?limit=2&format=csv"
    while url:
        page = filled.get(url, role="viewer")
        assert page.headers["content-type"].startswith("text/csv")
        seen += csv.DictReader(io.StringIO(page.text))
        url = page.links.get("next", {}).get("url")
    assert sorted(line["external_id"] for line in seen) == list("ABCDE")
    (line,) = (line for line in seen if line["external_id"] == "A")
    (item,) = filled.get("/api/v1/work-items?text=item a", role="viewer").json()["items"]
    assert (line["item_type"], line["item_type_id"]) == ("Bug", item["item_type"]["id"])
    assert (line["status"], line["category"], line["labels"], line["assignee"]) == ("done", "done", '["x"]', "")
    empty = filled.get("/api/v1/work-items?project=bank", headers={"Accept": "text/csv"}, role="viewer").text
    assert empty.splitlines() == [",".join(line)]
    assert filled.get("/api/v1/work-items?format=ndjson", role="viewer").status_code == 406


@pytest.mark.parametrize(
    ("query", "parameter"),
    [("category=busy", "category"), ("item_kind=x", "item_kind"), ("from=soon", "from"), ("colour=x", "colour")],
)
def test_a_wrong_filter_is_told(api: Api, query: str, parameter: str) -> None:
    answer = api.get(f"/api/v1/work-items?{query}", role="viewer")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["query", parameter]


def test_a_deleted_item_can_still_be_read_by_its_id(filled: Api) -> None:
    with filled.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT id FROM work_item WHERE external_id = 'G'").all()
    identity = bytes(rows[0][0]).hex() if isinstance(rows[0][0], bytes) else str(rows[0][0])
    assert filled.get(f"/api/v1/work-items/{identity}", role="viewer").json()["deleted_at"] == "2026-02-06T00:00:00Z"
