"""How long a page of twelve charts takes in a real browser, and what it sends: the flow over a million items.

The service runs as `prodops serve` runs it, on SQLite; the browser is Debian's Chromium without a window, on the same
machine. A page counts as drawn when its last chart stands in it.

Run it with `python -m benchmarks.pages [ITEMS]`; `--file` keeps the store for the next run.
"""

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from app.core import passwords
from app.core.db import Database
from app.facts.dirty import build_dirty
from app.store import users
from benchmarks.answers import free_port, serving
from benchmarks.metrics import NOW, fill
from benchmarks.table import Row, Table

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
EMAIL, PASSWORD = "viewer@example.com", "fake password of a benchmark"
WINDOW = f"{(NOW - timedelta(days=90)).date()}..{(NOW - timedelta(days=1)).date()}"
PAGE = f"/flow?period={WINDOW}"
RUNS = 7
MOST_MS, FIRST_BYTES, NEXT_BYTES = 1_000, 1_200_000, 50_000

_WATCH = """
new MutationObserver(() => {
  const charts = [...document.querySelectorAll("figure.chart")];
  if (charts.length && !window.drawnAt && charts.every((one) => one.querySelector(".plot svg")))
    window.drawnAt = performance.now();
}).observe(document, { childList: true, subtree: true });
"""


@dataclass(frozen=True, slots=True)
class Visit:
    """One opening of the page: milliseconds from the navigation on, and bytes over the wire."""

    painted: float
    drawn: float
    bytes: int
    charts: int


def visit(context: Any) -> Visit:
    """Open the page in a browser's window and wait until its charts are drawn."""
    page = context.new_page()
    page.add_init_script(_WATCH)
    sizes: list[int] = []
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    page.goto(PAGE)
    while (drawn := page.evaluate("window.drawnAt")) is None:
        page.wait_for_timeout(20)
    page.wait_for_load_state("networkidle")
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    charts = page.locator("figure.chart").count()
    page.close()
    return Visit(painted, drawn, sum(sizes), charts)


@contextmanager
def signed_in(browser: Browser, url: str) -> Iterator[Any]:
    """A window of somebody who has signed in and whose browser keeps nothing yet."""
    context = browser.new_context(base_url=url, viewport={"width": 1440, "height": 900}, locale="fr-FR")
    context.set_default_timeout(600_000)
    page = context.new_page()
    page.goto("/sign-in")
    page.locator("input[name=email]").fill(EMAIL)
    page.locator("input[name=password]").fill(PASSWORD)
    # The overview is not waited for: it would warm what is measured.
    page.route("**/*", lambda route: route.fulfill(body="") if route.request.url == f"{url}/" else route.continue_())
    page.locator("form[action='/sign-in'] button").click()
    page.wait_for_url(f"{url}/")
    page.close()
    yield context
    context.close()


def prepare(path: Path, items: int) -> None:
    """The store with its facts, and an account that may look at them."""
    if not path.exists():
        fill(path, items)
    database = Database(f"sqlite:///{path}")
    build_dirty(database)
    with database.write() as connection:
        if users.are_none(connection):
            users.add(
                connection, email=EMAIL, name="Viewer", password_hash=passwords.hash_of(PASSWORD), role="viewer",
                locale=None, now=NOW,
            )  # fmt: skip
    database.close()


def compare(path: Path, items: int) -> Table:
    """Measure on the store in this file, which is filled first if it is not there."""
    prepare(path, items)
    port = free_port()
    settings = {
        "PRODOPS_DATABASE_URL": f"sqlite:///{path}",
        "PRODOPS_LOG_LEVEL": "error",
        "PRODOPS_TIMEZONE": "UTC",
    }
    with (
        serving("-m", "app.cli", "serve", "--dev", "--port", str(port), port=port, **settings) as own,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        url = f"http://localhost:{own}"
        with signed_in(browser, url) as context:
            cold = visit(context)
        firsts, nexts = [], []
        for _ in range(RUNS):
            with signed_in(browser, url) as context:
                firsts.append(visit(context))
                nexts.append(visit(context))
        browser.close()
    rows = [Row("the first time that anybody asks: drawn", f"{cold.drawn:,.0f} ms")]
    for name, visits, most in (("first", firsts, FIRST_BYTES), ("next", nexts, NEXT_BYTES)):
        painted, drawn = (median(getattr(one, what) for one in visits) for what in ("painted", "drawn"))
        sent = max(one.bytes for one in visits)
        rows += [
            Row(f"{name} visit of a browser: first content", f"{painted:,.0f} ms"),
            Row(f"{name} visit of a browser: all charts drawn", f"{drawn:,.0f} ms", "", f"{MOST_MS:,} ms"),
            Row(f"{name} visit of a browser: sent", f"{sent / 1e3:,.0f} kB", "", f"{most / 1e3:,.0f} kB"),
        ]
    return Table(
        "A page in a browser",
        f"The flow over 90 days of {items:,} items: {cold.charts} charts, SQLite, Chromium beside it on the same "
        f"machine; medians of {RUNS} visits.",
        rows,
    )


def measure(items: int = 1_000_000) -> Table:
    """The table over a store that is made for it."""
    with tempfile.TemporaryDirectory() as folder:
        return compare(Path(folder) / "bench.db", items)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("items", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--file", type=Path, help="where to keep the store, for the next run")
    given = parser.parse_args()
    print((compare(given.file, given.items) if given.file else measure(given.items)).text())


if __name__ == "__main__":
    main()
