"""The pages of the dashboard without a browser: their numbers are those of the API, and lead to what is behind them."""

import csv
import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from app.core.crypto import new_key
from app.core.language import Language
from app.core.settings import Settings
from app.main import create_app
from app.store import audit
from tests.app.web.conftest import URL, Browser
from tests.support.clock import ManualClock
from tests.support.databases import copy_of
from tests.support.portal import client_of
from tests.support.small_company import NOW, PEOPLE, TEAMS, furnish

PAGES = {
    "/": ("Overview", "Vue d’ensemble"),
    "/flow": ("Flow", "Flux"),
    "/tools": ("Tools", "Outils"),
    "/communication": ("Communication", "Communication"),
    "/launches": ("Launches and impact", "Lancements et effets"),
    "/data": ("Data health", "Santé des données"),
    "/maturity": ("Maturity and recommendations", "Maturité et recommandations"),
    "/metrics/cycle_time": ("Cycle time", "Temps de cycle"),
}
WINDOW = "from=2026-08-05&to=2026-11-03&grain=total"
"""The 90 days that pages show where their address names no others."""


@pytest.fixture(scope="module")
def furnished(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dashboard") / "hub.db"
    with copy_of(sqlite_template, path) as database:
        furnish(database)
    return path


@contextmanager
def service(furnished: Path, path: Path, **settings: Any) -> Iterator[Browser]:
    """A browser before the small company's service, over a copy of its database."""
    configured = Settings(
        secret_keys=(SecretStr(new_key()),),
        _env_file=None,  # type: ignore[call-arg]
        **settings,
    )
    clock = ManualClock(NOW)
    with (
        copy_of(furnished, path) as database,
        client_of(create_app(configured, clock=clock, database=database)) as client,
    ):
        made = Browser(client, database, clock)
        made.add_users()
        yield made


@pytest.fixture
def visitor(furnished: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Browser]:
    """One who may change everything; the parameter is what the service's settings are."""
    with service(furnished, tmp_path / "hub.db", **getattr(request, "param", {})) as made:
        yield made


@pytest.fixture(scope="module")
def viewer(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One who signed in to look, before a service that nobody changes."""
    with service(furnished, tmp_path_factory.mktemp("viewer") / "hub.db") as made:
        made.sign_in()
        yield made


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def cards(html: str) -> dict[str, str]:
    """The value of each card, as it is written, by its title."""
    found = re.findall(r'<article class="card"[^>]*>\s*<h3>(.*?)</h3>\s*<p class="value">(.*?)</p>', html, re.DOTALL)
    return {text_of(title).strip(): text_of(value).strip() for title, value in found}


def total(browser: Browser, metric: str, more: str = "") -> dict[str, Any]:
    answer = browser.get(f"/api/v1/metrics/{metric}?{WINDOW}{more}", headers={"Accept": "application/json"})
    told: dict[str, Any] = answer.json()["series"][0]["total"]
    return told


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_there_in_both_languages(viewer: Browser, path: str) -> None:
    for language, title in zip(("en", "fr"), PAGES[path], strict=True):
        answer = viewer.get(path, headers={"Accept-Language": language})
        assert answer.status_code == 200
        assert re.findall(r"<h1>(.*?)</h1>", answer.text) == [title]
        assert not re.search(r">\s*(None|nan|Undefined)\s*<", answer.text)


@pytest.mark.parametrize("path", PAGES)
def test_no_page_is_shown_to_a_stranger(viewer: Browser, path: str) -> None:
    assert viewer.another().get(path).headers["location"].startswith("/sign-in")


def test_the_overview_shows_the_numbers_of_the_api(viewer: Browser) -> None:
    shown, say = cards(viewer.get("/").text), Language.EN
    assert shown["Cycle time"] == f"{say.duration(total(viewer, 'cycle_time')['p50'])} median".replace("\u00a0", " ")
    assert shown["Throughput"] == str(total(viewer, "throughput")["value"])
    assert shown["Automation rate"] == say.percent(total(viewer, "automation_rate")["value"], digits=1)
    assert shown["Adoption rate"] == say.percent(total(viewer, "adoption_rate")["value"])


def test_a_card_rests_on_as_many_facts_as_it_says(viewer: Browser) -> None:
    html = viewer.get("/").text
    told = re.findall(r'<p class="value"><a href="([^"]+)".*?<p class="muted rests">n\s=\s([\d,]+)', html, re.DOTALL)
    assert len(told) > 5
    for link, n in told:
        assert re.search(rf"n\s=\s{n}\b", viewer.get(unescape(link)).text), link


def test_the_overview_begins_with_what_moved_by_more_than_chance(viewer: Browser) -> None:
    html = viewer.get("/?period=28d").text
    clear = re.findall(r'<p class="delta (?:better|worse|changed)">', html[html.index('class="card"') :])
    listed = re.findall(r'<p class="delta (\w+)">', html[: html.index('class="card"')])
    assert len(listed) == len(clear)
    assert ("Nothing moved by more than chance" in html) == (not listed)
    assert "What moved?" not in viewer.get("/?compare=none").text


def test_a_filter_of_the_address_changes_the_numbers_as_it_does_in_the_api(viewer: Browser) -> None:
    for team in TEAMS:
        expected = total(viewer, "throughput", f"&team={team}")["value"]
        assert cards(viewer.get(f"/?team={team}").text)["Throughput"] == str(expected)
    for project in ("shop", "bank"):
        expected = total(viewer, "throughput", f"&project={project}")["value"]
        assert cards(viewer.get(f"/flow?project={project}").text)["Work in progress"] == str(
            total(viewer, "wip", f"&project={project}")["value"]
        )
        assert cards(viewer.get(f"/?project={project}").text)["Throughput"] == str(expected)
    elapsed, working = (total(viewer, "cycle_time", f"&clock={clock}")["p50"] for clock in ("elapsed", "working"))
    assert elapsed != working
    hours = Language.EN.duration(working, days=False).replace("\u00a0", " ")
    assert cards(viewer.get("/?clock=working").text)["Cycle time"] == f"{hours} median"


def test_a_team_that_is_gone_says_so(viewer: Browser) -> None:
    answer = viewer.get("/?team=nobody-knows-it")
    assert answer.status_code in (200, 422)
    assert "<h1>" in answer.text


@pytest.mark.parametrize("path", [path for path in PAGES if path != "/"])
def test_every_chart_has_its_words_its_table_and_working_addresses(viewer: Browser, path: str) -> None:
    html = viewer.get(path).text
    figures = re.findall(r"<figure.*?</figure>", html, re.DOTALL)
    assert figures
    for one in figures:
        assert re.search(r'role="img" aria-label="[^"]{10,}"', one)
        assert "<details" in one
        addresses = [unescape(found) for found in re.findall(r'(?:data-chart|href)="([^"]+)"', one)]
        assert {form for form in ("json", "png", "svg") if any(f".{form}?" in found for found in addresses)} == {
            "json", "png", "svg",
        }  # fmt: skip
        for address in addresses:
            if ".png?" not in address and ".svg?" not in address:
                assert viewer.get(address).status_code == 200, address


def test_the_facts_are_as_many_as_the_number_rests_on_and_name_nobody(viewer: Browser) -> None:
    html = viewer.get("/metrics/cycle_time/facts?team=Checkout").text
    n = total(viewer, "cycle_time", "&team=Checkout")["n"]
    assert f"n\u00a0=\u00a0{n}" in html
    rows = list(csv.DictReader(io.StringIO(viewer.get("/metrics/cycle_time/facts.csv?team=Checkout").text)))
    assert len(rows) == n
    people = [f"{team.lower()}-{number}" for team in TEAMS for number in range(PEOPLE)]
    for metric in ("cycle_time", "active_users", "seat_utilisation", "adoption_rate", "data_coverage", "wip_age"):
        shown = viewer.get(f"/metrics/{metric}/facts").text
        assert not [name for name in people if name in shown], metric


def test_a_bucket_leads_to_its_own_facts(viewer: Browser) -> None:
    asked = "/api/v1/metrics/throughput?from=2026-08-05&to=2026-11-03&grain=month"
    points = viewer.get(asked, headers={"Accept": "application/json"}).json()["series"][0]["points"]
    html = viewer.get("/metrics/throughput?grain=month").text
    links = [unescape(link) for link in re.findall(r'href="(/metrics/throughput/facts\?[^"]*bucket=[^"]+)"', html)]
    assert len(links) == len(points) == 4
    assert {bool(point.get("suppressed")) for point in points} == {True, False}
    for link, point in zip(links, points, strict=True):
        shown = viewer.get(link).text
        if point.get("suppressed"):
            assert "Too few people are behind this number" in shown
            assert "<table" not in shown
        else:
            assert f"n\u00a0=\u00a0{point['n']}" in shown


def test_pages_of_facts_follow_each_other(viewer: Browser) -> None:
    html, seen = viewer.get("/metrics/throughput/facts").text, 0
    while True:
        seen += len(re.findall(r"<tr><td>", html))
        following = re.search(r'rel="next" href="([^"]+)"', html)
        if following is None:
            break
        html = viewer.get(unescape(following[1])).text
    assert seen == total(viewer, "throughput")["n"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/metrics/none", 404),
        ("/metrics/none/facts", 404),
        ("/metrics/cycle_time/facts?bucket=soon", 422),
        ("/metrics/cycle_time/facts?group_by=team", 200),
        ("/metrics/cycle_time/facts?group_by=team&group=none", 422),
        ("/metrics/cycle_time?group_by=team&grain=month", 200),
        ("/metrics/cycle_time?group_by=nonsense&grain=hour", 200),
        ("/flow?items=0", 200),
        ("/flow?items=99999999999", 200),
    ],
)
def test_an_address_that_makes_no_sense_breaks_nothing(viewer: Browser, path: str, status: int) -> None:
    assert viewer.get(path).status_code == status


def test_an_editor_adds_an_event_and_compares_around_it(visitor: Browser) -> None:
    visitor.sign_in("editor@example.com")
    added = visitor.post("/launches/events", day="2026-09-20", title="New <checkout>", tags="launch, shop")
    html = visitor.get(added.headers["location"]).text
    assert "New &lt;checkout&gt;" in html
    assert "<checkout>" not in html
    assert "before and after" in html
    assert visitor.post("/launches/events", day="soon", title="x").status_code == 422
    assert visitor.post("/launches/events", day="2026-09-20", title=" ").status_code == 422


def test_the_questionnaire_raises_the_level(visitor: Browser) -> None:
    visitor.sign_in("editor@example.com")
    before = cards(visitor.get("/maturity").text)["Knowledge"]
    names = set(re.findall(r'type="radio" name="([^"]+)"', visitor.get("/maturity").text))
    answered = visitor.post("/maturity/answers", **dict.fromkeys(names, "yes"))
    assert answered.status_code == 303
    assert (before, cards(visitor.get("/maturity").text)["Knowledge"]) == ("1 / 5", "2 / 5")
    visitor.post("/maturity/answers", **dict.fromkeys(names, "unknown"))
    assert cards(visitor.get("/maturity").text)["Knowledge"] == "1 / 5"


def test_a_viewer_changes_nothing(viewer: Browser) -> None:
    assert viewer.post("/launches/events", day="2026-09-20", title="x").status_code == 403
    assert viewer.post("/maturity/answers", workflow_written="yes").status_code == 403
    assert viewer.post("/shares", page="/flow").status_code == 403
    assert "Save the answers" not in viewer.get("/maturity").text


def test_pages_are_compressed_and_the_api_is_as_it_was(viewer: Browser) -> None:
    encoded = {"Accept-Encoding": "gzip"}
    assert viewer.get("/flow", headers=encoded).headers["content-encoding"] == "gzip"
    api = viewer.get("/api/v1/metrics", headers={**encoded, "Accept": "application/json"})
    assert "content-encoding" not in api.headers


LINKS_ON = {"shares": True}


def shared(browser: Browser, query: str = "", **fields: str) -> str:
    """The path of a new link."""
    browser.sign_in("editor@example.com")
    html = browser.post(f"/shares{query}", **{"page": "/flow", "days": "7", **fields}).text
    found = re.search(r'value="[^"]*(/share/[^"]+)"', html)
    assert found is not None
    return found[1]


def test_links_are_off_until_an_admin_switches_them_on(visitor: Browser) -> None:
    visitor.sign_in("editor@example.com")
    assert "Links are switched off" in visitor.get("/shares").text
    assert visitor.post("/shares", page="/flow", days="7").status_code == 409


@pytest.mark.parametrize("visitor", [LINKS_ON], indirect=True)
def test_a_link_shows_its_page_to_a_stranger_and_leads_nowhere(visitor: Browser) -> None:
    path = shared(visitor, "?team=Checkout")
    mine = cards(visitor.get("/flow?team=Checkout").text)
    visitor.cookies.clear()
    answer = visitor.get(path)
    assert answer.status_code == 200
    assert cards(answer.text) == mine
    assert cards(visitor.get(f"{path}?team=Search&project=shop").text) == mine, "Its filters are fixed."
    links = set(re.findall(r'(?:href|src|action|data-chart)="([^"#]+)"', answer.text))
    assert [link for link in links if not link.startswith(("/static/", f"{path}?lang=", f"{path}?theme="))] == []
    specs = [json.loads(one) for one in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', answer.text)]
    assert specs
    assert all(set(one) == {"light", "dark"} for one in specs), "It follows the theme of whoever reads."
    assert f'href="{path}?lang=en&amp;theme=dark"' in visitor.get(f"{path}?lang=en").text
    assert not visitor.cookies, "It keeps nothing in the browser."
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "csrf" not in answer.text
    for page in PAGES:
        assert visitor.get(page).status_code == 303


@pytest.mark.parametrize("visitor", [LINKS_ON], indirect=True)
@pytest.mark.parametrize("page", [path for path in PAGES if not path.startswith("/metrics")])
def test_every_page_can_be_shared(visitor: Browser, page: str) -> None:
    path = shared(visitor, page=page)
    visitor.cookies.clear()
    assert visitor.get(path, headers={"Accept-Language": "fr"}).status_code == 200


@pytest.mark.parametrize("visitor", [LINKS_ON], indirect=True)
def test_a_link_ends_when_it_is_revoked_or_old(visitor: Browser) -> None:
    path, other = shared(visitor), shared(visitor, days="30")
    (share_id, *_) = re.findall(r'action="/shares/([^/"]+)/revoke"', visitor.get("/shares").text)[::-1]
    assert visitor.post(f"/shares/{share_id}/revoke").status_code == 303
    assert sorted(visitor.get(one).status_code for one in (path, other)) == [200, 404]
    visitor.clock.forward(days=31)
    assert [visitor.get(one).status_code for one in (path, other)] == [404, 404]
    assert visitor.get(path.replace("/share/", "/shares/")).status_code == 404, "It is no link to a data set."
    with visitor.database.read() as connection:
        rows, _ = audit.page(connection, limit=100, after=None)
    assert {"share.create", "share.revoke"} <= {row["action"] for row in rows}


@pytest.mark.parametrize("visitor", [{**LINKS_ON, "embed_origins": ("https://wiki.example.com",)}], indirect=True)
def test_a_shared_page_stands_in_frames_of_the_origins_that_are_allowed(visitor: Browser) -> None:
    path = shared(visitor)
    headers = visitor.get(path).headers
    assert "frame-ancestors https://wiki.example.com" in headers["content-security-policy"]
    assert "x-frame-options" not in headers
    assert visitor.get("/flow").headers["x-frame-options"] == "DENY"
    assert URL.startswith("https")


@pytest.mark.parametrize("origin", ["*", "https://wiki.example.com/page", "javascript:x", "https://a b"])
def test_only_origins_may_embed(origin: str) -> None:
    with pytest.raises(ValueError, match="is not an origin"):
        Settings(embed_origins=(origin,), _env_file=None)  # type: ignore[call-arg]
