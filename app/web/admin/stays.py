"""Who is in which team, from when to when, as rows of a form."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from app.web.admin.desk import texts

Row = dict[str, str]


def rows_of(stays: Sequence[dict[str, Any]], other: str, zone: ZoneInfo) -> list[Row]:
    """The rows of stored memberships; `other` is what each is with: `team` or `person`."""
    return [
        {"id": one[other]["id"], "from": _day(one["from"], zone), "to": _day(one["to"], zone)}
        for one in stays
        if one[other]["id"] is not None
    ]


def entered_rows(form: FormData) -> list[Row]:
    """The rows of a form; one without a team or a person is left out."""
    columns = (texts(form, name) for name in ("id", "from", "to"))
    return [{"id": one, "from": start, "to": end} for one, start, end in zip(*columns, strict=False) if one]


def asked(rows: Sequence[Row], other: str) -> list[dict[str, str | None]]:
    """The rows as the API takes them; `other` is `team_id` or `person_id`."""
    return [{other: row["id"], "from": row["from"] or None, "to": row["to"] or None} for row in rows]


def _day(instant: str | None, zone: ZoneInfo) -> str:
    if instant is None:
        return ""
    return datetime.fromisoformat(instant).astimezone(zone).date().isoformat()
