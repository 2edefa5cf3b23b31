"""What is true about the product's use, as the records that a perfect sync leaves.

Told from the product itself and not from any answer of the sandbox: a mistake in the answers shows.
"""

from collections import Counter
from collections.abc import Collection
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from connectors.kit import records
from connectors.kit.organisation import Ms, instant
from connectors.kit.records import Record
from connectors.mixpanel.sandbox.product import NIGHTLY, Product, email, user_id


def truth(
    product: Product, zone: ZoneInfo, now: Ms, *, events: Collection[str], exclude_server_side: bool
) -> dict[str, list[Record]]:
    """Records by type."""
    counts: Counter[tuple[str, str, date]] = Counter()
    utc_today = instant(now).date()
    day = product.launched
    while day <= utc_today:
        for one in product.day(day):
            wanted = (not events or one.name in events) and not (exclude_server_side and one.name == NIGHTLY)
            local = instant(one.at).astimezone(zone).date()
            # A day that has not begun in UTC is one of the future for the store.
            if wanted and one.arrives <= now and local <= utc_today:
                counts[one.sender(now), one.name, local] += 1
        day += timedelta(days=1)
    accounts: list[Record] = []
    for person in product.users.values():
        if product.began(person) <= now:
            seen = product.last_seen(person.id, now)
            accounts.append(
                records.Account(
                    external_id=user_id(person.id),
                    display_name=person.name,
                    email=email(person),
                    kind="human",
                    created_at=instant(product.began(person) // 1000 * 1000),
                    last_active_at=None if seen is None else instant(seen),
                )
            )
    return {
        "accounts": accounts,
        "usage_days": [
            records.UsageDay(account=account, event=event, day=on, count=count)
            for (account, event, on), count in counts.items()
        ],
    }
