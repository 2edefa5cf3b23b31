"""`compare=` with an interval, in every form of an instant and on every grain."""

import pytest

from tests.app.api.conftest import Api
from tests.app.api.test_metrics import WEEK, fill

EMPTY_WEEK = "from=2026-02-16&to=2026-02-23&tz=UTC"


@pytest.mark.parametrize(
    "interval",
    [
        "2026-02-02/2026-02-09",
        "2026-02-02T00:00:00Z/2026-02-09T01:00:00%2B01:00",
        "1769990400/1770595200",
        "1769990400000/1770595200000",
    ],
)
def test_an_interval_is_compared_with_in_every_form(api: Api, interval: str) -> None:
    fill(api)
    right = api.get(f"/api/v1/metrics/throughput?{WEEK}").json()["series"][0]["total"]
    answer = api.get(f"/api/v1/metrics/throughput?{EMPTY_WEEK}&compare={interval}").json()
    assert answer["previous"] == {"from": "2026-02-02T00:00:00Z", "to": "2026-02-09T00:00:00Z"}
    assert right["value"] == 3
    assert answer["series"][0]["previous"] == right
    assert answer["series"][0]["total"]["value"] == 0


@pytest.mark.parametrize("grain", ["day", "week", "month", "quarter", "total"])
def test_what_is_compared_with_is_the_same_on_every_grain(api: Api, grain: str) -> None:
    fill(api)
    url = f"/api/v1/metrics/throughput?{EMPTY_WEEK}&compare=2026-02-02/2026-02-09&grain={grain}"
    (series,) = api.get(url).json()["series"]
    assert series["previous"]["value"] == 3
    assert sum(point["value"] for point in series["points"]) == series["total"]["value"] == 0


@pytest.mark.parametrize("interval", ["2026-02-09/2026-02-02", "2026-02-02/", "/2026-02-02", "a/b", "2026-02-02"])
def test_an_interval_that_is_none_is_refused(api: Api, interval: str) -> None:
    assert api.get(f"/api/v1/metrics/throughput?{WEEK}&compare={interval}").status_code == 422
