"""Keeps secrets out of what is stored, logged and shown."""

from collections.abc import Iterable, Iterator
from typing import Any

import httpx
from pydantic import BaseModel, SecretStr

MASK = "********"
_SHORTEST_SECRET = 4
"""Masking shorter values would blacken ordinary words."""


def redact(text: str, secrets: Iterable[str]) -> str:
    """The text with every secret masked, whole values only, the longest first."""
    for secret in sorted({secret for secret in secrets if len(secret) >= _SHORTEST_SECRET}, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text


def secrets_of(settings: BaseModel) -> list[str]:
    """Every `SecretStr` value held by a settings model, nested ones included."""
    return list(_secrets_in(settings))


def _secrets_in(value: Any) -> Iterator[str]:
    match value:
        case SecretStr():
            yield value.get_secret_value()
        case BaseModel():
            for name in type(value).model_fields:
                yield from _secrets_in(getattr(value, name))
        case dict():
            for inner in value.values():
                yield from _secrets_in(inner)
        case list() | tuple() | set() | frozenset():
            for inner in value:
                yield from _secrets_in(inner)
        case _:
            return


def place(url: httpx.URL) -> str:
    """Host and path of a URL, fit for an error: no query, no user, no fragment."""
    return f"{url.host}{url.path}"
