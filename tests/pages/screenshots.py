"""The pictures of the README, taken from the demo: `make screenshots`.

Starts the demo on a port of its own, makes the first account as its wizard does, and writes `docs/images/*.png`.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, sync_playwright

from tests.support.browser import PASSWORD, chromium
from tests.support.commands import free_port

IMAGES = Path(__file__).parents[2] / "docs" / "images"
MOST_BYTES = 150_000
_WELCOME = re.compile(r"http://localhost:\d+/welcome\?code=\S+")


@dataclass(frozen=True, slots=True)
class Picture:
    """A page as it is shown: its path, and how the browser is set."""

    name: str
    path: str
    language: Literal["fr", "en"]
    theme: Literal["light", "dark"]
    width: int = 1280
    height: int = 860
    above: str = ""
    """The id of what stands at the top of the picture, where that is not the top of the page."""


PICTURES = (
    Picture("overview", "/", "fr", "light"),
    Picture("flow", "/flow", "en", "light"),
    Picture("tools", "/tools", "en", "dark"),
    Picture("phone", "/flow", "fr", "light", 390, 844, "figure-2-1"),
)


def main() -> None:
    """Take each picture. Raises RuntimeError for one that is too large for a README."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with demo() as welcome, sync_playwright() as playwright, chromium(playwright) as browser:
        context = browser.new_context(locale="en-GB")
        page = context.new_page()
        page.goto(welcome)
        account = {"name": "Claire", "email": "claire@example.com", "password": PASSWORD, "repeat": PASSWORD}
        for field, value in account.items():
            page.locator(f"input[name={field}]").fill(value)
        page.locator("form[action='/welcome'] button").click()
        page.wait_for_url(re.compile(r"localhost:\d+/(?!welcome)"))
        session = context.storage_state()
        origin = welcome.partition("/welcome")[0]
        for one in PICTURES:
            with_session = browser.new_context(
                base_url=origin, storage_state=session, locale=one.language, color_scheme=one.theme,
                viewport={"width": one.width, "height": one.height},
            )  # fmt: skip
            take(with_session.new_page(), one)
            with_session.close()


def take(page: Page, one: Picture) -> None:
    """One picture, once its charts are drawn. Raises RuntimeError."""
    page.set_default_timeout(120_000)
    # Said in the address: else the language of the account would be taken.
    page.goto(f"{one.path}?lang={one.language}")
    figures = page.locator("figure.chart")
    for place in range(figures.count()):
        figures.nth(place).locator(".plot svg").first.wait_for(state="attached")
    if one.above:
        page.evaluate("id => document.getElementById(id).scrollIntoView()", one.above)
    target = IMAGES / f"{one.name}.png"
    page.screenshot(path=target)
    if target.stat().st_size > MOST_BYTES:
        raise RuntimeError(f"{target.name} has {target.stat().st_size} bytes, more than {MOST_BYTES}: show less.")


@contextmanager
def demo() -> Iterator[str]:
    """The address of the wizard of a demo that runs."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "app.cli", "demo", "--folder", folder, "--port", str(free_port())]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            yield next(found[0] for line in process.stdout or () if (found := _WELCOME.search(line)))
        finally:
            process.terminate()
            process.wait(60)


if __name__ == "__main__":
    main()
