"""The readers: facts of a window, at one version of the data, from a cache wherever it still holds."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import numpy as np
from sqlalchemy import Connection

from app.core.db import Database
from app.facts import dimensions, segment
from app.facts.cache import BoundedCache
from app.facts.dirty import build_dirty
from app.facts.segment import FINISHED, VISITS, Array, Kind
from app.facts.shape import MICROS_A_DAY
from app.facts.teams import Teams
from app.facts.window import Piece, Rows, Window
from app.store import dimensions as store
from app.store import facts, states

Made = TypeVar("Made")
Versions = tuple[store.Row, ...]

_CACHE_BYTES = 512 * 2**20
_LABEL_BYTES = 2**20
_ATTEMPTS = 5
_FIRST_DAY, _LAST_DAY = -(2**31), 2**31 - 1


@dataclass(frozen=True, slots=True)
class _Held:
    """A window of the cache: the data version that it is known to be right for, and its segments' versions."""

    at_version: int
    versions: tuple[Versions, Versions]
    window: Window


class FactsReader:
    """Reads facts of one database. One instance a process; safe for threads."""

    def __init__(self, db: Database, cache_bytes: int = _CACHE_BYTES) -> None:
        self._db = db
        self._cache: BoundedCache[Any] = BoundedCache(cache_bytes)

    @contextmanager
    def snapshot(self) -> Iterator["Snapshot"]:
        """The data as it is now: what was marked when the call began is built first."""
        for _ in range(_ATTEMPTS):
            with self._db.read() as connection:
                number, at, settled = facts.present(connection)
                if settled:
                    yield Snapshot(connection, self._cache, number, at, settled=True)
                    return
            build_dirty(self._db)
        # Writers are faster than the builder: the marks that came meanwhile are not this answer's.
        with self._db.read() as connection:
            number, at, settled = facts.present(connection)
            yield Snapshot(connection, self._cache, number, at, settled=settled)


