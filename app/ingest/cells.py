"""The cells of CSV, row by row. A row that is broken is told, and costs no other.

A quote that is opened and never closed would swallow every row behind it. So the lines of a row that cannot be
read are given again, from the second one on, as rows of their own.
"""

import csv
from collections import deque
from collections.abc import Iterator

LONGEST_LINE = 1 << 20
"""Bytes of one line; a longer one is refused, and not kept in memory."""
_MOST_LINES = 1_000
"""That a row may be spread over, by line breaks in its quoted cells."""

TOO_LONG = f"The line, or a cell of it, is too long: a line may have {LONGEST_LINE:,} bytes."
_CARRIAGE_RETURN = "A carriage return stands inside the line: save the file with the line ends of Windows or Unix."
_QUOTE = "A quote is not closed, or something stands behind a closed one; a quote in a cell is written twice."


def rows(lines: Iterator[tuple[int, str | None]]) -> Iterator[tuple[int, list[str] | str]]:
    """(number of its first line, its cells or what is wrong with it) for each row; `None` is a line too long.

    The first line says what separates the cells: commas, or semicolons or tabs where it has no comma.
    """
    feed = _Feed(lines)
    reader = csv.reader(feed, strict=True, delimiter=feed.separator())
    while True:
        feed.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _RowEndsError):
            yield feed.first, feed.fault()
            feed.again()
        else:
            yield feed.first, cells


class _RowEndsError(Exception):
    """No row reaches as far as this."""


class _Feed:
    """The lines as csv.reader takes them. Remembers those of the present row."""

    def __init__(self, lines: Iterator[tuple[int, str | None]]) -> None:
        self._lines = lines
        self._waiting: deque[tuple[int, str | None]] = deque()
        self._row: list[tuple[int, str | None]] = []
        self._size = 0

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        line = self._waiting.popleft() if self._waiting else next(self._lines)
        self._row.append(line)
        text = line[1]
        if text is None:
            raise _RowEndsError
        self._size += len(text)
        if len(self._row) > _MOST_LINES or self._size > LONGEST_LINE:
            raise _RowEndsError
        return f"{text}\n"

    def separator(self) -> str:
        """What separates the cells of the first line."""
        for line in self._lines:
            self._waiting.append(line)
            text = line[1]
            if text is None or text.strip():
                found = [mark for mark in (",", ";", "\t") if text is not None and mark in text]
                return found[0] if found else ","
        return ","

    def begin(self) -> None:
        """The next line begins a row."""
        self._row.clear()
        self._size = 0

    @property
    def first(self) -> int:
        """The number of the row's first line."""
        return self._row[0][0]

    def fault(self) -> str:
        """Why the row cannot be read."""
        text = self._row[0][1]
        if text is not None and "\r" in text.rstrip("\r"):
            return _CARRIAGE_RETURN
        return TOO_LONG if text is None or (len(self._row) == 1 and '"' not in text) else _QUOTE

    def again(self) -> None:
        """Give the lines behind the row's first one a second time."""
        self._waiting.extendleft(reversed(self._row[1:]))
