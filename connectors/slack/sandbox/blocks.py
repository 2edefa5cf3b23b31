"""What Slack takes as a message: Block Kit's limits, each refused with Slack's word and the place of what is wrong.

Limits: https://docs.slack.dev/reference/block-kit/blocks; the total of all texts is written down nowhere, and was
found by users of Slack's own libraries.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from connectors.slack.sandbox.gate import no

Json = dict[str, Any]

MOST_BLOCKS = 50
MOST_TEXT = 40_000
MOST_IN_ALL = 13_200
_MOST_METADATA = 8_000
_STYLES = ("primary", "danger")


class _Wrong(Exception):
    """A place of a message that Slack refuses, and why."""


def check_message(message: Mapping[str, Any], ready: Callable[[str], bool]) -> None:
    """Refuse what Slack refuses. `ready` says whether an uploaded file can be shown already. Raises Refused."""
    blocks = message.get("blocks") or []
    text = message.get("text") or ""
    if not text and not blocks:
        raise no("no_text")
    if len(text) > MOST_TEXT:
        raise no("msg_too_long")
    try:
        if not isinstance(blocks, list) or len(blocks) > MOST_BLOCKS:
            raise _Wrong(f"no more than {MOST_BLOCKS} items allowed [json-pointer:/blocks]")
        identities = [block["block_id"] for block in blocks if isinstance(block, dict) and "block_id" in block]
        if len(set(identities)) < len(identities):
            raise _Wrong("block_id is not unique [json-pointer:/blocks]")
        for number, block in enumerate(blocks):
            _check_block(block, f"/blocks/{number}", ready)
    except (_Wrong, KeyError, TypeError) as error:
        raise no("invalid_blocks", response_metadata={"messages": [f"[ERROR] {error}"]}) from None
    if sum(map(len, _texts(blocks))) > MOST_IN_ALL:
        raise no("msg_blocks_too_long")
    metadata = message.get("metadata")
    if metadata is not None:
        if not isinstance(metadata.get("event_type"), str) or not isinstance(metadata.get("event_payload"), dict):
            raise no("invalid_metadata_format")
        if len(str(metadata)) > _MOST_METADATA:
            raise no("metadata_too_large")


def _check_block(block: Any, at: str, ready: Callable[[str], bool]) -> None:
    if not isinstance(block, dict):
        raise _Wrong(f"must be an object [json-pointer:{at}]")
    kind = block.get("type")
    _length(block.get("block_id", ""), 255, f"{at}/block_id")
    if kind == "header":
        _text(block["text"], at, most=150, plain=True)
    elif kind == "section":
        _section(block, at)
    elif kind == "context":
        _context(block["elements"], f"{at}/elements")
    elif kind == "actions":
        _count(block["elements"], 25, f"{at}/elements")
        for number, element in enumerate(block["elements"]):
            _button(element, f"{at}/elements/{number}")
    elif kind == "image":
        _image(block, at, ready)
    elif kind != "divider":
        raise _Wrong(f"unsupported type: {kind} [json-pointer:{at}/type]")


def _section(block: Json, at: str) -> None:
    if "text" not in block and "fields" not in block:
        raise _Wrong(f"missing required field: text [json-pointer:{at}]")
    if "text" in block:
        _text(block["text"], at, most=3000)
    if "fields" in block:
        _count(block["fields"], 10, f"{at}/fields")
        for number, field in enumerate(block["fields"]):
            _text(field, f"{at}/fields/{number}", most=2000)
    if "accessory" in block:
        _button(block["accessory"], f"{at}/accessory")


def _context(elements: Sequence[Any], at: str) -> None:
    _count(elements, 10, at)
    for number, element in enumerate(elements):
        _text(element, f"{at}/{number}", most=3000)


def _button(element: Any, at: str) -> None:
    if element.get("type") != "button":
        raise _Wrong(f"unsupported type: {element.get('type')} [json-pointer:{at}/type]")
    _text(element["text"], at, most=75, plain=True)
    _length(element.get("action_id", ""), 255, f"{at}/action_id")
    _length(element.get("value", ""), 2000, f"{at}/value")
    _length(element.get("url", ""), 3000, f"{at}/url")
    if "url" in element and not str(element["url"]).startswith(("https://", "http://")):
        raise _Wrong(f"must be a valid url [json-pointer:{at}/url]")
    if "style" in element and element["style"] not in _STYLES:
        raise _Wrong(f"must be one of primary, danger [json-pointer:{at}/style]")


def _image(block: Json, at: str, ready: Callable[[str], bool]) -> None:
    if not block.get("alt_text"):
        raise _Wrong(f"missing required field: alt_text [json-pointer:{at}]")
    _length(block["alt_text"], 2000, f"{at}/alt_text")
    if "title" in block:
        _text(block["title"], at, most=2000, plain=True)
    if ("slack_file" in block) == ("image_url" in block):
        raise _Wrong(f"one of slack_file or image_url is required [json-pointer:{at}]")
    if "slack_file" in block and not ready(str(block["slack_file"].get("id"))):
        raise _Wrong(f"invalid slack file [json-pointer:{at}/slack_file]")


def _text(text: Any, at: str, *, most: int, plain: bool = False) -> None:
    kinds = ("plain_text",) if plain else ("plain_text", "mrkdwn")
    if text.get("type") not in kinds:
        raise _Wrong(f"must be one of {', '.join(kinds)} [json-pointer:{at}/text/type]")
    if not text["text"]:
        raise _Wrong(f"must be more than 0 characters [json-pointer:{at}/text/text]")
    _length(text["text"], most, f"{at}/text/text")


def _length(text: Any, most: int, at: str) -> None:
    if not isinstance(text, str) or len(text) > most:
        raise _Wrong(f"must be less than {most + 1} characters [json-pointer:{at}]")


def _count(items: Any, most: int, at: str) -> None:
    if not isinstance(items, list) or not 1 <= len(items) <= most:
        raise _Wrong(f"must hold 1 to {most} items [json-pointer:{at}]")


def _texts(value: Any) -> Iterator[str]:
    """Every text that is shown."""
    if isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            if name in ("text", "alt_text", "title") and isinstance(one, str):
                yield one
            else:
                yield from _texts(one)