class Snapshot:
    """The facts at one version of the data. `settled` is false where newer changes wait to be built."""

    def __init__(
        self, connection: Connection, cache: BoundedCache[Any], number: int, at: datetime, *, settled: bool
    ) -> None:
        self.connection = connection
        self.version = number
        self.at = at
        self.settled = settled
        self._cache = cache

    def rows(self, kind: Kind, start: int, end: int) -> Rows:
        """The facts of a kind whose instants lie in `[start, end)`, microseconds."""
        return self._window(kind, start // MICROS_A_DAY, (end - 1) // MICROS_A_DAY).between(start, end)

    def history(self, kind: Kind, end: int) -> Rows:
        """The facts of a kind from the first one up to and with the instant `end`."""
        return self._window(kind, _FIRST_DAY, _LAST_DAY).between(np.iinfo(np.int64).min, end + 1)

    def dimension(self, name: str) -> dimensions.Dimension:
        """The values of a dimension. Raises KeyError for a name that is none."""
        return self.once(("dimension", name), lambda: dimensions.load(self.connection, name))

    def accounts(self) -> dimensions.Accounts:
        """What is known of the accounts."""
        return self.once(("accounts",), lambda: dimensions.load_accounts(self.connection))

    def teams(self) -> Teams:
        """Who was in which team when."""
        return self.once(("teams",), lambda: dimensions.load_teams(self.connection, self.accounts()))

    def complete_until(self, streams: tuple[str, ...]) -> list[store.Row]:
        """`(source id, name, tool, instant)`: up to when these streams of a source are complete; None: nobody knows."""
        return self.once(("complete_until", streams), lambda: _complete_until(self.connection, streams))

    def first_days(self, kind: Kind) -> dict[int, int]:
        """The first day (since 1970) of a kind of fact of each source, by its code, that has any."""
        return dict(self.once(("first", kind.name), lambda: store.first_days(self.connection, kind.name)))

    def day_zones(self) -> dict[Any, str]:
        """The zone that cuts the usage days of each source, by its id."""
        return self.once(("day_zones",), lambda: store.day_zones(self.connection))

    def sources_with(self, category: str) -> frozenset[int]:
        """The codes of the sources that map a status to a category."""
        mapped = self.once(("mapped",), lambda: store.mapped_categories(self.connection))
        return frozenset(code for code, name in mapped if name == category)

    def days(
        self, kind: Kind, decode: Callable[[bytes], Made], first: int, last: int
    ) -> list[tuple[int, int, int, Made]]:
        """`(day, code of the source, version, what decode makes of it)` of a kind's segments on the days."""
        versions = self._versions(kind, first, last)
        decoded = self._decoded(kind, versions, decode)
        return [(day, part, number, decoded[day, part]) for day, part, number in versions]

    def once(self, key: Hashable, make: Callable[[], Made], size: int | Callable[[Made], int] = _LABEL_BYTES) -> Made:
        """What depends on the data version alone, and takes so many bytes."""
        held = self._cache.get(key)
        if held is not None and held[0] == self.version:
            made: Made = held[1]
            return made
        made = make()
        if self.settled:
            self._cache.put(key, (self.version, made), size(made) if callable(size) else size)
        return made

    def kept(self, key: Hashable, make: Callable[[], Array]) -> Array:
        """An array that depends on nothing but its key."""
        held: Array | None = self._cache.get(key)
        if held is None:
            held = make()
            self._cache.put(key, held, held.nbytes)
        return held

    def _window(self, kind: Kind, first: int, last: int) -> Window:
        key = ("window", kind.name, first, last)
        held: _Held | None = self._cache.get(key)
        if held is not None and held.at_version == self.version and self.settled:
            return held.window
        versions = self._versions(kind, first, last)
        visits = self._versions(VISITS, first, last) if kind is FINISHED else ()
        if held is not None and held.versions == (versions, visits):
            window = held.window
        else:
            window = Window(kind, self._pieces(kind, versions, visits))
        if self.settled:
            size = len(window) * kind.width * (3 if kind is FINISHED else 1)
            self._cache.put(key, _Held(self.version, (versions, visits), window), size)
        return window

    def _versions(self, kind: Kind, first: int, last: int) -> Versions:
        live = {code for code, *_ in store.sources(self.connection)}
        return tuple(row for row in store.versions(self.connection, kind.name, first, last) if row[1] in live)

    def _pieces(self, kind: Kind, versions: Versions, visits: Versions) -> list[Piece]:
        columns = self._decoded(kind, versions, partial(segment.decode, kind))
        stood = self._decoded(VISITS, visits, partial(segment.decode, VISITS))
        return [
            Piece(part, columns[bucket, part], stood.get((bucket, part), segment.empty(VISITS)))
            for bucket, part, _ in versions
        ]

    def _decoded(self, kind: Kind, versions: Versions, decode: Callable[[bytes], Made]) -> dict[tuple[int, int], Made]:
        """Every segment decoded: from the cache, or from the shortest run of days that holds the ones it lacks."""
        found: dict[tuple[int, int], Made] = {}
        lacking: list[int] = []
        for bucket, part, number in versions:
            held: Made | None = self._cache.get((kind.name, bucket, part, number))
            if held is None:
                lacking.append(bucket)
            else:
                found[bucket, part] = held
        if not lacking:
            return found
        for bucket, part, number, payload in store.payloads(self.connection, kind.name, lacking[0], lacking[-1]):
            if (bucket, part) not in found:
                found[bucket, part] = decode(payload)
                self._cache.put((kind.name, bucket, part, number), found[bucket, part], len(payload))
        return found


def _complete_until(connection: Connection, streams: tuple[str, ...]) -> list[store.Row]:
    reached: dict[Any, dict[str | None, datetime | None]] = {}
    for source_id, stream, at in states.reached(connection):
        reached.setdefault(source_id, {})[stream] = at
    rows: list[store.Row] = []
    for _, source_id, name, tool in store.sources(connection):
        known = reached[source_id]
        asked = [at for stream, at in known.items() if stream in streams]
        # A source that is pushed, or was not read yet, may have any of them; one that is read has its own and no other.
        if asked or None in known:
            rows.append((source_id, name, tool, _earliest(asked)))
    return rows


def _earliest(instants: list[datetime | None]) -> datetime | None:
    known = [at for at in instants if at is not None]
    return min(known) if known and len(known) == len(instants) else None
