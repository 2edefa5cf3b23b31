"""Half a year of a small company for pages to show: two teams, their work items, and one tool that they use."""

from datetime import UTC, datetime, timedelta
from random import Random

from app.core.db import Database
from tests.support.people import ALWAYS, add_person, add_team
from tests.support.rows import Item, Move, Store
from tests.support.usage import UsageStore

NOW = datetime(2026, 11, 2, 14, 30, tzinfo=UTC)
TEAMS = ("Checkout", "Search")
PEOPLE = 7
ITEMS = 260


def furnish(db: Database) -> None:
    """Put the company into a migrated, empty database; always the same one."""
    dice = Random(7)
    store, usage = Store(db), UsageStore(db)
    jira = store.source()
    figma = usage.source("figma")
    people: list[str] = []
    for team in TEAMS:
        add_team(db, team)
        for number in range(PEOPLE):
            name = f"{team.lower()}-{number}"
            people.append(name)
            store.account(jira, name)
            usage.account(figma, name)
            add_person(db, name, [(jira, name), (figma, name)], [(team, ALWAYS, None)])
    store.put(jira, [_item(dice, number, people) for number in range(ITEMS)], NOW)
    days = [NOW.date() - timedelta(days=back) for back in range(120)]
    used = {
        (name, "open", day): 1 + dice.randrange(5)
        for day in days
        for name in people
        if day.weekday() < 5 and dice.random() < 0.4
    }
    usage.seats(figma, [(name, "figma", ALWAYS, None) for name in people], NOW)
    usage.use(figma, used, NOW)
    for source_id, streams in ((jira, ("work_items", "transitions")), (figma, ("usage_days", "seats"))):
        for stream in streams:
            store.complete_until(source_id, NOW - timedelta(minutes=20), stream)


def _item(dice: Random, number: int, people: list[str]) -> Item:
    created = NOW - timedelta(days=dice.uniform(1, 200))
    item = Item(f"shop-{number}", created, "todo", assignee=dice.choice(people))
    item.project = dice.choice(("shop", "bank"))
    item.item_type = dice.choice(("story", "story", "bug", "chore"))
    standing, at = "todo", created
    for entered, within in (("active", 6), ("review", 5), ("done", 8)):
        at += timedelta(days=dice.expovariate(1 / within))
        if at >= NOW:
            break
        automated = dice.random() < 0.3
        item.moves.append(
            Move(at, standing, entered, automated=automated, automated_by="rule_marker" if automated else None)
        )
        standing = entered
    item.status = standing
    return item
