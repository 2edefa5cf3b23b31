"""The lines of an export, which may be broken over several and may end before their time inside a 200."""

from collections.abc import Iterator

import msgspec

from connectors.kit.errors import Transient
from connectors.mixpanel.fold import DayFold
from connectors.mixpanel.raw import Event

_SENTINEL = b"terminated early"
_LONGEST = 16 * 2**20
"""Bytes of one line: Mixpanel takes events of 1 MB."""

_EVENT = msgspec.json.Decoder(Event)


def fold_lines(pieces: Iterator[bytes], fold: DayFold) -> None:
    """Folds an export given in pieces. Raises Transient where it was cut short: the fold is then worth nothing."""
    lines = _Lines(fold)
    rest = b""
    for piece in pieces:
        waiting = rest + piece
        end = waiting.rfind(b"\n") + 1
        if end:
            lines.add(waiting[:end])
        rest = waiting[end:]
        if len(rest) > _LONGEST:
            raise _cut_short()
    lines.add_one(rest)
    lines.end()


class _Lines:
    def __init__(self, fold: DayFold) -> None:
        self._fold = fold
        self._broken = b""
        """The beginning of an event whose end is still to come."""

    def add(self, lines: bytes) -> None:
        """Takes whole lines, all at once where none of them is broken."""
        try:
            events = _EVENT.decode_lines(lines)
        except (msgspec.DecodeError, UnicodeDecodeError):
            for line in lines.split(b"\n"):
                self.add_one(line)
            return
        self._give_up_broken()
        self._fold.add(events)

    def add_one(self, line: bytes) -> None:
        """Takes one line, or a piece of one. Raises Transient for the sentence that ends an export early."""
        line = line.strip(b"\r\n")
        # A space at the edge of a piece may belong to a name.
        if not line or (not self._broken and line.isspace()):
            return
        if self._broken and self._take(self._broken + line):
            self._broken = b""
        elif self._take(line):
            self._give_up_broken()
        elif _SENTINEL in line:
            raise _cut_short()
        else:
            self._broken += line
            if len(self._broken) > _LONGEST:
                raise _cut_short()

    def end(self) -> None:
        """Raises Transient if the last line is none."""
        if self._broken:
            raise _cut_short()

    def _take(self, line: bytes) -> bool:
        """Whether the line is a whole object; if it is, it is dealt with."""
        try:
            event = _EVENT.decode(line)
        except msgspec.ValidationError as error:
            if not line.startswith(b"{"):
                return False  # a piece of a broken event may be JSON by itself, such as a number
            answer = msgspec.json.decode(line)
            if "error" in answer and "event" not in answer:
                raise _cut_short() from error
            self._fold.add_unreadable()
        except UnicodeDecodeError:
            return self._take(line.decode(errors="replace").encode())
        except msgspec.DecodeError:
            return False
        else:
            self._fold.add([event])
        return True

    def _give_up_broken(self) -> None:
        """Other events follow, so the end of the broken one will not come."""
        if self._broken:
            self._fold.add_unreadable()
        self._broken = b""


def _cut_short() -> Transient:
    return Transient(
        "Mixpanel ended an export before its time.", "Nothing needs to be done: the day is read again as a whole."
    )
