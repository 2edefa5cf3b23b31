"""`python -m connectors.sandboxes`: four tools that the connectors can read, used by the same people."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import TypeAdapter

from connectors import registry, sandboxes
from connectors.kit.connector import Access
from connectors.kit.hosts import HostPolicy
from connectors.kit.organisation import generate
from connectors.kit.records import Account

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
SMALL = ("--items", "30", "--months", "3", "--people", "12")


def test_the_command_serves_four_tools_that_pass_their_checks() -> None:
    command = [sys.executable, "-m", "connectors.sandboxes", *SMALL, "--until-input-ends", "--today", NOW.isoformat()]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        urls = dict(process.stdout.readline().split() for _ in sandboxes.TOOLS)
        for tool, url in urls.items():
            port = urlsplit(url).port
            assert port is not None
            found = check(tool, port)
            assert [one for one in found if one[1] == "error"] == [], tool
            assert len(found) > 1, tool
        process.stdin.close()
        assert process.wait(timeout=60) == 0
    assert tuple(urls) == sandboxes.TOOLS


def check(tool: str, port: int) -> list[tuple[str, str, str]]:
    connector = registry.load().connectors[tool]
    config, credentials = sandboxes.settings(tool, port)
    settings = connector.Config.model_validate(config)
    access = Access(
        config=settings,
        credentials=TypeAdapter(connector.Credentials).validate_python(credentials),
        hosts=HostPolicy(connector.hosts(settings), ["127.0.0.1"]),
        now=lambda: NOW,
        sleep=lambda seconds: None,
        save_credentials=lambda changed: None,
    )
    return [(one.name, one.status, one.detail) for one in connector.check(access)]


def test_the_same_people_are_in_all_four_under_different_addresses() -> None:
    organisation = generate(seed=7, end=NOW, items=60, months=3, people=30)
    sizes = sandboxes.Sizes(tasks=40, threads=20, days=30)
    truth = sandboxes.of(organisation, clock=lambda: NOW, seed=7, sizes=sizes).truth(NOW)
    names, addresses = {}, {}
    for tool, records in truth.items():
        people = [one for one in records["accounts"] if isinstance(one, Account) and one.kind == "human"]
        names[tool] = {one.display_name for one in people}
        addresses[tool] = {one.email for one in people if one.email}
    company = {one.name for one in organisation.accounts.values() if one.kind == "human"}
    for tool in sandboxes.TOOLS:
        # "Former user" is what Jira says of people whose account was erased.
        assert len(names[tool] - company) <= 1, tool
        assert len(names[tool] & company) > len(company) / 2, tool
    assert len({frozenset(one) for one in addresses.values()}) == len(sandboxes.TOOLS)
    lower = [{address.lower() for address in one} for one in addresses.values()]
    assert len(set.intersection(*lower)) >= 5


def test_asana_shows_other_work_than_jira() -> None:
    organisation = generate(seed=7, end=NOW, items=60, months=3, people=12)
    sizes = sandboxes.Sizes(tasks=40, threads=20, days=3)
    made = sandboxes.of(organisation, clock=lambda: NOW, seed=7, sizes=sizes)
    created = [{one.created_at for one in made.truth(NOW)[tool]["work_items"]} for tool in ("jira", "asana")]  # type: ignore[attr-defined]
    assert len(created[1]) > 20
    assert len(created[0] & created[1]) < len(created[1]) / 10
