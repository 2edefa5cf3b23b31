"""A database with something behind every route: what tools told, and what an admin made of it."""

from datetime import date, timedelta
from random import Random
from typing import Any

import httpx

from app.core.db import Database
from connectors.kit.records import Seat, UsageDay
from tests.support import talk
from tests.support.rows import Store, history

_ACCOUNTS = ("ann", "bob", "cid", "dee", "eve", "fay", "gus")
_QUESTION = {"metric": "cycle_time", "group_by": ["team"]}
_MADE: dict[str, dict[str, Any]] = {
    "annotations": {"time": "2026-02-03T08:00:00Z", "title": "Launch", "tags": ["launch"]},
    "calendars": {
        "name": "Berlin",
        "zone": "Europe/Berlin",
        "days": {"monday": [{"from": "09:00", "to": "17:00"}]},
        "holidays": {"country": "DE", "subdivision": "BE"},
    },
    "alerts": {"name": "Slow", "question": {**_QUESTION, "days": 90}, "measure": "p50", "above": 3600},
    "tokens": {"name": "A dashboard", "role": "viewer"},
    "teams": {"name": "Payments"},
    "people": {"name": "Hal"},
}


_PULLED = {
    "connector": "jira",
    "name": "A site that nobody has",
    "config": {"base_url": "https://jira.invalid"},
    "credentials": {"kind": "personal_access_token", "token": "fake-token-of-nobody"},
}


def tell(database: Database, seed: int) -> None:
    """Items, people, teams, talk, answers, meetings, usage and seats: half a year that ends at `talk.NOW`."""
    dice = Random(seed)
    made = talk.company(database)
    talk.fill(database, made, seed)
    chat = made.source_ids["chat"]
    items = [
        history(f"s{number}", created, "todo", *_moves(dice, created), project=dice.choice(["shop", "bank"]))
        for number in range(200)
        for created in [talk.BEGIN + timedelta(hours=dice.randrange(24 * 175))]
    ]
    store = Store(database)
    store.put(chat, items, talk.NOW)
    store.complete_until(chat, talk.NOW)
    days = [talk.NOW.date() - timedelta(days=number) for number in range(60)]
    talk.write(database, chat, [_use(dice, account, day) for account in _ACCOUNTS for day in days])
    talk.write(
        database, chat, [Seat(account=account, as_of=talk.NOW, assigned_at=talk.BEGIN) for account in _ACCOUNTS[:5]]
    )


def arrange(client: httpx.Client) -> dict[str, str]:
    """What an admin makes over the API: a thing of each kind, a link, a sync that waits.

    Gives what no list tells, as variables of `schemathesis.toml`.
    """
    _ask(client, "PATCH", "settings", {"shares": True})
    _ask(client, "PUT", "tools/teams", {"seats_bought": 40, "seat_price": 7.5, "currency": "EUR"})
    for resource, body in _MADE.items():
        _ask(client, "POST", resource, body)
    link = _ask(client, "POST", "shares", {"name": "A sheet", "question": _QUESTION})
    pushed = _ask(client, "POST", "sources", {"connector": "push", "name": "Pushed", "config": {"tool": "ci"}})
    pulled = _ask(client, "POST", "sources", _PULLED)
    run = _ask(client, "POST", f"sources/{pulled['id']}/syncs", {"mode": "full"})
    return {
        "CHECK_SECRET": link["path"].rpartition("/")[2],
        "CHECK_SOURCE": pushed["id"],
        "CHECK_RUN": run["id"],
    }


def _ask(client: httpx.Client, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.request(method, f"/api/v1/{path}", json=body)
    if answer.is_error:
        raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
    told: dict[str, Any] = answer.json()
    return told


def _moves(dice: Random, created: Any) -> list[tuple[Any, str]]:
    at, moves = created, []
    for status in ["active", "review", "done"][: dice.randint(0, 3)]:
        at += timedelta(hours=1 + dice.random() * 90)
        moves.append((at, status))
    return moves


def _use(dice: Random, account: str, day: date) -> UsageDay:
    return UsageDay(account=account, event="open", day=day, count=dice.randint(1, 9))
