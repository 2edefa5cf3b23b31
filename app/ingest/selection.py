"""Which streams a run reads, and in which order."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from connectors.kit.stream import Stream


@dataclass(frozen=True, slots=True)
class Selected:
    """A stream that is read by itself, with the children that are read along with it."""

    stream: Stream
    children: tuple[Stream, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The stream's and its children's."""
        return (self.stream.name, *(child.name for child in self.children))


def select(streams: Sequence[Stream], *chosen: Collection[str] | None) -> list[Selected]:
    """The streams to read: listings first, then walks. `chosen` are choices that all apply (`None`: all).

    A child cannot be read alone, so its parent comes with it.
    """
    wanted = {stream.name for stream in streams}
    for choice in chosen:
        if choice is not None:
            wanted &= set(choice)
    wanted |= {stream.parent for stream in streams if stream.parent is not None and stream.name in wanted}
    roots = [stream for stream in streams if stream.parent is None and stream.name in wanted]
    roots.sort(key=lambda stream: not stream.listing)
    return [
        Selected(root, tuple(stream for stream in streams if stream.parent == root.name and stream.name in wanted))
        for root in roots
    ]
