"""Block Kit: blocks within Slack's limits, out of texts that may be hostile.

Whatever comes from a vendor (titles, names) passes through `escaped` or `link`: nobody can mention a channel, hide
an address or break a block with the title of an issue. What does not fit is cut, and the cut is said.
Limits: https://docs.slack.dev/reference/block-kit/blocks. The total over all blocks is written down nowhere; users
of Slack's own libraries found `msg_blocks_too_long` at about 13,200 characters.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

Block = dict[str, Any]
Rest = Callable[[int], str]
"""Says that so many lines more are not shown."""

MOST_BLOCKS = 50
MOST_IN_ALL = 12_000
MOST_ALT = 1_000
"""Of an uploaded image; its block would take twice as much."""

_SECTION, _HEADER, _BUTTON, _FALLBACK = 3_000, 150, 75, 3_000
_ROOM_FOR_REST = 120
_LINE = 900
_MOST_URL = 2_000
_MARKS = re.compile(r"([*_~`])")
_ZERO_WIDTH = "\u200b"
_SPACES = re.compile(r"[^\S\u00a0\u202f]+")
"""All but those that hold a French number and its unit together."""


def plain(text: str, most: int) -> str:
    """A text on one line without control characters, cut with an ellipsis."""
    kept = "".join(" " if unicodedata.category(sign) in ("Cc", "Zl", "Zp") else sign for sign in text)
    # Format characters can turn the direction of what follows: a title would rewrite the line around it.
    visible = "".join(sign for sign in kept if unicodedata.category(sign) not in ("Cf", "Cs"))
    line = _SPACES.sub(" ", visible).strip()
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def escaped(text: str, most: int = 150) -> str:
    """A vendor's text inside mrkdwn: no mention, no link and no formatting comes out of it."""
    safe = plain(text, most).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKS.sub(rf"{_ZERO_WIDTH}\1{_ZERO_WIDTH}", safe)


def link(url: str | None, text: str, most: int = 150) -> str:
    """A vendor's text that leads to a vendor's address, where that is one of the web; else the text alone."""
    shown = escaped(text, most).replace("|", "¦") or "…"
    if url is None or len(url) > _MOST_URL or any(ord(sign) < 33 for sign in url):
        return shown
    try:
        parts = urlsplit(url)
    except ValueError:
        return shown
    if parts.scheme not in ("https", "http") or not parts.hostname:
        return shown
    safe = quote(url, safe=":/?#[]@!$'()*+,;=%~-._&").replace("&", "&amp;")
    return f"<{safe}|{shown}>"


def header(text: str) -> Block:
    """A line in large letters."""
    return {"type": "header", "text": {"type": "plain_text", "text": plain(text, _HEADER) or "…", "emoji": False}}


def section(lines: Sequence[str], rest: Rest) -> Block:
    """Lines of mrkdwn; those that do not fit are left out, and `rest` says how many."""
    return {"type": "section", "text": _mrkdwn("\n".join(_fitting(lines, _SECTION, rest)))}


def context(lines: Sequence[str], rest: Rest) -> Block:
    """Lines in small letters."""
    return {"type": "context", "elements": [_mrkdwn("\n".join(_fitting(lines, _SECTION, rest)))]}


def image(file_id: str, alt_text: str) -> Block:
    """An uploaded image."""
    return {"type": "image", "slack_file": {"id": file_id}, "alt_text": plain(alt_text, MOST_ALT) or "…"}


def divider() -> Block:
    """A line across."""
    return {"type": "divider"}


def button(text: str, action: str, value: str = "", *, url: str | None = None) -> Block:
    """A button: it opens an address, or comes back to us as `action` with a `value`."""
    made: Block = {
        "type": "button",
        "text": {"type": "plain_text", "text": plain(text, _BUTTON), "emoji": False},
        "action_id": action,
    }
    if value:
        made["value"] = value
    if url is not None:
        made["url"] = url
    return made


def actions(buttons: Sequence[Block]) -> Block:
    """Buttons in a row."""
    return {"type": "actions", "elements": list(buttons)}


def fitted(blocks: Sequence[Block], rest: Rest) -> list[Block]:
    """The blocks, from which lines are taken until the whole is one that Slack takes: the longest text first."""
    kept = list(blocks[:MOST_BLOCKS])
    while total(kept) > MOST_IN_ALL:
        texts = [text for block in kept for text in _texts_of(block)]
        longest = max(texts, key=lambda text: len(text["text"]))
        before = longest["text"]
        excess = total(kept) - MOST_IN_ALL
        most = max(_ROOM_FOR_REST * 2, len(before) - excess - _ROOM_FOR_REST)
        longest["text"] = "\n".join(_fitting(before.split("\n"), most, rest))
        if len(longest["text"]) >= len(before):
            break
    return kept


def fallback(parts: Iterable[str]) -> str:
    """What a notification shows."""
    return plain(" · ".join(parts), _FALLBACK).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def total(blocks: Sequence[Block]) -> int:
    """How many characters all blocks show."""
    return sum(_length(block) for block in blocks)


def _length(value: Any) -> int:
    if isinstance(value, list):
        return sum(map(_length, value))
    if isinstance(value, dict):
        return sum(
            len(one) if name in ("text", "alt_text") and isinstance(one, str) else _length(one)
            for name, one in value.items()
        )
    return 0


def _texts_of(block: Block) -> list[Block]:
    """The texts of a block that lines can be taken from."""
    if block["type"] == "section":
        return [block["text"]]
    return block["elements"] if block["type"] == "context" else []


def _fitting(lines: Sequence[str], most: int, rest: Rest) -> list[str]:
    """As many whole lines as fit; a line is never cut, since half an escape or link would be another text."""
    kept: list[str] = []
    size = 0
    for number, line in enumerate(lines):
        room = most - (0 if number == len(lines) - 1 else _ROOM_FOR_REST)
        if size + len(line) + 1 > room or len(line) > _LINE * 3:
            return [*kept, rest(len(lines) - number)]
        kept.append(line)
        size += len(line) + 1
    return kept or ["…"]


def _mrkdwn(text: str) -> Block:
    # Verbatim: Slack makes no links and mentions of its own out of what looks like some.
    return {"type": "mrkdwn", "text": text or "…", "verbatim": True}
