"""`/charts/...`: pictures and specifications for whoever signed in, in the language and theme that are asked for."""

import pytest

from app.web.static import address_of
from tests.app.web.conftest import Browser


@pytest.fixture
def viewer(browser: Browser) -> Browser:
    browser.sign_in()
    return browser


def test_a_chart_needs_a_sign_in(browser: Browser) -> None:
    answer = browser.get("/charts/trend.json")
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/sign-in")


def test_a_specification_comes_with_its_words_and_its_table(viewer: Browser) -> None:
    answer = viewer.get("/charts/bars.json", params={"metric": "throughput", "lang": "fr", "period": "28d"})
    told = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert told["title"] == "Débit"
    assert told["spec"]["description"] == told["alt"]
    assert "title" not in told["spec"]
    assert [column["title"] for column in told["table"]["columns"]] == ["Période", "Valeur", "n", "Remarque"]
    assert told["notes"][-1] == "Aucune source ne le fournit encore."


def test_a_picture_can_be_downloaded(viewer: Browser) -> None:
    for form, media_type, begins in (("png", "image/png", b"\x89PNG"), ("svg", "image/svg+xml", b"<svg")):
        answer = viewer.get(f"/charts/trend.{form}", params={"theme": "dark", "width": "400", "download": "1"})
        assert answer.headers["content-type"] == media_type
        assert answer.content.startswith(begins)
        assert answer.headers["content-disposition"] == f'attachment; filename="trend.{form}"'


def test_who_has_a_chart_is_told_that_it_is_the_same(viewer: Browser) -> None:
    first = viewer.get("/charts/trend.json?metric=cycle_time")
    again = viewer.get("/charts/trend.json?metric=cycle_time", headers={"If-None-Match": first.headers["etag"]})
    other = viewer.get(
        "/charts/trend.json?metric=cycle_time&theme=dark", headers={"If-None-Match": first.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    assert other.status_code == 200


REFUSED = {
    "pie.png": 404,
    "trend.gif": 404,
    "bars.json?metric=cycle_time": 422,
    "trend.json?metric=cycle_time&measure=p49": 422,
    "trend.json?colour=red": 422,
    "trend.json?width=9000": 422,
    "trend.png?scale=wide": 422,
    "trend.json?grain=hour": 422,
    "forecast.json": 422,
    "forecast.json?items=many": 422,
    "sparkline.json?group_by=team": 422,
}


def test_what_cannot_be_drawn_is_refused(viewer: Browser) -> None:
    told = {path: viewer.get(f"/charts/{path}", headers={"Accept": "application/json"}).status_code for path in REFUSED}
    assert told == REFUSED


def test_insights_and_items_have_charts_too(viewer: Browser) -> None:
    names = (
        "forecast.json?items=20",
        "impact.json?of=cycle_time",
        "maturity.json",
        "scatter.json",
        "ages.json",
        "seats.json",
    )
    for name in names:
        assert viewer.get(f"/charts/{name}").json()["spec"]["layer"], name


def test_the_script_that_draws_is_served_by_us_and_small(viewer: Browser) -> None:
    answer = viewer.get(address_of("vega.js"), headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < 400_000
    assert b"vegaEmbed" in answer.content
