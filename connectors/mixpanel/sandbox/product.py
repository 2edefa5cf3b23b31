"""The product whose use Mixpanel measures: which of the organisation's people did what in it, and when that arrived.

Every person's day is drawn by itself, from the seed of its name: any day can be asked for, in any order.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

from connectors.kit.organisation import Account, Ms, Organisation, instant, milliseconds
from connectors.kit.organisation.dice import Dice

EVENTS = (("Page viewed", 8), ("Search run", 4), ("Report opened", 4), ("Item shared", 2), ("Export made", 1))
"""What people do in the product, with weights."""

NIGHTLY = "Nightly import"
"""What the organisation's robot does in it, from a server."""

_LIBRARIES = ("web", "web", "iphone", "android")
_SECOND = 1_000
_HOUR = 3_600 * _SECOND
_DAY = 24 * _HOUR
LATEST = 4 * _DAY
"""No event arrives later than so long after it happened."""


class Sent(NamedTuple):
    """One event. Instants are whole seconds, for the export tells no more."""

    account: str
    """The id of the organisation's account."""
    name: str
    at: Ms
    arrives: Ms
    insert_id: str | None
    library: str
    device: str | None
    """Set for somebody who was not logged in: the id that the event was sent under."""
    merged: Ms
    """When the device became the account's: at once for whoever was logged in."""
    repeated: bool
    """Whether the sender sent it twice."""

    def sender(self, now: Ms) -> str:
        """The id that the event counts for at that instant."""
        return user_id(self.account) if self.device is None or self.merged <= now else self.device


def user_id(account: str) -> str:
    """What an account is called in the product."""
    return f"user-{crc32(account.encode()):08x}"


def email(account: Account) -> str | None:
    """The e-mail that somebody registered with: as everywhere, in other letters, with a tag, or none."""
    number = crc32(account.id.encode()) % 10
    if number == 0:
        return None
    if number <= 2:
        local, _, domain = account.email.partition("@")
        return f"{local}+product@{domain}"
    return account.email.upper() if number <= 5 else account.email


class Product:
    """The product from `days` before the organisation's today; `pace` is the mean of events of a busy person's day."""

    def __init__(self, organisation: Organisation, *, days: int, pace: int) -> None:
        self.organisation = organisation
        self.launched = instant(organisation.end).date() - timedelta(days=days)
        self._pace = pace
        self._robot = next(one for one in organisation.accounts.values() if one.kind == "bot")
        self.users = {
            one.id: one
            for one in organisation.accounts.values()
            # A fifth of the people never touches it.
            if one.kind == "human" and crc32(f"adopts/{one.id}".encode()) % 5
        }
        self.day = lru_cache(maxsize=16 if pace > 100 else 512)(self._day)

    def began(self, account: Account) -> Ms:
        """When somebody registered: at the launch, or up to three weeks behind it or behind joining."""
        start = max(account.joined, _midnight(self.launched))
        return start + crc32(f"began/{account.id}".encode()) % 21 * _DAY

    def last_seen(self, account: str, now: Ms) -> Ms | None:
        """When somebody was last seen in it, as far as it is known then."""
        day = instant(now).date()
        while day >= self.launched:
            seen = [one.at for one in self.day(day) if one.account == account and one.at <= now and one.arrives <= now]
            if seen:
                return max(seen)
            day -= timedelta(days=1)
        return None

    def _day(self, day: date) -> tuple[Sent, ...]:
        """Everything that happened on a day (in UTC), in the order of arrival."""
        if day < self.launched or _midnight(day) >= self.organisation.horizon:
            return ()
        sent = [one for account in self.users.values() for one in self._of(account, day)]
        sent += self._robots(day)
        return tuple(sorted(sent, key=lambda one: (one.arrives, one.insert_id or "")))

    def _of(self, account: Account, day: date) -> Iterator[Sent]:
        dice = Dice(crc32(f"{account.id}/{day}".encode()))
        midnight = _midnight(day)
        busy = dice.chance(0.1 if day.weekday() >= 5 else 0.75)
        if not busy or not account.active(midnight) or self.began(account) > midnight:
            return
        library = dice.pick(_LIBRARIES)
        # Late in the evening for some, so that zones disagree about the day.
        first = midnight + (dice.between(20, 23) if dice.chance(0.2) else dice.between(6, 16)) * _HOUR
        anonymous = dice.chance(0.08)
        for number in range(dice.between(1, 2 * self._pace - 1)):
            at = first + dice.below(_HOUR) // _SECOND * _SECOND
            late = library != "web" and dice.chance(0.1)
            arrives = at + (dice.between(_HOUR, LATEST) if late else dice.between(1, 20) * _SECOND)
            device = f"$device:{crc32(f'device/{account.id}/{day}'.encode()):08x}" if anonymous and not number else None
            yield Sent(
                account=account.id,
                name=dice.weighted(EVENTS),
                at=at,
                arrives=arrives,
                insert_id=f"{crc32(f'{account.id}/{day}/{number}'.encode()):08x}{number:x}",
                library=library,
                device=device,
                merged=at + dice.between(1, 40) * _HOUR,
                repeated=dice.chance(0.03),
            )

    def _robots(self, day: date) -> Iterator[Sent]:
        at = _midnight(day) + 2 * _HOUR
        for number in range(3):
            yield Sent(self._robot.id, NIGHTLY, at + number * _SECOND, at + _HOUR, None, "python", None, at, False)


def _midnight(day: date) -> Ms:
    return milliseconds(datetime(day.year, day.month, day.day, tzinfo=UTC))
