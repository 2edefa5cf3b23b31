"""Random histories with every oddity that metrics.md names, from a seed."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

from tests.support.oracle_history import Account, World
from tests.support.rows import STATUSES, Item, Move, Store

BEGIN = datetime(2025, 9, 20, tzinfo=UTC)
DAYS = 200
"""From September to April: both changes of the clocks, and Christmas, lie inside."""

_STATUSES = (*STATUSES, "ghost", "retired", "legacy")
RELEASES = ("1.0", "1.1", "2.0", "2.1", "2.2", "3.0", "planned", "undated", "withdrawn", "unheard")
_LIKELY = ("todo", "active", "review", "active", "done", "archived", "done")


def world(name: str, tool: str) -> World:
    """`ghost` was never mapped, `retired` is no longer listed, `legacy` has no row; a project has its own word."""
    return World(
        categories={**STATUSES, "ghost": None, "retired": "active"},
        unlisted={"retired"},
        overrides={("review", "bank"): "active", ("legacy", "bank"): "todo", ("backlog", ""): "todo"},
        discarding={"wont"},
        kinds={"story": "feature", "bug": "bug"},
        accounts={
            "ann": Account("human"),
            "rob": Account("bot"),
            "app": Account("app"),
            "who": Account("unknown"),
            "cat": Account("human", override=True),
            "dog": Account("bot", override=False),
        },
        name=name,
        tool=tool,
    )


def store_world(store: Store, some: World) -> UUID:
    """A source with those meanings."""
    source_id = store.source(some.name, some.tool)
    store.status(source_id, "ghost", None)
    store.status(source_id, "retired", "active", listed=False)
    for (status, project), category in some.overrides.items():
        store.override(source_id, status, category, project)
    for key, account in some.accounts.items():
        store.account(source_id, key, account.kind, account.override)
    return source_id


def items(seed: int, count: int, prefix: str = "I") -> list[Item]:
    """Items of every kind, most of them ordinary."""
    dice = random.Random(seed)
    return [item(dice, f"{prefix}{number}") for number in range(count)]


def item(dice: random.Random, key: str) -> Item:
    """One item."""
    created = _instant(dice, BEGIN)
    standing = dice.choices([*_STATUSES, None], [4, 20, 5, 2, 2, 1, 1, 1, 1, 1, 1])[0]
    made = Item(
        key,
        created,
        project=dice.choice(("shop", "bank", "bank", None)),
        item_type=dice.choice(("story", "bug", "chore", "unseen", None)),
        priority=dice.choice(("High", "Low", None)),
        assignee=dice.choice(("ann", "rob", "who", "cat", "eve", None)),
        resolution=dice.choices((None, "fixed", "wont", "copy"), (8, 8, 2, 1))[0],
    )
    at = created - timedelta(hours=dice.randrange(1, 90)) if dice.random() < 0.04 else created
    for number in range(dice.choices(range(8), (1, 2, 4, 4, 4, 2, 1, 1))[0]):
        if dice.random() > 0.15:
            at += timedelta(
                seconds=dice.randrange(int(dice.choice((600, 90_000, 900_000)))), microseconds=dice.randrange(1_000_000)
            )
        entered = dice.choice(_LIKELY) if dice.random() < 0.88 else dice.choice(_STATUSES)
        made.moves.append(_move(dice, at, standing, entered, f"{key}/{number}"))
        standing = entered
    made.status = standing
    if dice.random() < 0.06:
        made.status = dice.choice((*_STATUSES, None))
    if dice.random() < 0.3:
        made.resolved = _instant(dice, created)
    if dice.random() < 0.04:
        made.deleted = at
    dice.shuffle(made.moves)
    _name_releases(random.Random(f"releases of {key}"), made)
    return made


def _name_releases(dice: random.Random, made: Item) -> None:
    made.releases = dice.sample(RELEASES, dice.choices((0, 1, 2, 3), (5, 4, 2, 1))[0])
    made.affects = dice.sample(RELEASES, dice.choices((0, 1, 2), (4, 4, 1))[0])


def _move(dice: random.Random, at: datetime, left: str | None, entered: str, key: str) -> Move:
    mark = dice.choice((None, None, True, False))
    told = dice.choice((None, "rule_marker", "app_marker")) if mark is not None else None
    actor = dice.choice(("ann", "rob", "app", "who", "cat", "dog", "unseen", None))
    return Move(at, left, entered, key, actor, mark, told)


def _instant(dice: random.Random, begin: datetime) -> datetime:
    return begin + timedelta(
        days=dice.randrange(DAYS), seconds=dice.randrange(86_400), microseconds=dice.choice((0, dice.randrange(10**6)))
    )
