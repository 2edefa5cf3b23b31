"""Static files, each at an address that changes with its content, so that browsers keep them for a year."""

import gzip
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from mimetypes import guess_type
from pathlib import Path

import django_htmx
from fastapi import APIRouter, Request, Response

from app.charts.drawing import BUNDLED
from app.charts.render import bundle
from app.core.errors import NotFoundError
from app.web.routing import open_page, pages

routes: APIRouter = pages()
_FOLDER = Path(__file__).parent / "static"
_HTMX = Path(django_htmx.__file__).parent / "static" / "django_htmx" / "htmx-2.min.js"

_READ: Mapping[str, Callable[[], bytes]] = {
    "app.css": (_FOLDER / "app.css").read_bytes,
    "app.js": (_FOLDER / "app.js").read_bytes,
    "charts.js": (_FOLDER / "charts.js").read_bytes,
    "vega.js": bundle,
    "favicon.svg": (_FOLDER / "favicon.svg").read_bytes,
    "htmx.js": _HTMX.read_bytes,
}
"""The files by name, and how each is had. What an installed package carries is served from there."""


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    compressed: bytes
    media_type: str
    digest: str


def _mark(name: str) -> str:
    """What tells versions of a file apart: its content, or for what takes seconds to make, what makes it."""
    return BUNDLED if name == "vega.js" else _file(name).digest


@cache
def _file(name: str) -> _File:
    content = _READ[name]()
    media_type = guess_type(name)[0] or "application/octet-stream"
    return _File(content, gzip.compress(content, 9, mtime=0), media_type, hashlib.sha256(content).hexdigest()[:16])


def make_ready() -> None:
    """Make what takes seconds, before anybody asks for it. Raises UnavailableError."""
    _file("vega.js")


def address_of(name: str) -> str:
    """The path of a file as it is now. Raises KeyError for a file that is none."""
    return f"/static/{_mark(name)}/{name}"


@routes.get("/static/{mark}/{name}", **open_page())
def read_static(mark: str, name: str, request: Request) -> Response:
    """One file, for as long as the browser likes; an address of another version is none."""
    if name not in _READ or _mark(name) != mark:
        raise NotFoundError("There is no such file.")
    found = _file(name)
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(found.compressed, headers={**headers, "Content-Encoding": "gzip"}, media_type=found.media_type)
    return Response(found.content, headers=headers, media_type=found.media_type)
