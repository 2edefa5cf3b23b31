"""What the member analytics file and the access log say about who was there, from the talk itself."""

from collections import Counter
from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from connectors.kit.organisation import Account, Ms, instant, milliseconds
from connectors.slack.sandbox.dialect import Facts

DELAY_DAYS = 2
KEPT_DAYS = 395


def counts(facts: Facts, now: Ms) -> dict[tuple[str, str, date], int]:
    """(account, event, UTC day) -> how often, for people, until an instant; `messages` and `reactions`."""
    found: Counter[tuple[str, str, date]] = Counter()
    for exchanges in facts.talk.exchanges.values():
        for exchange in exchanges:
            for said in (exchange.head, *exchange.replies):
                if said.at <= now:
                    found[said.by, "messages", instant(said.at).date()] += 1
                for sign in said.signed(now):
                    found[sign.by, "reactions", instant(sign.at).date()] += 1
    return {key: count for key, count in found.items() if facts.organisation.accounts[key[0]].kind == "human"}


def was_there(account: Account, day: date) -> bool:
    """Whether somebody was a member on a day."""
    begin = milliseconds(datetime.combine(day, time(), UTC))
    return account.kind == "human" and account.joined <= begin and (account.left is None or begin < account.left)


def just_read(account: Account, day: date) -> bool:
    """Whether somebody who says nothing on a working day still opens Slack: most do."""
    return day.weekday() < 5 and (int(account.id[1:]) * 31 + day.toordinal() * 17) % 10 < 7


def filed(facts: Facts, now: Ms) -> list[date]:
    """The days that have a file at an instant."""
    today = instant(now).date()
    first = max(instant(facts.organisation.begin).date(), today - timedelta(days=KEPT_DAYS))
    last = today - timedelta(days=DELAY_DAYS)
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


class Access(NamedTuple):
    """A row of the access log: an account's accesses with one program."""

    account: str
    program: str
    first: Ms
    last: Ms
    times: int


def accesses(facts: Facts, counted: Collection[tuple[str, str, date]], now: Ms) -> list[Access]:
    """Who opened Slack until an instant: on each day in the morning, on the phone where the day falls so.

    `counted` are the keys of `counts`: whoever wrote was there.
    """
    spoken = {(account, day) for account, _, day in counted}
    begin, end = instant(facts.organisation.begin).date(), instant(now).date()
    found: dict[tuple[str, str], Access] = {}
    for number in range((end - begin).days + 1):
        day = begin + timedelta(days=number)
        for account in facts.organisation.accounts.values():
            if not was_there(account, day) or not (just_read(account, day) or (account.id, day) in spoken):
                continue
            at = milliseconds(datetime.combine(day, time(7, int(account.id[1:]) % 60), UTC))
            if at > now:
                continue
            key = (account.id, "phone" if number % 3 == 0 else "desktop")
            before = found.get(key)
            found[key] = Access(*key, at, at, 1) if before is None else before._replace(last=at, times=before.times + 1)
    return list(found.values())
