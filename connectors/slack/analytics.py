"""The member analytics file: one line a member and day, packed with gzip, a file a day (UTC).

It is the cheapest and the most private account of use: counts, and no message. A file comes about two days
late and stays for 13 months.
"""

import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from typing import Protocol, TypeVar

import msgspec

from connectors.kit.errors import ConnectorError, Transient
from connectors.kit.http import Params
from connectors.kit.stream import Page, Since
from connectors.slack import raw

METHOD = "admin.analytics.getFile"
KEPT_DAYS = 395
"""For how long Slack keeps a file: 13 months."""
_SURELY_THERE = timedelta(days=4)
_GZIP = b"\x1f\x8b"
_NOT_YET = "file_not_yet_available"
_NONE = frozenset({"file_not_found", "data_not_available"})
_PIECE = 1 << 16
_LONGEST_LINE = 1 << 20
_LARGEST_FILE = 1 << 31
_AGAIN = "Nothing needs to be done: the next run tries again."

Line = raw.MemberDay | raw.Malformed
T = TypeVar("T")


class Asking(Protocol):
    """What is needed of a workspace here."""

    now: Callable[[], datetime]

    def read(
        self, method: str, params: Params | None, take: Callable[[Iterator[bytes]], T], *, as_user: bool = False
    ) -> T:
        """See `Workspace.read`."""

    def decoded(self, method: str, body: bytes, *, kind: type[T]) -> T:
        """See `Workspace.decoded`."""


def offered(workspace: Asking) -> None:
    """Raises the error that says why there are no member analytics for us, if there are none."""
    day = (workspace.now() - _SURELY_THERE).date()

    def first_piece(pieces: Iterator[bytes]) -> None:
        body = next(pieces, b"")
        if not body.startswith(_GZIP):
            workspace.decoded(METHOD, body + b"".join(pieces), kind=raw.Verdict)

    try:
        workspace.read(METHOD, _params(day), first_piece, as_user=True)
    except ConnectorError as error:
        if error.code not in {_NOT_YET, *_NONE}:
            raise


def days(workspace: Asking, since: Since, kept_days: int) -> Iterator[Page]:
    """The active members of each day that has a file, oldest day first."""
    today = workspace.now().astimezone(UTC).date()
    day = today - timedelta(days=kept_days)
    if since.at is not None:
        day = max(day, since.at.astimezone(UTC).date())
    while day < today:
        try:
            lines = workspace.read(METHOD, _params(day), lambda pieces: list(_lines(workspace, pieces)), as_user=True)
        except ConnectorError as error:
            if error.code == _NOT_YET:
                return
            if error.code not in _NONE:
                raise
        else:
            for line in lines:
                if isinstance(line, raw.MemberDay):
                    line.date = day.isoformat()
            yield Page(lines, high=datetime.combine(day, time(), UTC))
        day += timedelta(days=1)


def _params(day: date) -> Params:
    return {"type": "member", "date": day.isoformat()}


def _lines(workspace: Asking, pieces: Iterator[bytes]) -> Iterator[Line]:
    """The members of a file who did anything, decoded as the file arrives."""
    waiting = b""
    for piece in _unpacked(workspace, pieces):
        *lines, waiting = (waiting + piece).split(b"\n")
        if len(waiting) > _LONGEST_LINE:
            raise ConnectorError(f"Slack's {METHOD} sends a line without an end.", "Report it to the maintainers.")
        for line in lines:
            yield from _member(line)
    yield from _member(waiting)


def _member(line: bytes) -> Iterator[Line]:
    if not line.strip():
        return
    try:
        member = msgspec.json.decode(line, type=raw.MemberDay)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        yield raw.Malformed(METHOD, "A line of the member analytics file is not shaped like one.")
        return
    if member.did_something:
        yield member


def _unpacked(workspace: Asking, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The file's text. What is not packed is Slack's word that there is no file."""
    first = next(pieces, b"")
    if not first.startswith(_GZIP):
        workspace.decoded(METHOD, first + b"".join(pieces), kind=raw.Verdict)
        return
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    size = 0
    for packed in chain([first], pieces):
        waiting, text = packed, b""
        while (waiting or len(text) == _PIECE) and not unpacker.eof:
            try:
                text = unpacker.decompress(waiting, _PIECE)
            except zlib.error as error:
                raise Transient(f"Slack's {METHOD} sent a file that is broken.", _AGAIN) from error
            size += len(text)
            if size > _LARGEST_FILE:
                raise ConnectorError(f"Slack's {METHOD} sends a file that is too large.", "Report it.")
            yield text
            waiting = unpacker.unconsumed_tail
    if not unpacker.eof:
        raise Transient(f"Slack's {METHOD} broke off its file.", _AGAIN)
