"""In which form an answer goes out: JSON, a table, CSV, NDJSON or an Arrow stream."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Query

from app.core.errors import InvalidError

Form = Literal["json", "table", "csv", "ndjson", "arrow"]
Shape = Annotated[str, Query(description="`series`, or `table`: a bare array for Grafana and BI tools.")]
Name = Annotated[
    str, Query(alias="format", description="`json`, `csv`, `ndjson` or `arrow`; stands above the `Accept` header.")
]
_MEDIA: dict[str, Form] = {
    "text/csv": "csv",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/vnd.apache.arrow.stream": "arrow",
    "application/json": "json",
}
MEDIA_TYPES: dict[Form, str] = {
    "json": "application/json",
    "table": "application/json",
    "csv": "text/csv; charset=utf-8; header=present",
    "ndjson": "application/x-ndjson",
    "arrow": "application/vnd.apache.arrow.stream",
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """A form; `raw` CSV is for machines, and its texts are not altered."""

    form: Form
    raw: bool = False


def choose(accept: str, *, shape: str, form: str) -> Chosen:
    """The form that `format` and `shape` name, else the one that `Accept` prefers, else JSON.

    An `Accept` that names nothing that we have gets JSON: tools send the oddest ones. Raises InvalidError.
    """
    if shape not in ("", "series", "table"):
        raise InvalidError.at(["query", "shape"], "Send 'series' or 'table'.")
    if form not in ("", "json", "csv", "ndjson", "arrow"):
        raise InvalidError.at(["query", "format"], "Send 'json', 'csv', 'ndjson' or 'arrow'.")
    preferred, raw = _preferred(accept)
    chosen: Form = form or preferred  # type: ignore[assignment]
    if chosen == "json" and shape == "table":
        chosen = "table"
    return Chosen(chosen, raw and chosen == "csv")


def media_type(chosen: Chosen) -> str:
    """The `Content-Type` of a form."""
    return MEDIA_TYPES[chosen.form] + ("; profile=raw" if chosen.raw else "")


def _preferred(accept: str) -> tuple[Form, bool]:
    best: tuple[float, Form, bool] = (0.0, "json", False)
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        known = dict(parameter.split("=", 1) for parameter in parameters if "=" in parameter)
        form = _MEDIA.get(name)
        quality = _quality(known.get("q", "1"))
        if form is not None and quality > best[0]:
            best = (quality, form, known.get("profile", "").strip('"') == "raw")
    return best[1], best[2]


def _quality(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0
