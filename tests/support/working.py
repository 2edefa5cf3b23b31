"""A company that works, talks and uses tools, small: enough for every dashboard to have something to show."""

from app.core.db import Database
from app.store import coverage, tools
from app.store.coverage import Share
from connectors.kit.records import Seat, UsageDay
from tests.support import talk
from tests.support.rows import Store, history, hours
from tests.support.talk import NOW


def working_company(db: Database) -> None:
    """Half a year of talk, three months of work and a month of use, up to `talk.NOW`; `teams` is used by four people,
    `slack` by two."""
    made = talk.company(db)
    talk.fill(db, made, seed=5, size=40)
    chat = made.source_ids["chat"]
    items = [
        history(
            f"s{number}",
            NOW - hours(30 * number + 40),
            "todo",
            *[(NOW - hours(30 * number + 40 - 9 * place), status) for place, status in enumerate(moves, 1)],
            assignee=("ann", "bob", "cid", "dee", "eve", None)[number % 6],
        )
        for number in range(80)
        for moves in [("active", "review", "done", "active")[: number % 5]]
    ]
    for item in items:
        for place, move in enumerate(item.moves):
            move.actor = "bot" if place % 2 else "ann"
    store = Store(db)
    store.put(chat, items, NOW)
    for source_id in made.source_ids.values():
        store.complete_until(source_id, NOW - hours(2))
    uses = [
        UsageDay(account=account, event="open", day=(NOW - hours(24 * day)).date(), count=1 + day)
        for account in ("ann", "bob", "cid", "dee")
        for day in range(30)
        if (day + len(account)) % 3 or account == "ann"
    ]
    talk.write(db, chat, [*uses, *(Seat(account=name, as_of=NOW) for name in ("ann", "bob", "cid", "dee"))])
    few = [UsageDay(account=account, event="open", day=NOW.date(), count=1) for account in ("ann", "bob")]
    talk.write(db, made.source_ids["slack"], [*few, Seat(account="ann", as_of=NOW)])
    shares = [
        Share("type", "teams", str(chat), "", 60, 80),
        Share("person", "teams", str(chat), "", 1, 2),
        Share("type", "teams", str(chat), "any team", 60, 80),
    ]
    with db.write() as connection:
        tools.put(connection, "teams", {"seats_bought": 9, "seat_price": 4.0, "currency": "EUR"}, NOW)
        coverage.record(connection, NOW.date(), shares)
