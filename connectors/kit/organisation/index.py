"""Which items there are, where, and when they changed, at an instant that moves on."""

from bisect import bisect_left, bisect_right, insort

from connectors.kit.organisation.model import Ms, Organisation


class Index:
    """The search index of a tool at one instant; moving it on a little is cheap.

    Not safe for several threads at once.
    """

    def __init__(self, organisation: Organisation) -> None:
        self._organisation = organisation
        self._events = sorted(
            (at, item.id)
            for item in organisation.items.values()
            for at in _instants(item.created, item.touches, item.deleted)
        )
        self._next = 0
        self._now: Ms | None = None
        self.generation = 0
        """Rises whenever anything in the index changes."""
        self.places: dict[int, tuple[str, Ms]] = {}
        """Project and `updated` of every item there is."""
        self.ids: dict[str, list[int]] = {}
        """The items of each project, by id."""
        self.updates: dict[str, list[tuple[Ms, int]]] = {}
        """The items of each project as (updated, id), in that order."""

    def at(self, now: Ms) -> "Index":
        """Moves to that instant, also backwards, and gives itself."""
        if now == self._now:
            return self
        if self._now is None or now < self._now:
            self._rebuild(now)
        else:
            last = bisect_right(self._events, (now, 1 << 62))
            for _, item_id in self._events[self._next : last]:
                self._move(item_id, now)
            if last > self._next:
                self.generation += 1
            self._next = last
        self._now = now
        return self

    def _rebuild(self, now: Ms) -> None:
        self._next = bisect_right(self._events, (now, 1 << 62))
        self.generation += 1
        self.places = {}
        self.ids = {project: [] for project in self._organisation.projects}
        self.updates = {project: [] for project in self._organisation.projects}
        for item in self._organisation.items.values():
            if item.exists(now):
                place = (item.state(now).project, item.updated(now))
                self.places[item.id] = place
                self.ids[place[0]].append(item.id)
                self.updates[place[0]].append((place[1], item.id))
        for updates in self.updates.values():
            updates.sort()

    def _move(self, item_id: int, now: Ms) -> None:
        item = self._organisation.items[item_id]
        old = self.places.pop(item_id, None)
        new = (item.state(now).project, item.updated(now)) if item.exists(now) else None
        if new is not None:
            self.places[item_id] = new
        if old == new:
            return
        if old is not None:
            updates = self.updates[old[0]]
            del updates[bisect_left(updates, (old[1], item_id))]
            if new is None or new[0] != old[0]:
                ids = self.ids[old[0]]
                del ids[bisect_left(ids, item_id)]
        if new is not None:
            insort(self.updates[new[0]], (new[1], item_id))
            if old is None or old[0] != new[0]:
                insort(self.ids[new[0]], item_id)


def _instants(created: Ms, touches: list[Ms], deleted: Ms | None) -> list[Ms]:
    return [created, *touches, deleted] if deleted is not None else [created, *touches]
