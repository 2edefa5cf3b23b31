"""A bounded cache for threads: what was used last stays, as long as it fits."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

Value = TypeVar("Value")


class BoundedCache(Generic[Value]):
    """Values by key, at most `capacity` bytes of them in all; the ones that were not used for longest go first."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._used = 0
        self._entries: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> Value | None:
        """The value, if it is still there."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            self._entries.move_to_end(key)
            return entry[0]

    def put(self, key: Hashable, value: Value, size: int) -> None:
        """Keep a value of `size` bytes; one that is larger than the whole cache is not kept."""
        with self._lock:
            before = self._entries.pop(key, None)
            if before is not None:
                self._used -= before[1]
            if size > self._capacity:
                return
            self._entries[key] = (value, size)
            self._used += size
            while self._used > self._capacity:
                _, (_, freed) = self._entries.popitem(last=False)
                self._used -= freed

    @property
    def used(self) -> int:
        """Bytes held."""
        return self._used
