"""JQL, Jira's query language: what we write ourselves, and what an admin may add."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ORDER_BY = re.compile(r"\border\s+by\b", re.IGNORECASE)


def check_restriction(text: str) -> str:
    """The restriction, stripped. Raises ValueError if it could break out of the parentheses we put around it."""
    text = text.strip()
    bare = _without_strings(text)
    if _ORDER_BY.search(bare):
        raise ValueError("Leave ORDER BY out: the connector sets the order itself.")
    depth = 0
    for character in bare:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0:
            break
    if depth != 0:
        raise ValueError("The parentheses do not match.")
    return text


def _without_strings(text: str) -> str:
    kept: list[str] = []
    quote: str | None = None
    escaped = False
    for character in text:
        if quote is None:
            if character == "\\":
                # It may or may not escape a parenthesis: whoever reads it otherwise than Jira is broken out of.
                raise ValueError("A backslash stands outside of quotation marks.")
            quote = character if character in "\"'" else None
            kept.append(" " if quote else character)
        elif escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == quote:
            quote = None
    if quote is not None:
        raise ValueError("A quotation mark is not closed.")
    return "".join(kept)


def epoch_ms(moment: datetime) -> int:
    """An instant as JQL reads it in every time zone; strings are read in the zone of the account's profile."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def issues_of(
    project_id: str, restriction: str, *, updated_from: datetime | None = None, after: int | None = None
) -> str:
    """The condition for a project's issues, changed at or after an instant, with ids behind `after`.

    There is no upper bound: one would lose the issues that go on changing while we read.
    """
    parts = [f"project = {project_id}"]
    if updated_from is not None:
        parts.append(f"updated >= {epoch_ms(updated_from)}")
    if after is not None:
        parts.append(f"id > {after}")
    if restriction:
        parts.append(f"({restriction})")
    return " AND ".join(parts)


def with_ids(ids: Sequence[str], restriction: str) -> str:
    """The condition for the issues with these ids."""
    condition = f"id in ({', '.join(ids)})"
    return f"{condition} AND ({restriction})" if restriction else condition
