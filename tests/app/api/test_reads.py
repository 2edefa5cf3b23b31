"""Reading a number is counted, once a day and way; a dashboard that refreshes by itself reads nothing."""

from tests.app.api.conftest import Api

WINDOW = {"from": "2020-01-01", "to": "2030-01-01", "grain": "total"}


def utilisation(api: Api, **more: str) -> dict[str, float]:
    """The numbers of reads, without that of asking for them."""
    answer = api.get(
        "/api/v1/metrics/data_utilisation",
        params={**WINDOW, **more},
        role="viewer",
        headers={"Prodops-Refresh": "automatic"},
    )
    assert answer.status_code == 200, answer.text
    total: dict[str, float] = answer.json()["series"][0]["total"]
    return total


def test_each_metric_read_is_an_asset_read_however_often(api: Api) -> None:
    before = utilisation(api)
    assert before["numerator"] == 0
    assert before["denominator"] == len(api.get("/api/v1/metrics", params={"limit": 1000}).json()["items"])
    for _ in range(3):
        assert api.get("/api/v1/metrics/throughput", role="viewer").status_code == 200
    assert api.get("/api/v1/metrics/wip", role="viewer").status_code == 200
    assert utilisation(api)["numerator"] == 2
    assert api.get("/api/v1/metrics/wip", role="viewer").status_code == 200
    assert utilisation(api)["numerator"] == 2


def test_an_automatic_refresh_and_a_refused_question_read_nothing(api: Api) -> None:
    refresh = {"Prodops-Refresh": "Automatic"}
    for _ in range(2):
        assert api.get("/api/v1/metrics/wip", role="viewer", headers=refresh).status_code == 200
    assert api.get("/api/v1/metrics/wip", role="viewer", params={"grain": "x"}).status_code == 422
    assert api.get("/api/v1/metrics/lead_time", role=None).status_code == 401
    assert utilisation(api)["numerator"] == 0


def test_an_export_is_told_from_a_dashboard(api: Api) -> None:
    api.get("/api/v1/metrics/wip", params={"format": "csv"})
    api.get("/api/v1/metrics/lead_time")
    body = {"queries": [{"metric": "arrivals"}, {"metric": "throughput"}]}
    assert api.post("/api/v1/query", json=body).status_code == 200
    assert utilisation(api, how_read="export")["numerator"] == 1
    assert utilisation(api, how_read="dashboard")["numerator"] == 3


def test_an_answer_that_was_kept_is_a_reading_too(api: Api) -> None:
    url = "/api/v1/metrics/cycle_time"
    refresh = {"Prodops-Refresh": "automatic"}
    first = api.get(url, role="viewer", headers=refresh)
    again = api.get(url, role="viewer", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert utilisation(api)["numerator"] == 1


def test_who_read_is_not_kept(api: Api) -> None:
    api.get("/api/v1/metrics/wip", role="viewer")
    facts = api.get("/api/v1/metrics/data_utilisation/facts", params={**WINDOW, "limit": 1}).json()
    assert facts["items"] == [{"metric": "wip", "team": {"id": None, "name": "unassigned"}, "reads": 1}]
