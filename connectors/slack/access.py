"""The access log: who reached Slack, from which address and with which program, since when and until when.

A row spans days, and only its two ends are days on which somebody was surely there. Read every day, nearly all are
told, for the latest end moves along; of the time before the first reading the log tells the least that was.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Protocol, TypeVar

import msgspec

from connectors.kit.http import Params
from connectors.kit.paging import PageGuard
from connectors.kit.stream import Page, Since
from connectors.slack import raw

METHOD = "team.accessLogs"
_ROWS = 1000
_LAST_PAGE = 100
"""What is farther back is asked for by an earlier instant."""

T = TypeVar("T")


class Asking(Protocol):
    """What is needed of a workspace here."""

    now: Callable[[], datetime]

    def call(self, method: str, params: Params | None = None, *, kind: type[T], as_user: bool = False) -> T:
        """See `Workspace.call`."""


def offered(workspace: Asking) -> None:
    """Raises the error that says why there is no access log for us, if there is none."""
    workspace.call(METHOD, {"count": 1}, kind=raw.Verdict, as_user=True)


def days(workspace: Asking, since: Since) -> Iterator[Page]:
    """The days on which somebody was there, each once, from the rows that changed at or after `since`.

    Slack gives the rows that changed last first.
    """
    told: set[tuple[str, date]] = set()
    guard = PageGuard("the access log")
    before, number = int(workspace.now().timestamp()), 1
    while True:
        # Accesses from now on would move rows from one page to another.
        params: Params = {"before": before, "count": _ROWS, "page": number}
        answer = workspace.call(METHOD, params, kind=raw.AccessPage, as_user=True)
        rows = [_row(one) for one in answer.logins]
        known = [row for row in rows if isinstance(row, raw.Access)]
        fresh = [row for row in known if since.at is None or row.last >= since.at]
        found = {(row.user_id, at.date()) for row in fresh for at in (row.first, row.last) if _is_due(at, since)} - told
        told |= found
        malformed = [row for row in rows if isinstance(row, raw.Malformed)]
        items = [*malformed, *(raw.AccessDay(user, day) for user, day in sorted(found))]
        yield Page(items, high=max((row.last for row in fresh), default=None))
        if number >= answer.paging.pages or (known and not fresh):
            return
        number += 1
        if number > _LAST_PAGE:
            before, number = min((row.date_last for row in known), default=before), 1
            guard.next(before)


def _row(packed: msgspec.Raw) -> raw.Access | raw.Malformed:
    try:
        return msgspec.json.decode(packed, type=raw.Access)
    except msgspec.MsgspecError:
        return raw.Malformed(METHOD, "A row of the access log is not shaped like one.")


def _is_due(at: datetime, since: Since) -> bool:
    return since.at is None or at.date() >= since.at.date()
