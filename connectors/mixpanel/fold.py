"""The export of a day, folded while it arrives: how often each account sent each event, every event once.

Memory grows with the accounts and events of a day, and by 12 bytes for each line, never with their size.
"""

from array import array
from collections.abc import Iterator, Sequence
from datetime import date

from connectors.mixpanel.raw import AccountDay, Event, Malformed, Properties, text

_PARTS = 64
"""Digests are kept and compared in so many parts: a set of all of them at once would be ten times as large."""

_SERVER_LIBRARIES = frozenset(
    {"python", "node", "nodejs", "ruby", "php", "java", "go", "golang", "dotnet", "csharp", "rust", "elixir", "http"}
)
"""Names in `mp_lib` of libraries that run on servers."""


class DayFold:
    """Counts the events of one day. `server_side` says whether what servers sent counts too."""

    def __init__(self, day: date, *, server_side: bool = True) -> None:
        self._day = day
        self._server_side = server_side
        self._accounts: dict[str, str] = {}
        self._pairs: dict[str, dict[str, int]] = {}
        """Event -> account -> place in `_counts`."""
        self._counts: list[int] = []
        self._digests = [array("q") for _ in range(_PARTS)]
        self._digest_pairs = [array("I") for _ in range(_PARTS)]
        self._nameless = 0
        self._unreadable = 0
        self.received = 0
        """Events that came, whether they count or not."""

    def add(self, events: Sequence[Event]) -> None:
        """Counts events."""
        pairs, counts = self._pairs, self._counts
        digests, digest_pairs = self._digests, self._digest_pairs
        self.received += len(events)
        for event in events:
            properties, name = event.properties, event.event
            # The id after all merges, and before that the one that a login gave.
            account = properties.user_id or properties.distinct_id
            if type(account) is not str:
                account = text(account)
            if not account:
                self._nameless += 1
                continue
            if not self._server_side and is_server_side(properties):
                continue
            accounts = pairs.get(name)
            pair = None if accounts is None else accounts.get(account)
            if pair is None:
                pair = self._pair(name, account)
            if properties.before_identity is not None:
                self._note_former(name, account, properties.before_identity)
            counts[pair] += 1
            insert_id = properties.insert_id or properties.corrupted_insert_id
            if insert_id is not None:
                if type(insert_id) is not str:
                    insert_id = str(insert_id)
                # 64 bits: two of a million different events share a digest once in 40 million such days.
                digest = hash((name, properties.distinct_id, properties.time, insert_id))
                part = digest % _PARTS
                digests[part].append(digest)
                digest_pairs[part].append(pair)

    def add_unreadable(self) -> None:
        """Counts a line that is no event."""
        self.received += 1
        self._unreadable += 1

    def rows(self) -> Iterator[AccountDay | Malformed]:
        """The day's totals; those of accounts that have become others are 0. To be asked once, at the end.

        What has been told is let go on the way: whoever stores the rows needs memory as well.
        """
        self._take_out_repeats()
        counts, day = self._counts, self._day
        for name in list(self._pairs):
            for account, pair in self._pairs.pop(name).items():
                yield AccountDay(account, name, day, counts[pair])
        if self._nameless:
            yield self._malformed("nameless", f"{self._nameless} events have no distinct_id.")
        if self._unreadable:
            yield self._malformed("unreadable", f"{self._unreadable} lines of the export are no events.")

    def _pair(self, name: str, account: str) -> int:
        pair = len(self._counts)
        self._counts.append(0)
        self._pairs.setdefault(name, {})[self._accounts.setdefault(account, account)] = pair
        return pair

    def _note_former(self, name: str, account: str, former: str | float) -> None:
        """An earlier reading may have counted the event for the account that this one was."""
        before = text(former)
        if before and before != account and before not in self._pairs[name]:
            self._pair(name, before)

    def _take_out_repeats(self) -> None:
        while self._digests:
            digests, pairs = self._digests.pop(), self._digest_pairs.pop()
            if len(set(digests)) == len(digests):
                continue
            seen: set[int] = set()
            for digest, pair in zip(digests, pairs, strict=True):
                if digest in seen:
                    self._counts[pair] -= 1
                seen.add(digest)

    def _malformed(self, kind: str, what: str) -> Malformed:
        return Malformed(f"{self._day}/{kind}", f"{what} They are not counted on {self._day}.")


def is_server_side(properties: Properties) -> bool:
    """Whether a server sent the event, or an import, a partner or a warehouse brought it."""
    library = properties.library
    if isinstance(library, str) and library.lower() in _SERVER_LIBRARIES:
        return True
    marks = (properties.endpoint, properties.source, properties.imported, properties.partner, properties.warehouse)
    return any(marks)
