"""The process that draws: questions come in through a pipe, pictures go out. It imports nothing of the service."""

import re
import signal
from importlib.metadata import version
from multiprocessing.connection import Connection
from typing import Any, Literal

import vl_convert

VERSION: Literal["6.4"] = "6.4"
"""Of Vega-Lite, in pictures and in the browser."""

_SNIPPET = "window.vegaEmbed = vegaEmbed;"
BUNDLED = f"{version('vl-convert-python')}-{VERSION}-1"
"""The version of the bundle for browsers: the last part rises with the snippet."""
_NO_HOSTS: list[str] = []
_TAG = re.compile(r"<[^<>]*>")
_NUMBERED = re.compile(r'((?:\bid="|\b(?:clip-path|fill|stroke)="url\(#)(?:clip|gradient_?))(\d+)')


def serve(pipe: Connection) -> None:
    """Answer until the other end is closed: `(True, bytes)`, or `(False, why)` for what cannot be drawn."""
    # Ctrl-C in a terminal reaches every process of the command: the one that started this one ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            question = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send((True, answer(*question)))
        except ValueError as error:
            pipe.send((False, " ".join(str(error).splitlines()[:2])))


def answer(form: str, text: str = "", scale: float = 1.0) -> bytes:
    """The specification `text` as `png` or `svg`, or the `bundle` for browsers. Raises ValueError."""
    if form == "bundle":
        return vl_convert.javascript_bundle(_SNIPPET, vl_version=VERSION).encode()
    options: dict[str, Any] = {"vl_version": VERSION, "allowed_base_urls": _NO_HOSTS}
    if form == "svg":
        return _numbered_anew(vl_convert.vegalite_to_svg(text, **options)).encode()
    return vl_convert.vegalite_to_png(text, scale=scale, **options)


def _numbered_anew(document: str) -> str:
    """The document with its clips and gradients numbered from 0: the renderer counts on from one to the next."""
    met: dict[str, str] = {}

    def anew(found: re.Match[str]) -> str:
        return found[1] + met.setdefault(found[2], str(len(met)))

    # Only inside tags: a label may look like one of these.
    return _TAG.sub(lambda tag: _NUMBERED.sub(anew, tag[0]), document)
