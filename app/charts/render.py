"""Charts as pictures: PNG and SVG, drawn by vl-convert with the fonts that it carries and without any network.

The same specification gives the same bytes. Drawing happens in a process of its own: the renderer would hold up
everything else in this one meanwhile, and only a process can be ended when it takes too long.
"""

import atexit
import multiprocessing
from functools import cache
from multiprocessing.connection import Connection
from threading import Lock
from typing import Any

import orjson

from app.charts import drawing
from app.charts.look import Plain
from app.core.errors import UnavailableError

MOST_BYTES = 4_000_000
"""Of a specification: the largest chart that a kind makes has a tenth of it."""

MOST_SECONDS = 20.0
_MOST_BUNDLING = 180.0
"""Six seconds where nothing else runs; without its script no page has a chart, so a busy machine gets its time."""
_bundling = Lock()


class Renderer:
    """Draws one picture after the other in a process that is started when it is first needed. Safe for threads."""

    def __init__(self, most_seconds: float = MOST_SECONDS) -> None:
        self._most_seconds = most_seconds
        self._lock = Lock()
        self._process: Any = None
        self._pipe: Connection | None = None

    def ask(self, *question: Any) -> Any:
        """What `drawing.answer` gives for the question. Raises UnavailableError, ValueError."""
        with self._lock:
            pipe = self._started()
            try:
                pipe.send(question)
                answered, value = pipe.recv() if pipe.poll(self._most_seconds) else (False, None)
            except (EOFError, OSError) as error:
                self._stop()
                raise UnavailableError("The renderer of charts ended: ask again.") from error
            if value is None:
                self._stop()
                raise UnavailableError("The picture could not be drawn in time: ask again later, or for less.")
        if not answered:
            raise ValueError(f"The chart cannot be drawn: {value}")
        return value

    def close(self) -> None:
        """End the process; the next question starts another one."""
        with self._lock:
            self._stop()

    def _started(self) -> Connection:
        if self._pipe is None or not self._process.is_alive():
            context = multiprocessing.get_context("spawn")
            self._pipe, inner = context.Pipe()
            self._process = context.Process(target=drawing.serve, args=(inner,), name="charts", daemon=True)
            self._process.start()
            inner.close()
        return self._pipe

    def _stop(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
            self._process.kill()
            self._process.join()
            self._pipe = self._process = None


def png(spec: Plain, *, scale: float = 2.0) -> bytes:
    """The chart as a PNG, `scale` times as many pixels as it is wide and high. Raises UnavailableError, ValueError."""
    if not 0.5 <= scale <= 4.0:
        raise ValueError("A picture is drawn at 0.5 to 4 times its size.")
    picture: bytes = _renderer().ask("png", _text(spec), scale)
    return picture


def svg(spec: Plain) -> bytes:
    """The chart as an SVG document with its texts as texts. Raises UnavailableError, ValueError."""
    picture: bytes = _renderer().ask("svg", _text(spec))
    return picture


def bundle() -> bytes:
    """The JavaScript that draws the charts in a browser: `window.vegaEmbed`, its expression interpreter included.

    It takes seconds to make, once in a process: a service makes it when it starts. Raises UnavailableError.
    """
    with _bundling:
        return _bundle()


def _text(spec: Plain) -> str:
    text = orjson.dumps(spec)
    if len(text) > MOST_BYTES:
        raise ValueError(f"The chart's specification has {len(text)} bytes, more than {MOST_BYTES}.")
    return text.decode()


@cache
def _bundle() -> bytes:
    # In a process that ends with it: pictures need not wait for it, and what it took is given back.
    renderer = Renderer(_MOST_BUNDLING)
    try:
        script: bytes = renderer.ask("bundle")
    finally:
        renderer.close()
    return script


@cache
def _renderer() -> Renderer:
    renderer = Renderer()
    atexit.register(renderer.close)
    return renderer
